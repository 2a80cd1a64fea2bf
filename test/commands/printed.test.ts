import { equal } from "node:assert/strict";
import { test } from "node:test";
import { harmless, printEntry, printExplanation } from "../../src/commands/printed.ts";
import type { CacheEntry } from "../../src/handlers/cache-entries.ts";

const TEXTS: [text: string, harmless: string][] = [
  ["a\nb", "a\nb"],
  ["é €", "é €"],
  ["\x1b[2J\r\x07", "\\x1b[2J\\x0d\\x07"],
  ["\x7f\x9b\u2028", "\\x7f\\x9b\\u2028"],
  ["\t", "\\x09"],
];

for (const [text, safe] of TEXTS) test(`${JSON.stringify(text)} is harmless`, () => equal(harmless(text), safe));

const ENTRY: CacheEntry = {
  ...{ key: "http://a/", status: 200, age: 90, ttl: 30, length: 2048, here: 2048, isInvalid: false },
  ...{ selecting: [], tags: [], groups: [] },
};

const LINES: [entry: Partial<CacheEntry>, line: string][] = [
  [{}, "fresh for 30 s     1.5 min old    2 KiB  200  http://a/"],
  [{ ttl: -7200 }, "stale for 2 h      1.5 min old    2 KiB  200  http://a/"],
  [{ ttl: 0 }, "stale for 0 s      1.5 min old    2 KiB  200  http://a/"],
  [{ isInvalid: true }, "to be asked about  1.5 min old    2 KiB  200  http://a/"],
  [{ here: 1024, status: 206 }, "fresh for 30 s     1.5 min old  1 KiB of 2 KiB  206  http://a/"],
  [
    {
      selecting: [
        ["accept-language", "de"],
        ["foo", undefined],
      ],
      tags: ["x", "y"],
    },
    "fresh for 30 s     1.5 min old    2 KiB  200  http://a/ (accept-language: de; no foo; tags: x, y)",
  ],
  [{ key: "http://a/\x1b[2J" }, "fresh for 30 s     1.5 min old    2 KiB  200  http://a/\\x1b[2J"],
];

for (const [entry, line] of LINES) {
  test(`${JSON.stringify(entry)} is a line`, () => equal(printEntry({ ...ENTRY, ...entry }), line));
}

test("an explanation is what would be done, and what is stored, each with its reasons", () => {
  const because = [{ rule: "fresh for 1 min", section: "§5.2.2.1", field: "Cache-Control", value: "max-age=60" }];
  const stored = [
    {
      ...{ status: 200, age: 10, ttl: 50, length: 5, here: 5, isInvalid: false, tags: ["t"], because },
      selecting: [["accept-language", "de"]] as const,
    },
  ];
  const explanation = { key: "http://a/", account: { hit: true, because: [] }, words: "a hit: \x1b[2J", stored };
  equal(
    printExplanation("GET http://a/", explanation),
    [
      "GET http://a/",
      "  a hit: \\x1b[2J",
      "Stored under http://a/",
      "  200, 5 B, 10 s old, fresh for 50 s",
      "    accept-language: de",
      "    tags: t",
      "    fresh for 1 min: max-age=60 (§5.2.2.1)",
      "",
    ].join("\n"),
  );
});

test("where there is no key there is nothing to say about it", () => {
  const explanation = { key: undefined, account: { hit: false, because: [] }, words: "left alone", stored: [] };
  equal(printExplanation("OPTIONS *", explanation), "OPTIONS *\n  left alone\n");
});
