/** A connection between our TCP and the kernel's, and bytes that show where they belong: said by one side, compared by the other. */

import { deepEqual, fail } from "node:assert/strict";
import type { TestContext } from "node:test";
import { Random } from "../../../src/base/random.ts";
import type { TcpStream } from "../../../src/host/tcp-stream.ts";
import { kernel } from "../../../src/socket/kernel.ts";
import type { Network, Socket } from "../../../src/socket/socket.ts";
import { type Cable, type CableOptions, cable } from "./kernel.ts";

/** They repeat after a length which no buffer has, so that pieces in the wrong order are not taken for right. */
const PATTERN = Buffer.from(new Random(7).bytes(1_000_003));

/** Says so many bytes, from this one on; a piece after the other, each when there is room. */
export async function say(socket: Socket, length: number, at = 0): Promise<void> {
  const end = at + length;
  while (at < end) {
    const from = at % PATTERN.length;
    const count = Math.min(65_536, end - at, PATTERN.length - from);
    await socket.write(PATTERN.subarray(from, from + count));
    at += count;
  }
}

/** The same, and that this was all; resolves when it has gone. */
export async function sayAll(socket: Socket, length: number): Promise<void> {
  await say(socket, length);
  await socket.end();
}

/** Hears at least so many bytes, or all, and compares each; how many it were, counted from the beginning. */
export async function hear(socket: Socket, length = Number.POSITIVE_INFINITY, at = 0): Promise<number> {
  const end = at + length;
  while (at < end) {
    const bytes = await socket.read();
    if (bytes === undefined) break;
    compare(bytes, at);
    at += bytes.length;
    socket.recycle?.(bytes);
  }
  return at;
}

function compare(bytes: Uint8Array, start: number): void {
  for (let at = 0; at < bytes.length; ) {
    const from = (start + at) % PATTERN.length;
    const count = Math.min(bytes.length - at, PATTERN.length - from);
    if (PATTERN.compare(bytes, at, at + count, from, from + count) !== 0)
      fail(`Bytes from ${start + at} on are others`);
    at += count;
  }
}

/** Both say so much at once, and hear the other to the end. */
export async function talk({ we, they }: Pick<Scene, Who>, length: number): Promise<void> {
  const [weHeard, theyHeard] = await Promise.all([hear(we), hear(they), sayAll(we, length), sayAll(they, length)]);
  deepEqual([weHeard, theyHeard], [length, length]);
}

/** The kernel's programs. */
export const theirs: Network = kernel;

/** Whom people speak of: ourselves, or the kernel's programs. */
export type Who = "we" | "they";
export const BOTH: readonly Who[] = ["we", "they"];
export const other = (who: Who): Who => (who === "we" ? "they" : "we");

export const HOST = { we: "10.0.0.2", they: "10.0.0.1" };

export interface Scene extends Cable {
  readonly we: Socket;
  readonly they: Socket;
  /** What is beneath our socket. */
  readonly stream: TcpStream;
}

/** A connection over a new cable, which that side opens. */
export async function connected(t: TestContext, who: Who, options?: CableOptions): Promise<Scene> {
  return meet(await cable(t, options), who);
}

/** The same over one that is there. */
export async function meet(both: Cable, who: Who): Promise<Scene> {
  const networks = { we: both.ours, they: theirs };
  const listener = await networks[other(who)].listen({ host: HOST[other(who)], port: 0 });
  const [near, far] = await Promise.all([networks[who].connect(listener.address), listener.accept()]);
  const [we, they] = who === "we" ? [near, far!] : [far!, near];
  both.leave.push(
    () => listener.close(),
    () => they.reset(),
  );
  return { ...both, we, they, stream: both.host.tcp.streams[0]! };
}
