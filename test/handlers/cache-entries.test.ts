import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { assess } from "../../src/cache/assess.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import type { Content, Stored } from "../../src/cache/store.ts";
import { entryOf, Lines } from "../../src/handlers/cache-entries.ts";
import { CAME } from "./administered.ts";
import { textOf } from "./exchange.ts";

const stored = (lines: string, content: Partial<Content> = {}): Stored => ({
  ...{ key: "http://a/", status: 200, lines, requestTime: CAME, responseTime: CAME },
  ...{ selecting: [], tags: ["t"], groups: ["g"], isInvalid: false, isAuthorized: false },
  content: { length: 100, ranges: undefined, read: () => new Uint8Array(0), ...content },
});

const STANDS: [lines: string, later: number, age: number, ttl: number][] = [
  ["Cache-Control: max-age=60\r\n", 10_999, 10, 49],
  ["Cache-Control: max-age=60\r\n", 90_000, 90, -30],
  ["Cache-Control: max-age=60\r\nAge: 30\r\n", 0, 30, 30],
  ["", 5000, 5, -5],
];

for (const [lines, later, age, ttl] of STANDS) {
  test(`${JSON.stringify(lines)} is ${age} s old after ${later} ms, and good for ${ttl} s`, () => {
    const entry = entryOf(assess(stored(lines), DEFAULT_RULES, CAME + later));
    deepEqual([entry.age, entry.ttl], [age, ttl]);
  });
}

test("of a part it says how much is here", () => {
  const ranges = [
    { first: 0, last: 9 },
    { first: 50, last: 50 },
  ];
  const { length, here } = entryOf(assess(stored("", { ranges }), DEFAULT_RULES, CAME));
  deepEqual([length, here], [100, 11]);
});

async function* later(): AsyncGenerator<number> {
  yield* [1, 2, 3];
}

for (const [what, items] of [
  ["at once", () => [1, 2, 3]],
  ["later", later],
] as const) {
  test(`lines of what comes ${what}`, async () => {
    const body = new Lines<number>(items(), (number) => (number === 2 ? undefined : String(number)));
    equal(await textOf({ status: 200, fields: undefined as never, body }), "1\n3\n");
    equal(await body.read(), undefined);
  });
}

test("nothing is read ahead, and who does not want the rest ends it", async () => {
  let taken = 0;
  let isOver = false;
  function* endless(): Generator<string> {
    try {
      for (;;) yield `${++taken}${"x".repeat(999)}`;
    } finally {
      isOver = true;
    }
  }
  const body = new Lines(endless(), (text) => text);
  equal((await body.read())!.length < 32 * 1024, true);
  equal(taken < 30, true);
  body.cancel();
  body.cancel();
  equal(isOver, true);
  equal(await body.read(), undefined);
});

test("a store that fails amid the list breaks it off", async () => {
  function* broken(): Generator<number> {
    yield 1;
    throw new Error("gone");
  }
  await rejects(async () => new Lines(broken(), String).read(), { message: "gone" });
});
