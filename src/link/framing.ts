/**
 * Frames in a stream of bytes, as QEMU's `-netdev stream` speaks: each behind its length, in four bytes, highest first.
 *
 *     +--------+--------+--------+--------+-------- - - - --------+--------+--------+- - -
 *     |              length               |  length bytes: frame  |      length …
 *     +--------+--------+--------+--------+-------- - - - --------+--------+--------+- - -
 */

import { takeFrame } from "./frames.ts";

const LENGTH = 4;

/** What QEMU has room for (NET_BUFSIZE), and ends the connection for what is longer. */
export const LONGEST_FRAMED = 4096 + 65_536;

/**
 * Cuts frames out of bytes, however these are torn.
 *
 * @example
 * const cutter = new FrameCutter((frame) => console.log(frame.length));
 * cutter.receive(Uint8Array.of(0, 0, 0)); // true
 * cutter.receive(Uint8Array.of(2, 7)); // true
 * cutter.receive(Uint8Array.of(7, 0, 0, 0, 0)); // false
 */
export class FrameCutter {
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #longest: number;
  /** As much of a length as has come. */
  #length = 0;
  #lengthBytes = 0;
  /** The frame whose length is known, and how much of it has come. */
  #frame: Uint8Array | undefined;
  #filled = 0;
  #isBroken = false;

  constructor(onFrame: (frame: Uint8Array) => void, longest = LONGEST_FRAMED) {
    this.#onFrame = onFrame;
    this.#longest = longest;
  }

  /**
   * The bytes are read before it returns. False, from then on for ever: a length was 0 or too large, so that nobody
   * knows where the next frame begins.
   */
  receive(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length && !this.#isBroken; ) {
      at = this.#frame === undefined ? this.#readLength(bytes, at) : this.#readFrame(this.#frame, bytes, at);
    }
    return !this.#isBroken;
  }

  #readLength(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && this.#lengthBytes < LENGTH) {
      // Not by shifts, which would make the largest ones negative.
      this.#length = this.#length * 256 + bytes[at++]!;
      this.#lengthBytes++;
    }
    if (this.#lengthBytes < LENGTH) return at;
    if (this.#length === 0 || this.#length > this.#longest) this.#isBroken = true;
    else this.#frame = takeFrame(this.#length);
    this.#length = 0;
    this.#lengthBytes = 0;
    return at;
  }

  #readFrame(frame: Uint8Array, bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + frame.length - this.#filled);
    frame.set(bytes.subarray(at, end), this.#filled);
    this.#filled += end - at;
    if (this.#filled === frame.length) {
      this.#frame = undefined;
      this.#filled = 0;
      this.#onFrame(frame);
    }
    return end;
  }
}

/**
 * The bytes of some frames, each behind its length, in memory of their own.
 *
 * @example
 * joinFrames([Uint8Array.of(7, 7)]); // Uint8Array [0, 0, 0, 2, 7, 7]
 */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const frame of frames) size += LENGTH + frame.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const frame of frames) {
    view.setUint32(at, frame.length);
    bytes.set(frame, at + LENGTH);
    at += LENGTH + frame.length;
  }
  return bytes;
}
