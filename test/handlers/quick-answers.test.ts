import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { assess } from "../../src/cache/assess.ts";
import { newCounters } from "../../src/cache/counters.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import type { Said } from "../../src/cache/said.ts";
import type { Place, Stored } from "../../src/cache/store.ts";
import { isQuick, QuickAnswers } from "../../src/handlers/quick-answers.ts";
import type { Answer } from "../../src/web/handler.ts";
import { said } from "../stage.ts";
import { request } from "./exchange.ts";

const { key } = said;

function setting() {
  const clock = new VirtualClock(said.responseTime);
  const store = new MemoryStore();
  const counters = newCounters();
  const quick = new QuickAnswers(store, DEFAULT_RULES, { name: "maitred", telling: "none", clock }, counters);
  const put = (some: Partial<Said> = {}, bytes = utf8("hello"), place: Place = {}, length?: number): Stored => {
    const filling = store.open({ ...said, ...some }, place)!;
    filling.write(bytes);
    return filling.end(length) as Stored;
  };
  const note = (stored: Stored): void => quick.note(assess(stored, DEFAULT_RULES, clock.date()));
  const ask = (fields: Record<string, string> = {}): Answer | undefined => quick.answer(request("GET /", fields), key);
  const text = (fields?: Record<string, string>): string | undefined => {
    const answer = ask(fields);
    return answer && new TextDecoder().decode(answer.body as Uint8Array);
  };
  return { clock, store, counters, quick, put, note, ask, text };
}

test("what was found fresh is answered with, and counted; what nobody has looked at is not", () => {
  const { put, note, text, counters } = setting();
  equal(text(), undefined);
  const stored = put();
  equal(text(), undefined);
  note(stored);
  for (let i = 0; i < 3; i++) equal(text(), "hello");
  deepEqual([counters.hits, counters.bytesSaved, counters.misses], [3, 15, 0]);
});

const WISHES: [name: string, value: string, isQuick: boolean][] = [
  ["Cache-Control", "no-cache", false],
  ["Cache-Control", "max-age=99999", false],
  ["Cache-Control", "", false],
  ["Pragma", "no-cache", false],
  ["Range", "bytes=0-0", false],
  ["If-None-Match", "*", false],
  ["If-Modified-Since", "never", false],
  ["If-Match", '"v1"', false],
  ["If-Unmodified-Since", "never", false],
  // Without a range it means nothing.
  ["If-Range", '"v1"', true],
  ["Accept", "text/html", true],
  ["Authorization", "Basic YTpi", true],
  ["X-Cache-Control", "no-cache", true],
];
for (const [name, value, isQuick] of WISHES) {
  test(`a request with ${name}: ${value} is ${isQuick ? "" : "not "}as simple as that`, () => {
    const { put, note, text, counters } = setting();
    note(put());
    equal(text({ [name]: value }), isQuick ? "hello" : undefined);
    equal(counters.hits, isQuick ? 1 : 0);
  });
}

test("at the moment at which it becomes stale it is not answered with any more", async () => {
  const { clock, put, note, ask } = setting();
  note(put({ requestTime: said.requestTime - 1500 }));
  await clock.advance(3_598_499);
  equal(ask()?.fields.get("age"), "3599");
  await clock.advance(1);
  equal(ask(), undefined);
});

test("what is stale, or invalid, is not noted", async () => {
  const { clock, put, note, ask } = setting();
  note(put({ isInvalid: true }));
  equal(ask(), undefined);
  const stored = put();
  await clock.advance(3_600_000);
  note(stored);
  equal(ask(), undefined);
});

test("what has been purged, freshened or replaced since must be looked at anew", () => {
  const { store, put, note, ask, text } = setting();
  for (const change of [
    () => store.purge({ by: "everything" }, "invalidate"),
    () => store.purge({ by: "everything" }, "remove"),
    () => store.freshen(store.first(key)!, { ...said, isAuthorized: true }),
    () => put({}, utf8("other")),
    () => store.remove(store.first(key)!),
  ]) {
    note(put());
    equal(text(), "hello");
    change();
    equal(ask(), undefined);
  }
});

test("a part is not answered with, nor what is elsewhere", () => {
  const { put, note, ask } = setting();
  note(put({}, utf8("hel"), { first: 0 }, 5));
  equal(ask(), undefined);
  note({ ...said, content: { length: 0, ranges: undefined, read: () => utf8("") } });
  equal(ask(), undefined);
});

test("no content is an answer, too", () => {
  const { put, note, text } = setting();
  note(put({}, utf8("")));
  equal(text(), "");
});

const accepting = (value: string | undefined): Partial<Said> => ({ selecting: [["accept", value]] });

test("of variants the one is meant that is alike, and no other", () => {
  const { put, note, text } = setting();
  note(put(accepting("a"), utf8("A")));
  equal(text({ Accept: "a" }), "A");
  equal(text({ Accept: "b" }), undefined);
  equal(text(), undefined);
  note(put(accepting("b"), utf8("B")));
  note(put(accepting(undefined), utf8("none")));
  deepEqual(
    [text({ Accept: "a" }), text({ Accept: "b" }), text(), text({ Accept: "c" })],
    ["A", "B", "none", undefined],
  );
});

test("where variants differ in what they vary with, or one does not vary, one must look closer", () => {
  for (const other of [{ selecting: [] }, { selecting: [["cookie", undefined]] }] as const) {
    for (const isFirst of [true, false]) {
      const { put, note, ask } = setting();
      if (isFirst) note(put(other));
      note(put(accepting("a")));
      if (!isFirst) note(put(other));
      equal(ask({ Accept: "a" }), undefined);
    }
  }
});

test("who varies with everything is like nobody", () => {
  const { put, note, ask } = setting();
  note(put({ selecting: [["*", undefined]] }));
  equal(ask(), undefined);
});

test("within a second it is the same answer, and in the next it is another", async () => {
  const { clock, put, note, ask } = setting();
  note(put());
  const first = ask();
  await clock.advance(999);
  equal(ask(), first);
  await clock.advance(1);
  const next = ask();
  notEqual(next, first);
  equal(next?.fields.get("age"), "1");
  equal(ask(), next);
});

test("there is a bound to what is held ready, and beyond it all are answered all the same", async () => {
  const { clock, store, put, quick, note } = setting();
  const keys = Array.from({ length: 300 }, (_, i) => `http://localhost/${i}`);
  // Each as large as is copied: more than 8 MiB together.
  for (const key of keys) note(put({ key }, new Uint8Array(32 * 1024)));
  const ready = (): number => keys.filter((key) => store.first(key)!.answer !== undefined).length;
  for (let round = 0; round < 2; round++) {
    for (const key of keys) ok(quick.answer(request("GET /"), key) !== undefined);
    ok(ready() > 200 && ready() < 257, `${ready()}`);
    // What was ready a second ago is let go of with the first of the next.
    await clock.advance(1000);
    quick.answer(request("GET /"), keys[0]!);
    equal(ready(), 1);
  }
});

test("only a store that can be asked without a list is quick", () => {
  equal(isQuick(new MemoryStore()), true);
  const { find, open, freshen, remove, purge, list, state, close } = new MemoryStore();
  equal(isQuick({ find, open, freshen, remove, purge, list, state, close }), false);
});
