import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assess } from "../../src/cache/assess.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import type { Content } from "../../src/cache/store.ts";
import { freshened, headTells, makeConditional } from "../../src/cache/validation.ts";
import { assessed, at, dateAt, fieldsOf, kept, type Lines, THEN } from "./kept.ts";

const PART: Content = { length: 9, ranges: [{ first: 0, last: 4 }], read: () => new Uint8Array(5) };
const A = { ETag: '"a"' };
const B = { ETag: '"b"' };
const WEAK = { ETag: 'W/"w"' };
const MODIFIED = { "Last-Modified": dateAt(-60) };

/** §4.3.1, §4.3.2: what is stored, what the client asks; and what is asked. Undefined where there is nothing to ask by. */
const CONDITIONS: [what: string, stored: (Lines | "part")[], client: Lines, asked: Lines | undefined][] = [
  ["a tag", [A], {}, { "If-None-Match": '"a"' }],
  ["a weak tag", [WEAK], {}, { "If-None-Match": 'W/"w"' }],
  ["a date", [MODIFIED], {}, { "If-Modified-Since": dateAt(-60) }],
  ["both, of one response", [{ ...A, ...MODIFIED }], {}, { "If-None-Match": '"a"', "If-Modified-Since": dateAt(-60) }],
  ["the tags of several", [A, B, WEAK], {}, { "If-None-Match": '"a", "b", W/"w"' }],
  ["a tag that several have", [A, B, A], {}, { "If-None-Match": '"a", "b"' }],
  ["the tags of those that have one", [A, {}, MODIFIED], {}, { "If-None-Match": '"a"' }],
  ["no date of several", [{ ...A, ...MODIFIED }, B], {}, { "If-None-Match": '"a", "b"' }],
  ["nothing", [{}], {}, undefined],
  ["nothing of several without tags", [MODIFIED, MODIFIED], {}, undefined],
  ["nothing of nothing", [], {}, undefined],
  // "If a stored response contains only partial content, the cache MUST NOT include its entity tag".
  ["nothing of a part", ["part"], {}, undefined],
  [
    "the whole beside a part",
    ["part", { ...B, ...MODIFIED }],
    {},
    { "If-None-Match": '"b"', "If-Modified-Since": dateAt(-60) },
  ],
  // "the cache MAY combine the received list with a list of entity tags from its own stored set … and send the union".
  ["the client's tags with ours", [A], { "If-None-Match": '"x", W/"y"' }, { "If-None-Match": '"a", "x", W/"y"' }],
  ["the client's tag that is ours", [A], { "If-None-Match": '"x", "a"' }, { "If-None-Match": '"a", "x"' }],
  [
    "the client's tags in several lines",
    [A],
    { "If-None-Match": ['"x"', '"y"'] },
    { "If-None-Match": '"a", "x", "y"' },
  ],
  ["ours, where the client wants anything", [A], { "If-None-Match": "*" }, { "If-None-Match": '"a"' }],
  ["ours, where the client's cannot be read", [A], { "If-None-Match": "x, y" }, { "If-None-Match": '"a"' }],
  ["our date, not the client's", [MODIFIED], { "If-Modified-Since": dateAt(-5) }, { "If-Modified-Since": dateAt(-60) }],
  ["our date, not the client's tags", [MODIFIED], { "If-None-Match": '"x"' }, { "If-Modified-Since": dateAt(-60) }],
  ["our tag, not the client's date", [A], { "If-Modified-Since": dateAt(-5) }, { "If-None-Match": '"a"' }],
  // What is none of this stays.
  [
    "all else as it was",
    [A],
    { Accept: "a", "If-Range": '"x"' },
    { Accept: "a", "If-Range": '"x"', "If-None-Match": '"a"' },
  ],
];

for (const [what, stored, client, asked] of CONDITIONS) {
  test(`one asks by ${what}`, () => {
    const candidates = stored.map((one) => (one === "part" ? assessed(A, { content: PART }) : assessed(one)));
    const fields = fieldsOf(client);
    equal(makeConditional(fields, candidates), asked !== undefined);
    deepEqual(fields.print(), fieldsOf(asked ?? client).print());
  });
}

/** A stored response: its name, fields, the request that it answered, when it came. */
type One = readonly [name: string, lines: Lines, request?: Lines, came?: number];
const VARY = { Vary: "Foo" };

/** §4.3.4: of these, the ones that a 304 to this request is about. */
const FRESHENED: [what: string, stored: One[], newer: Lines, request: Lines, about: readonly string[]][] = [
  // "If the new response contains one or more strong validators"
  ["a strong tag: that one", [["a", A]], A, {}, ["a"]],
  [
    "a strong tag: that one of several",
    [
      ["a", { ...A, ...VARY }],
      ["b", { ...B, ...VARY }],
    ],
    B,
    {},
    ["b"],
  ],
  [
    "a strong tag: all that have it",
    [
      ["a", { ...A, Vary: "Foo" }],
      ["b", { ...A, Vary: "Bar" }],
      ["c", B],
    ],
    A,
    {},
    ["a", "b"],
  ],
  // "If none of the initial set contains at least one of the same strong validators, then … MUST NOT use the new response".
  ["a strong tag: none, where nobody has it", [["a", A]], B, {}, []],
  ["a strong tag: none, where there is no tag", [["a", {}]], A, {}, []],
  ["a strong tag: none, where it is a weak one", [["a", WEAK]], { ETag: '"w"' }, {}, []],
  ["a strong tag: none, whatever its date", [["a", { ...A, ...MODIFIED }]], { ...B, ...MODIFIED }, {}, []],
  // By then it has turned out to be the answer to another request, too.
  [
    "a strong tag: also one that answered another request",
    [
      ["a", { ...A, ...VARY }, { Foo: "1" }],
      ["b", { ...B, ...VARY }, { Foo: "2" }],
    ],
    ...([B, { Foo: "1" }, ["b"]] as const),
  ],
  // "no strong validators but … weak validators, and those validators correspond to one of the initial set's"
  ["a weak tag: that one", [["a", WEAK]], WEAK, {}, ["a"]],
  ["a weak tag: one that has it strongly", [["a", A]], { ETag: 'W/"a"' }, {}, ["a"]],
  ["a weak tag: none, where nobody has it", [["a", A]], WEAK, {}, []],
  ["a weak tag: none, where there is no tag", [["a", {}]], WEAK, {}, []],
  ["a weak tag: not one of another request", [["a", { ...WEAK, ...VARY }, { Foo: "1" }]], WEAK, { Foo: "2" }, []],
  // "then the most recent of those matching stored responses is identified for update"
  [
    "a weak tag: the most recent that has it",
    [
      ["a", { ...WEAK, Vary: "Foo", Date: dateAt(-9) }],
      ["b", { ...WEAK, Vary: "Bar", Date: dateAt(-1) }],
      ["c", { ...A, Vary: "Baz", Date: dateAt(0) }],
    ],
    ...([WEAK, {}, ["b"]] as const),
  ],
  ["a date: that one", [["a", MODIFIED]], MODIFIED, {}, ["a"]],
  ["a date: none of another date", [["a", MODIFIED]], { "Last-Modified": dateAt(-5) }, {}, []],
  ["a date: none without one", [["a", {}]], MODIFIED, {}, []],
  [
    "a date: the most recent that has it",
    [
      ["a", { ...MODIFIED, Vary: "Foo" }, {}, 1],
      ["b", { ...MODIFIED, Vary: "Bar" }, {}, 2],
    ],
    ...([MODIFIED, {}, ["b"]] as const),
  ],
  ["a tag that cannot be read: one that is the same", [["a", { ETag: "a" }]], { ETag: "a" }, {}, ["a"]],
  ["a tag that is empty: none without one", [["a", {}]], { ETag: "" }, {}, []],
  // "does not include any form of validator …, and there is only one stored response in the initial set"
  ["nothing: the only one", [["a", {}]], {}, {}, ["a"]],
  ["nothing: the only one, though it has a validator", [["a", A]], {}, {}, ["a"]],
  ["nothing: the only one, though it answered another request", [["a", VARY, { Foo: "1" }]], {}, { Foo: "2" }, ["a"]],
  [
    "nothing: the only one that fits",
    [
      ["a", VARY, { Foo: "1" }],
      ["b", VARY, { Foo: "2" }],
    ],
    {},
    { Foo: "2" },
    ["b"],
  ],
  [
    "nothing: none of two that fit",
    [
      ["a", { Vary: "Foo" }],
      ["b", { Vary: "Bar" }],
    ],
    {},
    {},
    [],
  ],
  [
    "nothing: none of two that do not",
    [
      ["a", VARY, { Foo: "1" }],
      ["b", VARY, { Foo: "2" }],
    ],
    {},
    {},
    [],
  ],
  ["nothing: nothing", [], {}, {}, []],
];

for (const [what, stored, newer, request, about] of FRESHENED) {
  test(`a 304 names ${what}`, () => {
    const candidates = stored.map(([name, lines, asked = {}, came = 0]) =>
      assess(kept({ ...lines, "X-Name": name }, { request: asked, responseTime: at(came) }), DEFAULT_RULES, at(30)),
    );
    const found = freshened(candidates, fieldsOf(newer), fieldsOf(request));
    deepEqual(
      found.map(({ fields }) => fields.get("x-name")),
      about,
    );
  });
}

/** §4.3.5: of a stored response of 5 bytes. */
const HEADS: [stored: Lines, head: Lines, tells: "current" | "outdated"][] = [
  [{}, {}, "current"],
  [A, A, "current"],
  [A, B, "outdated"],
  [{}, A, "outdated"],
  [A, {}, "current"],
  [A, { ETag: 'W/"a"' }, "outdated"],
  [MODIFIED, MODIFIED, "current"],
  [MODIFIED, { "Last-Modified": dateAt(0) }, "outdated"],
  [{ ...A, ...MODIFIED }, { ...A, "Last-Modified": dateAt(0) }, "outdated"],
  [{}, { "Content-Length": "5" }, "current"],
  [{}, { "Content-Length": "6" }, "outdated"],
  [A, { ...A, "Content-Length": "6" }, "outdated"],
  [A, { ...A, "Content-Length": "five" }, "outdated"],
  [{ "Content-Type": "a" }, { "Content-Type": "b" }, "current"],
];

for (const [stored, head, tells] of HEADS) {
  test(`${JSON.stringify(head)} to HEAD says that ${JSON.stringify(stored)} is ${tells}`, () => {
    equal(headTells(assessed(stored), fieldsOf(head)), tells);
  });
}

test("of a part, the length is that of the whole", () => {
  equal(headTells(assessed({}, { content: PART }), fieldsOf({ "Content-Length": "9" })), "current");
  equal(headTells(assessed({}, { content: PART }), fieldsOf({ "Content-Length": "5" })), "outdated");
});

test("what is asked by is answered: a 304 that names one of the tags is about who bears it", () => {
  const tag = fc.constantFrom('"a"', '"b"', '"c"', 'W/"a"', 'W/"d"');
  fc.assert(
    fc.property(fc.array(fc.option(tag), { minLength: 1, maxLength: 4 }), tag, (tags, named) => {
      const candidates = tags.map((one, i) =>
        assess(kept({ ...(one !== null && { ETag: one }), Vary: `F${i}` }), DEFAULT_RULES, THEN),
      );
      const fields = fieldsOf({});
      equal(
        makeConditional(fields, candidates),
        tags.some((one) => one !== null),
      );
      const about = freshened(candidates, fieldsOf({ ETag: named }), fields);
      equal(about.length > 0 && !named.startsWith("W/"), tags.includes(named) && !named.startsWith("W/"));
      equal(
        about.every((one) => fields.get("if-none-match")!.includes(one.fields.get("etag")!)),
        true,
      );
    }),
  );
});
