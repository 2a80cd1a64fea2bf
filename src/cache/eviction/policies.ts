/** The policies of eviction, by their names. docs/decisions/013 compares them. */

import type { Evictable, Eviction } from "./evictable.ts";
import { Lru } from "./lru.ts";
import { S3Fifo } from "./s3-fifo.ts";
import { Sieve } from "./sieve.ts";
import { WTinyLfu } from "./w-tinylfu.ts";

export type PolicyName = "lru" | "sieve" | "s3-fifo" | "w-tinylfu";

/** @internal for the words of the command line */
export const POLICY_NAMES: readonly PolicyName[] = ["lru", "sieve", "s3-fifo", "w-tinylfu"];

/**
 * A policy for as much weight as is going to be kept.
 *
 * @example
 * newPolicy("sieve", 1000).evict(1); // undefined
 */
export function newPolicy<Item extends Evictable<Item>>(name: PolicyName, budget: number): Eviction<Item> {
  switch (name) {
    case "lru":
      return new Lru();
    case "sieve":
      return new Sieve();
    case "s3-fifo":
      return new S3Fifo(budget);
    case "w-tinylfu":
      return new WTinyLfu(budget);
  }
}
