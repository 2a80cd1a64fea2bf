import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../../src/base/random.ts";
import { Ghosts } from "../../../src/cache/eviction/ghosts.ts";

test("a ghost is known once", () => {
  const ghosts = new Ghosts();
  for (const hash of [0, -1, 7, 0x7fffffff]) {
    equal(ghosts.take(hash, 10), false);
    ghosts.add(hash, 10);
    equal(ghosts.take(hash, 10), true);
    equal(ghosts.take(hash, 10), false);
  }
});

test("only the latest count", () => {
  const ghosts = new Ghosts();
  for (let hash = 0; hash < 20; hash++) ghosts.add(hash, 100);
  equal(ghosts.take(9, 10), false);
  equal(ghosts.take(10, 10), true);
  equal(ghosts.take(19, 1), true);
  equal(ghosts.take(18, 0), false);
});

for (const limit of [10, 1000, 50_000]) {
  test(`of the latest ${limit} nearly all are known, however many came before`, () => {
    const ghosts = new Ghosts();
    const random = new Random(1);
    const hashes = Array.from({ length: 3 * limit }, () => random.u32() | 0);
    for (const hash of hashes) ghosts.add(hash, limit);
    const known = hashes.slice(-limit).filter((hash) => ghosts.take(hash, limit)).length;
    ok(known > 0.9 * limit, `${known} of ${limit}`);
    equal(hashes.filter((hash) => ghosts.take(hash, limit)).length, 0);
  });
}

test("who comes again is as young as the last time", () => {
  const ghosts = new Ghosts();
  ghosts.add(1, 10);
  for (let hash = 100; hash < 109; hash++) ghosts.add(hash, 10);
  ghosts.add(1, 10);
  for (let hash = 200; hash < 209; hash++) ghosts.add(hash, 10);
  equal(ghosts.take(1, 10), true);
});
