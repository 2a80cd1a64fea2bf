/** How a cache is doing: what it has done so far, and what its store has room for. The one source of page, JSON and figures. */

import type { CacheCounters } from "../cache/counters.ts";
import { spokenTime } from "../cache/reasons.ts";
import type { StoreState } from "../cache/store.ts";
import type { Caching } from "./caching.ts";
import { spokenShare, spokenSize } from "./spoken-size.ts";

export interface CacheReport {
  /** Who it is: the name that it has in Cache-Status. */
  readonly name: string;
  /** For how long it has been running: seconds. */
  readonly uptime: number;
  /** The share of answers for which no content came from a server; undefined as long as there were none. */
  readonly hitRatio?: number | undefined;
  readonly counters: CacheCounters;
  /** The memory, and what stands behind it. */
  readonly stores: readonly StoreState[];
}

/**
 * The report of this moment. It is plain data, and may be sent as JSON.
 *
 * @example
 * const cache = { counters: { ...newCounters(), hits: 3, misses: 1 }, store: new MemoryStore() };
 * (await reportOn(cache, "maitred", 60)).hitRatio; // 0.75
 */
export async function reportOn(
  { counters, store }: Pick<Caching, "counters" | "store">,
  name: string,
  uptime: number,
): Promise<CacheReport> {
  // One that is several tells of each.
  const stores = (await (store as Partial<Tiered>).states?.()) ?? [await store.state()];
  return { name, uptime, hitRatio: hitRatio(counters), counters: { ...counters }, stores };
}

interface Tiered {
  states(): Promise<readonly StoreState[]>;
}

/** What it was told to leave alone says nothing about how good it is. */
function hitRatio({ hits, stale, revalidated, collapsed, misses }: CacheCounters): number | undefined {
  const from = hits + stale + revalidated + collapsed;
  return from + misses === 0 ? undefined : from / (from + misses);
}

/** A heading, and what stands below it. */
export type Section = readonly [heading: string, rows: readonly (readonly [what: string, value: string])[]];

/**
 * A report for people.
 *
 * @example
 * const cache = { counters: { ...newCounters(), hits: 3, misses: 1 }, store: new MemoryStore() };
 * const [[heading, [row]]] = sectionsOf(await reportOn(cache, "maitred", 60)) as [Section];
 * row; // ["from the cache", "75 %"]
 */
export function sectionsOf({ uptime, hitRatio, counters, stores }: CacheReport): readonly Section[] {
  return [
    [
      "Answers",
      [
        ["from the cache", hitRatio === undefined ? "none so far" : spokenShare(hitRatio)],
        ["hits", grouped(counters.hits)],
        ["stale ones", grouped(counters.stale)],
        ["revalidated", grouped(counters.revalidated)],
        ["collapsed", grouped(counters.collapsed)],
        ["misses", grouped(counters.misses)],
        ["left alone", grouped(counters.bypassed)],
        ["content from the store", spokenSize(counters.bytesSaved)],
        ["content from servers", spokenSize(counters.bytesFetched)],
        ["stored", grouped(counters.stored)],
        ["invalidated", grouped(counters.invalidated)],
        ["purged", grouped(counters.purged)],
        ["in the last", spokenTime(uptime * 1000)],
      ],
    ],
    ...stores.map(sectionOf),
  ];
}

function sectionOf({ name, responses, used, budget, evictions, trouble }: StoreState): Section {
  const of =
    used === undefined || budget === undefined ? "" : ` of ${spokenSize(budget)} (${spokenShare(used / budget)})`;
  const rows = [
    ["responses", grouped(responses)],
    ["in use", used === undefined ? "unknown" : `${spokenSize(used)}${of}`],
    ["evicted", grouped(evictions)],
  ] as const;
  return [`Kept: ${name}`, trouble === undefined ? rows : [...rows, ["trouble", trouble]]];
}

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * The same as lines of text.
 *
 * @example
 * printSections([["Answers", [["hits", "3"]]]]); // "Answers\n  hits                     3\n"
 */
export const printSections = (sections: readonly Section[]): string =>
  sections
    .map(([heading, rows]) => `${heading}\n${rows.map(([what, value]) => `  ${what.padEnd(25)}${value}\n`).join("")}`)
    .join("\n");
