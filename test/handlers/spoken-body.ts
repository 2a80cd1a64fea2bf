/** Content that is said bit by bit, as a server says it. */

import type { Body } from "../../src/http/message.ts";

/** Knows how much of it has been read, and whether it is wanted any more. */
export class Spoken implements Body {
  readonly length: number | undefined;
  isCancelled = false;
  /** How many bytes have been read. */
  taken = 0;
  /** What has been said and not been read: at the end undefined, or why it breaks off. */
  readonly #said: (Uint8Array | Error | undefined)[] = [];
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;

  constructor(length?: number) {
    this.length = length;
  }

  says(bytes: Uint8Array | string | Error | undefined): void {
    this.#said.push(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    this.#tell();
  }

  read(): Promise<Uint8Array | undefined> {
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    this.#tell();
    return promise;
  }

  #tell(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#said.length === 0) return;
    this.#waiting = undefined;
    const next = this.#said.shift();
    if (next instanceof Error) waiting.reject(next);
    else {
      this.taken += next?.length ?? 0;
      waiting.resolve(next);
    }
  }

  cancel(): void {
    this.isCancelled = true;
    this.#waiting?.reject(new Error("Nobody wants it any more"));
    this.#waiting = undefined;
  }
}

/**
 * These pieces out of one buffer, which is written over as soon as its bytes have been given back, as a network's is.
 */
export function lent(pieces: readonly string[], length?: number): Body & { readonly givenBack: number } {
  const buffer = new Uint8Array(1024);
  const left = [...pieces];
  let isOut = false;
  let givenBack = 0;
  return {
    length,
    async read() {
      const piece = left.shift();
      if (piece === undefined) return undefined;
      // Who has not given it back keeps it.
      const into = isOut ? new Uint8Array(1024) : buffer;
      isOut = true;
      return into.subarray(0, new TextEncoder().encodeInto(piece, into).written);
    },
    recycle() {
      givenBack += 1;
      isOut = false;
      buffer.fill(0x21);
    },
    cancel() {},
    get givenBack() {
      return givenBack;
    },
  };
}
