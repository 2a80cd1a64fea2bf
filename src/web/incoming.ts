/** A request's content, pulled off the connection by whoever wants it. */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import type { MessageReader, RequestHead } from "../http/reader.ts";

/** What the connection does for it. */
export interface ContentSource {
  /** Waits for more bytes, not for ever; fails where the client has gone. */
  awaitContent(body: IncomingBody): Promise<void>;
  /** "Go on": the client waits for that word before it sends its content (RFC 9110 §10.1.1). */
  sendContinue(): void;
  /** The content is read to its end. */
  contentDone(): void;
  /** What was given of it so far has gone. */
  recycle(): void;
}

/**
 * Content as it comes; where it has not come yet, the connection is asked to wait for it.
 *
 * @internal
 */
export class IncomingBody implements Body {
  readonly length: number | undefined;
  readonly #reader: MessageReader<RequestHead>;
  readonly #source: ContentSource;
  /** Whether the client waits for 100 (Continue). */
  #isExpected: boolean;
  /** How many bytes have been read, and how many milliseconds were spent waiting for them. */
  received = 0;
  waited = 0;
  /** Whether anyone has asked for it. */
  isWanted = false;

  constructor(reader: MessageReader<RequestHead>, source: ContentSource, isExpected: boolean) {
    this.#reader = reader;
    this.#source = source;
    this.#isExpected = isExpected;
    this.length = reader.contentLength;
  }

  get trailers(): Fields | undefined {
    return this.#reader.trailers;
  }

  /** Whether the client may still be waiting for our word, and so may never send the content. */
  get isHeldBack(): boolean {
    return this.#isExpected;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    this.isWanted = true;
    const part = this.#reader.content();
    if (part !== undefined) {
      this.#isExpected = false;
      this.received += part.length;
      return part;
    }
    if (!this.#reader.isDone) return this.#readLater();
    this.#source.contentDone();
    return undefined;
  }

  async #readLater(): Promise<Uint8Array | undefined> {
    if (this.#isExpected) {
      this.#isExpected = false;
      this.#source.sendContinue();
    }
    await this.#source.awaitContent(this);
    return this.read();
  }

  recycle(): void {
    this.#source.recycle();
  }

  /** Nothing to do: what is left is drained, or the connection closes, once the answer is out. */
  cancel(): void {}
}
