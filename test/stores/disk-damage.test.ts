/** What is damaged is found out, put aside, and said so; everything else goes on. */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import type { Store } from "../../src/cache/store.ts";
import type { Body } from "../../src/http/message.ts";
import type { DiskContent } from "../../src/stores/disk-content.ts";
import { DiskStore } from "../../src/stores/disk-store.ts";
import { openDescriptors } from "../handlers/descriptors.ts";
import { folder } from "../handlers/folder.ts";
import { all, bytesOf, contentOf, KIB, MIB, put, said, same } from "./contract.ts";
import { descriptorsAtMost, until } from "./until.ts";

interface Scene {
  readonly root: string;
  readonly complaints: string[];
  /** Opens the store, which has been filled and closed; closes it again after the test. */
  opened(): Promise<DiskStore>;
}

const LARGE = said({ key: "http://localhost/large" });
const LARGE_CONTENT = contentOf(1, 2 * MIB);
const PART = said({ key: "http://localhost/part" });
const PART_CONTENT = contentOf(2, 400 * KIB);

/** A store with something of every kind, closed. */
async function scene(t: TestContext): Promise<Scene> {
  const root = await folder(t, {});
  const complaints: string[] = [];
  const open = (): Promise<DiskStore> =>
    DiskStore.open({
      folder: root,
      budget: 64 * MIB,
      clock: new VirtualClock(),
      complain: (line) => complaints.push(line),
    });
  const store = await open();
  await put(store, LARGE, LARGE_CONTENT);
  await put(store, PART, PART_CONTENT.subarray(0, 100 * KIB), {}, PART_CONTENT.length);
  const [onto] = store.find(PART.key);
  await put(store, PART, PART_CONTENT.subarray(200 * KIB), { first: 200 * KIB, onto }, PART_CONTENT.length);
  for (let i = 0; i < 50; i++) await put(store, said({ key: `http://localhost/${i}` }), contentOf(i, 5000));
  await store.close();
  return {
    root,
    complaints,
    async opened() {
      const store = await open();
      t.after(() => store.close());
      return store;
    },
  };
}

/** Where the files are, the largest first. */
async function contentFiles(root: string): Promise<string[]> {
  const entries = await readdir(join(root, "content"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(file, (await stat(file).catch(() => undefined))?.size ?? -1);
  return files.filter((file) => sizes.get(file)! >= 0).toSorted((a, b) => sizes.get(b)! - sizes.get(a)!);
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  buffer[0]! ^= 0x10;
  await file.write(buffer, 0, 1, at);
  await file.close();
}

const bodyOf = (store: DiskStore, key: string, first: number, last: number): Body =>
  store.find(key)[0]!.content.read(first, last) as Body;

/** It is not found any more, has been put aside, and one line says so; the others are as they were. */
async function isAside(store: Store, { root, complaints }: Scene, key: string, why: RegExp): Promise<void> {
  deepEqual(await store.find(key), []);
  await until(() => complaints.length > 0);
  equal(complaints.length, 1);
  match(complaints[0]!, /^A stored response is damaged, and removed: "http:\/\/localhost\/\w+": [^\n]+$/);
  match(complaints[0]!, why);
  if (/it is now/.test(complaints[0]!)) equal((await readdir(join(root, "damaged"))).length, 1);
  for (let i = 0; i < 50; i++) await same((await store.find(`http://localhost/${i}`))[0]!, contentOf(i, 5000));
  equal((await store.state()).trouble, undefined);
}

for (const at of [0, MIB, 2 * MIB - 1]) {
  test(`a file with another byte at ${at} fails at its end, and is put aside`, async (t) => {
    const its = await scene(t);
    await flip((await contentFiles(its.root))[0]!, at);
    const store = await its.opened();
    const body = bodyOf(store, LARGE.key, 0, LARGE_CONTENT.length - 1);
    let length = 0;
    await rejects(async () => {
      for (let piece = await body.read(); piece !== undefined; piece = await body.read()) length += piece.length;
    }, /its bytes are not those that were written/);
    ok(length < LARGE_CONTENT.length, "all was given out");
    await isAside(store, its, LARGE.key, /its bytes are not those that were written; it is now "/);
    await put(store, LARGE, LARGE_CONTENT);
    await same(store.find(LARGE.key)[0]!, LARGE_CONTENT);
  });
}

test("of a file with another byte no range is given out", async (t) => {
  const its = await scene(t);
  await flip((await contentFiles(its.root))[0]!, 5);
  const store = await its.opened();
  const body = bodyOf(store, LARGE.key, 1000, 1999);
  await rejects(async () => body.read(), /its bytes are not those that were written/);
  equal(await body.read(), undefined);
  await isAside(store, its, LARGE.key, /it is now "/);
});

test("of parts, those that are whole are given out", async (t) => {
  const its = await scene(t);
  await flip((await contentFiles(its.root))[1]!, 300 * KIB);
  const store = await its.opened();
  await same(store.find(PART.key)[0]!, PART_CONTENT, { first: 10, last: 20 });
  await same(store.find(PART.key)[0]!, PART_CONTENT, { first: 0, last: 100 * KIB - 1 });
  const body = bodyOf(store, PART.key, 200 * KIB, 200 * KIB);
  await rejects(async () => body.read(), /its bytes are not those that were written/);
  await isAside(store, its, PART.key, /it is now "/);
});

test("what has been checked is not checked again, nor what we wrote ourselves", async (t) => {
  const its = await scene(t);
  const file = (await contentFiles(its.root))[0]!;
  const store = await its.opened();
  await same(store.find(LARGE.key)[0]!, LARGE_CONTENT, { first: 10, last: 20 });
  const onto = store.find(PART.key)[0]!;
  const gap = PART_CONTENT.subarray(100 * KIB, 200 * KIB);
  await put(store, PART, gap, { first: 100 * KIB, onto }, PART_CONTENT.length);
  await flip(file, 15);
  await flip((await contentFiles(its.root))[1]!, 150 * KIB);
  // It goes by what it knows.
  await bytesOf(store.find(LARGE.key)[0]!.content.read(0, LARGE_CONTENT.length - 1));
  await bytesOf(store.find(PART.key)[0]!.content.read(140 * KIB, 160 * KIB));
  deepEqual(its.complaints, []);
  // But of what was joined, not all was known to be right.
  await rejects(() => bytesOf(store.find(PART.key)[0]!.content.read(0, PART_CONTENT.length - 1)));
});

test("a file that has become shorter fails, and is put aside", async (t) => {
  const its = await scene(t);
  await truncate((await contentFiles(its.root))[0]!, 100 * KIB);
  const store = await its.opened();
  await rejects(() => bytesOf(bodyOf(store, LARGE.key, 0, LARGE_CONTENT.length - 1)), /it is shorter than it was/);
  await isAside(store, its, LARGE.key, /it is shorter than it was; it is now "/);
});

test("a file that is gone fails, and is not found any more", async (t) => {
  const its = await scene(t);
  await rm((await contentFiles(its.root))[0]!);
  const store = await its.opened();
  await rejects(() => bytesOf(bodyOf(store, LARGE.key, 0, LARGE_CONTENT.length - 1)), /ENOENT/);
  await isAside(store, its, LARGE.key, /its file is gone$/);
});

test("of many damaged files some are kept to be looked at", async (t) => {
  const its = await scene(t);
  let store = await its.opened();
  for (let i = 0; i < 12; i++) await put(store, said({ key: `http://localhost/${i}` }), contentOf(i, 50 * KIB));
  await store.close();
  for (const file of await contentFiles(its.root)) await flip(file, 0);
  store = await its.opened();
  for (let i = 0; i < 12; i++) await rejects(() => bytesOf(bodyOf(store, `http://localhost/${i}`, 0, 50 * KIB - 1)));
  await until(() => its.complaints.length === 12);
  equal(its.complaints.filter((line) => /it is now/.test(line)).length, 8);
  equal(its.complaints.filter((line) => /it is removed, since there are enough/.test(line)).length, 4);
});

test("damage does not keep a descriptor open", async (t) => {
  const its = await scene(t);
  await flip((await contentFiles(its.root))[0]!, 0);
  const store = await its.opened();
  const before = openDescriptors();
  await rejects(() => bytesOf(bodyOf(store, LARGE.key, 0, LARGE_CONTENT.length - 1)));
  ok(await descriptorsAtMost(before));
});

/** Changes a record as somebody might who has never heard of checksums. */
function tamper(root: string, statement: string): void {
  const db = new DatabaseSync(join(root, "index"));
  db.exec(statement);
  db.close();
}

const TAMPERINGS: [what: string, statement: string][] = [
  ["record", "UPDATE entries SET said = zeroblob(20) WHERE key = 'http://localhost/7'"],
  [
    "record, which is another's",
    "UPDATE entries SET said = (SELECT said FROM entries WHERE id = 20) WHERE key = 'http://localhost/7'",
  ],
  ["content", "UPDATE entries SET content = zeroblob(5000) WHERE key = 'http://localhost/7'"],
  ["content, which is missing", "UPDATE entries SET content = NULL WHERE key = 'http://localhost/7'"],
  ["length", "UPDATE entries SET length = 4999 WHERE key = 'http://localhost/7'"],
  ["list of spans", "UPDATE entries SET spans = '[[0,' WHERE key = 'http://localhost/7'"],
];

for (const [what, statement] of TAMPERINGS) {
  test(`an entry with a damaged ${what} is not found, and is removed`, async (t) => {
    const its = await scene(t);
    tamper(its.root, statement);
    const store = await its.opened();
    deepEqual(store.find("http://localhost/7"), []);
    deepEqual(its.complaints, ["A stored response is damaged, and removed: its record is not as it was written"]);
    deepEqual(store.find("http://localhost/7"), []);
    equal(its.complaints.length, 1);
    await same(store.find("http://localhost/8")[0]!, contentOf(8, 5000));
    equal(store.state().responses, 51);
  });
}

const INDEXES: [what: string, damage: (path: string) => Promise<unknown>, why: RegExp][] = [
  ["is no index", (path) => writeFile(path, contentOf(1, 50 * KIB)), /file is not a database/],
  ["is of another version", async (path) => tamper(join(path, ".."), "PRAGMA user_version = 99"), /another version/],
  ["has lost its end", (path) => truncate(path, 8 * KIB), /malformed/],
  ["has lost its tables", async (path) => tamper(join(path, ".."), "DROP TABLE totals"), /no such table/],
];

for (const [what, damage, why] of INDEXES) {
  test(`an index that ${what} is put aside, and the store begins empty`, async (t) => {
    const its = await scene(t);
    await damage(join(its.root, "index"));
    const store = await its.opened();
    equal(its.complaints.length, 1);
    match(
      its.complaints[0]!,
      /^Cannot use the index of the cache: [^\n]+; it is now "[^"]+damaged\/index", and the cache begins empty$/,
    );
    match(its.complaints[0]!, why);
    ok(existsSync(join(its.root, "damaged/index")));
    deepEqual(await all(store), []);
    deepEqual(store.find(LARGE.key), []);
    // The files that it named are of no use.
    await until(async () => (await contentFiles(its.root)).length === 0);
    deepEqual(await contentFiles(its.root), []);
    await put(store, LARGE, LARGE_CONTENT);
    await same(store.find(LARGE.key)[0]!, LARGE_CONTENT);
  });
}

test("an index that turns out to be damaged is put aside while others go on", async (t) => {
  const its = await scene(t);
  const path = join(its.root, "index");
  // Somewhere in the midst of it, where nobody looks when it is opened.
  const bytes = await readFile(path);
  const pages = bytes.length / 4096;
  bytes.fill(0xff, Math.floor(pages * 0.4) * 4096, Math.floor(pages * 0.6) * 4096);
  await writeFile(path, bytes);
  const store = await its.opened();
  deepEqual(its.complaints, []);
  const filling = store.open(said())!;
  await filling.write(contentOf(1, 100));
  // Some responses turn out to be damaged; some places, to be no index at all.
  for (let i = 0; i < 50 && !/malformed/.test(its.complaints.at(-1) ?? ""); i++) {
    for (const stored of store.find(`http://localhost/${i}`)) store.remove(stored);
  }
  match(its.complaints.at(-1)!, /malformed; it is now "/);
  deepEqual(await all(store), []);
  equal(await store.purge({ by: "everything" }, "remove"), 0);
  // What was on its way arrives, under a number that nothing had before: somebody may still hold that.
  const arrived = await filling.end();
  ok((arrived!.content as DiskContent).id > 52);
  await put(store, LARGE, LARGE_CONTENT);
  await same(store.find(LARGE.key)[0]!, LARGE_CONTENT);
  deepEqual((await all(store)).map(({ key }) => key).sort(), [said().key, LARGE.key]);
});

test("what was left behind by an end in the midst of work is swept away", async (t) => {
  const its = await scene(t);
  const [large] = await contentFiles(its.root);
  const orphan = join(its.root, "content/05/5-0123456789");
  await mkdir(join(its.root, "content/05"));
  await rename(large!, orphan);
  const store = await its.opened();
  await until(() => !existsSync(orphan));
  equal(existsSync(orphan), false);
  equal((await contentFiles(its.root)).length, 1);
  equal(store.state().responses, 52);
});
