/**
 * Runs scripts of the packetdrill language: `npm run scenes -- FILE …` on our own stack, in virtual time.
 *
 *   --loose   lets a stack push when it likes, and scale its windows as it likes (RFC 9293 and RFC 7323 do)
 *   --linux   on the kernel instead, in real time, as root: who is right?
 *
 * Ends with 0 if all have passed, with 1 if one has failed, and with 2 if one could not be run.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HostMachine } from "../test/packetdrill/host-machine.ts";
import type { Machine, Wishes } from "../test/packetdrill/machine.ts";
import { type Ran, type RunOptions, runFile } from "../test/packetdrill/run-file.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    loose: { type: "boolean", default: false },
    linux: { type: "boolean", default: false },
    // Within the namespace that --linux makes for each script.
    "linux-here": { type: "boolean", default: false },
  },
});

/** The kernel's timers are coarse, and a machine that is busy is late. */
const IN_REAL_TIME = [
  ["tolerance_usecs", "60000"],
  ["tolerance_percent", "13"],
] as const;

if (positionals.length === 0) {
  console.error("Cannot run scenes: no file is named. npm run scenes -- [--loose] [--linux] FILE …");
  process.exit(2);
}
process.exitCode = values.linux ? onLinux() : await here();

async function here(): Promise<number> {
  const machineFor = values["linux-here"] ? await kernel() : (wishes: Wishes) => new HostMachine(wishes);
  const options: RunOptions = { isLoose: values.loose, defaults: values["linux-here"] ? IN_REAL_TIME : [] };
  const all = positionals.map((file) => {
    const ran = runFile(file, machineFor, options);
    for (const line of ran.lines) console.log(line);
    return ran;
  });
  const count = (...outcomes: Ran["outcome"][]): number =>
    all.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const [failed, notRun] = [count("failed"), count("not supported", "no script")];
  if (all.length > 1) console.log(`${count("passed")} passed, ${failed} failed, ${notRun} not run`);
  return failed > 0 ? 1 : notRun > 0 ? 2 : 0;
}

async function kernel(): Promise<(wishes: Wishes) => Machine> {
  const { LinuxMachine } = await import("../test/packetdrill/linux-machine.ts");
  return (wishes) => new LinuxMachine(wishes);
}

/** Each in a network of its own, so that nothing of one is left for the next, nor reaches anybody. */
function onLinux(): number {
  const flags = values.loose ? ["--loose"] : [];
  const codes = positionals.map((file) => {
    const words = ["--net", process.execPath, fileURLToPath(import.meta.url), "--linux-here", ...flags, file];
    const { status, error } = spawnSync("unshare", words, { stdio: "inherit" });
    if (error !== undefined) console.error(`Cannot run "${file}" on Linux: ${error.message}`);
    return status ?? 2;
  });
  return codes.includes(1) ? 1 : Math.max(...codes);
}
