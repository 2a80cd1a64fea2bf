/** How a cache is set up: what it may decide otherwise than the messages say. */

import type { Reason } from "./reasons.ts";

export interface Rules {
  /** Targeted fields that we listen to, the most applicable first (RFC 9213 §2.2). */
  readonly targets: readonly string[];
  /** Whether, and up to how many milliseconds, we guess how long a response is good (§4.2.2); 0: never. */
  readonly mostHeuristic: number;
  /** Which part of the time since its last change that is. */
  readonly heuristicFraction: number;
  /** Whether responses with Set-Cookie are stored; §7.3 says that it "does not inhibit caching". */
  readonly storesCookies: boolean;
  /** Whether a stored response in the language that the client likes best will do, whatever else it would take. */
  readonly choosesLanguage: boolean;
  /** How many milliseconds a stale response may stand in for a server's error, where it does not say so itself. */
  readonly staleIfError: number;
  /** How long responses live whatever they say, by their URI; the first that fits counts. */
  readonly lifetimes: readonly { readonly pattern: UriPattern; readonly ms: number }[];
  /** What is left alone. */
  readonly bypasses: readonly UriPattern[];
}

/** A pattern of URIs, with what was written. */
export interface UriPattern {
  readonly text: string;
  test(uri: string): boolean;
}

/** @internal */
export const DEFAULT_RULES: Rules = {
  targets: ["CDN-Cache-Control"],
  // A guess should not outlive the day: beyond that RFC 7234 wanted a warning with it.
  mostHeuristic: 86_400_000,
  heuristicFraction: 0.1,
  storesCookies: true,
  choosesLanguage: true,
  staleIfError: 0,
  lifetimes: [],
  bypasses: [],
};

/**
 * A pattern as people write it: a path or a URL in which `*` is anything: `/static/*`, `*.example.com/*`,
 * `http://host/a?*`. What begins with a slash is about the path, wherever it is. Throws a TypeError of one line where
 * it is empty or has a space.
 *
 * @example
 * parseUriPattern("/static/*").test("http://localhost:8080/static/logo.png"); // true
 */
export function parseUriPattern(text: string): UriPattern {
  if (text === "" || /\s/.test(text))
    throw new TypeError(`Cannot use the pattern "${text}": it is empty or has spaces`);
  // URIs have theirs in lower case, and it is the same host.
  const spelt = text.replace(/^(?:[a-z*]+:\/\/)?[^/]+(?=\/)/i, (host) => host.toLowerCase());
  const body = spelt.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const before = spelt.startsWith("/") ? "[a-z]+://[^/]*" : /^[a-z*]+:\/\//.test(spelt) ? "" : "[a-z]+://";
  const expression = new RegExp(`^${before}${body}$`);
  return { text, test: (uri) => expression.test(uri) };
}

/**
 * How long a response of this URI shall live, where that was said; with the reason.
 *
 * @example
 * const rules = { ...DEFAULT_RULES, lifetimes: [{ pattern: parseUriPattern("/a*"), ms: 60_000 }] };
 * lifetimeByRule(rules, "http://localhost/ab")?.ms; // 60000
 */
export function lifetimeByRule(rules: Rules, uri: string): { ms: number; because: Reason } | undefined {
  if (rules.lifetimes.length === 0) return undefined;
  const found = rules.lifetimes.find(({ pattern }) => pattern.test(uri));
  if (found === undefined) return undefined;
  const because = {
    rule: "lives as long as it is told to",
    section: "configuration",
    value: `--ttl ${found.pattern.text}`,
  };
  return { ms: found.ms, because };
}
