import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { parseUriPattern } from "../../src/cache/rules.ts";
import { caching } from "../../src/handlers/caching.ts";
import { Fields } from "../../src/http/fields.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Handler } from "../../src/web/handler.ts";
import { type CacheSceneOptions, cacheScene } from "./cache-scene.ts";
import { exchange, request, textOf } from "./exchange.ts";

const SCENES: [what: string, dialogue: string, options?: CacheSceneOptions][] = [
  [
    "what came is given again, with its age, until it is stale",
    `
    a> GET /menu
    o> GET /menu | !If-None-Match
    o< 200 | ETag: "v1" | Cache-Control: max-age=60 | = soup
    a< 200 | ETag: "v1" | !Age | Content-Length: 4 | Cache-Status: /^maitred; fwd=uri-miss; fwd-status=200; ttl=60; stored; detail=/ | = soup
    +59s
    b> GET /menu
    b< 200 | ETag: "v1" | Age: 59 | Content-Length: 4 | Via: 1.1 maitred | Cache-Status: /^maitred; hit; ttl=1; detail=/ | = soup
    +1s
    b> GET /menu
    o> GET /menu | If-None-Match: "v1"
    o< 200 | Cache-Control: max-age=60 | = stew
    b< 200 | Cache-Status: /^maitred; fwd=stale; fwd-status=200; ttl=60; stored/ | = stew
    b> GET /menu
    b< 200 | !ETag | Age: 0 | = stew
    # hits 2, misses 2, revalidated 0, stored 2, bytesSaved 8, bytesFetched 8
    `,
  ],
  [
    "how old it was already counts, and how long it took",
    `
    a> GET /
    o> GET /
    +1s
    o< 200 | Age: 50 | Cache-Control: max-age=60
    a< 200 | Age: 50
    +8s
    a> GET /
    a< 200 | Age: 59
    +1s
    a> GET /
    o> GET /
    o< 200
    a< 200
    `,
  ],
  [
    "chunks go in, a length comes out; trailers end with the answer that they came with",
    `
    a> GET / | TE: trailers | Connection: TE
    o> GET /
    o< 200 | Transfer-Encoding: chunked | Trailer: Server-Timing | Cache-Control: max-age=60 | = 2⏎so⏎
    a< 200 | Transfer-Encoding: chunked | Trailer: Server-Timing | ~ so
    o+ 2⏎up⏎0⏎Server-Timing: db⏎⏎
    a+ up
    a.
    b> GET /
    b< 200 | Content-Length: 4 | !Trailer | !Transfer-Encoding | = soup
    `,
  ],
  [
    "what ends with the connection is kept, too",
    `
    a> GET /
    o> GET /
    o< 200 | Connection: close | Cache-Control: max-age=60 | = soup
    o.
    a< 200 | = soup
    b> GET /
    b< 200 | Content-Length: 4 | !Connection | = soup
    `,
  ],
  [
    "a client of HTTP/1.0 gets what others got, and others what it got",
    `
    a> GET /a HTTP/1.0
    o> GET /a | Via: 1.0 maitred
    o< 200 | Transfer-Encoding: chunked | Cache-Control: max-age=60 | = 4⏎soup⏎0⏎⏎
    a< 200 | !Transfer-Encoding | Connection: close | = soup
    b> GET /a
    b< 200 | = soup
    c> GET /a HTTP/1.0
    c< 200 | Connection: close | Content-Length: 4 | = soup
    `,
  ],
  [
    "what is shorter than its length breaks off, and is not taken for the whole",
    `
    a> GET /
    o> GET /
    o< 200 | Content-Length: 9 | Cache-Control: max-age=60 | = soup
    a< 200 | ~ soup
    o.
    a<!
    b> GET /
    o> GET / | !Range
    o< 200 | = stew
    b< 200 | = stew
    `,
  ],
  [
    "HEAD is answered by what GET has brought, without content",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = soup
    a< 200
    a> HEAD /
    a< 200 | Content-Length: 4 | Age: 0 | Cache-Status: /hit/ | =
    # hits 1, bytesSaved 0
    `,
  ],
  [
    "what HEAD has brought answers no GET",
    `
    a> HEAD /
    o> HEAD /
    o< 200 | Content-Length: 4 | Cache-Control: max-age=60
    a< 200 | Content-Length: 4 | Cache-Status: /fwd=uri-miss/
    a> GET /
    o> GET /
    o< 200 | = soup
    a< 200 | = soup
    `,
  ],
  ...[299, 499, 599, 999].map((status): [string, string] => [
    `a ${status} goes through, and is kept where it says that it may be`,
    `
    a> GET /
    o> GET /
    o< ${status} | = no
    a< ${status} | Cache-Status: /fwd=uri-miss; detail="nothing says that a ${status} may be stored/ | = no
    a> GET /
    o> GET /
    o< ${status} How odd | Cache-Control: max-age=60 | = yes
    a< ${status} | = yes
    a> GET /
    a< ${status} | Age: 0 | = yes
    `,
  ]),
  [
    "no content is content, too",
    `
    a> GET /
    o> GET /
    o< 204 | Cache-Control: max-age=60
    a< 204 | !Content-Length
    a> GET /
    a< 204 | Age: 0 | !Content-Length
    a> GET /empty
    o> GET /empty
    o< 200 | Cache-Control: max-age=60 | =
    a< 200 | Content-Length: 0
    a> GET /empty
    a< 200 | Age: 0 | Content-Length: 0
    `,
  ],
  [
    "a cookie that no-cache names is for its own client",
    `
    a> GET /
    o> GET /
    b> GET /
    o< 200 | Cache-Control: max-age=60, no-cache="set-cookie" | Set-Cookie: a=1 | A: b
    a< 200 | Set-Cookie: a=1 | A: b
    b< 200 | !Set-Cookie | A: b
    c> GET /
    c< 200 | Age: 0 | !Set-Cookie | A: b
    `,
  ],
  [
    "what has just come tells others of it, too: interim answers are for all who wait",
    `
    a> GET /
    o> GET /
    b> GET /
    c> GET / HTTP/1.0
    o+ HTTP/1.1 103 Early Hints⏎Link: </a.css>⏎⏎
    a< 103 | Link: </a.css>
    b< 103 | Link: </a.css>
    o< 200 | Cache-Control: max-age=60 | = soup
    a< 200 | = soup
    b< 200 | = soup
    c< 200 | = soup
    `,
  ],
  [
    "who wants only what is stored gets that, or 504",
    `
    a> GET / | Cache-Control: only-if-cached
    a< 504 | Cache-Status: /wants only what is stored/ | !Age
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = soup
    a< 200
    a> GET / | Cache-Control: only-if-cached
    a< 200 | Age: 0 | = soup
    +60s
    a> GET / | Cache-Control: only-if-cached
    a< 504
    # hits 1, misses 3
    `,
  ],
  [
    "what a request wishes",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = 1
    a< 200
    +10s
    a> GET / | Cache-Control: max-age=10
    a< 200 | Age: 10 | = 1
    a> GET / | Cache-Control: min-fresh=50
    a< 200 | Age: 10 | = 1
    a> GET / | Cache-Control: max-age=9
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = 2
    a< 200 | Cache-Status: /fwd=request/ | = 2
    a> GET / | Cache-Control: min-fresh=61
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = 3
    a< 200 | = 3
    a> GET / | Cache-Control: no-cache
    o> GET / | Cache-Control: no-cache
    o< 200 | Cache-Control: max-age=60 | = 4
    a< 200 | = 4
    a> GET / | Pragma: no-cache
    o> GET / | Pragma: no-cache
    o< 200 | Cache-Control: max-age=60 | = 5
    a< 200 | = 5
    +70s
    a> GET / | Cache-Control: max-stale=10
    a< 200 | Age: 70 | = 5
    a> GET / | Cache-Control: max-stale=9
    o> GET /
    o< 200 | = 6
    a< 200 | = 6
    `,
  ],
  [
    "what a request wants not to be stored is not, and what is stored stays",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | ETag: "v1" | = soup
    a< 200
    +60s
    a> GET / | Cache-Control: no-store
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1" | Cache-Control: max-age=600
    a< 200 | = soup
    a> GET / | Cache-Control: no-store
    o> GET / | If-None-Match: "v1"
    o< 200 | Cache-Control: max-age=60 | = stew
    a< 200 | = stew
    b> GET /
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1"
    b< 200 | = soup
    `,
  ],
  [
    "safe methods other than GET and HEAD are not the cache's business, and neither is a GET with content",
    `
    a> OPTIONS /
    o> OPTIONS /
    o< 200 | Cache-Control: max-age=60 | = a
    a< 200 | Cache-Status: /^maitred; fwd=method/ | = a
    a> GET / | = question
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = answer
    a< 200 | Cache-Status: /^maitred; fwd=bypass/ | = answer
    a> GET /
    o> GET /
    o< 200
    a< 200
    # bypassed 2, misses 1, bytesFetched 7
    `,
  ],
  [
    "an upgrade goes past the cache; what a proxy does not pass on is none",
    `
    a> GET / | Connection: Upgrade | Upgrade: websocket
    o> GET / | Upgrade: websocket
    o< 101 | Connection: Upgrade | Upgrade: websocket
    a< 101 | !Cache-Status
    b> GET / | Connection: Upgrade, HTTP2-Settings | Upgrade: h2c | HTTP2-Settings: AAMAAABkAAQAAP__
    o1> GET / | !Upgrade
    o1< 200 | Cache-Control: max-age=60
    b< 200
    b> GET / | Connection: Upgrade, HTTP2-Settings | Upgrade: h2c | HTTP2-Settings: AAMAAABkAAQAAP__
    b< 200 | Age: 0
    `,
  ],
  [
    "what is left alone is not looked for, and not kept",
    `
    a> GET /private/x
    o> GET /private/x
    o< 200 | Cache-Control: max-age=60
    a< 200 | Cache-Status: /^maitred; fwd=bypass; detail="is left alone: --no-cache ./
    a> GET /private/x
    o> GET /private/x
    o< 200
    a< 200
    a> POST /private/x | = a
    o> POST /private/x
    o< 200 | Content-Location: /private/x | Cache-Control: max-age=60
    a< 200 | Cache-Status: /^maitred; fwd=method; detail/
    # bypassed 3, stored 0
    `,
    { rules: { bypasses: [parseUriPattern("/private/*")] } },
  ],
  [
    "Cache-Status tells as much as it is told to",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60
    a< 200 | Cache-Status: edge; fwd=uri-miss; fwd-status=200; ttl=60; stored
    a> GET /
    a< 200 | Cache-Status: edge; hit; ttl=60
    `,
    { name: "edge", telling: "brief" },
  ],
  [
    "or nothing at all",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | Cache-Status: behind; hit
    a< 200 | Cache-Status: behind; hit
    a> GET /
    a< 200 | Age: 0 | Cache-Status: behind; hit
    a> GET / | Range: bytes=5-
    a< 200 | Cache-Status: behind; hit
    `,
    { telling: "none" },
  ],
  [
    "what caches behind us say stays before what we say",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | Cache-Status: behind; hit
    a< 200 | Cache-Status: /^behind; hit, maitred; fwd=uri-miss/
    a> GET /
    a< 200 | Cache-Status: /^behind; hit, maitred; hit/
    `,
  ],
];

for (const [what, dialogue, options] of SCENES) test(what, () => cacheScene(dialogue, options));

// ── keys ──

const ALIKE: [what: string, first: string, second: string][] = [
  [
    "the host is compared without case, and without the usual port",
    "GET http://origin.test/a",
    "GET http://ORIGIN.test:80/a",
  ],
  ["an empty path is one slash", "GET http://origin.test", "GET http://origin.test/"],
  ["what need not be escaped", "GET http://origin.test/%7ea%2f", "GET http://origin.test/~a%2F"],
];
for (const [what, first, second] of ALIKE) {
  test(`alike: ${what}`, () =>
    cacheScene(
      `
      a> ${first}
      o> GET ${first.includes("%7e") ? "/%7ea%2f" : first.endsWith("/a") ? "/a" : "/"}
      o< 200 | Cache-Control: max-age=60 | = soup
      a< 200
      a> ${second}
      a< 200 | Age: 0 | = soup
      `,
      { isForward: true },
    ));
}

const DIFFERENT: [what: string, second: string, asks: string][] = [
  ["another path", "GET http://origin.test/b", "GET /b"],
  ["another query", "GET http://origin.test/a?", "GET /a?"],
  ["another case in the path", "GET http://origin.test/A", "GET /A"],
];
for (const [what, second, asks] of DIFFERENT) {
  test(`different: ${what}`, () =>
    cacheScene(
      `
      a> GET http://origin.test/a
      o> GET /a
      o< 200 | Cache-Control: max-age=60 | = soup
      a< 200
      a> ${second}
      o> ${asks}
      o< 200 | = stew
      a< 200 | !Age | = stew
      `,
      { isForward: true },
    ));
}

/** Answers each with what was asked, and counts. */
function counting(fields: Record<string, string> = { "Cache-Control": "max-age=60" }): {
  handler: Handler;
  asked: string[];
} {
  const asked: string[] = [];
  const handler: Handler = ({ method, target }, { secure }) => {
    asked.push(`${method} ${secure ? "s" : ""}${target}`);
    return { status: 200, fields: Fields.of(fields), body: new TextEncoder().encode(`${asked.length}`) };
  };
  return { handler, asked };
}

test("over TLS it is another resource than without, however the target says so", async () => {
  const { handler, asked } = counting();
  const cached = caching(handler, { store: new MemoryStore() });
  const host = { Host: "a.test" };
  const [plain, secure] = [exchange(), exchange({ secure: true })];
  equal(await textOf(await cached(request("GET /", host), plain)), "1");
  equal(await textOf(await cached(request("GET /", host), secure)), "2");
  equal(await textOf(await cached(request("GET https://a.test/", host), plain)), "2");
  equal(await textOf(await cached(request("GET https://a.test:443/", host), plain)), "2");
  equal(await textOf(await cached(request("GET http://a.test/", host), secure)), "1");
  deepEqual(asked, ["GET /", "GET s/"]);
});

test("what names no resource goes through, and is told apart by nobody", async () => {
  const { handler, asked } = counting();
  const cached = caching(handler, { store: new MemoryStore() });
  for (const asks of [request("GET /", {}), request("GET *", { Host: "a" }), request("GET ftp://a/", { Host: "a" })]) {
    await cached(asks, exchange());
    await cached(asks, exchange());
  }
  equal(asked.length, 6);
  equal(cached.counters.bypassed, 6);
});

test("CONNECT is none of its business at all", async () => {
  const { handler, asked } = counting();
  const cached = caching(handler, { store: new MemoryStore() });
  const answer = await cached(request("CONNECT a:443", {}), exchange());
  equal(answer.fields.get("cache-status"), undefined);
  deepEqual(asked, ["CONNECT a:443"]);
});

test("parts of the query may be ignored, and fields and cookies be added", async () => {
  const { handler } = counting();
  const store = new MemoryStore();
  const cached = caching(handler, {
    store,
    key: { ignoredQuery: ["utm_*"], withFields: ["x-device"], withCookies: ["lang"] },
  });
  const texts: string[] = [];
  for (const [target, fields] of [
    ["/?a=1&utm_source=b", {}],
    ["/?utm_medium=c&a=1", {}],
    ["/?a=1", { "X-Device": "phone" }],
    ["/?a=1", { "X-Device": "phone", Cookie: "b=c; lang=de" }],
    ["/?a=1", { Cookie: "lang=de; b=d", "X-Device": "phone" }],
  ] as const) {
    texts.push(await textOf(await cached(request(`GET ${target}`, { Host: "a", ...fields }), exchange())));
  }
  deepEqual(texts, ["1", "1", "2", "3", "3"]);
});

// ── around other handlers ──

test("what is prepared by a handler behind is kept, and goes past as it is where it is left alone", async () => {
  const prepared = new PreparedResponse(
    200,
    Fields.of({ "Cache-Control": "max-age=60" }),
    new TextEncoder().encode("hi"),
  );
  const cached = caching(() => prepared, { store: new MemoryStore() });
  equal(await cached(request("OPTIONS /", { Host: "a" }), exchange()), prepared);
  equal(await textOf(await cached(request("GET /", { Host: "a" }), exchange())), "hi");
  const again = await cached(request("GET /", { Host: "a" }), exchange());
  equal(again.fields.get("age"), "0");
  equal(await textOf(again), "hi");
});

for (const telling of ["full", "none"] as const) {
  test(`a cache before a cache, telling ${telling}`, async () => {
    const { handler, asked } = counting();
    const inner = caching(handler, { store: new MemoryStore(), name: "inner", telling });
    const outer = caching(inner, { store: new MemoryStore(), name: "outer", telling });
    const asks = () => request("GET /", { Host: "a" });
    await inner(asks(), exchange());
    await inner(asks(), exchange());
    await inner(asks(), exchange());
    for (const _ of [1, 2, 3]) {
      const answer = await outer(asks(), exchange());
      equal(await textOf(answer), "1");
      equal(answer.fields.get("cache-status")?.includes("inner; hit"), telling === "full" ? true : undefined);
    }
    equal(await textOf(await outer(request("GET /", { Host: "a", "Cache-Control": "no-cache" }), exchange())), "2");
    equal(asked.length, 2);
    deepEqual([outer.counters.hits, outer.counters.misses], [2, 2]);
  });
}

test("what a handler throws is thrown", async () => {
  const cached = caching(
    () => {
      throw new RangeError("no");
    },
    { store: new MemoryStore() },
  );
  for (const line of ["GET /", "HEAD /", "POST /"]) {
    await (async () => cached(request(line, { Host: "a" }), exchange()))().then(
      () => equal(line, "fails"),
      (error: unknown) => equal(String(error), "RangeError: no"),
    );
  }
});

test("the log hears how each answer came about", async () => {
  const { handler } = counting();
  const cached = caching(handler, { store: new MemoryStore() });
  const accounts: unknown[] = [];
  for (const line of ["GET /", "GET /", "GET /", "HEAD /", "POST /", "GET /", "OPTIONS /"]) {
    const { account } = await cached(request(line, { Host: "a" }), exchange());
    const { hit, fwd } = account!() as { hit: boolean; fwd?: string };
    accounts.push(hit ? "hit" : fwd);
  }
  deepEqual(accounts, ["uri-miss", "hit", "hit", "hit", "method", "stale", "method"]);
});
