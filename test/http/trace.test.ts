import { equal } from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import { traceAnswer } from "../../src/http/trace.ts";

test("TRACE is answered with the request as it came, line by line", () => {
  const fields = Fields.of([
    ["host", "a"],
    ["Via", "1.0 fred"],
    ["X-B", "\xe4"],
    ["via", "1.1 maitred"],
  ]);
  const body = traceAnswer({ method: "TRACE", target: "http://a/?b", minor: 0, fields });
  equal(
    latin1(body),
    "TRACE http://a/?b HTTP/1.0\r\nhost: a\r\nVia: 1.0 fred\r\nX-B: \xe4\r\nvia: 1.1 maitred\r\n\r\n",
  );
});

test("what may be a secret is not said again", () => {
  const names = [
    "Authorization",
    "PROXY-AUTHORIZATION",
    "cookie",
    "Cookie2",
    "X-Api-Key",
    "X-Auth-Token",
    "X-CSRF-Token",
  ];
  const fields = Fields.of(names.map((name) => [name, "secret"] as const)).append("Max-Forwards", "0");
  const body = traceAnswer({ method: "TRACE", target: "/", minor: 1, fields });
  equal(latin1(body), "TRACE / HTTP/1.1\r\nMax-Forwards: 0\r\n\r\n");
});
