import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { type Instead, MissingPart, type Part } from "../../src/handlers/missing-part.ts";
import type { Answer } from "../../src/web/handler.ts";
import { cacheMeans, KEY, ok, partOf, streamed, unreachable } from "./cache-means.ts";
import { exchange, request, type TestExchange, textOf } from "./exchange.ts";
import { Spoken } from "./spoken-body.ts";

async function missing(fields: Record<string, string> = {}) {
  const means = cacheMeans();
  const stored = await means.keeps(partOf(0, 4, fields));
  const chosen = means.keeping.assessed(stored, means.clock.date());
  const parts = new MissingPart(means);
  const gets = (
    asks: Record<string, string> = {},
    theirs: TestExchange = exchange(),
    bytes = { first: 5, last: 9 },
  ) => {
    const wanting = { request: request("GET /", { Host: "a.test", ...asks }), key: KEY, uri: KEY };
    const got = parts.get(wanting, chosen, bytes, theirs);
    got.catch(() => {});
    return got;
  };
  return { means, chosen, gets };
}

const bodyText = ({ body }: Part): Promise<string> => textOf({ ...ok(""), body });

/** What goes to the server, besides Host. */
const ASKS: [
  fields: Record<string, string>,
  bytes: [number, number],
  asks: Record<string, string>,
  goes: Record<string, string>,
][] = [
  [{}, [5, 9], { A: "1" }, { A: "1", Range: "bytes=5-", "If-Range": '"v1"' }],
  [{}, [5, 6], { Range: "bytes=0-6" }, { Range: "bytes=5-6", "If-Range": '"v1"' }],
  [
    {},
    [5, 6],
    { "If-Range": '"x"', "If-None-Match": '"y"', "If-Modified-Since": "z" },
    { Range: "bytes=5-6", "If-Range": '"v1"' },
  ],
];
for (const [fields, [first, last], asks, goes] of ASKS) {
  test(`for bytes ${first}-${last} of ten, where the client says ${JSON.stringify(asks)}`, async () => {
    const { means, gets } = await missing(fields);
    void gets(asks, exchange(), { first, last });
    const { method, fields: heard } = means.heard[0]!.request;
    deepEqual([method, Object.fromEntries(heard)], ["GET", { Host: "a.test", ...goes }]);
  });
}

test("they come, and are joined to what is stored", async () => {
  const { means, gets, chosen } = await missing();
  const got = gets();
  await means.heard[0]!.says(partOf(5, 9, { A: "new" }));
  const part = (await got) as Part;
  equal(await bodyText(part), "56789");
  deepEqual([part.joined.fields.get("a"), part.joined.stored.content], ["new", chosen.stored.content]);
  const [stored] = await means.found();
  deepEqual([part.latest(), stored!.content.ranges], [stored, undefined]);
});

test("they are asked for once, and read by all as they come", async () => {
  const { means, gets } = await missing();
  const [a, b, alone] = [gets(), gets(), gets({ "Cache-Control": "no-cache" })];
  equal(means.heard.length, 2);
  const body = new Spoken(5);
  await means.heard[0]!.says(streamed(body, { ETag: '"v1"', "Content-Range": "bytes 5-9/10" }, 206));
  await means.heard[1]!.says(unreachable());
  equal("instead" in (await alone), true);
  const late = gets();
  equal(means.heard.length, 2);
  body.says("56789");
  body.says(undefined);
  for (const one of [a, b, late]) equal(await bodyText((await one) as Part), "56789");
  await means.settle();
  equal((await means.found())[0]!.content.ranges, undefined);
  void gets();
  equal(means.heard.length, 3);
});

/** What came instead, for the first; for all others that is nothing. */
const INSTEAD: [what: string, answer: Answer, isSaid: boolean][] = [
  ["the whole of something newer", ok("abc", { ETag: '"v2"' }), true],
  ["an error", ok("sorry", {}, 503), true],
  ["no answer", unreachable(), true],
  ["just the bytes, of something newer", partOf(5, 9, { ETag: '"v2"' }), true],
  ["just the bytes, of something longer", partOf(5, 9, { "Content-Range": "bytes 5-9/11" }), true],
  ["other bytes", partOf(4, 8), false],
  ["fewer", partOf(5, 8), false],
  ["nobody knows which", ok("56789", { ETag: '"v1"' }, 206), false],
];
for (const [what, answer, isSaid] of INSTEAD) {
  test(`what came instead: ${what}`, async () => {
    const { means, gets } = await missing();
    const [a, b] = [gets(), gets()];
    const body = new Spoken((answer.body as Uint8Array).length);
    await means.heard[0]!.says({ ...answer, body });
    equal(((await a) as Instead).instead?.answer.status, isSaid ? answer.status : undefined);
    deepEqual(await b, { instead: undefined });
    equal(body.isCancelled, !isSaid);
  });
}

test("what may not be stored is for who asked; what nobody may store takes away what is", async () => {
  for (const [fields, asks, stays] of [
    [{ "Cache-Control": "no-store" }, {}, false],
    [{}, { Authorization: "x" }, true],
  ] as const) {
    const { means, gets, chosen } = await missing();
    const [a, b] = [gets(asks), gets(asks)];
    await means.heard[0]!.says(partOf(5, 9, fields));
    const part = (await a) as Part;
    deepEqual([await bodyText(part), part.latest()], ["56789", undefined]);
    if (means.heard.length === 1) deepEqual(await b, { instead: undefined });
    deepEqual(await means.found(), stays ? [chosen.stored] : []);
  }
});

test("what was made invalid meanwhile is not stored, and not joined by who comes later", async () => {
  const { means, gets, chosen } = await missing();
  const a = gets();
  means.underWay.outdate(() => true);
  void gets();
  equal(means.heard.length, 2);
  await means.heard[0]!.says(partOf(5, 9));
  equal(await bodyText((await a) as Part), "56789");
  deepEqual(await means.found(), [chosen.stored]);
});

test("what is thrown is thrown where it was asked for; the others ask otherwise", async () => {
  const { means, gets } = await missing();
  const [a, b] = [gets(), gets()];
  await means.heard[0]!.says(new RangeError("no"));
  await rejects(a, RangeError);
  deepEqual(await b, { instead: undefined });
});

test("who asked has left: what was his alone is let go of, what is for all is not", async () => {
  const CASES: [Answer, isLetGo: boolean][] = [
    [streamed(new Spoken(3), { ETag: '"v2"' }), true],
    [
      streamed(new Spoken(5), { ETag: '"v1"', "Content-Range": "bytes 5-9/10", "Cache-Control": "no-store" }, 206),
      true,
    ],
    [streamed(new Spoken(5), { ETag: '"v1"', "Content-Range": "bytes 5-9/10" }, 206), false],
  ];
  for (const [answer, isLetGo] of CASES) {
    const { means, gets } = await missing();
    const theirs = exchange();
    const [a, b] = [gets({}, theirs), gets()];
    theirs.leave();
    await means.heard[0]!.says(answer);
    await rejects(a, { code: "ECONNABORTED" });
    equal((answer.body as Spoken).isCancelled, isLetGo);
    equal("instead" in (await b), isLetGo);
  }
});

test("all have left: it is called off, and what comes all the same is dropped", async () => {
  const { means, gets } = await missing();
  const [first, second] = [exchange(), exchange()];
  void gets({}, first);
  void gets({}, second);
  first.leave();
  second.leave();
  equal(means.heard[0]!.exchange.signal.aborted, true);
  const body = new Spoken(5);
  await means.heard[0]!.says(streamed(body, { ETag: '"v1"', "Content-Range": "bytes 5-9/10" }, 206));
  equal(body.isCancelled, true);
  const gone = exchange();
  gone.leave();
  void gets({}, gone);
  equal(means.heard.length, 1);
});
