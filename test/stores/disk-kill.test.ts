/** However often it is killed in the midst of its work: what was safe is there, and nothing is torn. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { DiskStore } from "../../src/stores/disk-store.ts";
import { folder } from "../handlers/folder.ts";
import { all, contentOf, MIB, same } from "./contract.ts";
import { keyOf, NAMES, seedOf, sizeOf } from "./disk-hoarder.ts";
import { until } from "./until.ts";

const HOARDER = join(import.meta.dirname, "disk-hoarder.ts");
const ROUNDS = 8;

test("killed in the midst of its work, again and again, it keeps what was safe, and nothing is torn", async (t) => {
  const root = await folder(t, {});
  const random = new Random(9);
  /** What must be there, at least in this version. */
  const safe = new Map<number, number>();
  let version = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const errors = await hoardAWhile(t, root, version, 10 + random.below(120), (name, its) => {
      safe.set(name, its);
      version = Math.max(version, its);
    });
    equal(errors, "");
    // There may have been some more that nobody heard of.
    version += 1003;
    await inspect(root, safe);
  }
  ok(safe.size > NAMES / 6, `${safe.size}`);
});

async function hoardAWhile(
  t: TestContext,
  root: string,
  version: number,
  ms: number,
  heard: (name: number, version: number) => void,
): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [HOARDER, root, `${version}`]);
  t.after(() => child.kill("SIGKILL"));
  let errors = "";
  child.stderr!.on("data", (bytes) => {
    errors += bytes;
  });
  const lines = createInterface({ input: child.stdout! });
  const ended = once(child, "close");
  lines.on("line", (line) => {
    const [name, its] = line.split(" ").map(Number);
    if (line === "ready") realClock.after(ms, () => child.kill("SIGKILL"));
    else heard(name!, its!);
  });
  const [, signal] = await ended;
  equal(signal, "SIGKILL", errors);
  return errors;
}

/** All that was safe is there, in that version or a later one; all that is there is right. */
async function inspect(root: string, safe: ReadonlyMap<number, number>): Promise<void> {
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  const store = await DiskStore.open({ folder: root, budget: 512 * MIB, clock: realClock, complain });
  const listed = await all(store);
  equal((await store.state()).responses, listed.length);
  let files = 0;
  for (let name = 0; name < NAMES; name++) {
    const [found, ...others] = store.find(keyOf(name));
    deepEqual(others, []);
    ok(found !== undefined || !safe.has(name), `${name} is gone`);
    if (found === undefined) continue;
    const version = Number(found.tags[0]);
    ok(version >= (safe.get(name) ?? 0), `${name} is ${version}, and not ${safe.get(name)}`);
    const size = sizeOf(name, version);
    equal(found.content.length, size);
    const whole = contentOf(seedOf(name, version), size);
    for (const range of found.content.ranges ?? [{ first: 0, last: size - 1 }]) await same(found, whole, range);
    if (!(found.content.read(0, 0) instanceof Uint8Array)) files += 1;
  }
  // What no entry names is swept away while others work.
  ok(await until(async () => (await filesIn(root)) <= files), "files that nobody names are left");
  equal(await filesIn(root), files);
  await store.close();
  deepEqual(complaints, []);
}

async function filesIn(root: string): Promise<number> {
  const entries = await readdir(join(root, "content"), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
}
