/** A link over a MessagePort: between a page and its workers, or between threads. */

import { type ByteStream, FramedStream, type FramedStreamOptions } from "./framed-stream.ts";
import { LONGEST_FRAMED } from "./framing.ts";

/** What a browser's port and Node's have in common. */
export interface FramePort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message" | "close", listener: (event: { readonly data?: unknown }) => void): void;
  start(): void;
  close(): void;
}

/** The other side says how much it has read when it has read so much: a message costs as much as three frames. */
const ACKNOWLEDGED = 64 * 1024;

/**
 * Whatever was sent in one turn goes in one message: the frames are copied into memory of their own, which is
 * transferred. Measured between two threads of Node, at 16 frames of 1514 bytes a message: 2.7 µs a frame, against
 * 3.0 when that memory is copied once more, 4.5 when each frame is transferred by itself, and 5.5 when each is a message.
 * Frames cannot be posted as they are, though that would take but 2.2: they share slabs, and a slab goes as a whole.
 *
 * @example
 * const { port1, port2 } = new MessageChannel();
 * const [here, there] = [portLink(port1), portLink(port2)];
 * here.send(takeFrame(60)); // true
 * const frame = await new Promise<Uint8Array>((resolve) => (there.onFrame = resolve));
 * frame.length; // 60
 * here.close();
 */
export function portLink(port: FramePort, options: FramedStreamOptions = {}): FramedStream {
  // As much as is not yet acknowledged when everything has been read must leave room for any frame.
  const queue = Math.max(options.queue ?? 4 * 1024 * 1024, ACKNOWLEDGED + LONGEST_FRAMED);
  return new FramedStream(new PortStream(port), { ...options, queue });
}

/** Bytes go as they are; a number says how many of the other side's have been read. */
class PortStream implements ByteStream {
  onBytes: ((bytes: Uint8Array) => void) | undefined;
  onEnd: (() => void) | undefined;
  /** What the other side has not yet said it has read: else one that is stuck would fill its memory, and ours. */
  waiting = 0;
  readonly #port: FramePort;
  #read = 0;

  constructor(port: FramePort) {
    this.onBytes = undefined;
    this.onEnd = undefined;
    this.#port = port;
    port.addEventListener("message", ({ data }) => this.#receive(data));
    port.addEventListener("close", () => this.onEnd?.());
    port.start();
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.waiting += bytes.length;
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  close(): void {
    this.#port.close();
  }

  #receive(message: unknown): void {
    if (typeof message === "number" && message > 0) this.waiting = Math.max(0, this.waiting - message);
    if (!(message instanceof Uint8Array)) return;
    this.onBytes?.(message);
    this.#read += message.length;
    if (this.#read < ACKNOWLEDGED) return;
    this.#port.postMessage(this.#read, []);
    this.#read = 0;
  }
}
