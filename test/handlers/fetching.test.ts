import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Fetching } from "../../src/handlers/fetching.ts";
import type { Again, Journey, Past } from "../../src/handlers/means.ts";
import type { Body } from "../../src/http/message.ts";
import type { Answer } from "../../src/web/handler.ts";
import { type CacheMeans, cacheMeans, journey, ok, streamed, unreachable } from "./cache-means.ts";
import { exchange, type TestExchange, textOf } from "./exchange.ts";
import { Spoken } from "./spoken-body.ts";

const text = new TextDecoder();

/** Several who ask; those who do so in vain do it again. */
function asking(means: CacheMeans) {
  const fetching = new Fetching(means);
  const asks = (fields: Record<string, string> = {}, theirs: TestExchange = exchange()): Promise<Answer> => {
    const begin = (past: Past): Answer | Promise<Answer> => {
      const one: Journey = { ...journey(means, fields), past };
      return fetching.ask(one, theirs, begin as Again);
    };
    const answer = Promise.resolve(begin({ hasFailed: false, wasParted: false, isAlone: false }));
    answer.catch(() => {});
    return answer;
  };
  return { fetching, asks };
}

test("one asks for all", async () => {
  const means = cacheMeans();
  const { asks, fetching } = asking(means);
  const [a, b] = [asks(), asks()];
  equal(fetching.isAsking(journey(means)), true);
  equal(fetching.isAsking(journey(means, { "Cache-Control": "no-cache" })), false);
  equal(means.heard.length, 1);
  await means.heard[0]!.says(ok("soup"));
  deepEqual([await textOf(await a), await textOf(await b)], ["soup", "soup"]);
  equal(fetching.isAsking(journey(means)), false);
  deepEqual([means.counters.misses, means.counters.collapsed], [1, 1]);
});

test("what is still coming may be joined while it fits, and not once it is broken, or no store's any more", async () => {
  const means = cacheMeans();
  const { asks } = asking(means);
  const a = asks();
  const body = new Spoken(6);
  await means.heard[0]!.says(streamed(body));
  body.says("one");
  const b = await asks();
  equal(text.decode((await (b.body as Body).read())!), "one");
  equal(means.heard.length, 1);
  body.says(new Error("off"));
  await rejects(textOf(await a), /off/);
  void asks();
  equal(means.heard.length, 2);
});

test("who began it, and those who joined, let go of what is coming when they leave", async () => {
  const means = cacheMeans();
  const { asks } = asking(means);
  const [first, second] = [exchange(), exchange()];
  const [a, b] = [asks({}, first), asks({}, second)];
  const body = new Spoken();
  await means.heard[0]!.says(streamed(body));
  const reading = ((await a).body as Body).read() as Promise<unknown>;
  first.leave();
  await rejects(reading, { code: "EPIPE" });
  equal(body.isCancelled, false);
  await b;
  second.leave();
  equal(body.isCancelled, true);
});

test("what is for one alone is let go of with him, or at once if he is not there any more", async () => {
  for (const isThere of [true, false]) {
    const means = cacheMeans();
    const { asks } = asking(means);
    const [first, second] = [exchange(), exchange()];
    void asks({}, first);
    void asks({}, second);
    if (!isThere) first.leave();
    const body = new Spoken();
    await means.heard[0]!.says(streamed(body, { "Cache-Control": "private" }));
    equal(body.isCancelled, !isThere);
    first.leave();
    equal(body.isCancelled, true);
  }
});

test("nobody was there when it came: it is dropped", async () => {
  const means = cacheMeans();
  const { asks } = asking(means);
  const first = exchange();
  const a = asks({}, first);
  first.leave();
  const body = new Spoken(9);
  await means.heard[0]!.says(streamed(body, { ETag: '"v1"' }));
  equal(body.isCancelled, true);
  await rejects(a, { code: "ECONNABORTED" });
  deepEqual(await means.found(), []);
});

test("nothing that has ended is under way any more", async () => {
  const means = cacheMeans();
  const begun: unknown[] = [];
  const ended: unknown[] = [];
  const { begin, end } = means.underWay;
  means.underWay.begin = (key) => {
    const trip = begin.call(means.underWay, key);
    begun.push(trip);
    return trip;
  };
  means.underWay.end = (trip) => {
    end.call(means.underWay, trip);
    if (!ended.includes(trip)) ended.push(trip);
  };
  const { asks } = asking(means);
  const answers: (Answer | Error)[] = [
    ok("soup"),
    ok("soup", { "Cache-Control": "private" }),
    ok("sorry", {}, 500),
    unreachable(),
    new RangeError("no"),
    streamed(new Spoken()),
  ];
  for (const answer of answers) {
    const [theirs] = [exchange()];
    void asks({ "Cache-Control": "no-cache" }, theirs);
    await means.heard.at(-1)!.says(answer);
    theirs.leave();
  }
  const gone = exchange();
  gone.leave();
  void asks({}, gone);
  equal(means.heard.length, answers.length);
  await means.settle();
  deepEqual([begun.length, ended.length], [7, 7]);
});

// ── in the background ──

test("in the background it is asked for once, and as a cache asks for itself; then others may wait for it", async () => {
  const means = cacheMeans();
  const { asks, fetching } = asking(means);
  const stored = await means.keeps(ok("old", { ETag: '"v1"' }));
  const one = journey(means, { Range: "bytes=0-1", "Cache-Control": "max-stale" }, stored, { line: "HEAD /" });
  const theirs = exchange();
  fetching.refresh(one, theirs);
  fetching.refresh(one, exchange());
  theirs.leave();
  equal(means.heard.length, 1);
  const { method, fields } = means.heard[0]!.request;
  deepEqual(
    [method, fields.get("range"), fields.get("cache-control"), fields.get("if-none-match")],
    ["GET", undefined, undefined, '"v1"'],
  );
  const waits = asks();
  equal(means.heard.length, 1);
  const body = new Spoken(3);
  await means.heard[0]!.says(streamed(body));
  body.says("new");
  body.says(undefined);
  equal(await textOf(await waits), "new");
  await means.settle();
  equal((await means.found())[0]!.content.length, 3);
});

const IN_VAIN: [what: string, answer: Answer | Error, isInVain: boolean][] = [
  ["no answer", unreachable(), true],
  ["an error", ok("sorry", { "Cache-Control": "no-store" }, 503), true],
  ["what may not be kept", ok("mine", { "Cache-Control": "private" }), true],
  ["what is thrown", new Error("no"), true],
  ["a new one", ok("new"), false],
];
for (const [what, answer, isInVain] of IN_VAIN) {
  test(`in the background, ${what}: ${isInVain ? "for a while nobody asks" : "it may be asked for again"}`, async () => {
    const means = cacheMeans();
    const { fetching } = asking(means);
    const stored = await means.keeps(ok("old", { "Cache-Control": "max-age=1, must-revalidate" }));
    const body = new Spoken(3);
    fetching.refresh(journey(means, {}, stored), exchange());
    await means.heard[0]!.says(answer instanceof Error ? answer : { ...answer, body });
    equal(body.isCancelled, isInVain && !(answer instanceof Error));
    body.says(undefined);
    await means.settle();
    fetching.refresh(journey(means, {}, stored), exchange());
    equal(means.heard.length, isInVain ? 1 : 2);
    await means.clock.advance(5000);
    fetching.refresh(journey(means, {}, stored), exchange());
    equal(means.heard.length, 2);
  });
}
