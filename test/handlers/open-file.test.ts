import { deepEqual, equal, rejects } from "node:assert/strict";
import { mkdir, open, rename, rm, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { openFile, readExactly, readFile } from "../../src/handlers/open-file.ts";
import { look, type Origin } from "../../src/handlers/within.ts";
import { folder } from "./folder.ts";

const LATER = Date.now() + 60_000;

async function originOf(root: string, name: string): Promise<Origin> {
  return (await look(`${root}/${name}`, { root }, LATER))!.file!;
}

test("a file that is what it was is opened, and read", async (t) => {
  const root = await folder(t, { "a.txt": "content" });
  const origin = await originOf(root, "a.txt");
  const handle = await openFile(origin, LATER);
  deepEqual(await handle!.readFile("utf8"), "content");
  await handle!.close();
  deepEqual(new Uint8Array((await readFile(origin, LATER))!), utf8("content"));
});

const CHANGES: [what: string, change: (root: string) => Promise<unknown>][] = [
  ["is gone", (root) => unlink(`${root}/a/b.txt`)],
  ["has gone with its folder", (root) => rm(`${root}/a`, { recursive: true })],
  ["has other content", (root) => writeFile(`${root}/a/b.txt`, "other, longer content")],
  ["is another file", (root) => rename(`${root}/other.txt`, `${root}/a/b.txt`)],
  [
    "is a folder",
    async (root) => {
      await unlink(`${root}/a/b.txt`);
      await mkdir(`${root}/a/b.txt`);
    },
  ],
  [
    "is a symlink to itself, elsewhere",
    async (root) => {
      await rename(`${root}/a/b.txt`, `${root}/c.txt`);
      await symlink("../c.txt", `${root}/a/b.txt`);
    },
  ],
];

for (const [what, change] of CHANGES) {
  test(`a file that ${what} is not taken for what was looked up`, async (t) => {
    const root = await folder(t, { "a/b.txt": "content", "other.txt": "CONTENT" });
    const origin = await originOf(root, "a/b.txt");
    await change(root);
    equal(await openFile(origin, LATER), undefined);
    equal(await readFile(origin, LATER), undefined);
  });
}

test("a folder that has become a symlink does not lead out", { skip: process.platform !== "linux" }, async (t) => {
  // The very same file, so that nothing but the way to it tells.
  const all = await folder(t, { "root/a/b.txt": "content" });
  const origin = await originOf(`${all}/root`, "a/b.txt");
  await rename(`${all}/root/a`, `${all}/outside`);
  await symlink("../outside", `${all}/root/a`);
  equal(await openFile(origin, LATER), undefined);
  await rm(`${all}/root/a`);
  await rename(`${all}/outside`, `${all}/root/c`);
  await symlink("c", `${all}/root/a`);
  const handle = await openFile(origin, LATER);
  equal(handle !== undefined, true);
  await handle?.close();
});

test("as many bytes are read as there is room for, or it is said that there are fewer", async (t) => {
  const root = await folder(t, { "a.txt": "0123456789" });
  const handle = await open(`${root}/a.txt`);
  t.after(() => handle.close());
  const three = new Uint8Array(3);
  equal(await readExactly(handle, three, 2), true);
  deepEqual(three, utf8("234"));
  equal(await readExactly(handle, new Uint8Array(0), 10), true);
  equal(await readExactly(handle, three, 8), false);
  await truncate(`${root}/a.txt`, 0);
  equal(await readExactly(handle, three, 0), false);
});

test("what cannot be opened for other reasons is an error", async (t) => {
  const root = await folder(t, { "a.txt": "a" });
  const origin = await originOf(root, "a.txt");
  await rejects(openFile({ ...origin, path: `${root}/a\0b` }, LATER), { code: "ERR_INVALID_ARG_VALUE" });
});
