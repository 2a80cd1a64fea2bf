/** Partial content: stored, used again, completed byte for byte; and never taken for the whole (RFC 9111 §3.3, §3.4). */

import { test } from "node:test";
import { type CacheSceneOptions, cacheScene } from "./cache-scene.ts";

const FRESH = 'ETag: "v1" | Cache-Control: max-age=60';
const MONDAY = "Mon, 31 Oct 1994 00:00:00 GMT";

/** Of "0123456789". */
const part = (first: number, last: number): string =>
  `Content-Range: bytes ${first}-${last}/10 | = ${"0123456789".slice(first, last + 1)}`;

const begins = (first: number, last: number, fields = FRESH): string => `
    g> GET / | Range: bytes=${first}-${last}
    o> GET / | Range: bytes=${first}-${last} | !If-Range
    o< 206 | ${fields} | ${part(first, last)}
    g< 206 | ${part(first, last)}`;

const WHOLE = `
    g> GET /
    o> GET /
    o< 200 | ${FRESH} | Content-Type: text/plain | = 0123456789
    g< 200 | = 0123456789`;

const SCENES: [what: string, dialogue: string, options?: CacheSceneOptions][] = [
  // ── out of a whole ──
  [
    "a whole answers for its parts",
    `
    ${WHOLE}
    a> GET / | Range: bytes=2-4
    a< 206 | Age: 0 | Content-Type: text/plain | Content-Length: 3 | ${part(2, 4)}
    a> GET / | Range: bytes=8-
    a< 206 | ${part(8, 9)}
    a> GET / | Range: bytes=-3
    a< 206 | ${part(7, 9)}
    a> GET / | Range: bytes=8-99
    a< 206 | ${part(8, 9)}
    a> GET / | Range: bytes=10-
    a< 416 | Content-Range: bytes */10 | Age: 0
    a> GET / | Range: bytes=5-4
    a< 200 | = 0123456789
    a> GET / | Range: lines=1-2
    a< 200 | = 0123456789
    a> HEAD / | Range: bytes=2-4
    a< 200 | Content-Length: 10
    a> GET / | Range: bytes=2-4 | If-None-Match: "v1"
    a< 304
    a> GET / | Range: bytes=2-4 | If-None-Match: "v0"
    a< 206 | ${part(2, 4)}
    # hits 10, misses 1
    `,
  ],
  [
    "and for several at once, in one message of many parts",
    `
    ${WHOLE}
    a> GET / | Range: bytes=0-1, -2
    a< 206 | Content-Type: /^multipart.byteranges; boundary=./ | !Content-Range | Content-Length: /\\d/
    a> GET / | Range: bytes=0-1, 2-3
    a< 206 | ${part(0, 3)}
    `,
  ],
  [
    "If-Range: the part where that is what is stored, else the whole",
    `
    ${WHOLE}
    a> GET / | Range: bytes=2-4 | If-Range: "v1"
    a< 206 | = 234
    a> GET / | Range: bytes=2-4 | If-Range: "v0"
    a< 200 | = 0123456789
    a> GET / | Range: bytes=2-4 | If-Range: W/"v1"
    a< 200
    a> GET / | Range: bytes=20- | If-Range: "v0"
    a< 200
    `,
  ],
  [
    "a stale whole is asked about as a whole, and gives the part",
    `
    ${WHOLE}
    +60s
    a> GET / | Range: bytes=2-4
    o> GET / | If-None-Match: "v1" | !Range
    o< 304 | ETag: "v1" | Cache-Control: max-age=60
    a< 206 | Age: 0 | ${part(2, 4)}
    +60s
    a> GET / | Range: bytes=2-4
    o> GET / | If-None-Match: "v1" | !Range
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = abcdefghij
    a< 206 | ETag: "v2" | Content-Range: bytes 2-4/10 | = cde
    a> GET / | Range: bytes=3-4 | If-Range: "v2"
    a< 206 | = de
    `,
  ],

  // ── parts ──
  [
    "a part is stored, and used again for what is within it",
    `
    ${begins(2, 6)}
    +10s
    a> GET / | Range: bytes=2-6
    a< 206 | Age: 10 | ETag: "v1" | ${part(2, 6)}
    a> GET / | Range: bytes=3-4
    a< 206 | ${part(3, 4)}
    a> HEAD /
    a< 200 | Content-Length: 10 | Age: 10
    a> GET / | Range: bytes=12-
    a< 416 | Content-Range: bytes */10
    # hits 4, misses 1, stored 1
    `,
  ],
  [
    "the end of it is known from the part: suffixes and open ranges",
    `
    ${begins(5, 9)}
    a> GET / | Range: bytes=-3
    a< 206 | ${part(7, 9)}
    a> GET / | Range: bytes=6-
    a< 206 | ${part(6, 9)}
    a> GET / | Range: bytes=-7
    o> GET / | Range: bytes=3-4 | If-Range: "v1"
    o< 206 | ${FRESH} | ${part(3, 4)}
    a< 206 | ${part(3, 9)}
    `,
  ],
  [
    "whoever wants the whole gets it, and only what is missing is asked for",
    `
    ${begins(0, 4)}
    +10s
    a> GET /
    o> GET / | Range: bytes=5- | If-Range: "v1"
    o< 206 | ${FRESH} | A: new | ${part(5, 9)}
    a< 200 | A: new | Age: 0 | Content-Length: 10 | Cache-Status: /^maitred; fwd=partial; fwd-status=206; ttl=60; stored/ | !Content-Range | = 0123456789
    b> GET /
    b< 200 | A: new | Age: 0 | Cache-Status: /hit/ | = 0123456789
    # misses 2, hits 1, bytesFetched 10, bytesSaved 15
    `,
  ],
  [
    "gap after gap",
    `
    ${begins(2, 3)}
    ${begins(6, 6).replace("!If-Range", 'If-Range: "v1"')}
    a> GET /
    o> GET / | Range: bytes=0-1 | If-Range: "v1"
    o< 206 | ${FRESH} | ${part(0, 1)}
    o> GET / | Range: bytes=4-5 | If-Range: "v1"
    o< 206 | ${FRESH} | ${part(4, 5)}
    o> GET / | Range: bytes=7- | If-Range: "v1"
    o< 206 | ${FRESH} | ${part(7, 9)}
    a< 200 | = 0123456789
    a> GET /
    a< 200 | Cache-Status: /hit/ | = 0123456789
    `,
  ],
  [
    "by a date of change that is strong",
    `
    ${begins(0, 4, `Last-Modified: ${MONDAY} | Cache-Control: max-age=60`)}
    a> GET / | Range: bytes=3-7
    o> GET / | Range: bytes=5-7 | If-Range: ${MONDAY}
    o< 206 | Last-Modified: ${MONDAY} | Cache-Control: max-age=60 | ${part(5, 7)}
    a< 206 | ${part(3, 7)}
    `,
  ],
  [
    "a stale part is completed all the same: by its condition it is found to be good",
    `
    ${begins(0, 4)}
    +60s
    a> GET /
    o> GET / | Range: bytes=5- | If-Range: "v1"
    o< 206 | ${FRESH} | ${part(5, 9)}
    a< 200 | Age: 0 | = 0123456789
    `,
  ],
  [
    "a stale part that would be enough is asked for again, as a part",
    `
    ${begins(0, 4)}
    +60s
    a> GET / | Range: bytes=1-2
    o> GET / | Range: bytes=1-2 | !If-None-Match
    o< 206 | ${FRESH} | ${part(1, 2)}
    a< 206 | ${part(1, 2)}
    +60s
    a> GET / | Range: bytes=1-1
    o> GET / | Range: bytes=1-1
    o!
    o> GET / | Range: bytes=1-1
    o!
    a< 206 | Age: 60 | ${part(1, 1)}
    `,
  ],
  ...[
    ["has a weak validator", "bytes=5-9", 'ETag: W/"v1" | Cache-Control: max-age=60'],
    ["has none", "bytes=5-", "Cache-Control: max-age=60"],
    [
      "changed in the very second it came",
      "bytes=5-9",
      "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT | Cache-Control: max-age=60",
    ],
  ].map(([what, range, fields]): [string, string] => [
    `what ${what} is not joined`,
    `
    ${begins(0, 4, fields)}
    a> GET / | Range: bytes=0-4
    a< 206 | Cache-Status: /hit/ | ${part(0, 4)}
    a> GET / | Range: bytes=5-9
    o> GET / | Range: ${range} | !If-Range
    o< 206 | ${fields} | ${part(5, 9)}
    a< 206 | ${part(5, 9)}
    a> GET / | Range: bytes=6-9
    a< 206 | Cache-Status: /hit/ | ${part(6, 9)}
    `,
  ]),
  [
    "the whole of what has no validator is asked for, whatever is stored; the rest of it only in case that a server gives the whole",
    `
    ${begins(0, 4, "Cache-Control: max-age=60")}
    a> GET /
    o> GET / | Range: bytes=5- | !If-Range
    o< 206 | Cache-Control: max-age=60 | ${part(5, 9)}
    o> GET / | !Range
    o< 200 | Cache-Control: max-age=60 | = whole
    a< 200 | = whole
    ${begins(0, 4, "Cache-Control: max-age=60").replaceAll(" / ", " /x ")}
    a> GET /x
    o> GET /x | Range: bytes=5-
    o< 200 | Cache-Control: max-age=60 | = whole
    a< 200 | = whole
    `,
  ],

  // ── it has changed ──
  [
    "changed meanwhile: the new whole is given, and kept",
    `
    ${begins(0, 4)}
    a> GET /
    o> GET / | Range: bytes=5- | If-Range: "v1"
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = abcdefghij
    a< 200 | ETag: "v2" | Cache-Status: /^maitred; fwd=partial; fwd-status=200; stored/ | = abcdefghij
    a> GET / | Range: bytes=5-
    a< 206 | ETag: "v2" | Cache-Status: /hit/ | = fghij
    `,
  ],
  [
    "changed meanwhile, and a part is wanted: of the new one",
    `
    ${begins(0, 4)}
    a> GET / | Range: bytes=3-6
    o> GET / | Range: bytes=5-6 | If-Range: "v1"
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | Content-Length: 10 | = abc
    o+ defghij
    a< 206 | ETag: "v2" | Content-Range: bytes 3-6/10 | = defg
    a> GET / | Range: bytes=3-6 | If-None-Match: "v2"
    a< 304
    `,
  ],
  [
    "changed, and what the client has is the new one",
    `
    ${begins(0, 4)}
    a> GET / | If-None-Match: "v2"
    o> GET / | Range: bytes=5- | !If-None-Match
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = abcdefghij
    a< 304 | ETag: "v2"
    `,
  ],
  [
    "changed into something that may not be kept",
    `
    ${begins(0, 4)}
    a> GET / | Range: bytes=3-6
    o> GET / | Range: bytes=5-6
    o< 200 | ETag: "v2" | Cache-Control: no-store | = abcdefghij
    a< 200 | Cache-Status: /fwd=partial/ | = abcdefghij
    a> GET / | Range: bytes=0-4
    o> GET / | Range: bytes=0-4
    o< 206 | ${FRESH} | ${part(0, 4)}
    a< 206
    `,
  ],
  ...[
    ["another tag", `ETag: "v2" | Content-Range: bytes 5-9/10 | = fghij`],
    ["no tag", `Content-Range: bytes 5-9/10 | = fghij`],
    ["a weak one", `ETag: W/"v1" | Content-Range: bytes 5-9/10 | = fghij`],
    ["another place", `ETag: "v1" | Content-Range: bytes 4-8/10 | = efghi`],
    ["another length", `ETag: "v1" | Content-Range: bytes 5-9/11 | = fghij`],
    ["no place", `ETag: "v1" | Content-Range: bytes */10 | = fghij`],
    ["several parts", `ETag: "v1" | Content-Type: multipart/byteranges; boundary=x | = fghij`],
  ].map(([what, answer]): [string, string] => [
    `a part that has ${what} is not joined: all of it is asked for`,
    `
    ${begins(0, 4)}
    a> GET /
    o> GET / | Range: bytes=5- | If-Range: "v1"
    o< 206 | ${answer}
    o> GET / | !Range | !If-Range
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = abcdefghij
    a< 200 | = abcdefghij
    `,
  ]),
  ...[304, 412, 416].map((status): [string, string] => [
    `a ${status} to what we have made up ourselves is none of the client's business`,
    `
    ${begins(0, 4)}
    a> GET /
    o> GET / | Range: bytes=5-
    o< ${status}
    o> GET / | !Range
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = abc
    a< 200 | = abc
    `,
  ]),
  [
    "an error is told, and what is stored stays",
    `
    ${begins(0, 4)}
    a> GET /
    o> GET / | Range: bytes=5-
    o< 503 | = sorry
    a< 503 | Cache-Status: /fwd=partial; fwd-status=503/ | = sorry
    a> GET /
    o> GET / | Range: bytes=5-
    o!
    o> GET / | Range: bytes=5-
    o!
    a< 502 | Proxy-Status: /./
    a> GET / | Range: bytes=0-4
    a< 206 | Cache-Status: /hit/ | ${part(0, 4)}
    `,
  ],
  [
    "changed in the middle: what has gone out cannot be completed, so it breaks off",
    `
    ${begins(2, 7)}
    a> GET /
    o> GET / | Range: bytes=0-1
    o< 206 | ${FRESH} | ${part(0, 1)}
    o> GET / | Range: bytes=8-
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = abcdefghij
    a<!
    `,
  ],

  [
    "a part that comes in chunks is as long as it says",
    `
    ${begins(0, 4)}
    a> GET /
    o> GET / | Range: bytes=5-
    o< 206 | ${FRESH} | Content-Range: bytes 5-9/10 | Transfer-Encoding: chunked | = 5⏎56789⏎0⏎⏎
    a< 200 | = 0123456789
    b> GET /
    b< 200 | Cache-Status: /hit/ | = 0123456789
    ${begins(0, 4).replaceAll(" / ", " /x ")}
    a> GET /x
    o> GET /x | Range: bytes=5-
    o< 206 | ${FRESH} | Content-Range: bytes 5-9/10 | Transfer-Encoding: chunked | = 4⏎5678⏎0⏎⏎
    a<!
    `,
  ],
  [
    "just the bytes that are wanted, but of another whole: they are given, and take the place of what was stored",
    `
    ${begins(0, 4)}
    a> GET / | Range: bytes=5-9
    o> GET / | Range: bytes=5- | If-Range: "v1"
    o< 206 | ETag: "v2" | Cache-Control: max-age=60 | Content-Range: bytes 5-9/10 | = fghij
    a< 206 | ETag: "v2" | Content-Range: bytes 5-9/10 | Cache-Status: /fwd=partial; fwd-status=206; stored/ | = fghij
    a> GET / | Range: bytes=6-6
    a< 206 | ETag: "v2" | = g
    // Not so where the client wants them of what it has.
    a> GET / | Range: bytes=0-4 | If-Range: "v2"
    o> GET / | Range: bytes=0-4 | If-Range: "v2"
    o< 206 | ETag: "v3" | Content-Range: bytes 0-4/10 | = 56789
    o> GET / | Range: bytes=0-4 | If-Range: "v2"
    o< 200 | ETag: "v3" | = 5678901234
    a< 200 | = 5678901234
    `,
  ],

  // ── what may not be stored is not ──
  [
    "a part that may not be stored completes an answer, and goes",
    `
    ${begins(0, 4)}
    a> GET /
    o> GET / | Range: bytes=5-
    o< 206 | ETag: "v1" | Cache-Control: no-store | ${part(5, 9)}
    a< 200 | = 0123456789
    a> GET /
    o> GET / | !Range
    o< 200
    a< 200
    `,
  ],
  [
    "what a client wants not to be stored is not, though it completes what is",
    `
    ${begins(0, 4)}
    a> GET / | Cache-Control: no-store
    o> GET / | Range: bytes=5-
    o< 206 | ${FRESH} | ${part(5, 9)}
    a< 200 | = 0123456789
    a> GET / | Range: bytes=0-4
    a< 206 | Cache-Status: /hit/
    a> GET / | Range: bytes=5-
    o> GET / | Range: bytes=5-
    o< 206 | ${FRESH} | ${part(5, 9)}
    a< 206
    `,
  ],
  [
    "a part that was on its way while all was made invalid does not make it valid again",
    `
    ${begins(0, 4)}
    a> GET / | Range: bytes=5-9
    o> GET / | Range: bytes=5-
    b> POST / | = x
    o1> POST /
    o1< 204
    b< 204
    o< 206 | ${FRESH} | ${part(5, 9)}
    a< 206 | ${part(5, 9)}
    a> GET / | Range: bytes=0-4
    o> GET / | Range: bytes=0-4
    o< 206 | ETag: "v2" | Cache-Control: max-age=60 | ${part(0, 4)}
    a< 206 | ETag: "v2"
    `,
  ],

  // ── what comes at the same time ──
  [
    "two parts on their way at once become one",
    `
    a> GET / | Range: bytes=0-4
    b> GET / | Range: bytes=5-9
    o> GET /
    o1> GET /
    o< 206 | ${FRESH} | ${part(0, 4)}
    a< 206 | ${part(0, 4)}
    o1< 206 | ${FRESH} | ${part(5, 9)}
    b< 206 | ${part(5, 9)}
    c> GET /
    c< 200 | Cache-Status: /hit/ | = 0123456789
    `,
  ],
  ...["", 'ETag: "v1" | '].map((fields): [string, string] => [
    `a part that was on its way does not take the place of a whole that came meanwhile (${fields})`,
    `
    a> GET / | Range: bytes=0-4
    b> GET /
    o> GET / | Range: bytes=0-4
    o1> GET /
    o1< 200 | ${fields}Cache-Control: max-age=60 | = 0123456789
    b< 200
    o< 206 | ${fields}Cache-Control: max-age=60 | ${part(0, 4)}
    a< 206 | ${part(0, 4)}
    c> GET /
    c< 200 | Cache-Status: /hit/ | = 0123456789
    `,
  ]),
  [
    "unless it is of something else",
    `
    a> GET / | Range: bytes=0-4
    b> GET /
    o> GET / | Range: bytes=0-4
    o1> GET /
    o1< 200 | ${FRESH} | = 0123456789
    b< 200
    o< 206 | ETag: "v2" | Cache-Control: max-age=60 | Content-Range: bytes 0-4/10 | = abcde
    a< 206 | = abcde
    c> GET / | Range: bytes=0-4
    c< 206 | ETag: "v2" | Cache-Status: /hit/ | = abcde
    `,
  ],

  // ── what broke off ──
  [
    "a whole that broke off is kept as a part, and completed",
    `
    a> GET /
    o> GET /
    o< 200 | ${FRESH} | Content-Length: 10 | = 01234
    a< 200 | ~ 01234
    o!
    a<!
    b> GET / | Range: bytes=1-3
    b< 206 | Cache-Status: /hit/ | ${part(1, 3)}
    b> GET /
    o> GET / | Range: bytes=5- | If-Range: "v1"
    o< 206 | ${FRESH} | ${part(5, 9)}
    b< 200 | = 0123456789
    `,
  ],
  [
    "so is one that nobody waited for any more, and a part",
    `
    a> GET / | Range: bytes=0-7
    o> GET /
    o< 206 | ${FRESH} | Content-Range: bytes 0-7/10 | Content-Length: 8 | = 01
    a< 206 | ~ 01
    o!
    a<!
    b> GET /
    o> GET / | Range: bytes=2- | If-Range: "v1"
    o< 206 | ${FRESH} | ${part(2, 9)}
    b< 200 | = 0123456789
    `,
  ],
  [
    "without a strong validator it is not",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=60 | Content-Length: 10 | = 01234
    a< 200 | ~ 01234
    o!
    a<!
    b> GET /
    o> GET / | !Range
    o< 200
    b< 200
    `,
  ],

  // ── many want the same bytes ──
  [
    "what is missing is asked for once, whoever wants it, and streamed to all",
    `
    ${begins(0, 4)}
    a> GET /
    b> GET /
    o> GET / | Range: bytes=5- | If-Range: "v1"
    o< 206 | ${FRESH} | Content-Range: bytes 5-9/10 | Content-Length: 5 | = 56
    a< 200 | ~ 0123456
    b< 200 | ~ 0123456
    c> GET /
    o0
    c< 200 | ~ 0123456
    a!
    o+ 789
    b+ 789
    b.
    c+ 789
    c.
    `,
  ],
  [
    "where that was in vain for others, they ask on their own: for all of it, together",
    `
    ${begins(0, 4)}
    a> GET /
    b> GET /
    c> GET /
    o> GET / | Range: bytes=5-
    o< 200 | ETag: "v2" | Cache-Control: no-store | = abc
    a< 200 | = abc
    o> GET / | !Range
    o0
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = abc
    b< 200 | = abc
    c< 200 | = abc
    `,
  ],
  [
    "where all of them have left it is called off, and what had come is kept",
    `
    ${begins(0, 4)}
    a> GET /
    b> GET /
    o> GET / | Range: bytes=5-
    a!
    b!
    o<!
    c> GET /
    o> GET / | Range: bytes=5-
    o< 206 | ${FRESH} | ${part(5, 9)}
    c< 200 | = 0123456789
    `,
  ],

  // ── what is asked for where nothing is stored ──
  [
    "pass: the range goes on as it is, each on its own",
    `
    a> GET / | Range: bytes=2-4
    b> GET / | Range: bytes=2-4
    o> GET / | Range: bytes=2-4
    o1> GET / | Range: bytes=2-4
    o< 206 | ${FRESH} | ${part(2, 4)}
    a< 206 | ${part(2, 4)}
    o1< 200 | ${FRESH} | = 0123456789
    b< 200 | = 0123456789
    `,
  ],
  [
    "whole: all of it is asked for, and each gets what it wants",
    `
    a> GET / | Range: bytes=2-4
    b> GET / | Range: bytes=8-
    c> GET /
    d> GET / | Range: bytes=20-
    e> GET / | Range: bytes=0-0, 9-9
    f> GET / | Range: bytes=2-4 | If-Range: "v0"
    o> GET / | !Range | !If-Range
    o0
    o< 200 | ${FRESH} | Content-Length: 10 | = 012
    o+ 3456789
    a< 206 | ${part(2, 4)}
    b< 206 | ${part(8, 9)}
    c< 200 | = 0123456789
    d< 416 | Content-Range: bytes */10
    e< 200 | = 0123456789
    f< 200 | = 0123456789
    # collapsed 5, misses 1
    `,
    { rangeMiss: "whole" },
  ],
  [
    "whole, of a length that nobody knows: then nobody can tell which part it is",
    `
    a> GET / | Range: bytes=2-4
    o> GET / | !Range
    o< 200 | ${FRESH} | Transfer-Encoding: chunked | = 5⏎01234⏎
    a< 200 | ~ 01234
    o+ 0⏎⏎
    a.
    a> GET / | Range: bytes=2-4
    a< 206 | Content-Range: bytes 2-4/5 | = 234
    `,
    { rangeMiss: "whole" },
  ],
  [
    "slices: a larger part is asked for, and cut; who wants the same slice waits for it",
    `
    a> GET / | Range: bytes=5-6
    b> GET / | Range: bytes=4-4
    c> GET / | Range: bytes=0-0
    o> GET / | Range: bytes=4-7
    o1> GET / | Range: bytes=0-3
    o0
    o< 206 | ${FRESH} | Content-Length: 4 | Content-Range: bytes 4-7/10 | = 45
    o+ 67
    a< 206 | ${part(5, 6)}
    b< 206 | Cache-Status: /collapsed/ | ${part(4, 4)}
    o1< 206 | ${FRESH} | ${part(0, 3)}
    c< 206 | ${part(0, 0)}
    d> GET / | Range: bytes=2-3
    d< 206 | Cache-Status: /hit/ | ${part(2, 3)}
    `,
    { rangeMiss: 4 },
  ],
  [
    "slices: beyond the end there is less, or nothing",
    `
    a> GET / | Range: bytes=8-8
    o> GET / | Range: bytes=8-11
    o< 206 | ${FRESH} | ${part(8, 9)}
    a< 206 | ${part(8, 8)}
    a> GET /x | Range: bytes=10-
    o> GET /x | Range: bytes=8-
    o< 206 | ${FRESH} | ${part(8, 9)}
    a< 416 | Content-Range: bytes */10
    a> GET /y | Range: bytes=13-14
    o> GET /y | Range: bytes=12-15
    o< 416 | Content-Range: bytes */10
    a< 416 | Content-Range: bytes */10
    `,
    { rangeMiss: 4 },
  ],
  [
    "slices: what begins at its end, or depends on what the client has, goes on as it is",
    `
    a> GET / | Range: bytes=-2
    o> GET / | Range: bytes=-2
    o< 206 | ${part(8, 9)}
    a< 206 | ${part(8, 9)}
    a> GET /x | Range: bytes=5-6 | If-Range: "v0"
    o> GET /x | Range: bytes=5-6 | If-Range: "v0"
    o< 200 | ${FRESH} | = 0123456789
    a< 200 | = 0123456789
    a> GET /y | Range: bytes=0-0, 5-5
    o> GET /y | Range: bytes=0-0, 5-5
    o< 206 | Content-Type: multipart/byteranges; boundary=x | = xyz
    a< 206 | = xyz
    `,
    { rangeMiss: 4 },
  ],
  ...[
    ["another part than was asked for", `${FRESH} | ${part(0, 4)}`],
    ["less than is wanted", `${FRESH} | ${part(4, 5)}`],
    ["what may not be kept", `Cache-Control: no-store | ${part(4, 7)}`],
  ].map(([what, answer]): [string, string, CacheSceneOptions] => [
    `slices: where ${what} comes, the range goes on as it is`,
    `
    a> GET / | Range: bytes=5-6
    o> GET / | Range: bytes=4-7
    o< 206 | ${answer}
    o> GET / | Range: bytes=5-6
    o< 206 | ${FRESH} | ${part(5, 6)}
    a< 206 | ${part(5, 6)}
    `,
    { rangeMiss: 4 },
  ]),
  [
    "slices: a server that knows no ranges gives the whole, and each takes what it wants",
    `
    a> GET / | Range: bytes=5-6
    b> GET / | Range: bytes=4-7
    o> GET / | Range: bytes=4-7
    o< 200 | ${FRESH} | = 0123456789
    a< 206 | ${part(5, 6)}
    b< 206 | ${part(4, 7)}
    c> GET /
    c< 200 | Cache-Status: /hit/ | = 0123456789
    `,
    { rangeMiss: 4 },
  ],
];

for (const [what, dialogue, options] of SCENES) test(what, () => cacheScene(dialogue, options));
