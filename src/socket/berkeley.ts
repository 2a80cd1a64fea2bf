/**
 * The socket calls by their old names (POSIX.1-2024, <sys/socket.h>), over any network of ours.
 *
 * What a textbook writes in C can be written line for line: with `await` where C would block, and with a SocketError
 * where C returns −1 and sets errno.
 */

import { DatagramEndpoint } from "./berkeley-datagram.ts";
import { type Family, IPV4, IPV6, UNIX } from "./berkeley-family.ts";
import { StreamEndpoint } from "./berkeley-stream.ts";
import { errorOf } from "./errors.ts";
import type { Address, InternetAddress, Network } from "./socket.ts";

/** Addresses are paths. The numbers here are those of Linux; POSIX fixes the names only. */
export const AF_UNIX = 1;
/** Addresses are of IPv4. */
export const AF_INET = 2;
/** Addresses are of IPv6. */
export const AF_INET6 = 10;
/** A stream of bytes, over a connection. */
export const SOCK_STREAM = 1;
/** Datagrams, without one. */
export const SOCK_DGRAM = 2;
/** Nothing more is to be received. */
export const SHUT_RD = 0;
/** Nothing more is to be sent: the peer reads the end. */
export const SHUT_WR = 1;
/** Both. */
export const SHUT_RDWR = 2;
/** Whatever addresses this machine has. */
export const INADDR_ANY = "0.0.0.0";

/** Every call fails with EBADF where the descriptor is not open. */
export interface Berkeley {
  /** A new socket: the lowest descriptor that is free. Fails with EAFNOSUPPORT, EINVAL (no such type), EMFILE. */
  socket(domain: number, type: number, protocol?: number): number;
  /**
   * Gives the socket an address of its own; of port 0 the system makes its choice.
   * Fails with EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL (it has one already).
   */
  bind(fd: number, address: Address): Promise<void>;
  /**
   * Makes it a listening socket, with room for so many who wait to be accepted. What is not bound gets a port of the
   * system's choice. Fails with EADDRINUSE, EINVAL (it is connected), EOPNOTSUPP (datagrams).
   */
  listen(fd: number, backlog?: number): Promise<void>;
  /** A descriptor for the next connection; the listening socket stays. Fails with EINVAL (not listening), EMFILE, EOPNOTSUPP. */
  accept(fd: number): Promise<number>;
  /**
   * Connects a stream; of datagrams it only notes with whom.
   * Fails with ECONNREFUSED, ETIMEDOUT, EAFNOSUPPORT, EISCONN, EOPNOTSUPP (listening) …
   */
  connect(fd: number, address: Address): Promise<void>;
  /**
   * How many bytes were taken: all of them, once there is room.
   * Fails with EPIPE, ECONNRESET, ENOTCONN, EDESTADDRREQ (datagrams without a peer).
   */
  send(fd: number, bytes: Uint8Array): Promise<number>;
  /** The next bytes, at most so many; none at the end. Of a datagram the rest is lost. Fails with ECONNRESET, ENOTCONN. */
  recv(fd: number, length: number): Promise<Uint8Array>;
  /** Sends a datagram there. Fails with EMSGSIZE, EAFNOSUPPORT, EISCONN (it has a peer), ENOTCONN (a stream). */
  sendto(fd: number, bytes: Uint8Array, to: Address): Promise<number>;
  /** As `recv`, and who sent it. */
  recvfrom(fd: number, length: number): Promise<{ bytes: Uint8Array; from: Address }>;
  /** Ends one direction or both. Fails with ENOTCONN, EINVAL (no such direction). */
  shutdown(fd: number, how: number): void;
  /** Gives the descriptor back; what was sent still goes. Whoever waits for it is told EBADF. */
  close(fd: number): Promise<void>;
  /** Its own address. */
  getsockname(fd: number): Address;
  /** Its peer's. Fails with ENOTCONN. */
  getpeername(fd: number): Address;
}

export interface BerkeleyOptions {
  /** How many descriptors may be open (EMFILE beyond). Default 1024, as shells give to a process. */
  readonly limit?: number;
}

/** 0, 1 and 2 are stdin, stdout and stderr. */
const FIRST = 3;

/**
 * The calls over this network, with descriptors of their own.
 *
 * @example
 * const { socket, bind, listen, accept, connect, send, recv, getsockname, close } = berkeley(kernel);
 * const listenfd = socket(AF_INET, SOCK_STREAM);
 * await bind(listenfd, { host: "127.0.0.1", port: 0 });
 * await listen(listenfd, 5);
 * const clientfd = socket(AF_INET, SOCK_STREAM);
 * await connect(clientfd, getsockname(listenfd));
 * const connfd = await accept(listenfd);
 * await send(clientfd, utf8("hello"));
 * latin1(await recv(connfd, 3)); // "hel"
 * for (const fd of [listenfd, clientfd, connfd]) await close(fd);
 */
export function berkeley(network: Network, { limit = 1024 }: BerkeleyOptions = {}): Berkeley {
  const open = new Map<number, Endpoint>();
  const bound = new Set<string>();

  const at = (fd: number, call: string): Endpoint => {
    const endpoint = open.get(fd);
    if (endpoint === undefined) throw errorOf("EBADF", `Cannot ${call} ${fd}`);
    return endpoint;
  };
  const stream = (fd: number, call: string): StreamEndpoint => {
    const endpoint = at(fd, call);
    if (endpoint instanceof StreamEndpoint) return endpoint;
    throw errorOf("EOPNOTSUPP", `Cannot ${call} ${fd}`);
  };
  const lowest = (call: string): number => {
    let fd = FIRST;
    while (open.has(fd)) fd++;
    if (fd >= limit) throw errorOf("EMFILE", `Cannot ${call}`);
    return fd;
  };

  return {
    socket(domain, type) {
      const endpoint = endpointOf(domain, type, network, bound);
      const fd = lowest("make a socket");
      open.set(fd, endpoint);
      return fd;
    },
    bind: async (fd, address) => at(fd, "bind").bind(address),
    listen: async (fd, backlog) => stream(fd, "listen on").listen(backlog),
    async accept(fd) {
      const listening = stream(fd, "accept on");
      lowest("accept");
      const accepted = await listening.accept();
      try {
        const next = lowest("accept");
        open.set(next, accepted);
        return next;
      } catch (error) {
        // Somebody has taken the last descriptor meanwhile.
        accepted.reset();
        throw error;
      }
    },
    connect: async (fd, address) => at(fd, "connect").connect(address),
    send: async (fd, bytes) => at(fd, "send over").send(bytes),
    recv: async (fd, length) => (await at(fd, "receive from").receive(length)).bytes,
    sendto: async (fd, bytes, to) => at(fd, "send over").sendTo(bytes, to),
    recvfrom: async (fd, length) => at(fd, "receive from").receive(length),
    shutdown(fd, how) {
      const endpoint = at(fd, "shut down");
      if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) throw errorOf("EINVAL", `Cannot shut down ${fd}`);
      endpoint.shutDown(how !== SHUT_WR, how !== SHUT_RD);
    },
    async close(fd) {
      const endpoint = at(fd, "close");
      open.delete(fd);
      await endpoint.close();
    },
    getsockname: (fd) => at(fd, "name").local,
    getpeername: (fd) => at(fd, "name the peer of").remote,
  };
}

type Endpoint = StreamEndpoint | DatagramEndpoint;

const FAMILIES: Readonly<Record<number, Family>> = { [AF_UNIX]: UNIX, [AF_INET]: IPV4, [AF_INET6]: IPV6 };

function endpointOf(domain: number, type: number, network: Network, bound: Set<string>): Endpoint {
  const family = FAMILIES[domain];
  if (family === undefined) throw errorOf("EAFNOSUPPORT", `Cannot make a socket of the family "${domain}"`);
  if (type === SOCK_STREAM) return new StreamEndpoint(network, family, bound);
  if (type === SOCK_DGRAM && family !== UNIX) return new DatagramEndpoint(network, family as Family<InternetAddress>);
  throw errorOf("EINVAL", `Cannot make a socket of the type "${type}"`);
}
