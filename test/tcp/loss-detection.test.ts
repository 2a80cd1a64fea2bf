/** What was lost, and what that means: as scenes of a whole connection, since a loss is known by what comes and by what does not. */

import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import { play } from "./scene.ts";

/** A round trip is 100 ms, a segment 1000 bytes; the time-out is 300 ms, as RFC 6298 has it after one measurement. */
const PLAIN: Partial<TcpSettings> = { congestion: "newreno" };
const SACK: Partial<TcpSettings> = { ...PLAIN, hasSack: true };
const STAMPED: Partial<TcpSettings> = { ...PLAIN, hasTimestamps: true };

const OPEN = `
listen
<  SYN      seq=0 win=65535 mss=1000
>  SYN,ACK  seq=0 ack=1
+100
<  ACK      seq=1 ack=1 win=65535
`;
const OPEN_SACK = OPEN.replace("mss=1000", "mss=1000 sackok");

/** What it was like at the end. */
function ended(connection: TcpConnection) {
  const { loss, flights } = connection.sender;
  const { window, threshold } = loss.congestion;
  return { state: loss.state, window, threshold, inFlight: flights.inFlight, lost: flights.lost };
}

function loss(name: string, open: string, text: string, settings: Partial<TcpSettings>, end?: object): void {
  test(name, () => {
    const connection = play(open + text, settings);
    if (end !== undefined) {
      const all = ended(connection);
      deepEqual(Object.fromEntries(Object.keys(end).map((key) => [key, all[key as keyof typeof all]])), end);
    }
  });
}

// ── by duplicates (RFC 5681, RFC 6582) ──

loss(
  "two duplicates let a new segment go each (RFC 3042), the third sends the lost one again, and half is left",
  OPEN,
  `
write 30000
>  ACK  seq=1 len=1000 x10
+100
<  ACK  seq=1 ack=1 win=65535
>  ACK  seq=10001 len=1000
<  ACK  seq=1 ack=1 win=65535
>  ACK  seq=11001 len=1000
<  ACK  seq=1 ack=1 win=65535
>  ACK  seq=1 len=1000
`,
  PLAIN,
  { state: "recovery", threshold: 6000, window: 10_000 },
);

loss(
  "duplicates do not make the window larger (RFC 5681 §3.2)",
  OPEN,
  `
write 10000
>  ACK  seq=1 len=1000 x9
>  PSH,ACK  seq=9001 len=1000
+100
<  ACK  seq=1 ack=1 win=65535 x2
`,
  PLAIN,
  { state: "open", window: 10_000 },
);

loss(
  "the whole of it is acknowledged: recovery is over, and the window is the threshold, but lets no burst go (RFC 6582 §3.2)",
  OPEN,
  `
write 10000
>  ACK  seq=1 len=1000 x9
>  PSH,ACK  seq=9001 len=1000
+100
<  ACK  seq=1 ack=1 win=65535 x2
<  ACK  seq=1 ack=1 win=65535
>  ACK  seq=1 len=1000
<  ACK  seq=1 ack=1 win=65535 x6
+100
<  ACK  seq=1 ack=10001 win=65535
`,
  PLAIN,
  { state: "open", threshold: 5000, window: 2000, inFlight: 0 },
);

loss(
  "a part is acknowledged: the next one is lost as well, and goes at once",
  OPEN,
  `
write 10000
>  ACK  seq=1 len=1000 x9
>  PSH,ACK  seq=9001 len=1000
+100
<  ACK  seq=1 ack=1 win=65535 x2
<  ACK  seq=1 ack=1 win=65535
>  ACK  seq=1 len=1000
<  ACK  seq=1 ack=1 win=65535 x5
+100
<  ACK  seq=1 ack=5001 win=65535
>  ACK  seq=5001 len=1000
+100
<  ACK  seq=1 ack=10001 win=65535
`,
  PLAIN,
  { state: "open" },
);

loss(
  "a window that changes is no duplicate, nor is what carries data (RFC 5681 §2)",
  OPEN,
  `
write 10000
>  ACK  seq=1 len=1000 x9
>  PSH,ACK  seq=9001 len=1000
+100
<  ACK  seq=1 ack=1 win=65534
<  ACK  seq=1 ack=1 win=65533
<  ACK  seq=1 ack=1 win=65532
<  ACK  seq=1 ack=1 win=65532 len=10
<  ACK  seq=11 ack=1 win=65532 len=10
<  ACK  seq=21 ack=1 win=65532 len=10
+40
>  ACK  seq=10001 ack=31
`,
  PLAIN,
  { state: "open" },
);

loss(
  "what was sent again after a time-out comes back as duplicates: they send nothing again (RFC 6582 §3.2 step 2)",
  OPEN,
  `
write 3000
>  ACK  seq=1 len=1000 x2
>  PSH,ACK  seq=2001 len=1000
+300                                      # all had come, but the ACKs were lost
>  ACK  seq=1 len=1000
+100
<  ACK  seq=1 ack=3001 win=65535
write 10000
>  ACK  seq=3001 len=1000 x2
<  ACK  seq=1 ack=3001 win=65535 x3
`,
  PLAIN,
  { state: "open" },
);

// ── by reports (RFC 2018, RFC 6675, RFC 8985) ──

loss(
  "of what is reported nothing goes again, and each hole once (RFC 6675 §5)",
  OPEN_SACK,
  `
write 10000
>  ACK  seq=1 len=1000 x9
>  PSH,ACK  seq=9001 len=1000
+100
<  ACK  seq=1 ack=1 win=65535 sack=1001-2001
<  ACK  seq=1 ack=1 win=65535 sack=1001-3001
<  ACK  seq=1 ack=1 win=65535 sack=1001-4001
>  ACK  seq=1 len=1000
<  ACK  seq=1 ack=1 win=65535 sack=5001-6001,1001-4001
<  ACK  seq=1 ack=1 win=65535 sack=5001-7001,1001-4001
>  ACK  seq=4001 len=1000
<  ACK  seq=1 ack=1 win=65535 sack=5001-8001,1001-4001
<  ACK  seq=1 ack=1 win=65535 sack=5001-10001,1001-4001
+100
<  ACK  seq=1 ack=4001 win=65535 sack=5001-10001
<  ACK  seq=1 ack=10001 win=65535
`,
  SACK,
  { state: "open", threshold: 5000, lost: 0, inFlight: 0 },
);

loss(
  "one report, and a quarter of a round trip later what is still missing is lost (RFC 8985 §6.2 step 5)",
  OPEN_SACK,
  `
write 2000
>  ACK      seq=1 len=1000
>  PSH,ACK  seq=1001 len=1000
+100
<  ACK  seq=1 ack=1 win=65535 sack=1001-2001
+25
>  ACK  seq=1 len=1000
`,
  SACK,
  { state: "recovery" },
);

loss(
  "if it comes meanwhile, it was only late, and nothing happens",
  OPEN_SACK,
  `
write 2000
>  ACK      seq=1 len=1000
>  PSH,ACK  seq=1001 len=1000
+100
<  ACK  seq=1 ack=1 win=65535 sack=1001-2001
+20
<  ACK  seq=1 ack=2001 win=65535
+1s
`,
  SACK,
  { state: "open", window: 10_000 },
);

loss(
  "a retransmission that is lost is seen when something sent later arrives, without a time-out (RFC 8985 §3.1)",
  OPEN_SACK,
  `
write 20000
>  ACK  seq=1 len=1000 x10
+100
<  ACK  seq=1 ack=1 win=65535 sack=1001-4001
>  ACK  seq=1 len=1000                     # lost again
<  ACK  seq=1 ack=1 win=65535 sack=1001-10001
>  ACK  seq=10001 len=1000 x4
+100
<  ACK  seq=1 ack=1 win=65535 sack=1001-11001
>  ACK  seq=1 len=1000
>  ACK  seq=14001 len=1000
`,
  SACK,
  { state: "recovery" },
);

loss(
  "the end is lost: a probe goes after two round trips, and shows by its report what else is (RFC 8985 §7)",
  OPEN_SACK,
  `
write 4000
>  ACK      seq=1 len=1000 x3
>  PSH,ACK  seq=3001 len=1000
+100
<  ACK  seq=1 ack=2001 win=65535           # the third and the fourth are lost
+202
>  PSH,ACK  seq=3001 len=1000
+100
<  ACK  seq=1 ack=2001 win=65535 sack=3001-4001
>  ACK  seq=2001 len=1000
`,
  SACK,
  { state: "recovery" },
);

loss(
  "a probe takes new data, if there is some",
  OPEN_SACK.replaceAll("65535", "2000"),
  `
write 2000
>  ACK      seq=1 len=1000
>  PSH,ACK  seq=1001 len=1000
+100
<  ACK  seq=1 ack=1001 win=2000
noDelay
write 500
>  PSH,ACK  seq=2001 len=500
+202
>  PSH,ACK  seq=2001 len=500
`,
  SACK,
);

loss(
  "the probe was in vain, the ACK being only late: that is no loss (RFC 8985 §7.4.2)",
  OPEN_SACK,
  `
write 4000
>  ACK      seq=1 len=1000 x3
>  PSH,ACK  seq=3001 len=1000
+202
>  PSH,ACK  seq=3001 len=1000
<  ACK  seq=1 ack=4001 win=65535
+100
<  ACK  seq=1 ack=4001 win=65535 sack=3001-4001
`,
  SACK,
  { state: "open", window: 10_000 },
);

loss(
  "reports of what was never sent, or lies behind, are nothing",
  OPEN_SACK,
  `
write 4000
>  ACK      seq=1 len=1000 x3
>  PSH,ACK  seq=3001 len=1000
+100
<  ACK  seq=1 ack=1001 win=65535 sack=4001-9001
<  ACK  seq=1 ack=1001 win=65535 sack=1-1001
<  ACK  seq=1 ack=1001 win=65535 sack=3001-2001
<  ACK  seq=1 ack=1001 win=65535 sack=2001-5001
`,
  SACK,
  { state: "open", inFlight: 3000 },
);

// ── by time (RFC 6298) ──

loss(
  "nobody answers: the first goes again, and waits twice as long each time (RFC 6298 §5.4 to §5.6)",
  OPEN,
  `
write 3000
>  ACK      seq=1 len=1000 x2
>  PSH,ACK  seq=2001 len=1000
+300
>  ACK      seq=1 len=1000
+600
>  ACK      seq=1 len=1000
+1200
>  ACK      seq=1 len=1000
`,
  PLAIN,
  { state: "loss", window: 1000, threshold: 2000, lost: 2000 },
);

loss(
  "then by slow start, one more for each ACK, however much it acknowledges (RFC 5681 §3.1, RFC 3465 §2.3)",
  OPEN,
  `
write 10000
>  ACK      seq=1 len=1000 x9
>  PSH,ACK  seq=9001 len=1000
+300
>  ACK  seq=1 len=1000
+100
<  ACK  seq=1 ack=1001 win=65535
>  ACK  seq=1001 len=1000 x2
+100
<  ACK  seq=1 ack=6001 win=65535
>  ACK  seq=6001 len=1000 x3
`,
  PLAIN,
  { state: "loss", window: 3000, threshold: 5000 },
);

loss(
  "each ACK of something new starts the clock anew (RFC 6298 §5.3)",
  OPEN,
  `
write 3000
>  ACK      seq=1 len=1000 x2
>  PSH,ACK  seq=2001 len=1000
+200
<  ACK  seq=1 ack=1001 win=65535
+362.5                                     # 112.5 + 4·62.5
>  ACK      seq=1001 len=1000
`,
  PLAIN,
);

loss(
  "after a time-out what was reported is believed, and does not go again",
  OPEN_SACK,
  `
write 3000
>  ACK      seq=1 len=1000 x2
>  PSH,ACK  seq=2001 len=1000
+202
>  PSH,ACK  seq=2001 len=1000              # the probe
+100
<  ACK  seq=1 ack=1 win=65535 sack=1001-3001
>  ACK  seq=1 len=1000
+477.25                                    # 125.25 + 4·88
>  ACK  seq=1 len=1000
+100
<  ACK  seq=1 ack=3001 win=65535
+10s
`,
  SACK,
  { state: "open", inFlight: 0 },
);

loss(
  "a peer that throws away what it had reported gets it again (RFC 2018 §8)",
  OPEN_SACK,
  `
write 3000
>  ACK      seq=1 len=1000 x2
>  PSH,ACK  seq=2001 len=1000
+100
<  ACK  seq=1 ack=1 win=65535 sack=1001-2001
+25
>  ACK  seq=1 len=1000
+75
<  ACK  seq=1 ack=1001 win=65535 sack=none
+300
>  ACK  seq=1001 len=1000
+100
<  ACK  seq=1 ack=2001 win=65535
>  PSH,ACK  seq=2001 len=1000
`,
  SACK,
);

test("a time-out that was too hasty: the answer is to the first sending, and all is as before (Eifel, RFC 3522, RFC 4015)", () => {
  const connection = play(
    `
listen
<  SYN      seq=0 win=65535 mss=1012 ts=1 echo=0
>  SYN,ACK  seq=0 ack=1 ts=0 echo=1
+100
<  ACK      seq=1 ack=1 win=65535 ts=2 echo=0
write 10000
>  ACK      seq=1 len=1000 ts=100 x9
>  PSH,ACK  seq=9001 len=1000
+300
>  ACK      seq=1 len=1000 ts=400
+100                                       # the path has become slow
<  ACK      seq=1 ack=1001 win=65535 ts=3 echo=100
+10
<  ACK      seq=1 ack=10001 win=65535 ts=4 echo=100
`,
    { ...STAMPED, mss: 1012 },
  );
  const { state, window, lost } = ended(connection);
  deepEqual([state, lost], ["open", 0]);
  ok(window >= 10_000);
});

test("several losses of ACKs in a row are not taken for a round trip of seconds (Karn, RFC 6298 §3)", () => {
  const connection = play(
    `
listen
<  SYN      seq=0 win=65535 mss=1012 ts=1 echo=0
>  SYN,ACK  seq=0 ack=1
+100
<  ACK      seq=1 ack=1 win=65535 ts=2 echo=0
write 1000
>  PSH,ACK  seq=1 len=1000 ts=100
+300
>  PSH,ACK  seq=1 len=1000 ts=400
+600
>  PSH,ACK  seq=1 len=1000 ts=1000
+1200
>  PSH,ACK  seq=1 len=1000 ts=2200
+100                                       # the peer echoes the first that it got
<  ACK      seq=1 ack=1001 win=65535 ts=3 echo=100
`,
    { ...STAMPED, mss: 1012 },
  );
  ok(connection.sender.rto.smoothed! < 150);
});

// ── how fast ──

loss(
  "who has nothing to say does not earn a larger window by it (RFC 9293 §3.8.2, RFC 7661)",
  OPEN,
  `
write 1000
>  PSH,ACK  seq=1 len=1000
+100
<  ACK  seq=1 ack=1001 win=65535
write 1000
>  PSH,ACK  seq=1001 len=1000
+100
<  ACK  seq=1 ack=2001 win=65535
`,
  PLAIN,
  { window: 10_000 },
);

loss(
  "who uses the whole window does, twice as much each round trip",
  OPEN,
  `
write 40000
>  ACK  seq=1 len=1000 x10
+100
<  ACK  seq=1 ack=2001 win=65535
>  ACK  seq=10001 len=1000 x4
<  ACK  seq=1 ack=10001 win=65535
>  ACK  seq=14001 len=1000 x16
`,
  PLAIN,
  { window: 20_000 },
);

loss(
  "after a silence it begins as at first (RFC 5681 §4.1)",
  OPEN,
  `
write 20000
>  ACK  seq=1 len=1000 x10
+100
<  ACK  seq=1 ack=10001 win=65535
>  ACK  seq=10001 len=1000 x9
>  PSH,ACK  seq=19001 len=1000
+100
<  ACK  seq=1 ack=20001 win=65535
+1s
write 30000
>  ACK  seq=20001 len=1000 x10
`,
  PLAIN,
  { window: 10_000 },
);

loss(
  "the path has become narrower: what was too long goes again in pieces, and nobody is to blame (RFC 1191 §6.4)",
  OPEN,
  `
write 3000
>  ACK      seq=1 len=1000 x2
>  PSH,ACK  seq=2001 len=1000
narrow 640
>  ACK      seq=1 len=600
>  ACK      seq=601 len=400
>  ACK      seq=1001 len=600
>  ACK      seq=1601 len=400
>  ACK      seq=2001 len=600
>  PSH,ACK  seq=2601 len=400
`,
  PLAIN,
  { state: "open", window: 6000, threshold: Number.MAX_SAFE_INTEGER },
);
