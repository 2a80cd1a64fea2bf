import { deepEqual, equal, rejects } from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { captureFile } from "../../src/commands/capture-file.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import type { PcapngBlock } from "../../src/wire/pcapng.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-capture-file-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const section = (comment: string): PcapngBlock => ({
  kind: "section",
  hardware: undefined,
  os: undefined,
  application: "maitred",
  comments: [comment],
});

function blocksIn(path: string): PcapngBlock[] {
  const reader = new PcapReader();
  reader.push(new Uint8Array(readFileSync(path)));
  const blocks: PcapngBlock[] = [];
  for (let block = reader.next(); block !== undefined; block = reader.next()) blocks.push(block);
  deepEqual([reader.problem, reader.left], [undefined, 0]);
  return blocks;
}

test("what is added is there once it is flushed, in place of what was there before", async () => {
  const path = join(folder, "some.pcapng");
  writeFileSync(path, "something longer than all that comes; ".repeat(100));
  const file = await captureFile(path);
  file.add(section("one"));
  file.add(section("two"));
  deepEqual(blocksIn(path), []);
  equal(await file.flush(), true);
  deepEqual(blocksIn(path), [section("one"), section("two")]);
  equal(await file.flush(), true);
  file.add(section("three"));
  equal(await file.flush(), true);
  await file.close();
  deepEqual(blocksIn(path), [section("one"), section("two"), section("three")]);
});

const REFUSED: [path: string, why: string][] = [
  [join(folder, "nowhere", "some.pcapng"), "there is no such folder"],
  [folder, "it is a folder"],
];

for (const [path, why] of REFUSED) {
  test(`where ${why}, there is no file`, () =>
    rejects(captureFile(path), { name: "Refusal", message: `Cannot use --write "${path}": ${why}` }));
}

test("where there is no room left it says so", {
  skip: !existsSync("/dev/full") && "there is no /dev/full",
}, async () => {
  const file = await captureFile("/dev/full");
  file.add(section("one"));
  await rejects(file.flush(), { message: 'Cannot write all of "/dev/full": there is no room left' });
  await file.close();
});
