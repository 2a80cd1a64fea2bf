import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { liveSource, partSource, type Source, sourceOf } from "../../src/handlers/source.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { bodyOf, textOf } from "./exchange.ts";

const WHOLE = "0123456789";
const text = (body: Uint8Array | Body): Promise<string> => textOf({ status: 200, fields: new Fields(), body });

const stored = (content: string, isBody: boolean) => ({
  length: content.length,
  ranges: undefined,
  read: (first: number, last: number) =>
    isBody
      ? bodyOf([content.slice(first, last + 1)], { length: last - first + 1 })
      : utf8(content.slice(first, last + 1)),
});

const live = (content: string, length: number | undefined = content.length) => ({
  length,
  reader: () => bodyOf([...content], { later: true, ...(length !== undefined && { length }) }),
});

const PART = { first: 4, last: 7, length: 10 };

const SOURCES: Record<string, [source: Source, whole: string, offset: number, length: number | undefined]> = {
  "stored bytes": [sourceOf(stored(WHOLE, false)), WHOLE, 0, 10],
  "stored content": [sourceOf(stored(WHOLE, true)), WHOLE, 0, 10],
  "a part": [partSource(utf8("4567"), PART), "4567", 4, 10],
  "what is on its way": [liveSource(live(WHOLE), undefined), WHOLE, 0, 10],
  "a part that is on its way": [liveSource(live("4567"), PART), "4567", 4, 10],
  "what is on its way and of unknown length": [
    liveSource({ ...live(WHOLE), length: undefined }, undefined),
    WHOLE,
    0,
    undefined,
  ],
};
for (const [what, [source, whole, offset, length]] of Object.entries(SOURCES)) {
  test(`${what} can be had whole, and any stretch of it by its place in the whole, again and again`, async () => {
    equal(source.length, length);
    equal(await text(source.whole()), whole);
    for (let first = offset; first < offset + whole.length; first++) {
      for (let last = first; last < offset + whole.length; last++) {
        const part = source.part({ first, last });
        equal(part.length, last - first + 1);
        equal(await text(part), WHOLE.slice(first, last + 1));
      }
    }
    equal(await text(source.whole()), whole);
  });
}

test("each says which bytes are here, and whether they can be read but from the beginning on", () => {
  deepEqual(
    Object.values(SOURCES).map(([{ range, isLive = false }]) => [range, isLive]),
    [
      [undefined, false],
      [undefined, false],
      [PART, false],
      [undefined, true],
      [PART, true],
      [undefined, true],
    ],
  );
});

test("of empty content nothing is read", () => {
  const content = {
    ...stored("", false),
    read: () => {
      throw new RangeError("there is no first byte");
    },
  };
  deepEqual(sourceOf(content).whole(), new Uint8Array(0));
});
