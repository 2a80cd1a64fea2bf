import { equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../src/commands/program.ts";
import { Refusal } from "../../src/commands/refusal.ts";

const REFUSED: [words: string[], message: string][] = [
  [["--prot", "80"], 'Cannot understand the command: unknown option "--prot" (did you mean --port?)'],
  [["serve", "--frobnicate"], 'Cannot understand the command: unknown option "--frobnicate"'],
  [["echo", "--spa"], 'Cannot understand the command: unknown option "--spa"'],
  [["--port"], 'Cannot understand the command: option "-p, --port <port>" argument missing'],
  [["--port", "70000"], 'Cannot use the port "70000": it is not a number from 0 to 65535'],
  [["--port=http"], 'Cannot use the port "http": it is not a number from 0 to 65535'],
  [["echo", "--port", "-1"], 'Cannot use the port "-1": it is not a number from 0 to 65535'],
  [["--log", "apache"], 'Cannot use --log "apache": it is none of pretty, common, combined, json, none'],
  [
    ["--log", "comon"],
    'Cannot use --log "comon": it is none of pretty, common, combined, json, none (did you mean "common"?)',
  ],
  [["--grace", "soon"], 'Cannot use --grace "soon": it is not a time like 10, 1.5s, 500ms or 2m'],
  [["--max-connections", "0"], 'Cannot use --max-connections "0": it is not a whole number above 0'],
  [["--cgi-limit", "x"], 'Cannot use --cgi-limit "x": it is not a whole number above 0'],
  [["--cgi-timeout", "x"], 'Cannot use --cgi-timeout "x": it is not a time like 10, 1.5s, 500ms or 2m'],
  [["a", "b"], 'Cannot understand the command: too many arguments for "serve". Expected 1 argument but got 2: a, b'],
  [
    ["--lan", "--host", "x"],
    'Cannot understand the command: option "--lan" cannot be used with option "--host <host>"',
  ],
  [
    ["--unix", "x", "--lan"],
    'Cannot understand the command: option "--unix <path>" cannot be used with option "--lan"',
  ],
  [["help", "sreve"], 'Cannot help with "sreve": there is no such command (did you mean "serve"?)'],
  [["help", "juggle"], 'Cannot help with "juggle": there is no such command'],
  [["echo", "--connect", "x"], 'Cannot connect to "x": it is not written host:port'],
];

for (const [words, message] of REFUSED) {
  test(`maitred ${words.join(" ")}: ${message}`, () =>
    rejects(runCommand(words), (error) => {
      equal((error as Error).message, message);
      return error instanceof Refusal;
    }));
}
