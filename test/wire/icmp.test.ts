import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { emitIcmp, type IcmpMessage, parseIcmp, UNREACHABLE } from "../../src/wire/icmp.ts";
import { A, amid, damaged, hex, icmpMessage } from "./packets.ts";

const original = hex("4500 0019 1234 4000 4011 149e 0a000001 0a000002 0400 0035 000c 08ce");
const quote = Buffer.from(original).toString("hex");

const ON_THE_WIRE: [message: IcmpMessage, bytes: string][] = [
  [{ kind: "echo request", code: 0, identifier: 7, sequence: 1, payload: utf8("hi") }, "08 00 8f8e 0007 0001 6869"],
  [{ kind: "echo reply", code: 0, identifier: 7, sequence: 1, payload: utf8("hi") }, "00 00 978e 0007 0001 6869"],
  [{ kind: "unreachable", code: UNREACHABLE.port, mtu: 0, original }, `03 03 efed 00000000 ${quote}`],
  [{ kind: "unreachable", code: 4, mtu: 1400, original }, `03 04 ea74 0000 0578 ${quote}`],
  [{ kind: "redirect", code: 1, gateway: A, original }, `05 01 e3ee 0a000001 ${quote}`],
  [{ kind: "time exceeded", code: 0, original }, `0b 00 e7f0 00000000 ${quote}`],
  [{ kind: "parameter problem", code: 0, pointer: 20, original }, `0c 00 d2f0 14000000 ${quote}`],
];

for (const [message, bytes] of ON_THE_WIRE) {
  test(`${message.kind} ${message.code} on the wire`, () => {
    deepEqual(emitIcmp(message), hex(bytes));
    deepEqual(parseIcmp(amid(hex(bytes))), message);
  });
}

test("any message is read as it was put", () => {
  fc.assert(fc.property(icmpMessage, (message) => deepEqual(parseIcmp(amid(emitIcmp(message))), message)));
});

const SILENT: [what: string, bytes: string][] = [
  ["source quench, since RFC 6633", "04 00 fbff 00000000"],
  ["a timestamp request", "0d 00 f2ff 00000000"],
  ["a type that nobody knows", "ff 00 00ff 00000000"],
  ["what is shorter than a header", "08 00 f7ff 000000"],
  ["nothing at all", ""],
];

for (const [what, bytes] of SILENT) {
  test(`${what} is not read`, () => equal(parseIcmp(hex(bytes)), undefined));
}

test("nothing is read where a bit has flipped", () => {
  const bytes = emitIcmp(ON_THE_WIRE[2]![0]);
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 1; bit < 256; bit *= 2) equal(parseIcmp(damaged(bytes, at, bit)), undefined);
  }
});
