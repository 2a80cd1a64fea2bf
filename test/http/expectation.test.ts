import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { expectsContinue } from "../../src/http/expectation.ts";
import { Fields } from "../../src/http/fields.ts";

test("one may expect to be told to go on, and nothing else", () => {
  equal(expectsContinue(1, new Fields()), false);
  equal(expectsContinue(1, Fields.of({ Expect: "100-Continue" })), true);
  equal(expectsContinue(0, Fields.of({ Expect: "100-continue" })), false);
  throws(() => expectsContinue(1, Fields.of({ Expect: "200-ok" })), { status: 417 });
});
