/** Items by labels: few items bear any, so that those who do pay for it. */

import type { StoredInMemory } from "./memory-store-item.ts";

/** What a label takes, and each who bears it. Measured by bench/objects.ts. */
const LABEL = 300;
const BEARER = 48;

/**
 * Each label has a set of its bearers, as long as there is one.
 *
 * @internal
 */
export class Labels {
  readonly #bearers = new Map<string, Set<StoredInMemory>>();
  #weight = 0;

  /** Bytes. */
  get weight(): number {
    return this.#weight;
  }

  add(label: string, item: StoredInMemory): void {
    let bearers = this.#bearers.get(label);
    if (bearers === undefined) {
      bearers = new Set();
      this.#bearers.set(label, bearers);
      this.#weight += LABEL + label.length;
    }
    if (bearers.has(item)) return;
    bearers.add(item);
    this.#weight += BEARER;
  }

  remove(label: string, item: StoredInMemory): void {
    const bearers = this.#bearers.get(label);
    if (bearers === undefined || !bearers.delete(item)) return;
    this.#weight -= BEARER;
    if (bearers.size > 0) return;
    this.#bearers.delete(label);
    this.#weight -= LABEL + label.length;
  }

  of(label: string): Iterable<StoredInMemory> {
    return this.#bearers.get(label) ?? [];
  }
}
