/** How a shared store is: what its servers tell of themselves, and how many responses there are. */

import type { StoreState } from "../cache/store.ts";
import type { Asker } from "./shared-client.ts";
import type { SharedLink } from "./shared-link.ts";

/** Names that are looked at before we settle for an estimate: they are spread evenly, so that these speak for all. */
const SAMPLE = 2000;

/** Of these so many are asked how many variants they have. */
const ASKED = 500;

/**
 * Counted where there are few, estimated where there are many. How full a server is can only be told where it has a limit.
 *
 * @internal
 */
export async function stateOf(link: SharedLink): Promise<StoreState> {
  const infos = await Promise.all(link.servers().map((server) => infoOf(link, server)));
  const sum = (name: string): number => infos.reduce((total, info) => total + (info.get(name) ?? 0), 0);
  const budget = sum("maxmemory");
  const counts = await Promise.all(link.servers().map((server) => countOf(link, server)));
  if (sum("evicted_keys") > 0) void remember(link);
  return {
    name: "shared",
    responses: counts.reduce((total, count) => total + count, 0),
    used: budget > 0 ? sum("used_memory") : undefined,
    budget: budget > 0 ? budget : undefined,
    evictions: sum("evicted_keys"),
    trouble: link.breaker.trouble,
  };
}

/**
 * Whether sets that purges ask may be missing. A server counts what it evicts until it is restarted; a mark in the store
 * remembers it for longer, and if that is evicted, there is a count again.
 *
 * @internal
 */
export async function mayHaveEvicted(link: SharedLink): Promise<boolean> {
  const infos = await Promise.all(link.servers().map((server) => infoOf(link, server)));
  if (infos.every((info) => info.get("evicted_keys") === 0)) {
    return (await link.slowly((bulk) => bulk.ask("exists", link.names.evicted))) !== 0;
  }
  await remember(link);
  return true;
}

/** For as long as anything lives that is stored by now. */
async function remember(link: SharedLink): Promise<void> {
  await link.put((bulk) => bulk.ask("set", link.names.evicted, "1", "PX", link.maxAge));
}

/** What a server tells that is a number; nothing where it does not, or may not. */
async function infoOf(link: SharedLink, server: Asker): Promise<Map<string, number>> {
  const texts = ["memory", "stats"].map((section) => link.slowly(() => server("info", section).catch(() => null)));
  const numbers = new Map<string, number>();
  for (const text of await Promise.all(texts)) {
    if (!(text instanceof Uint8Array)) continue;
    for (const [, name, value] of Buffer.from(text)
      .toString()
      .matchAll(/^(\w+):(\d+)\r?$/gm)) {
      numbers.set(name!, Number(value));
    }
  }
  return numbers;
}

async function countOf(link: SharedLink, server: Asker): Promise<number> {
  let seen = 0;
  const ours: string[] = [];
  let cursor = "0";
  do {
    const reply = await link.slowly(() => server("scan", cursor, "count", 1000));
    if (!Array.isArray(reply)) return 0;
    const [next, names] = reply as [Uint8Array, readonly Uint8Array[]];
    cursor = Buffer.from(next).toString();
    seen += names.length;
    for (const bytes of names) {
      const name = Buffer.from(bytes).toString();
      if (link.names.keyOf(name) !== undefined) ours.push(name);
    }
  } while (cursor !== "0" && seen < SAMPLE);

  const isAll = cursor === "0";
  const asked = isAll ? ours : ours.slice(0, ASKED);
  const sizes = await Promise.all(asked.map((name) => link.slowly(() => server("hlen", name).catch(() => 0))));
  const variants = sizes.reduce<number>((sum, size) => sum + (typeof size === "number" ? size : 0), 0);
  if (isAll || asked.length === 0) return variants;
  const all = await link.slowly(() => server("dbsize"));
  if (typeof all !== "number") return 0;
  return Math.round((variants / asked.length) * (ours.length / seen) * all);
}
