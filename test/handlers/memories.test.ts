import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Memories } from "../../src/handlers/memories.ts";

test("what is said last holds, and what is forgotten is not there", () => {
  const memories = new Memories<number | undefined>(2);
  memories.set("a", 1);
  memories.set("a", 2);
  equal(memories.get("a"), 2);
  memories.delete("a");
  memories.delete("never there");
  equal(memories.get("a"), undefined);
});

test("said again it is young again; merely looked at it is not", () => {
  const memories = new Memories<number>(2);
  memories.set("a", 1);
  memories.set("b", 1);
  memories.set("a", 2);
  memories.set("c", 1);
  deepEqual(
    ["a", "b", "c"].map((key) => memories.get(key)),
    [2, undefined, 1],
  );
  memories.get("a");
  memories.set("d", 1);
  deepEqual(
    ["a", "c", "d"].map((key) => memories.get(key)),
    [undefined, 1, 1],
  );
});

test("where there may be none, nothing is remembered", () => {
  const memories = new Memories<number>(0);
  memories.set("", 1);
  equal(memories.get(""), undefined);
});

test("whatever is said, it is the last so many that are known", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "", "__proto__", "constructor");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.tuple(key, fc.boolean())), (most, steps) => {
      const memories = new Memories<number>(most);
      const model: [string, number][] = [];
      for (const [i, [key, isSaid]] of steps.entries()) {
        const at = model.findIndex(([known]) => known === key);
        if (at >= 0) model.splice(at, 1);
        if (isSaid) model.push([key, i]);
        if (model.length > most) model.shift();
        if (isSaid) memories.set(key, i);
        else memories.delete(key);
        for (const one of ["a", "b", "c", "d", "", "__proto__", "constructor"]) {
          equal(memories.get(one), new Map(model).get(one));
        }
      }
    }),
  );
});
