import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isInnerList, parseList, Token } from "structured-headers";
import { type Account, cacheStatus, inWords } from "../../src/cache/account.ts";
import type { Reason } from "../../src/cache/reasons.ts";

const FRESH: Reason = { rule: "fresh for 1 h", section: "§5.2.2.1", field: "Cache-Control", value: "max-age=3600" };
const OLD: Reason = { rule: "is 3 s old", section: "§4.2.3", field: "Age" };

/** RFC 9211 §2 and its examples in §3. */
const STATUSES: [account: Account, brief: string][] = [
  [{ hit: true, because: [] }, "maitred; hit"],
  [{ hit: true, ttl: 376, because: [] }, "maitred; hit; ttl=376"],
  [{ hit: true, ttl: -412, because: [] }, "maitred; hit; ttl=-412"],
  [{ hit: false, fwd: "uri-miss", because: [] }, "maitred; fwd=uri-miss"],
  [{ hit: false, fwd: "stale", fwdStatus: 304, because: [] }, "maitred; fwd=stale; fwd-status=304"],
  [{ hit: false, fwd: "uri-miss", collapsed: true, because: [] }, "maitred; fwd=uri-miss; collapsed"],
  [
    { hit: false, fwd: "miss", fwdStatus: 200, ttl: 60, stored: true, because: [] },
    "maitred; fwd=miss; fwd-status=200; ttl=60; stored",
  ],
  [{ hit: false, fwd: "request", stored: false, collapsed: false, because: [] }, "maitred; fwd=request"],
  // "hit" and "fwd" are exclusive; what is only meaningful when fwd is present is not there without it.
  [{ hit: true, fwd: "stale", fwdStatus: 304, stored: true, collapsed: true, because: [] }, "maitred; hit"],
  [{ hit: false, because: [] }, "maitred"],
  [{ hit: false, fwdStatus: 504, stored: true, because: [] }, "maitred"],
  // "exposing the cache key can help an attacker" (§6).
  [{ hit: true, key: "http://localhost/a", because: [] }, "maitred; hit"],
];

for (const [account, brief] of STATUSES) {
  test(`Cache-Status: ${brief}`, () => {
    equal(cacheStatus(account, "maitred", "brief"), brief);
    equal(cacheStatus(account, "maitred", "full"), brief, "without a reason there is none to tell");
    equal(cacheStatus({ ...account, because: [OLD] }, "maitred", "brief"), brief);
  });
}

const DETAILS: [because: Reason[], detail: string][] = [
  // How long it is fresh tells more than how old it is.
  [[FRESH, OLD], "fresh for 1 h: max-age=3600 (5.2.2.1)"],
  [[OLD, { ...FRESH, section: "§4.2.2" }], "fresh for 1 h: max-age=3600 (4.2.2)"],
  [[OLD, { rule: "stands in", section: "RFC 5861 §4" }], "stands in (RFC 5861 4)"],
  [[{ ...FRESH, value: 'Expires: "é\n"' }], 'fresh for 1 h: Expires: "??" (5.2.2.1)'],
];

for (const [because, detail] of DETAILS) {
  test(`in full it tells: ${detail}`, () => {
    const [member] = parseList(cacheStatus({ hit: true, because }, "maitred", "full"));
    equal(member?.[1].get("detail"), detail);
  });
}

test("who has a name that is no token has it in quotes", () => {
  equal(cacheStatus({ hit: true, because: [] }, "CDN Company Here", "brief"), '"CDN Company Here"; hit');
});

const forward = fc.constantFrom(
  "bypass",
  "method",
  "uri-miss",
  "vary-miss",
  "miss",
  "request",
  "stale",
  "partial" as const,
);
const reason = fc.record({ rule: fc.string(), section: fc.constantFrom("§5.3", "§4", "é"), value: fc.string() });
const accounts = fc.record({
  hit: fc.boolean(),
  fwd: fc.option(forward, { nil: undefined }),
  fwdStatus: fc.option(fc.integer({ min: 100, max: 999 }), { nil: undefined }),
  ttl: fc.option(fc.integer(), { nil: undefined }),
  stored: fc.option(fc.boolean(), { nil: undefined }),
  collapsed: fc.option(fc.boolean(), { nil: undefined }),
  because: fc.array(reason, { maxLength: 3 }),
});

test("whatever is told can be read, by who reads structured fields", () => {
  fc.assert(
    fc.property(accounts, fc.oneof(fc.constant("maitred"), fc.string()), (account, name) => {
      const { hit, fwd, fwdStatus, ttl } = account;
      const list = parseList(`other; hit, ${cacheStatus(account as Account, name, "full")}, "last"; fwd=miss`);
      equal(list.length, 3);
      const member = list[1]!;
      equal(isInnerList(member), false);
      const [who, parameters] = member;
      equal(String(who), name.replace(/[^ -~]/gu, "?"));
      equal(parameters.get("hit"), hit ? true : undefined);
      const went = parameters.get("fwd");
      equal(went instanceof Token ? went.toString() : went, hit ? undefined : fwd);
      equal(parameters.get("fwd-status"), hit || fwd === undefined ? undefined : fwdStatus);
      equal(parameters.get("ttl"), ttl);
      equal(typeof (parameters.get("detail") ?? ""), "string");
    }),
  );
});

const WORDS: [account: Account, words: string][] = [
  [{ hit: true, ttl: 60, because: [OLD] }, "a hit, fresh for 1 min more: is 3 s old: Age (§4.2.3)"],
  [{ hit: true, ttl: 0, because: [] }, "a hit, fresh for 0 s more"],
  [{ hit: true, ttl: -90, because: [] }, "a hit, stale for 1.5 min"],
  [{ hit: false, because: [] }, "answered here"],
  [
    { hit: false, fwd: "uri-miss", stored: true, ttl: 3600, because: [FRESH] },
    "a miss, fresh for 1 h more, stored: fresh for 1 h: max-age=3600 (§5.2.2.1)",
  ],
  [{ hit: false, fwd: "stale", stored: false, because: [] }, "asked again, since it is stale, not stored"],
  [
    { hit: false, fwd: "miss", collapsed: true, because: [FRESH, OLD] },
    "a miss, answered with what another had asked for: fresh for 1 h: max-age=3600 (§5.2.2.1); is 3 s old: Age (§4.2.3)",
  ],
  [{ hit: true, stored: true, because: [] }, "a hit"],
];

for (const [account, words] of WORDS) test(`in words: ${words}`, () => equal(inWords(account), words));

test("there are words for each way on", () => {
  const ways = ["bypass", "method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"] as const;
  deepEqual(
    ways.map((fwd) => inWords({ hit: false, fwd, because: [] })),
    [
      ...[
        "left alone",
        "passed on, as its method wants",
        "a miss",
        "a miss, though others of this URI are stored",
        "a miss",
      ],
      ...["asked again, as the request wants", "asked again, since it is stale", "asked for what was missing"],
    ],
  );
});
