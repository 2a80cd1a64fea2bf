/** Who wants the same at once is answered by one request, whose content is streamed to all (RFC 9111 §4). */

import { test } from "node:test";
import { type CacheSceneOptions, cacheScene } from "./cache-scene.ts";

const SCENES: [what: string, dialogue: string, options?: CacheSceneOptions][] = [
  [
    "one asks, all are answered as it comes; who is late gets the beginning, too",
    `
    a> GET /
    b> GET /
    o> GET /
    c> GET /
    o0
    o< 200 | Content-Length: 9 | Set-Cookie: a=1 | Age: 5 | Cache-Control: max-age=60 | = one
    a< 200 | Set-Cookie: a=1 | Age: 5 | Cache-Status: /^maitred; fwd=uri-miss; fwd-status=200; ttl=55; stored; detail/ | ~ one
    b< 200 | Set-Cookie: a=1 | Age: 5 | Cache-Status: /^maitred; fwd=uri-miss; fwd-status=200; ttl=55; stored; collapsed; detail/ | ~ one
    c< 200 | ~ one
    +1s
    d> GET /
    d< 200 | Age: 6 | Content-Length: 9 | Cache-Status: /collapsed/ | ~ one
    o+ two
    a+ two
    d+ two
    e> GET / | Range: bytes=1-1
    o1> GET / | Range: bytes=1-1
    o+ six
    a+ six
    a.
    b+ twosix
    b.
    d+ six
    d.
    o1< 206 | Content-Range: bytes 1-1/9 | = n
    e< 206 | = n
    f> GET /
    f< 200 | Cache-Status: /hit/ | = onetwosix
    # misses 2, collapsed 3, hits 1, bytesFetched 10
    `,
  ],
  [
    "chunks as well, and a client of HTTP/1.0 among them; and what they end with",
    `
    a> GET / | TE: trailers | Connection: TE
    b> GET / HTTP/1.0
    o> GET /
    o< 200 | Transfer-Encoding: chunked | Cache-Control: max-age=60 | = 3⏎one⏎
    a< 200 | Transfer-Encoding: chunked | ~ one
    b< 200 | !Transfer-Encoding | Connection: close | ~ one
    o+ 3⏎two⏎0⏎Server-Timing: db⏎⏎
    a+ two
    a.
    b+ two
    b.
    `,
  ],
  [
    "what is for one alone releases the others at once, and for a while nobody waits for another",
    `
    a> GET /
    b> GET /
    c> GET /
    o> GET /
    o< 200 | Cache-Control: private | = a
    a< 200 | Cache-Status: /is for one user alone/ | = a
    o1> GET /
    o2> GET /
    o2< 200 | Cache-Control: private | = c
    c< 200 | = c
    o1< 200 | Cache-Control: private | = b
    b< 200 | = b
    a> GET /
    b> GET /
    o> GET /
    o1> GET /
    o< 200 | Cache-Control: private | = a
    o1< 200 | Cache-Control: private | = b
    a< 200 | = a
    b< 200 | = b
    +60s
    a> GET /
    b> GET /
    o> GET /
    o0
    o< 200 | Cache-Control: max-age=60 | = all
    a< 200 | = all
    b< 200 | = all
    # misses 6, collapsed 1
    `,
  ],
  [
    "so does what is stale at once, and what must be asked about each time",
    `
    a> GET /
    b> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=0 | = a
    a< 200 | = a
    o> GET /
    o< 200 | Cache-Control: no-cache | = b
    b< 200 | = b
    `,
  ],
  [
    "an error is for one alone, but shows nothing about what comes after it",
    `
    a> GET /
    b> GET /
    c> GET /
    o> GET /
    o< 500 | = a
    a< 500 | = a
    o> GET /
    o1> GET /
    o< 500 | = b
    b< 500 | = b
    o1< 500 | = c
    c< 500 | = c
    a> GET /
    b> GET /
    o> GET /
    o0
    o< 200 | Cache-Control: max-age=60 | = better
    a< 200 | = better
    b< 200 | = better
    `,
  ],
  [
    "what varies is for those who are alike; the others ask together with their own",
    `
    a> GET / | A: 1
    b> GET / | A: 2
    c> GET / | A: 1
    d> GET / | A: 2
    e> GET /
    o> GET / | A: 1
    o< 200 | Vary: A | Cache-Control: max-age=60 | Content-Length: 6 | = one
    a< 200 | ~ one
    c< 200 | ~ one
    o1> GET / | A: 2
    o2> GET / | !A
    o0
    // Late, but in time for what is still coming.
    f> GET / | A: 1
    o0
    f< 200 | ~ one
    o1< 200 | Vary: A | Cache-Control: max-age=60 | = two
    b< 200 | = two
    d< 200 | = two
    o2< 200 | Vary: A | Cache-Control: max-age=60 | = none
    e< 200 | = none
    o+ one
    a+ one
    a.
    c+ one
    f+ one
    # misses 3, collapsed 3
    `,
  ],
  [
    "with what it varies is known from then on",
    `
    a> GET / | A: 1
    o> GET /
    o< 200 | Vary: A | Cache-Control: max-age=1 | = one
    a< 200
    +1s
    a> GET / | A: 1
    b> GET / | A: 2
    c> GET / | A: 1
    o> GET / | A: 1
    o1> GET / | A: 2
    o0
    o< 200 | Vary: A | Cache-Control: max-age=60 | = one
    a< 200 | = one
    c< 200 | = one
    o1< 200 | Vary: A | Cache-Control: max-age=60 | = two
    b< 200 | = two
    `,
  ],
  [
    "whose fields vary from answer to answer, nobody waits for more than twice",
    `
    a> GET / | A: 1 | B: 1
    b> GET / | A: 2 | B: 2
    c> GET / | A: 2 | B: 3
    d> GET / | A: 2 | B: 4
    o> GET / | A: 1
    o< 200 | Vary: A | Cache-Control: max-age=60 | = a
    a< 200 | = a
    o> GET / | B: 2
    o0
    o< 200 | Vary: B | Cache-Control: max-age=60 | = b
    b< 200 | = b
    o> GET / | B: 3
    o1> GET / | B: 4
    o1< 200 | Vary: A | Cache-Control: max-age=60 | = d
    d< 200 | = d
    o< 200 | Vary: A | Cache-Control: max-age=60 | = c
    c< 200 | = c
    `,
  ],

  // ── those who wish something else ──
  [
    "who would not be content with it goes alone, and does not come back to it for ever",
    `
    a> GET /
    b> GET / | Cache-Control: max-age=5
    c> GET / | Cache-Control: max-age=5
    o> GET /
    o< 200 | Content-Length: 6 | Age: 9 | Cache-Control: max-age=60 | = old
    a< 200 | ~ old
    o1> GET /
    o2> GET /
    d> GET / | Cache-Control: min-fresh=59
    o3> GET /
    o1< 200 | Cache-Control: max-age=60 | = b
    b< 200 | = b
    o2< 200 | Cache-Control: max-age=60 | = c
    c< 200 | = c
    o3< 200 | Cache-Control: max-age=60 | = d
    d< 200 | = d
    o+ old
    a+ old
    a.
    `,
  ],
  [
    "what becomes stale while it is coming is no answer for those who come then",
    `
    a> GET /
    o> GET /
    o< 200 | Content-Length: 6 | Cache-Control: max-age=1 | = old
    a< 200 | ~ old
    +1s
    b> GET /
    c> GET /
    o1> GET /
    o0
    o1< 200 | Cache-Control: max-age=60 | = new
    b< 200 | = new
    c< 200 | = new
    o+ old
    a+ old
    a.
    `,
  ],
  [
    "who wants it from the origin itself, or has a password, or sets conditions, goes alone",
    `
    a> GET /
    b> GET / | Cache-Control: no-cache
    c> GET / | Pragma: no-cache
    d> GET / | Authorization: Basic YTpi
    e> GET / | Cache-Control: no-store
    f> GET / | If-None-Match: "v1"
    g> GET / | If-Match: "v1"
    h> HEAD /
    o> GET /
    o1> GET / | Cache-Control: no-cache
    o2> GET / | Pragma: no-cache
    o3> GET / | Authorization: Basic YTpi
    o4> GET / | Cache-Control: no-store
    o5> GET / | If-None-Match: "v1"
    o6> GET / | If-Match: "v1"
    o7> HEAD /
    o1< 200
    b< 200
    o2< 200
    c< 200
    o3< 200
    d< 200
    o4< 200
    e< 200
    o5< 304
    f< 304
    o6< 200
    g< 200
    o7< 200 | Content-Length: 9
    h< 200
    o< 200
    a< 200
    # collapsed 0, misses 8
    `,
  ],
  [
    "what is stale is asked about once, and its conditions and ranges are each one's own",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET /
    b> GET / | If-None-Match: "v1"
    c> GET / | Range: bytes=1-2
    d> GET / | If-None-Match: "v0"
    o> GET / | If-None-Match: "v1"
    o0
    o< 304 | ETag: "v1" | Cache-Control: max-age=60
    a< 200 | = soup
    b< 304
    c< 206 | = ou
    d< 200 | = soup
    # revalidated 1, collapsed 3, misses 1
    `,
  ],
  [
    "the same where it turns out to be another by now",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    b> GET / | If-None-Match: "v2"
    a> GET /
    c> GET / | Range: bytes=1-2
    d> GET / | If-None-Match: "v2"
    o> GET / | If-None-Match: "v1", "v2"
    o< 304 | ETag: "v2"
    b< 304 | ETag: "v2"
    // That was for one alone; the others ask, together.
    o> GET / | If-None-Match: "v1"
    o0
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = stew
    a< 200 | = stew
    c< 206 | = te
    d< 304
    `,
  ],

  // ── those who leave ──
  [
    "who asked leaves: the others go on",
    `
    a> GET /
    b> GET /
    o> GET /
    a!
    o0
    o< 200 | Content-Length: 6 | Cache-Control: max-age=60 | = one
    b< 200 | ~ one
    o+ two
    b+ two
    b.
    c> GET /
    c< 200 | = onetwo
    # collapsed 1, misses 0
    `,
  ],
  [
    "who asked leaves, and what comes is for one alone: another asks",
    `
    a> GET /
    b> GET /
    o> GET /
    a!
    o< 200 | Content-Length: 6 | Cache-Control: private | = one
    o<!
    o> GET /
    o< 200 | Cache-Control: private | = two
    b< 200 | = two
    `,
  ],
  [
    "all leave before the head has come: the origin is let go of",
    `
    a> GET /
    b> GET /
    o> GET /
    b!
    a!
    o<!
    c> GET /
    o> GET /
    o< 200
    c< 200
    `,
  ],
  [
    "all leave while the content is coming: the origin is let go of",
    `
    a> GET /
    b> GET /
    o> GET /
    o< 200 | Content-Length: 999999 | Cache-Control: max-age=60 | = one
    a< 200 | ~ one
    b< 200 | ~ one
    a!
    o+ two
    b+ two
    b!
    o<!
    c> GET /
    o> GET / | !Range
    o< 200
    c< 200
    `,
  ],
  [
    "unless it is nearly there: then it is fetched for those who come later",
    `
    a> GET /
    o> GET /
    o< 200 | Content-Length: 6 | Cache-Control: max-age=60 | = one
    a< 200 | ~ one
    a!
    o+ two
    b> GET /
    b< 200 | Cache-Status: /hit/ | = onetwo
    `,
  ],
  [
    "what is for one alone is let go of when he leaves, though nothing comes at the moment",
    `
    a> GET /
    o> GET /
    o< 200 | Transfer-Encoding: chunked | Content-Type: text/event-stream | Cache-Control: no-store | = 3⏎one⏎
    a< 200 | ~ one
    a!
    o<!
    `,
  ],
  [
    "so is what goes past the cache",
    `
    a> GET / | = x
    o> GET /
    o< 200 | Transfer-Encoding: chunked | = 3⏎one⏎
    a< 200 | ~ one
    a!
    o<!
    `,
  ],

  // ── failures ──
  [
    "who asked gets no answer: one more tries; if that is in vain, it is so for all",
    `
    a> GET /
    b> GET /
    c> GET /
    o> GET /
    o!
    a< 502
    o> GET /
    o0
    o!
    b< 502
    c< 502
    d> GET /
    o> GET /
    o< 200 | = better
    d< 200 | = better
    # misses 4, collapsed 0
    `,
  ],
  [
    "one more tries, and it is good for all",
    `
    a> GET /
    b> GET /
    c> GET /
    o> GET /
    o!
    a< 502
    o> GET /
    o< 200 | Cache-Control: max-age=60 | = soup
    b< 200 | = soup
    c< 200 | = soup
    `,
  ],
  [
    "what breaks off breaks off for all, and is not given to those who come later",
    `
    a> GET /
    b> GET /
    o> GET /
    o< 200 | Content-Length: 6 | Cache-Control: max-age=60 | = one
    a< 200 | ~ one
    b< 200 | ~ one
    o!
    a<!
    b<!
    c> GET /
    o> GET /
    o< 200 | = onetwo
    c< 200 | = onetwo
    `,
  ],
  [
    "a client that half-closes late has left, as far as anybody can tell, and hears no good end",
    `
    a> GET /
    o> GET /
    o< 200 | Transfer-Encoding: chunked | Cache-Control: max-age=60 | = 3⏎one⏎
    a< 200 | ~ one
    b> GET /
    b< 200 | ~ one
    +1s
    a|
    a<!
    o+ 3⏎two⏎0⏎⏎
    b+ two
    b.
    `,
  ],
];

for (const [what, dialogue, options] of SCENES) test(what, () => cacheScene(dialogue, options));
