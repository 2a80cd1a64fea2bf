import { ok } from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../../src/http/limits.ts";

test("a request line of 8000 bytes is supported, as RFC 9112 §3 recommends", () => ok(LIMITS.startLine >= 8000));
test("one field fits into all of them together", () => ok(LIMITS.field <= LIMITS.fields));
