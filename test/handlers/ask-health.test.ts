import { equal, rejects } from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { askHealth } from "../../src/handlers/ask-health.ts";
import { parseUpstream } from "../../src/handlers/upstream.ts";
import { Fields } from "../../src/http/fields.ts";
import type { UpstreamError } from "../../src/web/upstream-error.ts";
import { type ProxyScene, proxyScene } from "./proxy-scene.ts";

const nobody = () => () => ({ status: 204, fields: new Fields() });
const asking = (play: (scene: ProxyScene) => Promise<void>) =>
  proxyScene(nobody, play, { servers: ["origin.test:3000"] });

const ASKED = ["Host: origin.test:3000", "User-Agent: maitred", "Accept: */*", "", ""];
const { signal } = new AbortController();

for (const [text, path, target] of [
  ["origin.test:3000", "/", "/"],
  ["origin.test:3000", "/health?deep", "/health?deep"],
  ["http://origin.test:3000/app/", "/health", "/app/health"],
] as const) {
  test(`${text} is asked for ${target}, and its status told`, () =>
    asking(async ({ client, upstream }) => {
      const status = askHealth(client)(parseUpstream(text), path, signal);
      const origin = await upstream("origin.test:3000");
      await origin.hears(`GET ${target} HTTP/1.1`, ...ASKED);
      await origin.says("HTTP/1.1 418 I'm a teapot", "Content-Length: 2", "", "no");
      equal(await status, 418);
      equal(getEventListeners(signal, "abort").length, 0);
      // Its connection is kept, for whoever asks next.
      equal(client.connections, 1);
    }));
}

test("content that still comes is not waited for", () =>
  asking(async ({ client, upstream }) => {
    const status = askHealth(client)(parseUpstream("origin.test:3000"), "/", signal);
    const origin = await upstream("origin.test:3000");
    await origin.says("HTTP/1.1 200 OK", "Content-Length: 1000000", "", "no");
    equal(await status, 200);
    equal(client.connections, 0);
  }));

test("who does not answer fails, and so does who is not there", () =>
  asking(async ({ client, upstream }) => {
    const ask = askHealth(client);
    const status = ask(parseUpstream("origin.test:3000"), "/", signal);
    (await upstream("origin.test:3000")).leaves();
    await rejects(status, (error: UpstreamError) => error.type === "connection_terminated");
    await rejects(ask(parseUpstream("origin.test:1"), "/", signal), (error: UpstreamError) => {
      return error.type === "connection_refused";
    });
  }));

test("who asks no longer waits for no answer, and leaves no connection behind", () =>
  asking(async ({ client, upstream }) => {
    const controller = new AbortController();
    const status = askHealth(client)(parseUpstream("origin.test:3000"), "/", controller.signal);
    const origin = await upstream("origin.test:3000");
    await origin.hears("GET / HTTP/1.1", ...ASKED);
    controller.abort(new Error("The health check takes too long"));
    await rejects(status);
    await origin.hearsBreak();
    equal(client.connections, 0);
  }));

test("who asks no longer before there is a connection waits for none", () =>
  asking(async ({ client }) => {
    const controller = new AbortController();
    const status = askHealth(client)(parseUpstream("origin.test:3000"), "/", controller.signal);
    const why = new Error("The health check takes too long");
    controller.abort(why);
    await rejects(status, why);
    await rejects(askHealth(client)(parseUpstream("origin.test:3000"), "/", controller.signal), why);
    equal(client.connections, 0);
  }));
