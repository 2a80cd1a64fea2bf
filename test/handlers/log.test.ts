import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { log } from "../../src/handlers/log.ts";
import { Fields } from "../../src/http/fields.ts";
import { type Body, ProtocolError } from "../../src/http/message.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Answer, Handler, Talk } from "../../src/web/handler.ts";
import { client } from "../stage.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";

/** A handler with a log whose lines are read back: status, bytes, milliseconds, and whether it is complete. */
function logging(handler: Handler) {
  const clock = new VirtualClock(Date.UTC(2000, 9, 10));
  const writes: string[] = [];
  const logged = log(handler, { format: "json", write: (lines) => writes.push(lines), clock });
  const lines = () => {
    logged.flush();
    return writes
      .join("")
      .split("\n")
      .slice(0, -1)
      .map((line): Record<string, unknown> => JSON.parse(line));
  };
  const figures = () => lines().map(({ status, bytes, ms, complete }) => [status, bytes, ms, complete]);
  return { logged, clock, writes, lines, figures };
}

const answer = (body?: Body | Uint8Array, status = 200): Answer => ({ status, fields: new Fields(), body });
const HELLO = new TextEncoder().encode("hello");

const AT_ONCE: [what: string, line: string, answer: Answer, status: number | undefined, bytes: number][] = [
  ["bytes", "GET /", answer(HELLO), 200, 5],
  ["a prepared response", "GET /", new PreparedResponse(404, new Fields(), HELLO), 404, 5],
  ["an answer without content", "GET /", answer(undefined, 302), 302, 0],
  ["bytes for HEAD", "HEAD /", answer(HELLO), 200, 0],
  ["a body for HEAD", "HEAD /", answer(bodyOf(["hello"])), 200, 0],
  ["a body for 304", "GET /", answer(bodyOf([]), 304), 304, 0],
  ["raw bytes", "GET /", { ...answer(new TextEncoder().encode("HTTP/1.0 418 Tea\r\n\r\n")), raw: true }, 418, 20],
  ["raw nonsense", "GET /", { ...answer(HELLO), raw: true }, undefined, 5],
];

for (const [what, line, given, status, bytes] of AT_ONCE) {
  test(`${what} passes as it is, and is logged at once`, () => {
    const { logged, figures } = logging(() => given);
    equal(logged(request(line), exchange()), given);
    deepEqual(figures(), [[status, bytes, 0, true]]);
  });
}

for (const later of [false, true]) {
  test(`content that comes ${later ? "later" : "at once"} is counted, and logged when it ends`, async () => {
    const { logged, clock, figures } = logging(() => answer(bodyOf(["hel", "lo"], { later, length: 5 })));
    const body = (await logged(request("GET /"), exchange())).body as Body;
    equal(body.length, 5);
    equal(body.read() instanceof Promise, later);
    await body.read();
    deepEqual(figures(), []);
    await clock.advance(250);
    equal(await body.read(), undefined);
    body.cancel();
    deepEqual(figures(), [[200, 5, 250, true]]);
  });

  test(`content that breaks off ${later ? "later" : "at once"} is logged as broken`, async () => {
    const { logged, figures } = logging(() => answer(bodyOf(["hel", new Error("torn")], { later })));
    await rejects(textOf(await logged(request("GET /"), exchange())), { message: "torn" });
    deepEqual(figures(), [[200, 3, 0, false]]);
  });
}

test("a tunnel is logged when it is over, with what the client was sent where that is known", async () => {
  const talk: Talk = { sent: 3, received: 5, isComplete: false };
  for (const [said, line] of [
    [undefined, [101, undefined, 250, true]],
    [talk, [101, 5, 250, false]],
  ] as const) {
    const { promise, resolve } = Promise.withResolvers<Talk | undefined>();
    const { logged, clock, figures } = logging(() => ({
      ...answer(undefined, 101),
      tunnel: () => promise as Promise<never>,
    }));
    const { tunnel } = await logged(request("GET /"), exchange());
    const over = tunnel!(client, new Uint8Array());
    await clock.advance(250);
    deepEqual(figures(), []);
    resolve(said);
    equal(await over, said);
    deepEqual(figures(), [line]);
  }
});

test("a tunnel whose client leaves before it has begun is logged as broken", async () => {
  const { logged, figures } = logging(() => ({ ...answer(undefined, 101), tunnel: async () => {} }));
  const one = exchange();
  await logged(request("GET /"), one);
  one.leave();
  deepEqual(figures(), [[101, undefined, 0, false]]);
});

test("that bytes have gone is passed on to who gave them", async () => {
  let recycled = 0;
  const { logged } = logging(() => answer({ ...bodyOf(["hello"]), recycle: () => void recycled++ }));
  const body = (await logged(request("GET /"), exchange())).body as Body;
  body.recycle?.();
  equal(recycled, 1);
});

test("content that nobody wants any more is logged as broken, once, and cancelled", async () => {
  const given = bodyOf(["hel", "lo"]);
  const { logged, figures } = logging(() => answer(given));
  const body = (await logged(request("GET /"), exchange())).body as Body;
  await body.read();
  body.cancel();
  body.cancel();
  equal(given.isCancelled, true);
  deepEqual(figures(), [[200, 3, 0, false]]);
});

test("trailers pass", async () => {
  const trailers = Fields.of({ "X-Sum": "1" });
  const { logged } = logging(() => answer(Object.assign(bodyOf([]), { trailers })));
  equal(((await logged(request("GET /"), exchange())).body as Body).trailers, trailers);
});

for (const [first, status] of [
  ["HTTP/1.1 204 No Content\r\n\r\n", 204],
  ["HTTP/1.1 2040 ?\r\n\r\n", undefined],
  ["hello", undefined],
] as const) {
  test(`a program that begins with ${JSON.stringify(first)} is logged with the status ${status ?? "-"}`, async () => {
    const { logged, figures } = logging(() => ({ ...answer(bodyOf(["", first])), raw: true }));
    await textOf(await logged(request("HEAD /"), exchange()));
    deepEqual(figures(), [[status, first.length, 0, true]]);
  });
}

test("the time counts from the request", async () => {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const { logged, clock, lines } = logging(() => promise);
  await clock.advance(1000);
  const answered = logged(request("GET /x"), exchange());
  await clock.advance(40);
  resolve(answer(HELLO));
  await answered;
  deepEqual([lines()[0]!.time, lines()[0]!.ms], ["2000-10-10T00:00:01.000Z", 40]);
});

for (const [error, status] of [
  [new Error("secret"), 500],
  [new ProtocolError(413, "too much"), 413],
] as const) {
  test(`a handler that throws ${error.name} is logged with ${status}, and throws still`, async () => {
    const { logged, figures } = logging(({ target }) => {
      if (target === "/later") return Promise.reject(error);
      throw error;
    });
    throws(() => logged(request("GET /"), exchange()), error);
    await rejects(async () => logged(request("GET /later"), exchange()), error);
    deepEqual(figures(), [
      [status, undefined, 0, true],
      [status, undefined, 0, true],
    ]);
  });
}

test("how a cache came by the answer is asked for once, when it is over", async () => {
  let asked = 0;
  const account = () => ({ hit: true, because: [], asked: ++asked });
  for (const body of [HELLO, bodyOf(["hel", "lo"])]) {
    const { logged, lines } = logging(() => ({ ...answer(body), account }));
    const before = asked;
    const passed = await logged(request("GET /"), exchange());
    if (!(body instanceof Uint8Array)) equal(asked, before);
    await textOf(passed);
    equal(asked, before + 1);
    deepEqual(lines()[0]!.cache, { hit: true, because: [], asked });
    equal(passed.account, account);
  }
});

test("lines are written together, when what is being done is done", async () => {
  const { logged, clock, writes } = logging(() => answer(HELLO));
  logged(request("GET /1"), exchange());
  logged(request("GET /2"), exchange());
  equal(writes.join(""), "");
  await clock.advance(0);
  equal(writes.length, 1);
  equal(writes[0]!.split("\n").length, 3);
  logged(request("GET /3"), exchange());
  await clock.advance(0);
  equal(writes.length, 2);
});

test("nothing is written twice, and nothing empty", async () => {
  const { logged, clock, writes } = logging(() => answer(HELLO));
  logged.flush();
  logged(request("GET /"), exchange());
  logged.flush();
  await clock.advance(0);
  equal(writes.length, 1);
});

test("what the server answers itself can be told, too", () => {
  const { logged, lines } = logging(() => answer());
  const remote = { host: "192.0.2.1", port: 1 };
  logged.record({ date: 0, duration: 0, remote, request: undefined, status: 400, bytes: 0, isComplete: true });
  deepEqual([lines()[0]!.remote, lines()[0]!.status], ["192.0.2.1", 400]);
});

test("colours and format are as chosen", () => {
  const writes: string[] = [];
  const write = (lines: string) => void writes.push(lines);
  const logged = log(() => answer(HELLO), { format: "pretty", colours: true, clock: new VirtualClock(), write });
  logged(request("GET /x"), exchange());
  logged.flush();
  equal(writes[0]!.includes("\x1b[32m200\x1b[0m  GET /x"), true);
});
