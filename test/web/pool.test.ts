import { equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import type { Origin } from "../../src/web/origin.ts";
import type { Client as Talker } from "./scene.ts";
import { type Asked, HOST, type UpstreamScene, upstreamScene } from "./upstream-scene.ts";

const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const LAST = ["HTTP/1.1 200 OK", "Connection: close", "Content-Length: 2", "", "ok"];

/** It is asked for this, and says yes. */
async function answers(server: Talker, path: string, asked: Asked, answer: string[] = OK): Promise<void> {
  await server.hears(`GET ${path} HTTP/1.1`, HOST, "", "");
  await server.says(...answer);
  equal(await asked.whole(), "200 ok");
}

// ── so many at once ──

test("who comes when all connections are in use waits, and whoever came first is served first", () =>
  upstreamScene(
    async ({ ask, upstream, client, settle }) => {
      const [a, b, c, d, e] = ["/a", "/b", "/c", "/d", "/e"].map((path) => ask(`GET ${path}`)) as Asked[];
      const [one, two] = [await upstream(), await upstream()];
      await settle();
      equal(client.connections, 2);
      await answers(two, "/b", b!);
      await answers(two, "/c", c!);
      await answers(one, "/a", a!);
      await answers(two, "/d", d!);
      await answers(one, "/e", e!);
      equal(client.connections, 2);
    },
    { connections: 2 },
  ));

test("a connection that ends makes room for one more, which the first in line makes", () =>
  upstreamScene(
    async ({ ask, upstream, client }) => {
      const [a, b, c] = [ask("GET /a"), ask("GET /b"), ask("GET /c")];
      await answers(await upstream(), "/a", a, LAST);
      const next = await upstream();
      await answers(next, "/b", b);
      await answers(next, "/c", c);
      equal(client.connections, 1);
    },
    { connections: 1 },
  ));

for (const [what, more, isReset] of [
  ["whose server has left by now", "", false],
  ["whose server is lost by now", "", true],
  ["on which something stands that nobody asked for", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", false],
] as const) {
  test(`a connection ${what} is not handed on`, () =>
    upstreamScene(
      async (scene) => {
        const [a, b] = [scene.ask("GET /a"), scene.ask("POST /b")];
        const server = await scene.upstream();
        await server.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ok", "0", "", "");
        equal(await a.reads(), "ok");
        await server.says(more);
        if (isReset) server.vanishes();
        else if (more === "") server.leaves();
        await scene.settle();
        equal(await a.reads(), undefined);
        const next = await scene.upstream();
        await next.hears("POST /b HTTP/1.1", HOST, "Content-Length: 0", "", "");
        await next.says(...OK);
        equal(await b.whole(), "200 ok");
        equal(scene.dials, 2);
      },
      { connections: 1 },
    ));
}

test("nor is it handed on to who asks the very moment it comes free", () =>
  upstreamScene(async (scene) => {
    const a = scene.ask("GET /a");
    const server = await scene.upstream();
    await server.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ok", "0", "", "");
    const body = await a.body();
    await body.read();
    await server.says("HTTP/1.1 200 OK", "Content-Length: 4", "", "evil");
    equal(body.read(), undefined);
    const b = scene.ask("GET /b");
    await answers(await scene.upstream(), "/b", b);
  }));

test("a line has its limit", () =>
  upstreamScene(
    async ({ ask, upstream }) => {
      const [a, b, c] = [ask("GET /a"), ask("GET /b"), ask("GET /c")];
      const error = await c.fails("connection_limit_reached", false);
      equal(error.message, "Cannot reach http://10.0.0.9:80: 1 connections are in use, and 1 requests wait already");
      const server = await upstream();
      await answers(server, "/a", a);
      await answers(server, "/b", b);
    },
    { connections: 1, waiting: 1 },
  ));

test("a line is left after a while", () =>
  upstreamScene(
    async ({ ask, upstream, clock }) => {
      const a = ask("GET /a");
      const server = await upstream();
      const b = ask("GET /b");
      await clock.advance(3000);
      const c = ask("GET /c");
      await clock.advance(3000);
      const error = await b.fails("connection_limit_reached", false);
      equal(error.message, "Cannot reach http://10.0.0.9:80: 1 connections are in use, and none came free in time");
      await answers(server, "/a", a);
      await answers(server, "/c", c);
    },
    { connections: 1, waitTimeout: 5000 },
  ));

test("time that passed while nobody was there is no time spent in a line", () =>
  upstreamScene(
    async ({ ask, upstream, clock }) => {
      await clock.advance(100_000);
      const [a, b] = [ask("GET /a"), ask("GET /b")];
      await clock.advance(4000);
      const server = await upstream();
      await answers(server, "/a", a);
      await answers(server, "/b", b);
    },
    { connections: 1, waitTimeout: 5000 },
  ));

// ── who leaves, and who cannot be reached ──

test("who leaves the line is not served, and fails with the reason", () =>
  upstreamScene(
    async ({ ask, upstream }) => {
      const [a, b, c] = [ask("GET /a"), ask("GET /b"), ask("GET /c")];
      const server = await upstream();
      b.leaves();
      await rejects(b.answer, { name: "AbortError" });
      await answers(server, "/a", a);
      await answers(server, "/c", c);
    },
    { connections: 1 },
  ));

test("who has left already does not get into the line", () =>
  upstreamScene(
    async (scene) => {
      const a = scene.ask("GET /a");
      const server = await scene.upstream();
      const b = scene.ask("GET /b", {}, scene.origin, true);
      await rejects(b.answer, { name: "AbortError" });
      await answers(server, "/a", a);
    },
    { connections: 1 },
  ));

test("who leaves while being connected makes room", () =>
  upstreamScene(
    async (scene) => {
      const [a, b] = [scene.ask("GET /a"), scene.ask("GET /b")];
      a.leaves();
      await rejects(a.answer, { name: "AbortError" });
      await answers(await scene.upstream(), "/b", b);
      equal(scene.dials, 2);
    },
    { connections: 1 },
  ));

test("a server that cannot be reached is a matter of who tried; the next in line tries again", () =>
  upstreamScene(
    async (scene) => {
      await scene.goesDown();
      const [a, b, c] = [scene.ask("GET /a"), scene.ask("GET /b"), scene.ask("GET /c")];
      await a.fails("connection_refused", false);
      await b.fails("connection_refused", false);
      await c.fails("connection_refused", false);
      equal(scene.dials, 3);
      equal(scene.client.connections, 0);
    },
    { connections: 1 },
  ));

test("a connection that was made for who has left is closed", async () => {
  const leaving: Asked[] = [];
  await upstreamScene(
    async ({ ask, upstream, client }) => {
      leaving.push(ask("GET /a"));
      await rejects(leaving[0]!.answer, { name: "AbortError" });
      equal(await (await upstream()).hearsOut(), "");
      equal(client.connections, 0);
    },
    {
      dialled(socket) {
        leaving[0]!.leaves();
        return socket;
      },
    },
  );
});

// ── at rest ──

/** One request to each, answered after the other; the servers' sides of the connections. */
async function visits(scene: UpstreamScene, origins: readonly Origin[]): Promise<Talker[]> {
  const servers: Talker[] = [];
  for (const origin of origins) {
    const asked = scene.ask("GET /", {}, origin);
    const server = await scene.upstream(origin);
    servers.push(server);
    await says(server, "/", origin, asked);
    await scene.clock.advance(1000);
  }
  return servers;
}

/** It is asked for this, by its name, and says yes. */
async function says(server: Talker, path: string, origin: Origin, asked: Asked): Promise<void> {
  await server.hears(`GET ${path} HTTP/1.1`, `Host: ${origin.authority}`, "", "");
  await server.says(...OK);
  equal(await asked.whole(), "200 ok");
}

test("only so many idle connections are kept for an origin", () =>
  upstreamScene(
    async ({ ask, upstream, client }) => {
      const everybody = [ask("GET /"), ask("GET /"), ask("GET /")];
      const servers = [await upstream(), await upstream(), await upstream()];
      for (const [i, asked] of everybody.entries()) await answers(servers[i]!, "/", asked);
      equal(client.connections, 2);
      equal(await servers[2]!.hearsOut(), "");
    },
    { idle: 2 },
  ));

test("only so many idle connections are kept in all: the one unused for longest leaves", () =>
  upstreamScene(
    async (scene) => {
      const [a, b, c] = [await scene.opens("10.0.1.1"), await scene.opens("10.0.1.2"), await scene.opens("10.0.1.3")];
      const [one, two] = await visits(scene, [a, b]);
      await says(one!, "/again", a, scene.ask("GET /again", {}, a));
      await visits(scene, [c]);
      equal(scene.client.connections, 2);
      equal(await two!.hearsOut(), "");
      await says(one!, "/still", a, scene.ask("GET /still", {}, a));
    },
    { idleInAll: 2 },
  ));

test("a server that leaves makes room for another's idle connection", () =>
  upstreamScene(
    async (scene) => {
      const [a, b, c] = [await scene.opens("10.0.1.1"), await scene.opens("10.0.1.2"), await scene.opens("10.0.1.3")];
      const [, two] = await visits(scene, [a, b]);
      two!.leaves();
      await scene.settle();
      equal(scene.client.connections, 1);
      await visits(scene, [c]);
      equal(scene.client.connections, 2);
    },
    { idleInAll: 2 },
  ));

test("none is kept where none may be", () =>
  upstreamScene(
    async (scene) => {
      await visits(scene, [scene.origin]);
      equal(scene.client.connections, 0);
    },
    { idleInAll: 0 },
  ));

test("of the idle ones the one that was in use last is asked", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const [a, b] = [ask("GET /a"), ask("GET /b")];
    const [one, two] = [await upstream(), await upstream()];
    await answers(two, "/b", b);
    await answers(one, "/a", a);
    await answers(one, "/c", ask("GET /c"));
    const [d, e] = [ask("GET /d"), ask("GET /e")];
    await answers(one, "/d", d);
    await answers(two, "/e", e);
  }));

test("origins do not share their connections, nor their lines", () =>
  upstreamScene(
    async (scene) => {
      const other = await scene.opens("10.0.0.8");
      const waiting = scene.ask("GET /a");
      const server = await scene.upstream();
      const queued = scene.ask("GET /b");
      const elsewhere = scene.ask("GET /c", {}, other);
      const second = await scene.upstream(other);
      await second.hears("GET /c HTTP/1.1", "Host: 10.0.0.8", "", "");
      await second.says(...OK);
      equal(await elsewhere.whole(), "200 ok");
      await answers(server, "/a", waiting);
      await answers(server, "/b", queued);
      equal(scene.client.connections, 2);
    },
    { connections: 1 },
  ));

test("when the client is closed, whoever waits is told so", () =>
  upstreamScene(
    async ({ ask, upstream, client, settle }) => {
      const a = ask("GET /a");
      const server = await upstream();
      const [b, c] = [ask("GET /b"), ask("GET /c")];
      await settle();
      client.close();
      await b.fails("proxy_internal_error", false);
      await c.fails("proxy_internal_error", false);
      await answers(server, "/a", a);
      equal(client.connections, 0);
    },
    { connections: 1 },
  ));

test("who was just handed a connection when the client is closed is told so", () =>
  upstreamScene(
    async ({ ask, upstream, client }) => {
      const [a, b] = [ask("GET /a"), ask("GET /b")];
      const server = await upstream();
      await server.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ok", "0", "", "");
      const body = await a.body();
      await body.read();
      equal(body.read(), undefined);
      client.close();
      await b.fails("proxy_internal_error", false);
      await server.hears("GET /a HTTP/1.1", HOST, "", "");
      equal(await server.hearsOut(), "");
    },
    { connections: 1 },
  ));

test("a connection that was made too late for a client that is closed is closed, too", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const asked = ask("GET /a");
    client.close();
    await asked.fails("proxy_internal_error", false);
    equal(await (await upstream()).hearsOut(), "");
    equal(client.connections, 0);
  }));
