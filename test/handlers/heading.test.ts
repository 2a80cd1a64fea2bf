import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Heading } from "../../src/handlers/heading.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Answer } from "../../src/web/handler.ts";
import { type CacheMeans, cacheMeans, journey, ok, partOf, unreachable } from "./cache-means.ts";
import { exchange, request } from "./exchange.ts";
import { Spoken } from "./spoken-body.ts";

type Said = Record<string, string>;

const head = (fields: Said, status = 200): Answer => ({ status, fields: Fields.of(fields) });

/** Asks a HEAD about what is stored, hears this, and gives the answer. */
async function asks(means: CacheMeans, answer: Answer | Error, asks: Said = {}, outdated = false): Promise<Answer> {
  const [chosen] = await means.found();
  const got = new Heading(means).ask(journey(means, asks, chosen, { line: "HEAD /" }), exchange());
  got.catch(() => {});
  if (outdated) means.underWay.outdate(() => true);
  await means.heard[0]!.says(answer);
  return got;
}

test("it goes on as it is, and what comes is given as it came", async () => {
  const means = cacheMeans();
  const answer = await asks(means, head({ "Content-Length": "9", A: "1" }), { "If-None-Match": '"x"' });
  const { method, fields } = means.heard[0]!.request;
  deepEqual([method, fields.get("if-none-match")], ["HEAD", '"x"']);
  equal(answer.fields.print(), "Content-Length: 9\r\nA: 1\r\nCache-Status: maitred; fwd=uri-miss\r\n");
  deepEqual([means.counters.misses, await means.found()], [1, []]);
});

/** What it tells about a stored "soup" of this tag, and what is known of that then. */
const TELLS: [what: string, says: Answer, knows: string, more?: { asks?: Said; isOutdated?: boolean }][] = [
  ["it is the same", head({ ETag: '"v1"', "Content-Length": "4", A: "2" }), "A: 2"],
  ["nothing but that it is there", head({ A: "2" }), "A: 2"],
  ["another tag", head({ ETag: '"v2"' }), "invalid"],
  ["another length", head({ ETag: '"v1"', "Content-Length": "5" }), "invalid"],
  ["it is gone", head({}, 404), "A: 1"],
  ["an error", head({ ETag: '"v2"' }, 500), "A: 1"],
  ["no answer", unreachable(), "A: 1"],
  ["it may not be stored any more", head({ "Cache-Control": "no-store" }), "nothing"],
  ["what was so before it was made invalid", head({ ETag: '"v1"', A: "2" }), "A: 1", { isOutdated: true }],
  ["another, before it was made invalid", head({ ETag: '"v2"' }), "A: 1", { isOutdated: true }],
  [
    "something, to one whose wish is that nothing be stored",
    head({ A: "2" }),
    "A: 1",
    { asks: { "Cache-Control": "no-store" } },
  ],
  ["something, about another variant", head({ ETag: '"v2"' }), "A: 1", { asks: { B: "2" } }],
];
for (const [what, says, knows, { asks: fields = {}, isOutdated = false } = {}] of TELLS) {
  test(`it tells: ${what}`, async () => {
    const means = cacheMeans();
    await means.keeps(ok("soup", { ETag: '"v1"', A: "1", Vary: "B" }));
    await asks(means, says, fields, isOutdated);
    const [stored] = await means.found();
    const known = stored?.isInvalid ? "invalid" : /^A: \d$/m.exec(stored?.lines.replaceAll("\r", "") ?? "")?.[0];
    equal(stored === undefined ? "nothing" : known, knows);
  });
}

test("a part is freshened as such, by its whole length", async () => {
  const means = cacheMeans();
  await means.keeps(partOf(0, 4));
  await asks(means, head({ ETag: '"v1"', "Content-Length": "10", A: "2" }));
  const [stored] = await means.found();
  deepEqual(
    [stored!.isInvalid, stored!.content.ranges, stored!.lines.includes("A: 2")],
    [false, [{ first: 0, last: 4 }], true],
  );
});

const STANDS: [here: Said, fields: Said, says: Answer, stands: boolean][] = [
  [{}, {}, unreachable(), true],
  [{ "Cache-Control": "must-revalidate" }, {}, unreachable(), false],
  [{}, { "If-Match": '"x"' }, unreachable(), false],
  [{}, {}, head({}, 503), false],
  [{ "Cache-Control": "stale-if-error=9" }, {}, head({}, 503), true],
];
for (const [here, fields, says, stands] of STANDS) {
  test(`${JSON.stringify(here)} ${stands ? "stands" : "does not stand"} in for ${says.status} to ${JSON.stringify(fields)}`, async () => {
    const means = cacheMeans();
    await means.keeps(ok("soup", here));
    const body = new Spoken();
    const answer = await asks(means, { ...says, body }, fields);
    equal(answer.status, stands ? 200 : says.status);
    equal(body.isCancelled, stands);
    deepEqual([means.counters.stale, means.counters.misses], stands ? [1, 0] : [0, 1]);
    if (stands) equal(answer.fields.get("content-length"), "4");
  });
}

test("what is thrown is thrown, and nothing is under way any more", async () => {
  const means = cacheMeans();
  const trips: { isOutdated: boolean }[] = [];
  const { begin } = means.underWay;
  means.underWay.begin = (key) => {
    const trip = begin.call(means.underWay, key);
    trips.push(trip);
    return trip;
  };
  await rejects(asks(means, new RangeError("no")), RangeError);
  means.underWay.outdate(() => true);
  deepEqual(trips, [{ key: "http://a.test/", isOutdated: false }]);
});

test("of several that are stored each that fits is told of", async () => {
  const means = cacheMeans();
  for (const a of ["1", "2"]) await means.keeps(ok("soup", { ETag: `"${a}"`, Vary: "A" }), request("GET /", { A: a }));
  const found = await means.found();
  const got = new Heading(means).ask(
    journey(means, { A: "1" }, found[0], { line: "HEAD /", candidates: found }),
    exchange(),
  );
  await means.heard[0]!.says(head({ ETag: '"9"' }));
  await got;
  deepEqual((await means.found()).map(({ selecting, isInvalid }) => [selecting[0]![1], isInvalid]).sort(), [
    ["1", true],
    ["2", false],
  ]);
});
