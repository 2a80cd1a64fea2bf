/** What is wrong with a disk at the moment, who is told, and when it is tried again. */

import type { Clock } from "../base/clock.ts";
import { primary } from "./disk-lock.ts";

/** It is left alone for so long: what is full or broken stays so for a while. */
const PAUSE = 10_000;
/** Who runs the cache is told once in so long. */
const REMINDER = 10 * 60_000;

/** SQLITE_FULL. */
const FULL = 13;

/** What people call it. */
const WORDS: Record<string, string> = {
  ENOSPC: "there is no space left",
  EDQUOT: "the quota is used up",
  EROFS: "the file system is read-only",
  EIO: "the device reports an error",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EEXIST: "it is not a folder",
  ENOTDIR: "it is not within a folder",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

/**
 * While there is trouble nothing is written.
 *
 * @example
 * const trouble = new Trouble("/var/cache", clock, () => {});
 * trouble.comes(Object.assign(new Error(), { code: "ENOSPC" }));
 * trouble.text; // "there is no space left (ENOSPC)"
 * trouble.isOver(); // false
 */
export class Trouble {
  text: string | undefined;
  /** It is for want of room: on the disk, or in a quota, of which nobody can tell how large it is. */
  full: "disk" | "quota" | undefined;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #complain: (message: string) => void;
  #until = 0;
  #complainedAt: number | undefined;

  constructor(folder: string, clock: Clock, complain: (message: string) => void) {
    this.#folder = folder;
    this.#clock = clock;
    this.#complain = complain;
  }

  comes(error: unknown): void {
    const now = this.#clock.now();
    this.#until = now + PAUSE;
    this.text = wordsOf(error);
    const { code = "" } = error as NodeJS.ErrnoException;
    this.full = code === "ENOSPC" || primary(error) === FULL ? "disk" : code === "EDQUOT" ? "quota" : undefined;
    if (this.#complainedAt !== undefined && now - this.#complainedAt < REMINDER) return;
    this.#complainedAt = now;
    const next = `responses pass through, and in ${PAUSE / 1000} seconds it is tried again`;
    this.#complain(`Cannot store responses in "${this.#folder}": ${this.text}; ${next}`);
  }

  /** Whether one may try: there is none, or it was long ago. */
  isOver(): boolean {
    return this.text === undefined || this.#clock.now() >= this.#until;
  }

  /** It worked. */
  passed(): void {
    this.text = undefined;
    this.full = undefined;
  }
}

/**
 * What went wrong, in a few words.
 *
 * @example
 * wordsOf(new Error("unable to open database file")); // "unable to open database file"
 */
export function wordsOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const words = WORDS[code];
  return words === undefined ? message : `${words} (${code})`;
}
