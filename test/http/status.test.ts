import { equal } from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";
import { reasonOf } from "../../src/http/status.ts";

const CASES: [status: number, reason: string][] = [
  [100, "Continue"],
  [200, "OK"],
  [304, "Not Modified"],
  [404, "Not Found"],
  [413, "Content Too Large"],
  [422, "Unprocessable Content"],
  [505, "HTTP Version Not Supported"],
  // Nobody registered these: the class is all one can say.
  [199, "Informational"],
  [299, "Successful"],
  [399, "Redirection"],
  [499, "Client Error"],
  [599, "Server Error"],
  [306, "Redirection"],
  // These have no class.
  [99, "Unknown"],
  [600, "Unknown"],
  [0, "Unknown"],
  [-1, "Unknown"],
  [Number.NaN, "Unknown"],
];

for (const [status, reason] of CASES) {
  test(`${status} is "${reason}"`, () => equal(reasonOf(status), reason));
}

test("Node's table agrees, apart from the names that changed since and a joke", () => {
  const changed = new Set([413, 418, 422, 509]);
  for (const [status, reason] of Object.entries(STATUS_CODES)) {
    if (!changed.has(Number(status))) equal(reasonOf(Number(status)), reason);
  }
});
