import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Queue } from "../../../src/cache/eviction/queue.ts";
import { Item, namesOf } from "./items.ts";

/** From the oldest to the newest; the way back must be the same. */
function inRow(queue: Queue<Item>): Item[] {
  const row: Item[] = [];
  for (let item = queue.oldest; item !== undefined; item = item.newer) row.push(item);
  const back: Item[] = [];
  for (let item = queue.newest; item !== undefined; item = item.older) back.push(item);
  deepEqual(namesOf(back), namesOf(row).reverse());
  return row;
}

test("a queue does what an array does, and knows what it weighs", () => {
  const op = fc.tuple(
    fc.constantFrom("push", "remove", "renew", "replace"),
    fc.nat(9),
    fc.integer({ min: 1, max: 100 }),
  );
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const queue = new Queue<Item>();
      let model: Item[] = [];
      for (const [i, [what, which, weight]] of ops.entries()) {
        const one = model[which % Math.max(1, model.length)];
        if (what === "push") {
          const item = new Item(`${i}`, weight);
          queue.push(item);
          model.push(item);
        } else if (one === undefined) continue;
        else if (what === "remove") {
          queue.remove(one);
          model = model.filter((item) => item !== one);
        } else if (what === "renew") {
          queue.renew(one);
          model = [...model.filter((item) => item !== one), one];
        } else {
          const item = new Item(`${i}`, weight);
          queue.replace(one, item);
          model = model.map((other) => (other === one ? item : other));
        }
        deepEqual(namesOf(inRow(queue)), namesOf(model));
        equal(queue.count, model.length);
        equal(
          queue.weight,
          model.reduce((sum, item) => sum + item.weight, 0),
        );
      }
    }),
  );
});

test("who has left holds on to nobody", () => {
  const queue = new Queue<Item>();
  const [a, b, c, d] = [new Item("a"), new Item("b"), new Item("c"), new Item("d")];
  for (const item of [a, b, c]) queue.push(item);
  queue.remove(b);
  queue.replace(a, d);
  for (const gone of [a, b]) deepEqual([gone.older, gone.newer], [undefined, undefined]);
});
