import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type KeptAnswer, TextbookCache, type TextbookCacheOptions } from "../../src/cache/textbook-cache.ts";
import { Fields } from "../../src/http/fields.ts";

const answer = (length: number | undefined, fields = {}): KeptAnswer => ({
  status: 200,
  reason: undefined,
  fields: Fields.of(fields),
  body: length === undefined ? undefined : new Uint8Array(length),
});

test("what was kept is found, as it was", () => {
  const cache = new TextbookCache();
  const kept: KeptAnswer = { status: 404, reason: "Gone Fishing", fields: Fields.of({ A: "b" }), body: undefined };
  equal(cache.keep("http://a:80/", kept), true);
  equal(cache.find("http://a:80/"), kept);
  equal(cache.find("http://a:80/b"), undefined);
  deepEqual([cache.count, cache.size], [1, 0]);
});

const KIB = 1024;

const ONE: [length: number | undefined, isKept: boolean][] = [
  [undefined, true],
  [0, true],
  [1, true],
  [102_399, true],
  [102_400, true],
  [102_401, false],
  [1_048_576, false],
  [1_048_577, false],
];
for (const [length, isKept] of ONE) {
  test(`a body of ${length ?? "no"} bytes is ${isKept ? "" : "not "}kept`, () => {
    const cache = new TextbookCache();
    equal(cache.keep("a", answer(length)), isKept);
    equal(cache.find("a") !== undefined, isKept);
    equal(cache.size, isKept ? (length ?? 0) : 0);
  });
}

/** These lengths, kept one after the other: how many of the first ones have had to leave, and how many bytes stay. */
const ALL: [what: string, lengths: number[], gone: number, size: number][] = [
  ["ten of 100 KiB", Array(10).fill(100 * KIB), 0, 1_024_000],
  ["ten of 100 KiB and the 24 KiB that are left", [...Array(10).fill(100 * KIB), 24 * KIB], 0, 1_048_576],
  ["the same with one byte more", [...Array(10).fill(100 * KIB), 24 * KIB + 1], 1, 946_177],
  ["eleven of 100 KiB", Array(11).fill(100 * KIB), 1, 1_024_000],
  ["a thousand and twenty-four of 1 KiB", Array(1024).fill(KIB), 0, 1_048_576],
  ["one byte more than that", [...Array(1024).fill(KIB), 1], 1, 1_047_553],
  ["a large one for many small ones", [...Array(1024).fill(KIB), 100 * KIB], 100, 1_048_576],
  ["a large one for many of an odd size", [...Array(1048).fill(1000), 100 * KIB], 102, 1_048_400],
  ["nothing takes no room", [...Array(10).fill(100 * KIB), 24 * KIB, 0, 0, 0], 0, 1_048_576],
  ["one that is too large drives nobody out", [...Array(10).fill(100 * KIB), 24 * KIB, 100 * KIB + 1], 0, 1_048_576],
];
for (const [what, lengths, gone, size] of ALL) {
  test(`in 1 MiB: ${what}`, () => {
    const cache = new TextbookCache();
    const kept = lengths.filter((length, i) => cache.keep(`${i}`, answer(length)));
    deepEqual([cache.count, cache.size], [kept.length - gone, size]);
    equal(cache.find(`${gone - 1}`), undefined);
    equal(cache.find(`${gone}`)?.body?.length, lengths[gone]);
  });
}

/** Of 10 bytes: "a3" keeps three bytes as a, "?a" looks for it. And what is there in the end. */
const ORDERS: [history: string, left: string][] = [
  ["a3 b3 c3", "a b c"],
  ["a3 b3 c3 d3", "b c d"],
  ["a3 b3 c3 d1", "a b c d"],
  ["a3 b3 c3 ?a d3", "a c d"],
  ["a3 b3 c3 ?a ?b d3", "a b d"],
  ["a3 b3 c3 ?a ?b ?c d3", "b c d"],
  ["a3 b3 c3 ?a ?a ?a d3 e3", "a d e"],
  ["a3 b3 c3 d9", "d"],
  ["a3 b3 c3 ?a d7", "a d"],
  ["a3 b3 c3 d10", "d"],
  ["a3 b3 c3 d11", "a b c"],
  // Looking for what is not there changes nothing.
  ["a3 b3 c3 ?x d3", "b c d"],
  // Anew under the same key: in the place of the former one, and used last.
  ["a3 b3 c3 a3 d3", "a c d"],
  ["a3 b3 c3 a4", "a b c"],
  ["a3 b3 c3 a5", "a c"],
  ["a3 b3 c3 a10", "a"],
  ["a10 a10 a9 b1", "a b"],
  ["a3 b3 a11", "a b"],
];
for (const [history, left] of ORDERS) {
  test(`least recently used leaves: ${history} leaves ${left}`, () => {
    const cache = new TextbookCache({ bodies: 10, body: 10 });
    for (const step of history.split(" ")) {
      if (step.startsWith("?")) cache.find(step.slice(1));
      else cache.keep(step[0]!, answer(Number(step.slice(1))));
    }
    const found = ["a", "b", "c", "d", "e", "x"].filter((key) => cache.find(key) !== undefined);
    equal(found.join(" "), left);
  });
}

test("keys and fields are not counted, but answers without a body do not fill the memory", () => {
  const cache = new TextbookCache();
  const fields = { Long: "x".repeat(8000) };
  for (let i = 0; i < 10_000; i++) cache.keep(`${i}`, answer(undefined, fields));
  equal(cache.size, 0);
  equal(cache.count, Math.floor((32 * KIB * KIB) / (512 + 4 + 8000 + "Long: \r\n".length)));
  equal(cache.find(`${9999 - cache.count}`), undefined);
  equal(cache.find(`${10_000 - cache.count}`) !== undefined, true);
});

test("a megabyte in bodies of 50 bytes is kept whole", () => {
  const cache = new TextbookCache();
  const fields = { "Content-Type": "text/html; charset=utf-8", "Date": "Sun, 06 Nov 1994 08:49:37 GMT" };
  for (let i = 0; i < 20_971; i++) cache.keep(`http://localhost:8080/page-${i}.html`, answer(50, fields));
  deepEqual([cache.count, cache.size], [20_971, 1_048_550]);
});

test("a head that is larger than all of them may be is not kept", () => {
  const cache = new TextbookCache({ heads: 600 });
  equal(cache.keep("a", answer(1)), true);
  equal(cache.keep("b", answer(1, { A: "x".repeat(100) })), false);
  deepEqual([cache.find("a") !== undefined, cache.count], [true, 1]);
});

/** Slow and obvious: a list, the least recently used first. */
class Model {
  readonly #options: Required<TextbookCacheOptions>;
  list: { key: string; answer: KeptAnswer }[] = [];

  constructor(options: Required<TextbookCacheOptions>) {
    this.#options = options;
  }

  get size(): number {
    return this.list.reduce((sum, { answer }) => sum + answer.body!.length, 0);
  }

  find(key: string): KeptAnswer | undefined {
    const found = this.list.find((one) => one.key === key);
    if (found !== undefined) this.list = [...this.list.filter((one) => one !== found), found];
    return found?.answer;
  }

  keep(key: string, answer: KeptAnswer): boolean {
    const { bodies, body, heads } = this.#options;
    if (answer.body!.length > Math.min(body, bodies) || 513 > heads) return false;
    this.list = [...this.list.filter((one) => one.key !== key), { key, answer }];
    while (this.size > bodies || this.list.length * 513 > heads) this.list.shift();
    return true;
  }
}

test("whatever is kept and looked for, it is what a slow and obvious cache would have", () => {
  const key = fc.constantFrom(..."abcdefgh");
  const step = fc.oneof(
    fc.record({ key, length: fc.integer({ min: 0, max: 12 }) }),
    fc.record({ key, length: fc.constant(undefined) }),
  );
  const limits = fc.record({
    bodies: fc.integer({ min: 0, max: 40 }),
    body: fc.integer({ min: 0, max: 12 }),
    heads: fc.integer({ min: 1, max: 9 }).map((count) => count * 513),
  });
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 60 }), (options, steps) => {
      const cache = new TextbookCache(options);
      const model = new Model(options);
      for (const { key, length } of steps) {
        if (length === undefined) {
          equal(cache.find(key), model.find(key));
        } else {
          const kept = answer(length);
          equal(cache.keep(key, kept), model.keep(key, kept));
        }
        deepEqual([cache.size, cache.count], [model.size, model.list.length]);
        equal(cache.size <= options.bodies, true);
      }
      for (const key of "abcdefgh") equal(cache.find(key), model.find(key));
    }),
    { numRuns: 500 },
  );
});
