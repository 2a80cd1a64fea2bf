import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asItIs, forOurselves, isForClient, onward, unconditional } from "../../src/handlers/onward.ts";
import type { RangeMiss } from "../../src/handlers/range-miss.ts";
import { Fields } from "../../src/http/fields.ts";
import { cacheMeans, journey, ok, partOf } from "./cache-means.ts";
import { request } from "./exchange.ts";

const MONDAY = "Mon, 31 Oct 1994 00:00:00 GMT";
const TUESDAY = "Tue, 01 Nov 1994 00:00:00 GMT";
const V1 = { ETag: '"v1"', "Last-Modified": MONDAY };

type Said = Record<string, string>;

/** What goes on, besides Host. `about`: whether what is stored is asked about. */
const CASES: [
  what: string,
  here: Said | "part" | undefined,
  asks: Said,
  goes: Said,
  about: boolean,
  isCut: boolean,
  more?: { fwd?: "request" | "partial"; rangeMiss?: RangeMiss },
][] = [
  ["nothing stored: as it is", undefined, { A: "1", Range: "bytes=1-2" }, { A: "1", Range: "bytes=1-2" }, false, false],
  [
    "stored: by its validators",
    V1,
    { A: "1" },
    { A: "1", "If-None-Match": '"v1"', "If-Modified-Since": MONDAY },
    true,
    false,
  ],
  ["without any: as it is", {}, { Range: "bytes=1-2" }, { Range: "bytes=1-2" }, false, false],
  [
    "the client's tags go along, its date does not",
    V1,
    { "If-None-Match": '"v0", "v1"', "If-Modified-Since": TUESDAY },
    { "If-None-Match": '"v1", "v0"', "If-Modified-Since": MONDAY },
    true,
    false,
  ],
  [
    "what is stored whole is asked about as a whole",
    { ETag: '"v1"' },
    { Range: "bytes=1-2", "If-Range": '"v0"' },
    { "If-None-Match": '"v1"' },
    true,
    true,
  ],
  ["a part is asked for as it is", "part", { Range: "bytes=1-2" }, { Range: "bytes=1-2" }, false, false],
  [
    "what only the origin can judge goes as it is",
    V1,
    { "If-Match": '"x"' },
    { "If-Match": '"x"' },
    false,
    false,
    { fwd: "request" },
  ],
  ["as if nothing were stored", V1, { A: "1" }, { A: "1" }, false, false, { fwd: "partial" }],
  [
    "all of it in place of a range",
    undefined,
    { Range: "bytes=1-2", "If-Range": '"a"' },
    {},
    false,
    true,
    { rangeMiss: "whole" },
  ],
  ["a slice", undefined, { Range: "bytes=1-2" }, { Range: "bytes=0-9" }, false, true, { rangeMiss: 10 }],
  ["no slice for nobody who wants no range", undefined, {}, {}, false, false, { rangeMiss: 10 }],
];

for (const [what, here, asks, goes, about, isCut, { fwd, rangeMiss = "pass" } = {}] of CASES) {
  test(what, async () => {
    const means = cacheMeans();
    const chosen = here && (await means.keeps(here === "part" ? partOf(0, 4) : ok("soup", here)));
    const given = journey(means, asks, chosen, fwd === undefined ? {} : { fwd });
    const before = given.request.fields.print();
    const asked = onward(given, rangeMiss);
    deepEqual(Object.fromEntries(asked.request.fields), { Host: "a.test", ...goes });
    deepEqual([asked.about.length > 0, asked.isCut], [about, isCut]);
    equal(given.request.fields.print(), before);
  });
}

test("of others it is asked about so many, and about whole ones; not where a range is wanted", async () => {
  const means = cacheMeans();
  const stored = [];
  for (let i = 0; i < 20; i++) {
    const answer = i === 3 ? partOf(0, 4, { Vary: "A" }) : ok("soup", { ETag: `"${i}"`, Vary: "A" });
    stored.push(await means.keeps(answer, request("GET /", { Host: "a.test", A: `${i}` })));
  }
  const given = journey(means, { A: "x" }, undefined, { fwd: "vary-miss" as never, candidates: stored });
  const asked = onward(given, "pass");
  equal(asked.about.length, 16);
  equal(asked.request.fields.get("if-none-match")?.includes('"3"'), false);
  const ranged = { ...given, request: request("GET /", { A: "x", Range: "bytes=0-" }) };
  equal(onward(ranged, "pass").request, ranged.request);
});

test("as the client says it, without its conditions, and as we ask for ourselves", () => {
  const all = { Host: "a", "If-None-Match": '"a"', "If-Modified-Since": MONDAY, Range: "bytes=0-", "If-Range": '"a"' };
  const asks = request("HEAD /", {
    ...all,
    "If-Match": "*",
    "If-Unmodified-Since": MONDAY,
    "Cache-Control": "x",
    Pragma: "y",
    Cookie: "z",
  });
  equal(asItIs(asks).request, asks);
  deepEqual(
    [...unconditional(asks).request.fields].map(([name]) => name),
    ["Host", "Range", "If-Range", "If-Match", "If-Unmodified-Since", "Cache-Control", "Pragma", "Cookie"],
  );
  const own = forOurselves(asks);
  deepEqual([own.method, ...own.fields], ["GET", ["Host", "a"], ["Cookie", "z"]]);
});

const NOT_MODIFIED: [asks: Said, says: Said, isTheirs: boolean][] = [
  [{ "If-None-Match": '"a", "b"' }, { ETag: '"b"' }, true],
  [{ "If-None-Match": '"a"' }, { ETag: 'W/"a"' }, true],
  [{ "If-None-Match": '"a"' }, { ETag: '"c"' }, false],
  [{ "If-None-Match": '"a"' }, {}, false],
  [{ "If-None-Match": "*" }, {}, true],
  [{ "If-None-Match": "nonsense" }, { ETag: '"a"' }, false],
  [{ "If-Modified-Since": TUESDAY }, { "Last-Modified": MONDAY }, true],
  [{ "If-Modified-Since": MONDAY }, { "Last-Modified": MONDAY }, true],
  [{ "If-Modified-Since": MONDAY }, { "Last-Modified": TUESDAY }, false],
  [{ "If-Modified-Since": MONDAY }, {}, false],
  [{ "If-Modified-Since": "yesterday" }, { "Last-Modified": MONDAY }, false],
  [{}, { ETag: '"a"' }, false],
];
for (const [asks, says, isTheirs] of NOT_MODIFIED) {
  test(`to one who asks ${JSON.stringify(asks)}, a 304 that says ${JSON.stringify(says)}`, () =>
    equal(isForClient(Fields.of(asks), Fields.of(says), Date.now()), isTheirs));
}
