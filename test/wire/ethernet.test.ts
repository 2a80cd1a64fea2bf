import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ETHERNET_HEADER,
  ETHERTYPE,
  emitEthernet,
  FCS,
  fcsOf,
  hasGoodFcs,
  parseEthernet,
  putEthernet,
  putFcs,
} from "../../src/wire/ethernet.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { amid, damaged, ethernetFrame, hex, joined } from "./packets.ts";

const FRAME = { destination: BROADCAST, source: 0x02000000000a, type: ETHERTYPE.arp, payload: hex("00010800") };
const ON_THE_WIRE = hex("ffffffffffff 02000000000a 0806 00010800");

test("a frame on the wire", () => {
  deepEqual(emitEthernet(FRAME), ON_THE_WIRE);
  deepEqual(parseEthernet(amid(ON_THE_WIRE)), FRAME);
});

test("the header goes where room was left for it", () => {
  const frame = joined(new Uint8Array(ETHERNET_HEADER), FRAME.payload);
  putEthernet(frame, FRAME.destination, FRAME.source, FRAME.type);
  deepEqual(frame, ON_THE_WIRE);
});

test("what is shorter than a header is no frame, and an FCS counts for nothing", () => {
  equal(parseEthernet(ON_THE_WIRE.subarray(0, 13)), undefined);
  equal(parseEthernet(ON_THE_WIRE.subarray(0, 14))?.payload.length, 0);
  equal(parseEthernet(ON_THE_WIRE.subarray(0, 17), true), undefined);
  deepEqual(parseEthernet(ON_THE_WIRE, true)?.payload, new Uint8Array(0));
});

test("any frame is read as it was put, with FCS and without", () => {
  fc.assert(
    fc.property(ethernetFrame, (frame) => {
      const bytes = emitEthernet(frame);
      deepEqual(parseEthernet(amid(bytes)), frame);
      const guarded = amid(joined(bytes, new Uint8Array(FCS)));
      putFcs(guarded);
      equal(hasGoodFcs(guarded), true);
      deepEqual(parseEthernet(guarded, true), frame);
    }),
  );
});

// An ARP request as a switch sees it, FCS and all.
const GUARDED = hex(`
  ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002
  000000000000000000000000000000000000 00000000
`);

test("the FCS is the CRC-32, lowest byte first", () => {
  const frame = GUARDED.slice();
  putFcs(frame);
  const crc = fcsOf(frame);
  deepEqual([...frame.subarray(60)], [crc & 0xff, (crc >>> 8) & 0xff, (crc >>> 16) & 0xff, crc >>> 24]);
  // The rest that every good frame leaves (IEEE 802.3 §3.2.9: the receiver divides the FCS as well).
  equal(fcsOf(joined(frame, new Uint8Array(FCS))), 0x2144df1c);
});

test("whichever bit has flipped, the FCS notices", () => {
  const frame = GUARDED.slice();
  putFcs(frame);
  for (let at = 0; at < frame.length; at++) {
    for (let bit = 1; bit < 256; bit *= 2) equal(hasGoodFcs(damaged(frame, at, bit)), false, `byte ${at}`);
  }
  for (let length = 0; length < frame.length; length++) equal(hasGoodFcs(frame.subarray(0, length)), false);
});
