import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Sieve } from "../../../src/cache/eviction/sieve.ts";
import { Item } from "./items.ts";

/** As the paper has it, on a plain list: from the oldest to the newest, and the hand as a place in it. */
class SlowSieve {
  readonly list: { name: string; visited: boolean }[] = [];
  hand = 0;

  evict(): string | undefined {
    if (this.list.length === 0) return undefined;
    for (;;) {
      if (this.hand >= this.list.length) this.hand = 0;
      const one = this.list[this.hand]!;
      if (!one.visited) return this.list.splice(this.hand, 1)[0]!.name;
      one.visited = false;
      this.hand++;
    }
  }

  remove(name: string): void {
    const at = this.list.findIndex((one) => one.name === name);
    this.list.splice(at, 1);
    if (at < this.hand) this.hand--;
  }
}

test("the same go as with a slow and obvious sieve", () => {
  const op = fc.tuple(fc.constantFrom("add", "add", "touch", "touch", "remove", "replace", "evict"), fc.nat(30));
  fc.assert(
    fc.property(fc.array(op, { maxLength: 100 }), (ops) => {
      const sieve = new Sieve<Item>();
      const slow = new SlowSieve();
      const items = new Map<string, Item>();
      for (const [i, [what, which]] of ops.entries()) {
        const one = slow.list[which % Math.max(1, slow.list.length)];
        if (what === "add") {
          const item = new Item(`${i}`);
          items.set(item.name, item);
          sieve.add(item);
          // A hand at the end of the list is nowhere: it begins anew, not with the newcomer.
          if (slow.hand >= slow.list.length) slow.hand = 0;
          slow.list.push({ name: item.name, visited: false });
        } else if (what === "evict") {
          equal(sieve.evict()?.name, slow.evict());
        } else if (one === undefined) continue;
        else if (what === "touch") {
          one.visited = true;
          sieve.touch(items.get(one.name)!);
        } else if (what === "remove") {
          slow.remove(one.name);
          sieve.remove(items.get(one.name)!);
        } else {
          const item = new Item(`${i}`);
          items.set(item.name, item);
          sieve.replace(items.get(one.name)!, item);
          one.name = item.name;
        }
      }
      while (slow.list.length > 0) equal(sieve.evict()?.name, slow.evict());
      equal(sieve.evict(), undefined);
    }),
  );
});
