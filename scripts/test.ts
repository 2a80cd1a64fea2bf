/** What must be right before anything is passed on: types, lint, architecture, all tests. `-- some/file` narrows it to that. */

import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { lastStep, lastSteps, step } from "./steps.ts";

const words = process.argv.slice(2);
const narrowed = words.some((word) => !word.startsWith("-"));

if (!narrowed) {
  step("types", ["tsc", "-p", "."]);
  step("format and lint", ["biome", "check", "--error-on-warnings"]);
  // Quick, and what it finds explains much of what would fail later.
  step("architecture", ["node", "--test", "test/architecture.test.ts"]);
}

const options = [
  // Whatever hangs is a failure that has a name.
  "--test-timeout=60000",
];
// One at a time on two processors would be Node's choice.
const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;

if (narrowed) lastStep(["node", "--test", concurrency, ...options, ...words]);

// What computes and touches nothing needs no process of its own for each file, which takes longer than most of them.
const CORES = ["base", "cache", "cgi", "host", "http", "tcp", "wire"];
const isOfCore = (file: string): boolean => CORES.some((core) => file.startsWith(`test/${core}/`));
const files = globSync("test/**/*.test.ts").sort();
await lastSteps([
  {
    name: "the house",
    command: ["node", "--test", concurrency, ...options, ...words, ...files.filter((file) => !isOfCore(file))],
  },
  {
    name: "its cores",
    command: ["node", "--test", "--test-isolation=none", ...options, ...words, ...files.filter(isOfCore)],
  },
]);
