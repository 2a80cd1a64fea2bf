import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Filling, Stored } from "../../src/cache/store.ts";
import { TieredFilling } from "../../src/stores/tiered-filling.ts";
import { contentOf, readOn, said, same, torn } from "./contract.ts";
import { slow } from "./slow.ts";

const MOST = 1000;

/** A filling in a memory of so many bytes, with a store behind, unless there is none. `refuses` beyond so many bytes. */
function setting({ hasBehind = true, isSlow = false, refuses = Number.POSITIVE_INFINITY } = {}) {
  const near = new MemoryStore({ maxObject: MOST });
  const behind = new MemoryStore();
  const told: Stored[] = [];
  let spilled = 0;
  let aborted = 0;
  const spill = (): Filling | undefined => {
    spilled++;
    const filling = hasBehind ? slow(behind).open(said()) : undefined;
    if (filling === undefined) return undefined;
    return {
      get size() {
        return filling.size;
      },
      write: async (bytes) => filling.size + bytes.length <= refuses && filling.write(bytes),
      read: (from) => filling.read(from),
      end: (length) => filling.end(length),
      abort: () => {
        aborted++;
        filling.abort();
      },
    };
  };
  const first = (isSlow ? slow(near) : near).open(said())!;
  const filling = new TieredFilling(first, spill, (stored) => void told.push(stored));
  const used = (): number => near.state().used! + behind.state().used!;
  return { near, behind, filling, told, used, asked: () => spilled, aborted: () => aborted };
}

test("what memory has room for stays there, and that is told once", async () => {
  for (const isSlow of [false, true]) {
    const { filling, told, asked, behind } = setting({ isSlow });
    equal(await filling.write(contentOf(1, MOST)), true);
    const stored = await filling.end();
    deepEqual(told, [stored]);
    await same(stored!, contentOf(1, MOST));
    equal(asked() + behind.state().responses, 0);
  }
});

test("in memory nothing is waited for", () => {
  const { filling } = setting();
  equal(filling.write(contentOf(1, 10)), true);
  equal((filling.end() as Stored).content.length, 10);
});

test("however it comes, it is whole where it ends up, and can be read from all the while", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 * MOST }), fc.nat(), fc.boolean(), async (size, seed, isSlow) => {
      const { filling, told, asked, near, behind } = setting({ isSlow });
      const content = contentOf(size, size);
      let at = 0;
      for (const piece of torn(content, seed)) {
        const taken = filling.write(piece);
        // While it moves, too.
        if (at > 0) deepEqual(await readOn(filling, 0).then((bytes) => bytes.subarray(0, at)), content.subarray(0, at));
        equal(await taken, true);
        at += piece.length;
        equal(filling.size, at);
        deepEqual(await readOn(filling, Math.floor(at / 2)), content.subarray(Math.floor(at / 2), at));
      }
      const stored = await filling.end();
      await same(stored!, content);
      const isMoved = size > MOST;
      equal(asked(), isMoved ? 1 : 0);
      deepEqual([told.length, near.state().responses, behind.state().responses], isMoved ? [0, 0, 1] : [1, 1, 0]);
    }),
    { numRuns: 50 },
  );
});

test("where there is nothing behind it is refused, asked for but once, and what it had taken can be read", async () => {
  for (const isSlow of [false, true]) {
    const { filling, told, asked, used } = setting({ isSlow, hasBehind: false });
    await filling.write(contentOf(1, 600));
    for (let i = 0; i < 2; i++) equal(await filling.write(contentOf(2, 600)), false);
    equal(asked(), 1);
    deepEqual(await readOn(filling, 0), contentOf(1, 600));
    filling.abort();
    equal(used() + told.length, 0);
  }
});

test("where what is behind does not take what had come, or what comes, it is let go of there, and is still near", async () => {
  for (const refuses of [0, 599, 600, 1100]) {
    const { filling, aborted, asked, used, told } = setting({ refuses });
    await filling.write(contentOf(1, 600));
    for (let i = 0; i < 2; i++) equal(await filling.write(contentOf(2, 600)), false);
    deepEqual([asked(), aborted(), filling.size], [1, 1, 600]);
    deepEqual(await readOn(filling, 0), contentOf(1, 600));
    equal(await filling.end(), undefined);
    filling.abort();
    equal(used() + told.length, 0);
  }
});

test("where what is behind has taken it, and later takes no more, all that it took can be read", async () => {
  const { filling, used } = setting({ refuses: 1500 });
  await filling.write(contentOf(1, 600));
  equal(await filling.write(contentOf(2, 600)), true);
  equal(await filling.write(contentOf(3, 600)), false);
  deepEqual(await readOn(filling, 0), Buffer.concat([contentOf(1, 600), contentOf(2, 600)]));
  filling.abort();
  equal(used(), 0);
});

test("whoever had read from memory before it moved has still what he read", async () => {
  const { filling } = setting();
  await filling.write(contentOf(1, 600));
  const before = await filling.read(0);
  await filling.write(contentOf(2, 600));
  await filling.end();
  deepEqual(Buffer.from(before), contentOf(1, 600));
});

test("aborted before, after or in the middle of moving, once or twice, it leaves nothing behind, and nothing fails", async () => {
  for (const isSlow of [false, true]) {
    for (let turns = 0; turns < 12; turns++) {
      const { filling, used, told } = setting({ isSlow });
      await filling.write(contentOf(1, 600));
      const moving = filling.write(contentOf(2, 600));
      // As far as it comes in so many turns.
      for (let i = 0; i < turns; i++) await (i % 2 === 0 ? undefined : new Promise(setImmediate));
      filling.abort();
      filling.abort();
      await moving;
      equal(used() + told.length, 0, `${turns} turns`);
      equal(await filling.write(contentOf(3, 10)), false);
      equal(used(), 0);
    }
  }
});
