/** What may happen to a frame on its way, as verdicts: each judge sees one frame after the other and says what becomes of it. */

import { bitRate } from "../base/bit-rate.ts";
import { milliseconds } from "../base/duration.ts";
import type { Random } from "../base/random.ts";
import type { Direction } from "./link.ts";

/**
 * `later`: so many milliseconds. `replace`: other bytes go on in its place, which are the link's from there on; they
 * may be the same ones, changed. The copy of a `duplicate` comes right behind, and is judged by those who come next.
 */
export type Verdict = "pass" | "drop" | "duplicate" | { readonly later: number } | { readonly replace: Uint8Array };

/** `index` counts the frames of this direction, from 0; `now` is when the frame gets there. */
export type Judge = (frame: Uint8Array, direction: Direction, index: number, now: number) => Verdict;

/** When nothing gets through: in milliseconds or as text, from when the link was made. */
export interface Span {
  readonly from: number | string;
  readonly to: number | string;
}

/** The losses of a radio link: good times and bad times (Gilbert and Elliott). */
export interface Burst {
  /** How likely a bad time begins before a frame, and ends before one. On average it is 1/`end` frames long. */
  readonly begin: number;
  readonly end: number;
  /** How likely a frame is lost in a bad time. Default 1. */
  readonly loss?: number | undefined;
}

/**
 * A probability, or a RangeError which names it.
 *
 * @example
 * probability(0.02, "loss"); // 0.02
 */
export function probability(value: number, name: string): number {
  if (value >= 0 && value <= 1) return value;
  throw new RangeError(`Cannot use the ${name} "${value}": it is not a probability, from 0 to 1`);
}

/**
 * Each frame is lost with this probability, whatever happened to the ones before.
 *
 * @example
 * loss(new Random(7), 1)(takeFrame(60), "out", 0, 0); // "drop"
 */
export function loss(random: Random, chance: number): Judge {
  probability(chance, "loss");
  return () => (random.chance(chance) ? "drop" : "pass");
}

/**
 * Frames are lost in bursts: `begin / (begin + end)` of the time is bad.
 *
 * @example
 * const judge = bursts(new Random(7), { begin: 0.01, end: 0.25 });
 * judge(takeFrame(60), "out", 0, 0); // "pass"
 */
export function bursts(random: Random, { begin, end, loss = 1 }: Burst): Judge {
  probability(begin, "begin of a burst");
  probability(end, "end of a burst");
  probability(loss, "loss in a burst");
  let isBad = false;
  return () => {
    if (random.chance(isBad ? end : begin)) isBad = !isBad;
    return isBad && random.chance(loss) ? "drop" : "pass";
  };
}

/**
 * One bit of a frame is flipped.
 *
 * @example
 * const frame = new Uint8Array(60);
 * corruption(new Random(7), 1)(frame, "in", 0, 0);
 * frame.filter((byte) => byte !== 0).length; // 1
 */
export function corruption(random: Random, chance: number): Judge {
  probability(chance, "corruption");
  return (frame) => {
    if (frame.length === 0 || !random.chance(chance)) return "pass";
    frame[random.below(frame.length)]! ^= 1 << random.below(8);
    return { replace: frame };
  };
}

/**
 * A frame comes twice.
 *
 * @example
 * duplication(new Random(7), 1)(takeFrame(60), "in", 0, 0); // "duplicate"
 */
export function duplication(random: Random, chance: number): Judge {
  probability(chance, "duplication");
  return () => (random.chance(chance) ? "duplicate" : "pass");
}

/**
 * Frames arrive later, by `jitter` more or less, and still in order: one that is late makes those behind it late.
 *
 * @example
 * lateness(new Random(7), "30ms")(takeFrame(60), "out", 0, 1000); // { later: 30 }
 */
export function lateness(random: Random, delay: number | string, jitter: number | string = 0): Judge {
  const usual = milliseconds(delay, "delay");
  const spread = milliseconds(jitter, "jitter");
  let last = 0;
  return (_frame, _direction, _index, now) => {
    last = Math.max(last, now + usual + spread * (2 * random.fraction() - 1));
    return { later: last - now };
  };
}

/**
 * A frame is held back, so that those behind it overtake it.
 *
 * @example
 * reordering(new Random(7), 1, "5ms")(takeFrame(60), "out", 0, 0); // { later: 5 }
 */
export function reordering(random: Random, chance: number, by: number | string): Judge {
  probability(chance, "reordering");
  const verdict = { later: milliseconds(by, "time of reordering") };
  return () => (random.chance(chance) ? verdict : "pass");
}

/**
 * Frames stand in line to go at this rate, in bits per second; what finds more than `queue` bytes in front is lost.
 *
 * @example
 * const judge = slowness("8kbit", 1500);
 * judge(takeFrame(1000), "out", 0, 0); // { later: 1000 }
 * judge(takeFrame(1000), "out", 1, 0); // { later: 2000 }
 * judge(takeFrame(1000), "out", 2, 0); // "drop"
 */
export function slowness(rate: number | string, queue: number): Judge {
  const msPerByte = 8000 / bitRate(rate, "rate");
  let busyUntil = 0;
  return (frame, _direction, _index, now) => {
    const begins = Math.max(now, busyUntil);
    if (begins - now > queue * msPerByte) return "drop";
    busyUntil = begins + frame.length * msPerByte;
    return { later: busyUntil - now };
  };
}

/**
 * Nothing gets through at these times, counted from `start` on.
 *
 * @example
 * const judge = partition([{ from: "1s", to: "2s" }], 0);
 * judge(takeFrame(60), "out", 0, 1500); // "drop"
 * judge(takeFrame(60), "out", 1, 2000); // "pass"
 */
export function partition(spans: readonly Span[], start: number): Judge {
  const times = spans.map(({ from, to }) => ({
    from: start + milliseconds(from, "begin of a partition"),
    to: start + milliseconds(to, "end of a partition"),
  }));
  return (_frame, _direction, _index, now) => (times.some(({ from, to }) => now >= from && now < to) ? "drop" : "pass");
}
