/** The options of a stream socket: remembered, handed on to what is accepted, and told to the stream where it has them. */

import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { NotSupported } from "./problems.ts";
import { SYMBOLS } from "./symbols.ts";

/** Those that change nothing here: addresses may be used again anyway, urgent data is always read in line. */
const PASSED_OVER = ["SO_REUSEADDR", "SO_REUSEPORT", "SO_OOBINLINE", "SO_LINGER", "SO_SNDBUF", "SO_SNDBUFFORCE"];
const TOLD = ["SO_KEEPALIVE"];
const TOLD_TCP = ["TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT"];

export class StreamOptions {
  readonly #values: Map<string, readonly number[]>;

  constructor(values: ReadonlyMap<string, readonly number[]> = new Map()) {
    this.#values = new Map(values);
  }

  copy(): StreamOptions {
    return new StreamOptions(this.#values);
  }

  /** SO_LINGER with no time at all: closing is aborting. */
  get abortsOnClose(): boolean {
    const [onoff = 0, linger = 0] = this.#values.get("SO_LINGER") ?? [];
    return onoff !== 0 && linger === 0;
  }

  get sendBuffer(): number | undefined {
    return (this.#values.get("SO_SNDBUF") ?? this.#values.get("SO_SNDBUFFORCE"))?.[0];
  }

  set(level: number, number: number, value: readonly number[], stream: TcpStream | undefined): void {
    const name = nameOf(level, number);
    this.#values.set(name, value);
    if (stream !== undefined && !PASSED_OVER.includes(name)) this.applyTo(stream);
  }

  get(level: number, number: number): number {
    const name = nameOf(level, number);
    const value = this.#values.get(name)?.[0] ?? 0;
    // Linux counts what it needs itself, and says so.
    return name.startsWith("SO_SNDBUF") ? 2 * value : value;
  }

  applyTo(stream: TcpStream): void {
    const value = (name: string): number | undefined => this.#values.get(name)?.[0];
    const noDelay = value("TCP_NODELAY");
    if (noDelay !== undefined) stream.noDelay = noDelay !== 0;
    const userTimeout = value("TCP_USER_TIMEOUT");
    if (userTimeout !== undefined) stream.userTimeout = userTimeout;
    if ((value("SO_KEEPALIVE") ?? 0) === 0) return;
    // Two hours, 75 seconds and nine times, as Linux has it.
    stream.keepAlive = {
      idle: (value("TCP_KEEPIDLE") ?? 7200) * 1000,
      interval: (value("TCP_KEEPINTVL") ?? 75) * 1000,
      count: value("TCP_KEEPCNT") ?? 9,
    };
  }
}

function nameOf(level: number, number: number): string {
  const known = level === SYMBOLS.SOL_SOCKET ? [...PASSED_OVER, ...TOLD] : level === SYMBOLS.SOL_TCP ? TOLD_TCP : [];
  const name = known.find((one) => SYMBOLS[one] === number);
  if (name !== undefined) return name;
  const prefix = level === SYMBOLS.SOL_SOCKET ? "SO_" : level === SYMBOLS.SOL_TCP ? "TCP_" : "IP_";
  const unknown = Object.keys(SYMBOLS).find((one) => one.startsWith(prefix) && SYMBOLS[one] === number);
  throw new NotSupported(`not supported: the socket option ${unknown ?? `${level}, ${number}`}`);
}
