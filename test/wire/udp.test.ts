import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { pseudoHeader } from "../../src/wire/checksum.ts";
import { PROTOCOL } from "../../src/wire/ipv4.ts";
import { emitUdp, parseUdp, putUdp } from "../../src/wire/udp.ts";
import { A, amid, B, damaged, hex, joined, u32, udpDatagram } from "./packets.ts";

const PING = { from: 1024, to: 53, payload: utf8("ping") };
const ON_THE_WIRE = hex("0400 0035 000c 08ce 70696e67");

const between = (source: number, destination: number, bytes: Uint8Array) =>
  parseUdp(bytes, pseudoHeader(source, destination, PROTOCOL.udp, bytes.length));
const read = (bytes: Uint8Array) => between(A, B, amid(bytes));

test("a datagram on the wire", () => {
  deepEqual(emitUdp(PING, A, B), ON_THE_WIRE);
  deepEqual(read(ON_THE_WIRE), PING);
});

test("any datagram is read as it was put, and by nobody else", () => {
  fc.assert(
    fc.property(udpDatagram, u32, u32, (datagram, source, destination) => {
      const bytes = emitUdp(datagram, source, destination);
      deepEqual(between(source, destination, bytes), datagram);
      equal(between(source ^ 1, destination, bytes), undefined);
    }),
  );
});

test("what IP brings behind it is not the datagram's, and its checksum does not know of it", () =>
  deepEqual(read(joined(ON_THE_WIRE, utf8("padding"))), PING));

test("a datagram without checksum is believed", () => deepEqual(read(hex("0400 0035 000c 0000 70696e67")), PING));

test("a checksum that comes out as zero goes as all ones", () => {
  // 0x08ce is all that this one lacks.
  const zero = emitUdp({ ...PING, payload: hex("70696e67 08ce") }, A, B - 4);
  deepEqual(zero.subarray(6, 8), hex("ffff"));
  equal(between(A, B - 4, zero)?.from, 1024);
});

const REFUSED: [what: string, bytes: string][] = [
  ["is shorter than a header", "0400 0035 000c 08"],
  ["says it is longer than it is", "0400 0035 000d 08cc 70696e67"],
  ["says it is shorter than a header", "0400 0035 0007 08d8 70696e67"],
  ["says it is longer than it is, without checksum", "0400 0035 000d 0000 70696e67"],
];

for (const [what, bytes] of REFUSED) {
  test(`nothing is read where it ${what}`, () => equal(read(hex(bytes)), undefined));
}

test("nothing is read where a bit has flipped", () => {
  for (let at = 0; at < ON_THE_WIRE.length; at++) {
    for (let bit = 1; bit < 256; bit *= 2) equal(read(damaged(ON_THE_WIRE, at, bit)), undefined);
  }
});

test("what has no room is a mistake of the caller", () => {
  throws(() => emitUdp({ ...PING, payload: new Uint8Array(65528) }, A, B), {
    name: "RangeError",
    message: "Cannot put a datagram: one of 65536 bytes is too long",
  });
  throws(() => putUdp(new Uint8Array(11), 0, PING, 0), RangeError);
});
