import { equal } from "node:assert/strict";
import { test } from "node:test";
import { ALLOW, lastHop } from "../../src/handlers/last-hop.ts";
import { request, textOf } from "./exchange.ts";

for (const [method, fields] of [
  ["GET", { "Max-Forwards": "0" }],
  ["TRACE", {}],
  ["TRACE", { "Max-Forwards": "1" }],
  ["TRACE", { "Max-Forwards": "none" }],
  ["OPTIONS", { "Max-Forwards": "-0" }],
] as const) {
  test(`${method} with ${JSON.stringify(fields)} goes on`, () =>
    equal(lastHop(request(`${method} /`, fields as Record<string, string>)), undefined));
}

test("OPTIONS is told what is passed on", () => {
  const answer = lastHop(request("OPTIONS *", { "Max-Forwards": "0" }))!;
  equal(answer.status, 204);
  equal(answer.fields.get("allow"), ALLOW);
});

test("TRACE is told what was heard, without secrets", async () => {
  const answer = lastHop(request("TRACE /x", { Host: "a", "max-forwards": "00", Authorization: "Basic YTpi" }))!;
  equal(answer.status, 200);
  equal(answer.fields.get("content-type"), "message/http");
  equal(await textOf(answer), "TRACE /x HTTP/1.1\r\nHost: a\r\nmax-forwards: 00\r\n\r\n");
});
