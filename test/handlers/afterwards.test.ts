import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { afterwards } from "../../src/handlers/afterwards.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import type { Answer, Talk } from "../../src/web/handler.ts";
import { client } from "../stage.ts";
import { bodyOf, exchange, textOf } from "./exchange.ts";

/** The answer with an ear at its end: what was heard there, and of the content on its way. */
function listening(given: Partial<Answer>, { isBodiless = false, from = exchange() } = {}) {
  const heard: (boolean | Talk)[] = [];
  const seen: string[] = [];
  const answer = afterwards(
    { status: 200, fields: new Fields(), ...given },
    isBodiless,
    (isComplete, talk) => void heard.push(talk ?? isComplete),
    { exchange: from, seen: (bytes) => void seen.push(new TextDecoder().decode(bytes)) },
  );
  return { answer, heard, seen, from, body: answer.body as Body };
}

const HELLO = new TextEncoder().encode("hello");

for (const [what, given, isBodiless, seen] of [
  ["no content", {}, false, []],
  ["bytes", { body: HELLO }, false, ["hello"]],
  ["bytes that are not sent", { body: HELLO }, true, []],
  ["a body that is not sent", { body: bodyOf(["hello"]) }, true, []],
  ["raw bytes, which always are", { body: HELLO, raw: true }, true, ["hello"]],
] as const) {
  test(`${what}: over at once`, () => {
    const scene = listening(given, { isBodiless });
    deepEqual([scene.heard, scene.seen], [[true], seen]);
    equal(scene.answer.body, (given as Partial<Answer>).body);
  });
}

for (const later of [false, true]) {
  const when = later ? "later" : "at once";

  test(`content that comes ${when}: over at its end`, async () => {
    const { answer, heard, seen, body } = listening({ body: bodyOf(["hel", "lo"], { later, length: 5 }) });
    equal(body.length, 5);
    equal(body.read() instanceof Promise, later);
    await body.read();
    deepEqual(heard, []);
    equal(await textOf(answer), "");
    await body.read();
    body.cancel();
    deepEqual([heard, seen], [[true], ["hel", "lo"]]);
  });

  test(`content that breaks off ${when}: over, and it breaks off still`, async () => {
    const { answer, heard } = listening({ body: bodyOf(["hel", new Error("torn")], { later }) });
    await rejects(textOf(answer), { message: "torn" });
    deepEqual(heard, [false]);
  });
}

test("raw content is watched, whatever was asked", async () => {
  const { answer, heard } = listening({ body: bodyOf(["HTTP/1.0 200 OK\r\n\r\n"]), raw: true }, { isBodiless: true });
  deepEqual(heard, []);
  await textOf(answer);
  deepEqual(heard, [true]);
});

test("content that nobody wants any more: over, once, and it is told so", async () => {
  const given = bodyOf(["hel", "lo"]);
  const { heard, body } = listening({ body: given });
  await body.read();
  body.cancel();
  body.cancel();
  equal(given.isCancelled, true);
  deepEqual(heard, [false]);
});

test("trailers pass, and that bytes have gone", () => {
  const trailers = Fields.of({ "X-Sum": "1" });
  let recycled = 0;
  const { body } = listening({ body: { ...bodyOf([]), trailers, recycle: () => void recycled++ } });
  equal(body.trailers, trailers);
  body.recycle?.();
  equal(recycled, 1);
});

test("a tunnel: over when it is, and whoever kept it tells what was said", async () => {
  const talk: Talk = { sent: 1, received: 2, isComplete: true };
  for (const [result, expected] of [
    [undefined, true],
    [talk, talk],
  ] as const) {
    const { promise, resolve } = Promise.withResolvers<Talk | undefined>();
    const { answer, heard, from } = listening({ tunnel: () => promise as Promise<never> });
    const over = answer.tunnel!(client, new Uint8Array());
    // Once it has begun, only its end is its end.
    from.leave();
    deepEqual(heard, []);
    resolve(result);
    equal(await over, result);
    deepEqual(heard, [expected]);
  }
});

test("a tunnel that fails: over, and it fails still", async () => {
  const { answer, heard } = listening({ tunnel: () => Promise.reject(new Error("collapsed")) });
  await rejects(answer.tunnel!(client, new Uint8Array()), { message: "collapsed" });
  deepEqual(heard, [false]);
});

test("a tunnel whose client leaves before it has begun: over, once, also if it is begun all the same", async () => {
  for (const isEarly of [false, true]) {
    const from = exchange();
    if (isEarly) from.leave();
    const { answer, heard } = listening({ tunnel: async () => {} }, { from });
    if (!isEarly) from.leave();
    deepEqual(heard, [false]);
    await answer.tunnel!(client, new Uint8Array());
    deepEqual(heard, [false]);
  }
});

test("only a tunnel asks for the signal, which has its price", async () => {
  const from = {
    ...exchange(),
    get signal(): AbortSignal {
      throw new Error("asked");
    },
  };
  await textOf(listening({ body: bodyOf(["hello"]) }, { from: from as ReturnType<typeof exchange> }).answer);
});
