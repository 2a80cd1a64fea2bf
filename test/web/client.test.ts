import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Incoming, Outgoing } from "../../src/web/asking.ts";
import { bodyOf, HOST, type UpstreamScene, upstreamScene } from "./upstream-scene.ts";
import { contentOf, type Errand, fairErrands, foulErrands, pause, requestOf, Server } from "./upstream-weather.ts";

const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];

// ── one request after the other ──

test("a connection is kept for the next request", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const first = ask("GET /a");
    const server = await upstream();
    await server.hears("GET /a HTTP/1.1", HOST, "", "");
    await server.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "hello");
    equal(await first.whole(), "200 hello");
    const second = ask("GET /b");
    await server.hears("GET /b HTTP/1.1", HOST, "", "");
    await server.says("HTTP/1.1 404 Not Found", "Content-Length: 2", "", "no");
    equal(await second.whole(), "404 no");
    equal(client.connections, 1);
  }));

const SOME_STAY: [answer: string[], stays: boolean][] = [
  [["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"], true],
  [["HTTP/1.1 200 OK", "Connection: keep-alive", "Content-Length: 2", "", "ok"], true],
  [["HTTP/1.1 200 OK", "Connection: close", "Content-Length: 2", "", "ok"], false],
  [["HTTP/1.1 200 OK", "Connection: x, Close", "Content-Length: 2", "", "ok"], false],
  [["HTTP/1.0 200 OK", "Content-Length: 2", "", "ok"], false],
  [["HTTP/1.0 200 OK", "Connection: Keep-Alive", "Content-Length: 2", "", "ok"], true],
  [["HTTP/1.0 200 OK", "Connection: keep-alive, close", "Content-Length: 2", "", "ok"], false],
  [["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ok", "0", "", ""], true],
  [["HTTP/1.1 200 OK", "Connection: close", "Transfer-Encoding: chunked", "", "2", "ok", "0", "", ""], false],
];

for (const [answer, stays] of SOME_STAY) {
  test(`${stays ? "the same" : "a new"} connection after ${answer.slice(0, -1).join(" | ")}`, () =>
    upstreamScene(async ({ ask, upstream, settle, client }) => {
      const first = ask("GET /1");
      const server = await upstream();
      await server.says(...answer);
      equal(await first.whole(), "200 ok");
      await settle();
      equal(client.connections, stays ? 1 : 0);
      const second = ask("GET /2");
      const next = stays ? server : await upstream();
      if (!stays) equal(await server.hearsOut(), `GET /1 HTTP/1.1\r\n${HOST}\r\n\r\n`);
      await next.says(...OK);
      equal(await second.whole(), "200 ok");
    }));
}

test("who asked for the connection's end gets a new one next time", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const asked = ask("GET /1", { fields: Fields.of({ Host: "10.0.0.9", Connection: "close" }) });
    const server = await upstream();
    await server.says(...OK);
    equal(await asked.whole(), "200 ok");
    equal(client.connections, 0);
  }));

test("who speaks HTTP/1.0 has a connection of its own", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const first = ask("GET /1");
    await (await upstream()).says(...OK);
    equal(await first.whole(), "200 ok");
    const second = ask("GET /2", { minor: 0 });
    const server = await upstream();
    await server.hears("GET /2 HTTP/1.0", HOST, "", "");
    await server.says("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 2", "", "ok");
    equal(await second.whole(), "200 ok");
    equal(client.connections, 1);
    equal(await server.hearsOut(), "");
  }));

test("a connection that nobody uses is closed after a while", () =>
  upstreamScene(
    async ({ ask, upstream, clock, client }) => {
      const asked = ask("GET /");
      const server = await upstream();
      await server.says(...OK);
      await asked.whole();
      await clock.advance(5_000);
      equal(client.connections, 1);
      await clock.advance(1_000);
      equal(client.connections, 0);
      await server.hears("GET / HTTP/1.1", HOST, "", "");
      equal(await server.hearsOut(), "");
    },
    { idleTimeout: 5_000 },
  ));

test("a connection that the server closes while it is idle is not asked again", () =>
  upstreamScene(async ({ ask, upstream, settle, client }) => {
    const first = ask("GET /1");
    const server = await upstream();
    await server.says(...OK);
    await first.whole();
    server.leaves();
    await settle();
    equal(client.connections, 0);
    const second = ask("POST /2");
    await (await upstream()).says(...OK);
    equal(await second.whole(), "200 ok");
  }));

test("what a server says unasked is not taken for the next answer", () =>
  upstreamScene(async ({ ask, upstream, settle, client }) => {
    const first = ask("GET /1");
    const server = await upstream();
    await server.says(...OK);
    await first.whole();
    await settle();
    await server.says("HTTP/1.1 200 OK", "Content-Length: 4", "", "evil");
    await settle();
    equal(client.connections, 0);
    const second = ask("GET /2");
    await (await upstream()).says(...OK);
    equal(await second.whole(), "200 ok");
  }));

for (const [what, answer] of [
  ["counted", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
  ["chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
] as const) {
  test(`what stands behind an answer (${what}) is not taken for the next one`, () =>
    upstreamScene(async ({ ask, upstream, client }) => {
      const first = ask("GET /1");
      await (await upstream()).says(`${answer}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
      equal(await first.whole(), "200 ok");
      equal(client.connections, 0);
      const second = ask("GET /2");
      await (await upstream()).says(...OK);
      equal(await second.whole(), "200 ok");
    }));
}

test("content behind an answer to HEAD is not taken for the next one", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const first = ask("HEAD /1");
    await (await upstream()).says("HTTP/1.1 200 OK", "Content-Length: 20", "", "HTTP/1.1 200 OK", "", "");
    equal(await first.whole(), "200 ");
    equal(client.connections, 0);
  }));

// ── asked once more ──

/** A first request has made a connection, which then dies of the next one. What becomes of that? */
const REPEATED: [what: string, line: string, content: () => Partial<Outgoing>, isRepeated: boolean][] = [
  ["GET", "GET /x", () => ({}), true],
  ["HEAD", "HEAD /x", () => ({}), true],
  ["DELETE", "DELETE /x", () => ({}), true],
  ["PUT with its content at hand", "PUT /x", () => ({ body: utf8("abc") }), true],
  ["PUT whose content can be had again", "PUT /x", () => ({ body: abc(), again: abc }), true],
  ["PUT whose content is gone", "PUT /x", () => ({ body: abc() }), false],
  ["PUT whose content turns out to be gone", "PUT /x", () => ({ body: abc(), again: () => undefined }), false],
  ["POST", "POST /x", () => ({}), false],
  ["PATCH with its content at hand", "PATCH /x", () => ({ body: utf8("abc") }), false],
  ["a method that we do not know", "BREW /x", () => ({}), false],
];

const abc = () => bodyOf(["abc"], 3);

for (const [what, line, content, isRepeated] of REPEATED) {
  for (const death of ["leaves", "vanishes"] as const) {
    test(`a server ${death} when a kept connection is asked: ${what} is ${isRepeated ? "" : "not "}asked again`, () =>
      upstreamScene(async ({ ask, upstream, client }) => {
        const first = ask("GET /1");
        const server = await upstream();
        await server.says(...OK);
        await first.whole();
        const second = ask(line, content());
        await server.hearsLike(/ \/x HTTP\/1.1\r\n/);
        server[death]();
        if (!isRepeated) {
          await second.fails("connection_terminated");
          equal(client.connections, 0);
          return;
        }
        const next = await upstream();
        const isHead = line.startsWith("HEAD");
        await next.hears(`${line} HTTP/1.1`, HOST, "");
        if (content().body !== undefined) await next.hears("Content-Length: 3", "", "abc");
        await next.says("HTTP/1.1 200 OK", "Content-Length: 2", "", isHead ? "" : "ok");
        equal(await second.whole(), isHead ? "200 " : "200 ok");
      }));
  }
}

test("nobody is asked a third time", () =>
  upstreamScene(async (scene) => {
    const first = scene.ask("GET /1");
    const server = await scene.upstream();
    await server.says(...OK);
    await first.whole();
    const second = scene.ask("GET /2");
    await server.hearsLike(/GET \/2/);
    server.leaves();
    (await scene.upstream()).leaves();
    await second.fails("connection_terminated");
    equal(scene.dials, 2);
  }));

test("nobody is asked a third time, be it over a connection that was used by others in between", () =>
  upstreamScene(
    async (scene) => {
      const first = scene.ask("GET /1");
      const server = await scene.upstream();
      await server.says(...OK);
      await first.whole();
      const [second, other] = [scene.ask("GET /2"), scene.ask("GET /other")];
      await server.hearsLike(/GET \/2/);
      server.leaves();
      const next = await scene.upstream();
      await next.hears("GET /other HTTP/1.1", HOST, "", "");
      await next.says(...OK);
      equal(await other.whole(), "200 ok");
      await next.hears("GET /2 HTTP/1.1", HOST, "", "");
      next.leaves();
      await second.fails("connection_terminated");
      equal(scene.dials, 2);
    },
    { connections: 1 },
  ));

test("a server that dies at the first request is not asked again", () =>
  upstreamScene(async (scene) => {
    const asked = scene.ask("GET /");
    const server = await scene.upstream();
    await server.hears("GET / HTTP/1.1", HOST, "", "");
    server.leaves();
    await asked.fails("connection_terminated");
    equal(scene.dials, 1);
  }));

test("a server that has said a byte is not asked again", () =>
  upstreamScene(async (scene) => {
    const first = scene.ask("GET /1");
    const server = await scene.upstream();
    await server.says(...OK);
    await first.whole();
    const second = scene.ask("GET /2");
    await server.hearsLike(/GET \/2/);
    await server.says("H");
    server.leaves();
    await second.fails("http_response_incomplete");
    equal(scene.dials, 1);
  }));

test("a server that has said something before it vanished is not asked again", () =>
  upstreamScene(async (scene) => {
    const first = scene.ask("GET /1");
    const server = await scene.upstream();
    await server.says(...OK);
    await first.whole();
    const second = scene.ask("GET /2");
    await server.hearsLike(/GET \/2/);
    await server.says("HTTP/1.1 103 Early Hints", "", "");
    await scene.settle();
    server.vanishes();
    await second.fails("connection_terminated");
    equal(scene.dials, 1);
  }));

test("the content that is sent again is sent from its beginning", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const first = ask("GET /1");
    const server = await upstream();
    await server.says(...OK);
    await first.whole();
    const late = new Promise<string>(() => {});
    const second = ask("PUT /2", { body: bodyOf(["first ", late]), again: () => bodyOf(["first ", "and rest"]) });
    await server.hearsLike(/\r\n6\r\nfirst \r\n/);
    server.vanishes();
    const next = await upstream();
    await next.hears("PUT /2 HTTP/1.1", HOST, "Transfer-Encoding: chunked", "", "");
    await next.hears("6", "first ", "8", "and rest", "0", "", "");
    await next.says(...OK);
    equal(await second.whole(), "200 ok");
  }));

test("what must not be asked twice goes over a connection that was in use just now", () =>
  upstreamScene(async (scene) => {
    await scene.clock.advance(10_000);
    const first = scene.ask("GET /1");
    const server = await scene.upstream();
    await server.says(...OK);
    await first.whole();
    await scene.clock.advance(1000);
    const second = scene.ask("POST /2");
    await server.hearsLike(/POST \/2/);
    await server.says(...OK);
    equal(await second.whole(), "200 ok");

    await scene.clock.advance(2000);
    const third = scene.ask("POST /3");
    const other = await scene.upstream();
    await other.hearsLike(/POST \/3/);
    await other.says(...OK);
    equal(await third.whole(), "200 ok");
    equal(scene.client.connections, 2);

    // What may be asked twice takes the one that was in use last.
    await scene.clock.advance(2000);
    const fourth = scene.ask("GET /4");
    await other.hearsLike(/GET \/4/);
    await other.says(...OK);
    equal(await fourth.whole(), "200 ok");
  }));

test("where there is no room for a new one, the one that is too old for it makes room", () =>
  upstreamScene(
    async (scene) => {
      for (const path of ["/1", "/2", "/3"]) {
        const asked = scene.ask(`POST ${path}`);
        const server = await scene.upstream();
        await server.hearsLike(/POST /);
        await server.says(...OK);
        equal(await asked.whole(), "200 ok");
        equal(scene.client.connections, 1);
        await scene.clock.advance(2000);
      }
      // The count is still right.
      const [fourth, fifth] = [scene.ask("POST /4"), scene.ask("POST /5")];
      const server = await scene.upstream();
      await scene.settle();
      equal(scene.client.connections, 1);
      await server.says(...OK);
      equal(await fourth.whole(), "200 ok");
      await server.says(...OK);
      equal(await fifth.whole(), "200 ok");
      equal(scene.dials, 4);
    },
    { connections: 1 },
  ));

// ── the end ──

test("a server that cannot be reached has not been asked", () =>
  upstreamScene(async ({ ask, client, goesDown }) => {
    await goesDown();
    const asked = ask("GET /");
    await asked.fails("connection_refused", false);
    equal(client.connections, 0);
  }));

test("a client that was closed lets what is under way go on, and asks no more", () =>
  upstreamScene(async (scene) => {
    const idle = scene.ask("GET /1");
    const first = await scene.upstream();
    const busy = scene.ask("GET /2");
    const second = await scene.upstream();
    await first.says(...OK);
    await idle.whole();
    equal(scene.client.connections, 2);
    scene.client.close();
    equal(scene.client.connections, 1);
    equal(await first.hearsOut(), `GET /1 HTTP/1.1\r\n${HOST}\r\n\r\n`);
    await second.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "1", "o", "");
    equal(await busy.reads(), "o");
    await second.says("1", "k", "0", "", "");
    equal(await busy.reads(), "k");
    equal(await busy.reads(), undefined);
    equal(scene.client.connections, 0);
    await scene.ask("GET /3").fails("proxy_internal_error", false);
    equal(scene.dials, 2);
  }));

test("a request that cannot be written is our own mistake", () =>
  upstreamScene(async ({ ask, client }) => {
    const asked = ask("GET /", { fields: Fields.of({ Host: "a\r\nX: y" }) });
    await rejects(asked.answer, TypeError);
    equal(client.connections, 0);
  }));

// ── any weather ──

/** What came of an errand. */
type Outcome = { readonly content: string; readonly id: string | undefined } | "broken" | "cancelled" | "failed";

async function run(scene: UpstreamScene, id: number, errand: Errand): Promise<Outcome> {
  const { clock } = scene;
  await pause(clock, errand.at);
  const content = () =>
    bodyOf(requestOf(id, errand).map((part, i) => pause(clock, errand.content[i]!).then(() => part)));
  const hasContent = requestOf(id, errand).length > 0;
  const asked = scene.ask(`${errand.method} /${id}`, hasContent ? { body: content(), again: content } : {});
  if (errand.leaves !== undefined) clock.after(errand.leaves, () => asked.leaves());
  let answer: Incoming;
  try {
    answer = await asked.answer;
  } catch {
    return "failed";
  }
  for (const line of asked.informed) equal(line, `103 X-Id: ${id}`);
  const { body, fields } = answer;
  if (body === undefined || body instanceof Uint8Array) return { content: latin1(body!), id: fields.get("x-id") };
  let text = "";
  try {
    for (let reads = 0; ; reads++) {
      if (reads === errand.cancelsAfter) {
        body.cancel();
        return "cancelled";
      }
      const part = await body.read();
      if (part === undefined) break;
      text += latin1(part);
      await pause(clock, errand.pace);
    }
  } catch {
    return "broken";
  }
  // Whoever cancels now is too late to do harm.
  body.cancel();
  return { content: text, id: fields.get("x-id") };
}

/** All of them at once; what came of each, and the server they asked. */
async function runAll(scene: UpstreamScene, errands: readonly Errand[], limit: number) {
  const server = new Server(scene.clock, errands);
  void (async () => {
    for (;;) void server.serve((await scene.upstream()).socket);
  })().catch(() => {});
  const outcomes: (Outcome | undefined)[] = errands.map(() => undefined);
  for (const [id, errand] of errands.entries()) {
    void run(scene, id, errand).then((outcome) => (outcomes[id] = outcome));
  }
  for (let i = 0; i < 200; i++) {
    await scene.clock.advance(10);
    ok(scene.client.connections <= limit);
  }
  await scene.clock.advance(60_000);
  return { server, outcomes };
}

const PATIENCE = { answerTimeout: 1000, readTimeout: 1000, waitTimeout: 20_000, idleTimeout: 5000 };

test("whatever servers and clients do, nobody gets another's answer, or half of one for a whole, or twice what must be once", () =>
  fc.assert(
    fc.asyncProperty(foulErrands, fc.integer({ min: 1, max: 3 }), fc.nat({ max: 2 }), (errands, connections, idle) =>
      upstreamScene(
        async (scene) => {
          const { server, outcomes } = await runAll(scene, errands, connections);
          for (const [id, errand] of errands.entries()) {
            const outcome = outcomes[id];
            // Nobody waits for ever.
            notEqual(outcome, undefined);
            ok(server.asked[id]! <= (errand.method === "POST" ? 1 : 2));
            if (typeof outcome !== "object") continue;
            deepEqual(outcome, { content: contentOf(id, errand), id: String(id) });
            ok(server.said.has(id));
          }
          deepEqual(server.garbled, []);
          equal(scene.client.connections, 0);
        },
        { ...PATIENCE, connections, idle },
      ),
    ),
    { numRuns: 100 },
  ));

test("where servers keep to the protocol, everybody gets an answer", () =>
  fc.assert(
    fc.asyncProperty(fairErrands, fc.integer({ min: 1, max: 3 }), fc.nat({ max: 2 }), (errands, connections, idle) =>
      upstreamScene(
        async (scene) => {
          const { server, outcomes } = await runAll(scene, errands, connections);
          deepEqual(
            outcomes,
            errands.map((errand, id) => ({ content: contentOf(id, errand), id: String(id) })),
          );
          deepEqual(
            server.asked,
            errands.map(() => 1),
          );
          equal(scene.client.connections, 0);
        },
        { ...PATIENCE, connections, idle },
      ),
    ),
    { numRuns: 50 },
  ));
