import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { PassedBody } from "../../src/handlers/passed-body.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { bodyOf, textOf } from "./exchange.ts";

const HEAD = Fields.of({ Connection: "X-Hop", Trailer: "Server-Timing, X-Hop" });

test("content goes on as it comes, and its length stays unknown", async () => {
  const body: Body = new PassedBody(bodyOf(["a", "", "bc"]), HEAD);
  equal(body.length, undefined);
  equal(await textOf({ status: 200, fields: new Fields(), body }), "abc");
  equal(body.trailers, undefined);
});

test("of its trailers those go on that may: what Connection lists, and what heads alone may say, ends here", () => {
  const trailers = Fields.of({ "Server-Timing": "db;dur=9", "X-Hop": "1", "Content-Length": "0", "Set-Cookie": "a=b" });
  const body = new PassedBody({ ...bodyOf([]), trailers }, HEAD);
  deepEqual([...body.trailers!], [["Server-Timing", "db;dur=9"]]);
});

test("a body that nobody wants any more is not wanted within either", () => {
  const inner = bodyOf(["a"]);
  new PassedBody(inner, HEAD).cancel();
  equal(inner.isCancelled, true);
});
