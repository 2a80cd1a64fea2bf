import { equal, ok, rejects, throws } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { VirtualClock } from "../../src/base/clock.ts";
import { lockFolder, touch } from "../../src/stores/disk-lock.ts";
import { DiskStore } from "../../src/stores/disk-store.ts";
import { folder } from "../handlers/folder.ts";

const MODULE = pathToFileURL(join(import.meta.dirname, "../../src/stores/disk-lock.ts")).href;

test("a folder is one's at a time, also within a process", async (t) => {
  const root = await folder(t, {});
  const unlock = lockFolder(root);
  for (let i = 0; i < 3; i++) throws(() => lockFolder(root), { message: "another maitred is using it" });
  unlock();
  lockFolder(root)();
});

test("a lock dies with its process, however that ends", async (t) => {
  const root = await folder(t, {});
  const lock = `(await import(${JSON.stringify(MODULE)})).lockFolder(process.argv[1]);`;
  const script = `${lock} console.log("locked"); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, root], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  throws(() => lockFolder(root), { message: "another maitred is using it" });
  child.kill("SIGKILL");
  await once(child, "exit");
  lockFolder(root)();
  // Nothing else is left of it.
  equal((await readdir(root)).join(), "lock");
});

test("to look for it does not let go of it", async (t) => {
  const root = await folder(t, {});
  const unlock = lockFolder(root);
  // POSIX: whoever closes a file lets go of all the locks that the process has on it.
  touch(join(root, "lock"));
  const script = `try { (await import(${JSON.stringify(MODULE)})).lockFolder(process.argv[1]) } catch { process.exit(7) }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, root], { stdio: "ignore" });
  const [code] = await once(child, "exit");
  equal(code, 7);
  unlock();
});

test("what is no lock is replaced", async (t) => {
  const root = await folder(t, {});
  await writeFile(join(root, "lock"), "x".repeat(10_000));
  lockFolder(root)();
});

test("a store says that its folder is in use, in one line", async (t) => {
  const root = await folder(t, {});
  const options = { folder: root, budget: 1e8, clock: new VirtualClock(), complain: () => {} };
  const store = await DiskStore.open(options);
  const inUse = { message: `Cannot keep the cache in "${root}": another maitred is using it` };
  await rejects(DiskStore.open(options), inUse);
  // The one that has it goes on.
  equal(store.state().trouble, undefined);
  await store.close();
  await (await DiskStore.open(options)).close();
});

test("a store says why its folder is no good, in one line", async (t) => {
  const root = await folder(t, { "file": "" });
  const options = { budget: 1e8, clock: new VirtualClock(), complain: () => {} };
  for (const place of ["file", "file/below"]) {
    await rejects(DiskStore.open({ ...options, folder: join(root, place) }), (error: Error) => {
      ok(error.message.startsWith(`Cannot keep the cache in "${join(root, place)}": `), error.message);
      return !error.message.includes("\n");
    });
  }
});

test("what is stored is for nobody else's eyes", async (t) => {
  const root = await folder(t, {});
  const own = join(root, "own");
  await (await DiskStore.open({ folder: own, budget: 1e8, clock: new VirtualClock(), complain: () => {} })).close();
  equal((await stat(own)).mode & 0o777, 0o700);
  for (const name of await readdir(own)) equal((await stat(join(own, name))).mode & 0o077, 0, name);
});
