/** What the options say about a cache, and whether there shall be one at all. */

import type { Telling } from "../cache/account.ts";
import type { PolicyName } from "../cache/eviction/policies.ts";
import type { Address } from "../socket/socket.ts";
import { Refusal } from "./refusal.ts";

/** Sizes in bytes, times in milliseconds. */
export interface CacheFlags {
  readonly cache?: boolean;
  readonly memory?: number;
  readonly maxObject?: number;
  readonly eviction?: PolicyName;
  /** A folder. */
  readonly disk?: string;
  readonly diskSize?: number;
  /** "redis://host:port". */
  readonly shared?: string;
  /** Each "-query", "header:NAME" …, or several of them with commas. */
  readonly cacheKey?: readonly string[];
  readonly ignoreQuery?: readonly string[];
  /** Each "pattern=time". */
  readonly ttl?: readonly string[];
  readonly noCache?: readonly string[];
  readonly targetField?: readonly string[];
  readonly refuseCookies?: boolean;
  readonly heuristic?: boolean;
  readonly staleIfError?: number;
  readonly rangeMiss?: "pass" | "whole" | number;
  readonly cacheStatus?: Telling;
  readonly admin?: Address;
}

/** Who says where to keep answers wants them kept. */
const ASKING = ["cache", "memory", "disk", "shared"] as const;

const ABOUT = [
  ...["maxObject", "eviction", "diskSize", "cacheKey", "ignoreQuery", "ttl", "noCache", "targetField"],
  ...["refuseCookies", "heuristic", "staleIfError", "rangeMiss", "cacheStatus", "admin"],
] as readonly (keyof CacheFlags)[];

/** @internal for who has no use for any of them */
export const CACHE_FLAGS: readonly (keyof CacheFlags)[] = [...ASKING, ...ABOUT];

/**
 * Whether there shall be a cache. Fails with a Refusal where something is said about one that there is not.
 *
 * @example
 * wantsCache({ memory: 1_000_000 }); // true
 */
export function wantsCache(flags: CacheFlags): boolean {
  const wants = ASKING.some((flag) => flags[flag] !== undefined && flags[flag] !== false);
  const vain = wants ? undefined : ABOUT.find((flag) => flags[flag] !== undefined);
  if (vain !== undefined)
    throw new Refusal(`Cannot use --${optionOf(vain, flags)} without --cache: it is about the cache`);
  if (flags.diskSize !== undefined && flags.disk === undefined) {
    throw new Refusal("Cannot use --disk-size without --disk: it is how much may be kept in that folder");
  }
  return wants;
}

/** As it was said: `--heuristic` is the one that can be said both ways. */
function optionOf(flag: keyof CacheFlags, flags: CacheFlags): string {
  const name = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return flags[flag] === false ? `no-${name}` : name;
}
