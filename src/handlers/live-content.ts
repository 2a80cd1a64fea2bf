/**
 * Content that comes once and is read by many, each at his own pace, while it goes into a store (RFC 9111 §4, collapsed
 * requests).
 */

import type { Filling, Stored } from "../cache/store.ts";
import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import { HeldBytes } from "./held-bytes.ts";
import { SharedReader } from "./shared-reader.ts";
import { nobodyWaits } from "./when-left.ts";

/**
 * What a store did not want is held for those who lag behind, up to so many bytes; beyond that the quick wait for the
 * slow.
 */
const WINDOW = 1024 * 1024;

/** Where so little is still to come that it is fetched for later, though nobody waits for it any more. */
const NEARLY_DONE = 64 * 1024;

export interface LiveContentOptions {
  /** Where in the whole its first byte belongs. */
  readonly first: number;
  /** How many bytes the whole has, where this is a part of it. */
  readonly length: number | undefined;
  /** Whether what has come may be kept, should the rest not come (§3.3). */
  readonly mayKeepPart: boolean;
  /** Whether it may still be stored. */
  readonly isWanted: () => boolean;
  /** Told once: whoever comes from now on comes too late, since not all of it can be read here any more. */
  readonly closed: () => void;
  /** Told once: what has been stored, or that nothing will be. */
  readonly settled: (stored: Stored | undefined) => void;
  /** Bytes came from the server. */
  readonly count: (bytes: number) => void;
}

/**
 * Reads a body into a filling as fast as it comes. Whoever reads gets it from there; so nobody is slowed down by
 * another, as long as the store takes it. Where the last reader has left it is let go, unless it is nearly there.
 *
 * @internal
 */
export class LiveContent {
  readonly length: number | undefined;
  readonly #body: Body;
  readonly #filling: Filling;
  readonly #options: LiveContentOptions;
  readonly #readers = new Set<SharedReader>();
  /** How many bytes have come. */
  #size = 0;
  /** Those that the store did not want. */
  #held: HeldBytes | undefined;
  /** Nothing more will come. */
  #isOver = false;
  /** The filling has been told that this is all, or that nobody wants it. */
  #isFilled = false;
  #isSettled = false;
  #isClosed = false;
  #failure: unknown;
  #stored: Stored | undefined;
  #trailers: Fields | undefined;
  /** Waits for the slowest reader to come along. */
  #waits: PromiseWithResolvers<void> | undefined;

  constructor(body: Body, filling: Filling, options: LiveContentOptions) {
    this.length = body.length;
    this.#body = body;
    this.#filling = filling;
    this.#options = options;
  }

  /** Begins to read, once all are there who read from the beginning. */
  start(): void {
    void this.#pump();
  }

  /** Nobody was there to read it. */
  drop(): void {
    if (!this.#isOver) this.#giveUp();
  }

  /** From its first byte. */
  reader(): Body {
    const reader = new SharedReader(this);
    this.#readers.add(reader);
    return reader;
  }

  get trailers(): Fields | undefined {
    return this.#trailers;
  }

  // ── what comes in ──

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const part = this.#body.read();
        const bytes = part instanceof Promise ? await part : part;
        if (this.#isOver) return;
        if (bytes === undefined) break;
        if (bytes.length === 0) continue;
        if (this.length !== undefined && this.#size + bytes.length > this.length) throw untrue("longer");
        this.#options.count(bytes.length);
        const taken = this.#take(bytes);
        if (taken !== undefined) await taken;
        if (this.#isOver) return;
        this.#body.recycle?.();
      }
      if (this.length !== undefined && this.#size < this.length) throw untrue("shorter");
    } catch (error) {
      if (!this.#isOver) this.#broke(error);
      return;
    }
    this.#trailers = this.#body.trailers;
    this.#isOver = true;
    // Before the last reader hears of the end, and leaves.
    this.#store(this.#held === undefined);
    this.#wake();
  }

  /** Returns a promise only where one must wait. */
  #take(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#held !== undefined) return this.#hold(bytes);
    const taken = this.#filling.write(bytes);
    if (taken instanceof Promise) return taken.then((isTaken) => this.#took(bytes, isTaken));
    return this.#took(bytes, taken);
  }

  #took(bytes: Uint8Array, isTaken: boolean): Promise<void> | undefined {
    if (isTaken) {
      this.#size += bytes.length;
      this.#wake();
      return undefined;
    }
    // Some of them it may have taken before it failed.
    const { size } = this.#filling;
    const rest = bytes.subarray(size - this.#size);
    this.#size = size;
    this.#held = new HeldBytes(size);
    this.#close();
    this.#settle(undefined);
    return this.#hold(rest);
  }

  /** The store wants no more: from here on the slowest reader sets the pace, within a window. */
  #hold(bytes: Uint8Array): Promise<void> | undefined {
    this.#held!.push(bytes);
    this.#size += bytes.length;
    this.#wake();
    if (this.#readers.size === 0) this.#giveUp();
    return this.#isTooFarAhead() ? this.#waitForSlowest() : undefined;
  }

  async #waitForSlowest(): Promise<void> {
    while (this.#isTooFarAhead()) {
      this.#waits = Promise.withResolvers();
      await this.#waits.promise;
    }
  }

  #isTooFarAhead(): boolean {
    return !this.#isOver && this.#size - this.#slowest() > WINDOW;
  }

  #slowest(): number {
    let least = this.#size;
    for (const reader of this.#readers) if (reader.at < least) least = reader.at;
    return least;
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
  }

  // ── how it ends ──

  #broke(error: unknown): void {
    this.#isOver = true;
    this.#failure = error;
    this.#close();
    this.#store(this.#mayKeepPart());
    this.#wake();
  }

  /** Nobody wants it any more. */
  #giveUp(): void {
    this.#isOver = true;
    this.#failure = nobodyWaits();
    this.#close();
    this.#body.cancel();
    this.#waits?.resolve();
    this.#store(this.#mayKeepPart());
  }

  /**
   * "a cache MAY store a response that is not complete … provided that the stored response is recorded as being
   * incomplete" – §3.3.
   */
  #mayKeepPart(): boolean {
    const { length } = this;
    const isPart = length !== undefined && this.#size > 0 && this.#size < length;
    return isPart && this.#held === undefined && this.#options.mayKeepPart;
  }

  #store(may: boolean): void {
    if (!may || !this.#options.isWanted()) {
      this.#settle(undefined);
      this.#letGo();
      return;
    }
    this.#isFilled = true;
    // What is not the whole says how much that would be.
    const length = this.#options.length ?? (this.#failure === undefined ? undefined : this.length);
    const stored = this.#filling.end(length);
    if (stored instanceof Promise) void stored.then((one) => this.#settle(one));
    else this.#settle(stored);
  }

  #settle(stored: Stored | undefined): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#stored = stored;
    this.#options.settled(stored);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.closed();
  }

  /** What is nowhere stored lives as long as somebody reads it. */
  #letGo(): void {
    if (!this.#isOver || this.#readers.size > 0 || this.#isFilled) return;
    this.#isFilled = true;
    this.#filling.abort();
  }

  // ── what goes out ──

  /**
   * The next bytes from this position: undefined at the end, "wait" where they are still to come. Throws where they
   * never will.
   */
  next(at: number): Uint8Array | Promise<Uint8Array> | Body | undefined | "wait" {
    if (at < this.#size) {
      const { first } = this.#options;
      if (this.#stored !== undefined) return this.#stored.content.read(first + at, first + this.#size - 1);
      return at < this.#filling.size ? this.#filling.read(at) : this.#held!.at(at);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#isOver ? undefined : "wait";
  }

  /** A reader has come along. */
  moved(): void {
    if (this.#held === undefined) return;
    if (this.#held.size > 0) this.#held.forgetBefore(this.#slowest());
    if (this.#waits === undefined || this.#isTooFarAhead()) return;
    this.#waits.resolve();
    this.#waits = undefined;
  }

  left(reader: SharedReader): void {
    if (!this.#readers.delete(reader)) return;
    if (this.#readers.size === 0 && !this.#isOver && !this.#isNearlyDone()) this.#giveUp();
    this.moved();
    this.#letGo();
  }

  #isNearlyDone(): boolean {
    if (this.#held !== undefined || this.length === undefined || !this.#options.isWanted()) return false;
    const rest = this.length - this.#size;
    return rest <= NEARLY_DONE || rest < this.#size;
  }
}

/** Nobody shall take it for the whole. */
const untrue = (how: "longer" | "shorter"): TypeError =>
  new TypeError(`Cannot read the content: it is ${how} than it was said to be`);
