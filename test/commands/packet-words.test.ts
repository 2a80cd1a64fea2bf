import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { addPackets } from "../../src/commands/packet-words.ts";
import { runCommand } from "../../src/commands/program.ts";
import { Refusal } from "../../src/commands/refusal.ts";
import { parsePrefix } from "../../src/wire/prefix.ts";

const REFUSED: [words: string, message: RegExp][] = [
  ["print --count 0", /^Cannot use --count "0": it is not a whole number above 0$/],
  ["print --host localhost", /^Cannot use --host "localhost": "localhost" is not an IP address$/],
  ["print --host 10.0.0.1/8", /^Cannot use --host "10.0.0.1\/8": bits are set behind the first 8/],
  ["print --port http", /^Cannot use the port "http": it is not a number from 0 to 65535$/],
  ["print --write x", /^Cannot understand the command: unknown option "--write"$/],
  ["print --abslute", /^Cannot understand the command: unknown option "--abslute" \(did you mean --absolute\?\)$/],
  ["capture lo eth0", /^Cannot understand the command: too many arguments for "capture"/],
  ["capture --promiscous lo", /^Cannot understand the command: unknown option .* \(did you mean --promiscuous\?\)$/],
  ["capture --write", /^Cannot understand the command: option "-w, --write <file>" argument missing$/],
  ["capture", /^Cannot capture: it does not say on which interface( \(there are: .*\blo\b.*\))?$/],
];

for (const [words, message] of REFUSED) {
  test(`maitred ${words} is refused`, () =>
    rejects(runCommand(words.split(" ")), (error) => {
      match((error as Error).message, message);
      return error instanceof Refusal;
    }));
}

test("addresses and ports may come several times", () => {
  const root = new Command("maitred");
  addPackets(root);
  for (const command of root.commands) {
    command.parseOptions("--host 10.0.0.0/8 --host ::1 --port 80 --port 443 -c 7 --absolute".split(" "));
    deepEqual(command.opts(), {
      host: [parsePrefix("10.0.0.0/8"), parsePrefix("::1")],
      port: [80, 443],
      count: 7,
      absolute: true,
    });
  }
});

test("each command's help shows how it is used", () => {
  let help = "";
  const root = new Command("maitred").configureOutput({ writeOut: (text) => void (help += text) });
  addPackets(root);
  for (const command of root.commands) {
    help = "";
    command.outputHelp();
    match(help, /Examples:\n {2}maitred /);
    equal(command.summary() === "", false);
  }
});
