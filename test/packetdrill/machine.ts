/** What a script needs of the machine that it tries: a wire, sockets, and a time that passes when it is told to. */

export interface Machine {
  /** Its own IPv4 address and that of the far side, which the script plays. */
  readonly address: number;
  readonly remote: number;
  /** In milliseconds. */
  now(): number;
  /** Lets time pass, up to this moment or to the first one at which something happens. */
  advance(until: number): void;
  /** An IPv4 packet comes in. */
  inject(packet: Uint8Array): void;
  /** The next IPv4 packet that has gone out. */
  take(): SentPacket | undefined;
  socket(kind: "stream" | "datagram"): LiveSocket;
  close(): void;
}

export interface SentPacket {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What a script says of the machine before it starts. */
export interface Wishes {
  readonly address: number;
  readonly remote: number;
  readonly mtu: number;
  /** `net.ipv4.tcp_timestamps` → `0` */
  readonly sysctl: ReadonlyMap<string, string>;
}

export interface Endpoint {
  readonly address: number;
  readonly port: number;
}

/** "ECONNRESET"; "EAGAIN" is "not yet", and a call that may wait is made again later. */
export type Errno = `E${string}`;

/** A socket of the machine, which never waits. All numbers are those of `symbols.ts`. */
export interface LiveSocket {
  readonly local: Endpoint | undefined;
  readonly remote: Endpoint | undefined;
  bind(endpoint: Endpoint): 0 | Errno;
  listen(backlog: number): 0 | Errno;
  accept(): LiveSocket | Errno;
  /** Unless it fails at once: "EINPROGRESS"; then it is `ready` for POLLOUT, and SO_ERROR tells how it went. */
  connect(endpoint: Endpoint): 0 | Errno;
  send(bytes: Uint8Array, flags: number, to?: Endpoint): number | Errno;
  /** No bytes: the far side has ended. */
  receive(limit: number, flags: number): Received | Errno;
  shutdown(how: number): 0 | Errno;
  close(): void;
  set(level: number, name: number, value: readonly number[]): 0 | Errno;
  get(level: number, name: number): number | Errno;
  /** POLLIN, POLLOUT, … as they are now. */
  ready(): number;
  /** Bytes that wait to be read; bytes that nobody has acknowledged. */
  unread(): number;
  unacknowledged(): number;
  /** What TCP_INFO tells: tcpi_snd_cwnd and others, as far as there are any. */
  info(): ReadonlyMap<string, number>;
}

export interface Received {
  readonly bytes: Uint8Array;
  readonly from: Endpoint | undefined;
}

export const isErrno = (outcome: unknown): outcome is Errno => typeof outcome === "string";
