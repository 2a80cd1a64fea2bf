/** What is not to be used any more: changed by a request that went through, or purged (RFC 9111 §4.4, RFC 9875). */

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { type CacheSceneOptions, cacheScene } from "./cache-scene.ts";

const stored = (target: string, more = ""): string => `
    g> GET ${target}
    o> GET ${target}
    o< 200 | ETag: "v1" | Cache-Control: max-age=600${more} | = old
    g< 200`;

/** It is asked about, and turns out to be good still. */
const asked = (target: string): string => `
    h> GET ${target}
    o> GET ${target} | If-None-Match: "v1"
    o< 304 | ETag: "v1"
    h< 200 | = old`;

const unasked = (target: string): string => `
    h> GET ${target}
    h< 200 | Cache-Status: /hit/ | = old`;

const SCENES: [what: string, dialogue: string, options?: CacheSceneOptions][] = [
  ...["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "BREW"].map((method): [string, string] => [
    `${method} makes its target invalid`,
    `
    ${stored("/")}
    ${stored("/other")}
    a> ${method} / | = x
    o> ${method} /
    o< 200 | = done
    a< 200 | Cache-Status: /^maitred; fwd=method/ | = done
    ${asked("/")}
    ${unasked("/other")}
    # invalidated 1, bypassed 1
    `,
  ]),
  ...[201, 204, 303].map((status): [string, string] => [
    `so does one that is answered ${status}`,
    `
    ${stored("/")}
    a> POST / | = x
    o> POST /
    o< ${status}
    a< ${status}
    ${asked("/")}
    `,
  ]),
  ...[400, 404, 500, 999].map((status): [string, string] => [
    `not one that is answered ${status}`,
    `
    ${stored("/")}
    a> POST / | = x
    o> POST /
    o< ${status}
    a< ${status}
    ${unasked("/")}
    # invalidated 0
    `,
  ]),
  [
    "an upgrade that nobody passes on does not hide it",
    `
    ${stored("/")}
    a> POST / | Connection: Upgrade, HTTP2-Settings | Upgrade: h2c | HTTP2-Settings: AAMAAABkAAQAAP__ | = x
    o> POST /
    o< 200
    a< 200
    ${asked("/")}
    `,
  ],
  [
    "Location and Content-Location of the same origin are meant as well, others not",
    `
    ${stored("/a")}
    ${stored("/b")}
    ${stored("/c")}
    a> POST / | = x
    o> POST /
    o< 201 | Location: /a | Content-Location: http://here.test/b
    a< 201
    ${asked("/a")}
    ${asked("/b")}
    ${unasked("/c")}
    a> POST / | = x
    o> POST /
    o< 201 | Location: http://elsewhere.test/c | Content-Location: https://here.test/c
    a< 201
    ${unasked("/c")}
    # invalidated 2
    `,
  ],
  [
    "groups that the answer names are meant, of this origin",
    `
    ${stored("/a", ' | Cache-Groups: "one", "two"')}
    ${stored("/b", ' | Cache-Groups: "two"')}
    ${stored("/c", ' | Cache-Groups: "three"')}
    x> GET /a | Host: elsewhere.test
    o> GET /a
    o< 200 | ETag: "v1" | Cache-Control: max-age=600 | Cache-Groups: "two" | = old
    x< 200
    a> POST / | = x
    o> POST /
    o< 204 | Cache-Group-Invalidation: "two"
    a< 204
    ${asked("/a")}
    ${asked("/b")}
    ${unasked("/c")}
    x> GET /a | Host: elsewhere.test
    x< 200 | Cache-Status: /hit/ | = old
    # invalidated 2
    `,
  ],
  [
    "all variants are meant",
    `
    a> GET / | A: 1
    o> GET /
    o< 200 | Vary: A | Cache-Control: max-age=60 | = one
    a< 200
    a> GET / | A: 2
    o> GET /
    o< 200 | Vary: A | Cache-Control: max-age=60 | = two
    a< 200
    a> DELETE /
    o> DELETE /
    o< 204
    a< 204
    a> GET / | A: 1
    o> GET /
    o< 200 | Vary: A | Cache-Control: max-age=60 | = eins
    a< 200 | = eins
    a> GET / | A: 2
    o> GET /
    o< 200 | Vary: A | Cache-Control: max-age=60 | = zwei
    a< 200 | = zwei
    # invalidated 2
    `,
  ],
  [
    "what is invalid stands in for nothing",
    `
    ${stored("/")}
    a> POST / | = x
    o> POST /
    o< 204
    a< 204
    a> GET /
    o> GET /
    o!
    o> GET /
    o!
    a< 502
    a> GET / | Cache-Control: max-stale, stale-if-error=600
    o> GET /
    o< 503
    a< 503
    `,
  ],
  [
    "the answer to a POST may be what GET is answered with from then on",
    `
    ${stored("/")}
    a> POST / | = x
    o> POST /
    o< 200 | Content-Location: /nowhere | Cache-Control: max-age=60 | = no
    a< 200 | = no
    ${asked("/")}
    a> POST / | = x
    o> POST /
    o< 200 | Content-Location: / | Cache-Control: max-age=60 | Transfer-Encoding: chunked | = 3⏎yes⏎
    a< 200 | Cache-Status: /fwd=method; stored/ | ~ yes
    o+ 0⏎⏎
    a.
    b> GET /
    b< 200 | Age: 0 | = yes
    `,
  ],

  // ── what is on its way at that moment ──
  [
    "whose head has not come yet is not kept, and not given to those who come later",
    `
    a> GET /
    o> GET /
    b> POST / | = x
    o1> POST /
    o1< 204
    b< 204
    c> GET /
    o2> GET /
    o< 200 | Cache-Control: max-age=60 | = old
    a< 200 | Cache-Status: /^maitred; fwd=uri-miss; detail="was made invalid while it was on its way/ | = old
    o2< 200 | Cache-Control: max-age=60 | = new
    c< 200 | = new
    d> GET /
    d< 200 | Age: 0 | = new
    # stored 1
    `,
  ],
  [
    "whose content is still coming is not kept either",
    `
    a> GET /
    o> GET /
    o< 200 | Content-Length: 6 | Cache-Control: max-age=60 | = old
    a< 200 | ~ old
    b> PUT / | = x
    o1> PUT /
    o1< 204
    b< 204
    c> GET /
    o2> GET /
    o+ old
    a+ old
    a.
    o2< 200 | Cache-Control: max-age=60 | = new
    c< 200 | = new
    d> GET /
    d< 200 | = new
    # stored 1
    `,
  ],
  [
    "what is on its way to one alone is not kept either",
    `
    a> GET / | Cache-Control: no-cache
    o> GET /
    b> POST / | = x
    o1> POST /
    o1< 204
    b< 204
    o< 200 | Cache-Control: max-age=60 | = old
    a< 200 | = old
    c> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = new
    c< 200 | = new
    `,
  ],
  [
    "a 304 that was on its way freshens nothing",
    `
    ${stored("/")}
    +600s
    a> GET /
    o> GET / | If-None-Match: "v1"
    b> POST / | = x
    o1> POST /
    o1< 204
    b< 204
    o< 304 | ETag: "v1" | Cache-Control: max-age=600
    a< 200 | = old
    ${asked("/")}
    `,
  ],
  [
    "and neither does a HEAD",
    `
    ${stored("/")}
    +600s
    a> HEAD /
    o> HEAD /
    b> POST / | = x
    o1> POST /
    o1< 204
    b< 204
    o< 200 | ETag: "v1" | Cache-Control: max-age=600 | Content-Length: 3
    a< 200
    ${asked("/")}
    `,
  ],
  [
    "of groups that are made invalid, all of the same origin that is on its way is in doubt, and nothing else",
    `
    a> GET /a
    o> GET /a
    b> GET /b | Host: elsewhere.test
    o1> GET /b
    c> POST / | = x
    o2> POST /
    o2< 204 | Cache-Group-Invalidation: "g"
    c< 204
    o< 200 | Cache-Control: max-age=60
    a< 200 | Cache-Status: /was made invalid/
    o1< 200 | Cache-Control: max-age=60
    b< 200 | Cache-Status: /stored/
    `,
  ],
  [
    "those who waited ask once more, together",
    `
    a> GET /
    o> GET /
    b> GET /
    c> GET /
    d> POST / | = x
    o1> POST /
    o1< 204
    d< 204
    o< 200 | Cache-Control: max-age=60 | = old
    a< 200 | = old
    o> GET /
    o0
    o< 200 | Cache-Control: max-age=60 | = new
    b< 200 | = new
    c< 200 | = new
    # collapsed 1, misses 2
    `,
  ],
];

for (const [what, dialogue, options] of SCENES) test(what, () => cacheScene(dialogue, options));

test("what is purged is away, or asked about before its next use", () =>
  cacheScene(async ({ plays, cache, counters }) => {
    await plays(`${stored("/a")}${stored("/b")}${stored("/c", " | Surrogate-Key: x y")}`);
    equal(await cache.purge({ by: "url", url: "http://here.test/a" }, "invalidate"), 1);
    equal(await cache.purge({ by: "url", url: "http://here.test/b" }, "remove"), 1);
    equal(await cache.purge({ by: "tag", tag: "y" }, "invalidate"), 1);
    equal(counters.purged, 3);
    equal(counters.invalidated, 0);
    await plays(`
      ${asked("/a")}
      ${asked("/c")}
      a> GET /b
      o> GET /b | !If-None-Match
      o< 200 | = new
      a< 200 | = new
    `);
  }));

for (const by of [
  { by: "url", url: "http://here.test/" },
  { by: "prefix", prefix: "http://here." },
  { by: "host", host: "here.test" },
  { by: "tag", tag: "anything" },
  { by: "everything" },
] as const) {
  for (const how of ["remove", "invalidate"] as const) {
    test(`purged by ${by.by} (${how}): what is on its way is not kept, and its readers read on`, () =>
      cacheScene(async ({ plays, cache, store }) => {
        await plays(`
          a> GET /
          o> GET /
          b> GET /
          o< 200 | Content-Length: 6 | Cache-Control: max-age=60 | = old
          a< 200 | ~ old
        `);
        await cache.purge(by, how);
        await plays(`
          c> GET /
          o1> GET /
          o+ old
          a+ old
          a.
          b< 200 | = oldold
          o1< 200 | Cache-Control: no-store | = new
          c< 200 | = new
        `);
        equal((await store.state()).responses, 0);
      }));
  }
}
