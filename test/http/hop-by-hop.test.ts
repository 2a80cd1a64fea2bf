import { equal } from "node:assert/strict";
import { test } from "node:test";
import { isHopByHop } from "../../src/http/hop-by-hop.ts";

const CASES: [name: string, connection: string | undefined, stays: boolean][] = [
  ["connection", undefined, true],
  ["keep-alive", undefined, true],
  ["proxy-connection", undefined, true],
  ["te", undefined, true],
  ["trailer", undefined, true],
  ["transfer-encoding", undefined, true],
  ["upgrade", undefined, true],
  ["content-type", undefined, false],
  ["content-length", "close", false],
  ["x-inner", "close, X-Inner", true],
  ["x-inner", "close,x-inner\t, te", true],
  ["x-inner", "x-inner-too", false],
  ["x-inner", "", false],
];

for (const [name, connection, stays] of CASES) {
  test(`${name} ${stays ? "stays" : "goes on"} where Connection is ${connection ?? "missing"}`, () => {
    equal(isHopByHop(name, connection), stays);
  });
}
