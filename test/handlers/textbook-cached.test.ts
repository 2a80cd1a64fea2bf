/** The textbook's proxy with its cache, as scenes: what is kept, what is not, and what happens when many come at once. */

import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { TextbookCache } from "../../src/cache/textbook-cache.ts";
import { parsePattern } from "../../src/handlers/destination-pattern.ts";
import { destinations } from "../../src/handlers/destinations.ts";
import { textbookProxy } from "../../src/handlers/textbook.ts";
import type { Answer } from "../../src/web/handler.ts";
import { DATE, type ProxyScene, type ProxySceneOptions, proxyScene, type Side } from "./proxy-scene.ts";

/** A proxy with its cache. */
const cached = (
  play: (scene: ProxyScene, cache: TextbookCache) => Promise<void>,
  cache = new TextbookCache(),
  options: ProxySceneOptions = {},
): Promise<void> =>
  proxyScene(
    ({ client }) => textbookProxy({ client, cache }),
    (scene) => play(scene, cache),
    options,
  );

const URL = "http://origin.test/";

async function asks({ arrives }: Pick<ProxyScene, "arrives">, url = URL, ...fields: string[]): Promise<Side> {
  const client = await arrives();
  await client.says(`GET ${url} HTTP/1.0`, ...fields, "", "");
  return client;
}

const contentOf = (heard: string): string => heard.slice(heard.indexOf("\r\n\r\n") + 4);

/** Asks, is answered by the server with these lines, and says what the client heard. */
async function fetches(scene: ProxyScene, says: readonly string[], url = URL, ...fields: string[]): Promise<string> {
  const client = await asks(scene, url, ...fields);
  const origin = await scene.upstream();
  await origin.hearsLike(/^GET \S+ HTTP\/1.0\r\n[\s\S]*\r\n\r\n/);
  const hears = client.hearsOut();
  await origin.says(...says);
  await origin.ends();
  return hears;
}

const ALL = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
const CLOSE = "Connection: close";

const KEPT: [what: string, says: string[], hears: string[]][] = [
  [
    "counted",
    ["HTTP/1.0 200 OK", "Content-Type: a/b", "Content-Length: 256", "", ALL],
    ["HTTP/1.1 200 OK", "Content-Type: a/b", "Content-Length: 256", CLOSE, DATE, "", ALL],
  ],
  [
    "until its connection's end",
    ["HTTP/1.0 200 OK", "Content-Type: a/b", "", ALL],
    ["HTTP/1.1 200 OK", "Content-Type: a/b", "Content-Length: 256", CLOSE, DATE, "", ALL],
  ],
  [
    "in chunks",
    ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "80", ALL.slice(0, 128), "80", ALL.slice(128), "0", "", ""],
    ["HTTP/1.1 200 OK", "Content-Length: 256", CLOSE, DATE, "", ALL],
  ],
  [
    "with nothing in it",
    ["HTTP/1.0 200 OK", "Content-Length: 0", "", ""],
    ["HTTP/1.1 200 OK", "Content-Length: 0", CLOSE, DATE, "", ""],
  ],
  [
    "with nothing in it until its connection's end",
    ["HTTP/1.0 200 OK", "", ""],
    ["HTTP/1.1 200 OK", "Content-Length: 0", CLOSE, DATE, "", ""],
  ],
  [
    "with a reason of its own",
    ["HTTP/1.0 200 Gone Fishing", "Content-Length: 2", "", "hi"],
    ["HTTP/1.1 200 Gone Fishing", "Content-Length: 2", CLOSE, DATE, "", "hi"],
  ],
  [
    "with a date of its own, however old",
    ["HTTP/1.0 200 OK", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Content-Length: 2", "", "hi"],
    ["HTTP/1.1 200 OK", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Content-Length: 2", CLOSE, "", "hi"],
  ],
  [
    "that another cache would not keep",
    [
      ...["HTTP/1.0 200 OK", "Cache-Control: no-store, private, max-age=0", "Pragma: no-cache", "Expires: 0"],
      ...["Set-Cookie: a=b", "Set-Cookie: c=d", "Vary: *", "Content-Length: 2", "", "hi"],
    ],
    [
      ...["HTTP/1.1 200 OK", "Cache-Control: no-store, private, max-age=0", "Pragma: no-cache", "Expires: 0"],
      ...["Set-Cookie: a=b", "Set-Cookie: c=d", "Vary: *", "Content-Length: 2", CLOSE, DATE, "", "hi"],
    ],
  ],
  ["204", ["HTTP/1.0 204 No Content", "A: b", "", ""], ["HTTP/1.1 204 No Content", "A: b", CLOSE, DATE, "", ""]],
  [
    "301",
    ["HTTP/1.0 301 Moved Permanently", "Location: /b", "Content-Length: 2", "", "hi"],
    ["HTTP/1.1 301 Moved Permanently", "Location: /b", "Content-Length: 2", CLOSE, DATE, "", "hi"],
  ],
  // Nobody asked for a part, so it is all there is.
  [
    "206",
    ["HTTP/1.0 206 Partial Content", "Content-Length: 2", "", "hi"],
    ["HTTP/1.1 206 Partial Content", "Content-Length: 2", CLOSE, DATE, "", "hi"],
  ],
  ...[299, 400, 401, 403, 404, 410, 416, 500, 501, 503, 599, 999].map((status): [string, string[], string[]] => [
    `${status}`,
    [`HTTP/1.0 ${status} So`, "Content-Length: 2", "", "hi"],
    [`HTTP/1.1 ${status} So`, "Content-Length: 2", CLOSE, DATE, "", "hi"],
  ]),
];
for (const [what, says, hears] of KEPT) {
  test(`an answer ${what}: it is given again when its server is gone`, () =>
    cached(async (scene) => {
      const first = await fetches(scene, says);
      equal(contentOf(first), hears.at(-1));
      await scene.shuts("origin.test:80");
      // Long after, too.
      await scene.clock.advance(365 * 86_400_000);
      const today = `Date: ${new Date(scene.clock.date()).toUTCString()}`;
      for (let i = 0; i < 2; i++) {
        equal(await (await asks(scene)).hearsOut(), hears.join("\r\n").replace(DATE, today));
      }
    }));
}

const HELLO = ["HTTP/1.0 200 OK", "Content-Length: 2", "", "hi"];
const ABRUPT = "0".repeat(20_000);

const NOT_KEPT: [what: string, says: string[], breaks: boolean, fields?: string[]][] = [
  ["shorter than it said", ["HTTP/1.0 200 OK", "Content-Length: 3", "", "hi"], true],
  ["much shorter than it said", ["HTTP/1.0 200 OK", "Content-Length: 20001", "", ABRUPT], true],
  ["whose chunks have no end", ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "hi", ""], true],
  ["whose chunks are nonsense", ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "hi", "?", ""], true],
  ["of 102,401 bytes", ["HTTP/1.0 200 OK", "Content-Length: 102401", "", "x".repeat(102_401)], false],
  ["of 102,401 bytes until its connection's end", ["HTTP/1.0 200 OK", "", "x".repeat(102_401)], false],
  // A part for whom asked for it, and none of it for whom has it, are of no use to others.
  ["206 to a Range", ["HTTP/1.0 206 Partial Content", "Content-Length: 2", "", "hi"], false, ["Range: bytes=0-1"]],
  ["416 to a Range", ["HTTP/1.0 416 No", "Content-Length: 2", "", "hi"], false, ["Range: bytes=9-"]],
  ["304 to a condition", ["HTTP/1.0 304 Not Modified", "ETag: a", "", ""], false, ['If-None-Match: "a"']],
  ["412 to a condition", ["HTTP/1.0 412 No", "Content-Length: 2", "", "hi"], false, ['If-Match: "a"']],
];
for (const [what, says, breaks, fields = []] of NOT_KEPT) {
  test(`an answer ${what} is not kept`, () =>
    cached(async (scene, cache) => {
      const client = await asks(scene, URL, ...fields);
      const origin = await scene.upstream();
      const heard = breaks ? client.hearsBreak() : client.hearsOut();
      await origin.says(...says);
      await origin.ends();
      await heard;
      equal(cache.count, 0);
      match(await fetches(scene, HELLO), /hi$/);
    }));
}

test("the largest object that is kept has 102,400 bytes, however it comes", () =>
  cached(async (scene, cache) => {
    const content = "x".repeat(102_400);
    await fetches(scene, ["HTTP/1.0 200 OK", "Content-Length: 102400", "", content], `${URL}counted`);
    await fetches(scene, ["HTTP/1.0 200 OK", "", content], `${URL}close`);
    const chunks = ["Transfer-Encoding: chunked", "", "19000", content, "0", "", ""];
    await fetches(scene, ["HTTP/1.1 200 OK", ...chunks], `${URL}chunked`);
    deepEqual([cache.count, cache.size], [3, 307_200]);
    await scene.shuts("origin.test:80");
    for (const path of ["counted", "close", "chunked"]) {
      equal(contentOf(await (await asks(scene, `${URL}${path}`)).hearsOut()), content);
    }
  }));

test("of eleven objects of 100 KiB the least recently used one is asked for again", () =>
  cached(async (scene, cache) => {
    const page = (name: string) => ["HTTP/1.0 200 OK", "Content-Length: 102400", "", name.repeat(102_400)];
    for (const name of "abcdefghij") await fetches(scene, page(name), `${URL}${name}`);
    equal(cache.size, 1_024_000);
    // The first one is looked at, and so the second one leaves.
    match(await (await asks(scene, `${URL}a`)).hearsOut(), /a{102400}$/);
    await fetches(scene, page("k"), `${URL}k`);
    equal(cache.size, 1_024_000);
    for (const name of "acdefghijk") {
      equal((await (await asks(scene, `${URL}${name}`)).hearsOut()).endsWith(name.repeat(1000)), true);
    }
    match(await fetches(scene, page("b"), `${URL}b`), /b{102400}$/);
  }));

const KEYS: [url: string, isSame: boolean][] = [
  ["http://origin.test/a?b", true],
  ["http://origin.test:80/a?b", true],
  ["http://origin.test:/a?b", true],
  ["http://origin.test:080/a?b", true],
  ["HTTP://ORIGIN.Test/a?b", true],
  ["http://origin.test/A?b", false],
  ["http://origin.test/%61?b", false],
  ["http://origin.test/./a?b", false],
  ["http://origin.test//a?b", false],
  ["http://origin.test/a", false],
  ["http://origin.test/a?", false],
  ["http://origin.test/a?B", false],
  ["http://origin.test/a?b&", false],
  ["http://origin.test:8080/a?b", false],
  ["http://origin.test./a?b", false],
];
for (const [url, isSame] of KEYS) {
  test(`${url} is ${isSame ? "" : "not "}http://origin.test/a?b`, () =>
    cached(async (scene) => {
      await fetches(scene, HELLO, "http://origin.test/a?b");
      await scene.shuts("origin.test:80");
      match(await (await asks(scene, url)).hearsOut(), isSame ? /^HTTP\/1.1 200 [\s\S]*hi$/ : /^HTTP\/1.1 502 /);
    }));
}

test("no path is the root", () =>
  cached(async (scene) => {
    await fetches(scene, HELLO, "http://origin.test");
    await scene.shuts("origin.test:80");
    match(await (await asks(scene, "http://origin.test/")).hearsOut(), /hi$/);
  }));

for (const field of [
  "Cache-Control: no-cache, no-store, max-age=0",
  "Pragma: no-cache",
  "Authorization: Basic bWlh",
  "Cookie: a=b",
  "Accept-Encoding: gzip",
  "Range: bytes=0-0",
  'If-None-Match: "a"',
  "User-Agent: other",
  "Content-Length: 0",
]) {
  test(`${field}: whatever the client says, what is kept is the answer, whole`, () =>
    cached(async (scene) => {
      await fetches(scene, ["HTTP/1.0 200 OK", 'ETag: "a"', "Vary: *", ...HELLO.slice(1)], URL, "Authorization: A b");
      await scene.shuts("origin.test:80");
      match(await (await asks(scene, URL, field)).hearsOut(), /^HTTP\/1.1 200 OK\r\n[\s\S]*hi$/);
    }));
}

test("a request with content goes to the server each time, and nothing of its answer is kept", () =>
  cached(async (scene, cache) => {
    for (const answer of ["one", "two"]) {
      const client = await asks(scene, URL, "Content-Length: 2", "", "qu");
      const origin = await scene.upstream();
      await origin.hearsLike(/\r\n\r\nqu/);
      await origin.says("HTTP/1.0 200 OK", "Content-Length: 3", "", answer);
      match(await client.hearsOut(), new RegExp(`${answer}$`));
    }
    equal(cache.count, 0);
    await fetches(scene, HELLO);
    const client = await asks(scene, URL, "Content-Length: 2", "", "qu");
    await (await scene.upstream()).says("HTTP/1.0 200 OK", "Content-Length: 5", "", "three");
    match(await client.hearsOut(), /three$/);
    match(await (await asks(scene)).hearsOut(), /hi$/);
  }));

test("what the proxy itself says is not kept", () =>
  cached(async (scene, cache) => {
    match(await (await asks(scene, "http://10.0.0.77:81/")).hearsOut(), /^HTTP\/1.1 502 /);
    const client = await asks(scene);
    const origin = await scene.upstream();
    await origin.says("nonsense", "", "");
    match(await client.hearsOut(), /^HTTP\/1.1 502 /);
    equal(cache.count, 0);
    match(await fetches(scene, HELLO), /hi$/);
  }));

test("rules are asked before the cache is", async () => {
  const cache = new TextbookCache();
  await cached((scene) => fetches(scene, HELLO).then(() => {}), cache);
  const rules = destinations({ deny: [parsePattern("origin.test")] });
  await proxyScene(
    ({ client }) => textbookProxy({ client, cache, destinations: rules }),
    async (scene) => match(await (await asks(scene)).hearsOut(), /^HTTP\/1.1 403 /),
  );
});

test("what is kept is answered at once, and nobody can change it", () =>
  proxyScene(
    ({ client }) => {
      const proxy = textbookProxy({ client, cache: new TextbookCache() });
      return (asked, exchange) => {
        const answer = proxy(asked, exchange);
        const mark = (answer: Answer, how: string): Answer => {
          answer.fields.append("X-How", how);
          return answer;
        };
        return answer instanceof Promise ? answer.then((late) => mark(late, "later")) : mark(answer, "at once");
      };
    },
    async (scene) => {
      match(await fetches(scene, HELLO), /\r\nX-How: later\r\n/);
      for (let i = 0; i < 2; i++) {
        const again = await (await asks(scene)).hearsOut();
        deepEqual(again.match(/X-How: .*/g), ["X-How: at once"]);
      }
    },
  ));

test("ten who ask at once reach the server ten times, and one copy stays", () =>
  cached(async (scene, cache) => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => asks(scene)));
    const origins: Side[] = [];
    for (const _ of clients) origins.push(await scene.upstream());
    for (const origin of origins) await origin.hearsLike(/^GET \/ HTTP\/1.0\r\n/);
    for (const [i, origin] of origins.entries()) {
      await origin.says("HTTP/1.0 200 OK", "Content-Length: 2", "", `0${i}`);
    }
    for (const client of clients) match(await client.hearsOut(), /0\d$/);
    deepEqual([cache.count, cache.size], [1, 2]);
    await scene.shuts("origin.test:80");
    match(await (await asks(scene)).hearsOut(), /0\d$/);
  }));

test("one whose answer breaks off does not take away what another has kept", () =>
  cached(async (scene) => {
    const [one, two] = [await asks(scene), await asks(scene)];
    const [first, second] = [await scene.upstream(), await scene.upstream()];
    await first.says("HTTP/1.0 200 OK", "Content-Length: 5", "", "wh");
    await one.hearsLike(/wh$/);
    await second.says(...HELLO);
    match(await two.hearsOut(), /hi$/);
    first.vanishes();
    await one.hearsBreak();
    await scene.shuts("origin.test:80");
    match(await (await asks(scene)).hearsOut(), /hi$/);
  }));

test("many read while one after the other writes: each hears one answer, whole, also when it has left the cache", () =>
  cached(async (scene, cache) => {
    const LENGTH = 100_000;
    const whole = (letter: string): string => letter.repeat(LENGTH);
    // All of them ask before there is a copy.
    const writers: { client: Side; origin: Side; letter: string }[] = [];
    for (const letter of "abcdef") {
      const client = await asks(scene);
      writers.push({ client, origin: await scene.upstream(), letter });
    }
    const readers: { client: Side; letter: string }[] = [];
    let former: string | undefined;
    for (const { client, origin, letter } of writers) {
      const heard = client.hearsOut();
      await origin.says("HTTP/1.0 200 OK", `Content-Length: ${LENGTH}`, "", letter.repeat(LENGTH / 2));
      await scene.settle();
      if (former !== undefined) {
        // One has read it before the next one takes its place, and one has only begun.
        equal(contentOf(await (await asks(scene)).hearsOut()), whole(former));
        const slow = await asks(scene);
        await slow.hearsLike(/\r\n\r\n/);
        readers.push({ client: slow, letter: former });
      }
      await origin.says(letter.repeat(LENGTH / 2));
      equal(contentOf(await heard), whole(letter));
      former = letter;
    }
    deepEqual([cache.count, cache.size], [1, LENGTH]);
    for (let i = 0; i < 11; i++) {
      await fetches(scene, ["HTTP/1.0 200 OK", `Content-Length: ${LENGTH}`, "", whole("z")], `${URL}${i}`);
    }
    equal(cache.find("http://origin.test:80/"), undefined);
    for (const { client, letter } of readers) equal(await client.hearsOut(), whole(letter));
  }));

test("a client that leaves in the middle takes its request with it, and nothing is kept", () =>
  cached(async (scene, cache) => {
    const client = await asks(scene);
    const origin = await scene.upstream();
    await origin.says("HTTP/1.0 200 OK", "Content-Length: 10", "", "12345");
    await client.hearsLike(/12345$/);
    client.vanishes();
    await origin.hearsLike(/\r\n\r\n/);
    await origin.hearsBreak();
    equal(cache.count, 0);
    match(await fetches(scene, HELLO), /hi$/);
  }));

test("a client that leaves without hearing what has come whole leaves it to the others", () =>
  cached(async (scene) => {
    const client = await asks(scene);
    const origin = await scene.upstream();
    await origin.says("HTTP/1.0 200 OK", "Content-Length: 4", "", "ab");
    await client.hearsLike(/ab$/);
    await origin.says("cd");
    await scene.settle();
    client.vanishes();
    await scene.shuts("origin.test:80");
    match(await (await asks(scene)).hearsOut(), /abcd$/);
  }));

test("who has the last byte finds it there, though the connection has not ended", () =>
  cached(async (scene) => {
    const client = await asks(scene);
    const origin = await scene.upstream();
    await scene.shuts("origin.test:80");
    await origin.says("HTTP/1.0 200 OK", "Content-Length: 70000", "", "x".repeat(35_000));
    await origin.says(`${"x".repeat(34_999)}y`);
    await client.hearsLike(/y$/);
    match(await (await asks(scene)).hearsOut(), /xy$/);
  }));

test("without a cache the server is asked each time", () =>
  proxyScene(
    ({ client }) => textbookProxy({ client }),
    async (scene) => {
      for (const content of ["one", "two"]) {
        const heard = await fetches(scene, ["HTTP/1.0 200 OK", "Content-Length: 3", "", content]);
        equal(heard.endsWith(content), true);
      }
    },
  ));
