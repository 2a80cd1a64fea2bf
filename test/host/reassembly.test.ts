import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fragments } from "../../src/host/fragment.ts";
import { Reassembly } from "../../src/host/reassembly.ts";
import { type Ipv4Packet, ipv4Packet } from "../../src/wire/ipv4.ts";

const PAYLOAD = Uint8Array.from({ length: 100 }, (_, i) => i);
const WHOLE = ipv4Packet({ source: 1, destination: 2, protocol: 17, identification: 7, payload: PAYLOAD });
/** Of 24, 24, 24, 24 and 4 bytes. */
const PARTS = fragments(WHOLE, 44);

const piece = (start: number, end: number, moreFragments = end < 100, fill?: number): Ipv4Packet => {
  const payload = PAYLOAD.slice(start, end);
  return { ...WHOLE, fragmentOffset: start, moreFragments, payload: fill === undefined ? payload : payload.fill(fill) };
};

/** What comes of these, one after the other. */
function feed(pieces: readonly Ipv4Packet[], reassembly = new Reassembly(), now = 0): Ipv4Packet[] {
  return pieces.map((one) => reassembly.add(one, now)).filter((whole) => whole !== undefined);
}

const ORDERS: [what: string, order: number[]][] = [
  ["in order", [0, 1, 2, 3, 4]],
  ["backwards", [4, 3, 2, 1, 0]],
  ["as it comes", [2, 4, 0, 3, 1]],
  ["each twice", [0, 0, 1, 1, 2, 2, 3, 3, 4]],
  ["the last one twice", [4, 4, 0, 1, 2, 3]],
];

for (const [what, order] of ORDERS) {
  test(`${what}, they are a packet again`, () => {
    const reassembly = new Reassembly();
    deepEqual(
      feed(
        order.map((i) => PARTS[i]!),
        reassembly,
      ),
      [WHOLE],
    );
    deepEqual([reassembly.size, reassembly.cost, reassembly.wakeAt, reassembly.failures], [0, 0, undefined, 0]);
  });
}

const NOT_ENOUGH: [what: string, order: number[]][] = [
  ["the first", [1, 2, 3, 4]],
  ["one in the middle", [0, 1, 3, 4]],
  ["the last", [0, 1, 2, 3]],
];

for (const [what, order] of NOT_ENOUGH) {
  test(`without ${what} they are nothing`, () => deepEqual(feed(order.map((i) => PARTS[i]!)), []));
}

const SPOILT: [what: string, pieces: Ipv4Packet[]][] = [
  ["one begins within another", [piece(0, 48), piece(40, 72)]],
  ["one ends within another", [piece(40, 72), piece(0, 48)]],
  ["one is within another", [piece(0, 72), piece(24, 48)]],
  ["one covers another", [piece(24, 48), piece(0, 72)]],
  ["one is there twice with other bytes", [piece(24, 48), piece(24, 48, true, 9)]],
  ["one begins as another and is longer", [piece(24, 48), piece(24, 72)]],
  ["there are two ends", [piece(96, 100), piece(72, 80, false)]],
  ["one goes beyond the end", [piece(72, 80, false), piece(80, 96)]],
  ["the end is before what is there", [piece(72, 96), piece(24, 48, false)]],
  ["the end is where another goes on", [piece(72, 96), piece(72, 96, false)]],
  ["one that goes on ends at the end", [piece(72, 96, false), piece(48, 96)]],
];

for (const [what, pieces] of SPOILT) {
  test(`where ${what}, nothing comes of them, nor of the rest`, () => {
    const reassembly = new Reassembly();
    deepEqual(feed([...pieces, ...PARTS, ...PARTS], reassembly), []);
    deepEqual([reassembly.failures, reassembly.size], [1, 1]);
    reassembly.tick(30_000);
    deepEqual([reassembly.failures, reassembly.size, reassembly.cost], [1, 0, 0]);
    deepEqual(feed(PARTS, reassembly, 30_000), [WHOLE]);
  });
}

const DROPPED: [what: string, piece: Ipv4Packet][] = [
  ["goes on and is not in eights", { ...piece(0, 47), moreFragments: true }],
  ["is empty", piece(0, 0)],
  ["ends beyond the largest packet", { ...WHOLE, fragmentOffset: 65_512, payload: new Uint8Array(24) }],
];

for (const [what, one] of DROPPED) {
  test(`a fragment that ${what} is dropped, and the others go on`, () => {
    const reassembly = new Reassembly();
    deepEqual(feed([PARTS[0]!, one, ...PARTS.slice(1)], reassembly), [WHOLE]);
  });
}

test("the largest packet there is fits, with the longest options not", () => {
  const payload = new Uint8Array(65_515);
  const largest = ipv4Packet({ payload });
  equal(feed(fragments(largest, 1500))[0]?.payload.length, 65_515);
  const options = new Uint8Array(40).fill(1);
  const [first, ...others] = fragments(ipv4Packet({ payload }), 1500);
  deepEqual(feed([{ ...first!, options }, ...others]), []);
});

test("what differs in source, destination, protocol or number is of another packet", () => {
  for (const field of ["source", "destination", "protocol", "identification"]) {
    const [first, ...others] = PARTS;
    deepEqual(feed([{ ...first!, [field]: 99 }, ...others]), []);
  }
});

test("thirty seconds after the first has come it is over, and the sender hears if his first was there", () => {
  const reassembly = new Reassembly();
  const timeouts: (number | undefined)[] = [];
  reassembly.onTimeout = (first) => timeouts.push(first?.payload.length);
  feed([PARTS[0]!], reassembly, 1000);
  feed([PARTS[1]!], reassembly, 20_000);
  feed([{ ...PARTS[2]!, identification: 8 }], reassembly, 20_000);
  equal(reassembly.wakeAt, 31_000);
  reassembly.tick(30_999);
  deepEqual(timeouts, []);
  reassembly.tick(31_000);
  deepEqual(timeouts, [24]);
  equal(reassembly.wakeAt, 50_000);
  reassembly.tick(50_000);
  deepEqual(timeouts, [24, undefined]);
  deepEqual([reassembly.size, reassembly.cost, reassembly.failures], [0, 0, 2]);
});

test("nothing of what it keeps is the adapter's memory", () => {
  const frame = PARTS[0]!.payload.slice();
  const options = Uint8Array.of(1, 1, 1, 1);
  const reassembly = new Reassembly();
  feed([{ ...PARTS[0]!, payload: frame, options }], reassembly);
  frame.fill(0xff);
  options.fill(0xff);
  deepEqual(feed(PARTS.slice(1), reassembly), [{ ...WHOLE, options: Uint8Array.of(1, 1, 1, 1) }]);
});

test("one who sends fragments without end takes a quarter of the memory, and only his own are dropped", () => {
  const reassembly = new Reassembly();
  feed([{ ...PARTS[0]!, source: 5 }], reassembly);
  const payload = new Uint8Array(1480);
  for (let n = 0; n < 20_000; n++) {
    feed([{ ...WHOLE, identification: n & 0xffff, moreFragments: true, payload }], reassembly);
    ok(reassembly.cost <= 1024 * 1024 + 2000);
  }
  deepEqual(
    feed(
      PARTS.slice(1).map((one) => ({ ...one, source: 5 })),
      reassembly,
    ).length,
    1,
  );
});

test("many who do so take all of it and no more", () => {
  const reassembly = new Reassembly();
  const payload = new Uint8Array(8);
  for (let n = 0; n < 60_000; n++) {
    feed([{ ...WHOLE, source: n, moreFragments: true, payload }], reassembly);
  }
  ok(reassembly.cost <= 4 * 1024 * 1024);
  ok(reassembly.size < 20_000);
});

test("one packet in the smallest pieces does not take more than its share", () => {
  const reassembly = new Reassembly();
  const payload = new Uint8Array(8);
  for (let start = 0; start < 65_000; start += 16) {
    feed([{ ...WHOLE, fragmentOffset: start, moreFragments: true, payload }], reassembly);
    ok(reassembly.cost <= 1024 * 1024 + 200);
  }
});

test("any cut, any order, any duplicates: the packet, or nothing", () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 });
  const scene = fc.record({
    payload: fc.uint8Array({ minLength: 1, maxLength: 500 }),
    cuts,
    order: fc.infiniteStream(fc.nat()),
    duplicates: fc.array(fc.nat(), { maxLength: 5 }),
    loses: fc.option(fc.nat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(scene, ({ payload, cuts, order, duplicates, loses }) => {
      const borders = [0, ...cuts.map((cut) => cut * 8).filter((cut) => cut < payload.length), payload.length];
      borders.sort((a, b) => a - b);
      const pieces = borders.slice(1).map((end, i): Ipv4Packet => {
        const start = borders[i]!;
        const moreFragments = end < payload.length;
        return { ...WHOLE, fragmentOffset: start, moreFragments, payload: payload.slice(start, end) };
      });
      const lost = loses === undefined ? undefined : pieces[loses % pieces.length];
      const sent = pieces.filter((one) => one !== lost);
      sent.push(...duplicates.map((n) => sent[n % sent.length]).filter((one) => one !== undefined));
      const shuffled = sent.map((one) => ({ one, key: order.next().value! })).sort((a, b) => a.key - b.key);
      const wholes = feed(shuffled.map(({ one }) => one));
      if (lost !== undefined) deepEqual(wholes, []);
      else deepEqual(wholes[0], { ...WHOLE, payload });
      // A duplicate of all of it may make it again: UDP may well come twice.
      for (const whole of wholes) deepEqual(whole.payload, payload);
    }),
  );
});

test("whatever comes, a packet is only what its fragments agree upon", () => {
  const fragment = fc.record({
    start: fc.integer({ min: 0, max: 5 }),
    length: fc.integer({ min: 1, max: 24 }),
    moreFragments: fc.boolean(),
    fill: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), (many) => {
      const reassembly = new Reassembly();
      const come: Ipv4Packet[] = [];
      for (const { start, length, moreFragments, fill } of many) {
        const one = { ...WHOLE, fragmentOffset: start * 8, moreFragments, payload: new Uint8Array(length).fill(fill) };
        come.push(one);
        const whole = reassembly.add(one, 0);
        if (whole === undefined) continue;
        for (const [i, byte] of whole.payload.entries()) {
          ok(come.some((c) => i >= c.fragmentOffset && c.payload[i - c.fragmentOffset] === byte));
        }
        come.length = 0;
      }
      ok(reassembly.cost >= 0);
    }),
    { numRuns: 300 },
  );
});
