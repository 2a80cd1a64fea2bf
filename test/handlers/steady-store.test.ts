import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Store, Stored } from "../../src/cache/store.ts";
import { SteadyStore } from "../../src/handlers/steady-store.ts";
import { said, stored } from "../stage.ts";
import { filling, like } from "./odd-stores.ts";

const fail = (): never => {
  throw new Error("broken");
};
const reject = async (): Promise<never> => fail();
const EVERYTHING = { by: "everything" } as const;

/** What each call gives where the store within fails. */
const CALLS: [call: string, of: (store: Store) => unknown, otherwise: unknown][] = [
  ["find", (store) => store.find("k"), []],
  ["deeper", (store) => store.deeper?.("k"), undefined],
  ["open", (store) => store.open(said), undefined],
  ["freshen", (store) => store.freshen(stored, said), undefined],
  ["remove", (store) => store.remove(stored), undefined],
  ["purge", (store) => store.purge(EVERYTHING, "remove"), 0],
];

for (const [call, of, otherwise] of CALLS) {
  test(`${call} has nothing, and wants nothing, where the store within throws or fails`, async () => {
    deepEqual(await of(new SteadyStore(like(new MemoryStore(), { [call]: fail }))), otherwise);
    if (call === "open") return;
    const later = await of(new SteadyStore(like(new MemoryStore(), { [call]: reject })));
    deepEqual(later, call === "deeper" ? [] : otherwise);
  });
}

test("a filling that fails wants no more, and has nothing in the end; what it cannot read fails", async () => {
  for (const bad of [fail, reject]) {
    const inner = filling(new MemoryStore(), () => ({ write: bad, read: bad, end: bad, abort: bad as never }));
    const steady = new SteadyStore(inner).open(said)!;
    equal(await steady.write(Uint8Array.of(1)), false);
    equal(await steady.end(), undefined);
    await rejects(async () => steady.read(0), /broken/);
    steady.abort();
    equal(steady.size, 0);
  }
});

test("what does not fail goes through as it is, at once or later", async () => {
  const memory = new MemoryStore();
  const steady = new SteadyStore(memory);
  const opened = steady.open(said, { size: 2 })!;
  equal(opened.write(Uint8Array.of(1, 2)), true);
  equal(opened.size, 2);
  deepEqual(opened.read(1), Uint8Array.of(2));
  const kept = opened.end() as Stored;
  deepEqual(steady.find(said.key), [kept]);
  equal(steady.deeper(said.key), undefined);
  const fresher = steady.freshen(kept, { ...said, status: 203 }) as Stored;
  equal(fresher.status, 203);
  equal([...(steady.list() as Iterable<Stored>)].length, 1);
  equal((await steady.state()).responses, 1);
  equal(steady.purge(EVERYTHING, "invalidate"), 1);
  const [invalid] = steady.find(said.key) as readonly Stored[];
  equal(steady.remove(invalid!), undefined);
  deepEqual(steady.find(said.key), []);

  const far = new SteadyStore(like(memory, { deeper: async () => [kept], find: async () => [kept] }));
  deepEqual(await far.deeper("k"), [kept]);
  ok(far.find("k") instanceof Promise);
  await steady.close();
  equal(steady.open(said), undefined);
});
