import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { type Datagram, decodeDatagram, encodeDatagram, type Segment } from "./ip-packets.ts";

const TCP: Segment = {
  kind: "tcp",
  from: 8080,
  to: 40_000,
  flags: "S.",
  seq: 0xfffffff0,
  ack: 1,
  window: 65_535,
  urgent: 7,
  options: [
    { kind: "mss", value: 1460 },
    { kind: "nop" },
    { kind: "wscale", value: 7 },
    { kind: "sackOK" },
    { kind: "TS", value: 1, echo: 4_294_967_295 },
    { kind: "sack", blocks: [[1, 2]] },
    { kind: "other", code: 254, data: Uint8Array.of(1, 2, 3) },
  ],
  data: Uint8Array.of(1, 2, 3),
};

const around = (payload: Datagram["payload"]): Datagram => {
  return { source: 0xc0a80001, destination: 0xc0000201, tos: 2, ttl: 64, payload };
};

const PAYLOADS: [what: string, payload: Datagram["payload"]][] = [
  ["a segment", TCP],
  ["a segment without options or data", { ...TCP, options: [], data: new Uint8Array(0) }],
  ["a datagram", { kind: "udp", from: 1, to: 2, data: Uint8Array.of(9) }],
  ["a message", { kind: "icmp", type: 3, code: 4, rest: 1400, data: Uint8Array.of(1, 2) }],
];

for (const [what, payload] of PAYLOADS) {
  test(`${what} comes back as it went`, () =>
    deepEqual(decodeDatagram(encodeDatagram(around(payload))), around(payload)));

  test(`${what} with a bit that has flipped is none`, () => {
    const bytes = encodeDatagram(around(payload));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      equal(typeof decodeDatagram(damaged), "string", `bit ${bit}`);
    }
  });
}
