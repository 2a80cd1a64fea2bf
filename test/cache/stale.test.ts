import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { parseDirectives } from "../../src/cache/directives.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import { forbidsStale, ifError, whileRevalidating } from "../../src/cache/stale.ts";
import { assessed, type Circumstances, type Lines } from "./kept.ts";

const control = (directives: string): Lines => ({ "Cache-Control": directives });

/** §4.2.4, §5.2.2: which section forbids it; and whether an extension in the same response overrides that. */
const FORBIDDEN: [
  directives: string,
  circumstances: Circumstances,
  section: string | undefined,
  isOverridden: boolean,
][] = [
  ["max-age=60", {}, undefined, false],
  ["public, immutable", {}, undefined, false],
  ["must-revalidate", {}, "§5.2.2.2", false],
  ["proxy-revalidate", {}, "§5.2.2.8", false],
  ["s-maxage=60", {}, "§5.2.2.10", true],
  ["s-maxage=soon", {}, "§5.2.2.10", true],
  ["no-cache", {}, "§5.2.2.4", false],
  ['no-cache="a"', {}, undefined, false],
  ['no-cache="a', {}, "§5.2.2.4", false],
  // What forbids more is named first.
  ["must-revalidate, no-cache", {}, "§5.2.2.4", false],
  ["s-maxage=60, must-revalidate", {}, "§5.2.2.2", false],
  ["must-revalidate", { isInvalid: true }, "§4.4", false],
  ["max-age=60", { isInvalid: true }, "§4.4", false],
];

for (const [directives, circumstances, section, isOverridden] of FORBIDDEN) {
  const how = circumstances.isInvalid === true ? ", made invalid," : "";
  const verdict = section === undefined ? "may be used stale" : `may not be used stale (${section})`;
  test(`${directives}${how} ${verdict}`, () => {
    const found = assessed(control(directives), circumstances);
    equal(forbidsStale(found, false)?.section, section);
    equal(forbidsStale(found, true)?.section, isOverridden ? undefined : section);
  });
}

test("for us counts what is said to us", () => {
  const lines = { "CDN-Cache-Control": "max-age=1", "Cache-Control": "must-revalidate" };
  equal(forbidsStale(assessed(lines), false), undefined);
  const other = { "CDN-Cache-Control": "must-revalidate", "Cache-Control": "max-age=1" };
  deepEqual(forbidsStale(assessed(other), false), {
    ...{ rule: "may not be used stale", section: "§5.2.2.2" },
    ...{ field: "CDN-Cache-Control", value: "must-revalidate" },
  });
});

/** RFC 5861 §3: whether it may be used so many seconds after it came. */
const REVALIDATING: [directives: string, seconds: number, may: boolean][] = [
  ["max-age=600, stale-while-revalidate=30", 600, true],
  ["max-age=600, stale-while-revalidate=30", 630, true],
  ["max-age=600, stale-while-revalidate=30", 631, false],
  ["max-age=600", 601, false],
  ["max-age=600, stale-while-revalidate", 601, false],
  ["max-age=600, stale-while-revalidate=soon", 601, false],
  ["max-age=600, stale-while-revalidate=-30", 601, false],
  ["max-age=600, stale-while-revalidate=0", 601, false],
  ['max-age=600, stale-while-revalidate="30"', 630, true],
  ["stale-while-revalidate=30", 30, true],
  ["max-age=soon, stale-while-revalidate=30", 31, false],
  ["s-maxage=600, stale-while-revalidate=30", 630, true],
  ["max-age=600, stale-while-revalidate=30, must-revalidate", 601, false],
  ["max-age=600, stale-while-revalidate=30, proxy-revalidate", 601, false],
  ["no-cache, stale-while-revalidate=30", 0, false],
  ['no-cache="a", max-age=600, stale-while-revalidate=30', 601, true],
];

for (const [directives, seconds, may] of REVALIDATING) {
  test(`${directives}, ${seconds} s later: ${may ? "may" : "may not"} be used while it is asked about`, () => {
    const reason = whileRevalidating(assessed(control(directives), {}, seconds));
    equal(reason !== undefined, may);
    if (may) equal(reason?.section, "RFC 5861 §3");
  });
}

test("what is invalid is not used while it is asked about", () => {
  equal(
    whileRevalidating(assessed(control("max-age=1, stale-while-revalidate=30"), { isInvalid: true }, 2)),
    undefined,
  );
});

/** RFC 5861 §4, §4.2.4: for an error, and where there is no answer at all; which section allows it. */
const NO = undefined;
const FAILING: [
  response: string,
  request: string,
  configured: number,
  seconds: number,
  error: string | undefined,
  gone: string | undefined,
][] = [
  // Nobody has said anything: the cache is "disconnected" (§4.2.4), or it is not.
  ["max-age=600", "", 0, 900, NO, "§4.2.4"],
  ["", "", 0, 1_000_000, NO, "§4.2.4"],
  // The response allows it; the example of §4.1.
  ["max-age=600, stale-if-error=1200", "", 0, 900, "RFC 5861 §4", "RFC 5861 §4"],
  ["max-age=600, stale-if-error=1200", "", 0, 1800, "RFC 5861 §4", "RFC 5861 §4"],
  // "when the cached response is more stale than the indicated amount, the cached response SHOULD NOT be used"
  ["max-age=600, stale-if-error=1200", "", 0, 1801, NO, NO],
  ["max-age=600, stale-if-error=0", "", 0, 601, NO, NO],
  ["max-age=600, stale-if-error=soon", "", 0, 601, NO, "§4.2.4"],
  ["stale-if-error=60", "", 0, 60, "RFC 5861 §4", "RFC 5861 §4"],
  // The request does, "its scope of application is the request it appears in".
  ["max-age=600", "stale-if-error=1200", 0, 1800, "RFC 5861 §4", "RFC 5861 §4"],
  ["max-age=600", "stale-if-error=1200", 0, 1801, NO, "§4.2.4"],
  ["max-age=600, stale-if-error=10", "stale-if-error=1200", 0, 1800, "RFC 5861 §4", "RFC 5861 §4"],
  ["max-age=600, stale-if-error=1200", "stale-if-error=10", 0, 1800, "RFC 5861 §4", "RFC 5861 §4"],
  ["max-age=600", "stale-if-error", 0, 601, NO, "§4.2.4"],
  // The configuration does, where the response has not said otherwise.
  ["max-age=600", "", 1200, 1800, "configuration", "configuration"],
  ["max-age=600", "", 1200, 1801, NO, "§4.2.4"],
  ["max-age=600, stale-if-error=10", "", 1200, 1800, NO, NO],
  // It is forbidden.
  ["max-age=600, must-revalidate", "", 1200, 900, NO, NO],
  ["max-age=600, must-revalidate, stale-if-error=1200", "stale-if-error=1200", 1200, 900, NO, NO],
  ["max-age=600, proxy-revalidate, stale-if-error=1200", "", 0, 900, NO, NO],
  ["no-cache, stale-if-error=1200", "", 0, 900, NO, NO],
  ["s-maxage=600", "", 0, 900, NO, NO],
  // s-maxage is overridden by what the same response says, not by others.
  ["s-maxage=600, stale-if-error=1200", "", 0, 900, "RFC 5861 §4", "RFC 5861 §4"],
  ["s-maxage=600, stale-if-error=1200", "", 0, 1801, NO, NO],
  ["s-maxage=600", "stale-if-error=1200", 0, 900, NO, NO],
  ["s-maxage=600", "", 1200, 900, NO, NO],
  // max-stale is about staleness, and not about errors.
  ["max-age=600", "max-stale", 0, 900, NO, "§4.2.4"],
  // Still fresh, but asked about all the same.
  ["max-age=600", "", 0, 10, NO, "§4.2.4"],
  ["max-age=600, stale-if-error=5", "", 0, 10, "RFC 5861 §4", "RFC 5861 §4"],
];

for (const [response, request, configured, seconds, error, gone] of FAILING) {
  const when = `${configured > 0 ? ` with ${configured} s configured` : ""}, ${seconds} s later`;
  const verdict = `${error ?? "not"} for an error, ${gone ?? "not"} for no answer`;
  test(`"${response}" to "${request}"${when}: ${verdict}`, () => {
    const found = assessed(control(response), {}, seconds);
    const rules = { ...DEFAULT_RULES, staleIfError: configured * 1000 };
    equal(ifError(found, parseDirectives(request), rules, true)?.section, error);
    equal(ifError(found, parseDirectives(request), rules, false)?.section, gone);
  });
}

test("who allowed it is named", () => {
  const rules = { ...DEFAULT_RULES, staleIfError: 60_000 };
  const reason = (lines: Lines, request: string) =>
    ifError(assessed(lines, {}, 10), parseDirectives(request), rules, true);
  deepEqual(
    [reason({ "CDN-Cache-Control": "stale-if-error=60" }, ""), reason({}, "stale-if-error=30"), reason({}, "")].map(
      (found) => [found?.field, found?.value],
    ),
    [
      ["CDN-Cache-Control", "stale-if-error=60"],
      ["Cache-Control", "stale-if-error=30"],
      [undefined, "--stale-if-error"],
    ],
  );
});
