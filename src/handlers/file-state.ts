/** One state of a file: what tells it from the states before and after, for its validators (RFC 9110 §8.8). */

import type { BigIntStats } from "node:fs";

export interface FileState {
  /** In bytes. */
  readonly length: number;
  /** Two states with the same identity are the same state of the same file, if both are settled. */
  readonly identity: string;
  /** What an entity tag holds between its quotes. */
  readonly tag: string;
  /** Milliseconds since 1970 UTC; undefined where it lies in the future, which must not be told (§8.8.2.1). */
  readonly lastModified: number | undefined;
  /** Whether the next change will surely bear another time. */
  readonly isSettled: boolean;
}

/**
 * File systems stamp times by a clock that ticks every 1 to 10 ms (Linux: `CONFIG_HZ`), some only every one or two
 * seconds: then their times are whole seconds. Two changes within a tick look alike.
 */
const TICK = 20;
const COARSE_TICK = 2000;
const SECOND = 1_000_000_000n;

let serial = 0;

/**
 * What `stat` says, as a state; `date` is now, in milliseconds since 1970 UTC.
 *
 * The identity holds the size, both times in nanoseconds and the inode. The time of the last change of the inode
 * (ctime) is the one that nobody can set: who copies an old time onto new content is found out.
 *
 * A file that was changed this very moment may change again within the same tick. Its tag is used once only, so that
 * it never stands for other content.
 *
 * @example
 * const { stat } = await import("node:fs/promises");
 * const state = stateOf(await stat("package.json", { bigint: true }), Date.now());
 * state.tag; // something like s0-dcmwaqhzjc1y-0-6f2c
 */
export function stateOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats, date: number): FileState {
  const identity = [size, mtimeNs, ctimeNs - mtimeNs, ino].map((part) => part.toString(36)).join("-");
  const tick = ctimeNs % SECOND === 0n ? COARSE_TICK : TICK;
  const isSettled = Math.abs(date - Number(ctimeNs / 1_000_000n)) > tick;
  const modified = Number(mtimeNs / 1_000_000n);
  return {
    length: Number(size),
    identity,
    tag: isSettled ? identity : `${identity}-${(serial++).toString(36)}`,
    lastModified: modified <= date && modified >= EARLIEST ? modified : undefined,
    isSettled,
  };
}

/** HTTP's dates begin here; a file can be older, by a mistake. */
const EARLIEST = Date.parse("0000-01-01T00:00:00Z");
