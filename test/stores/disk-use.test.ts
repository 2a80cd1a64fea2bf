import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Use } from "../../src/stores/disk-use.ts";

/** An index that knows only when each was used. */
class Uses {
  readonly used = new Map<number, number>();

  use(id: number, used: number): void {
    if (this.used.has(id)) this.used.set(id, used);
  }

  oldest(limit: number): { id: number; used: number }[] {
    const all = [...this.used].map(([id, used]) => ({ id, used }));
    return all.toSorted((a, b) => a.used - b.used || a.id - b.id).slice(0, limit);
  }
}

/** Those with the ids 1 to `count`, a generation each. */
function aged(count: number): { uses: Uses; use: Use } {
  const uses = new Uses();
  const use = new Use(64, 0);
  for (let id = 1; id <= count; id++) {
    uses.used.set(id, use.generation);
    use.passes(1);
  }
  return { uses, use };
}

const note = (use: Use, uses: Uses, id: number): void => use.note({ id, used: uses.used.get(id)! });

test("a generation is a 64th of the budget", () => {
  const use = new Use(6400, 7);
  use.passes(99);
  equal(use.generation, 7);
  use.passes(1);
  equal(use.generation, 8);
});

test("what has not been used for longest goes first", () => {
  const { uses, use } = aged(20);
  deepEqual(use.oldest(uses), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  for (const id of [1, 3, 5]) note(use, uses, id);
  deepEqual(use.oldest(uses).slice(0, 3), [2, 4, 6]);
});

test("when all that might go have been used, the next ones are looked at", () => {
  const { uses, use } = aged(40);
  for (let id = 1; id <= 30; id++) note(use, uses, id);
  deepEqual(use.oldest(uses).slice(0, 2), [31, 32]);
  uses.used.clear();
  deepEqual(use.oldest(uses), []);
});

test("where all have been used, they go in their order", () => {
  const { uses, use } = aged(16);
  for (let id = 1; id <= 16; id++) note(use, uses, id);
  deepEqual(use.oldest(uses).slice(0, 3), [1, 2, 3]);
});

test("what is used many times is written down once", () => {
  const { uses, use } = aged(3000);
  for (let i = 0; i < 5000; i++) note(use, uses, 7);
  equal(use.isMuch, false);
  for (let id = 1; id <= 1100; id++) note(use, uses, id);
  equal(use.isMuch, true);
  use.writeDown(uses);
  equal(use.isMuch, false);
  equal(uses.used.get(7), use.generation);
  deepEqual(use.oldest(uses)[0], 1101);
  // Those of this generation are as good as used.
  for (let id = 1; id <= 1100; id++) note(use, uses, id);
  equal(use.isMuch, false);
});
