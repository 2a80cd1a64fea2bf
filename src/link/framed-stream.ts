/** A link over a stream of bytes, a socket for one: frames in both directions, as QEMU's `-netdev stream` has them. */

import { ETHERNET_HEADER } from "../wire/ethernet.ts";
import { newLinkCounters } from "./counters.ts";
import { giveFrame } from "./frames.ts";
import { FrameCutter, joinFrames } from "./framing.ts";
import type { Link } from "./link.ts";
import type { Later } from "./transit.ts";

/** Whatever carries bytes in order. */
export interface ByteStream {
  /** Takes bytes, which are in memory of their own and belong to the stream from here on. */
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** How many of those are still here, since the other side does not keep up. */
  readonly waiting: number;
  /** Who is given what comes, to read it before he returns. */
  onBytes: ((bytes: Uint8Array) => void) | undefined;
  /** Who is told that nothing comes any more. */
  onEnd: (() => void) | undefined;
  close(): void;
}

export interface FramedStreamOptions {
  /** Default 1500. */
  readonly mtu?: number | undefined;
  /** How many bytes may wait to be sent; what finds more is dropped. Default 4 MiB. */
  readonly queue?: number | undefined;
  /**
   * When what was sent is written, all in one piece. Default `queueMicrotask`: when whoever sends has nothing more to
   * say for now.
   */
  readonly later?: Later | undefined;
}

/**
 * What comes that is no frame ends it: nobody would know where the next one begins.
 *
 * @example
 * const written: Uint8Array[] = [];
 * const stream: ByteStream = {
 *   write: (bytes) => void written.push(bytes),
 *   waiting: 0,
 *   onBytes: undefined,
 *   onEnd: undefined,
 *   close() {},
 * };
 * const link = new FramedStream(stream);
 * link.send(Uint8Array.of(7, 7));
 * await work();
 * written; // [Uint8Array [0, 0, 0, 2, 7, 7]]
 */
export class FramedStream implements Link {
  readonly mtu: number;
  readonly hasFcs = false;
  readonly counters = newLinkCounters();
  onFrame: ((frame: Uint8Array) => void) | undefined;
  /** Told once that nothing comes any more: the stream has ended, or what came was no frame. */
  onEnd: ((reason: "ended" | "garbage") => void) | undefined;
  readonly #stream: ByteStream;
  readonly #queue: number;
  readonly #later: Later;
  readonly #run = (): void => this.#flush();
  readonly #frames: Uint8Array[] = [];
  #waiting = 0;
  #isClosed = false;

  constructor(stream: ByteStream, options: FramedStreamOptions = {}) {
    const { mtu = 1500, queue = 4 * 1024 * 1024, later } = options;
    this.mtu = mtu;
    this.onFrame = undefined;
    this.onEnd = undefined;
    this.#stream = stream;
    this.#queue = queue;
    this.#later = later ?? ((run) => queueMicrotask(run));
    const cutter = new FrameCutter((frame) => this.#receive(frame));
    stream.onBytes = (bytes) => {
      if (!this.#isClosed && !cutter.receive(bytes)) this.#end("garbage");
    };
    stream.onEnd = () => this.#end("ended");
  }

  send(frame: Uint8Array): boolean {
    const { counters } = this;
    const { length } = frame;
    // An empty one would be garbage to the other side.
    if (this.#isClosed || length === 0) counters.lost++;
    else if (length > ETHERNET_HEADER + this.mtu) counters.tooLong++;
    else if (this.#stream.waiting + this.#waiting + length > this.#queue) counters.dropped++;
    else {
      counters.sent++;
      counters.sentBytes += length;
      this.#waiting += length;
      const later = this.#later;
      if (this.#frames.push(frame) === 1) later(this.#run);
      return true;
    }
    giveFrame(frame);
    return false;
  }

  /** What was sent before is still written. */
  close(): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#stream.close();
  }

  #flush(): void {
    if (this.#isClosed || this.#frames.length === 0) return;
    this.#stream.write(joinFrames(this.#frames));
    for (const frame of this.#frames) giveFrame(frame);
    this.#frames.length = 0;
    this.#waiting = 0;
  }

  #receive(frame: Uint8Array): void {
    const { counters, onFrame } = this;
    if (frame.length > ETHERNET_HEADER + this.mtu) counters.tooLong++;
    else if (onFrame === undefined || this.#isClosed) counters.lost++;
    else {
      counters.received++;
      counters.receivedBytes += frame.length;
      onFrame(frame);
      return;
    }
    giveFrame(frame);
  }

  #end(reason: "ended" | "garbage"): void {
    if (this.#isClosed) return;
    this.close();
    this.onEnd?.(reason);
  }
}
