/** `maitred capture` in a network namespace of its own, where test/commands/capture.test.ts runs this file. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { openTap } from "../../src/link/tap.ts";
import { respond } from "../link/responder.ts";
import { type Circumstances, Maitred } from "./maitred.ts";

const ip = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8" });

// Whoever starts this elsewhere shall not find devices and addresses on his machine.
deepEqual(ip("-oneline link").match(/^\d+: [^:]+/gm), ["1: lo"], "Run test/commands/capture.test.ts instead");
ip("link set lo up");

const folder = mkdtempSync(join(tmpdir(), "maitred-capture-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const run = promisify(execFile);
const ping = (words: string) => run("ping", words.split(" "));
const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;

/** One that listens already; it is ended with the test. */
async function capturing(t: TestContext, words: string, circumstances?: Circumstances): Promise<Maitred> {
  const capture = new Maitred(["capture", ...words.split(" ")], circumstances);
  t.after(() => capture[Symbol.asyncDispose]());
  const [said] = await capture.lines(1, "stderr");
  equal(said, `Captures on ${words.split(" ")[0]}, until Ctrl-C`);
  return capture;
}

async function ended(capture: Maitred, signal?: NodeJS.Signals) {
  if (signal !== undefined) capture.child.kill(signal);
  const { code, stdout, stderr } = await capture.ended;
  const [, summary = "", ...more] = stderr.split("\n").slice(0, -1);
  deepEqual(more, []);
  return { code, summary, lines: stdout.split("\n").slice(0, -1) };
}

/** The kernel is 10.0.0.1, and somebody who answers is 10.0.0.2. */
async function neighbour(t: TestContext): Promise<void> {
  const tap = await openTap({ name: "tap0" });
  t.after(() => tap.close());
  respond(tap, 0x020000000002, 0x0a000002);
  ip("addr add 10.0.0.1/24 dev tap0");
  ip("link set tap0 up");
  ip("neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev tap0 nud permanent");
}

/** Without what differs from run to run. */
const plain = (line: string): string => line.replace(/^\d\d:\d\d:\d\d\.\d{6} /, "").replace(/id \d+/, "id …");

const PING = [1, 2].flatMap((seq) => [
  `Out IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id …, seq ${seq}, length 64`,
  `In  IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id …, seq ${seq}, length 64`,
]);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`a ping is heard in both directions, until ${signal}`, async (t) => {
    await neighbour(t);
    const capture = await capturing(t, "tap0 --host 10.0.0.2");
    await ping("-c 2 -i 0.01 10.0.0.2");
    const { code, summary, lines } = await ended(capture, signal);
    deepEqual(lines.map(plain), PING);
    deepEqual([code, summary], [0, "4 packets captured, 0 dropped"]);
  });
}

test("a conversation of curl's is heard from the first to the last, and only that", async (t) => {
  const server = new Maitred(["serve", "examples/site", "--port", "0"]);
  t.after(() => server[Symbol.asyncDispose]());
  const [url] = await server.lines(1);
  const { port } = new URL(url!);
  const capture = await capturing(t, `lo --port ${port}`);
  await ping("-c 1 127.0.0.1");
  await run("curl", ["-4", "-s", "-o", "/dev/null", url!]);
  const { code, lines } = await ended(capture, "SIGINT");
  equal(code, 0);
  const there = new RegExp(`^IP 127\\.0\\.0\\.1\\.\\d+ > 127\\.0\\.0\\.1\\.${port}: Flags `);
  const back = new RegExp(`^IP 127\\.0\\.0\\.1\\.${port} > 127\\.0\\.0\\.1\\.\\d+: Flags `);
  const said = lines.map(plain);
  for (const line of said) ok(there.test(line) || back.test(line), line);
  match(said[0]!, /Flags \[S\], seq \d+, win \d+, options \[mss 65495,sackOK,.*\], length 0$/);
  match(said[1]!, /Flags \[S\.\], seq \d+, ack \d+, win/);
  match(said[2]!, /Flags \[\.\], ack 1, win \d+/);
  match(said[3]!, /Flags \[P\.\], seq 1:\d+, ack 1, win/);
  equal(said.filter((line) => /Flags \[F\./.test(line)).length, 2);
  // Those that the system has left to its network adapter are not wrong.
  equal(said.filter((line) => line.includes("cksum")).length, 0);
});

test("what is written down is what Wireshark reads", { skip: !has("tshark") && "no tshark here" }, async (t) => {
  await neighbour(t);
  const file = join(folder, "tap0.pcapng");
  const capture = await capturing(t, `tap0 --host 10.0.0.2 --write ${file}`);
  await ping("-c 2 -i 0.01 10.0.0.2");
  const { summary, lines } = await ended(capture, "SIGINT");
  equal(summary, "4 packets captured, 0 dropped");
  const fields = ["frame.interface_name", "frame.packet_flags_direction", "icmp.type", "icmp.checksum.status"];
  const words = ["-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  const { stdout } = spawnSync("tshark", words, { encoding: "utf8" });
  deepEqual(
    stdout
      .trimEnd()
      .split("\n")
      .map((row) => row.split("\t").join(" ")),
    ["tap0 0x00000002 8 1", "tap0 0x00000001 0 1", "tap0 0x00000002 8 1", "tap0 0x00000001 0 1"],
  );
  const about = spawnSync("capinfos", [file], { encoding: "utf8" }).stdout;
  match(about, /Capture application: maitred/);
  match(about, /Number of stat entries = 1/);
  match(about, /Number of packets = 4/);
  // And we read it as we have heard it.
  const read = await new Maitred(["print", file]).ended;
  deepEqual(read, { code: 0, stdout: lines.map((line) => `${line}\n`).join(""), stderr: "" });
});

test("whoever stands behind a pipe reads along", async (t) => {
  await neighbour(t);
  const command = [process.execPath, "src/main.ts"];
  const script = `"$@" capture tap0 --host 10.0.0.2 --count 4 --write - | "$@" print`;
  const piped = run("bash", ["-c", script, "bash", ...command]);
  await pingUntil(piped, "10.0.0.2");
  const { stdout, stderr } = await piped;
  equal(stderr, "Captures on tap0, until Ctrl-C\n4 packets captured, 0 dropped\n");
  const said = stdout
    .trimEnd()
    .split("\n")
    .map((line) => plain(line).replace(/ICMP .*/, ""));
  equal(said.length, 4);
  deepEqual(said.sort().slice(1, 3), ["In  IP 10.0.0.2 > 10.0.0.1: ", "Out IP 10.0.0.1 > 10.0.0.2: "]);
});

/** One ping after the other until there were enough: who captures into a pipe does not say here when he begins. */
async function pingUntil(end: Promise<unknown>, whom: string): Promise<void> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  void end.then(over, over);
  while (!isOver) await ping(`-c 1 ${whom}`);
}

test("so many and no more", async (t) => {
  const file = join(folder, "three.pcapng");
  const capture = await capturing(t, `lo --count 3 --quiet --write ${file}`);
  await ping("-c 5 -i 0.002 127.0.0.1");
  const { code, summary, lines } = await ended(capture);
  deepEqual([code, summary, lines], [0, "3 packets captured, 0 dropped", []]);
  const { stdout } = await new Maitred(["print", file]).ended;
  equal(stdout.split("\n").length - 1, 3);
  const one = await capturing(t, "lo -c 1");
  await ping("-c 1 127.0.0.1");
  equal((await ended(one)).summary, "1 packet captured, 0 dropped");
});

test("where nobody reads any more it ends quietly", async () => {
  const script = '"$@" capture lo | head -n 1; echo $PIPESTATUS';
  const piped = run("bash", ["-c", script, "bash", process.execPath, "src/main.ts"]);
  await pingUntil(piped, "127.0.0.1");
  const { stdout, stderr } = await piped;
  match(stdout, /^\S+ IP 127\.0\.0\.1 > 127\.0\.0\.1: ICMP echo request, .*\n0\n$/);
  match(stderr, /^Captures on lo, until Ctrl-C\n\d+ packets captured, 0 dropped\n$/);
});

test("where there is no room for the file it says so, and how many were captured", {
  skip: !existsSync("/dev/full") && "there is no /dev/full",
}, async () => {
  const { code, stderr } = await new Maitred(["capture", "lo", "--write", "/dev/full"]).ended;
  equal(code, 1);
  equal(
    stderr,
    'Captures on lo, until Ctrl-C\nCannot write all of "/dev/full": there is no room left\n0 packets captured, 0 dropped\n',
  );
});

test("an interface that is taken away ends it", async (t) => {
  const tap = await openTap({ name: "tap0" });
  t.after(() => tap.close());
  ip("link set tap0 up");
  const capture = await capturing(t, "tap0 --quiet --host 10.0.0.2");
  ip("link del tap0");
  const { code, stderr } = await capture.ended;
  equal(code, 1);
  match(stderr, /\nCannot capture on "tap0" any more: it was taken away\n0 packets captured, 0 dropped\n$/);
});

test("as long as it captures promiscuously, the adapter is told so", async (t) => {
  const promiscuity = (): string => /promiscuity (\d+)/.exec(ip("-details link show lo"))![1]!;
  const capture = await capturing(t, "lo --promiscuous");
  equal(promiscuity(), "1");
  await ended(capture, "SIGINT");
  equal(promiscuity(), "0");
});

test("what was written stays whole when it ends in the midst of a flood", async (t) => {
  const file = join(folder, "flood.pcapng");
  const capture = await capturing(t, `lo --quiet --write ${file}`);
  const flood = run("ping", "-f -w 1 -s 1400 127.0.0.1".split(" "));
  await ping("-c 3 -i 0.1 127.0.0.1");
  const { code, summary } = await ended(capture, "SIGINT");
  await flood;
  equal(code, 0);
  const { stdout, stderr } = await new Maitred(["print", file]).ended;
  equal(stderr, "");
  const printed = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
  equal(summary.split(" ")[0], `${printed}`);
  ok(printed > 100 && readFileSync(file).length > 100 * 1400, summary);
});

const REFUSED: [words: string[], message: string, circumstances?: Circumstances][] = [
  [["nowhere"], 'Cannot capture on "nowhere": there is no such interface (there are: lo)'],
  [[], "Cannot capture: it does not say on which interface (there are: lo)"],
  [["lo", "--write", folder], `Cannot use --write "${folder}": it is a folder`],
  [
    ["lo", "--write", "-"],
    'Cannot use --write "-": standard output is a terminal (pipe it to who reads it: | wireshark -k -i -)',
    { terminal: true },
  ],
];

for (const [words, message, circumstances] of REFUSED) {
  test(`maitred capture ${words.join(" ")}: ${message}`, async () => {
    const { code, stdout, stderr } = await new Maitred(["capture", ...words], circumstances).ended;
    deepEqual([code, (stdout + stderr).replace("\r", "")], [2, `${message}\n`]);
  });
}
