import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { CacheKeys, type KeyRules, PLAIN_KEY } from "../../src/cache/key.ts";
import { DEFAULT_RULES, lifetimeByRule } from "../../src/cache/rules.ts";
import type { CacheFlags } from "../../src/commands/cache-flags.ts";
import { keyRulesOf, rulesOf } from "../../src/commands/cache-rules.ts";
import { Fields } from "../../src/http/fields.ts";

const KEYS: [flags: CacheFlags, rules: Partial<KeyRules>][] = [
  [{}, {}],
  [{ cacheKey: ["-query"] }, { without: ["query"], withFields: [], withCookies: [] }],
  [
    { cacheKey: ["-query,header:X-Tenant", "cookie:Lang", "-host"] },
    { without: ["query", "host"], withFields: ["x-tenant"], withCookies: ["Lang"] },
  ],
  [{ ignoreQuery: ["utm_*", "fbclid,gclid"] }, { ignoredQuery: ["utm_*", "fbclid", "gclid"] }],
];

for (const [flags, rules] of KEYS) {
  test(`the key of ${JSON.stringify(flags)}`, () => deepEqual(keyRulesOf(flags), rules));
}

test("a key is made by them", () => {
  const flags = { cacheKey: ["-scheme,header:X-Tenant,cookie:lang"], ignoreQuery: ["utm_*"] };
  const keys = new CacheKeys({ ...PLAIN_KEY, ...keyRulesOf(flags) });
  const fields = Fields.of({ Host: "a", "X-Tenant": "t 1", Cookie: "lang=de" });
  equal(keys.of({ target: "/b?utm_source=x&c=1", fields }, true), "any://a/b?c=1 x-tenant=t%201 lang=de");
});

test("how long answers live is said by pattern, the first that fits", () => {
  const { lifetimes = [] } = rulesOf({ ttl: ["/a?b=*=1h", "/a*=7d", "http://h/=0"] }, true);
  const ms = (uri: string) => lifetimeByRule({ ...DEFAULT_RULES, lifetimes }, uri)?.ms;
  deepEqual(["http://h/a?b=c", "http://h/ab", "http://h/", "http://h/b"].map(ms), [
    3_600_000,
    604_800_000,
    0,
    undefined,
  ]);
});

test("what is left alone, and which fields are listened to", () => {
  const { bypasses = [], targets } = rulesOf(
    { noCache: ["/account/*"], targetField: ["A-Cache-Control,B", "C"] },
    true,
  );
  deepEqual(
    bypasses.map((pattern) => [pattern.text, pattern.test("http://h/account/me"), pattern.test("http://h/")]),
    [["/account/*", true, false]],
  );
  deepEqual(targets, ["A-Cache-Control", "B", "C"]);
});

const GUESSES: [flags: CacheFlags, guesses: boolean, most: number][] = [
  [{}, true, DEFAULT_RULES.mostHeuristic],
  [{}, false, 0],
  [{ heuristic: false }, true, 0],
  [{ heuristic: true }, false, DEFAULT_RULES.mostHeuristic],
];

for (const [flags, guesses, most] of GUESSES) {
  test(`${JSON.stringify(flags)} where one ${guesses ? "guesses" : "does not guess"} by default`, () =>
    deepEqual(rulesOf(flags, guesses), { mostHeuristic: most }));
}

test("cookies are kept unless that is refused, errors stood in for if that is said", () => {
  deepEqual(rulesOf({ refuseCookies: true, staleIfError: 5000 }, false), {
    mostHeuristic: 0,
    storesCookies: false,
    staleIfError: 5000,
  });
});

const REFUSED: [flags: CacheFlags, message: string][] = [
  [
    { cacheKey: ["-qery"] },
    'Cannot use --cache-key "-qery": it is none of -scheme, -host, -query, header:NAME, cookie:NAME (did you mean "-query"?)',
  ],
  [
    { cacheKey: ["-query,"] },
    'Cannot use --cache-key "": it is none of -scheme, -host, -query, header:NAME, cookie:NAME',
  ],
  [{ cacheKey: ["header:a b"] }, 'Cannot use --cache-key "header:a b": "a b" is not the name of a header'],
  [{ cacheKey: ["cookie:"] }, 'Cannot use --cache-key "cookie:": "" is not the name of a cookie'],
  [{ ignoreQuery: ["a=b"] }, 'Cannot use --ignore-query "a=b": it is not the name of a parameter, like utm_*'],
  [{ ignoreQuery: ["a,,b"] }, 'Cannot use --ignore-query "": it is not the name of a parameter, like utm_*'],
  [{ ttl: ["/static/*"] }, 'Cannot use --ttl "/static/*": it is not written pattern=time, like /static/*=1h'],
  [{ ttl: ["=1h"] }, 'Cannot use the pattern "": it is empty or has spaces'],
  [{ ttl: ["/a=soon"] }, 'Cannot use --ttl "soon": it is not a time like 10, 1.5s, 500ms or 2m'],
  [{ noCache: ["a b"] }, 'Cannot use the pattern "a b": it is empty or has spaces'],
  [{ targetField: ["a b"] }, 'Cannot use --target-field "a b": it is not the name of a field, like CDN-Cache-Control'],
];

for (const [flags, message] of REFUSED) {
  test(`${JSON.stringify(flags)} is refused`, () =>
    throws(() => [keyRulesOf(flags), rulesOf(flags, true)], { name: "Refusal", message }));
}
