import { equal } from "node:assert/strict";
import { test } from "node:test";
import { assess } from "../../src/cache/assess.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import { isOfAnother, isSameWhole } from "../../src/handlers/same-whole.ts";
import { Fields } from "../../src/http/fields.ts";
import { stored } from "../stage.ts";

const MONDAY = "Mon, 09 Oct 2000 00:00:00 GMT";
const TUESDAY = "Tue, 10 Oct 2000 00:00:00 GMT";
/** The second in which it came. */
const NOW = "Tue, 10 Oct 2000 13:55:36 GMT";

type Said = Record<string, string>;

const CASES: [here: Said, part: Said, isSame: boolean, isOther: boolean][] = [
  [{ ETag: '"a"' }, { ETag: '"a"' }, true, false],
  [{ ETag: '"a"' }, { ETag: '"b"' }, false, true],
  [{ ETag: '"a"' }, {}, false, false],
  [{ ETag: '"a"' }, { ETag: 'W/"a"' }, false, true],
  [{ ETag: 'W/"a"' }, { ETag: 'W/"a"' }, false, false],
  [{ ETag: '"a"', "Last-Modified": MONDAY }, { ETag: '"a"' }, true, false],
  [{ ETag: '"a"', "Last-Modified": MONDAY }, { "Last-Modified": MONDAY }, false, false],
  [{ "Last-Modified": MONDAY }, { "Last-Modified": MONDAY }, true, false],
  [{ "Last-Modified": MONDAY }, { "Last-Modified": TUESDAY }, false, true],
  [{ "Last-Modified": MONDAY }, { "Last-Modified": MONDAY, ETag: '"a"' }, false, false],
  [{ "Last-Modified": NOW }, { "Last-Modified": NOW }, false, false],
  [{}, { ETag: '"a"', "Last-Modified": MONDAY }, false, false],
  [{}, {}, false, false],
];

for (const [here, part, isSame, isOther] of CASES) {
  test(`${JSON.stringify(here)}, and a part that says ${JSON.stringify(part)}`, () => {
    const lines = Fields.of({ Date: NOW, ...here }).print();
    const assessed = assess({ ...stored, lines }, DEFAULT_RULES, stored.responseTime);
    equal(isSameWhole(assessed, Fields.of(part)), isSame);
    equal(isOfAnother(assessed, Fields.of(part)), isOther);
  });
}
