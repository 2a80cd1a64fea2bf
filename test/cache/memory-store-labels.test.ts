import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { StoredInMemory } from "../../src/cache/memory-store-item.ts";
import { Labels } from "../../src/cache/memory-store-labels.ts";
import { said } from "../stores/contract.ts";

test("whoever bears a label is found by it, and what it weighs is told", () => {
  const labels = new Labels();
  const [a, b] = [1, 2].map((status) => new StoredInMemory("/", 0, said({ status }), ""));
  const of = (label: string): number[] => Array.from(labels.of(label), ({ status }) => status);
  equal(labels.weight, 0);
  labels.add("x", a!);
  const one = labels.weight;
  ok(one > 100);
  labels.add("x", a!);
  equal(labels.weight, one);
  labels.add("x", b!);
  labels.add("y", b!);
  deepEqual([of("x"), of("y"), of("z")], [[1, 2], [2], []]);
  labels.remove("x", a!);
  labels.remove("x", a!);
  labels.remove("z", a!);
  deepEqual([of("x"), of("y")], [[2], [2]]);
  labels.remove("x", b!);
  labels.remove("y", b!);
  equal(labels.weight, 0);
});
