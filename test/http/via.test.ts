import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fields } from "../../src/http/fields.ts";
import { hasPassed, hasPassedCdn, viaOf } from "../../src/http/via.ts";

test("a proxy says which version it heard, and its name", () => {
  equal(viaOf(0, "maitred"), "1.0 maitred");
  equal(viaOf(1, "proxy.example:3128"), "1.1 proxy.example:3128");
});

const VIAS: [via: string, hasPassed: boolean][] = [
  ["1.1 maitred", true],
  ["1.0 fred, 1.1 maitred", true],
  ["1.1 maitred, 1.1 fred", true],
  ["1.1 MAITRED", true],
  ["HTTP/1.1 maitred", true],
  ["2 maitred", true],
  ["1.1 \t maitred \t(a comment)", true],
  ["1.1 maitred(glued)", true],
  [" ,, 1.1 maitred ,", true],
  ["1.1 fred", false],
  ["1.1 maitred2", false],
  ["1.1 not-maitred", false],
  ["1.1 maitred.example", false],
  ["1.1 maitred:80", false],
  ["1.1", false],
  ["maitred 1.1", false],
  ["", false],
  ["1.1 fred maitred", false],
  // comments
  ["1.1 fred (1.1 maitred)", false],
  ["1.1 fred (a, 1.1 maitred, b)", false],
  ["1.1 fred (a (b), 1.1 maitred, c)", false],
  ["1.1 fred (a \\), 1.1 maitred, b)", false],
  ['1.1 fred (a "), 1.1 maitred', true],
  ["1.1 fred (a) , 1.1 maitred (b)", true],
  ["1.1 fred (a \\(), 1.1 maitred", true],
  // what never ends hides nobody
  ["1.1 fred (, 1.1 maitred", true],
  ["1.1 fred ((), 1.1 maitred (b)", true],
  ["1.1 fred (\\", false],
  ['1.1 fred ", 1.1 maitred', true],
  ["1.1 fred), 1.1 maitred", true],
];

for (const [via, passed] of VIAS) {
  test(`Via: ${via} – ${passed ? "we have seen it" : "it is new to us"}`, () => {
    equal(hasPassed(Fields.of({ Via: via }), "Maitred"), passed);
  });
}

test("a name may be a host with its port, and an IPv6 address in brackets", () => {
  equal(hasPassed(Fields.of({ Via: "1.1 proxy.Example:3128" }), "proxy.example:3128"), true);
  equal(hasPassed(Fields.of({ Via: "1.1 proxy.example" }), "proxy.example:3128"), false);
  equal(hasPassed(Fields.of({ Via: "1.1 [::1]:3128" }), "[::1]:3128"), true);
});

test("Via may come in several lines, of which none hides another", () => {
  const lines = (...values: string[]): Fields => Fields.of(values.map((value) => ["Via", value] as const));
  equal(hasPassed(lines("1.0 fred", "1.1 maitred"), "maitred"), true);
  equal(hasPassed(lines("1.0 fred (", "1.1 maitred", "1.1 last )"), "maitred"), true);
  equal(hasPassed(new Fields(), "maitred"), false);
});

const LOOPS: [loop: string, hasPassed: boolean][] = [
  ["maitred", true],
  ["foo123.foocdn.example, Maitred", true],
  ['maitred; trace="abcdef"', true],
  ["maitred;a=b", true],
  ['foo; a="x\\", maitred, y"', false],
  ['foo; a=",", maitred', true],
  ['foo; a="b, maitred', true],
  ["foo; maitred", false],
  ["foo; a=1; b=maitred", false],
  ["foo (, maitred, )", true],
  ["maitreds", false],
  ["maitred:80", false],
  ["", false],
];

for (const [loop, passed] of LOOPS) {
  test(`CDN-Loop: ${loop} – ${passed ? "we have seen it" : "it is new to us"}`, () => {
    equal(hasPassedCdn(Fields.of({ "CDN-Loop": loop }), "maitred"), passed);
  });
}

test("CDN-Loop may come in several lines, or not at all", () => {
  const twice = Fields.of([
    ["CDN-Loop", "foo"],
    ["cdn-loop", "maitred"],
  ]);
  equal(hasPassedCdn(twice, "maitred"), true);
  equal(hasPassedCdn(new Fields(), "maitred"), false);
});

const junk = fc.stringMatching(/^[a(),;:"\\ \t.1]*$/);

test("whatever others write before it, our own line is seen", () => {
  fc.assert(
    fc.property(fc.array(junk, { maxLength: 3 }), fc.constantFrom<0 | 1>(0, 1), (before, minor) => {
      const fields = Fields.of(before.map((value) => ["Via", value] as const)).append("Via", viaOf(minor, "maitred"));
      return hasPassed(fields, "maitred") && !hasPassed(fields, "nobody") && !hasPassedCdn(fields, "maitred");
    }),
  );
});

test("a long line of what never ends is read in no time", () => {
  const fields = new Fields();
  for (const letters of ["(", "()", "(\\", '"', '"\\', "1.1 a (b), "]) {
    fields.append("Via", letters.repeat(100_000)).append("CDN-Loop", letters.repeat(100_000));
  }
  const start = performance.now();
  equal(hasPassed(fields, "maitred"), false);
  equal(hasPassedCdn(fields, "maitred"), false);
  // A look at each byte for each byte would take minutes.
  equal(performance.now() - start < 5000, true);
});
