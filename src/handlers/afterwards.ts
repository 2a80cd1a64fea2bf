/** Tells when an answer is over: its content read to the end, broken off, or wanted by nobody any more; its tunnel closed. */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import type { Answer, Exchange, Talk } from "../web/handler.ts";

/** Is told once: of a tunnel also what was said in it, where whoever kept it knows, and of content why it broke off. */
export type Over = (isComplete: boolean, talk?: Talk, error?: unknown) => void;

export interface AfterwardsOptions {
  /** Whose signal tells of a client that leaves before its tunnel has begun. Asked for it by tunnels alone. */
  readonly exchange?: Pick<Exchange, "signal">;
  /** Is shown the content on its way, piece by piece. */
  readonly seen?: (bytes: Uint8Array) => void;
}

/**
 * The answer to give instead. Where no content is still to come it is the same one, and `over` is called at once; so
 * it is where the content will not be sent (`isBodiless`), unless the answer is a raw one, which goes out as it is.
 *
 * @example
 * const over = (isComplete: boolean) => console.log(isComplete ? "has eaten up" : "has left");
 * const { status } = afterwards(await handler(request, exchange), false, over, { exchange });
 * status; // 204
 */
export function afterwards(answer: Answer, isBodiless: boolean, over: Over, options: AfterwardsOptions = {}): Answer {
  const { body, tunnel } = answer;
  if (tunnel !== undefined) return { ...answer, tunnel: watchedTunnel(tunnel, over, options.exchange?.signal) };
  if (body !== undefined && (!isBodiless || answer.raw === true)) {
    if (!(body instanceof Uint8Array)) return { ...answer, body: new WatchedBody(body, over, options.seen) };
    options.seen?.(body);
  }
  over(true);
  return answer;
}

type Tunnel = NonNullable<Answer["tunnel"]>;

/** One that is never begun is over when the client leaves. */
function watchedTunnel(tunnel: Tunnel, over: Over, signal: AbortSignal | undefined): Tunnel {
  let isOver = false;
  const tell: Over = (isComplete, talk) => {
    if (isOver) return;
    isOver = true;
    over(isComplete, talk);
  };
  const left = (): void => tell(false);
  if (signal?.aborted) left();
  signal?.addEventListener("abort", left);
  return async (...end) => {
    signal?.removeEventListener("abort", left);
    try {
      const talk = await tunnel(...end);
      tell(talk?.isComplete ?? true, talk);
      return talk;
    } catch (error) {
      tell(false);
      throw error;
    }
  };
}

/** Content on its way out. */
class WatchedBody implements Body {
  readonly length: number | undefined;
  readonly #body: Body;
  readonly #over: Over;
  readonly #seen: ((bytes: Uint8Array) => void) | undefined;
  #isOver = false;

  constructor(body: Body, over: Over, seen: ((bytes: Uint8Array) => void) | undefined) {
    this.length = body.length;
    this.#body = body;
    this.#over = over;
    this.#seen = seen;
  }

  get trailers(): Fields | undefined {
    return this.#body.trailers;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    let bytes: Promise<Uint8Array | undefined> | Uint8Array | undefined;
    try {
      bytes = this.#body.read();
    } catch (error) {
      this.#end(false, error);
      throw error;
    }
    return bytes instanceof Promise ? this.#later(bytes) : this.#look(bytes);
  }

  cancel(): void {
    this.#body.cancel();
    this.#end(false);
  }

  recycle(): void {
    this.#body.recycle?.();
  }

  async #later(promise: Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await promise;
    } catch (error) {
      this.#end(false, error);
      throw error;
    }
    return this.#look(bytes);
  }

  #look(bytes: Uint8Array | undefined): Uint8Array | undefined {
    if (bytes === undefined) this.#end(true);
    else this.#seen?.(bytes);
    return bytes;
  }

  #end(isComplete: boolean, error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#over(isComplete, undefined, error);
  }
}
