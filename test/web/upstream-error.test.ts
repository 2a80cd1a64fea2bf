import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { UpstreamError } from "../../src/web/upstream-error.ts";

test("unless it is said, nothing was sent, and nothing tried", () => {
  const { name, type, message, isSent, tried, cause } = new UpstreamError("dns_error", "Cannot reach a: no such host");
  deepEqual(
    [name, type, message, isSent, tried, cause],
    ["UpstreamError", "dns_error", "Cannot reach a: no such host", false, [], undefined],
  );
});

test("what was sent, what was tried and what was behind it is told", () => {
  const cause = new Error("reset");
  const error = new UpstreamError("connection_terminated", "Cannot get an answer", {
    isSent: true,
    tried: ["10.0.0.1:80: nobody listens there"],
    cause,
  });
  deepEqual([error.isSent, error.tried], [true, ["10.0.0.1:80: nobody listens there"]]);
  equal(error.cause, cause);
});
