import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { StoredInMemory } from "../../src/cache/memory-store-item.ts";
import { said } from "../stores/contract.ts";

const itemOf = (some: Parameters<typeof said>[0], held: string | ArrayBuffer = ""): StoredInMemory =>
  new StoredInMemory(some?.key ?? said().key, 7, said(some), held);

test("all that was said is there, also in a copy", () => {
  const what = said({
    reason: "Fine",
    requestTime: 1_790_000_000_123,
    responseTime: 1_790_000_000_456.5,
    selecting: [["a", undefined]],
    tags: ["t"],
    groups: ["g"],
    isInvalid: true,
    isAuthorized: true,
  });
  const copy: object = { ...itemOf(what) };
  for (const [name, value] of Object.entries(what)) deepEqual(copy[name as keyof typeof copy], value);
});

test("it is its own content", () => {
  const item = itemOf({}, "tea");
  equal(item.content.length, 3);
  equal(item.content.ranges, undefined);
  deepEqual(Buffer.from(item.content.read(1, 2) as Uint8Array), Buffer.from("ea"));
  deepEqual(Buffer.from(item.bytes!), Buffer.from("tea"));
  equal(item.size, 3);
});

test("what it weighs grows with whatever it has", () => {
  const weight = (some: Parameters<typeof said>[0], held: string | ArrayBuffer = ""): number =>
    itemOf(some, held).weight;
  const least = weight({});
  ok(least > 400 && least < 700, `${least}`);
  equal(weight({ lines: `${said().lines}12345` }), least + 5);
  equal(weight({ key: `${said().key}12345` }), least + 5);
  equal(weight({}, "12345"), least + 5);
  // Wide letters take two bytes each, all of a text with them.
  ok(weight({ lines: said().lines.replace("p", "메") }) >= least + said().lines.length);
  for (const more of [
    { reason: "a" },
    { tags: ["a"] },
    { groups: ["a"] },
    { selecting: [["a", undefined]] as const },
  ]) {
    ok(weight(more) > least + 20, JSON.stringify(more));
  }
  ok(weight({}, new ArrayBuffer(5000)) > least + 5000 + 200);
});
