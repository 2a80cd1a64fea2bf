import { equal } from "node:assert/strict";
import { test } from "node:test";
import { posixSpawn } from "../../src/handlers/posix-spawn.ts";
import { startContract } from "./start-contract.ts";

const start = await posixSpawn();

if (start === undefined) {
  test("where it cannot be had, it is not there", () => equal(start, undefined));
} else {
  startContract("posix_spawn", start);
}
