/** Where the sequence numbers of TCP conversations began, so that people read 1 and not 2,863,311,531. */

import { ACK, SYN } from "./tcp-segment.ts";

/** Of a segment. */
interface Numbers {
  readonly from: number;
  readonly to: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
}

/** What a printed line counts from: `seq` is the sender's first number, `ack` the receiver's. */
interface Origins {
  readonly seq: number;
  readonly ack: number;
}

const ZERO: Origins = { seq: 0, ack: 0 };

/** Whoever watches a flood should not drown in it. */
const MOST = 10_000;

/**
 * Remembers, for `printPacket`, how each conversation began; of too many it forgets the oldest.
 *
 * @example
 * const conversations = new Conversations();
 * printPacket(new Uint8Array(0), { conversations }); // "[|ether], length 0"
 */
export class Conversations {
  /** As the one with the lower address, or port, sees it. */
  readonly #known = new Map<string, Origins>();

  /** @internal What to take off the numbers of this segment; nothing, where a conversation begins. */
  originsOf(source: number, destination: number, { from, to, seq, ack, flags }: Numbers): Origins {
    // A SYN alone says where one of them begins, its answer says where both do.
    if ((flags & ACK) === 0) return ZERO;
    const isFirst = source < destination || (source === destination && from <= to);
    const key = isFirst ? `${source} ${from} ${destination} ${to}` : `${destination} ${to} ${source} ${from}`;
    const known = this.#known.get(key);
    if (known !== undefined && (flags & SYN) === 0) return isFirst ? known : turned(known);
    const origins = { seq, ack: (ack - 1) >>> 0 };
    this.#known.delete(key);
    this.#known.set(key, isFirst ? origins : turned(origins));
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
    return ZERO;
  }
}

const turned = ({ seq, ack }: Origins): Origins => ({ seq: ack, ack: seq });
