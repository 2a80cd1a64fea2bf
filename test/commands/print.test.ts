import { deepEqual, equal, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Printer, type PrintFlags } from "../../src/commands/print.ts";
import { emitPcapngBlock, LINKTYPE, NANOSECONDS } from "../../src/wire/pcapng.ts";
import { parsePrefix } from "../../src/wire/prefix.ts";
import { hex, joined } from "../wire/packets.ts";
import { Maitred, maitred } from "./maitred.ts";

const FILE = "test/wire/captures/linux.pcapng";
const capture = new Uint8Array(readFileSync(FILE));
/** What `maitred print` says of it; tcpdump says the same, as test/wire/captures.test.ts shows. */
const text = readFileSync("test/wire/captures/linux.txt", "utf8");
const lines = text.trimEnd().split("\n");

const PACKET = hex("4500 0014 0000 0000 4063 6685 0a000001 0a000002");
const SAYS = "IP 10.0.0.1 > 10.0.0.2: ip-proto-99, length 0";

/** A capture of one packet, in the classic format: microseconds, IP without frames. */
const classic = joined(
  hex("d4c3b2a1 0200 0400 00000000 00000000 00000400 65000000"),
  hex("07000000 40e20100 14000000 14000000"),
  PACKET,
);
const CLASSIC_SAYS = `00:00:07.123456 ${SAYS}\n`;

/** The same in either byte order, and in nanoseconds. */
const other = joined(
  hex("a1b23c4d 0002 0004 00000000 00000000 00040000 00000065"),
  hex("00000007 075bca00 00000014 00000014"),
  PACKET,
);

async function* pieces(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
}

/** What is printed of these bytes, how many times something was written, and the problem. */
async function printed(bytes: Uint8Array, { flags = {}, length = 1000 }: { flags?: PrintFlags; length?: number } = {}) {
  let said = "";
  const printer = new Printer(async (text) => {
    said += text;
    return true;
  }, flags);
  const problem = await printer.print(pieces(bytes, length));
  return { said, problem: problem && `${problem.isAtStart ? "at the start" : "later"}: ${problem.why}` };
}

for (const length of [1, 7, 1000, 100_000]) {
  test(`a capture is printed as it stands beside it, ${length} bytes at a time`, async () =>
    deepEqual(await printed(capture, { length }), { said: text, problem: undefined }));
}

test("the classic format too, in either byte order", async () => {
  deepEqual(await printed(classic), { said: CLASSIC_SAYS, problem: undefined });
  deepEqual(await printed(other), { said: CLASSIC_SAYS, problem: undefined });
});

const hosts = (...texts: string[]) => texts.map((text) => parsePrefix(text)!);

const CHOSEN: [what: string, flags: PrintFlags, lines: string[]][] = [
  ["so many", { count: 3 }, lines.slice(0, 3)],
  ["those of one port", { port: [5000] }, lines.filter((line) => /\.5000\b/.test(line))],
  ["those of one address", { host: hosts("10.9.3.1") }, lines.filter((line) => line.includes("10.9.3.1"))],
  ["so many of one port", { port: [5001], count: 2 }, lines.filter((line) => /\.5001\b/.test(line)).slice(0, 2)],
  ["none", { host: hosts("192.0.2.1") }, []],
];

for (const [what, flags, chosen] of CHOSEN) {
  test(`${what} of them: ${chosen.length}`, async () => {
    const { said } = await printed(capture, { flags });
    deepEqual(said.split("\n").slice(0, -1), chosen);
    ok(what === "none" || chosen.length > 0);
  });
}

const middle = capture.length - 50;

const DAMAGED: [what: string, bytes: Uint8Array, count: number, problem: string][] = [
  ["nothing", new Uint8Array(0), 0, "at the start: it is empty"],
  ["something else", capture.subarray(1), 0, "at the start: it begins like neither pcapng nor pcap"],
  ["three bytes", capture.subarray(0, 3), 0, "at the start: its end is missing"],
  ["half a header", classic.subarray(0, 20), 0, "at the start: its end is missing"],
  ["a capture without its end", capture.subarray(0, middle), lines.length - 1, "later: its end is missing"],
  ["a classic one without its end", classic.subarray(0, 40), 0, "later: its end is missing"],
  [
    "one with something wrong in it",
    capture.map((byte, i) => (i >= capture.length - 4 ? 0xff : byte)),
    lines.length - 1,
    "later: the two lengths of a block differ",
  ],
  [
    "one with something else behind it",
    joined(capture, new Uint8Array(12)),
    lines.length,
    "later: a block is 0 bytes long",
  ],
];

for (const [what, bytes, count, problem] of DAMAGED) {
  test(`of ${what} is printed what can be read: ${count} lines`, async () => {
    for (const length of [11, 100_000]) {
      const result = await printed(bytes, { length });
      equal(result.said.split("\n").length - 1, count);
      equal(result.problem, problem);
    }
  });
}

test("each packet is printed before the next one is there", async () => {
  const said: string[] = [];
  const printer = new Printer(async (text) => {
    said.push(text);
    return true;
  });
  async function* growing() {
    for (let at = 0, seen = 0; at < classic.length; at += 20, seen = said.length) {
      deepEqual([at, seen], [at, said.length]);
      yield classic.slice(at, at + 20);
    }
    deepEqual(said, [CLASSIC_SAYS]);
    // The next one stands right behind it.
    yield classic.slice(24);
    deepEqual(said, [CLASSIC_SAYS, CLASSIC_SAYS]);
  }
  equal(await printer.print(growing()), undefined);
});

test("where nobody reads any more, nothing more is read, and it is no problem", async () => {
  let count = 0;
  async function* endless() {
    for (; ; count++) yield count === 0 ? classic.slice() : classic.slice(24);
  }
  const printer = new Printer(async () => count < 5);
  equal(await printer.print(endless()), undefined);
  equal(printer.isDone, true);
  equal(count, 5);
});

test("conversations go on from one capture to the next", async () => {
  const blocks = blocksOf(capture);
  const head = joined(...blocks.slice(0, 2));
  // In the midst of one: its numbers are told from the SYN that is in the first capture.
  const half = 2 + lines.findIndex((line) => line.includes("seq 1441:1729"));
  let said = "";
  const printer = new Printer(async (text) => {
    said += text;
    return true;
  });
  equal(await printer.print(pieces(joined(...blocks.slice(0, half)), 1000)), undefined);
  equal(await printer.print(pieces(joined(head, ...blocks.slice(half)), 1000)), undefined);
  equal(said, text);
});

test("an interface that is described late has its name from the first line on", async () => {
  const section = {
    kind: "section",
    hardware: undefined,
    os: undefined,
    application: undefined,
    comments: [],
  } as const;
  const about = { snapLength: 0, description: undefined, ticksPerSecond: NANOSECONDS, fcsLength: 0, comments: [] };
  const place = (name: string) => emitPcapngBlock({ kind: "interface", linkType: LINKTYPE.raw, name, ...about });
  const packet = (number: number) =>
    emitPcapngBlock({
      kind: "packet",
      interface: number,
      time: 0,
      direction: "out",
      bytes: PACKET,
      length: PACKET.length,
      comments: [],
    });
  const { said } = await printed(joined(emitPcapngBlock(section), place("a"), packet(0), place("b"), packet(1)));
  equal(said, `00:00:00.000000 a     Out ${SAYS}\n00:00:00.000000 b     Out ${SAYS}\n`);
});

/** The blocks of a capture, lowest byte first. */
function blocksOf(file: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length; at += view.getUint32(at + 4, true)) {
    blocks.push(file.subarray(at, at + view.getUint32(at + 4, true)));
  }
  return blocks;
}

describe("as a program", { concurrency: 2 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "maitred-print-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  test("it prints files, one after the other", async () => {
    const { code, stdout, stderr } = await maitred("print", FILE, file("classic.pcap", classic)).ended;
    deepEqual([code, stdout, stderr], [0, text + CLASSIC_SAYS, ""]);
  });

  test("it prints what comes in", async () => {
    for (const words of [["print"], ["print", "-"]]) {
      const { code, stdout, stderr } = await new Maitred(words, { stdin: classic }).ended;
      deepEqual([code, stdout, stderr], [0, CLASSIC_SAYS, ""]);
    }
  });

  test("of a damaged file it prints what can be read, then one line, and goes on; the exit code is 1", async () => {
    const cut = file("cut.pcapng", capture.subarray(0, middle));
    const { code, stdout, stderr } = await maitred("print", cut, FILE, "--count", `${lines.length + 1}`).ended;
    equal(stderr, `Cannot print all of "${cut}": its end is missing\n`);
    equal(stdout, `${lines.slice(0, -1).join("\n")}\n${lines.slice(0, 2).join("\n")}\n`);
    equal(code, 1);
  });

  test("what is no capture is refused in one line", async () => {
    const { code, stdout, stderr } = await maitred("print", "package.json").ended;
    deepEqual([code, stdout], [1, ""]);
    equal(stderr, 'Cannot print "package.json": it begins like neither pcapng nor pcap\n');
  });

  const NO_FILES: [name: string, why: string][] = [
    [join(folder, "nothing.pcapng"), "there is no such file"],
    [folder, "it is a folder"],
  ];
  for (const [name, why] of NO_FILES) {
    test(`where ${why} it says so, and the exit code is 2`, async () => {
      const { code, stdout, stderr } = await maitred("print", name).ended;
      deepEqual([code, stdout, stderr], [2, "", `Cannot print "${name}": ${why}\n`]);
    });
  }

  test("on a terminal it has colours, and wants to be told what to print", async () => {
    const { stdout } = await new Maitred(["print", file("one.pcap", classic)], {
      terminal: true,
      env: { TERM: "xterm-256color" },
    }).ended;
    equal(stdout, `\x1b[2m00:00:07.123456\x1b[0m ${SAYS}\r\n`);
    const { code, stdout: refusal } = await new Maitred(["print"], { terminal: true }).ended;
    deepEqual([code, refusal], [2, "Cannot print: neither a file is named, nor does one come in\r\n"]);
  });

  test("who reads only the beginning ends it quietly", () => {
    // Far more than any pipe holds.
    const files = Array.from({ length: 200 }, () => FILE);
    const script = '"$@" | head -n 1; echo $PIPESTATUS';
    const command = ["-c", script, "bash", process.execPath, "src/main.ts", "print", ...files];
    const { stdout, stderr } = spawnSync("bash", command, { encoding: "utf8" });
    deepEqual([stdout, stderr], [`${lines[0]}\n0\n`, ""]);
  });
});
