/** Content of unknown length on its way through: of its trailers those go on that may (RFC 9110 §6.5.1). */

import type { Fields } from "../http/fields.ts";
import { forwardableTrailers } from "../http/forwarding.ts";
import type { Body } from "../http/message.ts";

/**
 * A body around a body.
 *
 * @internal
 */
export class PassedBody implements Body {
  readonly #body: Body;
  readonly #head: Fields;

  /** `head` is the fields of the message that it is the content of. */
  constructor(body: Body, head: Fields) {
    this.#body = body;
    this.#head = head;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    return this.#body.read();
  }

  recycle(): void {
    this.#body.recycle?.();
  }

  cancel(): void {
    this.#body.cancel();
  }

  get trailers(): Fields | undefined {
    return forwardableTrailers(this.#body.trailers, this.#head);
  }
}
