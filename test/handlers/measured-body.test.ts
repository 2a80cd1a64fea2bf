import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { MeasuredBody, measuredPart } from "../../src/handlers/measured-body.ts";
import { Fields } from "../../src/http/fields.ts";
import { bodyOf, textOf } from "./exchange.ts";

for (const later of [false, true]) {
  test(`what is as long as it should be is passed on${later ? ", later" : ""}`, async () => {
    const body = new MeasuredBody(bodyOf(["he", "", "llo"], { later }), 5);
    equal(await textOf({ status: 206, fields: new Fields(), body }), "hello");
  });

  for (const [what, pieces] of [
    ["too short", ["hell"]],
    ["empty", []],
    ["too long", ["hello", "!"]],
  ] as const) {
    test(`what is ${what} breaks off${later ? ", later" : ""}, and its server is let go`, async () => {
      const inner = bodyOf(pieces, { later });
      const body = new MeasuredBody(inner, 5);
      const all = textOf({ status: 206, fields: new Fields(), body });
      await rejects(all, { message: "Cannot read the part: it is not as long as its Content-Range says" });
      equal(inner.isCancelled, true);
    });
  }
}

test("what breaks off by itself breaks off as it does", () => {
  throws(() => new MeasuredBody(bodyOf([new Error("gone")]), 5).read(), { message: "gone" });
});

const PARTS: [
  what: string,
  status: number,
  range: string | undefined,
  length: number | undefined,
  isMeasured: boolean,
][] = [
  ["a part in chunks", 206, "bytes 5-9/10", undefined, true],
  ["a part whose length is known", 206, "bytes 5-9/10", 5, false],
  ["a part of nobody knows what", 206, "bytes 5-9/*", undefined, false],
  ["several parts", 206, undefined, undefined, false],
  ["a whole with a strange field", 200, "bytes 5-9/10", undefined, false],
];

for (const [what, status, range, length, isMeasured] of PARTS) {
  test(`${what} is ${isMeasured ? "" : "not "}measured`, () => {
    const body = bodyOf(["hello"], length === undefined ? {} : { length });
    const answer = { status, fields: Fields.of({ "Content-Range": range }), body };
    const measured = measuredPart(answer);
    deepEqual(measured.body?.length, isMeasured ? 5 : length);
    equal(measured === answer, !isMeasured);
  });
}
