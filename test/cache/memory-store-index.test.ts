import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Index } from "../../src/cache/memory-store-index.ts";
import { StoredInMemory } from "../../src/cache/memory-store-item.ts";
import type { Said } from "../../src/cache/said.ts";
import type { Selection } from "../../src/cache/store.ts";
import { said } from "../stores/contract.ts";

const itemOf = (some: Partial<Said>): StoredInMemory => new StoredInMemory(some.key ?? said().key, 0, said(some), "");

test("the like of a response has its key, and the same values of the same fields", () => {
  const index = new Index();
  const VARIANTS: Said["selecting"][] = [
    [],
    [["a", undefined]],
    [["a", ""]],
    [["b", ""]],
    [
      ["a", ""],
      ["b", ""],
    ],
  ];
  const items = VARIANTS.map((selecting) => itemOf({ selecting }));
  for (const item of items) equal(index.add(item), undefined);
  for (const [i, selecting] of VARIANTS.entries()) equal(index.like(said({ selecting })), items[i]);
  equal(index.like(said({ selecting: [["a", "b"]] })), undefined);
  equal(index.like(said({ key: "http://localhost/other" })), undefined);
});

/** Whom a purge looks at: not many more than it means. */
const CANDIDATES: [which: Selection, names: string[]][] = [
  [{ by: "url", url: "http://a/" }, ["one", "dark"]],
  [{ by: "url", url: "http://a/ dark" }, ["dark"]],
  [{ by: "tag", tag: "x" }, ["one", "group"]],
  [{ by: "group", group: "x", origin: "http://c" }, ["one", "group"]],
  [{ by: "tag", tag: "http://a/" }, []],
  [{ by: "host", host: "a" }, ["dark", "group", "one"]],
];

test("of labels it knows who bears them", () => {
  const index = new Index();
  const items = [
    itemOf({ key: "http://a/", lines: "one", tags: ["x"] }),
    itemOf({ key: "http://a/ dark", lines: "dark", tags: ["y"] }),
    itemOf({ key: "http://b/", lines: "group", groups: ["x"] }),
  ];
  for (const item of items) index.add(item);
  for (const [which, names] of CANDIDATES) {
    const found = new Set(Array.from(index.candidates(which), ({ lines }) => lines));
    for (const name of names) equal(found.has(name), true, JSON.stringify(which));
    if (which.by === "tag") deepEqual([...found].sort(), names.toSorted());
  }
  const other = itemOf({ key: "http://a/ dark", lines: "other", tags: ["z"] });
  index.replace(items[1]!, other);
  deepEqual([...index.candidates({ by: "tag", tag: "y" })], []);
  deepEqual([...index.candidates({ by: "tag", tag: "z" })], [other]);
  equal(index.has(items[1]!), false);
  equal(index.has(other), true);
  for (const item of [items[0]!, other, items[2]!]) index.remove(item);
  deepEqual([index.count, index.weight], [0, 0]);
});
