/** `maitred echo`: says back whatever is said (RFC 862), over TCP or UDP; or talks to one who does. */

import { type Clock, realClock } from "../base/clock.ts";
import {
  type Address,
  type Datagrams,
  type InternetAddress,
  type Network,
  printAddress,
  type Socket,
  SocketError,
} from "../socket/socket.ts";
import { announcement, urlsOf } from "./announce.ts";
import { closeNetwork, hostFor, type NetworkFlags, networkOf } from "./network.ts";
import { Refusal, whyNotListening } from "./refusal.ts";
import { askedToEnd } from "./signals.ts";

export interface EchoFlags extends NetworkFlags {
  readonly port: number;
  readonly host: string;
  readonly udp?: boolean;
  /** Who is talked to; nobody, where it is we who say things back. */
  readonly connect?: InternetAddress;
}

/**
 * Serves until somebody asks to end it, or talks until all is said. Fails with a Refusal where that cannot be.
 *
 * @example
 * await echoCommand({ port: 0, host: "localhost" });
 */
export async function echoCommand(flags: EchoFlags): Promise<void> {
  const { port, udp = false, connect } = flags;
  const network = await networkOf(flags);
  if (connect !== undefined) {
    await talk(network, connect, udp);
    await closeNetwork(flags);
    return;
  }
  const address = { host: hostFor(flags), port };
  const asked = new AbortController();
  const server = await echoServer(network, { ...address, udp }, asked.signal).catch((error) => {
    throw whyNotListening(error, address);
  });
  process.stdout.write(announcement("says back what is said", urlsOf(server.addresses, "echo"), process.stdout.isTTY));
  await askedToEnd();
  asked.abort();
  await server.closed;
  await closeNetwork(flags);
  // Whoever does not take what is still to be said back does not keep us for ever.
  realClock.after(GRACE, () => process.exit());
}

const GRACE = 10_000;

async function talk(network: Network, to: InternetAddress, udp: boolean): Promise<void> {
  const print = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => void process.stdout.write(bytes, () => resolve()));
  try {
    await echoClient(network, to, process.stdin, print, { udp });
  } catch (error) {
    throw error instanceof SocketError ? new Refusal(error.message, { cause: error }) : error;
  } finally {
    // Whoever types would otherwise type on, and nobody would hear it.
    process.stdin.destroy();
  }
}

// ── the one who says it back ──

export interface EchoServer {
  readonly addresses: readonly Address[];
  /** Resolves when the signal has come, and all that was heard by then is said back. */
  readonly closed: Promise<void>;
}

/**
 * Says back to each client what it says, until the signal. The client is the first to close, so that the server keeps
 * no trace of it (TIME-WAIT); one who does not read is not read from either. Fails with the SocketError of `listen`.
 *
 * @example
 * const asked = new AbortController();
 * const server = await echoServer(kernel, { host: "localhost", port: 0 }, asked.signal);
 * asked.abort();
 * await server.closed;
 */
export async function echoServer(
  network: Network,
  { host, port, udp = false }: { host: string; port: number; udp?: boolean },
  signal: AbortSignal,
): Promise<EchoServer> {
  return udp ? repeatDatagrams(network, { host, port }, signal) : repeatStreams(network, { host, port }, signal);
}

async function repeatStreams(network: Network, at: InternetAddress, signal: AbortSignal): Promise<EchoServer> {
  const listener = await network.listen(at);
  const conversations = new Map<Socket, Promise<void>>();
  const serving = (async () => {
    for await (const socket of listener) {
      conversations.set(
        socket,
        repeat(socket).finally(() => conversations.delete(socket)),
      );
    }
    for (const socket of conversations.keys()) socket.close();
    await Promise.all(conversations.values());
  })();
  const leave = (): void => void listener.close();
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  return { addresses: listener.addresses, closed: serving };
}

/** Never fails: what happens to one client is no concern of the others. */
async function repeat(socket: Socket): Promise<void> {
  try {
    for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) {
      await socket.write(bytes);
    }
    await socket.end();
  } catch {
    // It has left, or we have closed it.
  } finally {
    socket.close();
  }
}

async function repeatDatagrams(network: Network, at: InternetAddress, signal: AbortSignal): Promise<EchoServer> {
  const all = await openDatagrams(network, at);
  const serving = Promise.all(all.map(repeatEach));
  const leave = (): void => all.forEach((datagrams) => void datagrams.close());
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  return { addresses: all.map(({ address }) => address), closed: serving.then(() => {}) };
}

/** A datagram socket has one family, but `localhost` means both. */
async function openDatagrams(network: Network, { host, port }: InternetAddress): Promise<Datagrams[]> {
  if (host !== "localhost") return [await network.datagrams({ host, port })];
  const first = await network.datagrams({ host: "127.0.0.1", port });
  try {
    return [first, await network.datagrams({ host: "::1", port: first.address.port })];
  } catch (error) {
    // A machine may speak one family only.
    if (error instanceof SocketError && ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(error.code)) return [first];
    await first.close();
    throw error;
  }
}

/** No client speaks from a port of the system's own services. */
const CLIENT_PORTS = 1024;

async function repeatEach(datagrams: Datagrams): Promise<void> {
  for (let one = await datagrams.receive(); one !== undefined; one = await datagrams.receive()) {
    // Whoever cannot be answered is not.
    if (!isService(one.from, datagrams.address)) await datagrams.send(one.bytes, one.from).catch(() => {});
  }
}

/** With a forged address we could be made to talk for ever: with a service that answers everything, or with our like. */
const isService = (from: InternetAddress, own: InternetAddress): boolean =>
  from.port < CLIENT_PORTS || from.port === own.port;

// ── the one who talks to it ──

export interface EchoClientOptions {
  readonly udp?: boolean;
  /** By what clock an answer to a datagram is late. */
  readonly clock?: Clock;
}

/**
 * Says what comes in, and puts out what comes back, until the server has closed: which it does when we have ended,
 * since all was said. Fails with a SocketError; with ETIMEDOUT where a datagram is not answered within a second.
 *
 * @example
 * const asked = new AbortController();
 * const { addresses, closed } = await echoServer(kernel, { host: "localhost", port: 0 }, asked.signal);
 * const said = (async function* () { yield utf8("hello"); })();
 * await echoClient(kernel, addresses[0]!, said, (bytes) => console.log(latin1(bytes)));
 * asked.abort();
 * await closed;
 */
export async function echoClient(
  network: Network,
  to: Address,
  input: AsyncIterable<Uint8Array>,
  output: (bytes: Uint8Array) => Promise<void> | void,
  { udp = false, clock = realClock }: EchoClientOptions = {},
): Promise<void> {
  if (udp) await exchangeDatagrams(network, to, input, output, clock);
  else await exchangeStream(await network.connect(to), input, output);
}

async function exchangeStream(
  socket: Socket,
  input: AsyncIterable<Uint8Array>,
  output: (bytes: Uint8Array) => Promise<void> | void,
): Promise<void> {
  let failure: unknown;
  const say = async (): Promise<void> => {
    for await (const bytes of input) await socket.write(bytes);
    await socket.end();
  };
  // It is not waited for: if the server closes before all is said, there is nobody to say it to.
  say().catch((error: unknown) => {
    failure = error;
    socket.reset();
  });
  try {
    for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) await output(bytes);
  } catch (error) {
    throw failure ?? error;
  } finally {
    socket.close();
  }
}

/** What every path takes in one piece: IPv6 promises 1280 bytes, less its header and UDP's (RFC 8200 §5). */
const PIECE = 1232;

/** How long an answer may take, in milliseconds. */
const PATIENCE = 1000;

/** One at a time, each when the one before is answered: so none overtakes another, and no buffer overflows. */
async function exchangeDatagrams(
  network: Network,
  to: Address,
  input: AsyncIterable<Uint8Array>,
  output: (bytes: Uint8Array) => Promise<void> | void,
  clock: Clock,
): Promise<void> {
  if ("path" in to) throw new SocketError("EAFNOSUPPORT", `Cannot send datagrams to ${to.path}: it is no port`);
  const server = to.host === "localhost" ? { ...to, host: "127.0.0.1" } : to;
  const datagrams = await network.datagrams({ host: server.host.includes(":") ? "::" : "0.0.0.0", port: 0 });
  try {
    for await (const bytes of input) {
      for (let at = 0; at < bytes.length; at += PIECE) {
        await datagrams.send(bytes.subarray(at, at + PIECE), server);
        await output(await answer(datagrams, server, clock));
      }
    }
  } finally {
    await datagrams.close();
  }
}

async function answer(datagrams: Datagrams, from: InternetAddress, clock: Clock): Promise<Uint8Array> {
  const alarm = clock.after(PATIENCE, () => void datagrams.close());
  try {
    for (let one = await datagrams.receive(); one !== undefined; one = await datagrams.receive()) {
      // Anybody may send us something; the answer comes from where the question went.
      if (one.from.port === from.port) return one.bytes;
    }
    throw new SocketError(
      "ETIMEDOUT",
      `Cannot talk to ${printAddress(from)}: no answer came within ${PATIENCE / 1000} s`,
    );
  } finally {
    alarm.cancel();
  }
}
