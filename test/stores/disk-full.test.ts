/** A disk that takes no more: responses pass through, what is stored can be read, and after a while it is tried again. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type FileHandle, mkdtemp, open, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import type { Filling } from "../../src/cache/store.ts";
import { DiskStore } from "../../src/stores/disk-store.ts";
import { openDescriptors } from "../handlers/descriptors.ts";
import { folder } from "../handlers/folder.ts";
import { all, contentOf, KIB, MIB, put, readOn, said, same, torn } from "./contract.ts";
import { descriptorsAtMost } from "./until.ts";

interface Scene {
  readonly root: string;
  readonly clock: VirtualClock;
  readonly store: DiskStore;
  readonly complaints: string[];
  /** What the disk says from now on to who writes, or opens a file to be written. */
  fails: { write?: string | undefined; create?: string | undefined };
}

async function scene(t: TestContext): Promise<Scene> {
  const root = await folder(t, {});
  const clock = new VirtualClock();
  const complaints: string[] = [];
  const fails: Scene["fails"] = {};
  const fail = (code: string): never => {
    throw Object.assign(new Error(`${code}: no`), { code });
  };
  const store = await DiskStore.open({
    folder: root,
    budget: 64 * MIB,
    clock,
    complain: (message) => complaints.push(message),
    async openFile(path, flags, mode) {
      if (fails.create !== undefined && flags === "wx+") fail(fails.create);
      const handle = await open(path, flags, mode);
      const write = handle.write.bind(handle) as (...some: unknown[]) => Promise<unknown>;
      const checked = async (...some: unknown[]): Promise<unknown> =>
        fails.write === undefined ? write(...some) : fail(fails.write);
      return Object.assign(handle, { write: checked }) as FileHandle;
    },
  });
  t.after(() => store.close());
  return { root, clock, store, complaints, fails };
}

/** As much as it takes; says how much it took. */
async function pourAsMuch(filling: Filling | undefined, content: Uint8Array): Promise<void> {
  for (const piece of torn(content, 5)) if ((await filling?.write(piece)) !== true) return;
}

const CODES: [code: string, words: string][] = [
  ["ENOSPC", "there is no space left"],
  ["EDQUOT", "the quota is used up"],
  ["EROFS", "the file system is read-only"],
  ["EIO", "the device reports an error"],
];

for (const [code, words] of CODES) {
  for (const call of ["write", "create"] as const) {
    test(`${code} from ${call}: responses pass through, and later they are stored again`, async (t) => {
      const { store, clock, complaints, fails, root } = await scene(t);
      const descriptors = openDescriptors();
      for (let i = 0; i < 20; i++) await put(store, said({ key: `http://localhost/${i}` }), contentOf(i, 100 * KIB));
      fails[call] = code;
      const content = contentOf(100, 3 * MIB);
      const filling = store.open(said())!;
      await pourAsMuch(filling, content);
      // It was found out on the way, and all that had been taken can be read.
      ok(filling.size < content.length);
      equal(await filling.write(content.subarray(0, 10)), false);
      ok((await readOn(filling, 0)).equals(content.subarray(0, filling.size)));
      equal(await filling.end(), undefined);

      for (let i = 0; i < 20; i++) equal(store.open(said()), undefined);
      const next = "responses pass through, and in 10 seconds it is tried again";
      deepEqual(complaints, [`Cannot store responses in "${root}": ${words} (${code}); ${next}`]);
      equal(store.state().trouble, `${words} (${code})`);
      for (let i = 0; i < 20; i++) await same(store.find(`http://localhost/${i}`)[0]!, contentOf(i, 100 * KIB));

      // It is as bad as before, and not said again.
      await clock.advance(10_000);
      const another = store.open(said())!;
      await another.write(content.subarray(0, 50 * KIB));
      equal(await another.end(), undefined);
      equal(store.open(said()), undefined);
      equal(complaints.length, 1);

      await clock.advance(10_000);
      fails[call] = undefined;
      await put(store, said(), content.subarray(0, 50 * KIB));
      await same(store.find(said().key)[0]!, content.subarray(0, 50 * KIB));
      equal(store.state().trouble, undefined);
      ok((await all(store)).length > 10);
      // After a while as much as ever.
      await clock.advance(10 * 60_000);
      await put(store, said(), content);
      ok(await descriptorsAtMost(descriptors), "a descriptor is left open");
    });
  }
}

test("what fails at its end only is not kept, and what was there stays", async (t) => {
  const { store, fails } = await scene(t);
  await put(store, said(), contentOf(1, 100));
  const filling = store.open(said({ status: 203 }))!;
  const content = contentOf(2, 50 * KIB);
  equal(await filling.write(content), true);
  fails.write = "ENOSPC";
  equal(await filling.end(), undefined);
  // For those who have not read all of it.
  ok((await readOn(filling, 0)).equals(content));
  equal(store.find(said().key)[0]!.status, 200);
});

test("a part that cannot be written leaves the others as they were", async (t) => {
  const { store, fails } = await scene(t);
  const whole = contentOf(1, MIB);
  const onto = await put(store, said(), whole.subarray(0, 100 * KIB), {}, whole.length);
  fails.write = "EIO";
  const filling = store.open(said({ status: 203 }), { first: 200 * KIB, onto })!;
  await pourAsMuch(filling, whole.subarray(200 * KIB));
  equal(await filling.end(whole.length), undefined);
  const [found] = store.find(said().key);
  equal(found!.status, 200);
  await same(found!, whole, { first: 0, last: 100 * KIB - 1 });
});

test("what is wrong with one file alone is no reason to stop", async (t) => {
  const { store, fails, complaints } = await scene(t);
  fails.write = "EFBIG";
  const filling = store.open(said())!;
  await pourAsMuch(filling, contentOf(1, 3 * MIB));
  filling.abort();
  fails.write = undefined;
  await put(store, said(), contentOf(1, MIB));
  deepEqual(complaints, []);
});

for (const sizes of [[2 * KIB], [10 * KIB, 60 * KIB, 400 * KIB]]) {
  test(`a disk smaller than the budget, and content of ${sizes.join(", ")} bytes`, async (t) => {
    const root = await mkdtemp(join(tmpdir(), "maitred-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "maitred", root], { stdio: "ignore" });
    } catch {
      await rmdir(root);
      t.skip("nothing can be mounted here");
      return;
    }
    try {
      await fillToTheBrim(root, sizes);
    } finally {
      execFileSync("umount", [root]);
      await rmdir(root);
    }
  });
}

async function fillToTheBrim(root: string, sizes: readonly number[]): Promise<void> {
  const clock = new VirtualClock();
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  let store = await DiskStore.open({ folder: root, budget: 64 * MIB, clock, complain });
  const stored: number[] = [];
  const largest = Math.max(...sizes, 5 * KIB);
  const keyOf = (i: number): string => `http://localhost/${i}`;
  const contentOfKey = (i: number): Buffer => contentOf(i, sizes[i % sizes.length]!);
  const goOn = async (from: number): Promise<void> => {
    for (let i = from; i < from + (10 * MIB) / largest && store.state().trouble === undefined; i++) {
      const filling = store.open(said({ key: keyOf(i) }));
      await pourAsMuch(filling, contentOfKey(i));
      if ((await filling?.end()) !== undefined) stored.push(i);
      if (i % 10 === 0) await new Promise(setImmediate);
    }
  };
  /** How many there are, and all are right. */
  const right = async (): Promise<number> => {
    const listed = await all(store);
    for (const one of listed) await same(one, contentOfKey(Number(one.key.slice(keyOf(0).length - 1))));
    equal(listed.length, store.state().responses);
    return listed.length;
  };
  try {
    await goOn(0);
    match(store.state().trouble ?? "", /database or disk is full|there is no space left \(ENOSPC\)/);
    equal(complaints.length, 1);
    equal(store.open(said()), undefined);
    ok((await right()) > 10);

    // Room is made, and it goes on: again and again.
    for (let round = 1; round < 5; round++) {
      const before = stored.length;
      await clock.advance(10_000);
      store.open(said())!.abort();
      await new Promise(setImmediate);
      await goOn(round * 10_000);
      ok(stored.length > before, `${round}`);
    }
    ok((await right()) > 5);
    await store.close();
    store = await DiskStore.open({ folder: root, budget: 64 * MIB, clock, complain });
    ok((await right()) > 5);
    equal(complaints.length, 1);
  } finally {
    await store.close();
  }
}
