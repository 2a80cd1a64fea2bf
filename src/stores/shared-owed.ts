/** Purges that could not be carried out, since the store they are meant for was away: it would come back with what was to go. */

import type { Alarm, Clock } from "../base/clock.ts";
import type { Purging, Selection } from "../cache/store.ts";

export interface OwedOptions {
  /** Carries out a purge; false where that cannot be done yet. */
  readonly pay: (which: Selection, how: Purging) => Promise<boolean>;
  readonly clock: Clock;
}

interface Purge {
  readonly which: Selection;
  readonly how: Purging;
}

/** From one attempt to the next, in milliseconds. */
const RETRY_AFTER = 1000;

/** More than these and it is simpler to ask about everything. */
const MOST = 1000;

/** @internal */
export class Owed {
  readonly #options: OwedOptions;
  #purges: Purge[] = [];
  #isPaying = false;
  #retry: Alarm | undefined;
  #isClosed = false;

  constructor(options: OwedOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#purges.length === 0;
  }

  add(which: Selection, how: Purging): void {
    const text = JSON.stringify(which);
    if (this.#purges.some((purge) => purge.how === how && JSON.stringify(purge.which) === text)) return;
    this.#purges.push({ which, how });
    if (this.#purges.length > MOST) {
      const isHard = this.#purges.some((purge) => purge.how === "remove");
      this.#purges = [{ which: { by: "everything" }, how: isHard ? "remove" : "invalidate" }];
    }
    this.#later();
  }

  /** Tries it now, one after the other. */
  pay(): void {
    if (!this.#isPaying && !this.isEmpty && !this.#isClosed) void this.#pay();
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
  }

  async #pay(): Promise<void> {
    this.#isPaying = true;
    for (let [first] = this.#purges; first !== undefined && !this.#isClosed; [first] = this.#purges) {
      if (!(await this.#options.pay(first.which, first.how))) break;
      this.#purges = this.#purges.filter((purge) => purge !== first);
    }
    this.#isPaying = false;
    if (!this.isEmpty) this.#later();
  }

  #later(): void {
    if (this.#isClosed) return;
    this.#retry?.cancel();
    this.#retry = this.#options.clock.after(RETRY_AFTER, () => this.pay());
  }
}
