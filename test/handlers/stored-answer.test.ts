import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { assess } from "../../src/cache/assess.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import type { Said } from "../../src/cache/said.ts";
import { StoredAnswer, type Teller } from "../../src/handlers/stored-answer.ts";
import { ONE_PIECE } from "../../src/http/prepared.ts";
import { responseReader } from "../../src/http/reader.ts";
import { said, stored } from "../stage.ts";

const DATE = "Tue, 10 Oct 2000 13:55:36 GMT";
const LATER = "Tue, 10 Oct 2000 13:55:37 GMT";

interface Setting {
  readonly some?: Partial<Said>;
  readonly bytes?: Uint8Array;
  /** How long it has been stored. */
  readonly after?: number;
  readonly telling?: Teller["telling"];
}

function answering({ some = {}, bytes = utf8("hello"), after = 0, telling = "brief" }: Setting = {}) {
  const clock = new VirtualClock(said.responseTime + after);
  const assessed = assess({ ...stored, ...some }, DEFAULT_RULES, clock.date());
  const teller = { name: "maitred", telling, clock };
  return { clock, answer: new StoredAnswer(assessed, bytes, clock.date(), [assessed.lifetime.because], teller) };
}

/** What a client reads of it. */
function read(bytes: Uint8Array) {
  const reader = responseReader();
  reader.receive(bytes);
  const head = reader.head("GET")!;
  const pieces: string[] = [];
  for (let part = reader.content(); part !== undefined; part = reader.content()) pieces.push(latin1(part));
  return { head, content: pieces.join(""), isDone: reader.isDone };
}

test("its bytes are a response, with its length, its age, and what was said when it came", () => {
  const { answer } = answering({ after: 2500 });
  const { head, content, isDone } = read(answer.whole(DATE)!);
  deepEqual([head.status, head.reason, content, isDone], [200, "OK", "hello", true]);
  equal(head.fields.print(), `${said.lines}Content-Length: 5\r\nAge: 2\r\nCache-Status: maitred; hit; ttl=3597\r\n`);
  equal(latin1(answer.whole(DATE)!), `${latin1(answer.head(DATE))}hello`);
});

const AGES: [what: string, setting: Setting, later: number, age: string][] = [
  ["as it comes", {}, 0, "0"],
  ["just before the second is over", { after: 999 }, 0, "0"],
  ["with the second", { after: 1000 }, 0, "1"],
  ["that is rendered a second after it was made", { after: 500 }, 500, "1"],
  ["that was on its way for long", { some: { requestTime: said.requestTime - 7000 } }, 0, "7"],
  ["of a server whose clock is behind", { some: { responseTime: said.responseTime + 9000 } }, 0, "9"],
  ["of a clock that has been set back", { after: -5000 }, 0, "0"],
];
for (const [what, setting, later, age] of AGES) {
  test(`the age of one ${what} is ${age}`, async () => {
    const { answer, clock } = answering(setting);
    await clock.advance(later);
    equal(read(answer.whole(DATE)!).head.fields.get("age"), age);
    equal(answer.fields.get("age"), age);
  });
}

test("for one Date the bytes are the same, for the next they are others, and those given out do not change", async () => {
  const { answer, clock } = answering();
  const whole = answer.whole(DATE)!;
  const copy = whole.slice();
  await clock.advance(400);
  equal(answer.whole(DATE), whole);
  equal(answer.head(DATE).buffer, whole.buffer);
  await clock.advance(600);
  const next = answer.whole(LATER)!;
  notEqual(next, whole);
  deepEqual(new Uint8Array(whole), new Uint8Array(copy));
  equal(read(next).head.fields.get("age"), "1");
});

test("what is too long for one piece has only its head made, and its body goes out as it is", () => {
  for (const [length, isOne] of [
    [ONE_PIECE, true],
    [ONE_PIECE + 1, false],
  ] as const) {
    const bytes = new Uint8Array(length);
    const { answer } = answering({ bytes });
    equal(answer.body, bytes);
    equal(answer.whole(DATE)?.length, isOne ? answer.head(DATE).length + length : undefined);
    match(latin1(answer.head(DATE)), new RegExp(`\r\nContent-Length: ${length}\r\n(.*\r\n)+\r\n$`));
  }
});

test("no content has a length of 0, but where a status has none it has no length", () => {
  const bytes = new Uint8Array(0);
  equal(read(answering({ bytes }).answer.whole(DATE)!).head.fields.get("content-length"), "0");
  const { head, isDone } = read(answering({ bytes, some: { status: 204 } }).answer.whole(DATE)!);
  deepEqual([head.status, head.fields.get("content-length"), isDone], [204, undefined, true]);
});

test("the reason is the one that it came with, be it odd or empty; else it is the usual one", () => {
  for (const [status, reason, line] of [
    [404, undefined, "HTTP/1.1 404 Not Found"],
    [200, "Tr\u00e8s bien", "HTTP/1.1 200 Tr\u00e8s bien"],
    [200, "", "HTTP/1.1 200 "],
    [299, undefined, "HTTP/1.1 299 Successful"],
  ] as const) {
    const { answer } = answering({ some: { status, reason } });
    const whole = latin1(answer.whole(DATE)!);
    equal(whole.slice(0, whole.indexOf("\r\n")), line);
    // Letters outside of ASCII shift nothing.
    equal(whole.slice(answer.head(DATE).length), "hello");
  }
});

test("letters outside of ASCII go out as they came, and caches before us stay in Cache-Status", () => {
  const lines = "X-Odd: \u00ff\r\nCache-Status: far; hit\r\nCache-Control: max-age=60\r\n";
  const { fields } = read(answering({ some: { lines } }).answer.whole(DATE)!).head;
  equal(fields.get("x-odd"), "\u00ff");
  match(fields.get("cache-status")!, /^far; hit, maitred; hit; ttl=\d+$/);
});

test("it tells as much as it is told to: nothing, in brief, or why", () => {
  const statusOf = (telling: Teller["telling"]): string | undefined =>
    read(answering({ telling }).answer.whole(DATE)!).head.fields.get("cache-status");
  equal(statusOf("none"), undefined);
  equal(statusOf("brief"), "maitred; hit; ttl=3600");
  match(statusOf("full")!, /^maitred; hit; ttl=3600; detail="/);
});

test("fields and account are those of the moment at which one looks", async () => {
  const { answer, clock } = answering();
  equal(answer.fields.get("etag"), '"v1"');
  equal(answer.account().ttl, 3600);
  await clock.advance(1500);
  equal(answer.fields.get("age"), "1");
  deepEqual([answer.account().hit, answer.account().ttl], [true, 3598]);
});
