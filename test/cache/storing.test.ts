import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_RULES, parseUriPattern, type Rules } from "../../src/cache/rules.ts";
import { isAnyVary, isForAll, mayStore, resolved, type StoringVerdict } from "../../src/cache/storing.ts";
import { termsOf } from "../../src/cache/terms.ts";
import { dateAt, fieldsOf, type Lines } from "./kept.ts";

interface Exchange {
  readonly method?: string;
  readonly uri?: string;
  readonly request?: Lines;
  readonly status?: number;
  readonly fields?: Lines;
  readonly rules?: Partial<Rules>;
}

function verdict({
  method = "GET",
  uri = "http://localhost/a",
  request = {},
  status = 200,
  ...of
}: Exchange): StoringVerdict {
  const rules = { ...DEFAULT_RULES, ...of.rules };
  const fields = fieldsOf(of.fields ?? {});
  const terms = termsOf(fields, rules.targets);
  return mayStore({ method, uri, requestFields: fieldsOf(request), status, fields, terms }, rules);
}

const FRESH = { "Cache-Control": "max-age=60" };
const control = (directives: string): { fields: Lines } => ({ fields: { "Cache-Control": directives } });

/** §3, rule by rule: whether it may, and which section says so. */
const CASES: [what: string, exchange: Exchange, mayStore: boolean, section: string][] = [
  // "the request method is understood by the cache"
  ["GET", { fields: FRESH }, true, "§5.2.2.1"],
  ...["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get"].map(
    (method): [string, Exchange, boolean, string] => [method, { method, fields: FRESH }, false, "§3"],
  ),
  ["POST", { method: "POST", fields: FRESH }, false, "§3"],
  // … and of POST's what has "explicit freshness information … and a Content-Location header field that has the same
  // value as the POST's target URI" (RFC 9110 §9.3.3)
  [
    "POST with its own Content-Location",
    { method: "POST", fields: { ...FRESH, "Content-Location": "/a" } },
    true,
    "§5.2.2.1",
  ],
  [
    "POST with its own URL",
    { method: "POST", fields: { ...FRESH, "Content-Location": "http://localhost/a" } },
    true,
    "§5.2.2.1",
  ],
  [
    "POST with its own URL, by name",
    { method: "POST", fields: { ...FRESH, "Content-Location": "a" } },
    true,
    "§5.2.2.1",
  ],
  [
    "POST and s-maxage",
    { method: "POST", fields: { "Cache-Control": "s-maxage=6", "Content-Location": "/a" } },
    true,
    "§5.2.2.10",
  ],
  ["POST and Expires", { method: "POST", fields: { Expires: dateAt(60), "Content-Location": "/a" } }, true, "§5.3"],
  ["POST with another's", { method: "POST", fields: { ...FRESH, "Content-Location": "/b" } }, false, "§3"],
  ["POST with another host's", { method: "POST", fields: { ...FRESH, "Content-Location": "http://b/a" } }, false, "§3"],
  [
    "POST with none one could read",
    { method: "POST", fields: { ...FRESH, "Content-Location": "http://[" } },
    false,
    "§3",
  ],
  ["POST, not explicitly fresh", { method: "POST", fields: { "Content-Location": "/a" } }, false, "§3"],
  [
    "POST, public alone",
    { method: "POST", fields: { "Cache-Control": "public", "Content-Location": "/a" } },
    false,
    "§3",
  ],
  [
    "POST, with an Expires that is not for us",
    { method: "POST", fields: { "CDN-Cache-Control": "public", Expires: dateAt(60), "Content-Location": "/a" } },
    ...([false, "§3"] as const),
  ],
  ["POST, created", { method: "POST", status: 201, fields: { ...FRESH, "Content-Location": "/a" } }, false, "§3"],
  [
    "POST and no-store",
    { method: "POST", fields: { "Cache-Control": "no-store, max-age=6", "Content-Location": "/a" } },
    false,
    "§5.2.2.5",
  ],

  // "the response status code is final"
  ["101", { status: 101, fields: FRESH }, false, "§3"],
  ["103", { status: 103, fields: FRESH }, false, "§3"],
  ["199", { status: 199, fields: FRESH }, false, "§3"],

  // Those that answer to one request's fields; and those that "MUST NOT be stored by a cache".
  ...[304, 407, 412, 416, 417].map((status): [string, Exchange, boolean, string] => [
    `${status}`,
    { status, fields: FRESH },
    false,
    "§3",
  ]),
  ...[428, 429, 431, 511].map((status): [string, Exchange, boolean, string] => [
    `${status}`,
    { status, fields: FRESH },
    false,
    "RFC 6585",
  ]),
  [
    "429, by configuration",
    { status: 429, rules: { lifetimes: [{ pattern: parseUriPattern("*"), ms: 1 }] } },
    false,
    "RFC 6585",
  ],

  // "the no-store cache directive is not present in the response"
  ["no-store", control("no-store"), false, "§5.2.2.5"],
  ["no-store among others", control("public, max-age=60, s-maxage=60, NO-STORE"), false, "§5.2.2.5"],
  ["no-store in a second line", { fields: { "Cache-Control": ["max-age=60", "no-store"] } }, false, "§5.2.2.5"],
  ["no-store with an argument that it does not have", control("max-age=60, no-store=foo"), false, "§5.2.2.5"],
  ["no-store behind a quote that does not end", control('max-age=60, foo="bar, no-store'), false, "§5.2.2.5"],
  ["no-store within quotes", control('max-age=60, foo="no-store"'), true, "§5.2.2.1"],
  [
    "no-store, by configuration",
    { ...control("no-store"), rules: { lifetimes: [{ pattern: parseUriPattern("/a"), ms: 1 }] } },
    false,
    "§5.2.2.5",
  ],
  ["no-store for other caches", { fields: { ...FRESH, "Other-Cache-Control": "no-store" } }, true, "§5.2.2.1"],
  ["no-store in Pragma", { fields: { Pragma: "no-store", ...FRESH } }, true, "§5.2.2.1"],
  [
    "no-cache in Pragma, which means nothing in a response",
    { fields: { Pragma: "no-cache", ...FRESH } },
    true,
    "§5.2.2.1",
  ],

  // "its request wants nothing kept" (§5.2.1.5)
  ["a request with no-store", { request: { "Cache-Control": "no-store" }, fields: FRESH }, false, "§5.2.1.5"],
  [
    "a request with No-Store and more",
    { request: { "Cache-Control": "max-age=0,No-Store" }, fields: FRESH },
    false,
    "§5.2.1.5",
  ],
  [
    "a request with no-store in a second line",
    { request: { "Cache-Control": ["a", "no-store"] }, fields: FRESH },
    false,
    "§5.2.1.5",
  ],
  ["a request with no-store=1", { request: { "Cache-Control": "no-store=1" }, fields: FRESH }, false, "§5.2.1.5"],
  ["a request with xno-store", { request: { "Cache-Control": "xno-store" }, fields: FRESH }, true, "§5.2.2.1"],
  [
    "a request that quotes no-store",
    { request: { "Cache-Control": 'a="b, no-store"' }, fields: FRESH },
    true,
    "§5.2.2.1",
  ],
  ["a request with no-cache", { request: { "Cache-Control": "no-cache" }, fields: FRESH }, true, "§5.2.2.1"],
  ["a request with no-store in Pragma", { request: { Pragma: "no-store" }, fields: FRESH }, true, "§5.2.2.1"],

  // "the must-understand cache directive is present: the cache understands the response status code" (§5.2.2.3)
  ["must-understand, 200", control("must-understand, max-age=60"), true, "§5.2.2.1"],
  ["must-understand, 200 and no-store", control("must-understand, max-age=60, no-store"), true, "§5.2.2.1"],
  ["must-understand, 404 and no-store", { status: 404, ...control("no-store, must-understand") }, true, "§4.2.2"],
  ["must-understand, 503", { status: 503, ...control("must-understand, max-age=60") }, true, "§5.2.2.1"],
  ["must-understand, 451", { status: 451, ...control("must-understand, max-age=60") }, true, "§5.2.2.1"],
  ...[226, 299, 418, 425, 499, 506, 599, 600, 999].flatMap((status): [string, Exchange, boolean, string][] => [
    [`must-understand, ${status}`, { status, ...control("must-understand, max-age=60") }, false, "§5.2.2.3"],
    [`must-understand, ${status} and no-store`, { status, ...control("must-understand, no-store") }, false, "§5.2.2.3"],
    [`${status} without must-understand`, { status, fields: FRESH }, true, "§5.2.2.1"],
  ]),
  ["must-understand and private", control("must-understand, max-age=60, private"), false, "§5.2.2.7"],

  // "if the cache is shared: the private response directive is either not present or allows …" (§5.2.2.7)
  ["private", control("private"), false, "§5.2.2.7"],
  ["private, public and max-age", control("public, max-age=60, private"), false, "§5.2.2.7"],
  ["private for one field", control('max-age=60, private="set-cookie"'), true, "§5.2.2.1"],
  ["private for one field, without quotes", control("max-age=60, private=set-cookie"), true, "§5.2.2.1"],
  ["private for nothing", control('max-age=60, private=""'), false, "§5.2.2.7"],
  ["private for what nobody can read", control('max-age=60, private="set-cookie'), false, "§5.2.2.7"],
  ["private for one field, and for all", control('max-age=60, private="a", private'), false, "§5.2.2.7"],
  ["private for the directives themselves", control('max-age=60, private="cache-control"'), false, "§5.2.2.7"],
  ["no-cache", control("no-cache"), true, "§4.2.2"],

  // "if the cache is shared: the Authorization header field is not present in the request … or …" (§3.5)
  ["Authorization", { request: { Authorization: "Basic YTpi" }, fields: FRESH }, false, "§3.5"],
  ["Authorization and Expires", { request: { Authorization: "x" }, fields: { Expires: dateAt(60) } }, false, "§3.5"],
  [
    "Authorization and private for a field",
    { request: { Authorization: "x" }, ...control('private="a", max-age=6') },
    false,
    "§3.5",
  ],
  ["Authorization and public", { request: { Authorization: "x" }, ...control("public, max-age=60") }, true, "§5.2.2.1"],
  ["Authorization and public alone", { request: { Authorization: "x" }, ...control("public") }, true, "§5.2.2.9"],
  ["Authorization and s-maxage", { request: { Authorization: "x" }, ...control("s-maxage=60") }, true, "§5.2.2.10"],
  [
    "Authorization and must-revalidate",
    { request: { Authorization: "x" }, ...control("must-revalidate, max-age=60") },
    true,
    "§5.2.2.1",
  ],
  [
    "Authorization and proxy-revalidate",
    { request: { Authorization: "x" }, ...control("proxy-revalidate, max-age=60") },
    false,
    "§3.5",
  ],
  [
    "Authorization and must-understand",
    { request: { Authorization: "x" }, ...control("must-understand, max-age=60") },
    false,
    "§3.5",
  ],
  [
    "Authorization, and public for other caches only",
    { request: { Authorization: "x" }, fields: { "CDN-Cache-Control": "max-age=60", "Cache-Control": "public" } },
    ...([false, "§3.5"] as const),
  ],
  [
    "Authorization, by configuration",
    { request: { Authorization: "x" }, rules: { lifetimes: [{ pattern: parseUriPattern("*"), ms: 1 }] } },
    false,
    "§3.5",
  ],

  // "the response contains at least one of the following"
  ["public", { status: 500, ...control("public") }, true, "§5.2.2.9"],
  ["Expires", { status: 500, fields: { Expires: dateAt(60) } }, true, "§5.3"],
  ["an Expires that is over", { status: 500, fields: { Expires: "0" } }, true, "§5.3"],
  ["max-age", { status: 500, fields: FRESH }, true, "§5.2.2.1"],
  ["a max-age that nobody can read", { status: 500, ...control("max-age=soon") }, true, "§5.2.2.1"],
  ["s-maxage", { status: 500, ...control("s-maxage=60") }, true, "§5.2.2.10"],
  ["nothing of them", { status: 500 }, false, "§3"],
  ["must-revalidate alone", { status: 500, ...control("must-revalidate") }, false, "§3"],
  ["no-cache alone", { status: 500, ...control("no-cache") }, false, "§3"],
  ["stale-if-error alone", { status: 500, ...control("stale-if-error=60") }, false, "§3"],
  ["Last-Modified alone", { status: 302, fields: { "Last-Modified": dateAt(-60) } }, false, "§3"],
  [
    "an Expires that is not for us",
    { status: 500, fields: { "CDN-Cache-Control": "none", Expires: dateAt(60) } },
    false,
    "§3",
  ],
  ["a max-age that is not for us", { status: 500, fields: { "CDN-Cache-Control": "none", ...FRESH } }, false, "§3"],
  [
    "a max-age that is for us",
    { status: 500, fields: { "CDN-Cache-Control": "max-age=60", "Cache-Control": "no-store" } },
    true,
    "§5.2.2.1",
  ],
  [
    "what is set by configuration",
    { status: 500, rules: { lifetimes: [{ pattern: parseUriPattern("/a"), ms: 1 }] } },
    true,
    "configuration",
  ],
  ...[200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 451, 501].map(
    (status): [string, Exchange, boolean, string] => [`a mere ${status}`, { status }, true, "§4.2.2"],
  ),
  ...[201, 202, 205, 299, 302, 303, 307, 400, 401, 403, 408, 418, 425, 499, 500, 502, 503, 504, 599, 999].map(
    (status): [string, Exchange, boolean, string] => [`a mere ${status}`, { status }, false, "§3"],
  ),

  // "provided that the stored response is recorded as being incomplete" (§3.3)
  ["a 206 to a range", { request: { Range: "bytes=0-1" }, status: 206, fields: FRESH }, true, "§5.2.2.1"],
  ["a 200 to a range", { request: { Range: "bytes=0-1" }, fields: FRESH }, true, "§5.2.2.1"],
  ["a 300 to a range", { request: { Range: "bytes=0-1" }, status: 300 }, true, "§4.2.2"],
  ["a 404 to a range", { request: { Range: "bytes=0-1" }, status: 404 }, true, "§4.2.2"],
  ["a 204 to a range", { request: { Range: "bytes=0-1" }, status: 204, fields: FRESH }, false, "§3.3"],

  // "always fails to match" (§4.1)
  ["Vary: *", { fields: { ...FRESH, Vary: "*" } }, false, "§4.1"],
  ["Vary: * among others", { fields: { ...FRESH, Vary: "Accept, * , Foo" } }, false, "§4.1"],
  ["Vary: * in a second line", { fields: { ...FRESH, Vary: ["Accept", "*"] } }, false, "§4.1"],
  ["Vary: Accept", { fields: { ...FRESH, Vary: "Accept" } }, true, "§5.2.2.1"],

  // "the Set-Cookie response header field … does not inhibit caching" (§7.3), but there is a switch.
  ["Set-Cookie", { fields: { ...FRESH, "Set-Cookie": "a=b" } }, true, "§5.2.2.1"],
  [
    "Set-Cookie, switched off",
    { fields: { ...FRESH, "Set-Cookie": "a=b" }, rules: { storesCookies: false } },
    false,
    "configuration",
  ],
  ["no cookie, switched off", { fields: FRESH, rules: { storesCookies: false } }, true, "§5.2.2.1"],
];

for (const [what, exchange, may, section] of CASES) {
  test(`${what}: ${may ? "may be stored" : "may not be stored"} (${section})`, () => {
    const { mayStore, because } = verdict(exchange);
    deepEqual([mayStore, because.section], [may, section]);
    ok(because.rule !== "");
  });
}

test("the reason names the field that counts", () => {
  const because = verdict({ fields: { "CDN-Cache-Control": "no-store", ...FRESH } }).because;
  deepEqual(because, {
    rule: "must not be stored",
    section: "§5.2.2.5",
    field: "CDN-Cache-Control",
    value: "no-store",
  });
});

test("three directives make the answer to a password one for all", () => {
  const all = ["public", "must-revalidate", "s-maxage=5", "private", "max-age=5", "no-cache", "immutable"];
  deepEqual(
    all.filter((directive) => isForAll(termsOf(fieldsOf({ "Cache-Control": directive }), []))),
    ["public", "must-revalidate", "s-maxage=5"],
  );
});

const REFERENCES: [reference: string, uri: string | undefined][] = [
  ["b", "http://localhost/a/b"],
  ["/b", "http://localhost/b"],
  ["../b", "http://localhost/b"],
  ["//other/b", "http://other/b"],
  ["?b", "http://localhost/a/?b"],
  ["", "http://localhost/a/"],
  ["b#c", "http://localhost/a/b"],
  ["http://LocalHost:80/b", "http://localhost/b"],
  ["https://localhost:8443/b", "https://localhost:8443/b"],
  ["http://", undefined],
  ["http://[", undefined],
  ["http://a b/", undefined],
];

for (const [reference, uri] of REFERENCES) {
  test(`"${reference}" refers to ${uri ?? "nothing"}`, () => equal(resolved(reference, "http://localhost/a/"), uri));
}

test("a star in Vary counts wherever it stands, but not as a part of a name", () => {
  deepEqual(
    ["*", "a, *", " * ,a", "a*", "*a", "", undefined].map((vary) => isAnyVary(vary)),
    [true, true, true, false, false, false, false],
  );
});

test("no text makes it throw", () => {
  const text = fc.string();
  fc.assert(
    fc.property(
      text,
      text,
      text,
      text,
      fc.integer({ min: 100, max: 999 }),
      (asked, directives, vary, location, status) => {
        for (const method of ["GET", "POST"]) {
          const fields = { "Cache-Control": directives, Vary: vary, "Content-Location": location, Expires: directives };
          verdict({ method, status, request: { "Cache-Control": asked }, fields });
        }
      },
    ),
  );
});
