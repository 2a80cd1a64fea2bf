import { equal, match, notEqual, ok } from "node:assert/strict";
import type { BigIntStats } from "node:fs";
import { appendFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stateOf } from "../../src/handlers/file-state.ts";
import { isEntityTag } from "../../src/http/etags.ts";
import { folder } from "./folder.ts";

const SECOND = 1_000_000_000n;
/** A second and a bit after 2024-11-21 08:22:00 UTC. */
const DATE = Date.UTC(2024, 10, 21, 8, 22, 1, 500);
const CHANGED = BigInt(Date.UTC(2024, 10, 21, 8, 22)) * 1_000_000n + 123_456_789n;

const stats = (more: Partial<BigIntStats> = {}): BigIntStats =>
  ({ size: 1000n, mtimeNs: CHANGED, ctimeNs: CHANGED, ino: 42n, ...more }) as BigIntStats;

const CHANGES: [what: string, more: Partial<BigIntStats>][] = [
  ["its size", { size: 1001n }],
  ["its time, by a nanosecond", { mtimeNs: CHANGED + 1n, ctimeNs: CHANGED + 1n }],
  ["its content, with the old time put back on it", { ctimeNs: CHANGED + 1n }],
  ["the file, by another of the same size and time", { ino: 43n }],
];

for (const [what, more] of CHANGES) {
  test(`a file that changed ${what} is in another state`, () => {
    const before = stateOf(stats(), DATE);
    const after = stateOf(stats(more), DATE);
    notEqual(after.identity, before.identity);
    notEqual(after.tag, before.tag);
  });
}

test("a file that did not change is in the same state, and has the same tag", () => {
  equal(stateOf(stats(), DATE).identity, stateOf(stats(), DATE + 5000).identity);
  equal(stateOf(stats(), DATE).tag, stateOf(stats(), DATE + 5000).tag);
});

test("a tag fits between the quotes of an entity tag", () => {
  const { tag } = stateOf(stats({ mtimeNs: -5n * SECOND }), DATE);
  match(tag, /^[0-9a-z-]+$/);
  ok(isEntityTag(`"${tag}"`));
});

const SETTLED: [what: string, ctimeNs: bigint, age: number, isSettled: boolean][] = [
  ["changed 5 ms ago", CHANGED, 5, false],
  ["changed 50 ms ago", CHANGED, 50, true],
  ["changed a second ago, where times are whole seconds", (CHANGED / SECOND) * SECOND, 1000, false],
  ["changed three seconds ago, where times are whole seconds", (CHANGED / SECOND) * SECOND, 3000, true],
  ["changed an hour from now, as a clock has been put back", CHANGED, -3_600_000, true],
];

for (const [what, ctimeNs, age, isSettled] of SETTLED) {
  test(`a file ${what} is ${isSettled ? "settled" : "not settled"}`, () => {
    equal(stateOf(stats({ ctimeNs }), Number(ctimeNs / 1_000_000n) + age).isSettled, isSettled);
  });
}

test("while a file is not settled its tag is used once only", () => {
  const now = Number(CHANGED / 1_000_000n) + 1;
  notEqual(stateOf(stats(), now).tag, stateOf(stats(), now).tag);
  equal(stateOf(stats(), now).identity, stateOf(stats(), now).identity);
});

const DATES: [what: string, mtime: number, lastModified: number | undefined][] = [
  ["in the past", Date.UTC(1994, 10, 6), Date.UTC(1994, 10, 6)],
  ["before 1970", Date.UTC(1969, 0, 1), Date.UTC(1969, 0, 1)],
  ["in the future", DATE + 1, undefined],
  ["before dates begin", Date.parse("-000001-01-01T00:00:00Z"), undefined],
];

for (const [what, mtime, lastModified] of DATES) {
  test(`of a file changed ${what}, Last-Modified is ${lastModified === undefined ? "not said" : "said"}`, () => {
    equal(stateOf(stats({ mtimeNs: BigInt(mtime) * 1_000_000n }), DATE).lastModified, lastModified);
  });
}

test("the file system tells states apart as promised", async (t) => {
  const path = join(await folder(t, { "a.txt": "one" }), "a.txt");
  const look = async () => stateOf(await stat(path, { bigint: true }), Date.now() + 60_000);
  const first = await look();
  equal((await look()).identity, first.identity);
  await appendFile(path, "!");
  const second = await look();
  notEqual(second.identity, first.identity);
  equal(second.length, 4);
  await utimes(path, 1, 1);
  const third = await look();
  notEqual(third.identity, second.identity);
  equal(third.lastModified, 1000);
});
