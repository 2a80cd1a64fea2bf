/** Cache directives: what Cache-Control lists, in a request or a response (RFC 9111 §5.2). */

import { isToken } from "../http/grammar.ts";
import { quotedElements, unquoted } from "../http/lists.ts";

/** The highest number of seconds that there is to count: "2147483648 (2^31)" stands for everything above (§1.2.2). */
const MOST_SECONDS = 2 ** 31;

/**
 * Directives by their names in lower case.
 *
 * @example
 * parseDirectives("no-store").has("no-store"); // true
 */
export class Directives {
  readonly #arguments: ReadonlyMap<string, string | undefined>;

  constructor(given: ReadonlyMap<string, string | undefined> = NONE) {
    this.#arguments = given;
  }

  get isEmpty(): boolean {
    return this.#arguments.size === 0;
  }

  has(name: string): boolean {
    return this.#arguments.has(name);
  }

  /** What stands behind its equals sign, without quotes; undefined where there is none. */
  argument(name: string): string | undefined {
    return this.#arguments.get(name);
  }

  /**
   * A number of seconds; undefined where the directive is not there, NaN where it is but says no such number: what
   * cannot be read is the opposite of a promise ("Caches are encouraged to consider responses that have invalid
   * freshness information … to be stale", §4.2.1).
   */
  seconds(name: string): number | undefined {
    return this.has(name) ? (deltaSeconds(this.argument(name)) ?? Number.NaN) : undefined;
  }

  /**
   * The field names that no-cache or private are limited to, in lower case; undefined where they are about all of it.
   * So they are if the names cannot be read; or if one is of a field that we go by, since to leave that out would be to
   * forget what it forbids.
   */
  fieldNames(name: "no-cache" | "private"): readonly string[] | undefined {
    const argument = this.argument(name);
    if (argument === undefined) return undefined;
    const names = argument
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((field) => field !== "");
    return names.length > 0 && names.every(isToken) && !names.some(isGoneBy) ? names : undefined;
  }

  /** Whether it is there, and not only for some fields. */
  isWhole(name: "no-cache" | "private"): boolean {
    return this.has(name) && this.fieldNames(name) === undefined;
  }
}

/**
 * The directives of a Cache-Control field, of all its lines together. What is none is left out; but where a name can be
 * made out (`max-age =5`) it is there, with an argument that nobody can read. Of one that is given twice the first
 * counts (§4.2.1); but no-cache and private hold for all that any of them names: "the most restrictive directive should
 * be honored".
 *
 * @example
 * parseDirectives('Max-Age=60, no-cache="set-cookie"').seconds("max-age"); // 60
 */
export function parseDirectives(value: string | undefined): Directives {
  if (value === undefined) return NO_DIRECTIVES;
  const given = new Map<string, string | undefined>();
  for (const element of quotedElements(value)) {
    const match = DIRECTIVE.exec(element);
    if (match === null) continue;
    const name = match[1]!.toLowerCase();
    const argument = argumentOf(match[2]!);
    if (!given.has(name)) given.set(name, argument);
    else if (name === "no-cache" || name === "private") given.set(name, both(given.get(name), argument));
  }
  return new Directives(given);
}

/** The names of both; where one has none it is about all of it, and so are they together. */
const both = (one = "", other = ""): string | undefined => (one === "" || other === "" ? undefined : `${one},${other}`);

function argumentOf(rest: string): string | undefined {
  if (rest === "") return undefined;
  if (!rest.startsWith("=")) return UNREADABLE;
  const argument = rest.slice(1);
  return argument.startsWith('"') ? (unquoted(argument) ?? UNREADABLE) : argument;
}

/**
 * `1*DIGIT`, as a number of seconds; what is more than can be counted is 2^31 (§1.2.2). Undefined where it is anything
 * else.
 *
 * @example
 * deltaSeconds("003600"); // 3600
 * deltaSeconds("-1"); // undefined
 */
export function deltaSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), MOST_SECONDS) : undefined;
}

const NONE: ReadonlyMap<string, string | undefined> = new Map();

/** @internal */
export const NO_DIRECTIVES = new Directives();

/** No argument is spelt so, and no field. */
const UNREADABLE = "\0";

/** Whether it says how long, and for whom, a response is good. */
const isGoneBy = (field: string): boolean => field === "vary" || field === "expires" || field.endsWith("cache-control");

const DIRECTIVE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(.*)$/s;
