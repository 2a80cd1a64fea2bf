import { deepEqual, equal, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { concat } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { Cable } from "../../src/link/cable.ts";
import { Capture, type CaptureOptions } from "../../src/link/capture.ts";
import { Pair } from "../../src/link/pair.ts";
import { emitArp } from "../../src/wire/arp.ts";
import { ETHERNET_HEADER, ETHERTYPE, FCS, putEthernet, putFcs } from "../../src/wire/ethernet.ts";
import { readIpv4 } from "../../src/wire/ipv4-number.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import type { PcapngBlock } from "../../src/wire/pcapng.ts";
import { linkContract } from "./contract.ts";
import { numbered, numbersFrom } from "./numbered.ts";

const DATE = Date.UTC(1994, 10, 6, 8, 49, 37);
const A = 0x02_00_00_00_00_0a;

linkContract("capture", () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock });
  const capture = new Capture({ clock, sink: () => {} });
  return { near: capture.around(a), far: capture.around(b), settle: () => clock.advance(0) };
});

/** A capture, and its file so far. */
function scene(options: Partial<CaptureOptions> = {}) {
  const clock = new VirtualClock(DATE);
  const file: Uint8Array[] = [];
  const capture = new Capture({ clock, sink: (bytes) => void file.push(bytes), ...options });
  const blocks = (): PcapngBlock[] => {
    const reader = new PcapReader();
    reader.push(new Uint8Array(concat(file)));
    const read: PcapngBlock[] = [];
    for (let block = reader.next(); block !== undefined; block = reader.next()) read.push(block);
    equal(reader.problem, undefined);
    equal(reader.left, 0);
    return read;
  };
  return { clock, capture, file, blocks };
}

test("whatever passes is written down: when, where, which way, and what is said about it", async () => {
  const { clock, capture, blocks } = scene({ comment: "seed 7" });
  const cable = new Cable({ clock, delay: 2 });
  const bare = new Pair();
  const remark = (frame: Uint8Array, direction: string): string | undefined =>
    frame.length === 64 ? `short, ${direction}` : undefined;
  const a = capture.around(cable.a, { name: "a", remark });
  const b = capture.around(bare.a, { name: "b", comment: "no cable" });
  const [atA, atFar, atBare] = [numbersFrom(a), numbersFrom(cable.b), numbersFrom(bare.b)];
  await clock.advance(0.25);
  a.send(numbered(1, 64));
  b.send(numbered(2, 100));
  bare.deliver();
  cable.b.send(numbered(3, 70));
  await clock.advance(2);
  deepEqual([atA, atFar, atBare], [[3], [1], [2]]);

  const common = { kind: "interface", linkType: 1, snapLength: 0, description: undefined, ticksPerSecond: 1e9 };
  const packet = { kind: "packet", comments: [] };
  deepEqual(blocks(), [
    { kind: "section", hardware: undefined, os: undefined, application: "maitred", comments: ["seed 7"] },
    { ...common, name: "a", fcsLength: 4, comments: [] },
    { ...common, name: "b", fcsLength: 0, comments: ["no cable"] },
    {
      ...packet,
      interface: 0,
      time: DATE + 0.25,
      direction: "out",
      bytes: numbered(1, 64),
      length: 64,
      comments: ["short, out"],
    },
    { ...packet, interface: 1, time: DATE + 0.25, direction: "out", bytes: numbered(2, 100), length: 100 },
    { ...packet, interface: 0, time: DATE + 2.25, direction: "in", bytes: numbered(3, 70), length: 70 },
  ]);
});

test("of long frames no more is kept than was asked for, and nothing is kept from who receives them", async () => {
  const { clock, capture, blocks } = scene({ snapLength: 32 });
  const { a, b } = new Cable({ clock });
  const heard: Uint8Array[] = [];
  b.onFrame = (frame) => void heard.push(frame);
  const link = capture.around(a);
  link.send(numbered(1, 200));
  link.send(numbered(2, 20));
  await clock.advance(0);
  deepEqual(heard, [numbered(1, 200), numbered(2, 20)]);
  const kept = blocks().filter((block) => block.kind === "packet");
  deepEqual(
    kept.map(({ bytes, length }) => [bytes.length, length]),
    [
      [32, 200],
      [20, 20],
    ],
  );
});

test("what is written down stays as it was, whatever becomes of the frame", () => {
  const { clock, capture, blocks } = scene();
  const link = capture.around(new Cable({ clock }).a);
  const frame = numbered(7);
  link.send(frame);
  frame.fill(0xff);
  const [, , packet] = blocks();
  deepEqual(packet?.kind === "packet" && packet.bytes, numbered(7));
});

test("people may have names", () => {
  const { capture, blocks } = scene();
  capture.name(Uint8Array.of(10, 0, 0, 1), "a", "a.example");
  deepEqual(blocks()[1], {
    kind: "names",
    entries: [{ address: Uint8Array.of(10, 0, 0, 1), names: ["a", "a.example"] }],
    comments: [],
  });
});

/** Asks who has 10.0.0.2. */
function question(): Uint8Array {
  const [sender, target] = [readIpv4("10.0.0.1")!, readIpv4("10.0.0.2")!];
  const frame = new Uint8Array(60 + FCS);
  putEthernet(frame, BROADCAST, A, ETHERTYPE.arp);
  frame.set(emitArp({ operation: 1, senderMac: A, sender, targetMac: 0, target }), ETHERNET_HEADER);
  putFcs(frame);
  return frame;
}

const HAS_TSHARK = spawnSync("tshark", ["--version"]).status === 0;

test("Wireshark reads it", { skip: !HAS_TSHARK && "there is no tshark (Debian: tshark)" }, async (t) => {
  const { clock, capture, file } = scene({ comment: "seed 7" });
  const { a, b } = new Cable({ clock });
  const near = capture.around(a, { name: "near" });
  const far = capture.around(b, { name: "far", remark: () => "as it came" });
  near.send(question());
  await clock.advance(1.5);
  const damaged = question();
  damaged[50]! ^= 1;
  far.send(damaged);
  await clock.advance(0);

  const fields = ["frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "eth.fcs.status"];
  fields.push("arp.dst.proto_ipv4", "frame.comment");
  const folder = mkdtempSync(join(tmpdir(), "maitred-capture-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "lan.pcapng");
  writeFileSync(path, concat(file));
  const words = ["-r", path, "-o", "eth.check_fcs:TRUE", "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  const { stdout, stderr, status } = spawnSync("tshark", words, { encoding: "utf8" });
  equal(status, 0, stderr);
  const epoch = DATE / 1000;
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((row) => row.split("\t"));
  for (const row of rows) row[0] = (Number(row[0]) - epoch).toFixed(4);
  // Inbound is 1, outbound 2; of an FCS 1 is good and 0 is bad.
  deepEqual(
    rows.map((row) => row.join(" ").trimEnd()),
    [
      "0.0000 near 0x00000002 1 10.0.0.2",
      "0.0000 far 0x00000001 1 10.0.0.2 as it came",
      "0.0015 far 0x00000002 0 10.0.0.2 as it came",
      "0.0015 near 0x00000001 0 10.0.0.2",
    ],
  );
  ok(!/malformed|error/i.test(stderr), stderr);
});
