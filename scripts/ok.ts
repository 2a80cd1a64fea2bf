/** All that is checked before a commit, after formatting what can be formatted: format, types, lint, architecture, tests, doc examples. */

import { step } from "./steps.ts";

step("format", ["biome", "format", "--write"]);
await import("./test.ts");
