import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { type ConcurrencyOptions, concurrency } from "../../src/handlers/concurrency.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body, Request } from "../../src/http/message.ts";
import type { Answer } from "../../src/web/handler.ts";
import { client } from "../stage.ts";
import { scene as serverScene } from "../web/scene.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";

/** A handler that answers when it is told to, and a house that keeps to a limit. */
function scene(options: ConcurrencyOptions) {
  const begun: string[] = [];
  const asked = new Map<string, PromiseWithResolvers<Answer>>();
  const handler = ({ target }: Request): Promise<Answer> => {
    begun.push(target);
    asked.set(target, Promise.withResolvers());
    return asked.get(target)!.promise;
  };
  const limited = concurrency(handler, options);
  return {
    /** Who has got in so far, in that order. */
    begun,
    /** Somebody comes. */
    ask: (target: string, from = exchange()) => Promise.resolve(limited(request(`GET ${target}`), from)),
    answer: (target: string, given: Partial<Answer> = {}) =>
      asked.get(target)!.resolve({ status: 200, fields: new Fields(), ...given }),
    fail: (target: string) => asked.get(target)!.reject(new Error("broken")),
  };
}

const settled = (): Promise<void> => new Promise(setImmediate);

test("with one place they are served one after another, in the order in which they came", async () => {
  const { begun, ask, answer } = scene({ limit: 1 });
  const all = ["/1", "/2", "/3"].map((target) => ask(target));
  await settled();
  deepEqual(begun, ["/1"]);
  answer("/1");
  await settled();
  deepEqual(begun, ["/1", "/2"]);
  answer("/2");
  await settled();
  answer("/3");
  deepEqual(
    (await Promise.all(all)).map(({ status }) => status),
    [200, 200, 200],
  );
});

for (const [what, given, finish] of [
  ["its content has been read", { body: bodyOf(["hello"]) }, textOf],
  ["its content has broken off", { body: bodyOf([new Error("torn")]) }, (it: Answer) => rejects(textOf(it))],
  ["nobody wants its content any more", { body: bodyOf(["hello"]) }, async (it: Answer) => (it.body as Body).cancel()],
  ["its tunnel is closed", { tunnel: async () => undefined }, (it: Answer) => it.tunnel!(client, new Uint8Array())],
] as const) {
  test(`the next one gets in when ${what}, and no sooner`, async () => {
    const { begun, ask, answer } = scene({ limit: 1 });
    const first = ask("/1");
    void ask("/2");
    answer("/1", given);
    const got = await first;
    await settled();
    deepEqual(begun, ["/1"]);
    await finish(got);
    await settled();
    deepEqual(begun, ["/1", "/2"]);
  });
}

test("a tunnel whose client leaves before it has begun keeps no place", async () => {
  const { begun, ask, answer } = scene({ limit: 1 });
  const from = exchange();
  const first = ask("/1", from);
  void ask("/2");
  answer("/1", { tunnel: async () => undefined });
  await first;
  from.leave();
  await settled();
  deepEqual(begun, ["/1", "/2"]);
});

test("a handler that fails keeps no place, at once or later", async () => {
  const { begun, ask, fail } = scene({ limit: 1 });
  const first = ask("/1");
  void ask("/2");
  fail("/1");
  await rejects(first, { message: "broken" });
  await settled();
  deepEqual(begun, ["/1", "/2"]);

  const broken = concurrency(
    () => {
      throw new Error("broken");
    },
    { limit: 1 },
  );
  for (let i = 0; i < 2; i++) throws(() => broken(request("GET /"), exchange()), { message: "broken" });
});

test("who leaves while waiting leaves the line", async () => {
  const { begun, ask, answer } = scene({ limit: 1, queue: 1 });
  const [first, impatient] = [ask("/1"), exchange()];
  const second = ask("/2", impatient);
  equal((await ask("/3")).status, 503);
  impatient.leave();
  await rejects(second, { code: "ECONNABORTED" });
  const fourth = ask("/4");
  answer("/1");
  await first;
  await settled();
  answer("/4");
  equal((await fourth).status, 200);
  deepEqual(begun, ["/1", "/4"]);
});

test("where even the line is full one is told when to come again", async () => {
  const { ask } = scene({ limit: 1, queue: 0 });
  void ask("/1");
  const { status, fields } = await ask("/2");
  deepEqual([status, fields.get("retry-after")], [503, "5"]);
});

test("an answer that is ready is given at once, and as it is", () => {
  const ready: Answer = { status: 204, fields: new Fields() };
  const limited = concurrency(() => ready, { limit: 1 });
  for (let i = 0; i < 3; i++) equal(limited(request("GET /"), exchange()), ready);
});

test("a limit that is none is refused", () => {
  throws(() => concurrency(() => ({ status: 204, fields: new Fields() }), { limit: 0 }), RangeError);
});

test("on a server: one answer after another, and who left the line is not answered", () => {
  const { promise: time, resolve: go } = Promise.withResolvers<void>();
  const begun: string[] = [];
  const handler = concurrency(
    async ({ target }) => {
      begun.push(target);
      await time;
      return { status: 200, fields: new Fields(), body: bodyOf([target]) };
    },
    { limit: 1 },
  );
  return serverScene(handler, async ({ arrives, clock, complaints }) => {
    const [one, two, three] = [await arrives(), await arrives(), await arrives()];
    for (const [guest, name] of [
      [one, "one"],
      [two, "two"],
      [three, "three"],
    ] as const) {
      await guest.says(`GET /${name} HTTP/1.1`, "Host: a", "Connection: close", "", "");
      await clock.advance(0);
    }
    two.vanishes();
    await clock.advance(0);
    deepEqual(begun, ["/one"]);
    go();
    await one.hearsLike(/\/one/);
    await three.hearsLike(/\/three/);
    deepEqual(begun, ["/one", "/three"]);
    deepEqual(complaints, []);
  });
});
