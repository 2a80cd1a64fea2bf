/** A part that comes in chunks: its length is said by Content-Range alone (RFC 9110 §14.4). */

import { placedRange } from "../cache/gaps.ts";
import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import type { Answer } from "../web/handler.ts";

/**
 * A body that has a length, and keeps to it: where fewer bytes come, or more, it breaks off.
 *
 * @example
 * const measured = new MeasuredBody(body, 2);
 * measured.length; // 2
 */
export class MeasuredBody implements Body {
  readonly length: number;
  readonly #body: Body;
  #left: number;

  constructor(body: Body, length: number) {
    this.length = length;
    this.#body = body;
    this.#left = length;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    const part = this.#body.read();
    return part instanceof Promise ? part.then(this.#measured) : this.#measured(part);
  }

  readonly #measured = (part: Uint8Array | undefined): Uint8Array | undefined => {
    this.#left -= part?.length ?? 0;
    if (this.#left < 0 || (part === undefined && this.#left > 0)) {
      this.#body.cancel();
      throw new TypeError("Cannot read the part: it is not as long as its Content-Range says");
    }
    return part;
  };

  recycle(): void {
    this.#body.recycle?.();
  }

  cancel(): void {
    this.#body.cancel();
  }

  get trailers(): Fields | undefined {
    return this.#body.trailers;
  }
}

/**
 * An answer, with a length where it is a part whose length only Content-Range says.
 *
 * @internal
 */
export function measuredPart(answer: Answer): Answer {
  const { status, body } = answer;
  if (
    status !== 206 ||
    body === undefined ||
    body instanceof Uint8Array ||
    body.length !== undefined ||
    answer.raw === true
  )
    return answer;
  const placed = placedRange(answer.fields.get("content-range"));
  if (placed === undefined) return answer;
  return { ...answer, body: new MeasuredBody(body, placed.last - placed.first + 1) };
}
