import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_RULES, lifetimeByRule, parseUriPattern } from "../../src/cache/rules.ts";

const PATTERNS: [pattern: string, uri: string, fits: boolean][] = [
  // A path, wherever it is.
  ["/", "http://localhost/", true],
  ["/", "http://localhost/a", false],
  ["/a", "http://localhost/a", true],
  ["/a", "https://other.example:8443/a", true],
  ["/a", "http://localhost/a/b", false],
  ["/a", "http://localhost/a?b", false],
  ["/a", "http://localhost/b/a", false],
  ["/a*", "http://localhost/ab?c", true],
  ["/a/*", "http://localhost/a", false],
  ["/a/*", "http://localhost/a/", true],
  ["/*.png", "http://localhost/a/b.png", true],
  ["/*.png", "http://localhost/a.pngx", false],
  ["/*.png", "http://localhost/apng", false],
  ["/A", "http://localhost/a", false],
  // A host.
  ["localhost/*", "http://localhost/a", true],
  ["localhost/*", "https://localhost/a", true],
  ["localhost/*", "http://localhost:8080/a", false],
  ["localhost:8080/*", "http://localhost:8080/a", true],
  ["*.example.com/*", "http://www.example.com/a", true],
  ["*.example.com/*", "http://example.com/a", false],
  ["*example.com/*", "http://notexample.com/a", true],
  ["*.png", "http://localhost/a.png", true],
  ["Example.COM/A", "http://example.com/A", true],
  ["example.com/A", "http://example.com/a", false],
  ["*", "http://localhost/a?b", true],
  // A URL.
  ["http://localhost/a", "http://localhost/a", true],
  ["http://localhost/a", "https://localhost/a", false],
  ["HTTP://LocalHost/a", "http://localhost/a", true],
  ["*://localhost/*", "https://localhost/a", true],
  ["http*://localhost/*", "https://localhost/a", true],
  ["http://host/a?*", "http://host/a?b=c", true],
  ["http://host/a?*", "http://host/a", false],
  // All other letters are themselves.
  ["/a.b", "http://localhost/axb", false],
  ["/a+(b)[c]{d}^$|\\", "http://localhost/a+(b)[c]{d}^$|\\", true],
  ["/a?", "http://localhost/", false],
];

for (const [pattern, uri, fits] of PATTERNS) {
  test(`${pattern} ${fits ? "fits" : "does not fit"} ${uri}`, () => {
    equal(parseUriPattern(pattern).test(uri), fits);
    equal(parseUriPattern(pattern).text, pattern);
  });
}

test("without configuration, guesses are careful, cookies are fields, and errors are errors", () => {
  deepEqual(DEFAULT_RULES, {
    targets: ["CDN-Cache-Control"],
    mostHeuristic: 24 * 60 * 60 * 1000,
    heuristicFraction: 0.1,
    storesCookies: true,
    choosesLanguage: true,
    staleIfError: 0,
    lifetimes: [],
    bypasses: [],
  });
});

test("a pattern is not empty, and has no spaces", () => {
  const message = (text: string) => ({
    name: "TypeError",
    message: `Cannot use the pattern "${text}": it is empty or has spaces`,
  });
  for (const text of ["", " ", "/a b", "/a\n"]) throws(() => parseUriPattern(text), message(text));
});

test("a pattern without stars fits nothing but itself", () => {
  const text = fc.stringMatching(/^\/[!-)+-~]{0,10}$/);
  fc.assert(
    fc.property(text, text, (pattern, path) => {
      equal(parseUriPattern(pattern).test(`http://localhost${path}`), pattern === path);
      equal(parseUriPattern(`${pattern}*`).test(`http://localhost${pattern}${path}`), true);
    }),
  );
});

test("the first lifetime that fits counts", () => {
  const lifetimes = [
    { pattern: parseUriPattern("/a/b*"), ms: 1000 },
    { pattern: parseUriPattern("/a*"), ms: 2000 },
  ];
  const rules = { ...DEFAULT_RULES, lifetimes };
  deepEqual(lifetimeByRule(rules, "http://localhost/a/bc"), {
    ms: 1000,
    because: { rule: "lives as long as it is told to", section: "configuration", value: "--ttl /a/b*" },
  });
  equal(lifetimeByRule(rules, "http://localhost/a")?.ms, 2000);
  equal(lifetimeByRule(rules, "http://localhost/b"), undefined);
  equal(lifetimeByRule(DEFAULT_RULES, "http://localhost/a"), undefined);
});
