import { deepEqual, equal, match, throws } from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { POLICY_NAMES } from "../../src/cache/eviction/policies.ts";
import { cacheOptions, rangeMiss } from "../../src/commands/cache-words.ts";

function parsed(...words: string[]): Record<string, unknown> {
  const command = new Command("maitred").exitOverride().configureOutput({ outputError: () => {} });
  for (const option of cacheOptions(true)) command.addOption(option);
  return command.parse(words, { from: "user" }).opts();
}

const WORDS: [words: string, flags: Record<string, unknown>][] = [
  ["", {}],
  ["--cache", { cache: true }],
  ["--memory 64M --max-object 1M", { memory: 67_108_864, maxObject: 1_048_576 }],
  ["--eviction lru", { eviction: "lru" }],
  ["--disk kept --disk-size 1.5G", { disk: "kept", diskSize: 1_610_612_736 }],
  ["--shared redis://localhost:6379", { shared: "redis://localhost:6379" }],
  ["--cache-key -query,header:X --cache-key cookie:lang", { cacheKey: ["-query,header:X", "cookie:lang"] }],
  ["--ignore-query utm_* --ignore-query=a,b", { ignoreQuery: ["utm_*", "a,b"] }],
  ["--ttl /a=1h --ttl /b?c=d=2", { ttl: ["/a=1h", "/b?c=d=2"] }],
  ["--no-cache /a --no-cache=/b", { noCache: ["/a", "/b"] }],
  ["--cache --no-cache /a", { cache: true, noCache: ["/a"] }],
  ["--no-cache /a --cache", { cache: true, noCache: ["/a"] }],
  ["--target-field A --target-field B", { targetField: ["A", "B"] }],
  ["--refuse-cookies", { refuseCookies: true }],
  ["--heuristic", { heuristic: true }],
  ["--no-heuristic", { heuristic: false }],
  ["--stale-if-error 1d", { staleIfError: 86_400_000 }],
  ["--range-miss whole", { rangeMiss: "whole" }],
  ["--range-miss slice:64K", { rangeMiss: 65_536 }],
  ["--cache-status brief", { cacheStatus: "brief" }],
  ["--admin", { admin: { host: "localhost", port: 3129 } }],
  ["--admin --cache", { admin: { host: "localhost", port: 3129 }, cache: true }],
  ["--admin unix:/run/a", { admin: { path: "/run/a" } }],
];

for (const [words, flags] of WORDS) {
  test(`"${words}" is understood`, () => deepEqual(parsed(...words.split(" ").filter(Boolean)), flags));
}

const REFUSED: [words: string, message: RegExp][] = [
  ["--memory much", /^Cannot use --memory "much": it is not a size like 1048576, 64K, 256M or 1.5G$/],
  ["--max-object 0", /^Cannot use --max-object "0": it is not a size/],
  ["--disk-size 1X", /^Cannot use --disk-size "1X": it is not a size/],
  ["--eviction fifo", /^Cannot use --eviction "fifo": it is none of lru, sieve, s3-fifo, w-tinylfu/],
  ["--stale-if-error soon", /^Cannot use --stale-if-error "soon": it is not a time/],
  ["--cache-status loud", /^Cannot use --cache-status "loud": it is none of full, brief, none$/],
  ["--admin 0.0.0.0:80", /^Cannot use --admin "0.0.0.0:80": it is not an address that is this machine's alone/],
  ["--no-cache", /argument missing/],
];

for (const [words, message] of REFUSED) {
  test(`"${words}" is refused`, () => throws(() => parsed(...words.split(" ")), { message }));
}

test("a range that is not kept is asked for alone, as a whole, or in slices", () => {
  deepEqual(["pass", "whole", "slice", "slice:1M", "slice:100"].map(rangeMiss), [
    ...["pass", "whole"],
    ...[1_048_576, 1_048_576, 100],
  ]);
  const refused = (message: string) => ({ name: "Refusal", message });
  throws(
    () => rangeMiss("slices"),
    refused('Cannot use --range-miss "slices": it is none of pass, whole, slice, slice:SIZE (did you mean "slice"?)'),
  );
  throws(() => rangeMiss("slice:"), { name: "Refusal", message: /it is not a size/ });
});

test("the help says what is the default where", () => {
  const guessing = (guesses: boolean): string =>
    cacheOptions(guesses)
      .filter(({ long }) => long!.endsWith("heuristic"))
      .map(({ description }) => description)
      .join("; ");
  equal(guessing(true), "guess how long answers live that do not say (the default); do not");
  match(guessing(false), /; do not \(the default\)$/);
});

test("every policy of eviction can be chosen", () => {
  for (const eviction of POLICY_NAMES) deepEqual(parsed("--eviction", eviction), { eviction });
});
