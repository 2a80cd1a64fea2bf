import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { GatheredBody } from "../../src/handlers/gathered-body.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { bodyOf, textOf } from "./exchange.ts";

const LIMIT = 10;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A body around this one, and what has been gathered of it. */
function gathering(body: Body) {
  const taken: string[] = [];
  return { taken, gathered: new GatheredBody(body, LIMIT, (bytes) => void taken.push(text(bytes))) };
}

const WHOLE: [what: string, pieces: string[], length: number | undefined, isTaken: boolean][] = [
  ["in one piece", ["one"], undefined, true],
  ["in one piece of known length", ["one"], 3, true],
  ["in several pieces", ["one ", "two ", "3"], undefined, true],
  ["in several pieces of known length", ["one ", "two ", "3"], 9, true],
  ["in pieces of nothing", ["", "one", "", "two", ""], undefined, true],
  ["that is empty", [], undefined, true],
  ["up to the limit", ["12345", "67890"], undefined, true],
  ["of known length up to the limit", ["12345", "67890"], 10, true],
  ["beyond the limit", ["12345", "67890", "1"], undefined, false],
  ["beyond the limit at once", ["12345678901"], undefined, false],
  ["whose length is known to be beyond the limit", ["12345", "678901"], 11, false],
  ["that is shorter than was said", ["one"], 4, false],
  ["that is longer than was said", ["one", "two"], 5, false],
];
for (const later of [false, true]) {
  for (const [what, pieces, length, isTaken] of WHOLE) {
    test(`content ${what} goes on ${later ? "later" : "at once"}, and is ${isTaken ? "" : "not "}gathered`, async () => {
      const inner = bodyOf(pieces, { later, ...(length !== undefined && { length }) });
      const { gathered, taken } = gathering(inner);
      equal(gathered.length, length);
      equal(await textOf({ status: 200, fields: new Fields(), body: gathered }), pieces.join(""));
      deepEqual(taken, isTaken ? [pieces.join("")] : []);
    });
  }
}

test("byte by byte is the same", async () => {
  const long = "abcdefghij".repeat(1000);
  const taken: string[] = [];
  const body = new GatheredBody(bodyOf([...long]), 10_000, (bytes) => {
    taken.push(text(bytes));
    // No more than that is held on to.
    equal(bytes.buffer.byteLength, 10_000);
  });
  equal(await textOf({ status: 200, fields: new Fields(), body }), long);
  deepEqual(taken, [long]);
});

test("with a known length the last bytes are there before they are passed on, and nothing is waited for", () => {
  const { gathered, taken } = gathering(bodyOf(["one ", "two"], { length: 7 }));
  gathered.read();
  deepEqual(taken, []);
  gathered.read();
  deepEqual(taken, ["one two"]);
  equal(gathered.read(), undefined);
  deepEqual(taken, ["one two"]);
});

test("what breaks off is not gathered, and breaks off", async () => {
  for (const length of [undefined, 6]) {
    const how = length === undefined ? {} : { length };
    const now = gathering(bodyOf(["one", new Error("lost")], how));
    now.gathered.read();
    throws(() => now.gathered.read(), { message: "lost" });
    const later = gathering(bodyOf(["one", new Error("lost")], { ...how, later: true }));
    await later.gathered.read();
    await rejects(async () => later.gathered.read(), { message: "lost" });
    deepEqual([...now.taken, ...later.taken], []);
  }
});

test("what nobody wants any more is not gathered, and not wanted within either", async () => {
  const inner = bodyOf(["one", "two"], { later: true, length: 6 });
  const { gathered, taken } = gathering(inner);
  await gathered.read();
  const last = gathered.read();
  gathered.cancel();
  equal(inner.isCancelled, true);
  equal(text((await last)!), "two");
  equal(await gathered.read(), undefined);
  deepEqual(taken, []);
});

test("the bytes are its own: what was read may be written over", () => {
  const memory = utf8("one");
  let recycled = 0;
  const pieces = [memory, undefined];
  const { gathered, taken } = gathering({ read: () => pieces.shift(), cancel() {}, recycle: () => void recycled++ });
  equal(gathered.read(), memory);
  gathered.recycle();
  memory.fill(0);
  gathered.read();
  equal(recycled, 1);
  deepEqual(taken, ["one"]);
});

test("trailers are those of the content", () => {
  const trailers = Fields.of({ "Server-Timing": "db;dur=9" });
  equal(gathering({ ...bodyOf([]), trailers }).gathered.trailers, trailers);
});
