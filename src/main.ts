/** The command: does what its words say. Ends with 0 if that went well, 2 if they make no sense, 1 if it broke. */

import { runCommand } from "./commands/program.ts";
import { Refusal } from "./commands/refusal.ts";

const words = process.argv.slice(2);
const isVerbose = words.includes("--verbose") || words.includes("-v");

// Who reads our words may leave in the middle of them (`| head -1`); that ends the words, not the work.
process.stdout.on("error", () => {});

try {
  await runCommand(words);
} catch (error) {
  console.error(isVerbose ? error : inOneLine(error));
  process.exit(error instanceof Refusal ? 2 : 1);
}

function inOneLine(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  return `Something broke: ${String(error).replace(/\s+/g, " ")} (--verbose shows where)`;
}
