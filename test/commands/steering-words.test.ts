import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { runCommand } from "../../src/commands/program.ts";
import { Refusal } from "../../src/commands/refusal.ts";
import { addSteering } from "../../src/commands/steering-words.ts";

const REFUSED: [words: string, message: RegExp][] = [
  [
    "purge --admin example.com:80 --all",
    /^Cannot use --admin "example.com:80": it is not an address that is this machine's/,
  ],
  ["purge --sfot", /^Cannot understand the command: unknown option "--sfot" \(did you mean --soft\?\)$/],
  ["purge", /^Cannot purge: it does not say what/],
  ["cache ls a b", /^Cannot understand the command: too many arguments for "ls"/],
  ["cache stat now", /^Cannot understand the command: too many arguments for "stat"/],
  ["cache sat", /^Cannot understand the command: there is no "cache sat" \(did you mean "stat"\?\)$/],
  ["cache juggle", /^Cannot understand the command: there is no "cache juggle"$/],
  ["explain", /^Cannot understand the command: missing required argument "url"$/],
  ["explain http://a/ http://b/", /^Cannot understand the command: too many arguments for "explain"/],
];

for (const [words, message] of REFUSED) {
  test(`maitred ${words} is refused`, () =>
    rejects(runCommand(words.split(" ")), (error) => {
      match((error as Error).message, message);
      return error instanceof Refusal;
    }));
}

test("where nothing else is said it is the maitred at localhost:3129 that is asked", () => {
  const root = new Command("maitred");
  addSteering(root);
  const [purge, cache, explain] = root.commands;
  for (const command of [purge!, ...cache!.commands, explain!]) {
    deepEqual(command.opts().admin, { host: "localhost", port: 3129 }, command.name());
  }
});

test("each command's help shows how it is used", () => {
  const root = new Command("maitred").configureOutput({ writeOut: (text) => void (help += text) });
  let help = "";
  addSteering(root);
  for (const command of root.commands) {
    help = "";
    command.outputHelp();
    match(help, /Examples:\n {2}maitred /);
    equal(command.summary() === "", false);
  }
});
