import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { CACHE_FLAGS, type CacheFlags, wantsCache } from "../../src/commands/cache-flags.ts";
import { cacheOptions } from "../../src/commands/cache-words.ts";

const WANTED: [flags: CacheFlags, wanted: boolean][] = [
  [{}, false],
  [{ cache: true }, true],
  [{ memory: 1 }, true],
  [{ disk: "folder" }, true],
  [{ shared: "redis://localhost" }, true],
  [{ cache: true, ttl: ["/*=1h"], heuristic: false, admin: { host: "localhost", port: 0 } }, true],
  [{ disk: "folder", diskSize: 1 }, true],
];

for (const [flags, wanted] of WANTED) {
  test(`${JSON.stringify(flags)} ${wanted ? "wants" : "does not want"} a cache`, () =>
    equal(wantsCache(flags), wanted));
}

const REFUSED: [flags: CacheFlags, message: string][] = [
  [{ maxObject: 1 }, "Cannot use --max-object without --cache: it is about the cache"],
  [{ ttl: ["/*=1h"] }, "Cannot use --ttl without --cache: it is about the cache"],
  [{ noCache: ["/*"] }, "Cannot use --no-cache without --cache: it is about the cache"],
  [{ refuseCookies: true }, "Cannot use --refuse-cookies without --cache: it is about the cache"],
  [{ heuristic: true }, "Cannot use --heuristic without --cache: it is about the cache"],
  [{ heuristic: false }, "Cannot use --no-heuristic without --cache: it is about the cache"],
  [{ staleIfError: 0 }, "Cannot use --stale-if-error without --cache: it is about the cache"],
  [{ admin: { path: "a" } }, "Cannot use --admin without --cache: it is about the cache"],
  [{ diskSize: 1 }, "Cannot use --disk-size without --cache: it is about the cache"],
  [{ cache: true, diskSize: 1 }, "Cannot use --disk-size without --disk: it is how much may be kept in that folder"],
];

for (const [flags, message] of REFUSED) {
  test(`${JSON.stringify(flags)} is refused`, () => throws(() => wantsCache(flags), { name: "Refusal", message }));
}

test("each option is one of the flags, and each flag an option", () => {
  const options = cacheOptions(true).map((option) => option.attributeName());
  equal([...new Set(options)].sort().join(), [...CACHE_FLAGS].sort().join());
});
