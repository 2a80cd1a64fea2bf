import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  favourite,
  matches,
  matchesByLanguage,
  NO_SELECTING,
  normalized,
  selectingFields,
} from "../../src/cache/vary.ts";
import { Fields } from "../../src/http/fields.ts";
import { fieldsOf, type Lines } from "./kept.ts";

const NAMES: [vary: string | readonly string[] | undefined, names: string[]][] = [
  [undefined, []],
  ["", []],
  [" , ,", []],
  ["Foo", ["foo"]],
  ["Foo, bar,Accept", ["accept", "bar", "foo"]],
  ["foo, FOO, Foo", ["foo"]],
  [
    ["Foo", "Bar"],
    ["bar", "foo"],
  ],
  ["*", ["*"]],
];

for (const [vary, names] of NAMES) {
  test(`Vary: ${vary === undefined ? "none" : [vary].flat().join(" and ")} names ${names.join(" and ") || "nothing"}`, () => {
    const value = vary === undefined ? undefined : fieldsOf({ Vary: vary }).get("vary");
    deepEqual(
      selectingFields(value, new Fields()).map(([name]) => name),
      names,
    );
  });
}

test("without Vary it is always the same list", () => {
  equal(selectingFields(undefined, Fields.of({ Foo: "1" })), NO_SELECTING);
});

/** §4.1: two requests, and whether the response to the first may be used for the second. */
const PAIRS: [what: string, vary: string, first: Lines, second: Lines, isAlike: boolean][] = [
  ["both alike", "Foo", { Foo: "1" }, { Foo: "1" }, true],
  ["not alike", "Foo", { Foo: "1" }, { Foo: "2" }, false],
  ["names without case", "FOO", { foo: "1" }, { Foo: "1" }, true],
  ["fields that do not matter", "Foo", { Foo: "1", Bar: "1" }, { Foo: "1", Bar: "2" }, true],
  ["one of two not alike", "Foo, Bar", { Foo: "1", Bar: "1" }, { Foo: "1", Bar: "2" }, false],
  ["no Vary", "", { Foo: "1" }, { Foo: "2" }, true],
  // "If … a header field is absent from a request, it can only match another request if it is also absent there."
  ["both absent", "Foo", {}, {}, true],
  ["absent from the second", "Foo", { Foo: "1" }, {}, false],
  ["absent from the first", "Foo", {}, { Foo: "1" }, false],
  ["absent is not empty", "Foo", {}, { Foo: "" }, false],
  ["both empty", "Foo", { Foo: "" }, { Foo: "" }, true],
  // "A stored response with a Vary header field value containing a member "*" always fails to match."
  ["a star", "*", {}, {}, false],
  ["a star among others", "Foo, *", { Foo: "1" }, { Foo: "1" }, false],
  // "adding or removing whitespace, where allowed in the header field's syntax"
  ["white space around commas", "Foo", { Foo: "1, 2" }, { Foo: "1 ,\t2" }, true],
  ["white space within a member", "Foo", { Foo: "1 2" }, { Foo: "1  2" }, false],
  ["white space within quotes", "Foo", { Foo: '"1, 2"' }, { Foo: '"1,2"' }, false],
  ["empty members", "Foo", { Foo: "1, 2" }, { Foo: "1,, 2," }, true],
  // "combining multiple header field lines with the same field name"
  ["lines combined", "Foo", { Foo: "1, 2" }, { Foo: ["1", "2"] }, true],
  ["lines in another order", "Foo", { Foo: ["1", "2"] }, { Foo: ["2", "1"] }, false],
  // Nobody knows what other fields mean.
  ["another order", "Foo", { Foo: "1, 2" }, { Foo: "2, 1" }, false],
  ["another case", "Foo", { Foo: "a" }, { Foo: "A" }, false],
  ["a weight", "Foo", { Foo: "a" }, { Foo: "a;q=1" }, false],
  [
    "another case of a program's name",
    "User-Agent",
    { "User-Agent": "a/1 (b, c)" },
    { "User-Agent": "A/1 (b, c)" },
    false,
  ],
  ["another cookie", "Cookie", { Cookie: "a=1; b=2" }, { Cookie: "b=2; a=1" }, false],
  // "reordering field values when order is not significant", "case-normalization"
  [
    "languages in another order",
    "Accept-Language",
    { "Accept-Language": "en, de" },
    { "Accept-Language": "de, en" },
    true,
  ],
  [
    "languages in another case",
    "Accept-Language",
    { "Accept-Language": "en-GB, de" },
    { "Accept-Language": "EN-gb, De" },
    true,
  ],
  [
    "languages of another weight",
    "Accept-Language",
    { "Accept-Language": "en, de;q=0.5" },
    { "Accept-Language": "en, de;q=0.6" },
    false,
  ],
  [
    "weights that are the same",
    "Accept-Language",
    { "Accept-Language": "en;q=0.5" },
    { "Accept-Language": "en ; Q=0.500" },
    true,
  ],
  [
    "a weight of nothing",
    "Accept-Language",
    { "Accept-Language": "en;q=0" },
    { "Accept-Language": "en;q=0.000" },
    true,
  ],
  [
    "a weight of nothing is not none",
    "Accept-Language",
    { "Accept-Language": "en;q=0" },
    { "Accept-Language": "en" },
    false,
  ],
  ["the usual weight", "Accept-Language", { "Accept-Language": "en" }, { "Accept-Language": "en;q=1.000" }, true],
  ["more languages", "Accept-Language", { "Accept-Language": "en" }, { "Accept-Language": "en, de" }, false],
  ["the same language twice", "Accept-Language", { "Accept-Language": "en" }, { "Accept-Language": "en, en" }, false],
  [
    "codings in another order and case",
    "Accept-Encoding",
    { "Accept-Encoding": "gzip, br;q=0.9" },
    { "Accept-Encoding": "BR;q=0.90,GZIP" },
    true,
  ],
  ["other codings", "Accept-Encoding", { "Accept-Encoding": "gzip, br" }, { "Accept-Encoding": "gzip" }, false],
  ["no codings and no wishes", "Accept-Encoding", { "Accept-Encoding": "" }, {}, false],
  ["a star that is a coding", "Accept-Encoding", { "Accept-Encoding": "*" }, { "Accept-Encoding": "*;q=1" }, true],
  [
    "character sets",
    "Accept-Charset",
    { "Accept-Charset": "utf-8, *;q=0.1" },
    { "Accept-Charset": "*;q=0.1, UTF-8" },
    true,
  ],
  [
    "types in another order and case",
    "Accept",
    { Accept: "text/html, image/*;q=0.5" },
    { Accept: "IMAGE/*;q=0.5,Text/HTML;q=1" },
    true,
  ],
  ["parameters of types", "Accept", { Accept: "text/html;level=1" }, { Accept: "text/html ; LEVEL=1" }, true],
  [
    "parameters whose case may matter",
    "Accept",
    { Accept: "text/html;level=a" },
    { Accept: "text/html;level=A" },
    false,
  ],
  ["parameters in quotes", "Accept", { Accept: 'text/html;a="B"' }, { Accept: 'text/html;a="b"' }, false],
  ["a weight before an extension", "Accept", { Accept: "text/html;q=1;a=b" }, { Accept: "text/html;a=b" }, false],
  ["what is in pieces", "Accept-Language", { "Accept-Language": "e n" }, { "Accept-Language": "en" }, false],
  [
    "a weight beyond all measure",
    "Accept-Language",
    { "Accept-Language": "en;q=1.5" },
    { "Accept-Language": "en" },
    false,
  ],
  [
    "a weight in too many digits",
    "Accept-Language",
    { "Accept-Language": "en;q=0.5000" },
    { "Accept-Language": "en;q=0.5" },
    false,
  ],
];

for (const [what, vary, first, second, isAlike] of PAIRS) {
  test(`${what}: ${isAlike ? "alike" : "not alike"}`, () => {
    equal(matches(selectingFields(vary, fieldsOf(first)), fieldsOf(second)), isAlike);
    equal(matches(selectingFields(vary, fieldsOf(second)), fieldsOf(first)), isAlike, "and the other way round");
  });
}

const FORMS: [name: string, value: string | undefined, normal: string | undefined][] = [
  ["foo", undefined, undefined],
  ["foo", "", ""],
  ["foo", " b ,\ta ", "b,a"],
  ["foo", "B;q=1.0, A", "B;q=1.0,A"],
  ["accept-language", "en;q=1.0, de ; q=0.50", "de;q=0.5,en"],
  ["accept-language", "en;;q=1", "en"],
  ["accept-language", "en;q=1., de;q=0.", "de;q=0,en"],
  ["accept", "A/B;C;D=E", "a/b;c;d=E"],
  ["accept-language", "en;q=1;", "en"],
  ["accept-language", ";q=1", "q=1"],
  ["accept-encoding", "gzip, deflate, br, zstd", "br,deflate,gzip,zstd"],
  ["accept", 'Text/HTML;a="B, C";q=1, */*;q=0.1', 'Text/HTML;a="B, C";q=1,*/*;q=0.1'],
];

for (const [name, value, normal] of FORMS) {
  test(`${name}: ${value} is the same as ${normal}`, () => equal(normalized(name, value), normal));
}

const FAVOURITES: [accept: string | undefined, language: string | undefined][] = [
  ["de", "de"],
  ["DE-at", "de-at"],
  ["fr;q=0.5, de", "de"],
  ["de, fr;q=0.5", "de"],
  ["de;q=0.9, fr;q=0.8, en;q=0.7", "de"],
  ["de ; q=0.5", "de"],
  ["de;q=0.001", "de"],
  ["de;q=1., fr;q=0.", "de"],
  ["de;q=1.000", "de"],
  ["en;q=0, de;q=0.1", "de"],
  ["de, *;q=0.5", "de"],
  ["*;q=0.1, de;q=0.2", "de"],
  // Several, or none.
  [undefined, undefined],
  ["", undefined],
  ["de, fr", undefined],
  ["de;q=0.5, fr;q=0.5, en;q=0.1", undefined],
  ["de;q=0", undefined],
  ["*", undefined],
  ["de, de", undefined],
  // Any other would please as well, or better.
  ["de, *", undefined],
  ["de;q=0.5, *", undefined],
  ["*, de;q=0.5", undefined],
  ["*;q=0.5, de;q=0.5", undefined],
  // Nobody can tell what is meant.
  ["de, fr;q=high", undefined],
  ["de, fr;q=2", undefined],
  ["de;level=1", undefined],
  ["d e", undefined],
  ["de;q=0.1, fr;q=0.1, en;q=0.2", "en"],
];

for (const [accept, language] of FAVOURITES) {
  test(`who asks for ${accept ?? "nothing"} likes ${language ?? "no one language"} best`, () =>
    equal(favourite(accept), language));
}

const DE: Lines = { "Accept-Language": "de, fr;q=0.5" };

/** The response is to a request for "en, de". */
const CHOICES: [vary: string, language: string | undefined, request: Lines, isChosen: boolean][] = [
  ["Accept-Language", "de", DE, true],
  ["Accept-Language", "DE", DE, true],
  ["accept-language, Foo", "de", { ...DE, Foo: "1" }, true],
  ["accept-language, Foo", "de", { ...DE, Foo: "2" }, false],
  ["accept-language, *", "de", DE, false],
  ["Accept-Language", "fr", DE, false],
  ["Accept-Language", "de-at", DE, false],
  ["Accept-Language", "de, en", DE, false],
  ["Accept-Language", undefined, DE, false],
  ["Accept-Language", "de", { "Accept-Language": "de, fr" }, false],
  ["Accept-Language", "de", {}, false],
  ["Foo", "de", DE, false],
  ["", "de", DE, false],
];

for (const [vary, language, request, isChosen] of CHOICES) {
  const what = `what varies with "${vary}" and is in ${language ?? "no language"}`;
  test(`${what} ${isChosen ? "pleases" : "does not please"} ${JSON.stringify(request)}`, () => {
    const selecting = selectingFields(vary, fieldsOf({ "Accept-Language": "en, de", Foo: "1" }));
    equal(matchesByLanguage(selecting, language, fieldsOf(request)), isChosen);
  });
}

const PREFERENCES = ["accept", "accept-charset", "accept-encoding", "accept-language"];
const nonsense = fc
  .array(fc.constantFrom("a", "B", "q=", "1", "0", ".5", ";", ",", " ", "\t", '"', "\\", "*", "/", "\xa0"), {
    maxLength: 16,
  })
  .map((parts) => parts.join(""));

test("the normal form of a normal form is itself", () => {
  fc.assert(
    fc.property(fc.constantFrom("foo", ...PREFERENCES), fc.oneof(nonsense, fc.string()), (name, value) => {
      const normal = normalized(name, value);
      equal(normalized(name, normal), normal);
    }),
    { numRuns: 2000 },
  );
});

const word = fc.stringMatching(/^[a-z]{1,3}$/);
const weight = fc.constantFrom("", ";q=0", ";q=0.5", ";q=0.25");
const members = fc.array(fc.tuple(word, weight).map(([what, quality]) => what + quality));

test("order, case and white space of preferences do not matter", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PREFERENCES),
      members,
      fc.func(fc.nat()),
      fc.boolean(),
      (name, list, place, isUpper) => {
        const shuffled = list.toSorted((a, b) => place(a) - place(b)).map((member) => member.replace(";", "\t; "));
        const other = shuffled.join(" ,, ");
        equal(normalized(name, isUpper ? other.toUpperCase() : other), normalized(name, list.join(",")));
      },
    ),
  );
});

test("of other fields, only white space around commas does not matter", () => {
  fc.assert(
    fc.property(members, members, (list, other) => {
      equal(normalized("foo", list.join(" ,\t")), list.join(","));
      equal(normalized("foo", list.join()) === normalized("foo", other.join()), list.join() === other.join());
    }),
  );
});

test("a request is like itself, and no text makes it throw", () => {
  const vary = fc.oneof(fc.string(), fc.constantFrom("foo", ...PREFERENCES));
  fc.assert(
    fc.property(vary, fc.oneof(nonsense, fc.string()), (names, value) => {
      const request = Fields.of(["foo", ...PREFERENCES].map((name) => [name, value] as const));
      const selecting = selectingFields(names, request);
      equal(matches(selecting, request), !selecting.some(([name]) => name === "*"));
      matchesByLanguage(selecting, value, request);
    }),
  );
});

test("long nonsense is read in no time", () => {
  const started = performance.now();
  for (const part of [" ", ";", ", ", "; ", '"', "a;q=1", "q=1;", "\\"]) {
    const value = `a${part.repeat(20_000)}b`;
    for (const name of ["foo", "accept"]) normalized(name, value);
    favourite(value);
  }
  equal(performance.now() - started < 1000, true);
});
