import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Account } from "../../src/cache/account.ts";
import { type Access, cacheWord, FORMATS, type LogFormat } from "../../src/handlers/access.ts";
import { request } from "./exchange.ts";

const ACCESS: Access = {
  date: Date.UTC(2000, 9, 10, 13, 55, 36),
  duration: 1.23456,
  remote: { host: "127.0.0.1", port: 50000 },
  request: { ...request("GET /x", { "Referer": "http://a/?b", "User-Agent": "curl/8.0" }), minor: 0 },
  status: 200,
  bytes: 2326,
  isComplete: true,
};
const asked = (target: string, fields: Record<string, string> = {}) => ({ request: request(`GET ${target}`, fields) });

const LINES: [format: LogFormat, what: string, access: Partial<Access>, line: string][] = [
  ["common", "an answer", {}, '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 200 2326'],
  [
    "common",
    "no content",
    { status: 304, bytes: 0 },
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 304 -',
  ],
  [
    "common",
    "unknown bytes",
    { bytes: undefined },
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 200 -',
  ],
  ["common", "no status", { status: undefined }, '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" - 2326'],
  [
    "common",
    "no request",
    { request: undefined, status: 400 },
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "-" 400 2326',
  ],
  [
    "common",
    "IPv6",
    { remote: { host: "::1", port: 1 } },
    '::1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 200 2326',
  ],
  [
    "common",
    "a Unix-domain socket",
    { remote: { path: "" } },
    'unix: - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 200 2326',
  ],
  [
    "common",
    "a forged line",
    asked('/"\r\n\\\x1b[2J\xe9\x7f'),
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /\\"\\x0d\\x0a\\\\\\x1b[2J\\xe9\\x7f HTTP/1.1" 200 2326',
  ],
  [
    "combined",
    "an answer",
    {},
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 200 2326 "http://a/?b" "curl/8.0"',
  ],
  [
    "combined",
    "fields that are missing or empty",
    asked("/x", { Referer: "" }),
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.1" 200 2326 "-" "-"',
  ],
  [
    "combined",
    "a forged field",
    asked("/x", { "User-Agent": '" 200 "' }),
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.1" 200 2326 "-" "\\" 200 \\""',
  ],
  [
    "json",
    "an answer",
    {},
    '{"time":"2000-10-10T13:55:36.000Z","remote":"127.0.0.1","method":"GET","target":"/x","version":"1.0","status":200,' +
      '"bytes":2326,"ms":1.235,"complete":true,"referer":"http://a/?b","agent":"curl/8.0"}',
  ],
  [
    "json",
    "no request",
    { request: undefined, status: 400, isComplete: false },
    '{"time":"2000-10-10T13:55:36.000Z","remote":"127.0.0.1","status":400,"bytes":2326,"ms":1.235,"complete":false}',
  ],
  [
    "json",
    "what a cache did, and why",
    {
      request: undefined,
      account: { hit: true, ttl: 60, because: [{ rule: "is \x9b3 s old", section: "§4.2.3" }] } satisfies Account,
    },
    '{"time":"2000-10-10T13:55:36.000Z","remote":"127.0.0.1","status":200,"bytes":2326,"ms":1.235,"complete":true,' +
      '"cache":{"hit":true,"ttl":60,"because":[{"rule":"is \\u009b3 s old","section":"§4.2.3"}]}}',
  ],
  [
    "common",
    "what a cache did is not told",
    { account: { hit: true, because: [] } satisfies Account },
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 200 2326',
  ],
];

for (const [format, what, access, line] of LINES) {
  test(`${format}: ${what}`, () => equal(FORMATS[format]({ ...ACCESS, ...access }, false), line));
}

const PRETTY: [what: string, access: Partial<Access>, rest: string][] = [
  ["an answer", {}, "200  GET /x  2.3 kB  1.2 ms"],
  ["a small one", { bytes: 999 }, "200  GET /x  999 B  1.2 ms"],
  ["a large and slow one", { bytes: 5_242_880, duration: 61_500 }, "200  GET /x  5.2 MB  61.5 s"],
  ["a broken one", { isComplete: false }, "200  GET /x  2.3 kB  1.2 ms  broken off"],
  ["nobody knows what", { request: undefined, status: 400, bytes: undefined }, "400  - from 127.0.0.1  -  1.2 ms"],
  ["no status", { status: undefined }, "-    GET /x  2.3 kB  1.2 ms"],
  ["what a cache did", { account: { hit: true, because: [] } satisfies Account }, "200  GET /x  hit  2.3 kB  1.2 ms"],
];

for (const [what, access, rest] of PRETTY) {
  test(`pretty: ${what}`, () => {
    const line = FORMATS.pretty({ ...ACCESS, ...access }, false);
    match(line, /^\d\d:55:36 {2}/);
    equal(line.slice(10), rest);
  });
}

const WORDS: [account: Omit<Account, "because">, word: string][] = [
  [{ hit: true, ttl: 0 }, "hit"],
  [{ hit: true }, "hit"],
  [{ hit: true, ttl: -1 }, "stale"],
  [{ hit: false, fwd: "uri-miss", fwdStatus: 200, stored: true }, "miss"],
  [{ hit: false, fwd: "vary-miss" }, "miss"],
  [{ hit: false, fwd: "uri-miss", collapsed: true }, "collapsed"],
  [{ hit: false, fwd: "stale", fwdStatus: 304 }, "revalidated"],
  [{ hit: false, fwd: "request", fwdStatus: 304 }, "revalidated"],
  [{ hit: false, fwd: "stale", fwdStatus: 200 }, "miss"],
  [{ hit: false, fwd: "uri-miss", fwdStatus: 304 }, "miss"],
  [{ hit: false, fwd: "partial", fwdStatus: 206 }, "partial"],
  [{ hit: false, fwd: "method" }, "passed"],
  [{ hit: false, fwd: "bypass" }, "passed"],
  [{ hit: false }, "refused"],
];

for (const [account, word] of WORDS) {
  test(`${JSON.stringify(account)} is a ${word}`, () => equal(cacheWord({ ...account, because: [] }), word));
}

test("pretty: the status has the colour of its class", () => {
  const colour = (status: number) => /\x1b\[(\d+)m\d{3}\x1b\[0m/.exec(FORMATS.pretty({ ...ACCESS, status }, true))?.[1];
  deepEqual([204, 308, 404, 502].map(colour), ["32", "36", "33", "31"]);
});

test("json can be read back, whatever was sent", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (target) => {
      const line = FORMATS.json({ ...ACCESS, ...asked("/"), request: { ...asked("/").request, target } }, false);
      equal(JSON.parse(line).target, target);
    }),
  );
});

const anything = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[\x00-\xff]*$/));

for (const format of ["pretty", "common", "combined", "json"] as const) {
  test(`${format}: no line holds a letter that would end it or move the cursor`, () => {
    fc.assert(
      fc.property(anything, anything, anything, anything, (method, target, agent, host) => {
        const fields = request("", { "User-Agent": agent, "Referer": agent }).fields;
        const line = FORMATS[format](
          { ...ACCESS, remote: { host, port: 1 }, request: { method, target, minor: 1, fields } },
          false,
        );
        equal(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(line), false);
      }),
    );
  });
}

test("combined: what is quoted ends where it seems to", () => {
  const quoted = /^\S+ - - \[[^\]]+\] "(?:[^"\\]|\\.)*" 200 2326 "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"$/;
  fc.assert(
    fc.property(anything, anything, (target, agent) => {
      const fields = request("", { "User-Agent": agent, "Referer": target }).fields;
      match(FORMATS.combined({ ...ACCESS, request: { method: "GET", target, minor: 1, fields } }, false), quoted);
    }),
  );
});
