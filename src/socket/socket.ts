/**
 * The one door between what travels and what it means.
 *
 * Whoever talks through it cannot tell which carrier is behind it: the operating system's
 * sockets, or a stack of our own. `test/socket/contract.ts` is this contract as a test suite.
 */

/** Where a socket is: a host (name or IP address) and port, or the path of a Unix-domain socket. */
export type Address = InternetAddress | UnixAddress;

export interface InternetAddress {
  readonly host: string;
  /** 0 where the system is to choose. */
  readonly port: number;
}

export interface UnixAddress {
  readonly path: string;
}

export interface Network {
  /** Opens a listening socket. Fails with EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND … */
  listen(at: Address, options?: ListenOptions): Promise<Listener>;
  /** Fails with ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENOTFOUND, ENOENT (no such Unix-domain socket) … */
  connect(to: Address, options?: ConnectOptions): Promise<Socket>;
  /**
   * All IP addresses of a host name, of both families, in the order in which the resolver would try them; of an
   * address (IPv6 without brackets) itself. Fails with ENOTFOUND.
   */
  resolve(host: string): Promise<readonly string[]>;
  /** A UDP socket. A network need not carry datagrams over every kind of address: EAFNOSUPPORT. */
  datagrams(at: InternetAddress): Promise<Datagrams>;
}

export interface ListenOptions {
  /** How many connections may wait to be accepted; further ones are turned away. Default 511. */
  readonly backlog?: number;
}

export interface ConnectOptions {
  /** The local address to speak from; the system's choice where missing. */
  readonly from?: InternetAddress;
  /** Gives the attempt up (ECONNABORTED). */
  readonly signal?: AbortSignal;
}

/**
 * A listening socket: it stays, and each connection is a socket of its own.
 * The iteration ends when it is closed.
 */
export interface Listener extends AsyncIterable<Socket> {
  /** The address it got, with the port the system chose. */
  readonly address: Address;
  /** All of them: `localhost` is two, one for each family, on the same port. */
  readonly addresses: readonly Address[];
  /** The next connection; undefined once closed. One caller at a time. */
  accept(): Promise<Socket | undefined>;
  /** Listens no more. Connections already accepted stay. */
  close(): Promise<void>;
}

export interface Socket {
  readonly local: Address;
  readonly remote: Address;

  /**
   * The next bytes, as they come; undefined after the peer's last one (and ever after).
   * The bytes belong to the caller from here on. One caller at a time.
   * Until someone reads, only a bounded number of bytes is taken from the peer.
   */
  read(): Promise<Uint8Array | undefined>;

  /**
   * Takes bytes back that `read` has given, all that one call gave, and that nobody will look at any more: the carrier
   * may read into them again. Whoever does not know that for sure lets them be. A carrier may have no use for it.
   */
  recycle?(bytes: Uint8Array): void;
  /** Says of such bytes that they will not come back: somebody goes on looking at them. */
  keep?(bytes: Uint8Array): void;

  /**
   * Takes the bytes, which must not be changed until they have gone. Says `undefined` where
   * there is room for more, and else a promise of room: who waits for it holds bounded memory.
   * Errors come by the promise, never by a throw; where this call promised nothing, by the next one.
   */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Whether all bytes written have gone, and may be changed. A carrier that cannot tell does not say. */
  readonly isFlushed?: boolean;
  /** How many of the bytes written have gone: it tells a slow peer from one that takes nothing. As above, it may be missing. */
  readonly sent?: number;

  /** "I have said everything": resolves when it has gone out. The peer reads the end, and may still answer. */
  end(): Promise<void>;

  /** Gives the socket back in good order: what is written still goes, what comes is dropped. */
  close(): void;

  /** Leaves at once; the peer sees a reset. Pending calls fail with ECONNABORTED. */
  reset(): void;
}

/**
 * Speaks TLS as a client over a connected socket, which is the callee's from here on, whatever comes of it. Fails with
 * a TlsError, or with the SocketError of the socket beneath; ECONNABORTED where the signal gave it up.
 */
export type Secure = (
  socket: Socket,
  options: {
    /** The name of whom we want to talk to, as the certificate must state it (RFC 9110 §4.3.4): a host name or an IP address. */
    readonly name: string;
    readonly signal?: AbortSignal;
  },
) => Promise<Socket>;

/** Datagrams keep their borders, and may be lost. */
export interface Datagrams {
  readonly address: InternetAddress;
  /** The next datagram; undefined once closed. One caller at a time. */
  receive(): Promise<Datagram | undefined>;
  /** Fails with EMSGSIZE, ECONNREFUSED (if the network tells) … */
  send(bytes: Uint8Array, to: InternetAddress): Promise<void>;
  close(): Promise<void>;
}

export interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: InternetAddress;
}

/** The names of POSIX <errno.h>, and ENOTFOUND for a name that has no address. */
export type SocketErrorCode =
  | "EACCES"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "EAFNOSUPPORT"
  | "EBADF"
  | "ECONNABORTED"
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "EDESTADDRREQ"
  | "EHOSTUNREACH"
  | "EINVAL"
  | "EISCONN"
  | "EMFILE"
  | "EMSGSIZE"
  | "ENETUNREACH"
  | "ENOENT"
  | "ENOTCONN"
  | "ENOTFOUND"
  | "EOPNOTSUPP"
  | "EPIPE"
  | "ETIMEDOUT";

/**
 * What the network can do to us. The codes are those of POSIX, whoever the carrier is.
 *
 * @example
 * const error = new SocketError("ECONNREFUSED", "Cannot connect to localhost:81: nobody listens there");
 * error.code; // "ECONNREFUSED"
 */
export class SocketError extends Error {
  override readonly name = "SocketError";
  readonly code: SocketErrorCode;

  constructor(code: SocketErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * What can go wrong before two sides trust each other: a certificate that is not to be believed, an alert that the
 * peer sent, or talk that is no TLS.
 *
 * @example
 * const error = new TlsError("certificate", "Cannot trust example.com: its certificate has expired");
 * error.kind; // "certificate"
 */
export class TlsError extends Error {
  override readonly name = "TlsError";
  readonly kind: "certificate" | "alert" | "protocol";

  constructor(kind: TlsError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * As people write it: `127.0.0.1:80`, `[::1]:80`, or a path.
 *
 * @example
 * printAddress({ host: "::1", port: 8080 }); // "[::1]:8080"
 */
export function printAddress(address: Address): string {
  if ("path" in address) return address.path;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
