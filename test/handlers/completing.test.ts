import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Completing } from "../../src/handlers/completing.ts";
import type { Body } from "../../src/http/message.ts";
import type { Answer } from "../../src/web/handler.ts";
import { cacheMeans, KEY, ok, partOf, streamed, unreachable } from "./cache-means.ts";
import { exchange, request, type TestExchange, textOf } from "./exchange.ts";
import { Spoken } from "./spoken-body.ts";

/** These of ten bytes are stored. */
async function completing(...here: [first: number, last: number][]) {
  const means = cacheMeans();
  for (const [i, [first, last]] of here.entries()) {
    const [found] = await means.found();
    const onto = i === 0 ? undefined : means.keeping.assessed(found!, means.clock.date());
    const now = means.clock.date();
    const trip = { key: KEY, isOutdated: false };
    const times = { requestTime: now, responseTime: now };
    means.keeping.part(
      { request: request("GET /"), key: KEY, uri: KEY, answer: partOf(first, last), trip, ...times },
      onto,
    );
  }
  const [stored] = await means.found();
  const chosen = means.keeping.assessed(stored!, means.clock.date());
  const rooms = new Completing(means);
  const completes = (asks: Record<string, string> = {}, theirs: TestExchange = exchange()) => {
    const completion = {
      request: request("GET /", { Host: "a.test", ...asks }),
      key: KEY,
      uri: KEY,
      decision: { do: "complete", chosen, because: [] } as const,
    };
    const answer = rooms.complete(completion, theirs);
    answer.catch(() => {});
    return answer;
  };
  /** Reads all of it, while the server answers with just what it is asked for. */
  const reads = async (answer: Promise<Answer | undefined>): Promise<string> => {
    let text: string | undefined;
    const reading = answer.then(async (one) => textOf(one!)).then((all) => (text = all));
    reading.catch(() => {});
    for (let i = 0; text === undefined && i < 20; i++) {
      await means.settle();
      const open = means.heard[i];
      if (open === undefined) break;
      const [, first, last] = /^bytes=(\d)-(\d?)$/.exec(open.request.fields.get("range")!)!;
      await open.says(partOf(Number(first), last === "" ? 9 : Number(last)));
    }
    return reading;
  };
  const asked = () => means.heard.map(({ request: { fields } }) => fields.get("range"));
  return { means, completes, reads, asked };
}

const CASES: [here: [number, number][], asks: Record<string, string>, asked: string[], text: string][] = [
  [[[0, 4]], {}, ["bytes=5-"], "0123456789"],
  [[[5, 9]], {}, ["bytes=0-4"], "0123456789"],
  [
    [
      [2, 3],
      [6, 6],
    ],
    {},
    ["bytes=0-1", "bytes=4-5", "bytes=7-"],
    "0123456789",
  ],
  [[[0, 4]], { Range: "bytes=3-6" }, ["bytes=5-6"], "3456"],
  [
    [
      [2, 3],
      [6, 6],
    ],
    { Range: "bytes=3-7" },
    ["bytes=4-5", "bytes=7-7"],
    "34567",
  ],
  [[[0, 4]], { Range: "bytes=-2" }, ["bytes=8-"], "89"],
];
for (const [here, asks, ranges, text] of CASES) {
  test(`of ${JSON.stringify(here)}, for ${JSON.stringify(asks)}, ${ranges.join(", ")}`, async () => {
    const { means, completes, reads, asked } = await completing(...here);
    const answer = completes(asks);
    equal(await reads(answer), text);
    deepEqual(asked(), ranges);
    const { status, fields } = (await answer)!;
    equal(status, asks.Range === undefined ? 200 : 206);
    equal(fields.get("cache-status"), "maitred; fwd=partial; fwd-status=206; ttl=60; stored");
    const { misses, bytesSaved, bytesFetched } = means.counters;
    deepEqual([misses, bytesSaved], [1, text.length - bytesOf(ranges)]);
    equal(bytesFetched, here.reduce((sum, [first, last]) => sum + last - first + 1, 0) + bytesOf(ranges));
  });
}

const bytesOf = (ranges: string[]): number =>
  ranges.reduce((sum, range) => {
    const [, first, last] = /=(\d)-(\d?)/.exec(range)!;
    return sum + (last === "" ? 9 : Number(last)) - Number(first) + 1;
  }, 0);

test("what is nothing to be completed: several ranges, what the client has, and too many gaps", async () => {
  const { means, completes } = await completing([0, 4]);
  equal(await completes({ Range: "bytes=0-1, 8-9" }), undefined);
  equal(await completes({ "If-None-Match": '"v1"' }), undefined);
  equal(await completes({ Range: "bytes=0-4" }), undefined);
  equal(means.heard.length, 0);
  const long = cacheMeans();
  const fields = (i: number) => ({ ETag: '"v1"', "Content-Range": `bytes ${4 * i}-${4 * i}/999` });
  const rooms = new Completing(long);
  for (let i = 0; i < 20; i++) {
    const [found] = await long.found();
    const onto = found && long.keeping.assessed(found, long.clock.date());
    const now = long.clock.date();
    const times = { requestTime: now, responseTime: now, trip: { key: KEY, isOutdated: false } };
    long.keeping.part(
      { request: request("GET /"), key: KEY, uri: KEY, answer: ok("x", fields(i), 206), ...times },
      onto,
    );
  }
  const chosen = long.keeping.assessed((await long.found())[0]!, long.clock.date());
  const decision = { do: "complete", chosen, because: [] } as const;
  const asks = (range: string) => ({ request: request("GET /", { Range: range }), key: KEY, uri: KEY, decision });
  equal(await rooms.complete(asks("bytes=0-70"), exchange()), undefined);
  equal(long.heard.length, 0);
  void rooms.complete(asks("bytes=0-20"), exchange());
  equal(long.heard.length, 1);
});

test("the server says what is wanted now, by fields that have changed: then it is asked for once more", async () => {
  // Of the same tag, but with another date: what the client names by that is none of it any more.
  const means = cacheMeans();
  const monday = "Mon, 31 Oct 1994 00:00:00 GMT";
  const stored = await means.keeps(partOf(0, 4, { "Last-Modified": monday }));
  const chosen = means.keeping.assessed(stored, means.clock.date());
  const asks = request("GET /", { Range: "bytes=3-6", "If-Range": monday });
  const decision = { do: "complete", chosen, because: [] } as const;
  const answer = new Completing(means).complete({ request: asks, key: KEY, uri: KEY, decision }, exchange());
  const body = new Spoken(2);
  const fields = { ETag: '"v1"', "Last-Modified": "Tue, 01 Nov 1994 00:00:00 GMT", "Content-Range": "bytes 5-6/10" };
  await means.heard[0]!.says(streamed(body, fields, 206));
  equal(await answer, undefined);
});

// ── what comes instead ──

const INSTEAD: [
  what: string,
  answer: Answer,
  asks: Record<string, string>,
  gives: string | undefined,
  stored: string,
][] = [
  ["the whole of something newer", ok("abc", { ETag: '"v2"' }), {}, "200 abc", "3 of 3"],
  ["a part of it is wanted", ok("abcdefghij", { ETag: '"v2"' }), { Range: "bytes=3-6" }, "206 defg", "10 of 10"],
  ["the client has it", ok("abc", { ETag: '"v2"' }), { "If-None-Match": '"v2"' }, "304 ", "3 of 3"],
  ["it may not be kept", ok("abc", { "Cache-Control": "no-store" }), { Range: "bytes=3-6" }, "200 abc", ""],
  ["it is gone", ok("gone", {}, 404), {}, "404 gone", "4 of 4"],
  ["an error", ok("sorry", { "Cache-Control": "no-store" }, 503), {}, "503 sorry", "5 of 10"],
  ["no answer", unreachable(), {}, "502 sorry", "5 of 10"],
  ["a 304", ok("", {}, 304), {}, undefined, "5 of 10"],
  ["a 412", ok("", {}, 412), {}, undefined, "5 of 10"],
  ["a 416", ok("", {}, 416), {}, undefined, "5 of 10"],
  [
    "another part, and just that is wanted",
    partOf(5, 9, { ETag: '"v2"' }),
    { Range: "bytes=5-9" },
    "206 56789",
    "5 of 10",
  ],
  ["another part, and more is wanted", partOf(5, 9, { ETag: '"v2"' }), { Range: "bytes=4-9" }, undefined, "5 of 10"],
  [
    "another part, but the client names one",
    partOf(5, 9, { ETag: '"v2"' }),
    { Range: "bytes=5-9", "If-Range": '"v1"' },
    undefined,
    "5 of 10",
  ],
];
for (const [what, answer, asks, gives, stored] of INSTEAD) {
  for (const isStreamed of [false, true]) {
    test(`instead: ${what}${isStreamed ? ", bit by bit" : ""}`, async () => {
      const { means, completes } = await completing([0, 4]);
      const got = completes(asks);
      const body = new Spoken(answer.body!.length);
      if (isStreamed) {
        if (answer.body!.length !== 0) body.says(answer.body as Uint8Array);
        body.says(undefined);
      }
      await means.heard[0]!.says(isStreamed ? { ...answer, body } : answer);
      const given = await got;
      equal(given && `${given.status} ${await textOf(given)}`, gives);
      await means.settle();
      const [found] = await means.found();
      const here = found?.content.ranges?.reduce((sum, { first, last }) => sum + last - first + 1, 0);
      equal(found === undefined ? "" : `${here ?? found.content.length} of ${found.content.length}`, stored);
      equal(means.counters.misses, gives === undefined ? 0 : 1);
    });
  }
}

test("what was made invalid meanwhile is not kept, nor what is made so while it is coming", async () => {
  for (const when of ["before", "within"]) {
    const { means, completes } = await completing([0, 4]);
    const got = completes();
    if (when === "before") means.underWay.outdate(() => true);
    const body = new Spoken(3);
    await means.heard[0]!.says(streamed(body, { ETag: '"v2"' }));
    const answer = await got;
    if (when === "within") means.underWay.outdate(() => true);
    body.says("abc");
    body.says(undefined);
    equal(await textOf(answer!), "abc");
    await means.settle();
    deepEqual(
      (await means.found()).filter(({ content }) => content.length === 3),
      [],
    );
  }
});

// ── who leaves, and what breaks ──

test("who leaves lets go of what is coming, and hears no good end", async () => {
  const { means, completes } = await completing([0, 4]);
  const theirs = exchange();
  const got = completes({}, theirs);
  const body = new Spoken(5);
  await means.heard[0]!.says(streamed(body, { ETag: '"v1"', "Content-Range": "bytes 5-9/10" }, 206));
  const answer = (await got)!;
  equal(new TextDecoder().decode((await (answer.body as Body).read())!), "01234");
  const reading = (answer.body as Body).read() as Promise<unknown>;
  theirs.leave();
  await rejects(reading, { code: "EPIPE" });
  await rejects(async () => (answer.body as Body).read(), { code: "EPIPE" });
});

test("who leaves while a later gap is asked for lets go of that", async () => {
  const { means, completes } = await completing([2, 3], [6, 6]);
  const theirs = exchange();
  const got = completes({}, theirs);
  await means.heard[0]!.says(partOf(0, 1));
  const reading = textOf((await got)!);
  reading.catch(() => {});
  await means.settle();
  equal(means.heard.length, 2);
  equal(means.heard[1]!.exchange.signal.aborted, false);
  theirs.leave();
  equal(means.heard[1]!.exchange.signal.aborted, true);
  await rejects(reading, /left|nobody/);
});

test("what is something else in a later gap breaks off", async () => {
  for (const answer of [ok("abc", { ETag: '"v2"' }), partOf(4, 5, { ETag: '"v2"' }), partOf(4, 4), unreachable()]) {
    const { means, completes } = await completing([2, 3], [6, 6]);
    const got = completes();
    await means.heard[0]!.says(partOf(0, 1));
    const reading = textOf((await got)!);
    reading.catch(() => {});
    await means.settle();
    const body = new Spoken(answer.body!.length);
    await means.heard[1]!.says({ ...answer, body });
    await rejects(reading, /other bytes by now/);
    equal(body.isCancelled, true);
  }
});
