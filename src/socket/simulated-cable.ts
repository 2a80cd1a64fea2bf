/** The cables of a simulated network: as long, as narrow and as bad as one likes. */

import { bitRate } from "../base/bit-rate.ts";
import type { Clock } from "../base/clock.ts";
import { Random } from "../base/random.ts";
import { Cable } from "../link/cable.ts";
import { Faults, type FaultsCounters, type Judged } from "../link/faults.ts";
import type { Judge } from "../link/judges.ts";
import type { Direction, Link } from "../link/link.ts";
import { Pair } from "../link/pair.ts";
import type { Later } from "../link/transit.ts";
import type { Weather } from "../link/weather.ts";

/**
 * What a cable is like; whatever is not said is all right. Where things go wrong, they go wrong by chance, each way by
 * itself, and the same things each time for the same seed.
 */
export interface CableWishes extends Weather {
  /** The largest IP packet. Default 1500. */
  readonly mtu?: number | undefined;
  /** Which way things go wrong, as the first of the two sees it. Default both. */
  readonly only?: Direction | undefined;
}

/** What cables are made with. */
export interface Workshop {
  readonly clock: Clock;
  /** Each cable gets chance of its own from it. */
  readonly random: Random;
  /** Real time passes by itself: what is due at once waits until this says so. */
  readonly later: Later | undefined;
  /** Hears of what goes wrong, before it does. */
  onVerdict: ((judged: Judged) => void) | undefined;
}

/** How long a signal takes, where nobody says: some kilometres, or a few switches. */
export const DELAY = "100us";

export interface NewCable {
  readonly a: Link;
  readonly b: Link;
  /** What has gone wrong: there, and back. */
  readonly out: FaultsCounters | undefined;
  readonly in: FaultsCounters | undefined;
}

/**
 * Makes one. What goes wrong, goes wrong when a frame is sent, on the sender's end.
 *
 * @example
 * const shop = { clock, random: new Random(7), later: undefined, onVerdict: undefined };
 * const { a, b } = cable(shop, { loss: 0.02, delay: "30ms" });
 * b.onFrame = (frame) => console.log(frame.length);
 * a.send(takeFrame(60)); // true
 */
export function cable(shop: Workshop, wishes: CableWishes): NewCable {
  // They are taken whether there is weather or not, so that other cables' chances are the same either way.
  const [there, back] = [new Random(shop.random.u32()), new Random(shop.random.u32())];
  const { a, b } = isLean(shop, wishes) ? lean(shop, wishes) : long(shop, wishes);
  if (!hasWeather(wishes)) return { a, b, out: undefined, in: undefined };
  const { only } = wishes;
  const out = only === "in" ? undefined : faults(shop, a, wishes, "out", there);
  const into = only === "out" ? undefined : faults(shop, b, wishes, "in", back);
  return { a: out ?? a, b: into ?? b, out: out?.counters.out, in: into?.counters.out };
}

/** In real time, where nothing is said about time, none is to be lost. */
const isLean = ({ later }: Workshop, { delay, rate }: CableWishes): boolean =>
  later !== undefined && delay === undefined && rate === undefined;

const lean = ({ later }: Workshop, { mtu }: CableWishes): Pair => new Pair({ mtu, later });

/** Where frames may be early or late, that is a matter of the weather, and so is the delay. */
function long({ clock, later }: Workshop, { delay = DELAY, jitter, mtu, queue, rate }: CableWishes): Cable {
  const length = jitter === undefined ? delay : 0;
  return new Cable({
    clock,
    mtu,
    queue,
    later,
    delay: length,
    rate: rate === undefined ? undefined : bitRate(rate, "rate"),
  });
}

const WEATHER = ["verdict", "partition", "loss", "burst", "corrupt", "duplicate", "jitter", "reorder"] as const;

const hasWeather = (wishes: CableWishes): boolean => WEATHER.some((name) => wishes[name] !== undefined);

function faults(shop: Workshop, link: Link, wishes: CableWishes, direction: Direction, random: Random): Faults {
  const { clock, later } = shop;
  const { delay = DELAY, jitter } = wishes;
  return new Faults(link, {
    ...wishes,
    clock,
    random,
    later,
    rate: undefined,
    delay: jitter === undefined ? undefined : delay,
    verdict: listed(wishes.verdict).map((judge) => seenFrom(judge, direction)),
    only: "out",
    onVerdict: (judged) => shop.onVerdict?.({ ...judged, direction }),
  });
}

const listed = (verdict: CableWishes["verdict"]): readonly Judge[] =>
  verdict === undefined ? [] : typeof verdict === "function" ? [verdict] : verdict;

/** Each end sends out; to the first of the two, what the second sends comes in. */
const seenFrom =
  (judge: Judge, direction: Direction): Judge =>
  (frame, _, index, now) =>
    judge(frame, direction, index, now);
