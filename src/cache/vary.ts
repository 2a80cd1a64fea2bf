/** Which requests are alike, where a response varies with some of their fields (RFC 9111 §4.1). */

import type { Fields } from "../http/fields.ts";
import { elements } from "../http/grammar.ts";
import { quotedElements, trimmed } from "../http/lists.ts";
import type { Selecting } from "./said.ts";

/** @internal for who wants to say so without making one */
export const NO_SELECTING: Selecting = [];

/**
 * The request's fields that the response varies with, in the order of their names, each in a form in which alike is
 * equal.
 *
 * @example
 * selectingFields("Accept-Language, Foo", Fields.of({ "Accept-Language": "en, DE" }));
 * // [["accept-language", "de,en"], ["foo", undefined]]
 */
export function selectingFields(vary: string | undefined, request: Fields): Selecting {
  if (vary === undefined) return NO_SELECTING;
  const names = new Set(elements(vary.toLowerCase()));
  return [...names].sort().map((name) => [name, normalized(name, request.get(name))] as const);
}

/**
 * Whether a request has, in the fields that a stored response varies with, what its own request had. "If … a header
 * field is absent from a request, it can only match another request if it is also absent there." A star is like
 * nothing.
 *
 * @example
 * matches([["foo", "1,2"]], Fields.of({ Foo: "1 , 2" })); // true
 */
export function matches(selecting: Selecting, request: Fields): boolean {
  for (const [name, value] of selecting) {
    if (name === "*" || normalized(name, request.get(name)) !== value) return false;
  }
  return true;
}

/** Lists whose order means nothing, and whose members are compared without case (RFC 9110 §12.5). */
const PREFERENCES: ReadonlySet<string> = new Set(["accept", "accept-charset", "accept-encoding", "accept-language"]);

/**
 * The value in a form in which two values of the same meaning are equal: without white space around commas; what is a
 * list of preferences, also in lower case, sorted, and without the weight that is the usual one.
 *
 * @example
 * normalized("accept-language", "en;q=1.0, de ; q=0.50"); // "de;q=0.5,en"
 */
export function normalized(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const members = quotedElements(value);
  // What a quoted string means is not ours to know.
  if (!PREFERENCES.has(name) || value.includes('"')) return members.join(",");
  return members
    .map(preference)
    .filter((member) => member !== "")
    .sort()
    .join(",");
}

function preference(member: string): string {
  const parts = member
    .split(";")
    .map((part) => trimmed(part))
    .filter((part) => part !== "");
  // It is what is meant where nothing is said. Where something follows, nobody knows what that would mean without it.
  while (parts.length > 1 && USUAL_WEIGHT.test(parts.at(-1)!)) parts.pop();
  return parts.map((part, i) => (i === 0 ? part.toLowerCase() : parameter(part))).join(";");
}

const USUAL_WEIGHT = /^q=1(?:\.0{0,3})?$/i;
const WEIGHT = /^q=0(?:\.\d{0,3})?$/i;

/** Zeros at the end of a weight say nothing; other values "might or might not be case-sensitive" (RFC 9110 §8.3.1). */
function parameter(text: string): string {
  if (WEIGHT.test(text)) return `q=${Number(text.slice(2))}`;
  const equals = text.indexOf("=");
  return equals < 0 ? text.toLowerCase() : text.slice(0, equals).toLowerCase() + text.slice(equals);
}

/**
 * The one language that a request likes best: undefined where it says nothing, or that it likes others as well.
 *
 * @example
 * favourite("fr;q=0.5, de"); // "de"
 */
export function favourite(acceptLanguage: string | undefined): string | undefined {
  let best: string | undefined;
  let highest = 0;
  for (const member of elements(acceptLanguage?.toLowerCase())) {
    const [, language, quality = "1"] = LANGUAGE.exec(member) ?? [];
    if (language === undefined) return undefined;
    if (Number(quality) < highest) continue;
    // A star stands for any other, none of which is the one.
    best = Number(quality) === highest || language === "*" ? undefined : language;
    highest = Number(quality);
  }
  return best;
}

const LANGUAGE = /^([a-z\d-]+|\*)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/**
 * Whether a stored response is in the one language that the request likes best, and like it in all else. This goes
 * further than §4.1, which wants the lists to mean the same: but whatever else a request would take, nothing can please
 * it better, and the server has just said that it has that language. `choosesLanguage` in the rules switches it off.
 *
 * @example
 * const request = Fields.of({ "Accept-Language": "fr;q=0.5, de" });
 * matchesByLanguage([["accept-language", "de,en"]], "de", request); // true
 */
export function matchesByLanguage(selecting: Selecting, contentLanguage: string | undefined, request: Fields): boolean {
  if (contentLanguage === undefined || !selecting.some(([name]) => name === "accept-language")) return false;
  if (favourite(request.get("accept-language")) !== contentLanguage.toLowerCase()) return false;
  return matches(
    selecting.filter(([name]) => name !== "accept-language"),
    request,
  );
}
