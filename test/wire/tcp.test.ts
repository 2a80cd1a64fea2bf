import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { checksum, pseudoHeader } from "../../src/wire/checksum.ts";
import { PROTOCOL } from "../../src/wire/ipv4.ts";
import { emitTcp, parseTcp, putTcp, tcpHeaderLength } from "../../src/wire/tcp.ts";
import { ACK, PSH, SYN, segmentOf } from "../../src/wire/tcp-segment.ts";
import { A, amid, B, damaged, hex, joined, tcpSegment, u32 } from "./packets.ts";

const between = (source: number, destination: number, bytes: Uint8Array) =>
  parseTcp(bytes, pseudoHeader(source, destination, PROTOCOL.tcp, bytes.length));
const read = (bytes: Uint8Array) => between(A, B, amid(bytes));

/** With a checksum that is right all the same. */
function signed(text: string): Uint8Array {
  const bytes = hex(text);
  const sum = checksum(bytes, 0, bytes.length, pseudoHeader(A, B, PROTOCOL.tcp, bytes.length));
  bytes.set([sum >> 8, sum & 0xff], 16);
  return bytes;
}

const SYNCHRONIZE = segmentOf({ from: 40_000, to: 80, seq: 0xffff_ffff, flags: SYN, window: 65535, mss: 1460 });
const HELLO = segmentOf({
  from: 80,
  to: 40_000,
  seq: 0x8000_0000,
  ack: 1,
  flags: ACK | PSH,
  window: 512,
  timestamp: 7,
  echo: 8,
  payload: utf8("hello"),
});

test("segments on the wire", () => {
  const syn = signed("9c40 0050 ffffffff 00000000 6002 ffff 0000 0000 020405b4");
  deepEqual(emitTcp(SYNCHRONIZE, A, B), syn);
  deepEqual(read(syn), SYNCHRONIZE);
  const hello = signed("0050 9c40 80000000 00000001 8018 0200 0000 0000 0101080a 00000007 00000008 68656c6c6f");
  deepEqual(emitTcp(HELLO, A, B), hello);
  deepEqual(read(hello), HELLO);
});

test("any segment is read as it was put, and by nobody else", () => {
  fc.assert(
    fc.property(tcpSegment, u32, u32, (segment, source, destination) => {
      const bytes = emitTcp(segment, source, destination);
      deepEqual(between(source, destination, amid(bytes)), segment);
      equal(between(source, destination ^ 0x100, bytes), undefined);
      equal(bytes.length, tcpHeaderLength(segment) + segment.payload.length);
      deepEqual(emitTcp(between(source, destination, bytes)!, source, destination), bytes);
    }),
  );
});

test("however it has come about, a segment has its fields in one order", () => {
  const shapes = [SYNCHRONIZE, HELLO, segmentOf({ flags: ACK })].map((segment) => read(emitTcp(segment, A, B))!);
  for (const shape of shapes) deepEqual(Object.keys(shape), Object.keys(segmentOf({})));
});

test("it goes where room was left for it", () => {
  const frame = new Uint8Array(34 + 37);
  putTcp(frame, 34, HELLO, pseudoHeader(A, B, PROTOCOL.tcp, 37));
  deepEqual(frame, joined(new Uint8Array(34), emitTcp(HELLO, A, B)));
});

test("its payload may be there already", () => {
  const bytes = new Uint8Array(37);
  bytes.set(HELLO.payload, 32);
  putTcp(bytes, 0, { ...HELLO, payload: bytes.subarray(32) }, pseudoHeader(A, B, PROTOCOL.tcp, 37));
  deepEqual(bytes, emitTcp(HELLO, A, B));
});

test("what is reserved is ignored", () =>
  deepEqual(read(signed("9c40 0050 ffffffff 00000000 6f02 ffff 0000 0000 020405b4")), SYNCHRONIZE));

const REFUSED: [what: string, bytes: string][] = [
  ["is shorter than a header", "9c40 0050 ffffffff 00000000 5002 ffff 0000 00"],
  ["has a header of four words", "9c40 0050 ffffffff 00000000 4002 ffff 0000 0000"],
  ["has a header longer than itself", "9c40 0050 ffffffff 00000000 6002 ffff 0000 0000 020405"],
  ["has options that run over the header", "9c40 0050 ffffffff 00000000 6002 ffff 0000 0000 0101080a 00000001"],
  ["has an option without length (MUST-7)", "9c40 0050 ffffffff 00000000 6002 ffff 0000 0000 02000000"],
];

for (const [what, bytes] of REFUSED) {
  test(`nothing is read where it ${what}`, () => equal(read(signed(bytes)), undefined));
}

test("nothing is read where a bit has flipped, even if it had no checksum (MUST-3)", () => {
  const bytes = emitTcp(HELLO, A, B);
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 1; bit < 256; bit *= 2) equal(read(damaged(bytes, at, bit)), undefined);
  }
  for (let length = 0; length < bytes.length; length++) equal(read(bytes.subarray(0, length)), undefined);
});

test("what has no room is a mistake of the caller", () => {
  throws(() => putTcp(new Uint8Array(36), 0, HELLO, 0), RangeError);
  throws(() => putTcp(new Uint8Array(19), 0, segmentOf({}), 0), RangeError);
});
