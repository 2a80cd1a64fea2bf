/** A link around a link on which things go wrong, the same ones each time for the same seed. */

import type { Clock } from "../base/clock.ts";
import { Random } from "../base/random.ts";
import { ETHERNET_HEADER, FCS } from "../wire/ethernet.ts";
import { copyFrame, giveFrame } from "./frames.ts";
import type { Verdict } from "./judges.ts";
import type { Direction, Link } from "./link.ts";
import { refuseSegmentation } from "./segmentation.ts";
import { type Later, Transit } from "./transit.ts";
import { type Fault, judgesOf, type NamedJudge, type Weather } from "./weather.ts";

export interface FaultsOptions extends Weather {
  readonly clock: Clock;
  /** Its seed is the one to print. */
  readonly random: Random;
  /** Which way things go wrong. Default both ways, each by itself. */
  readonly only?: Direction | undefined;
  /** Hears of every verdict but "pass", before it is carried out; the frame is there to be looked at, not to be kept. */
  readonly onVerdict?: ((judged: Judged) => void) | undefined;
  /** See `Transit`. */
  readonly later?: Later | undefined;
}

export interface Judged {
  readonly fault: Fault;
  readonly verdict: Exclude<Verdict, "pass">;
  readonly frame: Uint8Array;
  readonly direction: Direction;
  readonly index: number;
  readonly now: number;
}

/** Of one direction: `frames + duplicated = delivered + dropped + lost + underWay`. */
export interface FaultsCounters {
  frames: number;
  duplicated: number;
  /** Given on, to the link or to who is here. */
  delivered: number;
  /** By a verdict. */
  dropped: number;
  /** Since nobody was here to take them, or the link was closed. */
  lost: number;
  underWay: number;
  /** How many verdicts other than "pass" each has given. */
  readonly verdicts: Record<Fault, number>;
}

/**
 * Each direction and each fault has chance of its own, so that what one of them does is the same whatever the others do.
 *
 * @example
 * const cable = new Cable({ clock });
 * const seed = 7;
 * const link = new Faults(cable.a, { clock, random: new Random(seed), loss: 0.02, delay: "30ms", jitter: "5ms" });
 * link.send(takeFrame(60));
 * link.counters.out.underWay; // 1
 * let synAcks = 0;
 * const isSynAck = (frame: Uint8Array): boolean => frame[47] === 0x12;
 * const third = new Faults(cable.b, {
 *   clock,
 *   random: new Random(seed),
 *   verdict: (frame) => (isSynAck(frame) && ++synAcks === 3 ? "drop" : "pass"),
 * });
 */
export class Faults implements Link {
  readonly mtu: number;
  readonly hasFcs: boolean;
  onFrame: ((frame: Uint8Array) => void) | undefined;
  /** While this is so, nothing gets through. */
  isPartitioned = false;
  readonly counters: Readonly<Record<Direction, Readonly<FaultsCounters>>>;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #onVerdict: ((judged: Judged) => void) | undefined;
  readonly #out: Way;
  readonly #in: Way;
  readonly #longest: number;
  #isClosed = false;

  constructor(link: Link, options: FaultsOptions) {
    const { clock, random, only, onVerdict, later } = options;
    refuseSegmentation(link, "have faults on");
    this.mtu = link.mtu;
    this.hasFcs = link.hasFcs;
    this.onFrame = undefined;
    this.#link = link;
    this.#longest = ETHERNET_HEADER + link.mtu + (link.hasFcs ? FCS : 0);
    this.#clock = clock;
    this.#onVerdict = onVerdict;
    const isPartitioned = (): boolean => this.isPartitioned;
    const way = (direction: Direction, deliver: (frame: Uint8Array) => void): Way => {
      const judges = judgesOf(options, new Random(random.u32()), clock.now(), isPartitioned);
      const transit = new Transit(clock, deliver, later);
      const isMeant = only === undefined || only === direction;
      return { direction, judges: isMeant ? judges : [], transit, counters: newCounters() };
    };
    this.#out = way("out", (frame) => void this.#sendOn(frame));
    this.#in = way("in", (frame) => void this.#giveOn(frame));
    this.counters = { out: this.#out.counters, in: this.#in.counters };
    link.onFrame = (frame) => void this.#take(this.#in, frame);
  }

  send(frame: Uint8Array): boolean {
    // What it will refuse, the link may refuse at once.
    if (this.#isClosed || frame.length > this.#longest) return this.#link.send(frame);
    return this.#take(this.#out, frame);
  }

  /** What it still holds is lost. */
  close(): void {
    this.#isClosed = true;
    for (const { counters, transit } of [this.#out, this.#in]) {
      transit.clear();
      counters.lost += counters.underWay;
      counters.underWay = 0;
    }
    this.#link.close();
  }

  #take(way: Way, frame: Uint8Array): boolean {
    const now = this.#clock.now();
    way.counters.underWay++;
    return this.#judge(way, frame, way.counters.frames++, 0, now, now, 0);
  }

  /** From judge number `first` on, whom the frame reaches at `at`; it is held back by `held` besides. */
  #judge(way: Way, frame: Uint8Array, index: number, first: number, now: number, at: number, held: number): boolean {
    const { counters, direction, judges } = way;
    for (let i = first; i < judges.length; i++) {
      const { fault, judge } = judges[i]!;
      const verdict = judge(frame, direction, index, at);
      if (verdict === "pass") continue;
      counters.verdicts[fault]++;
      this.#onVerdict?.({ fault, verdict, frame, direction, index, now: at });
      if (verdict === "drop") {
        counters.underWay--;
        counters.dropped++;
        giveFrame(frame);
        return true;
      }
      if (verdict === "duplicate") {
        const copy = copyFrame(frame);
        counters.duplicated++;
        counters.underWay++;
        this.#judge(way, frame, index, i + 1, now, at, held);
        frame = copy;
      } else if ("replace" in verdict) {
        // What it was may be a part of what it is now, so that nobody else must get it.
        frame = verdict.replace;
      } else if (verdict.later > 0) {
        // Where all are late, they are late in order; who is picked out is overtaken, also by those.
        if (fault === "verdict" || fault === "reorder") held += verdict.later;
        else at += verdict.later;
      }
    }
    const due = at + held;
    if (due <= now && way.transit.nextDue > now) return way === this.#out ? this.#sendOn(frame) : this.#giveOn(frame);
    way.transit.add(frame, due, now);
    return true;
  }

  #sendOn(frame: Uint8Array): boolean {
    const { counters } = this.#out;
    counters.underWay--;
    counters.delivered++;
    return this.#link.send(frame);
  }

  #giveOn(frame: Uint8Array): boolean {
    const { counters } = this.#in;
    const { onFrame } = this;
    counters.underWay--;
    if (onFrame === undefined || this.#isClosed) {
      counters.lost++;
      giveFrame(frame);
      return false;
    }
    counters.delivered++;
    onFrame(frame);
    return true;
  }
}

/** What goes one way. */
interface Way {
  readonly direction: Direction;
  readonly judges: readonly NamedJudge[];
  readonly transit: Transit;
  readonly counters: FaultsCounters;
}

const newCounters = (): FaultsCounters => ({
  frames: 0,
  duplicated: 0,
  delivered: 0,
  dropped: 0,
  lost: 0,
  underWay: 0,
  verdicts: { verdict: 0, partition: 0, loss: 0, burst: 0, corrupt: 0, duplicate: 0, rate: 0, delay: 0, reorder: 0 },
});
