/** Connects to whichever of a host's addresses answers first: Happy Eyeballs (RFC 8305 §4 and §5). */

import type { Alarm, Clock } from "../base/clock.ts";
import type { Socket } from "../socket/socket.ts";

/** The Connection Attempt Delay that RFC 8305 §5 recommends: how long an address is waited for before the next is tried, too. */
const DELAY = 250;

/**
 * The addresses in the order to try them in: the families take turns, and that of the first begins, so that a family
 * which is broken costs one delay, however many addresses it has.
 *
 * @example
 * takingTurns(["fd00::1", "fd00::2", "10.0.0.1"]); // ["fd00::1", "10.0.0.1", "fd00::2"]
 */
export function takingTurns(addresses: readonly string[]): string[] {
  const isOfFirst = (address: string): boolean => isIPv6(address) === isIPv6(addresses[0]!);
  const first = addresses.filter(isOfFirst);
  const second = addresses.filter((address) => !isOfFirst(address));
  const turns: string[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    turns.push(...first.slice(i, i + 1), ...second.slice(i, i + 1));
  }
  return turns;
}

const isIPv6 = (address: string): boolean => address.includes(":");

export interface RaceOptions {
  readonly clock: Clock;
  /** Gives all of it up; the race then fails with the signal's reason. */
  readonly signal: AbortSignal;
  /** One attempt. It is asked by its signal to give up, and must then fail. */
  connect(address: string, signal: AbortSignal): Promise<Socket>;
}

/**
 * The first to connect. An address that fails makes room for the next at once; one that takes its time gets
 * company. Where all have failed, it fails with the error of the last. Of the others nothing is left.
 *
 * @example
 * const listener = await kernel.listen({ host: "127.0.0.1", port: 0 });
 * const { port } = listener.address as InternetAddress;
 * const connect = (host: string, signal: AbortSignal) => kernel.connect({ host, port }, { signal });
 * const socket = await race(["::1", "127.0.0.1"], { clock: realClock, signal: exchange.signal, connect });
 * socket.close();
 * await listener.close();
 */
export function race(addresses: readonly string[], { clock, signal, connect }: RaceOptions): Promise<Socket> {
  // Whoever runs alone needs no rules.
  if (addresses.length === 1) return connect(addresses[0]!, signal);
  return new Promise((resolve, reject) => {
    const attempts = new AbortController();
    let [started, failed, isOver] = [0, 0, false];
    let alarm: Alarm | undefined;

    const start = (): void => {
      alarm?.cancel();
      const address = addresses[started++]!;
      if (started < addresses.length) alarm = clock.after(DELAY, start);
      connect(address, attempts.signal).then(win, lose);
    };
    const win = (socket: Socket): void => {
      if (isOver) {
        // It was quicker than our giving it up.
        socket.close();
      } else {
        finish();
        resolve(socket);
      }
    };
    const lose = (error: unknown): void => {
      failed++;
      if (isOver) return;
      if (started < addresses.length) {
        start();
      } else if (failed === addresses.length) {
        finish();
        reject(error);
      }
    };
    const giveUp = (): void => {
      finish();
      reject(signal.reason);
    };
    const finish = (): void => {
      isOver = true;
      alarm?.cancel();
      signal.removeEventListener("abort", giveUp);
      attempts.abort();
    };
    signal.addEventListener("abort", giveUp);
    start();
  });
}
