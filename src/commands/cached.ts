/** A cache before a handler, as the options have it: where answers are kept, what may be decided, who may watch. */

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { realClock } from "../base/clock.ts";
import { MemoryStore } from "../cache/memory-store.ts";
import type { Store } from "../cache/store.ts";
import type { Caching } from "../handlers/caching.ts";
import { kernel } from "../socket/kernel.ts";
import type { Address } from "../socket/socket.ts";
import type { SharedStore } from "../stores/shared-store.ts";
import type { Handler } from "../web/handler.ts";
import { type Server, serve } from "../web/server.ts";
import type { CacheFlags } from "./cache-flags.ts";
import { keyRulesOf, rulesOf } from "./cache-rules.ts";
import { said } from "./keep.ts";
import { harmless } from "./printed.ts";
import { Refusal, whyNotListening } from "./refusal.ts";

export interface Cached {
  readonly handler: Handler;
  readonly caching: Caching;
  /** Where it can be watched, where that is wanted. */
  readonly admin: Address | undefined;
  /** What it does, for people. */
  readonly does: string;
  /** What can outlive us is safe when this resolves. */
  close(): Promise<void>;
}

export interface CachedOptions {
  /** Who it is, in Cache-Status. Default "maitred". */
  readonly name?: string | undefined;
  /** Whether lifetimes are guessed where nothing else is said. Default true. */
  readonly guesses?: boolean;
}

/**
 * The handler with a cache before it. What is not asked for is not loaded. Fails with a Refusal where a rule cannot be read,
 * or a place to keep answers in, or to watch it from, cannot be had.
 *
 * @example
 * const { handler: cached, close } = await cachedBy(handler, { memory: 1_000_000, ttl: ["/static/*=1h"] });
 * await cached(request, exchange);
 * await close();
 */
export async function cachedBy(handler: Handler, flags: CacheFlags, options: CachedOptions = {}): Promise<Cached> {
  const { name = "maitred", guesses = true } = options;
  const rules = rulesOf(flags, guesses);
  const key = keyRulesOf(flags);
  const { cacheStatus: telling, rangeMiss } = flags;
  const { caching } = await import("../handlers/caching.ts");
  const store = await storeOf(flags);
  const cache = caching(handler, { store, name, rules, key, ...said({ telling, rangeMiss }) });
  let door: Server | undefined;
  try {
    if (flags.admin !== undefined) {
      const { admin } = await import("../handlers/admin.ts");
      door = await openAdmin(flags.admin, admin(cache, { name, rules }));
    }
  } catch (error) {
    await store.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await door?.close();
    await store.close();
  };
  const at = door?.address;
  const where =
    at === undefined ? "" : `, to be watched at ${"path" in at ? `unix:${at.path}` : `http://localhost:${at.port}/`}`;
  return { handler: cache, caching: cache, admin: at, does: `has a cache${where}`, close };
}

const MEMORY = 256 * 1024 * 1024;
const DISK = 2 * 1024 ** 3;

/** Memory in front, and what outlives us behind it. */
async function storeOf({
  memory: budget = MEMORY,
  maxObject,
  eviction,
  disk,
  diskSize = DISK,
  shared,
}: CacheFlags): Promise<Store> {
  if (maxObject !== undefined && maxObject > budget && disk === undefined && shared === undefined) {
    throw new Refusal(`Cannot use --max-object: ${maxObject} bytes are more than the memory of ${budget} has room for`);
  }
  // Which keys are taken for one another shall be nobody's to know.
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  boundGarbage();
  const heap = getHeapStatistics().heap_size_limit / 2;
  const front = new MemoryStore({ budget, seed, heap, ...said({ maxObject, eviction }) });
  if (disk === undefined && shared === undefined) return front;
  const { TieredStore } = await import("../stores/tiered-store.ts");
  const near = disk === undefined ? [] : [await diskStore(disk, diskSize, maxObject)];
  if (shared === undefined) return new TieredStore(front, near);
  try {
    const { keepInStep } = await import("../stores/in-step.ts");
    const far = await sharedStore(shared, maxObject);
    const store = new TieredStore(front, [...near, far]);
    keepInStep(store, near, far);
    return store;
  } catch (error) {
    for (const store of near) await store.close();
    throw error;
  }
}

/**
 * What is stored stays within its budget, but what has gone from it is memory until the garbage collector comes. Left to itself V8
 * lets four times the budget pile up under an attack; so that it is one and a half, it shall come sooner, and young
 * objects shall not be given ever more room. Measured in bench/objects.ts; it costs a tenth of the speed of storing.
 */
function boundGarbage(): void {
  setFlagsFromString("--heap-growing-percent=50");
  setFlagsFromString("--semi-space-growth-factor=1");
}

const complain = (message: string): void => console.error(harmless(message));

async function diskStore(folder: string, budget: number, maxObject: number | undefined): Promise<Store> {
  const { DiskStore } = await import("../stores/disk-store.ts");
  try {
    return await DiskStore.open({ folder, budget, clock: realClock, complain, ...said({ maxObject }) });
  } catch (error) {
    // It says in one line what cannot be, and why.
    if (error instanceof Error && error.message.startsWith("Cannot "))
      throw new Refusal(error.message, { cause: error });
    throw error;
  }
}

async function sharedStore(url: string, maxObject: number | undefined): Promise<SharedStore> {
  const { SharedStore } = await import("../stores/shared-store.ts");
  try {
    return await SharedStore.open({ url, complain, ...said({ maxObject }) });
  } catch (error) {
    throw error instanceof TypeError ? new Refusal(error.message, { cause: error }) : error;
  }
}

async function openAdmin(address: Address, handler: Handler): Promise<Server> {
  try {
    return await serve(kernel, address, handler, { maxConnections: 100, complain });
  } catch (error) {
    const why = whyNotListening(error, address);
    throw why instanceof Refusal ? new Refusal(why.message.replace("--port", "--admin"), { cause: why }) : why;
  }
}
