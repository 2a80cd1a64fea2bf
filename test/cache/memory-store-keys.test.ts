import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StoredInMemory } from "../../src/cache/memory-store-item.ts";
import { Keys } from "../../src/cache/memory-store-keys.ts";
import { said } from "../stores/contract.ts";

const itemOf = (key: string, status = 200): StoredInMemory => new StoredInMemory(key, 0, said({ key, status }), "");

test("keys do what a map of lists does", () => {
  const NAMES = ["", "/", "http://localhost/", "http://localhost/1.html", "http://localhost/2.html", "메뉴"];
  const op = fc.tuple(fc.constantFrom("add", "remove", "replace"), fc.nat(NAMES.length - 1), fc.nat(4));
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const keys = new Keys();
      const model = new Map<string, StoredInMemory[]>(NAMES.map((name) => [name, []]));
      for (const [i, [what, which, at]] of ops.entries()) {
        const list = model.get(NAMES[which]!)!;
        const item = itemOf(NAMES[which]!, i);
        const old = list[at % Math.max(1, list.length)];
        if (what === "add") {
          equal(keys.add(item), undefined);
          list.unshift(item);
        } else if (old === undefined) continue;
        else if (what === "remove") {
          keys.remove(old);
          list.splice(list.indexOf(old), 1);
          equal(old.sibling, undefined);
        } else {
          keys.replace(old, item);
          list[list.indexOf(old)] = item;
        }
        for (const [key, items] of model) {
          equal(keys.first(key), items[0]);
          deepEqual(
            Array.from(keys.of(key), ({ status }) => status),
            items.map(({ status }) => status),
          );
        }
        const all = [...model.values()].flat();
        equal(keys.count, all.length);
        deepEqual(Array.from(keys, ({ status }) => status).sort(), all.map(({ status }) => status).sort());
      }
    }),
  );
});

test("all are seen, even if each is removed when it is seen", () => {
  const keys = new Keys();
  for (let i = 0; i < 300; i++) keys.add(itemOf(`http://localhost/${i % 100}`, i));
  let seen = 0;
  for (const item of keys) {
    keys.remove(item);
    seen++;
  }
  equal(seen, 300);
  equal(keys.count, 0);
});

test("beyond 65 of one key the oldest has to go", () => {
  const keys = new Keys();
  for (let i = 0; i < 65; i++) equal(keys.add(itemOf("/", i)), undefined);
  equal(keys.add(itemOf("/", 65))?.status, 0);
});
