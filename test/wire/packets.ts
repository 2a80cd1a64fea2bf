/** What the tests of this folder share: bytes as people write them, and any packet there may be. */

import fc from "fast-check";
import type { ArpPacket } from "../../src/wire/arp.ts";
import type { EthernetFrame } from "../../src/wire/ethernet.ts";
import type { IcmpMessage } from "../../src/wire/icmp.ts";
import type { Ipv4Packet } from "../../src/wire/ipv4.ts";
import { tcpOptionsLength } from "../../src/wire/tcp-options.ts";
import { segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";
import type { UdpDatagram } from "../../src/wire/udp.ts";

/** Digits, in any groups. */
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));

/** Within other bytes, as a packet is within a frame, so that whoever forgets where it begins is found out. */
export function amid(bytes: Uint8Array): Uint8Array {
  const around = new Uint8Array(bytes.length + 7).fill(0xa5);
  around.set(bytes, 3);
  return around.subarray(3, 3 + bytes.length);
}

/** The same bytes but for one. */
export const damaged = (bytes: Uint8Array, at: number, by = 1): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ by : byte));

/** One after the other. */
export const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

export const A = 0x0a000001;
export const B = 0x0a000002;

/** With the prototype that other objects have. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

export const u8 = fc.nat(0xff);
export const u16 = fc.nat(0xffff);
export const u32 = fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff));
export const mac = fc.oneof(fc.nat(2 ** 48 - 1), fc.constantFrom(0, 0x7fff_ffff, 2 ** 32, 2 ** 48 - 1));
/** Long enough for either way to make a checksum. */
export const payload = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 60, maxLength: 200 }));

export const ethernetFrame: fc.Arbitrary<EthernetFrame> = record({
  destination: mac,
  source: mac,
  type: u16,
  payload,
});

export const arpPacket: fc.Arbitrary<ArpPacket> = record({
  operation: u16,
  senderMac: mac,
  sender: u32,
  targetMac: mac,
  target: u32,
});

export const ipv4: fc.Arbitrary<Ipv4Packet> = record({
  tos: u8,
  identification: u16,
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.nat(0x1fff).map((words) => words * 8),
  ttl: u8,
  protocol: u8,
  source: u32,
  destination: u32,
  options: fc.nat(10).chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 })),
  payload,
});

export const udpDatagram: fc.Arbitrary<UdpDatagram> = record({ from: u16, to: u16, payload });

export const icmpMessage: fc.Arbitrary<IcmpMessage> = fc.oneof(
  record({
    kind: fc.constantFrom("echo request" as const, "echo reply" as const),
    code: u8,
    identifier: u16,
    sequence: u16,
    payload,
  }),
  record({ kind: fc.constant("unreachable" as const), code: fc.constant(4), mtu: u16, original: payload }),
  record({
    kind: fc.constant("unreachable" as const),
    code: u8.filter((code) => code !== 4),
    mtu: fc.constant(0),
    original: payload,
  }),
  record({ kind: fc.constant("redirect" as const), code: u8, gateway: u32, original: payload }),
  record({ kind: fc.constant("time exceeded" as const), code: u8, original: payload }),
  record({ kind: fc.constant("parameter problem" as const), code: u8, pointer: u8, original: payload }),
);

const nothing = fc.constant(undefined);

/** Options of kinds that we do not know. */
const unknownOptions = fc
  .array(fc.tuple(fc.integer({ min: 9, max: 255 }), fc.uint8Array({ maxLength: 6 })), { minLength: 1, maxLength: 2 })
  .map((options) => Uint8Array.from(options.flatMap(([kind, value]) => [kind, value.length + 2, ...value])));

/** No more options than there is room for. */
export const tcpSegment: fc.Arbitrary<TcpSegment> = record({
  from: u16,
  to: u16,
  seq: u32,
  ack: u32,
  flags: u8,
  window: u16,
  urgent: u16,
  mss: fc.oneof(u16, nothing),
  windowScale: fc.oneof(u8, nothing),
  isSackPermitted: fc.boolean(),
  timestamps: fc.oneof(fc.tuple(u32, u32), fc.constant([undefined, undefined] as const)),
  sack: fc.oneof(nothing, fc.array(record({ start: u32, end: u32 }), { minLength: 1, maxLength: 4 })),
  unknownOptions: fc.oneof(nothing, unknownOptions),
  payload,
}).map(({ timestamps: [timestamp, echo], sack, unknownOptions, payload, ...fields }) => ({
  ...fields,
  timestamp,
  echo,
  sack: sack?.slice(0, (36 - tcpOptionsLength(segmentOf({ ...fields, timestamp }))) >> 3),
  unknownOptions: sack === undefined ? unknownOptions : undefined,
  payload,
}));
