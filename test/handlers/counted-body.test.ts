import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { CountedBody } from "../../src/handlers/counted-body.ts";
import { Fields } from "../../src/http/fields.ts";
import { bodyOf, textOf } from "./exchange.ts";

test("each piece is counted once, at once or later, and the end is not", async () => {
  for (const later of [false, true]) {
    const counts: number[] = [];
    const body = new CountedBody(
      bodyOf(["one", "", "twenty"], { later, length: 9 }),
      (bytes) => void counts.push(bytes),
    );
    equal(body.length, 9);
    equal(await textOf({ status: 200, fields: new Fields(), body }), "onetwenty");
    equal(await body.read(), undefined);
    deepEqual(counts, [3, 0, 6]);
  }
});

test("a length that nobody knows stays unknown, and what is here is not waited for", () => {
  const body = new CountedBody(bodyOf(["a"]), () => {});
  equal(body.length, undefined);
  deepEqual(body.read(), Uint8Array.of(97));
  equal(body.read(), undefined);
});

test("what breaks off breaks off, and what had come before is counted", async () => {
  for (const later of [false, true]) {
    let total = 0;
    const body = new CountedBody(bodyOf(["one", new Error("lost")], { later }), (bytes) => void (total += bytes));
    await body.read();
    await rejects(async () => body.read(), { message: "lost" });
    equal(total, 3);
  }
});

test("where one reads on though it was cancelled there is no good end", () => {
  const inner = bodyOf(["one"]);
  const body = new CountedBody(inner, () => {});
  body.read();
  body.cancel();
  body.cancel();
  equal(inner.isCancelled, true);
  for (let i = 0; i < 2; i++) throws(() => body.read(), { code: "EPIPE" });
  equal(inner.reads, 1);
});

test("trailers and lent memory are those of the content", () => {
  let recycled = 0;
  const inner = { ...bodyOf([]), trailers: undefined as Fields | undefined, recycle: () => void recycled++ };
  const body = new CountedBody(inner, () => {});
  equal(body.trailers, undefined);
  inner.trailers = Fields.of({ "Server-Timing": "db;dur=9" });
  equal(body.trailers, inner.trailers);
  body.recycle();
  equal(recycled, 1);
  new CountedBody(bodyOf([]), () => {}).recycle();
});
