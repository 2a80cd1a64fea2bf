/** Listening sockets that systemd opened before it started us: socket activation (sd_listen_fds(3)). */

import { readFileSync, readlinkSync } from "node:fs";
import type * as net from "node:net";
import { addressOf, BACKLOG, KernelListener, openServer } from "./kernel-listener.ts";
import { type Address, type Listener, SocketError } from "./socket.ts";

/** SD_LISTEN_FDS_START: the descriptors follow those of stdin, stdout and stderr. */
const FIRST = 3;

/** More than anybody's unit file names; a slip of the pen may be larger. */
const MOST = 1024;

/**
 * The sockets that were handed over to this process, in the order of the unit file; none where there are none, or where
 * they are meant for another process. The variables that tell of them are removed, so that no child takes them for its own.
 * Fails with a SocketError (EINVAL) if the variables make no sense, or a descriptor is no stream socket.
 *
 * @example
 * const listeners = await inheritedListeners();
 * if (listeners.length === 0) listeners.push(await kernel.listen({ host: "localhost", port: 0 }));
 * for (const listener of listeners) await listener.close();
 */
export async function inheritedListeners(
  env: Record<string, string | undefined> = process.env,
  pid = process.pid,
): Promise<Listener[]> {
  const count = countOf(env, pid);
  delete env.LISTEN_PID;
  delete env.LISTEN_FDS;
  delete env.LISTEN_FDNAMES;

  const listeners: Listener[] = [];
  try {
    for (let fd = FIRST; fd < FIRST + count; fd++) listeners.push(await inherit(fd));
  } catch (error) {
    for (const listener of listeners) await listener.close();
    throw error;
  }
  return listeners;
}

function countOf({ LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES }: Record<string, string | undefined>, pid: number): number {
  if (LISTEN_PID === undefined && LISTEN_FDS === undefined) return 0;
  const addressee = wholeNumber("LISTEN_PID", LISTEN_PID);
  const count = wholeNumber("LISTEN_FDS", LISTEN_FDS);
  if (addressee !== pid) return 0;
  if (count > MOST) throw senseless("LISTEN_FDS", LISTEN_FDS, `more than ${MOST} sockets`);
  const names = LISTEN_FDNAMES?.split(":").length ?? count;
  if (names !== count) throw senseless("LISTEN_FDNAMES", LISTEN_FDNAMES, `${names} names for ${count} sockets`);
  return count;
}

function wholeNumber(name: string, text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw senseless(name, text, "not a whole number");
  return Number(text);
}

function senseless(name: string, text: string | undefined, why: string): SocketError {
  return new SocketError("EINVAL", `Cannot take over the sockets: ${name}="${text ?? ""}" is ${why}`);
}

async function inherit(fd: number): Promise<Listener> {
  const server = await openServer({ fd }, `the inherited descriptor ${fd}`);
  return new KernelListener([[server, whereabouts(server, fd)]], BACKLOG, "onread");
}

/** Node does not tell the path of a Unix-domain socket it has not bound itself. */
function whereabouts(server: net.Server, fd: number): Address {
  return server.address() === null ? { path: pathOf(fd) } : addressOf(server);
}

/** As Linux tells it, who alone has systemd: a table whose seventh column is the inode, and whose last is the path. */
function pathOf(fd: number): string {
  const inode = /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0];
  const rows = readFileSync("/proc/self/net/unix", "utf8").split("\n");
  return rows.map((row) => row.trim().split(/ +/)).find((columns) => columns[6] === inode)?.[7] ?? "";
}
