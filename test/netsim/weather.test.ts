/**
 * Whatever the weather, both sides get what was said, and in time: random faults, sizes and settings. FUZZ_MS says how
 * long (default a second and a half), FUZZ_SEED repeats a run.
 */

import { ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import type { Weather } from "../../src/link/weather.ts";
import { type Setting, transfer } from "./transfer.ts";

const TIME = Number(process.env.FUZZ_MS ?? 1500);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

/**
 * So long a connection may seem to stand still: twenty retransmission timeouts at their longest. At the losses below, so
 * many in vain are less likely than 10⁻¹⁰.
 */
const STALL = 20 * 120_000;
/** Patience is not what is tested. */
const PATIENCE = 1000 * 3_600_000;

function weatherOf(random: Random): Weather {
  const maybe = <T>(probability: number, value: T): T | undefined => (random.chance(probability) ? value : undefined);
  return {
    loss: maybe(0.7, random.fraction() * 0.15),
    burst: maybe(0.2, { begin: random.fraction() * 0.005, end: 0.1 + random.fraction() * 0.5 }),
    corrupt: maybe(0.4, random.fraction() * 0.05),
    duplicate: maybe(0.4, random.fraction() * 0.2),
    reorder: maybe(0.4, random.fraction() * 0.3),
    reorderBy: random.fraction() * 50,
    delay: random.fraction() * 100,
    jitter: maybe(0.5, random.fraction() * 50),
    partition: maybe(0.2, { from: random.fraction() * 500, to: 500 + random.fraction() * 30_000 }),
  };
}

function settingOf(seed: number): Setting {
  const random = new Random(seed);
  const size = (): number => Math.floor(10 ** (random.fraction() * 5));
  const receiveBuffer = Math.floor(10 ** (2.5 + random.fraction() * 3));
  const mtu = random.chance(0.2) ? 68 + 40 + random.below(500) : 1500;
  return {
    seed: random.u32(),
    weather: weatherOf(random),
    rate: random.chance(0.3) ? 10 ** (5 + random.fraction() * 3) : Number.POSITIVE_INFINITY,
    mtu,
    tcp: {
      receiveBuffer,
      largestReceiveBuffer: receiveBuffer * (1 + random.below(4)),
      hasSack: random.chance(0.7),
      hasTimestamps: random.chance(0.7),
      hasWindowScale: random.chance(0.7),
      congestion: random.chance(0.5) ? "cubic" : "newreno",
      userTimeout: PATIENCE,
      connectTimeout: PATIENCE,
    },
    up: size(),
    down: size(),
    latest: PATIENCE,
    stall: STALL,
  };
}

test(`no weather stops or falsifies a transfer (FUZZ_SEED=${SEED})`, () => {
  const seeds = new Random(SEED);
  const until = performance.now() + TIME;
  let runs = 0;
  do {
    const seed = process.env.FUZZ_SEED !== undefined && runs === 0 ? SEED : seeds.u32();
    const setting = settingOf(seed);
    const outcome = transfer(setting);
    runs++;
    ok(outcome.isDone && outcome.isWhole, `FUZZ_SEED=${seed}: ${JSON.stringify({ outcome, setting })}`);
  } while (performance.now() < until);
  ok(runs > 10, `only ${runs} runs`);
});
