import { equal, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { roomOnDisk, takeOnBallast, throwOffBallast } from "../../src/stores/disk-ballast.ts";
import { folder } from "../handlers/folder.ts";
import { MIB } from "./contract.ts";

test("it is taken on once, and thrown off", async (t) => {
  const root = await folder(t, {});
  const path = join(root, "reserve");
  await takeOnBallast(root);
  const stats = await stat(path);
  equal(stats.size, 2 * MIB);
  await takeOnBallast(root);
  equal((await stat(path)).mtimeMs, stats.mtimeMs);
  // One that broke off is none.
  await writeFile(path, "x");
  await takeOnBallast(root);
  equal((await stat(path)).size, 2 * MIB);
  throwOffBallast(root);
  throwOffBallast(root);
  equal(existsSync(path), false);
});

test("it can be done without", async (t) => {
  const root = await folder(t, {});
  await rm(root, { recursive: true });
  await takeOnBallast(root);
  throwOffBallast(root);
});

test("there is room on a disk, but not all of it for content", async (t) => {
  const root = await folder(t, {});
  ok(Number.isSafeInteger(roomOnDisk(root)));
});
