import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { wholeContent } from "../../src/cache/whole-content.ts";

test("all of it is here, and each part can be read", () => {
  const content = wholeContent(Uint8Array.of(1, 2, 3, 4));
  deepEqual([content.length, content.ranges], [4, undefined]);
  deepEqual(content.read(0, 3), Uint8Array.of(1, 2, 3, 4));
  deepEqual(content.read(1, 2), Uint8Array.of(2, 3));
  deepEqual(content.read(3, 3), Uint8Array.of(4));
});

test("nothing is content, too", () => equal(wholeContent(new Uint8Array(0)).length, 0));

test("a part is not a copy", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const part = wholeContent(bytes).read(1, 2);
  equal(part instanceof Uint8Array && part.buffer === bytes.buffer, true);
});
