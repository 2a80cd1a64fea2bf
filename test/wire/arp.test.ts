import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ARP, emitArp, parseArp } from "../../src/wire/arp.ts";
import { A, amid, arpPacket, B, damaged, hex, joined } from "./packets.ts";

const ASKED = { operation: ARP.request, senderMac: 0x020000000001, sender: A, targetMac: 0, target: B };
const ON_THE_WIRE = hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");

test("a request on the wire", () => {
  deepEqual(emitArp(ASKED), ON_THE_WIRE);
  deepEqual(parseArp(amid(ON_THE_WIRE)), ASKED);
});

test("what fills the frame up is not looked at", () =>
  deepEqual(parseArp(joined(ON_THE_WIRE, new Uint8Array(18))), ASKED));

test("any packet is read as it was put", () => {
  fc.assert(fc.property(arpPacket, (packet) => deepEqual(parseArp(emitArp(packet)), packet)));
});

const OTHER: [what: string, at: number][] = [
  ["a network other than Ethernet", 1],
  ["a protocol other than IPv4", 2],
  ["MACs of another length", 4],
  ["addresses of another length", 5],
];

for (const [what, at] of OTHER) {
  test(`what is about ${what} is not read`, () => equal(parseArp(damaged(ON_THE_WIRE, at)), undefined));
}

test("what is cut short is not read", () => {
  for (let length = 0; length < 28; length++) equal(parseArp(ON_THE_WIRE.subarray(0, length)), undefined);
});
