import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { requestField } from "../../src/handlers/request-field.ts";

const FIELDS: [text: string, field: readonly [string, string]][] = [
  ["Accept-Language: de", ["Accept-Language", "de"]],
  ["a:b:c", ["a", "b:c"]],
  ["A: \t b \t", ["A", "b"]],
  ["A:", ["A", ""]],
  ["Host: example.com", ["Host", "example.com"]],
];

for (const [text, field] of FIELDS)
  test(`${JSON.stringify(text)} is a field`, () => deepEqual(requestField(text), field));

const REFUSED: [text: string, why: string][] = [
  ["Accept", 'it is not written "Name: value"'],
  ["a b: c", '"a b" is not a name'],
  [": c", '"" is not a name'],
  ["A: b\r\nC: d", "its value is not one line of single bytes"],
  ["A: €", "its value is not one line of single bytes"],
];

for (const [text, why] of REFUSED) {
  test(`${JSON.stringify(text)} is refused`, () =>
    throws(() => requestField(text), {
      name: "TypeError",
      message: `Cannot ask with the field ${JSON.stringify(text)}: ${why}`,
    }));
}
