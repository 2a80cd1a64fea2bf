import { deepEqual, equal, ok } from "node:assert/strict";
import { type FileHandle, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import type { Stored } from "../../src/cache/store.ts";
import type { Body } from "../../src/http/message.ts";
import type { OpenFile } from "../../src/stores/disk-files.ts";
import { DiskStore } from "../../src/stores/disk-store.ts";
import { openDescriptors } from "../handlers/descriptors.ts";
import { folder } from "../handlers/folder.ts";
import {
  all,
  bytesOf,
  contentOf,
  KIB,
  MIB,
  type Needs,
  put,
  type Setting,
  said,
  same,
  storeContract,
} from "./contract.ts";
import { descriptorsAtMost, until } from "./until.ts";

async function setting(needs: Needs): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), "maitred-"));
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  const open = (): Promise<DiskStore> =>
    DiskStore.open({ folder, budget: 256 * MIB, ...needs, clock: new VirtualClock(), complain });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
      deepEqual(complaints, []);
    },
  };
}

storeContract("disk", setting);

interface Scene {
  readonly root: string;
  readonly clock: VirtualClock;
  open(budget?: number, openFile?: OpenFile): Promise<DiskStore>;
}

async function scene(t: TestContext): Promise<Scene> {
  const root = await folder(t, {});
  const clock = new VirtualClock();
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  let last: DiskStore | undefined;
  t.after(async () => {
    await last?.close();
    deepEqual(complaints, []);
  });
  return {
    root,
    clock,
    async open(budget = 64 * MIB, openFile) {
      await last?.close();
      last = await DiskStore.open({ folder: root, budget, clock, complain, openFile });
      return last;
    },
  };
}

const keyOf = (i: number): string => `http://localhost/${i}`;
const store = (store: DiskStore, i: number, size: number): Promise<Stored | undefined> =>
  put(store, said({ key: keyOf(i) }), contentOf(i, size));
const bodyOf = ({ content }: Stored): Body => content.read(0, content.length - 1) as Body;

/** Files of content, and how many bytes all files have. */
async function filesOf(root: string): Promise<{ content: number; bytes: number }> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  let [content, bytes] = [0, 0];
  for (const { parentPath, name } of entries.filter((entry) => entry.isFile())) {
    const path = join(parentPath, name);
    if (path.startsWith(join(root, "content"))) content += 1;
    bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  }
  return { content, bytes };
}

test("short content needs no file", async (t) => {
  const { open, root } = await scene(t);
  const its = await open();
  await store(its, 1, 16 * KIB);
  equal((await filesOf(root)).content, 0);
  await store(its, 2, 16 * KIB + 1);
  equal((await filesOf(root)).content, 1);
  ok(its.find(keyOf(1))[0]!.content.read(5, 9) instanceof Uint8Array);
});

test("what was used goes last, and that is known after a restart, too", async (t) => {
  const { open } = await scene(t);
  let its = await open(8 * MIB);
  for (let i = 0; i < 60; i++) await store(its, i, 100 * KIB);
  for (let i = 0; i < 10; i++) equal(its.find(keyOf(i)).length, 1);
  its = await open(8 * MIB);
  for (let i = 100; i < 150; i++) await store(its, i, 100 * KIB);
  for (let i = 0; i < 10; i++) equal(its.find(keyOf(i)).length, 1, `${i}`);
  for (let i = 10; i < 30; i++) equal(its.find(keyOf(i)).length, 0, `${i}`);
  for (let i = 110; i < 150; i++) equal(its.find(keyOf(i)).length, 1, `${i}`);
});

test("it takes no more than it may, whatever comes", async (t) => {
  const { open, root } = await scene(t);
  const budget = 4 * MIB;
  const its = await open(budget);
  let id = 0;
  for (const [size, count] of [
    [2 * KIB, 300],
    [300 * KIB, 16],
    [10 * KIB, 80],
    [40 * KIB, 40],
  ] as const) {
    for (let i = 0; i < count; i++) {
      await Promise.all(Array.from({ length: 5 }, () => store(its, id++, size)));
      await new Promise(setImmediate);
    }
    // A reserve of two megabytes, a log of one or two, and what the index could give back but has not yet.
    await until(async () => (await filesOf(root)).bytes < budget + 5 * MIB);
    const { bytes } = await filesOf(root);
    ok(bytes < budget + 5 * MIB, `${bytes} with ${size}`);
    ok(its.state().used! <= budget);
  }
});

test("no descriptor stays open: of what was read, given up, or never begun", async (t) => {
  const { open } = await scene(t);
  const its = await open();
  const before = openDescriptors();
  await store(its, 1, MIB);
  for (let i = 0; i < 3; i++) await bytesOf(bodyOf(its.find(keyOf(1))[0]!));
  bodyOf(its.find(keyOf(1))[0]!);
  const given = bodyOf(its.find(keyOf(1))[0]!);
  await given.read();
  const both = [given, bodyOf(its.find(keyOf(1))[0]!)];
  void both[1]!.read();
  for (const body of both) body.cancel();
  const filling = its.open(said())!;
  await filling.write(contentOf(1, MIB));
  filling.abort();
  its.open(said({ key: "http://localhost/idle" }));
  ok(await descriptorsAtMost(before));
});

test("a thousand who read one file need one descriptor", async (t) => {
  const { open } = await scene(t);
  const its = await open();
  await store(its, 1, MIB);
  const before = openDescriptors();
  const bodies = Array.from({ length: 1000 }, () => bodyOf(its.find(keyOf(1))[0]!));
  await Promise.all(bodies.map((body) => body.read()));
  ok(openDescriptors() <= before + 1);
  for (const body of bodies) body.cancel();
});

test("what was found can be read for a minute, whatever becomes of it", async (t) => {
  const { open, clock } = await scene(t);
  const its = await open();
  const held = await store(its, 1, MIB);
  const begun = bodyOf(held!);
  await begun.read();
  its.remove(held!);
  await clock.advance(59_000);
  await same(held!, contentOf(1, MIB));
  await clock.advance(2000);
  // It is gone, but not for who had begun.
  equal((await bytesOf(begun)).length, MIB - 64 * KIB);
});

test("of a filling that has come to its end what it took can still be read", async (t) => {
  const { open } = await scene(t);
  const its = await open();
  const content = contentOf(1, 3 * MIB);
  const filling = its.open(said(), { size: content.length })!;
  for (let at = 0; at < content.length; at += 100_000) await filling.write(content.subarray(at, at + 100_000));
  const ending = filling.end();
  const late: Buffer[] = [];
  for (let at = 0; at < content.length; at += late.at(-1)!.length) late.push(Buffer.from(await filling.read(at)));
  ok(Buffer.concat(late).equals(content));
  await ending;
  ok(Buffer.from(await filling.read(MIB)).equals(content.subarray(MIB, MIB + 64 * KIB)));
});

/** Writes as slowly as the test wants. */
function slowly(): { openFile: OpenFile; waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  const openFile: OpenFile = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const write = handle.write.bind(handle) as (...some: unknown[]) => Promise<unknown>;
    const slow = async (...some: unknown[]): Promise<unknown> => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return write(...some);
    };
    return Object.assign(handle, { write: slow }) as FileHandle;
  };
  return { openFile, waiting };
}

test("who writes faster than the disk waits", async (t) => {
  const { open } = await scene(t);
  const { openFile, waiting } = slowly();
  const its = await open(64 * MIB, openFile);
  const content = contentOf(1, 4 * MIB);
  const filling = its.open(said())!;
  let isWaiting = false;
  const writing = (async () => {
    for (let at = 0; at < content.length; at += 64 * KIB) {
      const taken = filling.write(content.subarray(at, at + 64 * KIB));
      if (taken === true) continue;
      isWaiting = true;
      equal(await taken, true);
      isWaiting = false;
    }
    return filling.end();
  })();
  let most = 0;
  let written = 0;
  for (let isDone = false; !isDone; ) {
    await new Promise(setImmediate);
    most = Math.max(most, filling.size - written);
    const next = waiting.shift();
    if (next !== undefined) written += 128 * KIB;
    next?.();
    isDone = (await Promise.race([writing, undefined])) !== undefined;
  }
  ok(most > MIB / 2 && most < 2 * MIB, `${most}`);
  equal(isWaiting, false);
  await same((await writing)!, content);
});

test("what is given up while it waits for the disk goes away quietly", async (t) => {
  const { open, root } = await scene(t);
  const { openFile, waiting } = slowly();
  const its = await open(64 * MIB, openFile);
  const before = openDescriptors();
  const filling = its.open(said())!;
  let last = filling.write(contentOf(1, 64 * KIB));
  while (last === true) last = filling.write(contentOf(1, 64 * KIB));
  await until(async () => (await readdir(root)).length > 0 && waiting.length > 0);
  filling.abort();
  equal(await last, false);
  const isEmpty = async (): Promise<boolean> => (await readdir(join(root, "incoming"))).length === 0;
  await until(() => {
    waiting.shift()?.();
    return isEmpty();
  });
  ok(await descriptorsAtMost(before));
  deepEqual(await readdir(join(root, "incoming")), []);
});

test("what has come to its end is waited for at the end of the store", async (t) => {
  const { open } = await scene(t);
  let its = await open();
  const ending = Array.from({ length: 10 }, (_, i) => store(its, i, MIB));
  const given = its.open(said({ key: keyOf(100) }))!;
  await given.write(contentOf(100, MIB));
  await new Promise(setImmediate);
  await Promise.all(ending);
  const late = its.open(said({ key: keyOf(11) }))!;
  await late.write(contentOf(11, MIB));
  const last = late.end();
  its = await open();
  ok((await last) !== undefined);
  equal((await all(its)).length, 11);
  await same(its.find(keyOf(11))[0]!, contentOf(11, MIB));
});

test("a purge of many lets others have their turn", async (t) => {
  const { open } = await scene(t);
  const its = await open();
  for (let i = 0; i < 1500; i++) await store(its, i, 10);
  let turns = 0;
  let isDone = false;
  const purging = its.purge({ by: "prefix", prefix: "http://localhost/1" }, "remove").finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise(setImmediate);
    turns += 1;
  }
  equal(await purging, 611);
  ok(turns >= 3, `${turns}`);
  // What comes in the meantime is not meant.
  const another = its.purge({ by: "everything" }, "remove");
  await store(its, 5000, 10);
  equal(await another, 889);
  equal((await all(its)).length, 1);
});
