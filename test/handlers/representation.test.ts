import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { truncate, unlink, writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import type { VirtualClock } from "../../src/base/clock.ts";
import { type Description, notModified, Representation } from "../../src/handlers/representation.ts";
import { look } from "../../src/handlers/within.ts";
import { printDate } from "../../src/http/dates.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Answer } from "../../src/web/handler.ts";
import { descriptorsAtMost, openDescriptors } from "./descriptors.ts";
import { request, textOf } from "./exchange.ts";
import { folder, later } from "./folder.ts";

const MODIFIED = Date.UTC(1994, 10, 6, 8, 49, 37);
const BEFORE = printDate(MODIFIED - 1000);
const AT = printDate(MODIFIED);
const AFTER = printDate(MODIFIED + 1000);
const CONTENT = "0123456789";

const DESCRIPTION: Description = { type: "text/plain", etag: '"v2"', lastModified: MODIFIED, varies: false };

interface Setting {
  readonly path: string;
  readonly clock: VirtualClock;
  readonly representation: Representation;
  readonly growths: number;
  ask(line: string, fields?: Record<string, string>): Promise<Answer | undefined>;
}

async function setUp(t: TestContext, content: string | Uint8Array, largest = 8 * 1024 * 1024): Promise<Setting> {
  const clock = later();
  const root = await folder(t, { "a.txt": content });
  const origin = (await look(`${root}/a.txt`, { root }, clock.date()))!.file!;
  let growths = 0;
  const onGrowth = (): void => void growths++;
  const representation = new Representation(DESCRIPTION, origin, { clock, largest, onGrowth });
  return {
    path: origin.path,
    clock,
    representation,
    get growths() {
      return growths;
    },
    ask: async (line, fields) => representation.answer(request(line, fields)),
  };
}

/** From the file, and from memory: nobody may see a difference. */
const WAYS: [from: string, warm: (set: Setting) => Promise<unknown>][] = [
  ["the file", async () => {}],
  ["memory", (set) => set.ask("GET /a.txt")],
];

const CONDITIONS: [method: string, fields: Record<string, string>, status: number][] = [
  ["GET", {}, 200],
  ["GET", { "If-None-Match": '"v2"' }, 304],
  ["HEAD", { "If-None-Match": '"v2"' }, 304],
  ["GET", { "If-None-Match": 'W/"v2"' }, 304],
  ["GET", { "If-None-Match": '"v1", "v2"' }, 304],
  ["GET", { "If-None-Match": "*" }, 304],
  ["GET", { "If-None-Match": '"v1"' }, 200],
  ["GET", { "If-None-Match": '"v1"', "If-Modified-Since": AT }, 200],
  ["GET", { "If-Modified-Since": AT }, 304],
  ["GET", { "If-Modified-Since": AFTER }, 304],
  ["GET", { "If-Modified-Since": BEFORE }, 200],
  ["GET", { "If-Modified-Since": "yesterday" }, 200],
  ["GET", { "If-Match": '"v2"' }, 200],
  ["GET", { "If-Match": "*" }, 200],
  ["GET", { "If-Match": '"v1"' }, 412],
  ["GET", { "If-Match": 'W/"v2"' }, 412],
  ["GET", { "If-Unmodified-Since": AT }, 200],
  ["GET", { "If-Unmodified-Since": BEFORE }, 412],
  ["GET", { "If-Match": '"v2"', "If-None-Match": '"v2"' }, 304],
  // A condition comes before the range it stands with.
  ["GET", { "If-Match": '"v1"', "Range": "bytes=0-1" }, 412],
  ["GET", { "If-None-Match": '"v2"', "Range": "bytes=0-1" }, 304],
  ["GET", { "If-Match": '"v1"', "Range": "bytes=99-" }, 412],
];

const RANGES: [fields: Record<string, string>, status: number, contentRange: string | undefined, text: string][] = [
  [{ Range: "bytes=0-0" }, 206, "bytes 0-0/10", "0"],
  [{ Range: "bytes=2-4" }, 206, "bytes 2-4/10", "234"],
  [{ Range: "bytes=7-" }, 206, "bytes 7-9/10", "789"],
  [{ Range: "bytes=-3" }, 206, "bytes 7-9/10", "789"],
  [{ Range: "bytes=-99" }, 206, "bytes 0-9/10", CONTENT],
  [{ Range: "bytes=0-99" }, 206, "bytes 0-9/10", CONTENT],
  [{ Range: "bytes=0-3, 2-5" }, 206, "bytes 0-5/10", "012345"],
  [{ Range: Array(1000).fill("0-").join().replace(/^/, "bytes=") }, 206, "bytes 0-9/10", CONTENT],
  [{ Range: "bytes=4-2" }, 200, undefined, CONTENT],
  [{ Range: "lines=0-1" }, 200, undefined, CONTENT],
  [{ Range: "bytes=a-b" }, 200, undefined, CONTENT],
  [{ Range: "bytes=2-4", "If-Range": '"v2"' }, 206, "bytes 2-4/10", "234"],
  [{ Range: "bytes=2-4", "If-Range": '"v1"' }, 200, undefined, CONTENT],
  [{ Range: "bytes=2-4", "If-Range": 'W/"v2"' }, 200, undefined, CONTENT],
  [{ Range: "bytes=2-4", "If-Range": AT }, 206, "bytes 2-4/10", "234"],
  [{ Range: "bytes=2-4", "If-Range": AFTER }, 200, undefined, CONTENT],
  [{ "If-Range": '"v2"' }, 200, undefined, CONTENT],
  [{ Range: "bytes=99-", "If-Range": '"v1"' }, 200, undefined, CONTENT],
];

for (const [from, warm] of WAYS) {
  test(`conditions, answered from ${from}`, async (t) => {
    for (const [method, fields, status] of CONDITIONS) {
      const set = await setUp(t, CONTENT);
      await warm(set);
      const answer = await set.ask(`${method} /a.txt`, fields);
      equal(answer!.status, status, `${method} ${JSON.stringify(fields)}`);
      if (status === 200) equal(answer!.fields.get("content-length"), "10");
      if (status === 304) deepEqual([...answer!.fields], [["ETag", '"v2"']]);
    }
  });

  test(`ranges, answered from ${from}`, async (t) => {
    for (const [fields, status, contentRange, text] of RANGES) {
      const set = await setUp(t, CONTENT);
      await warm(set);
      const answer = (await set.ask("GET /a.txt", fields))!;
      const what = JSON.stringify(fields).slice(0, 99);
      equal(answer.status, status, what);
      equal(answer.fields.get("content-range"), contentRange, what);
      equal(answer.fields.get("content-length"), String(text.length), what);
      equal(answer.fields.get("etag"), '"v2"', what);
      equal(await textOf(answer), text, what);
    }
  });

  test(`several ranges, answered from ${from}`, async (t) => {
    const set = await setUp(t, CONTENT);
    await warm(set);
    const answer = (await set.ask("GET /a.txt", { Range: "bytes=8-9,0-1" }))!;
    equal(answer.status, 206);
    equal(answer.fields.get("content-range"), undefined);
    match(answer.fields.get("content-type")!, /^multipart\/byteranges; boundary=/);
    const text = await textOf(answer);
    equal(answer.fields.get("content-length"), String(text.length));
    const parts = [...text.matchAll(/\r\nContent-Type: text\/plain\r\nContent-Range: (.*)\r\n\r\n(.*)\r\n--/g)];
    deepEqual(
      parts.map(([, range, part]) => `${range} ${part}`),
      ["bytes 8-9/10 89", "bytes 0-1/10 01"],
    );
  });

  test(`a range that begins behind the end, answered from ${from}`, async (t) => {
    const set = await setUp(t, CONTENT);
    await warm(set);
    const answer = (await set.ask("GET /a.txt", { Range: "bytes=10-" }))!;
    equal(answer.status, 416);
    equal(answer.fields.get("content-range"), "bytes */10");
  });

  test(`HEAD has no ranges and no body, answered from ${from}`, async (t) => {
    const set = await setUp(t, CONTENT);
    await warm(set);
    for (const Range of ["bytes=0-1", "bytes=99-"]) {
      const answer = (await set.ask("HEAD /a.txt", { Range }))!;
      equal(answer.status, 200);
      equal(answer.fields.get("content-length"), "10");
    }
  });
}

test("the fields of a whole answer", async (t) => {
  const { ask } = await setUp(t, CONTENT);
  deepEqual(
    [...(await ask("GET /a.txt"))!.fields],
    [
      ["Content-Type", "text/plain"],
      ["Content-Length", "10"],
      ["Last-Modified", AT],
      ["ETag", '"v2"'],
      ["Accept-Ranges", "bytes"],
      ["X-Content-Type-Options", "nosniff"],
    ],
  );
});

test("an empty file is served, with and without a range", async (t) => {
  const { ask } = await setUp(t, "");
  for (const fields of [{}, { Range: "bytes=0-" }, { Range: "bytes=-5" }] as Record<string, string>[]) {
    const answer = (await ask("GET /a.txt", fields))!;
    equal(answer.status, 200);
    equal(answer.fields.get("content-length"), "0");
    equal(await textOf(answer), "");
  }
});

test("a small file is read once, however many ask, and then answered at once, with the same answer", async (t) => {
  const { ask, representation } = await setUp(t, CONTENT);
  equal(representation.size, 0);
  const answers = new Set(await Promise.all(Array.from({ length: 20 }, () => ask("GET /a.txt"))));
  equal(answers.size, 1);
  const answer = representation.answer(request("GET /a.txt"));
  ok(answer instanceof PreparedResponse && answers.has(answer));
  equal(representation.answer(request("HEAD /a.txt")), answer);
  equal(representation.size, 20);
});

test("a 304 is prepared, too", async (t) => {
  const { representation } = await setUp(t, CONTENT);
  const conditional = request("GET /a.txt", { "If-None-Match": '"v2"' });
  ok(representation.answer(conditional) instanceof PreparedResponse);
  equal(representation.answer(conditional), representation.answer(conditional));
});

const LARGE = new Uint8Array(700_000).fill(97);

test("a large file is sent in pieces, and kept when it is asked for again", async (t) => {
  const set = await setUp(t, LARGE);
  const before = openDescriptors();
  const first = await set.ask("GET /a.txt");
  equal(first instanceof PreparedResponse, false);
  equal((await textOf(first!)).length, LARGE.length);
  equal(set.growths, 0);
  ok((await set.ask("GET /a.txt")) instanceof PreparedResponse);
  equal(set.growths, 1);
  ok(set.representation.size >= LARGE.length);
  ok(await descriptorsAtMost(before));
});

test("what is larger than may be kept is sent in pieces each time", async (t) => {
  const set = await setUp(t, LARGE, 600_000);
  for (let times = 0; times < 3; times++) {
    const answer = (await set.ask("GET /a.txt"))!;
    equal(answer.body instanceof Uint8Array, false);
    equal((await textOf(answer)).length, LARGE.length);
  }
  equal(set.representation.size, 0);
});

test("HEAD, conditions and what is refused open nothing", async (t) => {
  const set = await setUp(t, LARGE);
  await unlink(set.path);
  equal((await set.ask("HEAD /a.txt"))?.status, 200);
  equal((await set.ask("GET /a.txt", { "If-None-Match": '"v2"' }))?.status, 304);
  equal((await set.ask("GET /a.txt", { "If-Match": '"v1"' }))?.status, 412);
  equal((await set.ask("GET /a.txt", { Range: "bytes=700000-" }))?.status, 416);
});

for (const [size, content] of [
  ["small", CONTENT],
  ["large", LARGE],
] as const) {
  test(`where a ${size} file is not any more what it was, there is no answer`, async (t) => {
    const set = await setUp(t, content);
    await writeFile(set.path, "changed");
    equal(await set.ask("GET /a.txt"), undefined);
    equal(await set.ask("GET /a.txt", { Range: "bytes=1-2,5-6" }), undefined);
    equal(await set.representation.content(), undefined);
    equal(await set.representation.page(404), undefined);
  });
}

test("a file that shrinks while it is sent breaks off", async (t) => {
  const set = await setUp(t, LARGE);
  const before = openDescriptors();
  const answer = (await set.ask("GET /a.txt"))!;
  await truncate(set.path, 100_000);
  await rejects(textOf(answer), { message: /shorter/ });
  ok(await descriptorsAtMost(before));
});

test("as the page of an error it has neither validators nor parts", async (t) => {
  const { representation } = await setUp(t, CONTENT);
  const page = (await representation.page(404))!;
  equal(page.status, 404);
  deepEqual(
    [...page.fields].map(([name]) => name),
    ["Content-Type", "Content-Length", "X-Content-Type-Options"],
  );
  equal(await textOf(page), CONTENT);
});

test("bytes that were made have their coding, and vary", async () => {
  const description: Description = { ...DESCRIPTION, coding: "br", varies: true, lastModified: undefined };
  const made = new Representation(description, new Uint8Array(3), { clock: later(), largest: 0, onGrowth() {} });
  const answer = (await made.answer(request("GET /a.txt")))!;
  equal(answer.fields.get("content-encoding"), "br");
  equal(answer.fields.get("vary"), "Accept-Encoding");
  equal(answer.fields.get("content-length"), "3");
  equal(answer.fields.has("last-modified"), false);
  equal(notModified(description).fields.get("vary"), "Accept-Encoding");
});
