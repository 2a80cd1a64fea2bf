/** Asking whether what is stored is still good, and what clients ask about themselves (RFC 9111 §4.3). */

import { test } from "node:test";
import { type CacheSceneOptions, cacheScene } from "./cache-scene.ts";

const MONDAY = "Mon, 31 Oct 1994 00:00:00 GMT";
const TUESDAY = "Tue, 01 Nov 1994 00:00:00 GMT";
const WEDNESDAY = "Wed, 02 Nov 1994 00:00:00 GMT";

const SCENES: [what: string, dialogue: string, options?: CacheSceneOptions][] = [
  [
    "what is still good is freshened: newer fields take the place of older ones, the others stay",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=60 | A: 1 | B: 1 | Content-Type: text/plain | = soup
    a< 200
    +60s
    a> GET /
    o> GET / | If-None-Match: "v1" | !If-Modified-Since
    o< 304 | ETag: "v1" | Cache-Control: max-age=600 | A: 2 | C: 2 | Content-Type: text/html | Content-Length: 99
    a< 200 | ETag: "v1" | A: 2 | B: 1 | C: 2 | Age: 0 | Content-Length: 4 | Cache-Status: /fwd=stale; fwd-status=304; ttl=600/ | = soup
    +599s
    a> GET /
    a< 200 | A: 2 | B: 1 | C: 2 | Age: 599 | Content-Type: text/html | = soup
    # hits 1, misses 1, revalidated 1, stored 1, bytesSaved 8, bytesFetched 4
    `,
  ],
  [
    "a date of change does where there is no tag; where both are there, both go",
    `
    a> GET /
    o> GET /
    o< 200 | Last-Modified: ${MONDAY} | Cache-Control: max-age=60 | = soup
    a< 200
    +60s
    a> GET /
    o> GET / | If-Modified-Since: ${MONDAY} | !If-None-Match
    o< 304 | Last-Modified: ${MONDAY}
    a< 200 | Age: 0 | = soup
    a> GET /both
    o> GET /both
    o< 200 | Last-Modified: ${MONDAY} | ETag: "v1" | Cache-Control: max-age=60 | = soup
    a< 200
    +60s
    a> GET /both
    o> GET /both | If-Modified-Since: ${MONDAY} | If-None-Match: "v1"
    o< 304 | Last-Modified: ${MONDAY}
    a< 200 | = soup
    `,
  ],
  [
    "without anything to ask by, all of it is asked for",
    `
    a> GET /
    o> GET /
    o< 200 | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET /
    o> GET / | !If-None-Match | !If-Modified-Since
    o< 200 | Cache-Control: max-age=1 | = stew
    a< 200 | = stew
    `,
  ],
  [
    "what must be asked about each time is, and each time it may be given",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: no-cache | = soup
    a< 200
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1"
    a< 200 | Age: 0 | = soup
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1"
    a< 200 | = soup
    # revalidated 2, hits 0
    `,
  ],
  [
    "of several variants the origin is asked about all, and the one it names is used and freshened",
    `
    a> GET / | Accept: text/plain
    o> GET /
    o< 200 | ETag: "p" | Vary: Accept | Cache-Control: max-age=60 | = plain
    a< 200
    a> GET / | Accept: text/html
    o> GET / | If-None-Match: "p"
    o< 200 | ETag: "h" | Vary: Accept | Cache-Control: max-age=600 | = html
    a< 200 | Cache-Status: /fwd=vary-miss/ | = html
    +60s
    a> GET / | Accept: text/markdown
    o> GET / | If-None-Match: "h", "p" | Accept: text/markdown
    o< 304 | ETag: "p" | Vary: Accept | Cache-Control: max-age=60
    a< 200 | ETag: "p" | Age: 0 | = plain
    // The one that was stale has been freshened, and is known to be the answer to the new request, too.
    a> GET / | Accept: text/plain
    a< 200 | Age: 0 | Cache-Status: /hit/ | = plain
    a> GET / | Accept: text/markdown
    a< 200 | Age: 0 | Cache-Status: /hit/ | = plain
    a> GET / | Accept: text/html
    a< 200 | Age: 60 | = html
    `,
  ],
  [
    "a 304 to a vary-miss that names nobody is not believed",
    `
    a> GET / | A: 1
    o> GET /
    o< 200 | ETag: "1" | Vary: A | Cache-Control: max-age=60 | = one
    a< 200
    a> GET / | A: 2
    o> GET / | If-None-Match: "1"
    o< 200 | ETag: "2" | Vary: A | Cache-Control: max-age=60 | = two
    a< 200
    a> GET / | A: 3
    o> GET / | If-None-Match: /"[12]", "[12]"/
    o< 304
    o> GET / | !If-None-Match | A: 3
    o< 200 | ETag: "3" | Vary: A | = three
    a< 200 | = three
    `,
  ],
  [
    "a 304 about something that nobody has: then all of it is asked for",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v2"
    o> GET / | !If-None-Match
    o< 200 | ETag: "v2" | Cache-Control: max-age=60 | = stew
    a< 200 | ETag: "v2" | = stew
    `,
  ],

  // ── what clients ask about ──
  [
    "fresh: what the client has is compared with what is stored",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Last-Modified: ${MONDAY} | Cache-Control: max-age=60 | Content-Type: text/plain | = soup
    a< 200
    a> GET / | If-None-Match: W/"v1"
    a< 304 | ETag: "v1" | Age: 0 | !Content-Type | !Content-Length
    a> GET / | If-None-Match: "v0", "v1"
    a< 304
    a> GET / | If-None-Match: *
    a< 304
    a> GET / | If-None-Match: "v0"
    a< 200 | = soup
    a> GET / | If-Modified-Since: ${MONDAY}
    a< 304
    a> GET / | If-Modified-Since: ${MONDAY} | If-None-Match: "v0"
    a< 200
    a> HEAD / | If-None-Match: "v1"
    a< 304
    a> GET / | If-Modified-Since: Sun, 30 Oct 1994 00:00:00 GMT
    a< 200 | = soup
    # hits 8, misses 1
    `,
  ],
  [
    "stale: what the client has is asked about together with what is stored",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET / | If-None-Match: "v1"
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1" | Cache-Control: max-age=1
    a< 304 | ETag: "v1"
    +1s
    a> GET / | If-None-Match: "v0"
    o> GET / | If-None-Match: "v1", "v0"
    o< 304 | ETag: "v1" | Cache-Control: max-age=1
    a< 200 | = soup
    +1s
    // The client has something newer than we have.
    a> GET / | If-None-Match: "v2"
    o> GET / | If-None-Match: "v1", "v2"
    o< 304 | ETag: "v2" | Cache-Control: max-age=1
    a< 304 | ETag: "v2"
    a> GET / | If-None-Match: "v0"
    o> GET / | If-None-Match: "v1", "v0"
    o< 200 | ETag: "v3" | Cache-Control: max-age=60 | = stew
    a< 200 | ETag: "v3" | = stew
    b> GET /
    b< 200 | ETag: "v3" | = stew
    `,
  ],
  [
    "stale, by dates: ours goes out in place of the client's",
    `
    a> GET /
    o> GET /
    o< 200 | Last-Modified: ${MONDAY} | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET / | If-Modified-Since: ${TUESDAY}
    o> GET / | If-Modified-Since: ${MONDAY}
    o< 304 | Last-Modified: ${MONDAY} | Cache-Control: max-age=1
    a< 304
    +1s
    a> GET / | If-Modified-Since: ${TUESDAY}
    o> GET / | If-Modified-Since: ${MONDAY}
    o< 304 | Last-Modified: ${WEDNESDAY}
    // That is not what we have, and not what the client has.
    o> GET / | !If-Modified-Since
    o< 200 | Last-Modified: ${WEDNESDAY} | Cache-Control: max-age=60 | = stew
    a< 200 | Last-Modified: ${WEDNESDAY} | = stew
    `,
  ],
  [
    "nothing stored: what the client asks about goes on as it is, and a 304 is its own",
    `
    a> GET / | If-None-Match: "v1" | If-Modified-Since: ${MONDAY}
    o> GET / | If-None-Match: "v1" | If-Modified-Since: ${MONDAY}
    o< 304 | ETag: "v1"
    a< 304 | ETag: "v1" | Cache-Status: /a 304 is about one request alone/
    a> GET / | If-None-Match: "v0"
    o> GET / | If-None-Match: "v0"
    o< 200 | ETag: "v1" | Cache-Control: max-age=60 | = soup
    a< 200 | = soup
    a> GET / | If-None-Match: "v1"
    a< 304 | Age: 0
    `,
  ],
  [
    "If-Match is for the origin; what it says to that is for this client, and what is stored stays",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=60 | = soup
    a< 200
    a> GET / | If-Match: "v0"
    o> GET / | If-Match: "v0" | !If-None-Match
    o< 412 | = no
    a< 412 | Cache-Status: /fwd=request/ | = no
    a> GET / | If-Unmodified-Since: ${MONDAY}
    o> GET / | If-Unmodified-Since: ${MONDAY}
    o< 412
    a< 412
    a> GET /
    a< 200 | Age: 0 | = soup
    // And no stale answer stands in for what only the origin can judge.
    a> GET / | If-Match: "v0"
    o> GET /
    o!
    o> GET /
    o!
    a< 502
    `,
  ],
  [
    "a client with a password neither gets nor spoils what others get",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=60, public | = soup
    a< 200
    +60s
    a> GET / | Authorization: Basic YTpi
    o> GET / | Authorization: Basic YTpi
    o< 200 | ETag: "mine" | Cache-Control: max-age=60 | = mine
    a< 200 | !Age | = mine
    b> GET /
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1" | Cache-Control: max-age=60, public
    b< 200 | = soup
    +60s
    a> GET / | Authorization: Basic YTpi
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1" | Cache-Control: max-age=60, public
    a< 200 | = soup
    b> GET /
    b< 200 | Age: 0 | = soup
    `,
  ],
  [
    "what may not be stored any more is let go, whether it comes anew or is still good",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1" | Cache-Control: no-store
    a< 200 | = soup
    a> GET /
    o> GET / | !If-None-Match
    o< 200 | ETag: "v1" | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 200 | Cache-Control: private | = stew
    a< 200 | = stew
    a> GET /
    o> GET / | !If-None-Match
    o< 200
    a< 200
    `,
  ],
  [
    "what is said to one in particular does not take away what is stored",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=1 | = soup
    a< 200
    +1s
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 429 | Retry-After: 1
    a< 429
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 304 | ETag: "v1"
    a< 200 | = soup
    `,
  ],

  // ── HEAD ──
  [
    "HEAD freshens what GET has brought",
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Cache-Control: max-age=60 | A: 1 | = soup
    a< 200
    +60s
    a> HEAD /
    o> HEAD /
    o< 200 | ETag: "v1" | Content-Length: 4 | Cache-Control: max-age=600 | A: 2
    a< 200 | A: 2
    a> GET /
    a< 200 | A: 2 | Age: 0 | Cache-Status: /hit; ttl=600/ | = soup
    `,
  ],
  ...[
    ["its tag", 'ETag: "v2" | Content-Length: 4'],
    ["its length", "Content-Length: 5"],
    ["its date of change", `Last-Modified: ${TUESDAY}`],
  ].map(([what, fields]): [string, string] => [
    `HEAD tells that it is another one by now: ${what}`,
    `
    a> GET /
    o> GET /
    o< 200 | ETag: "v1" | Last-Modified: ${MONDAY} | Cache-Control: max-age=60 | = soup
    a< 200
    a> HEAD / | Cache-Control: no-cache
    o> HEAD /
    o< 200 | ${fields}
    a< 200
    a> GET /
    o> GET / | If-None-Match: "v1"
    o< 200 | = stew
    a< 200 | = stew
    `,
  ]),
  [
    "HEAD about another variant says nothing about this one; and one that fails says nothing at all",
    `
    a> GET / | A: 1
    o> GET /
    o< 200 | ETag: "1" | Vary: A | Cache-Control: max-age=60 | = one
    a< 200
    a> HEAD / | A: 2
    o> HEAD /
    o< 200 | ETag: "2" | Vary: A
    a< 200
    a> HEAD / | A: 1 | Cache-Control: no-cache
    o> HEAD /
    o< 404
    a< 404
    a> GET / | A: 1
    a< 200 | Age: 0 | = one
    `,
  ],
];

for (const [what, dialogue, options] of SCENES) test(what, () => cacheScene(dialogue, options));
