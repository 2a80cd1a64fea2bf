/** What TIME-WAIT leaves in the table: so little that a busy server can have many. */

import type { TimeWait } from "../tcp/time-wait.ts";
import type { Deadlines, Sleeper } from "./deadlines.ts";
import type { TcpStream } from "./tcp-stream.ts";
import type { TableEntry, TcpTable } from "./tcp-table.ts";

/** Beyond so many, the one that has waited longest is forgotten: memory is worth more than the last segment of the dead. */
const MOST = 32_768;

/** @internal Made by `TcpRests`. */
export class TcpRest implements TableEntry, Sleeper {
  readonly localAddress: number;
  readonly remoteAddress: number;
  readonly timeWait: TimeWait;
  readonly ttl: number;
  readonly tos: number;
  following: TableEntry | undefined;
  slot = -1;
  readonly #forget: (rest: TcpRest) => void;
  #isOver = false;

  constructor(stream: TcpStream, timeWait: TimeWait, forget: (rest: TcpRest) => void) {
    this.localAddress = stream.localAddress;
    this.remoteAddress = stream.remoteAddress;
    this.ttl = stream.ttl;
    this.tos = stream.tos;
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
    return this.#isOver ? undefined : this.timeWait.wakeAt;
  }

  tick(now: number): void {
    if (this.timeWait.wakeAt > now) return;
    this.#isOver = true;
    this.#forget(this);
  }
}

/** @internal All of a machine's, of `Tcp`: each stands in the table in the place of its connection. */
export class TcpRests {
  readonly #table: TcpTable;
  readonly #deadlines: Deadlines;
  readonly #most: number;
  /** In the order in which they came to rest. */
  readonly #rests = new Set<TcpRest>();

  constructor(table: TcpTable, deadlines: Deadlines, most = MOST) {
    this.#table = table;
    this.#deadlines = deadlines;
    this.#most = most;
  }

  get size(): number {
    return this.#rests.size;
  }

  add(stream: TcpStream, timeWait: TimeWait): void {
    const rest = new TcpRest(stream, timeWait, this.forget);
    this.#table.add(rest);
    this.#rests.add(rest);
    this.#deadlines.update(rest);
    if (this.#rests.size <= this.#most) return;
    const [oldest] = this.#rests;
    this.forget(oldest!);
  }

  readonly forget = (rest: TcpRest): void => {
    this.#rests.delete(rest);
    this.#table.remove(rest);
    this.#deadlines.remove(rest);
  };
}
