/** How fast it is, and how much goes in vain: not by a clock, but by formulas that everybody has agreed on. */

import { ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import { Duet, lossy, type Path } from "./duet.ts";
import { Talker } from "./talker.ts";

const MSS = 1448;
const ROUND_TRIP = 40;

interface Race {
  readonly bytes: number;
  /** Each way. */
  readonly loss?: number;
  readonly path?: Partial<Path>;
  readonly settings?: Partial<TcpSettings>;
}

interface Result {
  /** In bytes a millisecond: of all, and of the second half, when slow start is long over. */
  readonly rate: number;
  readonly steady: number;
  /** Segments that had to go, since others were lost or there was new data; and those that went. */
  readonly needed: number;
  readonly sent: number;
}

function race({ bytes, loss = 0, path = {}, settings = {} }: Race, seed: number): Result {
  const random = new Random(seed);
  const judge = lossy(random, loss);
  const back = { delay: ROUND_TRIP / 2, judge };
  const both: TcpSettings = { isn: 0, mss: 1460, ...settings };
  const duet = new Duet(both, both, { ...back, ...path }, back);
  new Talker(duet, duet.client, { say: bytes, piece: 16_384, queue: 4_000_000 });
  const listener = new Talker(duet, duet.server, { say: 0 });
  duet.open();
  duet.run(() => listener.heard >= bytes / 2, 3_600_000);
  const half = { at: duet.now, heard: listener.heard };
  const isDone = duet.run(() => listener.heard === bytes, 3_600_000);
  ok(isDone, `${listener.heard} bytes have come after an hour`);
  const { sent, lost } = duet.client;
  const steady = (bytes - half.heard) / (duet.now - half.at);
  return { rate: bytes / duet.now, steady, needed: bytes / MSS + lost, sent };
}

/** Of some races, the one in the middle. */
function median(one: Race): number {
  const rates = Array.from({ length: 5 }, (_, seed) => race(one, seed + 1).steady);
  return rates.sort((a, b) => a - b)[2]!;
}

/** Mathis, Semke, Mahdavi, Ott 1997: what RFC 5681 makes of random losses. */
const mathis = (loss: number): number => (MSS / ROUND_TRIP) * Math.sqrt(1.5 / loss);

const CONTROLS: Partial<TcpSettings>[] = [
  { congestion: "cubic" },
  { congestion: "newreno" },
  { congestion: "cubic", hasSack: false },
  { congestion: "newreno", hasSack: false, hasTimestamps: false },
];

for (const settings of CONTROLS) {
  for (const loss of [0.005, 0.01, 0.03]) {
    test(`one in ${Math.round(1 / loss)} lost: nearly as fast as the formula says, and not much faster, ${JSON.stringify(settings)}`, () => {
      const share = median({ bytes: 30_000 / loss, loss, settings }) / mathis(loss);
      // CUBIC may be faster where losses are rare.
      console.log(share.toFixed(2));
      ok(share > 0.6 && share < 1.7, `${share.toFixed(2)} of it`);
    });
  }
}

test("a fifth of all lost, each way: it goes on, slowly", () => {
  // Linux 6.18 takes between 18 and 120 seconds for it.
  const rate = median({ bytes: 200_000, loss: 0.2 });
  ok(rate > 5, `${(200_000 / rate / 1000).toFixed(0)} s`);
});

test("reports make nothing slower", () => {
  const rates = [true, false].map((hasSack) => median({ bytes: 2_000_000, loss: 0.03, settings: { hasSack } }));
  ok(rates[0]! > rates[1]!, String(rates));
});

test("nothing is lost: a window each round trip", () => {
  const { rate, needed, sent } = race({ bytes: 4_000_000, settings: { hasWindowScale: false } }, 1);
  const share = rate / (65_535 / ROUND_TRIP);
  ok(share > 0.9 && share <= 1, `${share.toFixed(2)} of it`);
  ok(sent < needed + 10);
});

test("a narrow path is filled, and what goes in vain is no more than what it drops", () => {
  for (const settings of CONTROLS.slice(0, 2)) {
    const { rate, needed, sent } = race({ bytes: 10_000_000, path: { rate: 1250, queue: 50_000 }, settings }, 1);
    ok(rate / 1250 > 0.9, `${(rate / 1250).toFixed(2)} of it`);
    ok(sent <= needed * 1.01, `${sent} instead of ${needed}`);
  }
});

test("a network that holds some back is not taken for one that loses them, once it is known (RFC 8985 §6)", () => {
  const random = new Random(9);
  const judge = () => (random.chance(0.02) ? ({ later: 8 } as const) : "pass");
  const { needed, sent } = race({ bytes: 4_000_000, path: { judge, rate: 1250 } }, 1);
  ok(sent <= needed * 1.02, `${sent} instead of ${needed}`);
});
