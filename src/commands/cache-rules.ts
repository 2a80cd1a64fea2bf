/** What the options say about what a cache may decide, read: which requests are alike, and how long answers live. */

import type { KeyRules } from "../cache/key.ts";
import { DEFAULT_RULES, parseUriPattern, type Rules } from "../cache/rules.ts";
import { isToken } from "../http/grammar.ts";
import type { CacheFlags } from "./cache-flags.ts";
import { duration } from "./flags.ts";
import { didYouMean } from "./nearest.ts";
import { Refusal, refusing } from "./refusal.ts";

/**
 * What makes a key. Fails with a Refusal where a part of it cannot be read.
 *
 * @example
 * keyRulesOf({ cacheKey: ["-query,header:X-Tenant"] }); // { without: ["query"], withFields: ["x-tenant"], withCookies: [] }
 */
export function keyRulesOf({ cacheKey, ignoreQuery }: CacheFlags): Partial<KeyRules> {
  return {
    ...(cacheKey && keyParts(cacheKey.flatMap((text) => text.split(",")))),
    ...(ignoreQuery && { ignoredQuery: ignoreQuery.flatMap((text) => text.split(",")).map(parameterName) }),
  };
}

type Parts = Pick<KeyRules, "without" | "withFields" | "withCookies">;

function keyParts(texts: readonly string[]): Parts {
  const without: KeyRules["without"][number][] = [];
  const withFields: string[] = [];
  const withCookies: string[] = [];
  for (const text of texts) {
    const part = LEFT_OUT.find((part) => text === `-${part}`);
    const [, kind, name = ""] = /^(header|cookie):(.*)$/s.exec(text) ?? [];
    if (part !== undefined) without.push(part);
    else if (kind === undefined) throw refuseKey(text, `it is none of ${FORMS.join(", ")}${didYouMean(text, FORMS)}`);
    else if (!isToken(name)) throw refuseKey(text, `"${name}" is not the name of a ${kind}`);
    else if (kind === "header") withFields.push(name.toLowerCase());
    else withCookies.push(name);
  }
  return { without, withFields, withCookies };
}

const LEFT_OUT = ["scheme", "host", "query"] as const;
const FORMS = ["-scheme", "-host", "-query", "header:NAME", "cookie:NAME"];

const refuseKey = (text: string, why: string): Refusal => new Refusal(`Cannot use --cache-key "${text}": ${why}`);

function parameterName(text: string): string {
  if (/^[^\s=&?#]+$/.test(text)) return text;
  throw new Refusal(`Cannot use --ignore-query "${text}": it is not the name of a parameter, like utm_*`);
}

/**
 * What may be decided otherwise than the messages say. `guesses`: whether lifetimes are guessed where nothing else is
 * said. Fails with a Refusal where a pattern or a time cannot be read.
 *
 * @example
 * rulesOf({ ttl: ["/static/*=1h"] }, true).lifetimes?.[0]?.ms; // 3600000
 */
export function rulesOf(flags: CacheFlags, guesses: boolean): Partial<Rules> {
  const { ttl, noCache, targetField, refuseCookies, heuristic = guesses, staleIfError } = flags;
  return {
    mostHeuristic: heuristic ? DEFAULT_RULES.mostHeuristic : 0,
    ...(ttl && { lifetimes: ttl.map(lifetime) }),
    ...(noCache && { bypasses: noCache.map((text) => refusing(() => parseUriPattern(text))) }),
    ...(targetField && { targets: targetField.flatMap((text) => text.split(",")).map(fieldName) }),
    ...(refuseCookies === true && { storesCookies: false }),
    ...(staleIfError !== undefined && { staleIfError }),
  };
}

/** A pattern may have equals signs of its own, in a query; a time has none. */
function lifetime(text: string): Rules["lifetimes"][number] {
  const equals = text.lastIndexOf("=");
  if (equals < 0) throw new Refusal(`Cannot use --ttl "${text}": it is not written pattern=time, like /static/*=1h`);
  const pattern = refusing(() => parseUriPattern(text.slice(0, equals)));
  return { pattern, ms: duration("--ttl")(text.slice(equals + 1)) };
}

function fieldName(text: string): string {
  if (isToken(text)) return text;
  throw new Refusal(`Cannot use --target-field "${text}": it is not the name of a field, like CDN-Cache-Control`);
}
