import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Shelf } from "../../src/handlers/shelf.ts";

const shelf = (bytes: number, things = 100) => new Shelf<{ size: number }>({ bytes, things });

test("what is put there is found there, and counted once", () => {
  const one = shelf(100);
  one.put("a", { size: 10 }, 5);
  one.put("a", { size: 20 }, 6);
  equal(one.get("a")?.thing.size, 20);
  equal(one.get("a")?.checkedAt, 6);
  equal(one.get("b"), undefined);
  deepEqual([one.size, one.count], [20, 1]);
  one.remove("a");
  one.remove("a");
  deepEqual([one.size, one.count], [0, 0]);
});

test("when it is full the oldest goes, unless it was asked for", () => {
  const full = shelf(30);
  for (const name of ["a", "b", "c"]) full.put(name, { size: 10 }, 0);
  full.get("a");
  full.put("d", { size: 10 }, 0);
  deepEqual(
    ["a", "b", "c", "d"].filter((name) => full.get(name) !== undefined),
    ["a", "c", "d"],
  );
});

test("what was asked for once does not stay for ever", () => {
  const full = shelf(20);
  full.put("a", { size: 10 }, 0);
  full.get("a");
  for (let i = 0; i < 10; i++) full.put(`x${i}`, { size: 10 }, 0);
  equal(full.get("a"), undefined);
});

test("there is an end to how many things there are, however small", () => {
  const small = shelf(1000, 3);
  for (let i = 0; i < 10; i++) small.put(`x${i}`, { size: 1 }, 0);
  equal(small.count, 3);
});

test("what grows is weighed again, and makes others go", () => {
  const one = shelf(100);
  const growing = { size: 10 };
  one.put("a", { size: 50 }, 0);
  one.put("b", growing, 0);
  growing.size = 60;
  one.weigh("b", growing);
  deepEqual([one.size, one.count], [60, 1]);
  one.weigh("b", { size: 1 });
  one.weigh("nobody", growing);
  equal(one.size, 60);
});

test("what is larger than the shelf does not stay on it", () => {
  const one = shelf(10);
  one.put("a", { size: 11 }, 0);
  deepEqual([one.size, one.count], [0, 0]);
});

test("whatever is done, it is never overfull, and its count is right", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e");
  const step = fc.oneof(
    fc.record({ does: fc.constant("put" as const), name, size: fc.nat(15) }),
    fc.record({ does: fc.constant("grow" as const), name, size: fc.nat(15) }),
    fc.record({ does: fc.constantFrom("get" as const, "remove" as const), name }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const one = shelf(30, 4);
      for (const step of steps) {
        if (step.does === "put") one.put(step.name, { size: step.size }, 0);
        if (step.does === "remove") one.remove(step.name);
        const thing = one.get(step.name)?.thing;
        if (step.does === "grow" && thing !== undefined) {
          thing.size += step.size;
          one.weigh(step.name, thing);
        }
        ok(one.size <= 30 && one.count <= 4);
        const there = ["a", "b", "c", "d", "e"].map((name) => one.get(name)?.thing.size);
        equal(
          one.size,
          there.reduce<number>((sum, size) => sum + (size ?? 0), 0),
        );
      }
    }),
  );
});
