import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { UnderWay } from "../../src/handlers/under-way.ts";

const isA = (key: string): boolean => key === "a";

test("whoever is meant is outdated, and stays so; whoever sets out later is not", () => {
  const underWay = new UnderWay();
  const trips = ["a", "b", "a"].map((key) => underWay.begin(key));
  underWay.outdate(isA);
  deepEqual(
    trips.map(({ isOutdated }) => isOutdated),
    [true, false, true],
  );
  const later = underWay.begin("a");
  underWay.outdate((key) => key === "b");
  deepEqual(
    [...trips, later].map(({ isOutdated }) => isOutdated),
    [true, true, true, false],
  );
});

test("what has come to its end is not asked for again, also when it ends twice", () => {
  const underWay = new UnderWay();
  const [one, two] = [underWay.begin("a"), underWay.begin("a")];
  underWay.end(one);
  underWay.end(one);
  const asked: string[] = [];
  underWay.outdate((key) => asked.push(key) > 0);
  deepEqual(asked, ["a"]);
  deepEqual([one.isOutdated, two.isOutdated], [false, true]);
});

test("two of the same key are two", () => {
  const underWay = new UnderWay();
  const [one, two] = [underWay.begin("a"), underWay.begin("a")];
  underWay.end(two);
  underWay.outdate(isA);
  equal(one.isOutdated, true);
  equal(two.isOutdated, false);
});
