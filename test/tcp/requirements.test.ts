/** RFC 9293's list of requirements: docs/tcp-requirements.md keeps its word, and what no other test shows is shown here. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { TcpConnection } from "../../src/tcp/connection.ts";
import { PROTOCOL } from "../../src/wire/ipv4.ts";
import { emitTcp } from "../../src/wire/tcp.ts";
import { parseTcpOptions, putTcpOptions, tcpOptionsLength } from "../../src/wire/tcp-options.ts";
import { ACK, RST, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";
import { A, B, called, facing, listen } from "../host/tcp-scene.ts";
import { play, scene } from "./scene.ts";

// ── the table ──

const page = readFileSync("docs/tcp-requirements.md", "utf8");

interface Row {
  readonly number: string;
  readonly cells: readonly string[];
}

const rows: readonly Row[] = [...page.matchAll(/^\| (\w+-\d+) \| (.*) \|$/gm)].map(([, number, rest]) => ({
  number: number!,
  cells: rest!.split(" | "),
}));

const numbered = (kind: string, most: number): string[] => Array.from({ length: most }, (_, i) => `${kind}-${i + 1}`);

test("every requirement has its row, in order", () => {
  deepEqual(
    rows.map(({ number }) => number),
    [...numbered("MUST", 69), ...numbered("SHLD", 31), "REC-1", ...numbered("MAY", 18)],
  );
});

/** A file, and what is said to be in it: `tcp/sender.ts` `isBusy`, `tcp/outgoing.test.ts` “a SYN offers everything”. */
const NAMED = /`([\w/.-]+\.(?:ts|pkt))`(?: ((?:`[^`]+`(?:, )?)+)| “([^”]+)”)?/g;

interface Mention {
  readonly number: string;
  readonly file: string;
  readonly words: readonly string[];
}

const mentions: readonly Mention[] = rows.flatMap(({ number, cells }) =>
  cells.flatMap((cell) =>
    [...cell.matchAll(NAMED)].map(([, file, symbols, name]) => ({
      number,
      file: /\.test\.ts$|\.pkt$/.test(file!) ? `test/${file}` : `src/${file}`,
      words: name === undefined ? [...(symbols ?? "").matchAll(/`([^`]+)`/g)].map(([, word]) => word!) : [name],
    })),
  ),
);

test("every file that the table names exists, and has in it what the table says", () => {
  const texts = new Map<string, string>();
  const missing = mentions.flatMap(({ number, file, words }) => {
    if (!existsSync(file)) return [`${number}: ${file}`];
    const text = texts.get(file) ?? readFileSync(file, "utf8");
    texts.set(file, text);
    return words.filter((word) => !text.includes(word)).map((word) => `${number}: “${word}” in ${file}`);
  });
  deepEqual(missing, []);
  ok(mentions.length > 150);
});

test("every MUST says where it is kept and what shows it, or why it is not kept", () => {
  const vague = rows
    .filter(({ number }) => number.startsWith("MUST-"))
    .filter(({ cells: [, where = "", shown = ""] }) => {
      const isKept = /`[\w/.-]+\.ts`/.test(where);
      return !(isKept || where.startsWith("not kept: ")) || !/\.(test\.ts|pkt)`/.test(shown);
    });
  deepEqual(
    vague.map(({ number }) => number),
    [],
  );
});

test("a scene in the table is one that is played", () => {
  const scenes = mentions.filter(({ file }) => file.endsWith(".pkt"));
  ok(scenes.every(({ file }) => file.startsWith("test/scenes/tcp/")));
});

// ── what no other test shows ──

/** A handshake in which the peer says that so many bytes may come. */
const met = (window: number): string => `
  listen
  <  SYN      seq=0 win=${window} mss=1000
  >  SYN,ACK  seq=0 ack=1
  <  ACK      seq=1 ack=1 win=${window}
`;

scene(
  "MUST-1: a window whose highest bit is set is a large one",
  `${met(40_000)}
  write 2000
  >  ACK      seq=1    len=1000
  >  PSH,ACK  seq=1001 "${letters(1001, 1000)}"
  `,
);

/** As scene.ts says them: byte `from` of what was written, counted from 1, and those that follow. */
function letters(from: number, length: number): string {
  return Array.from({ length }, (_, i) => String.fromCharCode(97 + ((from - 1 + i) % 26))).join("");
}

test("MUST-4: the end of the list, nothing, and the maximum segment size are understood", () => {
  const options = parseTcpOptions(Uint8Array.of(1, 1, 2, 4, 0x05, 0xb4, 0, 0), 0, 8);
  deepEqual([options?.mss, options?.unknownOptions], [1460, undefined]);
});

scene(
  "MUST-5: options may come with any segment, and those of a SYN mean nothing there",
  `${met(5000)}
  <  PSH,ACK  seq=1 ack=1 win=5000 mss=100 scale=9 sackok "hello"
  read "hello"
  write 1000
  >  PSH,ACK  seq=1 ack=6 len=1000
  `,
);

scene(
  "MUST-11: a reset in SYN-RECEIVED refuses who has called",
  `
  open
  >  SYN      seq=0
  <  SYN      seq=0 win=5000 mss=1000
  >  SYN,ACK  seq=0 ack=1
  =  SYN-RECEIVED
  <  RST,ACK  seq=1 ack=1
  fails ECONNREFUSED
  `,
);

test("MUST-22: a SYN that nobody answers makes IP doubt its way, as data does; one that answers a stranger's does not", () => {
  const settings = { isn: 0, mss: 1000 };
  const doubtsAt = (connection: TcpConnection): number | undefined => {
    for (let now = 0; now !== undefined; now = connection.wakeAt!) {
      connection.tick(now);
      connection.take(now);
      if (connection.hasDoubts) return now;
    }
    return undefined;
  };
  equal(doubtsAt(TcpConnection.open(1, 2, settings, 0)), 7000, "with the third repetition");
  equal(doubtsAt(TcpConnection.accept(segmentOf({ flags: SYN }), settings, 0)), undefined);
});

scene(
  "MUST-26: nobody is asked whether he lives while something is under way to him",
  `${met(5000)}
  keepAlive 300 100 2
  write "hello"
  >  PSH,ACK  seq=1 ack=1 "hello"
  +200ms
  >  PSH,ACK  seq=1 ack=1 "hello"
  +400ms
  >  PSH,ACK  seq=1 ack=1 "hello"
  +800ms
  >  PSH,ACK  seq=1 ack=1 "hello"
  =  ESTABLISHED
  <  ACK      seq=1 ack=6 win=5000
  +300ms
  >  ACK      seq=5 ack=1          # now he is
  `,
);

test("MUST-31: urgent data may be spread over many segments", () => {
  const { receiver } = play(`${met(5000)}
    <  URG,PSH,ACK  seq=1 ack=1 urg=2500 len=1000
    <  URG,PSH,ACK  seq=1001 ack=1 urg=1500 len=1000
    >  ACK          seq=1 ack=2001
  `);
  equal(receiver?.urgent, 2500);
  receiver?.read(0);
  ok(receiver!.urgent > 0 && receiver!.urgent < 2500);
});

scene(
  "MUST-34: a peer may take back some of its window: nothing new goes, what was under way goes again",
  `${met(5000)}
  write 2000
  >  ACK      seq=1    len=1000
  >  PSH,ACK  seq=1001 "${letters(1001, 1000)}"
  <  ACK      seq=1 ack=1001 win=500
  write 1000
  +200ms
  >  ACK      seq=1001 "${letters(1001, 1000)}"
  <  ACK      seq=1 ack=2001 win=5000
  >  PSH,ACK  seq=2001 len=1000
  `,
);

scene(
  "MUST-35: a window that has shrunk to nothing is asked about, and the connection stays as long as there are answers",
  `${met(5000)}
  userTimeout 1000
  write 1000
  >  PSH,ACK  seq=1 len=1000
  <  ACK      seq=1 ack=1 win=0
  +200ms
  >  PSH,ACK  seq=1 len=1000
  <  ACK      seq=1 ack=1 win=0
  +400ms
  >  PSH,ACK  seq=1 len=1000
  <  ACK      seq=1 ack=1 win=0
  +800ms
  >  PSH,ACK  seq=1 len=1000
  <  ACK      seq=1 ack=1 win=0
  =  ESTABLISHED
  `,
);

test("MUST-41: who listens disturbs no connection that there is", async () => {
  const { host, stream, say, listening, net } = called();
  listening.close();
  listen(host);
  say({ payload: Uint8Array.of(1, 2, 3) });
  await net.pass(100);
  deepEqual([stream.state, stream.readable], ["ESTABLISHED", 3]);
});

test("MUST-50: options of IP that TCP does not understand are nothing to it", () => {
  const { host, probe, peer } = facing();
  listen(host);
  // A router alert (RFC 2113).
  saySyn(probe, [148, 4, 0, 0]);
  equal(peer.one().flags, SYN | ACK);
});

test("MUST-53: who wants to be answered by a source route is not answered", () => {
  const { host, probe, peer } = facing();
  listen(host);
  saySyn(probe, [131, 7, 4, 10, 0, 0, 9, 0]);
  deepEqual(peer.heard(), []);
});

function saySyn(probe: ReturnType<typeof facing>["probe"], options: readonly number[]): void {
  const payload = emitTcp(segmentOf({ from: 40_000, to: 80, flags: SYN }), B, A);
  probe.sayIp({ protocol: PROTOCOL.tcp, options: Uint8Array.from(options), payload });
}

scene(
  "MUST-60: what nobody pushes goes all the same, as soon as nothing short is under way",
  `${met(5000)}
  write "a"
  >  PSH,ACK  seq=1 ack=1 "a"
  write "b"
  write "c"
  <  ACK      seq=1 ack=2 win=5000
  >  PSH,ACK  seq=2 ack=1 "bc"
  `,
);

scene(
  "MUST-65: how long a segment may be is said once, in the SYN",
  `
  open
  >  SYN      seq=0 mss=1000
  <  SYN,ACK  seq=0 ack=1 win=5000 mss=1000
  >  ACK      seq=1 ack=1 mss=none
  write "hello"
  >  PSH,ACK  seq=1 ack=1 mss=none "hello"
  <  RST      seq=1
  fails ECONNRESET
  `,
);

test("MUST-66: what is urgent is heard of even where there is no window for it", () => {
  const { receiver } = play(
    `${met(5000)}
    <  PSH,ACK      seq=1 ack=1 len=500
    <  PSH,ACK      seq=501 ack=1 len=500
    >  ACK          seq=1 ack=1001 win=0
    <  URG,PSH,ACK  seq=1001 ack=1 urg=9 "u"
    >  ACK          seq=1 ack=1001 win=0
  `,
    { receiveBuffer: 1000, largestReceiveBuffer: 1000 },
  );
  equal(receiver?.urgent, 1009);
});

/** One of each. */
const EMITTED: readonly Partial<TcpSegment>[] = [
  { flags: SYN, mss: 1460 },
  { flags: SYN, mss: 1460, windowScale: 7, isSackPermitted: true, timestamp: 1, echo: 0 },
  { flags: SYN, mss: 1460, windowScale: 7 },
  { flags: SYN, isSackPermitted: true },
  { flags: ACK, timestamp: 1, echo: 2 },
  { flags: ACK, timestamp: 1, echo: 2, sack: [{ start: 5, end: 9 }] },
  { flags: ACK, sack: [1, 3, 5, 7].map((start) => ({ start, end: start + 1 })) },
  { flags: RST, unknownOptions: Uint8Array.of(30, 3, 1) },
];

test("MUST-68, MUST-69: each option says its length but for the one that is nothing, and all are filled up with that", () => {
  for (const fields of EMITTED) {
    const segment = segmentOf(fields);
    const bytes = new Uint8Array(tcpOptionsLength(segment));
    putTcpOptions(bytes, 0, segment);
    for (let at = 0; at < bytes.length; ) {
      ok(bytes[at] !== 0, "there is no end of the list, behind which there would have to be zeros");
      const length = bytes[at] === 1 ? 1 : bytes[at + 1]!;
      ok(length >= 1 && at + length <= bytes.length);
      at += length;
    }
  }
});

scene(
  "SHLD-2: a reset may bring a reason along",
  `${met(5000)}
  <  RST      seq=1 "no more room"
  fails ECONNRESET
  `,
);

scene(
  "SHLD-17: nobody gives up because of what lies behind a window that has shrunk",
  `${met(5000)}
  userTimeout 700
  write 2000
  >  ACK      seq=1    len=1000
  >  PSH,ACK  seq=1001 "${letters(1001, 1000)}"
  <  ACK      seq=1 ack=1001 win=500
  +200ms
  >  PSH,ACK  seq=1001 "${letters(1001, 1000)}"
  <  ACK      seq=1 ack=1001 win=500
  +400ms
  >  PSH,ACK  seq=1001 "${letters(1001, 1000)}"
  <  ACK      seq=1 ack=1001 win=500
  +400ms
  =  ESTABLISHED
  `,
);
