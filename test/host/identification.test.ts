import { equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import { Identifications } from "../../src/host/identification.ts";
import { ip } from "./network.ts";

test("for one destination no number comes again before all others have", () => {
  const identifications = new Identifications(new Random(7));
  const seen = new Set(Array.from({ length: 0x10000 }, () => identifications.next(ip("10.0.0.1"))));
  equal(seen.size, 0x10000);
});

test("who counts our packets to himself learns nothing of those to others", () => {
  const identifications = new Identifications(new Random(7));
  const before = identifications.next(ip("10.0.0.1"));
  for (let i = 0; i < 100; i++) identifications.next(ip("192.168.7.9"));
  equal((identifications.next(ip("10.0.0.1")) - before) & 0xffff, 1);
});

test("two machines do not start alike", () => {
  const first = (seed: number) => new Identifications(new Random(seed)).next(ip("10.0.0.1"));
  notEqual(first(1), first(2));
});
