/** Stored responses, as they come to be stored: out of a request and its answer. */

import { ageValue } from "../../src/cache/age.ts";
import { type Assessment, assess } from "../../src/cache/assess.ts";
import type { Decision } from "../../src/cache/decide.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import type { Content, Stored } from "../../src/cache/store.ts";
import { storedFields } from "../../src/cache/stored-fields.ts";
import { groupsOf, tagsOf } from "../../src/cache/tags.ts";
import { termsOf } from "../../src/cache/terms.ts";
import { selectingFields } from "../../src/cache/vary.ts";
import { printDate } from "../../src/http/dates.ts";
import { Fields } from "../../src/http/fields.ts";

/** Field lines, where one name may have several. */
export type Lines = Readonly<Record<string, string | readonly string[]>>;

export const fieldsOf = (lines: Lines): Fields =>
  Fields.of(Object.entries(lines).flatMap(([name, value]) => [value].flat().map((line) => [name, line] as const)));

/** When all answers come, if nothing else is said. */
export const THEN = Date.UTC(2024, 4, 1, 12, 0, 0);

/** So many seconds later. */
export const at = (seconds: number): number => THEN + seconds * 1000;

/** The same as a date. */
export const dateAt = (seconds: number): string => printDate(at(seconds));

export interface Circumstances {
  readonly key?: string;
  readonly status?: number;
  /** The fields of the request. */
  readonly request?: Lines;
  readonly requestTime?: number;
  readonly responseTime?: number;
  readonly isInvalid?: boolean;
  readonly content?: Content;
  readonly targets?: readonly string[];
}

const CONTENT: Content = { length: 5, ranges: undefined, read: () => new Uint8Array(5) };

/** A stored response with these fields. */
export function kept(lines: Lines, circumstances: Circumstances = {}): Stored {
  const { key = "http://localhost/", status = 200, request = {}, content = CONTENT } = circumstances;
  const { responseTime = THEN, requestTime = responseTime, isInvalid = false } = circumstances;
  const fields = fieldsOf(lines);
  const asked = fieldsOf(request);
  const terms = termsOf(fields, circumstances.targets ?? DEFAULT_RULES.targets);
  return {
    key,
    status,
    lines: storedFields(fields, terms, responseTime).print(),
    requestTime: requestTime - ageValue(fields) * 1000,
    responseTime,
    selecting: selectingFields(fields.get("vary"), asked),
    tags: tagsOf(fields),
    groups: groupsOf(fields),
    isInvalid,
    isAuthorized: asked.has("authorization"),
    content,
  };
}

/** What that amounts to so many seconds later. */
export const assessed = (lines: Lines, circumstances: Circumstances = {}, seconds = 0): Assessment =>
  assess(kept(lines, circumstances), DEFAULT_RULES, at(seconds));

/** As it is written in tables: "reuse", "reuse stale", "reuse stale, refresh", "complete", "ask stale", "refuse". */
export function inAWord(decision: Decision): string {
  if (decision.do === "ask") return `ask ${decision.fwd}`;
  if (decision.do !== "reuse") return decision.do;
  return `reuse${decision.isStale ? " stale" : ""}${decision.refresh ? ", refresh" : ""}`;
}
