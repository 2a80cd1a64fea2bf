/** Stale answers: while they are asked about, and where nobody can be asked (RFC 9111 §4.2.4, RFC 5861). */

import { test } from "node:test";
import { type CacheSceneOptions, cacheScene } from "./cache-scene.ts";

const old = (directives: string, more = ""): string => `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: ${directives}${more} | = old
    a< 200
    +2s`;

/** The connection has been in use before, so that the proxy tries once more over another. */
const BREAKS = `
    o> GET /
    o!
    o> GET /
    o!`;

const SCENES: [what: string, dialogue: string, options?: CacheSceneOptions][] = [
  // ── nobody can be asked ──
  [
    "an origin that breaks off before it says anything is stood in for",
    `${old("max-age=1")}
    a> GET /
    ${BREAKS}
    a< 200 | ETag: "v1" | Age: 2 | Cache-Status: /^maitred; fwd=stale; ttl=-1; detail=/ | = old
    # stale 1, hits 0, misses 1
    `,
  ],
  [
    "what says nothing of how long it is fresh stands in as well; so does what is not stale, where the client wants it new",
    `
    a> GET /
    o> GET /
    o< 200 | = old
    a< 200
    +24h
    a> GET /
    o> GET /
    o!
    a< 200 | Age: 86400 | = old
    a> GET /new
    o> GET /new
    o< 200 | Cache-Control: max-age=60 | = new
    a< 200
    a> GET /new | Cache-Control: no-cache
    o> GET /new
    o!
    o> GET /new
    o!
    a< 200 | Age: 0 | = new
    `,
  ],
  [
    "HEAD is answered so, too, and so are ranges and conditions",
    `${old("max-age=1")}
    a> HEAD /
    o> HEAD /
    o!
    o> HEAD /
    o!
    a< 200 | Age: 2 | Content-Length: 3
    a> GET / | Range: bytes=1-
    o> GET / | !Range
    o!
    a< 206 | Content-Range: bytes 1-2/3 | = ld
    a> GET / | If-None-Match: "v1"
    o> GET /
    o!
    a< 304
    # stale 3
    `,
  ],
  ...["must-revalidate", "proxy-revalidate", "no-cache", "s-maxage=1"].map((directive): [string, string] => [
    `${directive} forbids it`,
    `${old(`max-age=1, ${directive}`)}
    a> GET /
    ${BREAKS}
    a< 502 | Proxy-Status: /^maitred; error=/ | !Age
    a> HEAD /
    o> HEAD /
    o!
    a< 502
    # stale 0, misses 3
    `,
  ]),
  [
    "what does not answer in time is stood in for",
    `${old("max-age=1")}
    a> GET /
    o> GET /
    +120s
    a< 200 | Age: 102 | = old
    `,
    { proxy: { client: { answerTimeout: 100_000 } } },
  ],
  [
    "nothing stands in for what was never there",
    `
    a> GET /
    o> GET /
    o!
    a< 502 | Proxy-Status: /./
    # misses 1
    `,
  ],

  // ── errors ──
  ...[500, 502, 503, 504, 599].map((status): [string, string] => [
    `a ${status} is passed on, unless something stale is allowed in its place`,
    `${old("max-age=1")}
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< ${status} | = sorry
    a< ${status} | = sorry
    a> GET / | Cache-Control: stale-if-error=60
    o> GET /
    o< ${status} | = sorry
    a< 200 | Age: 2 | Cache-Status: /^maitred; fwd=stale; fwd-status=${status}; ttl=-1/ | = old
    # stale 1, misses 2
    `,
  ]),
  [
    "stale-if-error allows it for so long",
    `${old("max-age=1, stale-if-error=3")}
    a> GET /
    o> GET /
    o< 503 | = sorry
    a< 200 | = old
    a> HEAD /
    o> HEAD /
    o< 503
    a< 200 | Content-Length: 3
    +2s
    a> GET /
    o> GET /
    o< 503
    a< 200 | Age: 4 | = old
    +1s
    a> GET /
    o> GET /
    o< 503 | = sorry
    a< 503 | = sorry
    a> HEAD /
    o> HEAD /
    o< 503
    a< 503
    `,
  ],
  [
    "or whoever runs the cache does; a 404 is no such error",
    `${old("max-age=1")}
    a> GET /
    o> GET /
    o< 500
    a< 200 | = old
    a> GET /
    o> GET /
    o< 404 | = gone
    a< 404 | = gone
    `,
    { rules: { staleIfError: 60_000 } },
  ],
  [
    "where several wait, each gets the stale one only if it may",
    `${old("max-age=1")}
    a> GET / | Cache-Control: stale-if-error=60
    b> GET /
    c> GET / | Cache-Control: stale-if-error=60
    o> GET /
    o< 500 | = sorry
    a< 200 | = old
    c< 200 | Cache-Status: /collapsed/ | = old
    o> GET /
    o< 500 | = sorry
    b< 500 | = sorry
    # stale 2, misses 2
    `,
  ],

  // ── while it is asked about ──
  [
    "stale-while-revalidate: the stale one is given at once, and what is asked for once meanwhile is given from then on",
    `${old("max-age=1, stale-while-revalidate=10")}
    a> GET /
    a< 200 | Age: 2 | Cache-Status: /^maitred; hit; ttl=-1/ | = old
    b> GET / | Range: bytes=0-0 | If-None-Match: "v0" | Cache-Control: max-stale=9
    b< 206 | = o
    o> GET / | If-None-Match: "v1" | !Range | !Cache-Control
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = new
    o0
    a> GET /
    a< 200 | ETag: "v2" | Age: 0 | = new
    # stale 2, hits 1, misses 1, stored 2
    `,
  ],
  [
    "HEAD sets it off, too, but what is asked for is all of it",
    `${old("max-age=1, stale-while-revalidate=10")}
    a> HEAD /
    a< 200 | Age: 2
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1" | Cache-Control: max-age=60
    a> GET /
    a< 200 | Age: 0 | = old
    # stale 1, revalidated 0, hits 1
    `,
  ],
  [
    "who needs the new one waits with it, while it is on its way already",
    `${old("max-age=1, stale-while-revalidate=10")}
    a> GET /
    a< 200 | = old
    o> GET /
    b> GET / | Cache-Control: max-age=1
    o0
    o< 200 | Cache-Control: max-age=60 | = new
    b< 200 | Cache-Status: /fwd=stale.*collapsed/ | = new
    # stale 1, collapsed 1
    `,
  ],
  [
    "beyond its window one waits",
    `${old("max-age=1, stale-while-revalidate=1")}
    +1s
    a> GET /
    o> GET /
    a0
    o< 200 | = new
    a< 200 | = new
    `,
  ],
  [
    "a server that cannot be asked in the background is left alone for a while",
    `${old("max-age=1, stale-while-revalidate=100")}
    a> GET /
    a< 200 | = old
    ${BREAKS}
    a> GET /
    a< 200 | = old
    +4s
    a> GET /
    a< 200 | = old
    o0
    +1s
    a> GET /
    a< 200 | Age: 7 | = old
    o> GET /
    o< 503 | = sorry
    a> GET /
    a< 200 | = old
    o0
    +5s
    a> GET /
    a< 200 | Age: 12 | = old
    o> GET /
    o< 304 | ETag: "v1" | Cache-Control: max-age=60
    a> GET /
    a< 200 | Age: 0 | = old
    `,
  ],
  [
    "what came in the background and is for nobody else is let go, however long it is",
    `${old("max-age=1, stale-while-revalidate=100")}
    a> GET /
    a< 200 | = old
    o> GET /
    o< 500 | Content-Length: 9 | = sor
    o<!
    `,
  ],
  [
    "a client that leaves takes nothing of that with it",
    `${old("max-age=1, stale-while-revalidate=100")}
    a> GET /
    a< 200 | = old
    o> GET /
    a!
    o< 200 | Content-Length: 9 | Cache-Control: max-age=60 | = new
    o+ es
    o+ tone
    b> GET /
    b< 200 | Age: 0 | = newestone
    `,
  ],
];

for (const [what, dialogue, options] of SCENES) test(what, () => cacheScene(dialogue, options));

test("an origin that cannot be reached is stood in for", () =>
  cacheScene(
    async ({ plays, shuts }) => {
      await plays(old("max-age=1"));
      await shuts();
      await plays(`
        +100s
        a> GET /
        a< 200 | Age: 102 | Cache-Status: /fwd=stale; ttl=-101; detail=/ | = old
        b> GET /other
        b< 502
      `);
    },
    { proxy: { client: { idleTimeout: 1000 } } },
  ));
