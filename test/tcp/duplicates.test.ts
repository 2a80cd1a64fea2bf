import { equal } from "node:assert/strict";
import { test } from "node:test";
import { DuplicateAcks } from "../../src/tcp/duplicates.ts";

test("three are many (RFC 5681 §3.2)", () => {
  const duplicates = new DuplicateAcks();
  for (const areMany of [false, false, true, true]) {
    duplicates.came();
    equal(duplicates.areMany, areMany);
  }
  duplicates.forget();
  equal(duplicates.areMany, false);
});

/** RFC 6937 §3.1: on a partial ACK, what moves us on less a segment for each duplicate that told of it. */
const MOVES: [what: string, duplicates: number, advanced: number, news: number, left: number][] = [
  ["nothing was told before", 0, 3000, 3000, 0],
  ["the missing one, and all that came behind it", 3, 4000, 1000, 0],
  ["the missing one alone", 3, 1000, 1000, 3],
  ["the missing one, and some that came behind it", 5, 3000, 1000, 3],
  ["more than duplicates have told of", 2, 5000, 3000, 0],
  ["the missing one, which was short", 3, 100, 100, 3],
  ["the last of them was short", 2, 2100, 100, 0],
];

for (const [what, count, advanced, news, left] of MOVES) {
  test(`${count} duplicates, then ${advanced} bytes: ${what}`, () => {
    const duplicates = new DuplicateAcks();
    for (let i = 0; i < count; i++) duplicates.came();
    equal(duplicates.moved(advanced, 1000), news);
    equal(duplicates.count, left);
  });
}
