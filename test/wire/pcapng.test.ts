import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../src/wire/address.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import { emitPcapngBlock, LINKTYPE, MICROSECONDS, NANOSECONDS, type PcapngBlock } from "../../src/wire/pcapng.ts";
import { hex } from "./packets.ts";

const BLOCKS: [what: string, block: PcapngBlock, bytes: string][] = [
  [
    "a section, with a word from its author",
    { kind: "section", hardware: undefined, os: "none", application: "maitred", comments: ["hi"] },
    `0a0d0d0a 3c000000 4d3c2b1a 0100 0000 ffffffffffffffff
     0100 0200 68690000 0300 0400 6e6f6e65 0400 0700 6d616974726564 00 0000 0000 3c000000`,
  ],
  [
    "an interface that counts nanoseconds",
    {
      kind: "interface",
      linkType: LINKTYPE.ethernet,
      snapLength: 0,
      name: "a",
      description: undefined,
      ticksPerSecond: NANOSECONDS,
      fcsLength: 4,
      comments: [],
    },
    "01000000 30000000 0100 0000 00000000 0200 0100 61000000 0900 0100 09000000 0d00 0100 04000000 0000 0000 30000000",
  ],
  [
    "a packet that came in, of which three bytes were kept",
    { kind: "packet", interface: 1, time: 1.5, direction: "in", bytes: hex("010203"), length: 60, comments: [] },
    `06000000 30000000 01000000 00000000 60e31600 03000000 3c000000 01020300
     0200 0400 01000000 0000 0000 30000000`,
  ],
  [
    "a packet nobody says anything about",
    {
      kind: "packet",
      interface: 0,
      time: undefined,
      direction: undefined,
      bytes: hex("01020304"),
      length: 4,
      comments: [],
    },
    "06000000 24000000 00000000 00000000 00000000 04000000 04000000 01020304 24000000",
  ],
  [
    "how a capture went",
    { kind: "statistics", interface: 0, time: 0, start: 0, end: 5000, received: 7, dropped: 1, comments: [] },
    `05000000 4c000000 00000000 00000000 00000000 0200 0800 0000000000000000 0300 0800 01000000 00f2052a
     0400 0800 0700000000000000 0500 0800 0100000000000000 0000 0000 4c000000`,
  ],
  [
    "names",
    {
      kind: "names",
      entries: [
        { address: parseAddress("10.0.0.1")!, names: ["a", "gate"] },
        { address: parseAddress("::1")!, names: ["home"] },
      ],
      comments: [],
    },
    `04000000 3c000000 0100 0b00 0a000001 6100 6761746500 00
     0200 1500 00000000000000000000000000000001 686f6d6500 000000 0000 0000 3c000000`,
  ],
  ["no names", { kind: "names", entries: [], comments: [] }, "04000000 10000000 0000 0000 10000000"],
  [
    "what we do not know",
    { kind: "unknown", type: 0xbad, body: hex("01020304") },
    "ad0b0000 10000000 01020304 10000000",
  ],
];

for (const [what, block, bytes] of BLOCKS) {
  test(`${what}, in a file`, () =>
    equal(Buffer.from(emitPcapngBlock(block)).toString("hex"), bytes.replace(/\s/g, "")));
}

test("times are counted in the interface's ticks, also those of our days", () => {
  const time = Date.UTC(2026, 10, 26);
  const block: PcapngBlock = {
    kind: "packet",
    interface: 0,
    time,
    direction: undefined,
    bytes: hex(""),
    length: 0,
    comments: [],
  };
  for (const [ticksPerSecond, ticks] of [
    [MICROSECONDS, BigInt(time) * 1000n],
    [NANOSECONDS, BigInt(time) * 1_000_000n],
    [2 ** 20, (BigInt(time) * 2n ** 20n) / 1000n],
  ] as const) {
    const view: DataView = new DataView(emitPcapngBlock(block, ticksPerSecond).buffer);
    equal((BigInt(view.getUint32(12, true)) << 32n) | BigInt(view.getUint32(16, true)), ticks);
  }
});

test("a time of our days is read as it was written, to the last bit", () => {
  const start = Date.UTC(2026, 10, 26, 16, 15, 49);
  const described = { kind: "interface", linkType: LINKTYPE.ethernet, snapLength: 0, name: undefined } as const;
  const reader = new PcapReader();
  const nobody = { hardware: undefined, os: undefined, application: undefined, comments: [] };
  reader.push(emitPcapngBlock({ kind: "section", ...nobody }));
  const one = { ...described, description: undefined, ticksPerSecond: NANOSECONDS, fcsLength: undefined, comments: [] };
  reader.push(emitPcapngBlock(one));
  // Of the microseconds that a number can tell apart, some that lie at the border between two.
  const times = Array.from({ length: 2000 }, (_, i) => start + 748.5985 + i * 0.000_244_140_625);
  for (const time of times) {
    const packet = { kind: "packet", interface: 0, time, direction: undefined, bytes: hex("00"), length: 1 } as const;
    reader.push(emitPcapngBlock({ ...packet, comments: [] }));
  }
  const read: (number | undefined)[] = [];
  for (let block = reader.next(); block !== undefined; block = reader.next()) {
    if (block.kind === "packet") read.push(block.time);
  }
  deepEqual(read, times);
});

test("ticks are a power of ten or of two, anything else is a mistake of the caller", () => {
  const one = {
    kind: "interface",
    linkType: 1,
    snapLength: 0,
    name: undefined,
    description: undefined,
    fcsLength: undefined,
    comments: [],
  } as const;
  const resolution = (ticksPerSecond: number) => emitPcapngBlock({ ...one, ticksPerSecond })[20];
  deepEqual([1, 1000, MICROSECONDS, NANOSECONDS, 1024].map(resolution), [0, 3, 6, 9, 0x8a]);
  throws(() => resolution(60), {
    name: "RangeError",
    message: "Cannot count in ticks of 1/60 s: it is no power of ten, nor of two",
  });
});
