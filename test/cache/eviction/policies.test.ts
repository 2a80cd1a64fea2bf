import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Random } from "../../../src/base/random.ts";
import type { Eviction } from "../../../src/cache/eviction/evictable.ts";
import { newPolicy, POLICY_NAMES, type PolicyName } from "../../../src/cache/eviction/policies.ts";
import { Item } from "./items.ts";

/** A cache as simple as can be: room is made before a newcomer is there. */
class Cache {
  readonly items = new Map<string, Item>();
  readonly #policy: Eviction<Item>;
  readonly #budget: number;
  used = 0;

  constructor(name: PolicyName, budget: number) {
    this.#policy = newPolicy(name, budget);
    this.#budget = budget;
  }

  /** Whether it was there. */
  ask(name: string, weight = 1): boolean {
    const item = this.items.get(name);
    if (item !== undefined) this.#policy.touch(item);
    else if (weight <= this.#budget) this.#add(new Item(name, weight));
    return item !== undefined;
  }

  #add(item: Item): void {
    while (this.used + item.weight > this.#budget) {
      const victim = this.#policy.evict(item.weight);
      ok(victim !== undefined, "nobody goes, though there is no room");
      this.#forget(victim);
    }
    this.#policy.add(item);
    this.items.set(item.name, item);
    this.used += item.weight;
  }

  remove(name: string): void {
    const item = this.items.get(name);
    if (item === undefined) return;
    this.#policy.remove(item);
    this.#forget(item);
  }

  replace(name: string, weight: number): void {
    const old = this.items.get(name);
    if (old === undefined) return;
    const item = new Item(name, weight);
    this.#policy.replace(old, item);
    this.#forget(old);
    this.items.set(name, item);
    this.used += weight;
    while (this.used > this.#budget) this.#forget(this.#policy.evict(0)!);
  }

  #forget(item: Item): void {
    equal(this.items.get(item.name), item, "who goes was there");
    deepEqual([item.older, item.newer], [undefined, undefined], "who is gone holds on to nobody");
    this.items.delete(item.name);
    this.used -= item.weight;
  }

  empty(): void {
    for (let item = this.#policy.evict(0); item !== undefined; item = this.#policy.evict(0)) this.#forget(item);
  }
}

for (const name of POLICY_NAMES) {
  test(`${name}: only who is there goes, each once, and there is never too much`, () => {
    const op = fc.tuple(
      fc.constantFrom("ask", "ask", "ask", "remove", "replace"),
      fc.nat(40),
      fc.oneof(fc.nat(9), fc.nat(120)),
    );
    fc.assert(
      fc.property(fc.array(op, { maxLength: 200 }), (ops) => {
        const cache = new Cache(name, 100);
        for (const [what, which, weight] of ops) {
          if (what === "ask") cache.ask(`${which}`, weight);
          else if (what === "remove") cache.remove(`${which}`);
          else cache.replace(`${which}`, Math.min(weight, 100));
          ok(cache.used <= 100);
        }
        cache.empty();
        equal(cache.items.size, 0);
        equal(cache.used, 0);
      }),
    );
  });

  test(`${name}: what is used stays, where all others are not`, () => {
    const cache = new Cache(name, 100);
    for (let i = 0; i < 1000; i++) {
      for (let hot = 0; hot < 20; hot++) cache.ask(`hot ${hot}`);
      cache.ask(`cold ${i}`);
    }
    for (let hot = 0; hot < 20; hot++) ok(cache.items.has(`hot ${hot}`));
    equal(cache.used, 100);
  });
}

/** Fifty that were asked for five times each, then a thousand that nobody asks for again: how many of the fifty are left. */
const SCANNED: Record<PolicyName, number> = { "lru": 0, "sieve": 50, "s3-fifo": 50, "w-tinylfu": 50 };

for (const [name, left] of Object.entries(SCANNED) as [PolicyName, number][]) {
  test(`${name}: a scan leaves ${left} of 50`, () => {
    const cache = new Cache(name, 100);
    for (let i = 0; i < 100; i++) cache.ask(`before ${i}`);
    for (let round = 0; round < 5; round++) for (let hot = 0; hot < 50; hot++) cache.ask(`hot ${hot}`);
    for (let i = 0; i < 1000; i++) cache.ask(`scan ${i}`);
    equal([...cache.items.keys()].filter((key) => key.startsWith("hot")).length, left);
  });
}

/** Hits in percent, 20,000 requests for 2000 objects by Zipf's law (seed 9), room for 100: they stay what they are. */
const HITS: Record<PolicyName, number> = { "lru": 46, "sieve": 57, "s3-fifo": 56, "w-tinylfu": 58 };

for (const [name, percent] of Object.entries(HITS) as [PolicyName, number][]) {
  test(`${name}: ${percent} % hits`, () => {
    const random = new Random(9);
    const cache = new Cache(name, 100);
    let hits = 0;
    // For an exponent of 1 the inverse of the distribution is this simple, nearly.
    for (let i = 0; i < 20_000; i++) if (cache.ask(`${Math.floor(2000 ** random.fraction())}`)) hits++;
    equal(Math.round((100 * hits) / 20_000), percent);
  });
}
