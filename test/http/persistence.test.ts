import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Fields } from "../../src/http/fields.ts";
import { staysOpen } from "../../src/http/persistence.ts";

const WISHES: [minor: 0 | 1, connection: string[], stays: boolean][] = [
  [1, [], true],
  [1, ["close"], false],
  [1, ["Close"], false],
  [1, ["keep-alive"], true],
  [1, ["te , close"], false],
  [1, ["te", "close"], false],
  [1, ["closed"], true],
  [0, [], false],
  [0, ["keep-alive"], true],
  [0, ["Keep-Alive"], true],
  [0, ["keep-alive, close"], false],
];

for (const [minor, connection, stays] of WISHES) {
  test(`HTTP/1.${minor} with ${JSON.stringify(connection)} ${stays ? "stays" : "closes"}`, () => {
    equal(staysOpen(minor, Fields.of(connection.map((value) => ["Connection", value] as const))), stays);
  });
}
