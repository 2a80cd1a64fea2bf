import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Assessment } from "../../src/cache/assess.ts";
import type { Forward } from "../../src/cache/decide.ts";
import { covers, type RangeMiss, sliced } from "../../src/handlers/range-miss.ts";
import { parseRanges } from "../../src/http/ranges.ts";
import { request } from "./exchange.ts";

const decision = (fwd: Forward = "uri-miss", isChosen = false) => ({
  do: "ask" as const,
  fwd,
  chosen: isChosen ? ({} as Assessment) : undefined,
  candidates: [],
  because: [],
});

const RANGES: [range: string, mode: RangeMiss, asked: string | undefined][] = [
  ["bytes=0-0", 1000, "bytes=0-999"],
  ["bytes=999-999", 1000, "bytes=0-999"],
  ["bytes=999-1000", 1000, "bytes=0-1999"],
  ["bytes=1000-1999", 1000, "bytes=1000-1999"],
  ["bytes=1500-", 1000, "bytes=1000-"],
  ["bytes=0-", 1000, "bytes=0-"],
  ["Bytes=5-6", 1000, "bytes=0-999"],
  ["bytes=007-008", 10, "bytes=0-9"],
  ["bytes=5-5", 1, "bytes=5-5"],
  ["bytes=0-999999999999999", 1000, "bytes=0-999999999999999"],
  // Nobody knows yet where it begins.
  ["bytes=-500", 1000, undefined],
  ["bytes=0-1,5-6", 1000, undefined],
  ["bytes=0-1, 5-6", 1000, undefined],
  ["bytes=0-1,", 1000, undefined],
  // Nonsense goes on as it is: what it means is the server's to say.
  ["bytes=6-5", 1000, undefined],
  ["bytes=", 1000, undefined],
  ["bytes=-", 1000, undefined],
  ["bytes=a-b", 1000, undefined],
  ["bytes=1.5-2", 1000, undefined],
  ["bytes=+1-2", 1000, undefined],
  ["bytes=1-2\u00a0", 1000, undefined],
  ["bytes=9999999999999999-", 1000, undefined],
  ["bytes=0-9999999999999999", 1000, undefined],
  ["pages=1-2", 1000, undefined],
  ["bytes 1-2", 1000, undefined],
  ["", 1000, undefined],
  ["bytes=1-2", "whole", "whole"],
  ["bytes=-500", "whole", "whole"],
  ["bytes=0-1,5-6", "whole", "whole"],
  ["pages=1-2", "whole", undefined],
  ["bytes=1-2", "pass", undefined],
  ["pages=1-2", "pass", undefined],
];
for (const [range, mode, asked] of RANGES) {
  test(`for "${range}" with ${mode}, ${asked ?? "itself"} is asked for`, () => {
    equal(sliced(request("GET /", { Range: range }), decision(), mode), asked);
  });
}

test("who asks for no range, or not for content, is not given one", () => {
  for (const mode of ["whole", 1000] as const) {
    equal(sliced(request("GET /"), decision(), mode), undefined);
    equal(sliced(request("HEAD /", { Range: "bytes=1-2" }), decision(), mode), undefined);
    equal(sliced(request("POST /", { Range: "bytes=1-2" }), decision(), mode), undefined);
  }
});

test("what is stored is asked about as a whole, unless it is a part of which more is wanted", () => {
  const wanted = request("GET /", { Range: "bytes=1-2" });
  for (const fwd of ["stale", "request", "miss"] as const) {
    for (const mode of ["whole", 1000] as const) equal(sliced(wanted, decision(fwd, true), mode), undefined);
  }
  equal(sliced(wanted, decision("partial", true), 1000), "bytes=0-999");
  equal(sliced(wanted, decision("partial", true), "whole"), "whole");
});

test("with If-Range it may be the whole that is wanted: so that may be asked for, but no slice", () => {
  const wanted = request("GET /", { "Range": "bytes=1-2", "If-Range": '"v1"' });
  equal(sliced(wanted, decision(), 1000), undefined);
  equal(sliced(wanted, decision(), "whole"), "whole");
});

test("a slice has all that was wanted, in whole slices, and no slice in vain", () => {
  const size = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(size, fc.nat(9999), fc.option(fc.nat(9999), { nil: undefined }), size, (slice, first, more, length) => {
      const range = `bytes=${first}-${more === undefined ? "" : first + more}`;
      const asked = sliced(request("GET /", { Range: range }), decision(), slice)!;
      const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(asked)!;
      equal(Number(from) % slice, 0);
      ok(first - Number(from) < slice && Number(from) <= first);
      if (more === undefined) equal(to, "");
      else {
        equal((Number(to) + 1) % slice, 0);
        ok(Number(to) >= first + more && Number(to) - first - more < slice);
      }
      const sent = parseRanges(asked, length);
      if (Array.isArray(sent)) ok(covers({ ...sent[0]!, length }, range));
    }),
  );
});

const PART = { first: 1000, last: 1999, length: 5000 };
const COVERED: [range: string, part: typeof PART, isCovered: boolean][] = [
  ["bytes=1000-1999", PART, true],
  ["bytes=1500-1500", PART, true],
  ["bytes=999-1000", PART, false],
  ["bytes=1999-2000", PART, false],
  ["bytes=1000-", PART, false],
  ["bytes=1000-9999", PART, false],
  ["bytes=1000-1001,1998-1999", PART, true],
  ["bytes=1000-1001,2000-2001", PART, false],
  ["bytes=-1", PART, false],
  ["bytes=-1000", { first: 4000, last: 4999, length: 5000 }, true],
  ["bytes=4500-", { first: 4000, last: 4999, length: 5000 }, true],
  ["bytes=4500-9999", { first: 4000, last: 4999, length: 5000 }, true],
  // Nobody has more than that there is none of it.
  ["bytes=5000-", PART, true],
  // Then all of it is wanted.
  ["bytes=6-5", PART, false],
  ["pages=1-2", PART, false],
];
for (const [range, part, isCovered] of COVERED) {
  test(`bytes ${part.first} to ${part.last} of ${part.length} are ${isCovered ? "" : "not "}enough for "${range}"`, () => {
    equal(covers(part, range), isCovered);
  });
}
