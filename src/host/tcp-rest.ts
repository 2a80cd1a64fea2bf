/** What TIME-WAIT leaves in the table: so little that a busy server can have many. */

import type { TimeWait } from "../tcp/time-wait.ts";
import type { Sleeper } from "./deadlines.ts";
import type { TableEntry } from "./tcp-table.ts";

/** @internal Made by `Tcp`. */
export class TcpRest implements TableEntry, Sleeper {
  readonly localAddress: number;
  readonly remoteAddress: number;
  readonly timeWait: TimeWait;
  following: TableEntry | undefined;
  slot = -1;
  readonly #forget: (rest: TcpRest) => void;

  constructor(localAddress: number, remoteAddress: number, timeWait: TimeWait, forget: (rest: TcpRest) => void) {
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.timeWait = timeWait;
    this.#forget = forget;
  }

  get localPort(): number {
    return this.timeWait.from;
  }

  get remotePort(): number {
    return this.timeWait.to;
  }

  get wakeAt(): number | undefined {
    return this.timeWait.wakeAt;
  }

  tick(now: number): void {
    if (this.timeWait.wakeAt <= now) this.#forget(this);
  }
}
