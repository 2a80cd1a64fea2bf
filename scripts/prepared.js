/**
 * Installs what is missing, then runs a script with the Node that package.json pins.
 * Plain JavaScript: this is the one file that has to run on whatever Node (from 20 on) the machine has.
 *
 *   node scripts/prepared.js scripts/test.ts [arguments …]
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const pinned = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

if (!isInstalled()) {
  say("Installing what is missing (once, about a minute) …");
  // Nobody's install script but that of the pinned Node, which comes by one; where it cannot come, ours may do.
  if (!npm("ci", "--ignore-scripts")) fail("Cannot install what is needed: npm has said why");
}
if (!hasPinnedNode()) npm("rebuild", "node", "--ignore-scripts=false");

const [script, ...rest] = process.argv.slice(2);
run(hasPinnedNode() ? pinned : otherNode(), [join(root, script), ...rest]);

/** npm leaves in node_modules a lockfile of what it put there; what it need not install everywhere is optional. */
function isInstalled() {
  const left = join(modules, ".package-lock.json");
  if (!existsSync(left)) return false;
  const installed = JSON.parse(readFileSync(left, "utf8")).packages;
  return Object.entries(lock.packages).every(
    ([path, { version, optional }]) => path === "" || optional || installed[path]?.version === version,
  );
}

/** It may be there and yet not run: it is built for glibc, and some systems have another C library. */
function hasPinnedNode() {
  if (!existsSync(pinned)) return false;
  const { stdout } = spawnSync(pinned, ["--version"], { encoding: "utf8" });
  return stdout?.trim() === `v${lock.packages["node_modules/node"].version}`;
}

/** The one that runs us, where it will do: it must strip types (22.18, 23.6). */
function otherNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6)) {
    fail(
      `Cannot go on: the pinned Node in "${pinned}" does not run here, and this one is ${process.version}: 22.18 or newer is needed`,
    );
  }
  say(`The pinned Node does not run here: going on with ${process.version}.`);
  return process.execPath;
}

/**
 * Whether it went well.
 * @param {string[]} words
 */
function npm(...words) {
  const all = [...words, "--loglevel=error", "--no-audit", "--no-fund"];
  // npm tells those it starts where it lives; without it we were started by hand. The Node that runs us may be the
  // pinned one, which `npm ci` has just taken away: then the machine's own is the next in the path.
  const cli = process.env.npm_execpath;
  const isHere = cli?.endsWith(".js") && existsSync(process.execPath);
  const [program, ...rest] = isHere ? [process.execPath, cli, ...all] : ["npm", ...all];
  const { status, error } = spawnSync(program, rest, {
    cwd: root,
    // What it says is no output of the script that is to run.
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32" && program === "npm",
  });
  if (error) say(`Cannot run npm: ${error.message}`);
  return status === 0;
}

/**
 * @param {string} node
 * @param {string[]} words
 */
function run(node, words) {
  // Programs that say "#!/usr/bin/env node" get the same Node.
  const path = [dirname(node), join(modules, ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(node, words, { cwd: root, stdio: "inherit", env: { ...process.env, PATH: path } });
  // A terminal tells both of us; who sends a signal to this process alone means the child too.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => signal === "SIGINT" || child.kill(signal));
  }
  // Between npm and us stands a shell, which dies of a signal without passing it on.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 500);
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** @param {string} line */
function say(line) {
  console.error(line);
}

/**
 * @param {string} line
 * @returns {never}
 */
function fail(line) {
  say(line);
  process.exit(1);
}
