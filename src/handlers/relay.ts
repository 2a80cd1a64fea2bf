/** Two sockets joined to one: what the one says the other hears, until both have said everything (RFC 9110 §9.3.6). */

import { type Alarm, type Clock, realClock } from "../base/clock.ts";
import type { Socket } from "../socket/socket.ts";
import type { Talk } from "../web/handler.ts";

export interface RelayOptions {
  readonly clock?: Clock;
  /** Milliseconds that both sides may be silent at once. Default 1 h. */
  readonly idle?: number;
  /**
   * The same once one side has said everything, never longer than `idle`. Default 5 min: more than the routers between
   * us and them remember such a connection (Linux's conntrack: 2 min), and few who answer a request let it wait as long.
   */
  readonly idleHalfClosed?: number;
  /** What the first side has already said. */
  readonly early?: Uint8Array;
  /** What the second side has already said. */
  readonly earlyBack?: Uint8Array;
}

/**
 * Copies both ways until both sides have ended, and never fails. An end is passed on at once, and the other direction
 * goes on. Where one side breaks off the other is reset, so that it does not take half a stream for a whole one; what
 * had come whole still goes. Nothing is read for a side that takes nothing: until it takes something, or has been
 * silent for too long, nobody hears that the other is gone.
 * Both sockets are the callee's, and closed at the end.
 *
 * @example
 * const { sent, received } = await relay(client, upstream, { idle: 60_000 });
 */
export function relay(a: Socket, b: Socket, options: RelayOptions = {}): Promise<Talk> {
  return new Relay(a, b, options).run(options.early, options.earlyBack);
}

/** One of the two directions. */
interface Way {
  readonly from: Socket;
  readonly to: Socket;
  bytes: number;
  /** `from` has said everything, and we have it. */
  hasEnded: boolean;
  isComplete: boolean;
}

class Relay {
  readonly #there: Way;
  readonly #back: Way;
  readonly #clock: Clock;
  readonly #idle: number;
  readonly #idleHalfClosed: number;
  /** When bytes last moved: written down for each piece, and looked at when the alarm rings. */
  #movedAt: number;
  #alarm: Alarm | undefined;

  constructor(a: Socket, b: Socket, options: RelayOptions) {
    const { clock = realClock, idle = 3_600_000, idleHalfClosed = 300_000 } = options;
    this.#there = { from: a, to: b, bytes: 0, hasEnded: false, isComplete: false };
    this.#back = { from: b, to: a, bytes: 0, hasEnded: false, isComplete: false };
    this.#clock = clock;
    this.#idle = idle;
    this.#idleHalfClosed = Math.min(idle, idleHalfClosed);
    this.#movedAt = clock.now();
  }

  async run(early: Uint8Array | undefined, earlyBack: Uint8Array | undefined): Promise<Talk> {
    const [there, back] = [this.#there, this.#back];
    this.#setAlarm(this.#idle);
    await Promise.all([this.#copy(there, back, early), this.#copy(back, there, earlyBack)]);
    this.#alarm?.cancel();
    there.from.close();
    back.from.close();
    return { sent: there.bytes, received: back.bytes, isComplete: there.isComplete && back.isComplete };
  }

  /** The hot loop: one promise for a piece, and another only where the reader cannot keep up. */
  async #copy(way: Way, opposite: Way, early: Uint8Array | undefined): Promise<void> {
    const { from, to } = way;
    const clock = this.#clock;
    try {
      let bytes = early !== undefined && early.length > 0 ? early : await from.read();
      while (bytes !== undefined) {
        this.#movedAt = clock.now();
        const full = to.write(bytes);
        way.bytes += bytes.length;
        if (full !== undefined) {
          // Who takes no more may have said why, as a server does in the middle of an upload: let that arrive.
          if (!(await hasRoom(full))) return;
          this.#movedAt = clock.now();
        }
        // Where it has all gone, the next may come into the same memory.
        if (to.isFlushed === true) from.recycle?.(bytes);
        else from.keep?.(bytes);
        bytes = await from.read();
      }
      way.hasEnded = true;
      this.#movedAt = clock.now();
      this.#setAlarm(this.#idleHalfClosed);
      await to.end();
      way.isComplete = true;
    } catch {
      this.#breakOff(way, opposite);
    }
  }

  /** Also wakes whoever still waits for one of the two: what is pending on a socket that is reset fails. */
  #breakOff(way: Way, opposite: Way): void {
    way.to.reset();
    // What came whole still goes.
    if (!opposite.hasEnded) way.from.reset();
  }

  #setAlarm(ms: number): void {
    this.#alarm?.cancel();
    this.#alarm = this.#clock.after(ms, () => this.#look());
  }

  #look(): void {
    const isHalfClosed = this.#there.hasEnded || this.#back.hasEnded;
    const left = this.#movedAt + (isHalfClosed ? this.#idleHalfClosed : this.#idle) - this.#clock.now();
    if (left > 0) {
      this.#setAlarm(left);
    } else {
      this.#there.from.reset();
      this.#back.from.reset();
    }
  }
}

const hasRoom = (room: Promise<void>): Promise<boolean> =>
  room.then(
    () => true,
    () => false,
  );
