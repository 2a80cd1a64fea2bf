import { equal } from "node:assert/strict";
import { test } from "node:test";
import { isForAll, type Landing } from "../../src/handlers/landing.ts";
import { cacheMeans, KEY, ok, partOf, unreachable } from "./cache-means.ts";
import { request } from "./exchange.ts";

async function kept(answer: ReturnType<typeof ok>, isCut = false): Promise<Landing> {
  const means = cacheMeans();
  const now = means.clock.date();
  const trip = { key: KEY, isOutdated: false };
  const answered = { request: request("GET /"), key: KEY, uri: KEY, answer, trip, requestTime: now, responseTime: now };
  const one = answer.status === 206 ? means.keeping.part(answered, undefined) : means.keeping.whole(answered);
  return { kind: "kept", kept: one!, answer, isCut, because: [] };
}

const CASES: [what: string, landing: () => Promise<Landing>, forAll: boolean][] = [
  ["what is fresh", () => kept(ok("a")), true],
  ["what is stale at once", () => kept(ok("a", { "Cache-Control": "max-age=0" })), false],
  ["what must be asked about each time", () => kept(ok("a", { "Cache-Control": "max-age=60, no-cache" })), false],
  ["what only some fields forbid", () => kept(ok("a", { "Cache-Control": 'max-age=60, no-cache="set-cookie"' })), true],
  ["a part that one wanted", () => kept(partOf(0, 4)), false],
  ["a part that is more than was wanted", () => kept(partOf(0, 4), true), true],
  ["what is for one alone", async () => ({ kind: "own", answer: ok("a"), isTelling: true, because: [] }), false],
  ["a failure", async () => ({ kind: "failed", answer: unreachable(), because: [] }), false],
  ["what was thrown", async () => ({ kind: "threw", error: new Error("no") }), false],
];

for (const [what, landing, forAll] of CASES) {
  test(`${what}: ${forAll ? "for all" : "not for all"}`, async () => equal(isForAll(await landing()), forAll));
}

test("what is stored and still good is for all, as long as it is fresh; what stands in is judged by each", async () => {
  const means = cacheMeans();
  const stored = await means.keeps(ok("a"));
  const assessed = means.keeping.assessed(stored, means.clock.date());
  equal(isForAll({ kind: "good", assessed, because: [] }), true);
  equal(isForAll({ kind: "stands in", assessed, status: 500, because: [] }), false);
  const old = means.keeping.assessed(stored, means.clock.date() + 60_000);
  equal(isForAll({ kind: "good", assessed: old, because: [] }), false);
});
