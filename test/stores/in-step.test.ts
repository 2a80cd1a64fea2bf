import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Purging, Selection } from "../../src/cache/store.ts";
import { keepInStep } from "../../src/stores/in-step.ts";
import { TieredStore } from "../../src/stores/tiered-store.ts";
import { keep } from "../handlers/administered.ts";

/** A shared store of which only the news matter, a memory, and another one in the disk's place. */
async function scene() {
  const listeners: {
    change?: (key: string) => void;
    purge?: (which: Selection, how: Purging) => void;
    gap?: () => void;
  } = {};
  const disk = new MemoryStore();
  const front = new MemoryStore();
  const tiered = new TieredStore(front, [disk]);
  keepInStep(tiered, [disk], {
    onChange: (listener) => void (listeners.change = listener),
    onPurge: (listener) => void (listeners.purge = listener),
    onGap: (listener) => void (listeners.gap = listener),
  });
  for (const store of [front, disk]) for (const path of ["a", "b"]) await keep(store, `http://h/${path}`);
  const keysOf = (store: MemoryStore) =>
    [...store.list()].map(({ key, isInvalid }) => `${key.slice(9)}${isInvalid ? "?" : ""}`).sort();
  const settled = async () => {
    // What is done in the background takes a few turns.
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    return { front: keysOf(front), disk: keysOf(disk) };
  };
  return { ...(listeners as Required<typeof listeners>), settled };
}

test("what another has changed is forgotten, near and on the disk", async () => {
  const { change, settled } = await scene();
  change("http://h/a");
  deepEqual(await settled(), { front: ["b"], disk: ["b"] });
});

test("what another purges is purged here, in the same way", async () => {
  const { purge, settled } = await scene();
  purge({ by: "url", url: "http://h/a" }, "remove");
  purge({ by: "host", host: "h" }, "invalidate");
  deepEqual(await settled(), { front: ["b?"], disk: ["b?"] });
});

test("where news may have been missed, memory is not believed, and the disk is asked about", async () => {
  const { gap, settled } = await scene();
  gap();
  deepEqual(await settled(), { front: [], disk: ["a?", "b?"] });
});
