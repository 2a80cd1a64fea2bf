import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fragments } from "../../src/host/fragment.ts";
import { emitIpv4Packet, ipv4Packet, parseIpv4Packet } from "../../src/wire/ipv4.ts";

const shape = (length: number, mtu: number, fields = {}) =>
  fragments(ipv4Packet({ payload: new Uint8Array(length), ...fields }), mtu).map(
    ({ fragmentOffset, payload, moreFragments }) => [fragmentOffset, payload.length, moreFragments],
  );

test("each but the last is as large as fits, in eights", () => {
  deepEqual(shape(3000, 1500), [
    [0, 1480, true],
    [1480, 1480, true],
    [2960, 40, false],
  ]);
  deepEqual(shape(100, 75), [
    [0, 48, true],
    [48, 48, true],
    [96, 4, false],
  ]);
});

test("a fragment is cut further, and stays a fragment", () => {
  deepEqual(shape(1480, 1000, { fragmentOffset: 1480, moreFragments: true }), [
    [1480, 976, true],
    [2456, 504, true],
  ]);
});

test("the first has all options, the others those that are to be copied", () => {
  const options = Uint8Array.of(7, 3, 4, 148, 4, 0, 0, 0);
  const parts = fragments(ipv4Packet({ options, payload: new Uint8Array(200) }), 100);
  deepEqual(
    parts.map((part) => part.options.length),
    [8, 4, 4],
  );
});

test("what has no room for eight bytes cannot be cut", () => {
  throws(() => shape(100, 27), RangeError);
});

test("whatever is cut, the pieces fit and have all of it", () => {
  const options = fc.constantFrom(new Uint8Array(0), Uint8Array.of(148, 4, 0, 0), new Uint8Array(40).fill(1));
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      options,
      fc.integer({ min: 68, max: 1500 }),
      (payload, options, mtu) => {
        const packet = ipv4Packet({ payload, options, identification: 7, tos: 3, ttl: 9, source: 1, destination: 2 });
        const parts = fragments(packet, mtu).map((part) => parseIpv4Packet(emitIpv4Packet(part))!);
        const whole = new Uint8Array(payload.length);
        for (const part of parts) {
          whole.set(part.payload, part.fragmentOffset);
          equal(emitIpv4Packet(part).length <= mtu, true);
          const { identification, tos, ttl, source, destination } = part;
          deepEqual([identification, tos, ttl, source, destination], [7, 3, 9, 1, 2]);
        }
        deepEqual(whole, payload);
        deepEqual(
          parts.map(({ moreFragments }) => moreFragments),
          parts.map((part) => part !== parts.at(-1)),
        );
      },
    ),
  );
});
