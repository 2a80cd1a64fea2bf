import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { groupsOf, tagsOf } from "../../src/cache/tags.ts";
import { fieldsOf, type Lines } from "./kept.ts";

const TAGS: [lines: Lines, tags: string[]][] = [
  [{}, []],
  [{ "Surrogate-Key": "menu day-1" }, ["menu", "day-1"]],
  [{ "Surrogate-Key": "  menu \t day-1  " }, ["menu", "day-1"]],
  [{ "Surrogate-Key": ["menu", "day-1"] }, ["menu", "day-1"]],
  [{ "Surrogate-Key": "" }, []],
  [{ "Cache-Tag": "menu, day 1,,lunch" }, ["menu", "day 1", "lunch"]],
  [{ "Cache-Tag": ["menu", "lunch"] }, ["menu", "lunch"]],
  [{ "Surrogate-Key": "menu a", "Cache-Tag": "b, menu" }, ["menu", "a", "b"]],
  [{ "Surrogate-Key": "Menu menu" }, ["Menu", "menu"]],
  [{ "Edge-Cache-Tag": "menu" }, []],
  [{ "Cache-Groups": '"menu"' }, []],
];

for (const [lines, tags] of TAGS) {
  test(`${JSON.stringify(lines)} has ${tags.length === 0 ? "no tags" : `the tags ${tags.join(" and ")}`}`, () => {
    deepEqual(tagsOf(fieldsOf(lines)), tags);
  });
}

/** RFC 9875 §2. */
const GROUPS: [lines: Lines, groups: string[]][] = [
  [{}, []],
  [{ "Cache-Groups": '"scripts"' }, ["scripts"]],
  [{ "Cache-Groups": '"scripts", "Scripts";a=1' }, ["scripts", "Scripts"]],
  [{ "Cache-Groups": ['"a"', '"b"'] }, ["a", "b"]],
  [{ "Cache-Groups": "scripts" }, []],
  [{ "Cache-Groups": '"a", b' }, ["a"]],
  [{ "Cache-Groups": '"a", "b' }, []],
  [{ "Cache-Tag": "a" }, []],
  // "Implementations MUST support at least 32 groups in a field value, with up to at least 32 characters in each member."
  [
    { "Cache-Groups": Array.from({ length: 32 }, (_, i) => `"${String(i).padStart(32, "x")}"`).join(", ") },
    Array.from({ length: 32 }, (_, i) => String(i).padStart(32, "x")),
  ],
];

for (const [lines, groups] of GROUPS) {
  test(`${JSON.stringify(lines).slice(0, 60)} is in ${groups.length} groups`, () =>
    deepEqual(groupsOf(fieldsOf(lines)), groups));
}
