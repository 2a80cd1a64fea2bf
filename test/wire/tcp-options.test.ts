import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseTcpOptions, putTcpOptions, type TcpOptions, tcpOptionsLength } from "../../src/wire/tcp-options.ts";
import { segmentOf } from "../../src/wire/tcp-segment.ts";
import { amid, hex, tcpSegment } from "./packets.ts";

const read = (bytes: Uint8Array) => parseTcpOptions(amid(bytes), 0, bytes.length);

const NONE: TcpOptions = {
  mss: undefined,
  windowScale: undefined,
  isSackPermitted: false,
  timestamp: undefined,
  echo: undefined,
  sack: undefined,
  unknownOptions: undefined,
};

function put(options: TcpOptions): Uint8Array {
  const bytes = new Uint8Array(40);
  equal(putTcpOptions(bytes, 0, options), tcpOptionsLength(options));
  return bytes.subarray(0, tcpOptionsLength(options));
}

const AS_LINUX_PUTS_THEM: [what: string, bytes: string, options: Partial<TcpOptions>][] = [
  ["no options", "", {}],
  [
    "a SYN's",
    "02040550 0402080a 00000001 00000000 01030307",
    { mss: 0x550, isSackPermitted: true, timestamp: 1, echo: 0, windowScale: 7 },
  ],
  ["a SYN's without timestamps", "02040550 01010402 01030307", { mss: 0x550, isSackPermitted: true, windowScale: 7 }],
  ["a SYN's, the maximum segment size alone", "02040218", { mss: 536 }],
  ["a segment's", "0101080a fffffffe ffffffff", { timestamp: 0xffff_fffe, echo: 0xffff_ffff }],
  [
    "a duplicate ACK's",
    "0101080a 00000003 00000004 0101050a 80000000 80000010",
    { timestamp: 3, echo: 4, sack: [{ start: 0x8000_0000, end: 0x8000_0010 }] },
  ],
  [
    "those of one that knows much and has no clock",
    "01010522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008",
    { sack: [1, 3, 5, 7].map((start) => ({ start, end: start + 1 })) },
  ],
  [
    "a SYN's with a cookie (RFC 7413), which we do not know",
    "02040550 220a 0102030405060708 0101",
    { mss: 0x550, unknownOptions: hex("220a 0102030405060708") },
  ],
];

for (const [what, bytes, options] of AS_LINUX_PUTS_THEM) {
  test(`${what} are read, and put in the same places`, () => {
    deepEqual(read(hex(bytes)), { ...NONE, ...options });
    deepEqual(put({ ...NONE, ...options }), hex(bytes));
  });
}

const AS_OTHERS_PUT_THEM: [what: string, bytes: string, options: Partial<TcpOptions>][] = [
  ["wherever they begin (MUST-64)", "01 02040550 080a0000000100000002", { mss: 0x550, timestamp: 1, echo: 2 }],
  ["up to the end of the list, whatever is behind it", "02040550 00 02ffff", { mss: 0x550 }],
  ["where one is there twice, the last", "02040550 020405b4", { mss: 0x5b4 }],
  ["those that are not known are kept (MUST-6)", "fd02 0101 1e03ff", { unknownOptions: hex("fd02 1e03ff") }],
  // RFC 7323 §2.3: whoever uses it takes it for 14.
  ["a window scale that is too large, as it stands there", "03030f", { windowScale: 15 }],
];

for (const [what, bytes, options] of AS_OTHERS_PUT_THEM) {
  test(`options are read: ${what}`, () => deepEqual(read(hex(bytes)), { ...NONE, ...options }));
}

const OF_ANOTHER_LENGTH = ["020305", "03040000", "040300", "080600000001", "0502", "050600000001", "8002"];

for (const option of OF_ANOTHER_LENGTH) {
  test(`an option whose kind has another length is not known: ${option}`, () =>
    deepEqual(read(hex(option)), { ...NONE, unknownOptions: hex(option) }));
}

const SPOILT = ["02", "0200", "0201", "0204", "020405", "0101 08", "fd00", "fdff", "080a 00000001 000000"];

for (const bytes of SPOILT) {
  test(`an option that is too short, or runs over the end, spoils all (MUST-7): ${bytes}`, () =>
    equal(read(hex(bytes)), undefined));
}

test("any options are read as they were put", () => {
  fc.assert(
    fc.property(tcpSegment, (segment) => {
      const { mss, windowScale, isSackPermitted, timestamp, echo, sack, unknownOptions } = segment;
      const options = { mss, windowScale, isSackPermitted, timestamp, echo, sack, unknownOptions };
      deepEqual(read(put(segment)), options);
    }),
  );
});

test("what has no room is a mistake of the caller", () => {
  const sack = [1, 2, 3, 4].map((start) => ({ start, end: start + 1 }));
  throws(() => tcpOptionsLength(segmentOf({ timestamp: 1, echo: 1, sack })), {
    name: "RangeError",
    message: "Cannot put options of 48 bytes: there is room for 40",
  });
  equal(tcpOptionsLength(segmentOf({ timestamp: 1, echo: 1, sack: sack.slice(1) })), 40);
});

test("no SACK blocks are no option", () => equal(tcpOptionsLength(segmentOf({ sack: [] })), 0));
