import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assess } from "../../src/cache/assess.ts";
import { choose, mostRecent } from "../../src/cache/choose.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import { assessed, at, dateAt, fieldsOf, kept, type Lines, THEN } from "./kept.ts";

/** A stored response: its fields, the request that it answered, and when it came. */
type One = [name: string, lines: Lines, request?: Lines, came?: number];

/** §4, §4.1: of several, the one that is chosen. */
const CASES: [what: string, stored: One[], request: Lines, chosen: string | undefined][] = [
  ["nothing is stored", [], {}, undefined],
  ["one that fits all", [["a", {}]], { Foo: "1" }, "a"],
  ["one that fits", [["a", { Vary: "Foo" }, { Foo: "1" }]], { Foo: "1" }, "a"],
  ["one that does not", [["a", { Vary: "Foo" }, { Foo: "1" }]], { Foo: "2" }, undefined],
  [
    "of two variants the one that fits",
    [
      ["a", { Vary: "Foo" }, { Foo: "1" }],
      ["b", { Vary: "Foo" }, { Foo: "2" }],
    ],
    ...([{ Foo: "2" }, "b"] as const),
  ],
  [
    "of several variants by two fields the one that fits in both",
    [
      ["a", { Vary: "Foo, Bar" }, { Foo: "1", Bar: "1" }],
      ["b", { Vary: "Bar, Foo" }, { Foo: "1", Bar: "2" }],
      ["c", { Vary: "Foo, Bar" }, { Foo: "2", Bar: "2" }],
    ],
    ...([{ Foo: "1", Bar: "2" }, "b"] as const),
  ],
  [
    "variants that vary with other fields",
    [
      ["a", { Vary: "Foo" }, { Foo: "1" }],
      ["b", { Vary: "Bar" }, { Bar: "1" }],
    ],
    ...([{ Foo: "2", Bar: "1" }, "b"] as const),
  ],
  // "a cache MUST use the most recent one (as determined by the Date header field)"
  [
    "two that fit: the more recent, by Date",
    [
      ["a", { Vary: "Foo", Date: dateAt(0) }, { Foo: "1" }, 10],
      ["b", { Vary: "Bar", Date: dateAt(5) }, { Foo: "1" }, 5],
      ["c", { Vary: "Baz", Date: dateAt(3) }, { Foo: "1" }, 20],
    ],
    ...([{ Foo: "1" }, "b"] as const),
  ],
  [
    "two of the same Date: the one that came later",
    [
      ["a", { Vary: "Foo", Date: dateAt(0) }, {}, 1],
      ["b", { Vary: "Bar", Date: dateAt(0) }, {}, 2],
      ["c", { Vary: "Baz", Date: dateAt(0) }, {}, 1],
    ],
    ...([{}, "b"] as const),
  ],
  [
    "one without Date was made when it came",
    [
      ["a", { Vary: "Foo", Date: dateAt(7) }, {}, 1],
      ["b", { Vary: "Bar" }, {}, 5],
    ],
    ...([{}, "a"] as const),
  ],
  // "one or more omits the Vary header field, the cache SHOULD choose the most recent stored response with a valid Vary"
  [
    "one that has forgotten its Vary, though it is more recent",
    [
      ["a", { Vary: "Foo", Date: dateAt(0) }, { Foo: "1" }],
      ["b", { Date: dateAt(9) }],
    ],
    ...([{ Foo: "1" }, "a"] as const),
  ],
  [
    "one that has forgotten its Vary, where no other fits",
    [
      ["a", { Vary: "Foo", Date: dateAt(9) }, { Foo: "1" }],
      ["b", { Date: dateAt(0) }],
    ],
    ...([{ Foo: "2" }, "b"] as const),
  ],
  // It does not matter here whether it is fresh.
  [
    "a stale one that is more recent",
    [
      ["a", { Vary: "Foo", Date: dateAt(0), "Cache-Control": "max-age=100" }],
      ["b", { Vary: "Bar", Date: dateAt(5), "Cache-Control": "max-age=0" }],
    ],
    ...([{}, "b"] as const),
  ],
  // By language, where nothing fits as it is.
  [
    "the language that is liked best",
    [
      ["a", { Vary: "Accept-Language", "Content-Language": "en" }, { "Accept-Language": "en" }],
      ["b", { Vary: "Accept-Language", "Content-Language": "de", Date: dateAt(0) }, { "Accept-Language": "de, en" }],
      ["c", { Vary: "Accept-Language", "Content-Language": "de", Date: dateAt(3) }, { "Accept-Language": "de" }],
      ["d", { Vary: "Accept-Language", "Content-Language": "de", Date: dateAt(1) }, { "Accept-Language": "de, fr" }],
    ],
    ...([{ "Accept-Language": "fr;q=0.5, de" }, "c"] as const),
  ],
  [
    "one that fits as it is, whatever its language",
    [
      [
        "a",
        { Vary: "Accept-Language", "Content-Language": "en", Date: dateAt(0) },
        { "Accept-Language": "de;q=0.5, fr" },
      ],
      ["b", { Vary: "Accept-Language", "Content-Language": "fr", Date: dateAt(3) }, { "Accept-Language": "fr" }],
    ],
    ...([{ "Accept-Language": "fr, de;q=0.5" }, "a"] as const),
  ],
  [
    "two languages that are liked as well",
    [["a", { Vary: "Accept-Language", "Content-Language": "de" }, { "Accept-Language": "de" }]],
    ...([{ "Accept-Language": "fr, de" }, undefined] as const),
  ],
];

for (const [what, list, request, expected] of CASES) {
  test(`${what}: ${expected ?? "none"}`, () => {
    const candidates = list.map(([name, lines, asked = {}, came = 0]) => {
      const stored = kept({ ...lines, "X-Name": name }, { request: asked, responseTime: at(came) });
      return assess(stored, DEFAULT_RULES, at(30));
    });
    for (const order of [candidates, candidates.toReversed()]) {
      equal(choose(order, fieldsOf(request), DEFAULT_RULES)?.chosen.fields.get("x-name"), expected);
    }
  });
}

test("whether language is chosen by is a matter of configuration", () => {
  const lines = { Vary: "Accept-Language", "Content-Language": "de" };
  const candidates = [assessed(lines, { request: { "Accept-Language": "de" } })];
  const request = fieldsOf({ "Accept-Language": "de, fr;q=0.5" });
  equal(choose(candidates, request, DEFAULT_RULES)?.chosen, candidates[0]);
  equal(choose(candidates, request, { ...DEFAULT_RULES, choosesLanguage: false }), undefined);
});

test("the choice has its reason, where there was something to choose by", () => {
  const reason = (lines: Lines, request: Lines) =>
    choose([assessed(lines, { request: { "Accept-Language": "de", Foo: "1" } })], fieldsOf(request), DEFAULT_RULES)
      ?.because;
  deepEqual(reason({}, {}), []);
  deepEqual(reason({ Vary: "Foo, Bar" }, { Foo: "1" }), [
    {
      rule: "varies on bar, foo, in which the requests are alike",
      section: "§4.1",
      field: "Vary",
      value: "Vary: bar, foo",
    },
  ]);
  deepEqual(reason({ Vary: "Accept-Language", "Content-Language": "de" }, { "Accept-Language": "de, fr;q=0.1" }), [
    {
      ...{ rule: "is in the language that the request likes best", section: "§4.1" },
      ...{ field: "Content-Language", value: "Content-Language: de" },
    },
  ]);
});

test("of none, none is the most recent", () => equal(mostRecent([]), undefined));

test("the most recent is the same in whichever order they are looked at", () => {
  const times = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), { selector: (pair) => pair.join(), minLength: 1 });
  fc.assert(
    fc.property(times, fc.func(fc.nat()), (list, place) => {
      const candidates = list.map(([date, came]) =>
        assess(kept({ Date: dateAt(date) }, { responseTime: at(came) }), DEFAULT_RULES, THEN),
      );
      const shuffled = candidates.toSorted((a, b) => place(a.date) - place(b.stored.responseTime));
      equal(mostRecent(shuffled), mostRecent(candidates));
    }),
  );
});
