import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printIp } from "../../src/wire/address.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import { emitPcapngBlock, type InterfaceDescription, NANOSECONDS, type PcapngBlock } from "../../src/wire/pcapng.ts";
import { hex, joined, payload, u16, u32 } from "./packets.ts";

interface Read {
  readonly blocks: readonly PcapngBlock[];
  readonly problem: string | undefined;
  readonly left: number;
}

function read(...chunks: readonly Uint8Array[]): Read {
  const reader = new PcapReader();
  const blocks: PcapngBlock[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let block = reader.next(); block !== undefined; block = reader.next()) blocks.push(block);
  }
  return { blocks, problem: reader.problem, left: reader.left };
}

/** However a file is torn, it is the same. */
function readTorn(file: Uint8Array): Read {
  const whole = read(file);
  deepEqual(read(...Array.from(file, (_, i) => file.subarray(i, i + 1))), whole);
  for (let at = 1; at < file.length; at += 7) deepEqual(read(file.subarray(0, at), file.subarray(at)), whole);
  return whole;
}

const SECTION: PcapngBlock = {
  kind: "section",
  hardware: "cable",
  os: undefined,
  application: "maitred",
  comments: ["a"],
};
const INTERFACE: InterfaceDescription = {
  kind: "interface",
  linkType: 1,
  snapLength: 262144,
  name: "a",
  description: "one",
  ticksPerSecond: NANOSECONDS,
  fcsLength: undefined,
  comments: [],
};

const text = fc.string({ unit: "binary", maxLength: 8 });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.oneof(fc.constant(undefined), one);
const comments = fc.array(text, { maxLength: 2 });
/** As many microseconds as a double can tell apart in our days. */
const time = fc.nat(2 ** 50).map((microseconds) => microseconds / 1000);
const count = maybe(fc.nat(2 ** 53 - 1));
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const is = <const K>(kind: K) => fc.constant(kind);
const name = text.map((name) => name.replaceAll("\0", "")).filter((name) => name !== "");
const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);

const section: fc.Arbitrary<PcapngBlock> = record({
  kind: is("section"),
  hardware: maybe(text),
  os: maybe(text),
  application: maybe(text),
  comments,
});
const description: fc.Arbitrary<InterfaceDescription> = record({
  kind: is("interface"),
  linkType: u16,
  snapLength: u32,
  name: maybe(text),
  description: maybe(text),
  ticksPerSecond: fc.constant(1e6),
  fcsLength: maybe(fc.nat(255)),
  comments,
});
const others: fc.Arbitrary<PcapngBlock> = fc.oneof(
  record({
    kind: is("packet"),
    interface: is(0),
    time,
    direction: fc.constantFrom("in" as const, "out" as const, undefined),
    bytes: payload,
    length: u32,
    comments,
  }),
  record({
    kind: is("statistics"),
    interface: is(0),
    time,
    start: maybe(time),
    end: maybe(time),
    received: count,
    dropped: count,
    comments,
  }),
  record({
    kind: is("names"),
    entries: fc.array(record({ address, names: fc.array(name, { maxLength: 2 }) })),
    comments,
  }),
  record({ kind: is("unknown"), type: fc.integer({ min: 7, max: 0xffff }), body: is(hex("01020304")) }),
);

test("any file is read as it was put, however it is torn", () => {
  fc.assert(
    fc.property(section, description, fc.array(others, { maxLength: 4 }), (section, description, others) => {
      const blocks = [section, description, ...others];
      const file = joined(...blocks.map((block) => emitPcapngBlock(block, 1e6)));
      deepEqual(readTorn(file), { blocks, problem: undefined, left: 0 });
    }),
    { numRuns: 50 },
  );
});

test("a file may have another behind it, with interfaces of its own", () => {
  const reader = new PcapReader();
  const twice = [SECTION, INTERFACE, INTERFACE, SECTION, INTERFACE].map((block) => emitPcapngBlock(block));
  reader.push(joined(...twice));
  const counts = twice.map(() => {
    reader.next();
    return reader.interfaces.length;
  });
  deepEqual(counts, [0, 1, 2, 0, 1]);
});

/** As a machine writes it whose numbers begin with the highest byte. */
const BIG_ENDIAN = hex(`
  0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
  00000001 00000034 0001 0000 00040000 0002 0001 61000000 0009 0001 03000000 000e 0008 000000000000000a 0000 0000 00000034
  00000006 00000030 00000000 00000001 00000002 00000002 0000003c 61620000 0002 0004 00000002 0000 0000 00000030
  00000005 00000028 00000000 00000000 000003e8 0004 0008 0000000100000000 0000 0000 00000028
  00000004 0000001c 0001 0006 0a000001 6100 0000 0000 0000 0000001c
`);

test("numbers may begin with the highest byte", () => {
  const { blocks, problem } = readTorn(BIG_ENDIAN);
  equal(problem, undefined);
  const [, described, packet, statistics, names] = blocks;
  deepEqual(described, { ...INTERFACE, description: undefined, ticksPerSecond: 1000 });
  deepEqual(packet, {
    kind: "packet",
    interface: 0,
    // In milliseconds, and all times of this interface are ten seconds later than they say.
    time: 2 ** 32 + 2 + 10_000,
    direction: "out",
    bytes: hex("6162"),
    length: 60,
    comments: [],
  });
  equal(statistics?.kind === "statistics" && statistics.received, 2 ** 32);
  equal(statistics?.kind === "statistics" && statistics.time, 11_000);
  deepEqual(names?.kind === "names" && names.entries.map(({ address, names }) => [printIp(address), names]), [
    ["10.0.0.1", ["a"]],
  ]);
});

test("a packet without time, and one of the old kind", () => {
  const start = joined(emitPcapngBlock(SECTION), emitPcapngBlock({ ...INTERFACE, snapLength: 3, ticksPerSecond: 1e6 }));
  const simple = hex("03000000 14000000 05000000 61626300 14000000");
  const old = hex("02000000 24000000 0000 0000 00000000 e8030000 02000000 02000000 61620000 24000000");
  const { blocks } = readTorn(joined(start, simple, old));
  deepEqual(blocks.slice(2), [
    {
      kind: "packet",
      interface: 0,
      time: undefined,
      direction: undefined,
      bytes: hex("616263"),
      length: 5,
      comments: [],
    },
    { kind: "packet", interface: 0, time: 1, direction: undefined, bytes: hex("6162"), length: 2, comments: [] },
  ]);
});

const CLASSIC: [what: string, file: string][] = [
  [
    "microseconds",
    `d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000
     02000000 f4010000 02000000 3c000000 6162`,
  ],
  [
    "nanoseconds, highest byte first",
    `a1b23c4d 0002 0004 00000000 00000000 00040000 00000001
     00000002 0007a120 00000002 0000003c 6162`,
  ],
];

for (const [what, file] of CLASSIC) {
  test(`the classic format, in ${what}, is as good`, () => {
    const { blocks, problem } = readTorn(hex(file));
    equal(problem, undefined);
    deepEqual(
      blocks.map(({ kind }) => kind),
      ["section", "interface", "packet"],
    );
    deepEqual(blocks[2], {
      kind: "packet",
      interface: 0,
      time: 2000.5,
      direction: undefined,
      bytes: hex("6162"),
      length: 60,
      comments: [],
    });
  });
}

test("the classic format may say that frames have their FCS", () => {
  const { blocks } = read(hex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000024"));
  deepEqual(blocks[1]?.kind === "interface" && [blocks[1].linkType, blocks[1].fcsLength], [1, 4]);
});

const GOOD = emitPcapngBlock(SECTION);
const at = (bytes: Uint8Array, place: number, put: string): Uint8Array => {
  const changed = bytes.slice();
  changed.set(hex(put), place);
  return changed;
};

const DAMAGED: [file: Uint8Array, problem: string][] = [
  [hex("7f454c46 00000000"), "it begins like neither pcapng nor pcap"],
  [at(GOOD, 8, "00000000"), "a section's byte order cannot be told"],
  [at(GOOD, 12, "0200"), "a section is of version 2"],
  [at(GOOD, 4, "0b000000"), "a block is 11 bytes long"],
  [at(GOOD, 4, "08000000"), "a block is 8 bytes long"],
  [at(GOOD, 4, "04000001"), "a block is 16777220 bytes long"],
  [at(GOOD, GOOD.length - 4, "00"), "the two lengths of a block differ"],
  [joined(GOOD, hex("01000000 0e000000 00000000")), "a block is 14 bytes long"],
  [hex("0a0d0d0a 0c000000 4d3c2b1a"), "the two lengths of a block differ"],
  [
    hex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000 00000000 00000000 01000001 01000001"),
    "a packet is 16777217 bytes long",
  ],
];

for (const [file, problem] of DAMAGED) {
  test(`nothing comes behind what cannot be read: ${problem}`, () => {
    const reader = readTorn(file);
    equal(reader.problem, problem);
    equal(reader.left, 0);
  });
}

const UNREADABLE: [what: string, block: string][] = [
  [
    "a packet of an interface that was not described",
    "06000000 20000000 01000000 00000000 00000000 00000000 00000000 20000000",
  ],
  ["a packet longer than its block", "06000000 20000000 00000000 00000000 00000000 01000000 00000000 20000000"],
  ["a packet without its numbers", "06000000 1c000000 00000000 00000000 00000000 00000000 1c000000"],
  ["statistics of an interface that was not described", "05000000 18000000 07000000 00000000 00000000 18000000"],
  ["a packet without time, without its length", "03000000 0c000000 0c000000"],
];

for (const [what, bytes] of UNREADABLE) {
  test(`${what} is as good as unknown, and others follow`, () => {
    const start = joined(emitPcapngBlock(SECTION), emitPcapngBlock(INTERFACE));
    const { blocks, problem } = readTorn(joined(start, hex(bytes), emitPcapngBlock(INTERFACE)));
    deepEqual([blocks.map(({ kind }) => kind), problem], [["section", "interface", "unknown", "interface"], undefined]);
  });
}

test("an interface that cannot be read is counted all the same", () => {
  const reader = new PcapReader();
  reader.push(joined(emitPcapngBlock(SECTION), hex("01000000 0c000000 0c000000"), emitPcapngBlock(INTERFACE)));
  deepEqual([reader.next()?.kind, reader.next()?.kind, reader.next()?.kind], ["section", "unknown", "interface"]);
  equal(reader.interfaces[1]?.name, "a");
});

test("a file that is cut short has bytes left", () => {
  for (let length = 1; length < GOOD.length; length++) equal(read(GOOD.subarray(0, length)).left, length);
});
