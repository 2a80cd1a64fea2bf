/** A local network that is simulated: a switch, and a cable to each machine. */

import { milliseconds } from "../base/duration.ts";
import type { Link } from "../link/link.ts";
import { Switch } from "../link/switch.ts";
import { type CableWishes, cable, DELAY, type Workshop } from "./simulated-cable.ts";

/** As for a cable; `delay` is that from one machine to another, who are two cables apart. */
export type LanWishes = Omit<CableWishes, "only">;

/**
 * Made by `simulate(…).lan`.
 *
 * @example
 * const net = simulate({ seed: 7 });
 * const office = net.lan({ rate: "1Gbit", delay: "1ms" });
 * const a = net.host("192.168.1.1/24", { lan: office });
 */
export class SimulatedLan {
  readonly #shop: Workshop;
  readonly #wishes: LanWishes;
  readonly #switch: Switch;

  /** @internal */
  constructor(shop: Workshop, wishes: LanWishes) {
    this.#shop = shop;
    this.#wishes = wishes;
    this.#switch = new Switch({ clock: shop.clock });
  }

  /** @internal The near end of a new cable to the switch: what goes wrong on it goes wrong on the way to the switch. */
  plug(): Link {
    const { delay = this.#shop.later === undefined ? DELAY : undefined } = this.#wishes;
    const half = delay && milliseconds(delay, "delay") / 2;
    const { a, b } = cable(this.#shop, { ...this.#wishes, delay: half, only: "out" });
    this.#switch.plug(b);
    return a;
  }
}
