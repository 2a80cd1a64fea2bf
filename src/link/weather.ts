/** What goes wrong on a link, said in a line: `{ loss: 0.02, delay: "30ms", jitter: "5ms" }`. */

import { Random } from "../base/random.ts";
import {
  type Burst,
  bursts,
  corruption,
  duplication,
  type Judge,
  lateness,
  loss,
  partition,
  reordering,
  type Span,
  slowness,
} from "./judges.ts";

/** Probabilities are for each frame; times are milliseconds, or text as "30ms". */
export interface Weather {
  /** Who decides first, frame by frame: "drop the third SYN,ACK". What is `later` here is overtaken by others. */
  readonly verdict?: Judge | readonly Judge[] | undefined;
  /** When nothing gets through, counted from now on. */
  readonly partition?: Span | readonly Span[] | undefined;
  readonly loss?: number | undefined;
  readonly burst?: Burst | undefined;
  /** One bit is flipped. */
  readonly corrupt?: number | undefined;
  readonly duplicate?: number | undefined;
  /** Bits per second, or text as "10Mbit"; and how many bytes may stand in line, default 256 KiB. */
  readonly rate?: number | string | undefined;
  readonly queue?: number | undefined;
  /** Frames are late by `delay`, give or take `jitter`, and stay in order. */
  readonly delay?: number | string | undefined;
  readonly jitter?: number | string | undefined;
  /** A frame is held back by `reorderBy`, default 5 ms, so that others overtake it. */
  readonly reorder?: number | undefined;
  readonly reorderBy?: number | string | undefined;
}

/** Who found something, in the order in which they are asked. */
export type Fault = "verdict" | "partition" | "loss" | "burst" | "corrupt" | "duplicate" | "rate" | "delay" | "reorder";

export interface NamedJudge {
  readonly fault: Fault;
  readonly judge: Judge;
}

/**
 * Those who are asked about each frame of one direction. Every fault has chance of its own, whether it is wanted or
 * not: what one of them does is the same whatever the others do.
 *
 * @example
 * const judges = judgesOf({ loss: 0.02, delay: "30ms" }, new Random(7), 0, () => false);
 * judges.map(({ fault }) => fault); // ["partition", "loss", "delay"]
 */
export function judgesOf(
  weather: Weather,
  random: Random,
  start: number,
  isPartitioned: () => boolean,
): readonly NamedJudge[] {
  const { burst, corrupt, delay, duplicate, jitter, queue = 256 * 1024, rate, reorder, reorderBy = "5ms" } = weather;
  const spans = listed(weather.partition);
  const judges: NamedJudge[] = listed(weather.verdict).map((judge) => ({ fault: "verdict", judge }));
  const add = (fault: Fault, judge: (random: Random) => Judge | undefined): void => {
    const one = judge(new Random(random.u32()));
    if (one !== undefined) judges.push({ fault, judge: one });
  };
  add("partition", () => () => (isPartitioned() ? "drop" : "pass"));
  add("partition", () => (spans.length > 0 ? partition(spans, start) : undefined));
  add("loss", (random) => (weather.loss === undefined ? undefined : loss(random, weather.loss)));
  add("burst", (random) => (burst === undefined ? undefined : bursts(random, burst)));
  add("corrupt", (random) => (corrupt === undefined ? undefined : corruption(random, corrupt)));
  add("duplicate", (random) => (duplicate === undefined ? undefined : duplication(random, duplicate)));
  add("rate", () => (rate === undefined ? undefined : slowness(rate, queue)));
  add("delay", (random) => ((delay ?? jitter) === undefined ? undefined : lateness(random, delay ?? 0, jitter)));
  add("reorder", (random) => (reorder === undefined ? undefined : reordering(random, reorder, reorderBy)));
  return judges;
}

function listed<One extends object>(some: One | readonly One[] | undefined): readonly One[] {
  if (some === undefined) return [];
  return Array.isArray(some) ? some : [some as One];
}
