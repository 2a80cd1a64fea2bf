/** A probe of our own: a short play of a client, the cache, and an origin that knows its lines. */

import type { Kind } from "./finding.ts";

export interface Case {
  readonly id: string;
  /** What is right, as a sentence. */
  readonly name: string;
  /** Who says so: "RFC 9213 §2.2". */
  readonly rule: string;
  readonly kind: Kind;
  readonly steps: readonly Step[];
}

/** Names in lower case; a field that comes in several lines has a list. */
export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** A value, a pattern of one, or undefined where the field must not be there. */
export type Wanted = Readonly<Record<string, string | RegExp | undefined>>;

/** A request, how the origin answers in case that it is asked, and what must come of it. What is not said may be anything. */
export interface Step {
  /** Milliseconds that pass before. */
  readonly after?: number;
  readonly method?: string;
  readonly asks?: Fields;
  /** Where it is not the case's own: what is appended to that. */
  readonly path?: string;
  /** Until the next step begins. Default: the one of the step before. */
  readonly answer?: Answer;

  /** Whether the origin is asked by the time that the answer is there. */
  readonly from?: "origin" | "cache";
  /** What the origin is asked with. */
  readonly saw?: Wanted;
  readonly interim?: readonly Interim[];
  readonly status?: number | readonly number[];
  readonly fields?: Wanted;
  readonly body?: string | RegExp;
  /** What the body must not be. */
  readonly not?: string;
}

export type Interim = readonly [status: number, fields: Fields];

/** It also knows conditions: an If-None-Match that names its ETag is answered by a 304. */
export interface Answer {
  readonly interim?: readonly Interim[];
  /** Default 200. */
  readonly status?: number;
  readonly fields?: Fields;
  readonly body?: string;
  /** Ranges are understood, one at a time, and If-Range. */
  readonly hasRanges?: boolean;
  /** It goes before it has said a word, or in the middle of its body. */
  readonly hangsUp?: "at once" | "within";
}
