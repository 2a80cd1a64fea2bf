import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { CacheKeys } from "../../src/cache/key.ts";
import type { Selection } from "../../src/cache/store.ts";
import { Changing } from "../../src/handlers/changing.ts";
import type { Answer } from "../../src/web/handler.ts";
import { cacheMeans, KEY, ok, streamed, unreachable } from "./cache-means.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";
import { Spoken } from "./spoken-body.ts";

/** Passes it on, and says which were purged. */
function changing(asks = "POST /", mayKeep = true) {
  const means = cacheMeans();
  const purged: string[] = [];
  const purge = async (which: Selection, how: string): Promise<number> => {
    purged.push(`${how} ${which.by === "url" ? which.url : which.by === "group" ? which.group : which.by}`);
    return 2;
  };
  const room = new Changing(means, new CacheKeys(), purge);
  const passes = async (answer: Answer | Error): Promise<Answer> => {
    const asked = request(asks, { Host: "a.test" }, "x");
    const got = room.pass(asked, exchange(), KEY, KEY, mayKeep);
    got.catch(() => {});
    equal(means.heard[0]!.request, asked);
    await means.heard[0]!.says(answer);
    return got;
  };
  return { means, passes, purged };
}

const CHANGES: [asks: string, answer: Answer, purged: string[]][] = [
  ["POST /", ok("done"), [`invalidate ${KEY}`]],
  ["PUT /", ok("", { Location: "/b" }, 201), [`invalidate ${KEY}`, `invalidate ${KEY}b`]],
  ["DELETE /", ok("", { "Cache-Group-Invalidation": '"g"' }, 204), [`invalidate ${KEY}`, "invalidate g"]],
  ["BREW /", ok("", {}, 303), [`invalidate ${KEY}`]],
  ["POST /", ok("no", {}, 404), []],
  ["POST /", ok("no", {}, 500), []],
  ["POST /", unreachable(), []],
  ["POST /", { ...ok("raw"), raw: true }, []],
  ["POST /", { ...ok("", {}, 200), tunnel: async () => undefined }, []],
];
for (const [asks, answer, expected] of CHANGES) {
  const what = answer.failure ? "no answer" : answer.raw ? "a raw one" : answer.tunnel ? "a tunnel" : answer.status;
  test(`${asks}, answered with ${what}: ${expected.join(", ") || "nothing"} is invalid`, async () => {
    const { means, passes, purged } = changing(asks);
    const given = await passes(answer);
    deepEqual(purged, expected);
    deepEqual([means.counters.bypassed, means.counters.invalidated], [1, 2 * expected.length]);
    equal(await textOf(given), new TextDecoder().decode(answer.body as Uint8Array));
    equal(means.counters.bytesFetched, answer.body!.length);
    const isMessage = answer.failure === undefined && !answer.raw && answer.tunnel === undefined;
    equal(given.fields.get("cache-status"), isMessage ? "maitred; fwd=method" : undefined);
  });
}

/** What a GET would get now. */
const NOW = { "Content-Location": "/" };
const KEPT: [asks: string, answer: Answer, mayKeep: boolean, isKept: boolean][] = [
  ["POST /", ok("now", NOW), true, true],
  ["POST /", streamed(bodyOf(["n", "ow"], { later: true, length: 3 }), NOW), true, true],
  ["POST /", ok("now"), true, false],
  ["POST /", ok("now", { "Content-Location": "/b" }), true, false],
  ["POST /", ok("now", { ...NOW, "Cache-Control": "no-store" }), true, false],
  ["POST /", ok("now", NOW), false, false],
  ["PUT /", ok("now", NOW), true, false],
  ["POST /", ok("now", NOW, 201), true, false],
];
for (const [asks, answer, mayKeep, isKept] of KEPT) {
  const how = `${answer.status} ${answer.fields.get("content-location")} ${answer.fields.get("cache-control")}`;
  test(`${asks}, answered with ${how}${mayKeep ? "" : ", left alone"}, is ${isKept ? "" : "not "}kept`, async () => {
    const { means, passes } = changing(asks, mayKeep);
    const given = await passes(answer);
    equal(await textOf(given), "now");
    await means.settle();
    equal((await means.found()).length, isKept ? 1 : 0);
    equal(given.fields.get("cache-status"), isKept ? "maitred; fwd=method; stored" : "maitred; fwd=method");
  });
}

test("what is made invalid while it is coming is not kept, and nothing is under way afterwards", async () => {
  const { means, passes } = changing();
  const body = new Spoken(3);
  const given = await passes(streamed(body, NOW));
  means.underWay.outdate(() => true);
  body.says("now");
  body.says(undefined);
  equal(await textOf(given), "now");
  await means.settle();
  deepEqual(await means.found(), []);
});

test("what is thrown is thrown", async () => {
  await rejects(changing().passes(new RangeError("no")), RangeError);
});
