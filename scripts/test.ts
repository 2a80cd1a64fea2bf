/** What must be right before anything is passed on: types, lint, architecture, all tests. `-- some/file` narrows it to that. */

import { availableParallelism } from "node:os";
import { lastStep, step } from "./steps.ts";

const words = process.argv.slice(2);
const narrowed = words.some((word) => !word.startsWith("-"));

if (!narrowed) {
  step("types", ["tsc", "-p", "."]);
  step("format and lint", ["biome", "check", "--error-on-warnings"]);
  // Quick, and what it finds explains much of what would fail later.
  step("architecture", ["node", "--test", "test/architecture.test.ts"]);
}

const options = [
  // One at a time on two processors would be Node's choice.
  `--test-concurrency=${Math.max(2, availableParallelism())}`,
  // Whatever hangs is a failure that has a name.
  "--test-timeout=60000",
];
lastStep(["node", "--test", ...options, ...words, ...(narrowed ? [] : ["test/**/*.test.ts"])]);
