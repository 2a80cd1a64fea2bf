import { equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { settings } from "../src/web/options.ts";
import { maitred } from "./commands/maitred.ts";

// Each is a program of its own; two at a time keep both halves of a small machine busy.
describe("the command", { concurrency: 2 }, () => {
  const HELPS: [words: string[], says: RegExp][] = [
    [["--help"], /Usage: maitred \[folder\][\s\S]*Examples:\n +maitred +this folder/],
    [["help"], /Usage: maitred \[folder\]/],
    [["serve", "--help"], /Usage: maitred serve[\s\S]*--spa[\s\S]*Examples:\n +maitred serve public --lan --spa/],
    [["help", "serve"], /Usage: maitred serve/],
    [["echo", "-h"], /Usage: maitred echo[\s\S]*--udp[\s\S]*Examples:\n +maitred echo --port 7007/],
    [["capture", "--help"], /Usage: maitred capture[\s\S]*--write[\s\S]*Examples:\n +maitred capture lo --port 8080/],
    [["print", "--help"], /Usage: maitred print[\s\S]*--count[\s\S]*Examples:\n +maitred print eth0.pcapng/],
    [["help", "--help"], /Usage: maitred help[\s\S]*Example:\n +maitred help serve/],
  ];

  for (const [words, says] of HELPS) {
    test(`${words.join(" ")} helps, with an example`, async () => {
      const { code, stdout, stderr } = await maitred(...words).ended;
      match(stdout, says);
      ok(!stdout.includes("\x1b"), "colours where nobody sees them");
      equal(stderr, "");
      equal(code, 0);
    });
  }

  test("the limits it helps with are those of the server", async () => {
    const { stdout } = await maitred("help", "serve").ended;
    const help = stdout.replace(/\s+/g, " ");
    const { maxConnections, ...times } = settings({});
    match(help, new RegExp(`--max-connections <count> [^(]*\\(default: ${maxConnections}\\)`));
    for (const name of ["head", "body", "idle", "write"] as const) {
      const seconds = times[`${name}Timeout`] / 1000;
      match(help, new RegExp(`--${name}-timeout <time> [^(]*\\(default: ${seconds}s\\)`));
    }
    match(help, new RegExp(`--grace <time> [^(]*\\(default: ${times.grace / 1000}s\\)`));
  });

  test("--version says which one the package is", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    const { code, stdout } = await maitred("--version").ended;
    equal(stdout, `${version}\n`);
    equal(code, 0);
  });

  test("what is not understood gets one line, and exit code 2", async () => {
    const { code, stdout, stderr } = await maitred("--prot", "80").ended;
    equal(stderr, 'Cannot understand the command: unknown option "--prot" (did you mean --port?)\n');
    equal(stdout, "");
    equal(code, 2);
  });

  test("--verbose shows where in the code it went wrong", async () => {
    const { code, stderr } = await maitred("--port", "x", "--verbose").ended;
    match(stderr, /^Refusal: Cannot use the port "x": [^\n]*\n +at .*flags\.ts/);
    equal(code, 2);
  });
});
