/** What the client prefers, by quality values (RFC 9110 §12.4.2): content codings, media types. */

import { parseMediaType } from "./media.ts";

/**
 * The coding to send by an Accept-Encoding field (§12.5.3): of those `offered`, best first, the one of the
 * highest quality. "identity" means without a coding: it comes last unless the field or `offered` places it
 * elsewhere. Undefined where the client takes none of them and not even identity.
 *
 * Without the field every coding would be acceptable, but who does not say it can read one often cannot:
 * that is "identity" too.
 *
 * @example
 * preferredEncoding("gzip, br;q=0.9", ["br", "gzip"]); // "gzip"
 */
export function preferredEncoding(
  accept: string | undefined,
  offered: readonly string[],
): string | "identity" | undefined {
  if (accept === undefined) return "identity";
  const codings = new Map<string, number>();
  for (const element of accept.split(",")) {
    const parts = CODING.exec(element);
    if (parts === null) continue;
    const coding = canonical(parts[1]!.toLowerCase());
    if (!codings.has(coding)) codings.set(coding, Number(parts[2] ?? 1));
  }

  const others = codings.get("*");
  const identity = codings.get("identity") ?? (others === undefined ? UNNAMED : others);
  let best: string | undefined;
  let highest = 0;
  for (const coding of offered) {
    const quality = coding === "identity" ? identity : (codings.get(canonical(coding)) ?? others ?? 0);
    if (quality > highest) {
      best = coding;
      highest = quality;
    }
  }
  return identity > highest ? "identity" : best;
}

/** Acceptable by default, but less than any coding that was named: their smallest quality is 0.001. */
const UNNAMED = 0.0001;

/** "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"", and so with compress (§8.4.1). */
const canonical = (coding: string): string =>
  coding === "x-gzip" || coding === "x-compress" ? coding.slice(2) : coding;

// codings [ weight ], with the spaces a list may have
const CODING = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?[ \t]*$/i;

/**
 * The media type to send by an Accept field (§12.5.1): of those `offered`, best first, the one of the highest
 * quality, where the most specific range that fits a type says its quality. Undefined where the client takes
 * none of them. Without the field, or where nothing in it can be read, it is the first.
 *
 * @example
 * preferredType("text/*, application/json;q=0.5", ["application/json", "text/html"]); // "text/html"
 */
export function preferredType(accept: string | undefined, offered: readonly string[]): string | undefined {
  const ranges = accept === undefined ? [] : mediaRanges(accept);
  if (ranges.length === 0) return offered[0];

  let best: string | undefined;
  let highest = 0;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > highest) {
      best = type;
      highest = quality;
    }
  }
  return best;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function mediaRanges(accept: string): MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const element of elements(accept)) {
    const range = parseMediaType(element);
    if (range === undefined) continue;
    // "Recipients SHOULD process any parameter named "q" as weight, regardless of parameter ordering."
    const parameters = new Map(range.parameters);
    const quality = parameters.get("q") ?? "1";
    parameters.delete("q");
    if (QVALUE.test(quality)) ranges.push({ type: range.type, parameters, quality: Number(quality) });
  }
  return ranges;
}

function qualityOf(offer: string, ranges: readonly MediaRange[]): number {
  const media = parseMediaType(offer);
  if (media === undefined) return 0;
  let quality = 0;
  let closest = -1;
  for (const range of ranges) {
    const closeness = howClose(range, media.type, media.parameters);
    if (closeness > closest) {
      quality = range.quality;
      closest = closeness;
    }
  }
  return quality;
}

/** The more specific, the larger; below 0 where the range does not fit the type at all. */
function howClose(range: MediaRange, type: string, parameters: ReadonlyMap<string, string>): number {
  for (const [name, value] of range.parameters) {
    if (parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return -1;
  }
  if (range.type === type) return 2 + range.parameters.size;
  if (range.type.endsWith("/*") && type.startsWith(range.type.slice(0, -1))) return 1;
  return range.type === "*/*" ? 0 : -1;
}

/** The elements of a list: what is between its commas, those within quotes aside. */
function* elements(list: string): Generator<string> {
  for (const [element] of list.matchAll(ELEMENT)) {
    const trimmed = element.trim();
    if (trimmed !== "") yield trimmed;
  }
}

// A quote that is never closed is an element of its own, and a malformed one.
const ELEMENT = /(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))+/g;

const QVALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
