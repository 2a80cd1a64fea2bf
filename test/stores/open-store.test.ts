import { equal, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { openDiskStore, openSharedStore } from "../../src/stores/open-store.ts";

test("a folder that is there can be opened, and a second time when it is closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "maitred-open-"));
  const options = { folder, budget: 1024 * 1024, clock: realClock, complain: () => {} };
  try {
    const store = await openDiskStore(options);
    await rejects(openDiskStore(options), { message: /^Cannot keep the cache in / });
    await store.close();
    await (await openDiskStore(options)).close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a server that nobody can be is refused, one that does not answer is complained of", async () => {
  await rejects(openSharedStore({ url: "http://localhost", complain: () => {} }), TypeError);
  const complaints: string[] = [];
  const store = await openSharedStore({
    url: "redis://127.0.0.1:1",
    startWithin: 500,
    complain: (message) => void complaints.push(message),
  });
  await store.close();
  equal(complaints.length > 0, true);
});
