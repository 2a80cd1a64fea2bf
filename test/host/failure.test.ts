import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { meaningOf } from "../../src/host/failure.ts";

const original = new Uint8Array(0);

const UNREACHABLES: [code: number, meaning: string, isHard: boolean][] = [
  [0, "ENETUNREACH", false],
  [1, "EHOSTUNREACH", false],
  [2, "EPROTO", true],
  [3, "ECONNREFUSED", true],
  [4, "EMSGSIZE", false],
  [5, "EHOSTUNREACH", false],
  [6, "ENETUNREACH", true],
  [7, "EHOSTUNREACH", true],
  [9, "ENETUNREACH", true],
  [10, "EHOSTUNREACH", true],
  [13, "EHOSTUNREACH", true],
  // What nobody has thought of yet may pass.
  [77, "EHOSTUNREACH", false],
];

for (const [code, meaning, isHard] of UNREACHABLES) {
  test(`unreachable, code ${code}: ${meaning}, ${isHard ? "for good" : "for now"}`, () => {
    deepEqual(meaningOf({ kind: "unreachable", code, mtu: 0, original }), { code: meaning, isHard });
  });
}

test("too many hops, and a header that somebody does not like", () => {
  deepEqual(meaningOf({ kind: "time exceeded", code: 0, original }), { code: "EHOSTUNREACH", isHard: false });
  deepEqual(meaningOf({ kind: "parameter problem", code: 0, pointer: 0, original }), { code: "EPROTO", isHard: false });
});

test("a redirect and an answer are no failures", () => {
  equal(meaningOf({ kind: "redirect", code: 0, gateway: 1, original }), undefined);
  equal(meaningOf({ kind: "echo reply", code: 0, identifier: 1, sequence: 1, payload: original }), undefined);
});
