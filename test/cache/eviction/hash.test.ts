import { equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "../../../src/cache/eviction/hash.ts";

test("the same text has the same hash, with another seed another one", () => {
  equal(hashOf("http://localhost/", 1), hashOf(`http://${"localhost"}/`, 1));
  notEqual(hashOf("http://localhost/", 1), hashOf("http://localhost/", 2));
  equal(hashOf("", 0) | 0, hashOf("", 0));
});

test("texts that are nearly alike are spread evenly", () => {
  const buckets = new Uint32Array(256);
  const seen = new Set<number>();
  for (let i = 0; i < 100_000; i++) {
    const hash = hashOf(`http://localhost/${i}`, 7);
    seen.add(hash);
    buckets[hash & 255]!++;
  }
  // By chance a handful of pairs are alike.
  ok(seen.size > 99_980, `${seen.size}`);
  for (const count of buckets) ok(count > 290 && count < 500, `${count}`);
});
