import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { explainDirectly, printDirectly } from "../../src/commands/explain-directly.ts";

/** Answers with the fields that the query names. */
const origin = http.createServer((request, response) => {
  const { searchParams, pathname } = new URL(request.url!, "http://a/");
  for (const [name, value] of searchParams) response.appendHeader(name, value);
  response.writeHead(Number(pathname.slice(1) || 200)).end(`hello ${request.headers["x-who"] ?? ""}`);
});
origin.listen(0, "127.0.0.1");
await once(origin, "listening");
after(() => origin.close().closeAllConnections());
const at = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;

const ask = (answer: Record<string, string>, fields: [string, string][] = [], path = "/", method = "GET") =>
  explainDirectly(`${at}${path}?${new URLSearchParams(answer)}`, { method, fields });

const CASES: [
  what: string,
  answer: Record<string, string>,
  fields: [string, string][],
  explained: [mayStore: boolean, lifetime: number, isReused: boolean | undefined],
][] = [
  ["max-age", { "Cache-Control": "max-age=60" }, [], [true, 60, true]],
  ["s-maxage before max-age", { "Cache-Control": "max-age=60, s-maxage=10" }, [], [true, 10, true]],
  ["CDN-Cache-Control", { "CDN-Cache-Control": "max-age=5", "Cache-Control": "no-store" }, [], [true, 5, true]],
  ["no-store", { "Cache-Control": "no-store" }, [], [false, 0, undefined]],
  ["private", { "Cache-Control": "private, max-age=60" }, [], [false, 60, undefined]],
  ["no-cache", { "Cache-Control": "no-cache" }, [], [true, 0, false]],
  ["nothing", {}, [], [true, 0, false]],
  ["an old one", { "Cache-Control": "max-age=60", Age: "90" }, [], [true, 60, false]],
  ["a password", { "Cache-Control": "max-age=60" }, [["Authorization", "Basic x"]], [false, 60, undefined]],
  [
    "a request that wants it new",
    { "Cache-Control": "max-age=60" },
    [["Cache-Control", "no-cache"]],
    [true, 60, false],
  ],
];

for (const [what, answer, fields, [mayStore, lifetime, isReused]] of CASES) {
  test(`${what}: ${mayStore ? "stored" : "not stored"}, ${lifetime} s`, async () => {
    const explanation = await ask(answer, fields);
    deepEqual(
      [explanation.mayStore, explanation.lifetime, explanation.again?.isReused],
      [mayStore, lifetime, isReused],
    );
  });
}

test("the fields that are said go along, once", async () => {
  equal((await ask({}, [["X-Who", "mia"]])).length, 9);
  equal((await ask({}, [["accept", "text/html"]])).status, 200);
});

test("people read why, on what it varies, and what a second request meets", async () => {
  const fields = { "Cache-Control": "max-age=3600", Vary: "Accept-Language, Foo", "Cache-Tag": "menu, day" };
  const explanation = await ask(fields);
  deepEqual(
    [explanation.varies, explanation.tags],
    [
      ["accept-language", "foo"],
      ["menu", "day"],
    ],
  );
  match(
    printDirectly({ ...explanation, url: "http://a/" }),
    /^GET http:\/\/a\/ was answered with 200, 6 B\n {2}kept: may be stored: max-age \(.*\)\n {2}fresh for 1 h: max-age=3600 \(§5\.2\.2\.1\).*\n {2}varies on accept-language, foo\n {2}can be purged by the tags menu, day\n {2}a second request is answered from the store, for 1 h\n$/,
  );
  match(
    printDirectly(await ask({ "Cache-Control": "no-store" })),
    /\n {2}not kept: must not be stored: no-store \(§5\.2\.2\.5\)\n {2}a second request asks the server again\n$/,
  );
});

test("an answer to HEAD is explained, too", async () => {
  const { status, length, mayStore } = await ask({ "Cache-Control": "max-age=60" }, [], "/404", "HEAD");
  deepEqual([status, length, mayStore], [404, 0, false]);
});

const REFUSED: [url: string, method: string, message: string][] = [
  ["/menu", "GET", 'Cannot ask "/menu": it is not an http or https URL'],
  ["http://", "GET", 'Cannot ask "http://": it is not an http or https URL'],
  ["http://a/#b", "GET", 'Cannot ask "http://a/#b": it is not an http or https URL'],
  ["http://a/ b", "GET", 'Cannot ask "http://a/ b": it is not an http or https URL'],
  ["http://me:pass@a/", "GET", 'Cannot ask "http://me:pass@a/": it is not an http or https URL'],
  ["http://a/", "POST", 'Cannot ask "http://a/" by POST: it might change something there (GET and HEAD do not)'],
];

for (const [url, method, message] of REFUSED) {
  test(message, () => rejects(explainDirectly(url, { method, fields: [] }), { name: "Refusal", message }));
}
