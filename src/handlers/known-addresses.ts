/** The addresses that a few names have, kept for some seconds: who goes by the address goes to the name, too. */

import type { Clock } from "../base/clock.ts";
import { type IpAddress, parseAddress, printIp, unmapped } from "../wire/address.ts";

/** As `Network.resolve`: fails where the name has none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** Milliseconds: a name that is moved is found again within moments, and a thousand requests ask once. */
const FRESH = 10_000;

/** Milliseconds that a request waits for name servers. What comes later is good for the next one. */
const PATIENCE = 5_000;

/** Name servers are not asked for a long list all at once. */
const AT_ONCE = 4;

/**
 * What the names lead to, as far as it is known.
 *
 * @example
 * const known = new KnownAddresses(["intranet"], async () => ["10.0.0.5"], clock);
 * await known.refresh();
 * known.nameAt(Uint8Array.of(10, 0, 0, 5), () => true); // "intranet"
 */
export class KnownAddresses {
  readonly #names: readonly string[];
  readonly #resolve: Resolve;
  readonly #clock: Clock;
  /** Of a name that could not be resolved, those that it had before. */
  readonly #addresses = new Map<string, ReadonlySet<string>>();
  #freshUntil = Number.NEGATIVE_INFINITY;
  #waiting: Promise<void> | undefined;
  #asking: Promise<unknown> | undefined;

  constructor(names: readonly string[], resolve: Resolve, clock: Clock) {
    this.#names = names;
    this.#resolve = resolve;
    this.#clock = clock;
  }

  /** Resolves once it is known again, or nobody wants to wait any longer; undefined where it is known still. Never fails. */
  refresh(): Promise<void> | undefined {
    if (this.#clock.now() < this.#freshUntil) return undefined;
    this.#waiting ??= this.#wait();
    return this.#waiting;
  }

  async #wait(): Promise<void> {
    this.#asking ??= this.#ask();
    const late = Promise.withResolvers<void>();
    const alarm = this.#clock.after(PATIENCE, late.resolve);
    await Promise.race([this.#asking, late.promise]);
    alarm.cancel();
    this.#freshUntil = this.#clock.now() + FRESH;
    this.#waiting = undefined;
  }

  async #ask(): Promise<void> {
    const names = this.#names.values();
    const askOneByOne = async (): Promise<void> => {
      for (const name of names) this.#addresses.set(name, await this.#addressesOf(name));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askOneByOne));
    this.#asking = undefined;
  }

  async #addressesOf(name: string): Promise<ReadonlySet<string>> {
    try {
      return new Set((await this.#resolve(name)).map(spelt));
    } catch {
      return this.#addresses.get(name) ?? new Set();
    }
  }

  /** The first of the names in question that has this address. */
  nameAt(address: IpAddress, isInQuestion: (name: string) => boolean): string | undefined {
    const text = printIp(unmapped(address));
    return this.#names.find((name) => this.#addresses.get(name)?.has(text) && isInQuestion(name));
  }

  /** The first of the names in question of which no name server has said anything yet. */
  unknown(isInQuestion: (name: string) => boolean): string | undefined {
    return this.#names.find((name) => !this.#addresses.has(name) && isInQuestion(name));
  }
}

/** In one spelling. What is no address matches none. */
function spelt(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : printIp(unmapped(address));
}
