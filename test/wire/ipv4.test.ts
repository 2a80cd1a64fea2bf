import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { checksum } from "../../src/wire/checksum.ts";
import {
  emitIpv4Packet,
  ipv4Packet,
  PROTOCOL,
  parseIpv4Packet,
  parseIpv4Quote,
  putIpv4Header,
} from "../../src/wire/ipv4.ts";
import { A, amid, B, damaged, hex, ipv4, joined } from "./packets.ts";

const HELLO = ipv4Packet({
  identification: 0x1234,
  dontFragment: true,
  protocol: PROTOCOL.udp,
  source: A,
  destination: B,
  payload: utf8("hello"),
});
const ON_THE_WIRE = hex("45 00 0019 1234 4000 40 11 149e 0a000001 0a000002 68656c6c6f");

test("a packet on the wire", () => {
  deepEqual(emitIpv4Packet(HELLO), ON_THE_WIRE);
  deepEqual(parseIpv4Packet(amid(ON_THE_WIRE)), HELLO);
});

test("what fills the frame up is cut off", () =>
  deepEqual(parseIpv4Packet(joined(ON_THE_WIRE, new Uint8Array(20))), HELLO));

test("it may stand within the frame's bytes", () => {
  const frame = joined(new Uint8Array(14), ON_THE_WIRE, new Uint8Array(4));
  deepEqual(parseIpv4Packet(frame, 14, frame.length - 4), HELLO);
  equal(parseIpv4Packet(frame, 14, frame.length - 5), undefined);
});

test("a fragment knows where it belongs, in bytes", () => {
  const fragment = parseIpv4Packet(emitIpv4Packet({ ...HELLO, moreFragments: true, fragmentOffset: 1480 }));
  deepEqual([fragment?.moreFragments, fragment?.fragmentOffset], [true, 1480]);
});

test("any packet is read as it was put", () => {
  fc.assert(
    fc.property(ipv4, (packet) => {
      const bytes = emitIpv4Packet(packet);
      deepEqual(parseIpv4Packet(amid(bytes)), packet);
      deepEqual(parseIpv4Quote(amid(bytes)), packet);
      deepEqual(emitIpv4Packet(parseIpv4Packet(bytes)!), bytes);
    }),
  );
});

/** With a checksum that is right all the same. */
function signed(text: string): Uint8Array {
  const bytes = hex(text);
  const sum = checksum(bytes, 0, Math.min(bytes.length, 4 * (bytes[0]! & 0xf)));
  bytes.set([sum >> 8, sum & 0xff], 10);
  return bytes;
}

const REFUSED: [what: string, bytes: Uint8Array][] = [
  ["is of version 6", signed("65 00 0019 1234 4000 40 11 0000 0a000001 0a000002 68656c6c6f")],
  ["has a header of four words", signed("44 00 0019 1234 4000 40 11 0000 0a000001 0a000002 68656c6c6f")],
  ["has a header longer than itself", signed("47 00 0019 1234 4000 40 11 0000 0a000001 0a000002 68656c6c6f")],
  ["is shorter than its header, it says", signed("46 00 0017 1234 4000 40 11 0000 0a000001 0a000002 00000000 6f")],
  ["is longer than it is, it says", signed("45 00 001a 1234 4000 40 11 0000 0a000001 0a000002 68656c6c6f")],
  ["has a length of zero", signed("45 00 0000 1234 4000 40 11 0000 0a000001 0a000002 68656c6c6f")],
];

for (const [what, bytes] of REFUSED) {
  test(`nothing is read where it ${what}`, () => equal(parseIpv4Packet(bytes), undefined));
}

test("nothing is read where a bit of the header has flipped; what has flipped in the payload, others find", () => {
  for (let at = 0; at < 20; at++) {
    for (let bit = 1; bit < 256; bit *= 2) equal(parseIpv4Packet(damaged(ON_THE_WIRE, at, bit)), undefined);
  }
  equal(parseIpv4Packet(damaged(ON_THE_WIRE, 20))?.payload.length, 5);
});

test("nothing is read where it is cut short", () => {
  for (let length = 0; length < 25; length++) equal(parseIpv4Packet(ON_THE_WIRE.subarray(0, length)), undefined);
});

test("of a quote there is as much as there is, and its checksum says nothing", () => {
  deepEqual(parseIpv4Quote(ON_THE_WIRE.subarray(0, 23))?.payload, utf8("hel"));
  equal(parseIpv4Quote(damaged(ON_THE_WIRE, 8))?.ttl, 65);
  equal(parseIpv4Quote(ON_THE_WIRE.subarray(0, 19)), undefined);
  // Whoever has quoted a packet may have written its length down in the host's byte order.
  equal(parseIpv4Quote(damaged(ON_THE_WIRE, 3, 0x19))?.payload.length, 0);
});

test("what cannot be a header is a mistake of the caller", () => {
  const put = (fields: object, length: number) => () =>
    putIpv4Header(new Uint8Array(80), 0, { ...HELLO, ...fields }, length);
  throws(put({ options: new Uint8Array(3) }, 0), {
    name: "RangeError",
    message: "Cannot put an IPv4 header: options of 3 bytes are none",
  });
  throws(put({ options: new Uint8Array(44) }, 0), /options of 44 bytes are none/);
  throws(put({}, 65516), /a packet of 65536 bytes is too long/);
  throws(() => putIpv4Header(new Uint8Array(19), 0, HELLO, 0), RangeError);
});
