import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { originOfKey, type Said, saidOf } from "../../src/cache/said.ts";
import { said } from "../stage.ts";

const ORIGINS: [key: string, origin: string][] = [
  ["http://localhost/", "http://localhost"],
  ["http://localhost:8080/menu?today", "http://localhost:8080"],
  ["https://[::1]:8443/a/b", "https://[::1]:8443"],
  ["http://localhost/?http://other/", "http://localhost"],
  ["http://localhost/a foo=http%3A", "http://localhost"],
  ["any://any/a", "any://any"],
  ["http://localhost", "http://localhost"],
];

for (const [key, origin] of ORIGINS) test(`${key} is of ${origin}`, () => equal(originOfKey(key), origin));

const FULL: Required<Said> = {
  ...said,
  reason: "Very OK",
  selecting: [["accept", undefined]],
  tags: ["a"],
  groups: ["b"],
  isInvalid: true,
  isAuthorized: true,
};

test("all that was said is in it, and nothing else", () => {
  const filling = new MemoryStore().open(FULL)!;
  filling.write(Uint8Array.of(1));
  const stored = filling.end() as Said;
  deepEqual(saidOf(stored), FULL);
});

test("it is an object of its own", () => {
  notEqual(saidOf(FULL), FULL);
  deepEqual({ ...saidOf(FULL), isInvalid: false }, { ...FULL, isInvalid: false });
});
