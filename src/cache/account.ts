/** What a cache did with one request, and why: the one source of Cache-Status, of the log, and of `maitred explain`. */

import type { Forward } from "./decide.ts";
import { type Reason, spoken, spokenTime } from "./reasons.ts";
import { printName, printString } from "./structured.ts";

export interface Account {
  /** Whether it was answered without asking anybody. */
  readonly hit: boolean;
  /** Why it went on, where it did. */
  readonly fwd?: Forward | undefined;
  /** What was answered there. */
  readonly fwdStatus?: number | undefined;
  /** Seconds for which the answer is still fresh; below 0 where it is stale. */
  readonly ttl?: number | undefined;
  /** Whether what came was stored. */
  readonly stored?: boolean | undefined;
  /** Whether it was answered by a request that another had made. */
  readonly collapsed?: boolean | undefined;
  readonly key?: string | undefined;
  readonly because: readonly Reason[];
}

/** How much Cache-Status tells. */
export type Telling = "full" | "brief" | "none";

/**
 * This cache's member of Cache-Status (RFC 9211 §2). `name` is who we are. In full it tells the reason, too. What is
 * "only meaningful when fwd is present" is not told of a hit.
 *
 * @example
 * cacheStatus({ hit: true, ttl: 376, because: [] }, "maitred", "brief"); // "maitred; hit; ttl=376"
 */
export function cacheStatus(account: Account, name: string, telling: Telling): string {
  const { hit, fwd, fwdStatus, ttl, stored, collapsed, because } = account;
  const isForwarded = !hit && fwd !== undefined;
  let member = printName(name);
  if (hit) member += "; hit";
  if (isForwarded) member += `; fwd=${fwd}`;
  if (isForwarded && fwdStatus !== undefined) member += `; fwd-status=${fwdStatus}`;
  if (ttl !== undefined) member += `; ttl=${ttl}`;
  if (isForwarded && stored === true) member += "; stored";
  if (isForwarded && collapsed === true) member += "; collapsed";
  const reason = telling === "full" ? decisive(because) : undefined;
  // There is no § in a string.
  return reason === undefined ? member : `${member}; detail=${printString(spoken(reason).replaceAll("§", ""))}`;
}

/** The reason that tells most in a line: how long it is fresh, else what came last. */
const decisive = (because: readonly Reason[]): Reason | undefined =>
  because.findLast(({ section }) => LIFETIMES.has(section)) ?? because.at(-1);

const LIFETIMES: ReadonlySet<string> = new Set(["§5.2.2.10", "§5.2.2.1", "§5.3", "§4.2.2"]);

/**
 * The whole account in words: what was done, and each reason.
 *
 * @example
 * inWords({ hit: true, ttl: 60, because: [{ rule: "is 3 s old", section: "§4.2.3" }] });
 * // "a hit, fresh for 1 min more: is 3 s old (§4.2.3)"
 */
export function inWords({ hit, fwd, ttl, stored, collapsed, because }: Account): string {
  const what = [hit ? "a hit" : fwd === undefined ? "answered here" : FORWARDED[fwd]];
  if (ttl !== undefined)
    what.push(ttl >= 0 ? `fresh for ${spokenTime(ttl * 1000)} more` : `stale for ${spokenTime(-ttl * 1000)}`);
  if (collapsed === true) what.push("answered with what another had asked for");
  if (stored !== undefined && fwd !== undefined) what.push(stored ? "stored" : "not stored");
  const why = because.map(spoken).join("; ");
  return why === "" ? what.join(", ") : `${what.join(", ")}: ${why}`;
}

const FORWARDED: Readonly<Record<Forward, string>> = {
  "bypass": "left alone",
  "method": "passed on, as its method wants",
  "uri-miss": "a miss",
  "vary-miss": "a miss, though others of this URI are stored",
  "miss": "a miss",
  "request": "asked again, as the request wants",
  "stale": "asked again, since it is stale",
  "partial": "asked for what was missing",
};
