import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { DiskFiles } from "../../src/stores/disk-files.ts";
import { openDescriptors } from "../handlers/descriptors.ts";
import { folder } from "../handlers/folder.ts";
import { descriptorsAtMost, until } from "./until.ts";

async function scene(t: TestContext) {
  const root = await folder(t, {});
  const clock = new VirtualClock();
  const files = new DiskFiles({ folder: root, clock });
  files.room = 1000;
  let id = 0;
  /** A complete file with this text; its name. */
  const file = async (text: string): Promise<string> => {
    const { name, handle } = await files.create();
    await handle.write(text);
    await handle.close();
    return files.keep(name, ++id);
  };
  const isThere = (name: string): boolean => existsSync(join(root, name));
  const isGone = (name: string): Promise<boolean> => until(() => !isThere(name));
  return { root, clock, files, file, isThere, isGone };
}

test("a file has another name when it is complete", async (t) => {
  const { files, root } = await scene(t);
  const { name, handle } = await files.create();
  await handle.write("hello");
  equal(await readFile(join(root, name), "latin1"), "hello");
  const kept = await files.keep(name, 0x1ff);
  await handle.close();
  ok(kept.startsWith("content/ff/"), kept);
  equal(await readFile(files.path(kept), "latin1"), "hello");
  equal(existsSync(join(root, name)), false);
});

test("all who read a file share a descriptor, and the last one closes it", async (t) => {
  const { files, file } = await scene(t);
  const name = await file("hello");
  const before = openDescriptors();
  const handles = await Promise.all([files.acquire(name), files.acquire(name), files.acquire(name)]);
  equal(new Set(handles).size, 1);
  files.release(name);
  files.release(name);
  equal(await handles[0]!.readFile("latin1"), "hello");
  files.release(name);
  ok(await descriptorsAtMost(before));
});

test("a file that cannot be opened fails for all who want it, and for nobody after them", async (t) => {
  const { files, file } = await scene(t);
  const name = "content/00/nowhere";
  const both = [files.acquire(name), files.acquire(name)];
  for (const one of both) await rejects(one, { code: "ENOENT" });
  files.release(name);
  files.release(name);
  const there = await file("hello");
  await (await files.acquire(there)).readFile();
  files.release(there);
});

test("what is discarded is there for a minute, for who is about to open it", async (t) => {
  const { files, file, clock, isThere, isGone } = await scene(t);
  const name = await file("hello");
  files.discard(name, 100);
  await clock.advance(59_999);
  equal(isThere(name), true);
  equal(files.discardedBytes, 100);
  const later = await file("later");
  files.discard(later, 100);
  await clock.advance(1);
  ok(await isGone(name));
  equal(files.discardedBytes, 100);
  await clock.advance(59_998);
  equal(isThere(later), true);
  await clock.advance(1);
  ok(await isGone(later));
});

test("who has it open reads on when it is removed", async (t) => {
  const { files, file, isGone } = await scene(t);
  const name = await file("hello");
  const handle = await files.acquire(name);
  files.discard(name, 5000);
  ok(await isGone(name));
  equal(await handle.readFile("latin1"), "hello");
  files.release(name);
});

test("where there is no room for all that is discarded, the first ones go", async (t) => {
  const { files, file, isThere, isGone } = await scene(t);
  const names = [await file("1"), await file("2"), await file("3")];
  for (const name of names) files.discard(name, 400);
  ok(await isGone(names[0]!));
  deepEqual(names.map(isThere), [false, true, true]);
  equal(files.discardedBytes, 800);
  files.empty();
  for (const name of names) ok(await isGone(name));
  equal(files.discardedBytes, 0);
});

test("what we wrote is sound, and of what others wrote that which was proved", async (t) => {
  const { files, file } = await scene(t);
  const name = await file("hello");
  equal(files.isSound(name, { first: 0, last: 4 }), true);
  files.beginAnew();
  equal(files.isSound(name, { first: 0, last: 4 }), false);
  files.provedSound(name, { first: 0, last: 1 });
  files.provedSound(name, { first: 2, last: 3 });
  equal(files.isSound(name, { first: 1, last: 3 }), true);
  equal(files.isSound(name, { first: 1, last: 4 }), false);
});

test("a sweep removes what nobody names, but nothing of ours, and nothing that is discarded", async (t) => {
  const { files, file, root, isThere } = await scene(t);
  const old = [await file("named"), await file("orphan"), await file("discarded")];
  await mkdir(join(root, "content/odd"));
  await writeFile(join(root, "content/odd/no number"), "");
  files.beginAnew();
  const ours = await file("ours");
  files.discard(old[2]!, 1);
  const asked: number[] = [];
  await files.sweepContent((id, name) => {
    asked.push(id);
    return name === old[0];
  });
  deepEqual([...old, ours, "content/odd/no number"].map(isThere), [true, false, true, true, false]);
  deepEqual(asked.toSorted((a, b) => a - b).slice(0, 2), [1, 2]);
});

test("what was on its way is swept away, all of it", async (t) => {
  const { files, root } = await scene(t);
  const { handle } = await files.create();
  await handle.close();
  await files.sweepIncoming();
  deepEqual(await readdir(root), []);
  await files.sweepIncoming();
});

test("at the end what is discarded is gone", async (t) => {
  const { files, file, isThere } = await scene(t);
  const name = await file("hello");
  files.discard(name, 1);
  await files.close();
  equal(isThere(name), false);
});
