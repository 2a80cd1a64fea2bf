import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../../src/base/random.ts";
import { Sketch } from "../../../src/cache/eviction/sketch.ts";

test("it counts up to fifteen", () => {
  const sketch = new Sketch();
  for (let count = 1; count <= 20; count++) {
    sketch.count(-5);
    equal(sketch.estimate(-5), Math.min(count, 15));
  }
  equal(sketch.estimate(6), 0);
});

test("it never says too little, and seldom too much", () => {
  const sketch = new Sketch();
  const random = new Random(3);
  const hashes = Array.from({ length: 1000 }, () => random.u32() | 0);
  const counts = hashes.map((_, i) => i % 9);
  for (const [i, hash] of hashes.entries()) for (let n = 0; n < counts[i]!; n++) sketch.count(hash);
  let tooMuch = 0;
  for (const [i, hash] of hashes.entries()) {
    ok(sketch.estimate(hash) >= counts[i]!);
    if (sketch.estimate(hash) > counts[i]!) tooMuch++;
  }
  ok(tooMuch < 100, `${tooMuch}`);
});

test("what was counted is still there when more are expected", () => {
  const sketch = new Sketch();
  const random = new Random(4);
  const hashes = Array.from({ length: 500 }, () => random.u32() | 0);
  for (const hash of hashes) for (let n = 0; n < 5; n++) sketch.count(hash);
  sketch.expect(100_000);
  for (const hash of hashes) ok(sketch.estimate(hash) >= 5);
});

test("what was popular once is forgotten by and by", () => {
  const sketch = new Sketch();
  const random = new Random(5);
  for (let n = 0; n < 15; n++) sketch.count(1);
  for (let i = 0; i < 60_000; i++) sketch.count(random.below(1000) * 2654435761);
  ok(sketch.estimate(1) < 15);
});
