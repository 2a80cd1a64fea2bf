/**
 * The decisions against a second reading of the RFCs: slow, obvious, and of its own. It shares nothing with them but fields
 * and dates. Whatever is stored, and whoever asks, both must come to the same.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assess } from "../../src/cache/assess.ts";
import { decide } from "../../src/cache/decide.ts";
import { DEFAULT_RULES, type Rules } from "../../src/cache/rules.ts";
import type { Stored } from "../../src/cache/store.ts";
import { mayStore } from "../../src/cache/storing.ts";
import { termsOf } from "../../src/cache/terms.ts";
import { parseDate } from "../../src/http/dates.ts";
import { Fields } from "../../src/http/fields.ts";
import { at, dateAt, fieldsOf, inAWord, kept, type Lines } from "./kept.ts";

// ── the model ──

interface Exchange {
  readonly request: Lines;
  readonly status: number;
  readonly response: Lines;
  readonly requestTime: number;
  readonly responseTime: number;
  readonly isInvalid: boolean;
}

type Directive = readonly [name: string, argument: string | undefined];

/** "cache-directive = token [ "=" ( token / quoted-string ) ]", without escapes. */
function directivesIn(text: string | undefined): Directive[] {
  return (text?.match(/(?:[^,"]|"[^"]*")+/g) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const [, name, , argument] = /^([^=\s]+)(=(.*))?$/s.exec(part) ?? [];
      return [(name ?? part).toLowerCase(), argument?.replace(/^"(.*)"$/, "$1")] as const;
    });
}

const has = (directives: readonly Directive[], name: string): boolean => directives.some(([one]) => one === name);

/** Seconds; NaN where it is there and cannot be read. "either the first occurrence should be used or …" (§4.2.1). */
function seconds(directives: readonly Directive[], name: string): number | undefined {
  const found = directives.find(([one]) => one === name);
  if (found === undefined) return undefined;
  if (found[1] === undefined || !/^[0-9]+$/.test(found[1])) return Number.NaN;
  return Math.min(Number(found[1]), 2147483648);
}

/** Whether one of them has no argument: then it is about the whole response. */
const isWhole = (directives: readonly Directive[], name: string): boolean =>
  directives.some(([one, argument]) => one === name && argument === undefined);

/** RFC 9213 §2.2: whether the field that is targeted at us counts, and so Cache-Control and Expires do not. */
function responseDirectives(response: Fields): { directives: Directive[]; isTargeted: boolean } {
  const targeted = response.get("cdn-cache-control");
  if (targeted !== undefined && /^[a-z-]+(=[0-9]+)?(, [a-z-]+(=[0-9]+)?)*$/.test(targeted)) {
    return { directives: directivesIn(targeted), isTargeted: true };
  }
  return { directives: directivesIn(response.get("cache-control")), isTargeted: false };
}

/** §4.2.1, §4.2.2, in seconds. */
function freshnessLifetime({ status, response, responseTime }: Exchange): number {
  const fields = fieldsOf(response);
  const { directives, isTargeted } = responseDirectives(fields);
  const sMaxage = seconds(directives, "s-maxage");
  if (sMaxage !== undefined) return Number.isNaN(sMaxage) ? 0 : sMaxage;
  const maxAge = seconds(directives, "max-age");
  if (maxAge !== undefined) return Number.isNaN(maxAge) ? 0 : maxAge;
  const date = dateValue(fields, responseTime);
  const expires = fields.get("expires");
  if (expires !== undefined && !isTargeted) {
    const until = parseDate(expires, responseTime);
    return until === undefined ? 0 : Math.max(0, (until - date) / 1000);
  }
  const heuristically = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 451, 501];
  if (!heuristically.includes(status) && !has(directives, "public")) return 0;
  const modified = parseDate(fields.get("last-modified") ?? "", responseTime);
  if (modified === undefined || modified > date) return 0;
  return Math.min((date - modified) / 10_000, 24 * 60 * 60);
}

/** "using the time the message was received if it is not present"; dates know no parts of a second. */
const dateValue = (fields: Fields, responseTime: number): number =>
  parseDate(fields.get("date") ?? "", responseTime) ?? Math.floor(responseTime / 1000) * 1000;

/** §4.2.3, in seconds, line by line. */
function currentAge({ response, requestTime, responseTime }: Exchange, now: number): number {
  const fields = fieldsOf(response);
  const age = /^[0-9]+$/.exec(fields.get("age")?.split(",")[0]?.trim() ?? "");
  const ageValue = age === null ? 0 : Math.min(Number(age[0]), 2147483648);
  const apparentAge = Math.max(0, (Math.floor(responseTime / 1000) * 1000 - dateValue(fields, responseTime)) / 1000);
  const responseDelay = (responseTime - requestTime) / 1000;
  const correctedAgeValue = ageValue + responseDelay;
  const correctedInitialAge = Math.max(apparentAge, correctedAgeValue);
  const residentTime = Math.max(0, now - responseTime) / 1000;
  return correctedInitialAge + residentTime;
}

/** §4.1: the value of a field, so that two that match are the same text; "-" where it is not there. */
function comparable(name: string, fields: Fields): string {
  const value = fields.get(name);
  if (value === undefined) return "-";
  const members = value
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
  if (!name.startsWith("accept")) return `+${members.join(",")}`;
  const preferences = members.map((member) => member.toLowerCase().replace(/\s*;\s*/g, ";"));
  return `+${preferences.map((member) => member.replace(/;q=1(\.0*)?$/, "")).sort()}`;
}

function varyNames(response: Lines): string[] {
  const vary = fieldsOf(response).get("vary") ?? "";
  return vary
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function couldBeChosen({ request, response }: Exchange, presented: Fields): boolean {
  const original = fieldsOf(request);
  return varyNames(response).every(
    (name) => name !== "*" && comparable(name, original) === comparable(name, presented),
  );
}

/** §3.5. */
function isForOthers({ request, response }: Exchange): boolean {
  if (!fieldsOf(request).has("authorization")) return true;
  const { directives } = responseDirectives(fieldsOf(response));
  return has(directives, "public") || has(directives, "must-revalidate") || has(directives, "s-maxage");
}

/** §4.1: "the cache SHOULD choose the most recent … stored response with a valid Vary field value". */
function chosenOf(exchanges: readonly Exchange[], presented: Fields): Exchange | undefined {
  const fitting = exchanges.filter((one) => couldBeChosen(one, presented));
  const varying = fitting.filter((one) => varyNames(one.response).length > 0);
  const among = varying.length > 0 ? varying : fitting;
  const date = (one: Exchange): number => dateValue(fieldsOf(one.response), one.responseTime);
  return among.toSorted((a, b) => date(b) - date(a) || b.responseTime - a.responseTime)[0];
}

/** §4, §4.2.4, §5.2.1, and RFC 5861 §3. */
function model(request: Lines, exchanges: readonly Exchange[], now: number): [word: string, chosen?: Exchange] {
  const presented = fieldsOf(request);
  const control = presented.get("cache-control");
  const asked = control !== undefined ? directivesIn(control) : [];
  if (control === undefined && has(directivesIn(presented.get("pragma")), "no-cache"))
    asked.push(["no-cache", undefined]);
  const onlyIfCached = has(asked, "only-if-cached");

  const usable = exchanges.filter(isForOthers);
  if (usable.length === 0) return [onlyIfCached ? "refuse" : "ask uri-miss"];
  const chosen = chosenOf(usable, presented);
  if (chosen === undefined) return [onlyIfCached ? "refuse" : "ask vary-miss"];
  if (presented.has("if-match")) return [onlyIfCached ? "refuse" : "ask request", chosen];

  const { directives } = responseDirectives(fieldsOf(chosen.response));
  const lifetime = freshnessLifetime(chosen);
  const age = currentAge(chosen, now);
  const isFresh = lifetime > age;
  const staleness = age - lifetime;
  const must = [onlyIfCached ? "refuse" : "ask stale", chosen] as [string, Exchange];

  // "the stored response does not contain the no-cache directive, unless it is successfully validated"
  if (chosen.isInvalid || isWhole(directives, "no-cache")) return must;

  const mayBeStale =
    !has(directives, "must-revalidate") && !has(directives, "proxy-revalidate") && !has(directives, "s-maxage");
  const maxStale = asked.find(([name]) => name === "max-stale");
  const accepted = maxStale !== undefined && maxStale[1] === undefined ? Infinity : (seconds(asked, "max-stale") ?? -1);
  const isAccepted = !isFresh && mayBeStale && staleness <= accepted && !has(asked, "no-cache");

  const window = seconds(directives, "stale-while-revalidate") ?? -1;
  const isSwr =
    !isFresh &&
    !isAccepted &&
    staleness <= window &&
    !has(directives, "must-revalidate") &&
    !has(directives, "proxy-revalidate") &&
    !has(asked, "no-cache") &&
    !has(asked, "max-age") &&
    !has(asked, "min-fresh");
  if (!isFresh && !isAccepted && !isSwr) return must;

  const maxAge = seconds(asked, "max-age") ?? Infinity;
  const minFresh = seconds(asked, "min-fresh") ?? -Infinity;
  const isImmutable = isFresh && has(directives, "immutable");
  const isUnwanted = has(asked, "no-cache") || (age > maxAge && !isImmutable) || lifetime - age < minFresh;
  if (isUnwanted) return [onlyIfCached ? "refuse" : isFresh ? "ask request" : "ask stale", chosen];

  return [isFresh ? "reuse" : isSwr ? "reuse stale, refresh" : "reuse stale", chosen];
}

// ── what may come ──

/** Some of them, in any order, with commas between them. */
const listOf = (...of: readonly string[]) =>
  fc.array(fc.constantFrom(...of), { minLength: 1, maxLength: 3 }).map((list) => list.join(", "));

/** Half of the time it is not there. */
const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: undefined });

const number = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 60 }).map(String) },
  fc.constantFrom("", "-1", "a", "1.5", "00", "99999999999999999999", '"30"', '"x"', "2147483648"),
);
const counting = (...names: readonly string[]) =>
  fc.tuple(fc.constantFrom(...names), number).map(([name, value]) => `${name}=${value}`);

const responseControl = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: counting("max-age", "Max-Age", "s-maxage", "stale-while-revalidate", "stale-if-error") },
      {
        weight: 2,
        arbitrary: fc.constantFrom("public", "must-revalidate", "proxy-revalidate", "immutable", "foo=1", 'foo="a, b"'),
      },
      fc.constantFrom("no-cache", 'no-cache="x-a"', "NO-CACHE=x-a", 'private="x-a"', "max-age", "s-maxage"),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) => list.join(" ,"));

const requestControl = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: counting("max-age", "max-stale", "min-fresh") },
      fc.constantFrom("no-cache", "only-if-cached", "max-stale", "foo", "no-transform", "Max-Stale"),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((list) => list.join(", "));

const date = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -100, max: 100 }).map(dateAt) },
  fc.constantFrom("0", "", "soon", dateAt(5).replace("GMT", "CET"), dateAt(5).toUpperCase()),
);

const wordList = listOf("a", "b", "A", "b ", "");
const languages = listOf("en", "de", "EN", "de;q=0.5", "de ; q=1.0", "en;q=1");

/** Fields that are there or not. */
const lines = (of: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<Lines> =>
  fc
    .record(Object.fromEntries(Object.entries(of).map(([name, value]) => [name, maybe(value)])))
    .map((found) => Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Lines);

const selecting = { Foo: wordList, Bar: wordList, "Accept-Language": languages };

/** Mostly few and simple, so that they meet. */
const presented = fc.oneof(
  lines({ ...selecting, "Cache-Control": requestControl }),
  lines({
    "Cache-Control": requestControl,
    Pragma: fc.constantFrom("no-cache", "foo"),
    "If-Match": fc.constant('"a"'),
  }),
  fc.constant({}),
);

const response = lines({
  "Cache-Control": responseControl,
  "CDN-Cache-Control": fc.constantFrom(
    "max-age=30",
    "no-cache",
    "none",
    "",
    "max-age=30;",
    "public, s-maxage=5",
    "MAX-AGE=5",
  ),
  Expires: date,
  Date: date,
  Age: fc.oneof(number, fc.constantFrom("5, 90", "foo, 5")),
  "Last-Modified": date,
  Vary: fc.oneof(
    { weight: 4, arbitrary: listOf("Foo", "foo", "Bar", "Accept-Language") },
    fc.constantFrom("*", "Foo, *", ""),
  ),
});

const exchange: fc.Arbitrary<Exchange> = fc.record({
  request: fc.oneof(lines(selecting), lines({ Authorization: fc.constant("a") }), fc.constant({})),
  status: fc.constantFrom(200, 200, 404, 302, 500, 599),
  response: fc.oneof(
    response,
    responseControl.map((control): Lines => ({ "Cache-Control": control })),
  ),
  requestTime: fc.integer({ min: -2000, max: 0 }).map((ms) => at(0) + ms),
  responseTime: fc.integer({ min: 0, max: 2000 }).map((ms) => at(0) + ms),
  isInvalid: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

const moment = fc.oneof(
  fc.integer({ min: -5, max: 120 }).map(at),
  fc.integer({ min: 0, max: 120_000 }).map((ms) => at(0) + ms),
);

// ── both ──

/** Language is chosen by as far as the RFC's text goes, and no further. */
const RULES: Rules = { ...DEFAULT_RULES, choosesLanguage: false };

const stored = ({ response, ...circumstances }: Exchange): Stored => kept(response, circumstances);

test("the decision is the one of the model, whoever asks", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(presented, fc.array(exchange, { maxLength: 4 }), moment, (request, exchanges, now) => {
      const list = exchanges.map(stored);
      const decision = decide({ method: "GET", fields: fieldsOf(request) }, list, now, RULES, () => true);
      const [word, chosen] = model(request, exchanges, now);
      seen.set(word, (seen.get(word) ?? 0) + 1);
      equal(inAWord(decision), word, decision.because.map(({ rule }) => rule).join("; "));
      if (decision.do === "reuse" || (decision.do === "ask" && chosen !== undefined)) {
        equal(list.indexOf(decision.chosen!.stored), exchanges.indexOf(chosen!));
      }
    }),
    { numRuns: 4000 },
  );
  // It would prove little if some of them never came.
  const words = [
    "reuse",
    "reuse stale",
    "reuse stale, refresh",
    "ask uri-miss",
    "ask vary-miss",
    "ask stale",
    "ask request",
    "refuse",
  ];
  deepEqual(
    words.filter((word) => (seen.get(word) ?? 0) < 10),
    [],
  );
});

test("lifetime and age are those of the model", () => {
  fc.assert(
    fc.property(exchange, moment, (one, now) => {
      const { lifetime, age } = assess(stored(one), RULES, now);
      ok(
        Math.abs(lifetime.ms / 1000 - freshnessLifetime(one)) < 1e-6,
        `${lifetime.ms} ms, ${freshnessLifetime(one)} s`,
      );
      ok(Math.abs(age / 1000 - currentAge(one, now)) < 1e-6, `${age} ms, ${currentAge(one, now)} s`);
    }),
    { numRuns: 2000 },
  );
});

// ── what must never be ──

const anyControl = fc
  .array(
    fc.oneof(
      responseControl,
      fc.constantFrom(
        "no-store",
        "private",
        "must-understand",
        "No-Store",
        'private="x-a"',
        "no-store=1",
        "private=x-a",
      ),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((list) => list.join(", "));

test("what is stored and reused has never been forbidden to be", () => {
  const statuses = fc.constantFrom(200, 404, 206, 302, 304, 429, 500, 599, 199);
  const asking = fc.oneof(
    lines({ Authorization: fc.constant("a"), "Cache-Control": fc.constantFrom("no-store", "a") }),
  );
  fc.assert(
    fc.property(asking, statuses, anyControl, presented, moment, (request, status, control, again, now) => {
      const fields = fieldsOf({ "Cache-Control": control });
      const terms = termsOf(fields, []);
      const asked = { method: "GET", uri: "http://localhost/", requestFields: fieldsOf(request) };
      if (!mayStore({ ...asked, status, fields, terms }, RULES).mayStore) return;
      const directives = directivesIn(control);
      ok(!has(directivesIn(asked.requestFields.get("cache-control")), "no-store"), "its request forbade it");
      ok(status >= 200 && status !== 304 && status !== 429, "of this status nothing may be stored");
      const understood = has(directives, "must-understand");
      ok(!understood || status !== 599, "nobody understands it");
      ok(understood || !has(directives, "no-store"), "no-store");
      ok(!isWhole(directives, "private"), "private");

      const list = [kept({ "Cache-Control": control }, { request, status })];
      const decision = decide({ method: "GET", fields: fieldsOf(again) }, list, now, RULES, () => true);
      if (decision.do !== "reuse") return;
      ok(!isWhole(directives, "no-cache"), "no-cache");
      const { age } = decision.chosen;
      const lifetime = (seconds(directives, "s-maxage") ?? seconds(directives, "max-age") ?? 0) * 1000;
      if (!decision.isStale) ok(age < lifetime, "fresh beyond its explicit lifetime");
      if (decision.isStale) ok(!has(directives, "must-revalidate") && !has(directives, "proxy-revalidate"), "stale");
      if (asked.requestFields.has("authorization")) {
        ok(
          ["public", "must-revalidate", "s-maxage"].some((name) => has(directives, name)),
          "for who has a password",
        );
      }
    }),
    { numRuns: 2000 },
  );
});

test("whatever bytes come, nothing throws", () => {
  const bytes = fc
    .uint8Array({ maxLength: 40 })
    .map((list) => String.fromCharCode(...list.filter((byte) => byte >= 0x20)));
  const name = fc.constantFrom(
    ...["Cache-Control", "CDN-Cache-Control", "Vary", "Age", "Date", "Expires", "Last-Modified", "ETag", "Pragma"],
    ...["Accept", "Accept-Language", "Content-Language", "Authorization", "If-Match"],
  );
  const anything = fc.array(fc.tuple(name, bytes), { maxLength: 8 });
  fc.assert(
    fc.property(anything, anything, anything, fc.integer(), (first, answer, second, now) => {
      const [request, fields, again] = [Fields.of(first), Fields.of(answer), Fields.of(second)];
      const terms = termsOf(fields, RULES.targets);
      mayStore({ method: "GET", uri: "http://localhost/", requestFields: request, status: 200, fields, terms }, RULES);
      const toLines = (list: readonly (readonly [string, string])[]): Lines => Object.fromEntries(list);
      const list = [kept(toLines(answer), { request: toLines(first) })];
      const decision = decide({ method: "GET", fields: again }, list, now, DEFAULT_RULES, () => true);
      ok(decision.because.length > 0 && decision.because.every(({ rule, section }) => rule !== "" && section !== ""));
    }),
    { numRuns: 2000 },
  );
});
