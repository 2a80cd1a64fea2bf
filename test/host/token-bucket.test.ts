import { equal } from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "../../src/host/token-bucket.ts";

/** How many of these many get one, all asking at this time. */
const taken = (bucket: TokenBucket, now: number, many: number): number =>
  Array.from({ length: many }, () => bucket.take(now)).filter((is) => is).length;

test("as many at once as the bucket holds, then as many as come in", () => {
  const bucket = new TokenBucket(10, 5);
  equal(taken(bucket, 0, 100), 5);
  equal(taken(bucket, 99, 100), 0);
  equal(taken(bucket, 100, 100), 1);
  equal(taken(bucket, 350, 100), 2);
  equal(taken(bucket, 400, 100), 1);
});

test("however long nobody asks, it holds no more than it holds", () => {
  const bucket = new TokenBucket(10, 5);
  equal(taken(bucket, 1e9, 100), 5);
});

test("who wants more than there are gets none, and takes none", () => {
  const bucket = new TokenBucket(10, 5);
  equal(bucket.take(0, 3), true);
  equal(bucket.take(0, 3), false);
  equal(bucket.take(0, 2), true);
});
