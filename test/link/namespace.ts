/** Network namespaces of one's own: what happens in one touches no network of this machine, and is gone with its process. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { linux } from "../../src/link/linux.ts";

/** The words that start a program in one: as root, or as somebody who is root in there only. */
const WAYS = [
  ["unshare", "--net"],
  ["unshare", "--net", "--map-root-user"],
];

const mayWork = typeof (await linux()) === "object" && existsSync("/dev/net/tun");
const way = mayWork ? WAYS.find(worksWith) : undefined;

/** For a test that needs a TAP device in one: why it has to be left out, or false. */
export const noNamespace: string | false = way === undefined && "no TAP device in a network namespace can be had here";

function worksWith([command, ...words]: readonly string[]): boolean {
  return spawnSync(command!, [...words, "ip", "tuntap", "add", "dev", "tap0", "mode", "tap"]).status === 0;
}

/** Runs Node in one, with these words; what it said, or an error with all of that. */
export function inNamespace(...words: readonly string[]): Promise<string> {
  return run([...way!, process.execPath, ...words]);
}

/** The same for any program that `unshare` starts, with more that is to be its own. */
export function inNamespaceWith(more: readonly string[], ...words: readonly string[]): Promise<string> {
  return run([...way!, ...more, ...words]);
}

async function run([command, ...words]: readonly string[]): Promise<string> {
  // A child of a test that is told so speaks to its parent, and not in words.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  // Whatever hangs does not outlive the test.
  const child = spawn(command!, words, {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 50_000,
    killSignal: "SIGKILL",
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (status !== 0) throw new Error(said);
  return said;
}
