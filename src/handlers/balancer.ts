/** Which of several upstreams a request goes to, and which of them are passed over for a while because they fail. */

import { type Clock, realClock } from "../base/clock.ts";
import type { Request } from "../http/message.ts";
import { type Address, printAddress } from "../socket/socket.ts";
import { type Choice, choose, hash, type Policy } from "./balance.ts";
import type { Upstream } from "./upstream.ts";

export interface BalancerOptions {
  /** Default "round-robin". */
  readonly policy?: Policy;
  readonly clock?: Clock;
  /** How many failures in a row eject an upstream; `Infinity` ejects nobody. Default 3. */
  readonly maxFails?: number;
  /** How long it is out the first time, in milliseconds; doubled for each further time, up to 5 minutes. Default 10 s. */
  readonly ejection?: number;
  /** Takes a line where an upstream is lost, and one where it is back. */
  readonly complain?: (message: string) => void;
}

/** Who has been away for so long is asked again at least that often, in milliseconds. */
const LONGEST_EJECTION = 5 * 60_000;

const NOBODY: readonly Member[] = [];

/**
 * Picks an upstream for each request. Those whose health check fails, or that failed too often in a row, are passed
 * over; where that leaves nobody, they are tried all the same, since an answer is then possible and a refusal is
 * certain (Envoy calls it panic). Who is alone is always picked.
 *
 * @example
 * const balancer = new Balancer(["localhost:3000", "localhost:3001,weight=2"].map(parseUpstream));
 * const member = balancer.pick(request, exchange.remote);
 * member?.upstream.origin.authority; // "localhost:3001"
 */
export class Balancer {
  readonly members: readonly Member[];
  readonly #policy: Policy;
  readonly #clock: Clock;
  /** Those who are not passed over. */
  #standing: readonly Member[];
  #isStale = false;
  /** When somebody's time is up. */
  #nextReturn = Number.POSITIVE_INFINITY;

  /** Throws a RangeError where there is no upstream, or a number is out of range. */
  constructor(upstreams: readonly Upstream[], options: BalancerOptions = {}) {
    const { policy = "round-robin", clock = realClock, maxFails = 3, ejection = 10_000, complain = () => {} } = options;
    if (upstreams.length === 0) throw new RangeError("Cannot balance: there is no upstream");
    if (!(maxFails >= 1))
      throw new RangeError(`Cannot eject after "${maxFails}" failures: it is not a number from 1 on`);
    if (!(ejection > 0)) throw new RangeError(`Cannot eject for "${ejection}" ms: it is not a number above 0`);
    this.#policy =
      typeof policy === "object" && policy.hash === "header" ? { ...policy, name: policy.name.toLowerCase() } : policy;
    this.#clock = clock;
    const desk: Desk = {
      clock,
      // Who is alone is not ejected: there is nobody to go to instead.
      maxFails: upstreams.length === 1 ? Number.POSITIVE_INFINITY : maxFails,
      ejection,
      complain,
      changed: () => {
        this.#isStale = true;
      },
    };
    const names = new Map<string, number>();
    this.members = upstreams.map((upstream) => {
      const name = nameOf(upstream);
      const nth = names.get(name) ?? 0;
      names.set(name, nth + 1);
      return new Member(upstream, desk, nth);
    });
    this.#standing = this.members;
  }

  /** The best for this request that is not among those `tried` already; undefined where all of them are. */
  pick(
    request: Pick<Request, "target" | "fields">,
    remote: Address,
    tried: readonly Member[] = NOBODY,
  ): Member | undefined {
    const choices = this.#choices(tried);
    return choices.length <= 1 ? choices[0] : choose(this.#policy, choices, request, remote);
  }

  #choices(tried: readonly Member[]): readonly Member[] {
    if (this.#isStale || (this.#nextReturn < Number.POSITIVE_INFINITY && this.#clock.now() >= this.#nextReturn)) {
      this.#count();
    }
    if (tried.length === 0 && this.#standing.length > 0) return this.#standing;
    const untried = (members: readonly Member[]) => members.filter((member) => !tried.includes(member));
    const standing = untried(this.#standing);
    if (standing.length > 0) return standing;
    // Requests fail for many reasons, health checks for one: who is ejected is less bad than who is ill.
    const up = untried(this.members.filter(({ isUp }) => isUp));
    return up.length > 0 ? up : untried(this.members);
  }

  #count(): void {
    const now = this.#clock.now();
    const before = this.#standing;
    this.#isStale = false;
    this.#standing = this.members.filter((member) => member.isUp && member.outUntil <= now);
    this.#nextReturn = Number.POSITIVE_INFINITY;
    for (const { isUp, outUntil } of this.members) {
      if (isUp && outUntil > now && outUntil < this.#nextReturn) this.#nextReturn = outUntil;
    }
    if (this.#standing.every((member) => before.includes(member))) return;
    // Whoever comes back has no old claims, or would have many turns in a row.
    for (const member of this.members) member.credit = 0;
  }
}

/** What a balancer does for its members. */
interface Desk {
  readonly clock: Clock;
  readonly maxFails: number;
  readonly ejection: number;
  complain(message: string): void;
  /** Who is passed over may be another one now. */
  changed(): void;
}

/**
 * An upstream as its balancer knows it. Whoever sends it a request says when that begins and how it ends.
 *
 * @example
 * const [member] = new Balancer([parseUpstream("localhost:3000")]).members;
 * member!.begin();
 * member!.active; // 1
 * member!.end(true);
 */
export class Member implements Choice {
  readonly upstream: Upstream;
  readonly seed: number;
  credit = 0;
  readonly #desk: Desk;
  #active = 0;
  #isUp = true;
  /** In a row. */
  #failures = 0;
  /** In a row; while it is above 0, the member is out. */
  #ejections = 0;
  #outUntil = 0;
  #isOnTrial = false;
  #isKnownToBeOut = false;

  /** `nth` tells it from others of the same name. */
  constructor(upstream: Upstream, desk: Desk, nth: number) {
    this.upstream = upstream;
    this.seed = hash(`${nameOf(upstream)} ${nth}`);
    this.#desk = desk;
  }

  get weight(): number {
    return this.upstream.weight;
  }

  /** How many requests it has under way. */
  get active(): number {
    return this.#active;
  }

  /** What its health checks say; true where there are none. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** From when on a request may go to it, on the balancer's clock. */
  get outUntil(): number {
    return this.#outUntil;
  }

  /** A request goes to it. The first one after an ejection is a trial, and the others stay away until it has ended. */
  begin(): void {
    this.#active += 1;
    if (this.#ejections === 0 || this.#desk.clock.now() < this.#outUntil) return;
    this.#isOnTrial = true;
    // A trial may last for hours (a WebSocket), and so it is not waited for without end.
    this.#outUntil = this.#desk.clock.now() + this.#desk.ejection;
    this.#desk.changed();
  }

  /**
   * A request has ended. True: it was answered, whatever the status. False: the upstream could not be reached, broke
   * off or talked nonsense. Undefined: that says nothing about it (the client left).
   */
  end(verdict: boolean | undefined): void {
    this.#active -= 1;
    if (verdict === true) {
      this.#failures = 0;
      if (this.#ejections > 0) this.#readmit();
    } else if (verdict === false) {
      this.#fail();
    } else if (this.#isOnTrial) {
      // The next one is the trial.
      this.#isOnTrial = false;
      this.#outUntil = this.#desk.clock.now();
      this.#desk.changed();
    }
  }

  /** What a health check has found; `why` it is ill, for people. Who gets well is no longer ejected either. */
  setHealth(isUp: boolean, why = "its health check fails"): void {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (isUp) {
      this.#failures = 0;
      this.#readmit();
    } else {
      this.#desk.changed();
      this.#tell(`is out: ${why}`);
    }
  }

  #fail(): void {
    // What began before the ejection is no news.
    if (this.#ejections > 0 && !this.#isOnTrial) return;
    this.#failures += 1;
    const { clock, maxFails, ejection, changed } = this.#desk;
    if (!this.#isOnTrial && this.#failures < maxFails) return;
    const time = Math.min(ejection * 2 ** this.#ejections, Math.max(ejection, LONGEST_EJECTION));
    this.#ejections += 1;
    this.#isOnTrial = false;
    this.#outUntil = clock.now() + time;
    changed();
    const often = this.#failures === 1 ? "" : ` ${this.#failures} times in a row`;
    this.#tell(`is out for ${time / 1000} s: it failed${often}`);
  }

  #readmit(): void {
    this.#ejections = 0;
    this.#isOnTrial = false;
    this.#outUntil = 0;
    this.#desk.changed();
    this.#tell("is back");
  }

  /** A line where it is lost and one where it is back, for whichever reason: not one for each trial. */
  #tell(what: string): void {
    const isOut = !this.#isUp || this.#ejections > 0;
    if (isOut === this.#isKnownToBeOut) return;
    this.#isKnownToBeOut = isOut;
    this.#desk.complain(`${nameOf(this.upstream)} ${what}`);
  }
}

const nameOf = ({ origin, path }: Upstream): string => `${printAddress(origin.address)}${path}`;
