import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Spooled, spool } from "../../src/handlers/spool.ts";
import type { Body } from "../../src/http/message.ts";
import { descriptorsAtMost, openDescriptors } from "./descriptors.ts";
import { bodyOf } from "./exchange.ts";

const OPTIONS = { memory: 10, limit: 1_000_000 };

async function bytesOf(body: Body): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read()) pieces.push(bytes);
  return Buffer.concat(pieces);
}

const LENGTHS = [0, 1, 9, 10, 11, 1000, 64 * 1024, 200_000];

for (const length of LENGTHS) {
  for (const pieceLength of [1000, 3]) {
    if (length > 1000 && pieceLength < 1000) continue;
    test(`${length} bytes in pieces of ${pieceLength} come out as they went in, with their length`, async () => {
      const before = openDescriptors();
      const whole = Buffer.from(Array.from({ length }, (_, i) => i % 251));
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < length; at += pieceLength) pieces.push(whole.subarray(at, at + pieceLength));
      const spooled = await spool(bodyOf(pieces, { later: true }), OPTIONS);
      equal(spooled.length, length);
      deepEqual(await bytesOf(spooled), whole);
      equal(await spooled.read(), undefined);
      ok(await descriptorsAtMost(before), "a descriptor is left open");
    });
  }
}

/** Where the files lie that are open here and have no name; known on Linux. */
const nameless = (): string[] =>
  readdirSync("/proc/self/fd")
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        // That one was for reading this folder.
        return "";
      }
    })
    .filter((path) => path.startsWith(join(tmpdir(), "maitred-")) && path.endsWith(" (deleted)"));

test("what is long lies in a file that has no name", async () => {
  const before = openDescriptors();
  const spooled = await spool(bodyOf(["x".repeat(100)]), OPTIONS);
  if (process.platform === "linux") equal(nameless().length, 1);
  spooled.cancel();
  spooled.cancel();
  ok(await descriptorsAtMost(before), "a descriptor is left open");
  equal(await spooled.read(), undefined);
});

test("what is short is kept as a copy, and nothing else of the buffer it came in", async () => {
  const buffer = Buffer.from("hello");
  const spooled: Spooled = await spool(bodyOf([buffer]), OPTIONS);
  buffer.fill("x");
  equal(String(await bytesOf(spooled)), "hello");
});

test("more than the limit is refused, and nothing stays", async () => {
  const before = openDescriptors();
  const body = bodyOf(["x".repeat(80), "x".repeat(21), "x"]);
  await rejects(spool(body, { memory: 10, limit: 100 }), { name: "ProtocolError", status: 413 });
  equal(body.isCancelled, true);
  equal(body.reads, 2);
  ok(await descriptorsAtMost(before), "a descriptor is left open");
});

for (const [where, pieces] of [
  ["in memory", ["abc"]],
  ["on disk", ["x".repeat(100)]],
] as const) {
  test(`content that breaks off ${where} fails, and nothing stays`, async () => {
    const before = openDescriptors();
    await rejects(spool(bodyOf([...pieces, new Error("gone")], { later: true }), OPTIONS), { message: "gone" });
    ok(await descriptorsAtMost(before), "a descriptor is left open");
  });
}
