import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { preferredEncoding, preferredType } from "../../src/http/quality.ts";

const ALL = ["br", "zstd", "gzip"];

const ENCODINGS: [accept: string | undefined, offered: string[], coding: string | undefined][] = [
  [undefined, ALL, "identity"],
  ["", ALL, "identity"],
  ["gzip, deflate, br, zstd", ALL, "br"],
  ["gzip, deflate", ALL, "gzip"],
  ["gzip", [], "identity"],
  ["GZIP", ALL, "gzip"],
  ["x-gzip", ALL, "gzip"],
  ["gzip", ["x-gzip"], "x-gzip"],
  ["x-compress", ["compress"], "compress"],
  ["deflate", ALL, "identity"],
  // The client's qualities come first, then the order offered.
  ["br;q=0.5, gzip;q=1.0", ALL, "gzip"],
  ["br;q=0.001, gzip;q=0", ALL, "br"],
  ["br ; q=0.5 ,\tgzip;\tQ=0.9", ALL, "gzip"],
  ["zstd;q=0.8, br;q=0.8", ALL, "br"],
  // 0 means no.
  ["gzip;q=0", ALL, "identity"],
  ["gzip;q=0.000, br;q=0.0", ALL, "identity"],
  // A star stands for all that are not named.
  ["*", ALL, "br"],
  ["br;q=0, *", ALL, "zstd"],
  ["*;q=0", ALL, undefined],
  ["gzip, *;q=0", ALL, "gzip"],
  ["gzip;q=0.5, *;q=0.1", ALL, "gzip"],
  ["gzip;q=0.5, *", ["gzip"], "identity"],
  // Without a coding: acceptable unless someone says no, preferred only if someone says so.
  ["identity", ALL, "identity"],
  ["identity, gzip;q=0.5", ALL, "identity"],
  ["identity;q=0.5, gzip", ALL, "gzip"],
  ["identity, gzip", ALL, "gzip"],
  ["identity, gzip", ["identity", "gzip"], "identity"],
  ["gzip;q=0.1", ["identity", "gzip"], "gzip"],
  ["identity;q=0", ALL, undefined],
  ["identity;q=0, gzip", ["br"], undefined],
  ["gzip;q=1.0, identity; q=0.5, *;q=0", ["br"], "identity"],
  ["*;q=0, identity;q=0.1", ALL, "identity"],
  // What cannot be read does not count.
  ["br;q=2, gzip", ALL, "gzip"],
  ["br;q=-1, gzip", ALL, "gzip"],
  ["br;q=0.1234, gzip", ALL, "gzip"],
  ["br;q=1.001, gzip", ALL, "gzip"],
  ["br;q, gzip", ALL, "gzip"],
  ["br;level=9, gzip", ALL, "gzip"],
  ["b r, gzip", ALL, "gzip"],
  [",, ,gzip,", ALL, "gzip"],
  ["gzip;q=1., br;q=0.", ALL, "gzip"],
  // The first word counts.
  ["gzip;q=0, gzip", ALL, "identity"],
];

for (const [accept, offered, coding] of ENCODINGS) {
  test(`Accept-Encoding: ${accept} of ${offered.join(" ")}: ${coding ?? "nothing"}`, () => {
    equal(preferredEncoding(accept, offered), coding);
  });
}

const PAGE = ["text/html", "application/json"];
const DATA = ["application/json", "text/html"];

const TYPES: [accept: string | undefined, offered: string[], type: string | undefined][] = [
  [undefined, PAGE, "text/html"],
  ["", PAGE, "text/html"],
  ["*/*", PAGE, "text/html"],
  ["*/*", DATA, "application/json"],
  ["application/json", PAGE, "application/json"],
  ["APPLICATION/JSON", PAGE, "application/json"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", DATA, "text/html"],
  ["text/*, application/json;q=0.5", DATA, "text/html"],
  ["text/*;q=0.5, application/json;q=0.4", DATA, "text/html"],
  ["image/png", PAGE, undefined],
  ["*/*;q=0", PAGE, undefined],
  // The most specific range counts, not the best.
  ["text/html;q=0, */*", PAGE, "application/json"],
  ["*/*, text/*;q=0.1, application/*;q=0.2", PAGE, "application/json"],
  ["application/json;q=0.2, application/*", PAGE, "application/json"],
  ["application/json;q=0.2, application/*, text/html;q=0.3", PAGE, "text/html"],
  ["texts/*, text/html;q=0.1", PAGE, "text/html"],
  // Parameters make it more specific still.
  ["text/html;level=1", ["text/html", "text/html;level=1"], "text/html;level=1"],
  ["text/html;level=1;q=0.3, text/html;q=0.7", ["text/html;level=1", "text/html"], "text/html"],
  ['text/html;charset="UTF-8"', ["text/html;charset=utf-8"], "text/html;charset=utf-8"],
  ["text/html;q=0.4;level=1, application/json;q=0.5", ["text/html;level=1", "application/json"], "application/json"],
  // What cannot be read does not count.
  ["html, application/json", PAGE, "application/json"],
  ["text/html;q=7, application/json", PAGE, "application/json"],
  ["*, application/json", PAGE, "application/json"],
  ["nonsense", PAGE, "text/html"],
  ['x/y;a=",text/html,", application/json', PAGE, "application/json"],
  ["text/html", ["nonsense"], undefined],
  ["text/html", [], undefined],
];

for (const [accept, offered, type] of TYPES) {
  test(`Accept: ${accept} of ${offered.join(" ")}: ${type ?? "nothing"}`, () => {
    equal(preferredType(accept, offered), type);
  });
}

// RFC 9110 §12.5.1, table 5: whoever has the higher quality there wins, and 0 would not be found at all.
test("the RFC's table of qualities", () => {
  const accept = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5";
  const qualities: [type: string, quality: number][] = [
    ["text/plain;format=flowed", 1],
    ["text/plain", 0.7],
    ["text/html", 0.3],
    ["image/jpeg", 0.5],
    ["text/plain;format=fixed", 0.4],
    ["text/plain;level=3", 0.7],
  ];
  for (const [a, qualityOfA] of qualities) {
    for (const [b, qualityOfB] of qualities) {
      equal(preferredType(accept, [a, b]), qualityOfB > qualityOfA ? b : a, `${a} and ${b}`);
    }
  }
});

const letters = fc
  .array(fc.constantFrom("gzip", "br", "*", "identity", "text/html", "/*", ";q=", "0", "1", ".5", ",", " ", '"', "\\"))
  .map((parts) => parts.join(""));

test("no text makes them throw, and the answer is one of those offered", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), letters), (accept) => {
      ok([...ALL, "identity", undefined].includes(preferredEncoding(accept, ALL)));
      ok([...PAGE, undefined].includes(preferredType(accept, PAGE)));
    }),
  );
});

test("long nonsense is read in no time", () => {
  const started = performance.now();
  for (const part of [" ", '"', '"a', "\\", ";", "a/b;", ",", "q=", "a/b;c="]) {
    preferredEncoding(part.repeat(20_000), ALL);
    preferredType(part.repeat(20_000), PAGE);
    preferredType(`"${part.repeat(20_000)}\\`, PAGE);
  }
  ok(performance.now() - started < 1000);
});
