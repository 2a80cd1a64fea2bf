import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { loadApp } from "../../src/handlers/app.ts";
import { fetchHandler } from "../../src/handlers/fetch.ts";
import type { Body } from "../../src/http/message.ts";
import { bodyOf, exchange, request, textOf } from "../handlers/exchange.ts";

const handler = fetchHandler(await loadApp("examples/app.ts"));

test("it says who asks, and for what", async () => {
  const answer = await handler(request("GET /", { "Host": "a", "User-Agent": "curl/8" }), exchange());
  deepEqual(JSON.parse(await textOf(answer)), { ip: "192.0.2.7", method: "GET", url: "http://a/", agent: "curl/8" });
});

test("HEAD tells what GET would", async () => {
  const { status, fields, body } = await handler(request("HEAD /"), exchange());
  deepEqual([status, fields.get("content-type"), body], [200, "application/json", undefined]);
});

test("what comes goes back, while it comes", async () => {
  equal(await textOf(await handler(request("PUT /echo", {}, bodyOf(["hel", "lo"])), exchange())), "hello");
});

test("the clock ticks until one leaves", async () => {
  const it = exchange();
  const answer = await handler(request("GET /clock"), it);
  const body = answer.body as Body;
  equal(answer.fields.get("content-type"), "text/event-stream");
  equal(new TextDecoder().decode(await body.read()).startsWith("data: "), true);
  it.leave();
  deepEqual(it.complaints, []);
});

test("an order is taken now, and cooked after the answer", async (t) => {
  const served = t.mock.method(console, "error", () => {});
  const answer = await handler(request("POST /orders", {}, "two coffees"), exchange());
  equal(answer.status, 202);
  equal(served.mock.callCount(), 0);
  await handler.settled();
  deepEqual(served.mock.calls[0]?.arguments, ["Served: two coffees"]);
});

test("what it does not know is not found", async () => {
  equal((await handler(request("GET /soup"), exchange())).status, 404);
});
