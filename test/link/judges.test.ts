import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import * as judges from "../../src/link/judges.ts";
import { numbered, upTo } from "./numbered.ts";

const { bursts, corruption, duplication, lateness, loss, partition, reordering, slowness } = judges;

/** What a judge says to frames that come a millisecond after each other. */
const verdicts = (judge: judges.Judge, count: number): judges.Verdict[] =>
  upTo(count).map((i) => judge(numbered(i), "out", i, i));

const share = (judge: judges.Judge, verdict: judges.Verdict): number =>
  verdicts(judge, 20_000).filter((one) => one === verdict).length / 20_000;

const near = (actual: number, expected: number): void =>
  ok(Math.abs(actual - expected) <= 0.1 * expected, `${actual} is not nearly ${expected}`);

test("as many are lost, or come twice, as was said", () => {
  for (const chance of [0, 0.05, 0.5, 1]) {
    near(share(loss(new Random(1), chance), "drop"), chance);
    near(share(duplication(new Random(2), chance), "duplicate"), chance);
  }
});

test("bursts are as long as was said, and as often", () => {
  const said = verdicts(bursts(new Random(3), { begin: 0.02, end: 0.2 }), 50_000);
  const lost = said.filter((one) => one === "drop").length;
  const begun = said.filter((one, i) => one === "drop" && said[i - 1] !== "drop").length;
  near(lost / said.length, 0.02 / 0.22);
  near(lost / begun, 1 / 0.2);
});

test("in a bad time some may get through", () => {
  near(share(bursts(new Random(4), { begin: 1, end: 0, loss: 0.3 }), "drop"), 0.3);
  equal(share(bursts(new Random(4), { begin: 0, end: 1 }), "drop"), 0);
});

test("corruption flips one bit, anywhere in the frame, and those that it leaves alone stay what they are", () => {
  const judge = corruption(new Random(5), 0.5);
  const places = new Set<number>();
  let hit = 0;
  for (const i of upTo(4000)) {
    const frame = new Uint8Array(16);
    const verdict = judge(frame, "out", i, 0);
    const bits = [...frame].map((byte, at) => ({ byte, at })).filter(({ byte }) => byte !== 0);
    if (verdict === "pass") {
      deepEqual(bits, []);
      continue;
    }
    hit++;
    deepEqual(verdict, { replace: frame });
    equal(bits.length, 1);
    const { byte, at } = bits[0]!;
    equal(byte & (byte - 1), 0);
    places.add(at * 8 + Math.log2(byte));
  }
  near(hit, 2000);
  equal(places.size, 128);
  equal(corruption(new Random(5), 1)(new Uint8Array(0), "out", 0, 0), "pass");
});

test("who is late is late by as much as was said, give or take the jitter, and nobody overtakes anybody", () => {
  const judge = lateness(new Random(6), "30ms", "5ms");
  const said = verdicts(judge, 5000).map((verdict) => (verdict as { later: number }).later);
  ok(Math.min(...said) >= 25 && Math.max(...said) <= 35);
  ok(Math.max(...said) - Math.min(...said) > 8);
  const arrivals = said.map((later, i) => i + later);
  deepEqual(
    arrivals,
    arrivals.toSorted((a, b) => a - b),
  );
  deepEqual(verdicts(lateness(new Random(6), 30), 3), [{ later: 30 }, { later: 30 }, { later: 30 }]);
});

test("who is held back is held back as long as was said", () => {
  deepEqual(verdicts(reordering(new Random(7), 1, "2ms"), 2), [{ later: 2 }, { later: 2 }]);
  deepEqual(verdicts(reordering(new Random(7), 0, "2ms"), 2), ["pass", "pass"]);
});

test("at a slow rate frames stand in line, as long as there is room", () => {
  const judge = slowness("8kbit", 100);
  const say = (length: number, now: number): judges.Verdict => judge(new Uint8Array(length), "out", 0, now);
  deepEqual(
    [say(100, 0), say(60, 0), say(60, 0), say(60, 59), say(60, 60), say(10, 1000)],
    [{ later: 100 }, { later: 160 }, "drop", "drop", { later: 160 }, { later: 10 }],
  );
});

test("a partition begins and ends when it was said, from then on", () => {
  const judge = partition(
    [
      { from: "1s", to: "2s" },
      { from: 5000, to: Infinity },
    ],
    100,
  );
  const through = [0, 1099, 1100, 2099, 2100, 5099, 5100, 1e9].map((now) => judge(numbered(0), "in", 0, now));
  deepEqual(through, ["pass", "pass", "drop", "drop", "pass", "pass", "drop", "drop"]);
});

const REFUSED: [make: () => unknown, message: string][] = [
  [() => loss(new Random(1), 2), 'Cannot use the loss "2": it is not a probability, from 0 to 1'],
  [() => loss(new Random(1), -0.1), 'Cannot use the loss "-0.1": it is not a probability, from 0 to 1'],
  [() => duplication(new Random(1), NaN), 'Cannot use the duplication "NaN": it is not a probability, from 0 to 1'],
  [() => corruption(new Random(1), 1.5), 'Cannot use the corruption "1.5": it is not a probability, from 0 to 1'],
  [() => reordering(new Random(1), 7, 1), 'Cannot use the reordering "7": it is not a probability, from 0 to 1'],
  [
    () => bursts(new Random(1), { begin: 2, end: 1 }),
    'Cannot use the begin of a burst "2": it is not a probability, from 0 to 1',
  ],
  [() => lateness(new Random(1), "soon"), 'Cannot use the delay "soon": it is not a time like 500ms, 1.5s or 2m'],
  [() => lateness(new Random(1), 1, "5"), 'Cannot use the jitter "5": it is not a time like 500ms, 1.5s or 2m'],
  [() => slowness("10", 0), 'Cannot use the rate "10": it is not a rate like 64kbit, 10Mbit or 1Gbit'],
  [
    () => partition([{ from: 0, to: "end" }], 0),
    'Cannot use the end of a partition "end": it is not a time like 500ms, 1.5s or 2m',
  ],
];

for (const [make, message] of REFUSED) test(message, () => throws(make, { name: "RangeError", message }));
