/**
 * Side by side with others, on this machine, now: `npm run bench`, or a part of it: `npm run bench -- --only static`.
 * A run of everything takes some minutes, and writes bench/RESULTS.md. With `--quick` each round is one, and short: to
 * see that all works, not to quote.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { machine } from "./machine.ts";
import { objects } from "./objects.ts";
import type { Goal, Result, Scenario } from "./scenario.ts";
import { churn } from "./scenarios/churn.ts";
import { hit, hit5m, hit100k } from "./scenarios/hits.ts";
import { idle } from "./scenarios/idle.ts";
import { launch, textbook } from "./scenarios/launch.ts";
import { misses } from "./scenarios/misses.ts";
import { proxied } from "./scenarios/proxied.ts";
import { large, program, small } from "./scenarios/requests.ts";
import { slowReader } from "./scenarios/slow-reader.ts";
import { stackBulk, stackIdle, stackWeb, tapBulk } from "./scenarios/stack.ts";
import { tunnel } from "./scenarios/tunnel.ts";
import { CLIENT_CPU, canPin } from "./server.ts";
import { makeSite } from "./site.ts";
import { table } from "./table.ts";

const SCENARIOS: readonly Scenario[] = [
  ...[small, large, proxied, hit, hit100k, hit5m, churn, misses, objects],
  ...[tunnel, slowReader, idle, launch, textbook, program],
  ...[stackBulk, tapBulk, stackIdle, stackWeb],
];

const names = SCENARIOS.map(({ name }) => name);
const { only, quick } = parseArgs({
  options: { only: { type: "string", multiple: true }, quick: { type: "boolean", default: false } },
}).values;
const unknown = only?.find((name) => !names.includes(name));
if (unknown !== undefined) fail(`Cannot measure "${unknown}": there are ${names.join(", ")}`);
if (spawnSync("wrk", ["-v"]).error)
  fail("Cannot measure: there is no wrk (on a Debian scripts/debian-packages installs it)");
// What we ask ourselves should not disturb the server either.
if (canPin) spawnSync("taskset", ["-a", "-c", "-p", String(CLIENT_CPU), String(process.pid)]);

const chosen = SCENARIOS.filter(({ name }) => only?.includes(name) ?? true);
const peers = [...new Set(chosen.flatMap((scenario) => scenario.peers))];
const there = peers.filter((peer) => peer.version() !== undefined);
const absent = new Set(
  peers
    .filter((peer) => !there.includes(peer))
    .map(({ name, wants }) => `${name.split(",")[0]} is not there: it wants ${wants}`),
);

const site = makeSite();
const sections: string[] = [];
const goals: Goal[] = [];
try {
  say(`${machine(peers)}\n`);
  for (const line of absent) say(line);
  for (const scenario of chosen) {
    say(`\n${scenario.title} …`);
    const result = await scenario.measure(
      scenario.peers.filter((peer) => there.includes(peer)),
      site,
      quick,
    );
    goals.push(...result.goals);
    sections.push(section(scenario, result));
    say(`\n${result.table}\n${result.notes.map((note) => `${note}\n`).join("")}${verdicts(result.goals)}`);
  }
} finally {
  site.remove();
}

if (only === undefined && !quick) {
  const when = new Date().toISOString().slice(0, 10);
  writeFileSync(
    new URL("RESULTS.md", import.meta.url),
    `# Results

Written by \`npm run bench\` on ${when}. Ratios are to the peer that is named; above 1 means better than that peer.
CPU time is the figure to trust on a machine that does other things too.

${machine(peers)}
${[...absent].map((line) => `- ${line}\n`).join("")}
${table(
  ["goal", "wanted", "measured", ""],
  goals.map(({ name, wanted, measured, isMet }) => [name, wanted, measured, isMet ? "met" : "missed"]),
)}

${sections.join("\n")}`,
  );
  say("Written to bench/RESULTS.md.");
}

function section({ title, how }: Scenario, { table, notes }: Result): string {
  return `## ${title}\n\n${how}\n\n${table}\n${notes.length > 0 ? "\n" : ""}${notes.map((note) => `- ${note}\n`).join("")}`;
}

function verdicts(goals: readonly Goal[]): string {
  const lines = goals.map(
    ({ name, wanted, measured, isMet }) => `${isMet ? "✔" : "✖"} ${name}: ${measured} (${wanted})`,
  );
  return lines.map((line) => `${line}\n`).join("");
}

function say(line: string): void {
  console.log(line);
}

function fail(line: string): never {
  console.error(line);
  process.exit(2);
}
