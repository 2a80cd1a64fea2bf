/** Carrier 1: the sockets of the operating system. */

import { lstat, unlink } from "node:fs/promises";
import type * as net from "node:net";
import { dirname } from "node:path";
import { errorOf } from "./errors.ts";
import { addressOf, BACKLOG, KernelListener, openServer, type Reading } from "./kernel-listener.ts";
import {
  type InternetAddress,
  type Listener,
  type ListenOptions,
  type Network,
  printAddress,
  SocketError,
  type UnixAddress,
} from "./socket.ts";

/**
 * TCP, UDP and Unix-domain sockets of this machine. Where one listens, `localhost` means 127.0.0.1 and ::1, each as a
 * socket of its own on the same port, and `::` means IPv6 alone: who comes over IPv4 would have an odd address there.
 *
 * @example
 * const listener = await kernel.listen({ host: "localhost", port: 0 });
 * const client = await kernel.connect(listener.address);
 * const server = await listener.accept();
 * client.close();
 * await server?.read(); // undefined
 * server?.close();
 * await listener.close();
 */
export const kernel: Network = kernelNetwork("onread");

/**
 * The same with another way to read, for tests of it.
 *
 * @internal
 */
export function kernelNetwork(reading: Reading): Network {
  return {
    listen: (at, options) => ("path" in at ? listenOnPath(at, options, reading) : listenOnPort(at, options, reading)),
    // A server that only listens is up sooner without them.
    connect: async (to, options) => (await import("./kernel-connect.ts")).connect(to, options),
    resolve: async (host) => (await import("./kernel-resolve.ts")).resolve(host),
    datagrams: async (at) => (await import("./kernel-datagrams.ts")).kernelDatagrams(at),
  };
}

// ── ports ──

async function listenOnPort(
  { host, port }: InternetAddress,
  { backlog = BACKLOG }: ListenOptions = {},
  reading: Reading,
): Promise<Listener> {
  const servers = await openOnOnePort(host === "localhost" ? ["127.0.0.1", "::1"] : [host], port, backlog);
  return new KernelListener(
    servers.map((server) => [server, addressOf(server)]),
    backlog,
    reading,
  );
}

/** A port that is free in one family may be taken in the other: so many times the system may choose anew. */
const CHOICES = 16;

async function openOnOnePort(hosts: readonly string[], port: number, backlog: number): Promise<net.Server[]> {
  for (let choice = 1; ; choice++) {
    const servers: net.Server[] = [];
    try {
      await openEach(hosts, port, backlog, servers);
      return servers;
    } catch (error) {
      for (const server of servers) server.close();
      const isUnlucky = port === 0 && servers.length > 0 && (error as SocketError).code === "EADDRINUSE";
      if (!isUnlucky || choice === CHOICES) throw error;
    }
  }
}

async function openEach(hosts: readonly string[], port: number, backlog: number, opened: net.Server[]): Promise<void> {
  let missing: unknown;
  for (const host of hosts) {
    const samePort = opened[0] === undefined ? port : addressOf(opened[0]).port;
    try {
      opened.push(
        await openServer({ host, port: samePort, backlog, ipv6Only: true }, printAddress({ host, port: samePort })),
      );
    } catch (error) {
      // A machine may speak one family only.
      if (!isMissing(error)) throw error;
      missing = error;
    }
  }
  if (opened.length === 0) throw missing;
}

const isMissing = (error: unknown): boolean =>
  error instanceof SocketError && (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT");

// ── paths ──

async function listenOnPath(
  at: UnixAddress,
  { backlog = BACKLOG }: ListenOptions = {},
  reading: Reading,
): Promise<Listener> {
  const open = () => openServer({ path: at.path, backlog }, at.path);
  const server = await open().catch(async (error: unknown) => {
    if (await isStale(at, error)) {
      await unlink(at.path);
      return open();
    }
    // libuv calls that EACCES, as Windows would.
    const folderIsThere = await lstat(dirname(at.path)).catch(() => undefined);
    throw folderIsThere ? error : errorOf("ENOENT", `Cannot listen on ${at.path}`);
  });
  return new KernelListener([[server, at]], backlog, reading);
}

/**
 * Was it left by a process that died? Only a socket that nobody answers on is in nobody's way; if somebody does,
 * they have a visitor who leaves at once.
 */
async function isStale(at: UnixAddress, error: unknown): Promise<boolean> {
  if (!(error instanceof SocketError) || error.code !== "EADDRINUSE") return false;
  const found = await lstat(at.path).catch(() => undefined);
  if (found?.isSocket() !== true) return false;
  try {
    (await kernel.connect(at)).close();
    return false;
  } catch (refusal) {
    return refusal instanceof SocketError && refusal.code === "ECONNREFUSED";
  }
}
