/** Waits on another thread until a descriptor can be read, or somebody rings (poll(2), eventfd(2)). */

import { closeSync } from "node:fs";
import type { System } from "./linux.ts";

/** From <poll.h>: `struct pollfd { int fd; short events; short revents; }`. */
const POLLFD = 8;
const POLLIN = 1;

/**
 * How long a thread waits at most, in milliseconds: a process that is told to exit waits for its threads. Once a second is
 * seldom enough to cost nothing.
 */
const LONGEST = 1000;

/**
 * It keeps one of libuv's four threads while it waits.
 *
 * @internal
 */
export class Poll {
  readonly #system: System;
  readonly #bell: number;
  readonly #fds = new Uint8Array(2 * POLLFD);

  /** The bell is an `eventfd`, and the poll's from here on. */
  constructor(system: System, fd: number, bell: number) {
    this.#system = system;
    this.#bell = bell;
    new Int32Array(this.#fds.buffer).set([fd, 0, bell, 0]);
    const events = new Int16Array(this.#fds.buffer);
    events[2] = events[6] = POLLIN;
  }

  /** Calls `done` once: something has come, it has been rung, or for a second there was neither. */
  wait(done: () => void): void {
    this.#system.pollLater(this.#fds, 2, LONGEST, done);
  }

  /** From here on nobody has to wait. */
  ring(): void {
    this.#system.write(this.#bell, new Uint8Array(new BigUint64Array([1n]).buffer), 8);
  }

  /** Nobody may be waiting. */
  close(): void {
    closeSync(this.#bell);
  }
}
