/** How much we offer to take (RFC 9293 §3.8.6): it never shrinks, opens only in steps worth sending, and grows with those who read fast. */

import { distance, isBefore, plus } from "./sequence.ts";

/** To begin with: Linux's own (net.ipv4.tcp_rmem). */
export const FIRST_CAPACITY = 131_072;
/** And at most. */
export const LARGEST_CAPACITY = 6 * 1024 * 1024;

/**
 * The right edge, and the memory behind it.
 *
 * @example
 * const window = new ReceiveWindow(1000);
 * window.offer(1000, 0, 1460); // 131072
 * window.offer(31_000, 30_000, 1460); // 101072
 */
export class ReceiveWindow {
  capacity: number;
  readonly #largest: number;
  /** What we have offered so far, and the peer may use. */
  edge: number;

  // For its growth: how much was read in a round trip, as the receiver sees it.
  #roundTrip: number | undefined;
  #markAt = 0;
  #mark: number;
  #readSince = 0;
  #readAt = 0;

  constructor(next: number, capacity = FIRST_CAPACITY, largest = LARGEST_CAPACITY) {
    this.capacity = Math.min(capacity, largest);
    this.#largest = largest;
    this.edge = next;
    this.#mark = next;
  }

  /** The window to advertise now, with so many bytes held back; moves the edge. `most`: what can be said of it. */
  offer(next: number, held: number, mss: number, most = Number.POSITIVE_INFINITY): number {
    const offered = Math.max(0, distance(next, this.edge));
    const room = Math.min(most, Math.max(0, this.capacity - held));
    // Receiver's silly-window avoidance (§3.8.6.2.2): a little more is not worth a word.
    if (room - offered < Math.min(this.capacity / 2, mss)) return offered;
    this.edge = plus(next, room);
    return room;
  }

  /** Whether reading has made so much room that the peer must hear of it. */
  isWorthTelling(next: number, held: number, mss: number): boolean {
    const offered = Math.max(0, distance(next, this.edge));
    // What a SYN could not say of the window, the next segment will, without one for it alone.
    if (offered > this.capacity / 3) return false;
    const room = this.capacity - held;
    return room >= 2 * offered && room - offered >= Math.min(this.capacity / 2, mss);
  }

  /** Whether a segment has anything to do with the window (§3.4, the table of four cases). */
  isAcceptable(next: number, seq: number, length: number): boolean {
    const window = distance(next, this.edge);
    const start = distance(next, seq);
    // The RFC has “< window”; but a peer that has used up the window says so right behind it, and its ACKs must be heard:
    // else two who have both lost a whole window never find out (Linux does so, too).
    if (length === 0) return start >= 0 && start <= Math.max(0, window);
    if (window <= 0) return false;
    const end = start + length - 1;
    return (start >= 0 && start < window) || (end >= 0 && end < window);
  }

  /** Data has come in order up to there: a window's worth takes a round trip, if the peer sends as fast as it may. */
  advanced(next: number, now: number): void {
    if (isBefore(next, this.#mark)) return;
    const roundTrip = now - this.#markAt;
    if (this.#markAt > 0) this.#roundTrip = Math.min(this.#roundTrip ?? roundTrip, roundTrip);
    this.#mark = this.edge;
    this.#markAt = now;
  }

  /** The application has read: whoever reads more than half of what there is in a round trip could use more. */
  read(bytes: number, now: number): void {
    this.#readSince += bytes;
    if (this.#roundTrip === undefined || now - this.#readAt < this.#roundTrip) return;
    if (2 * this.#readSince > this.capacity) this.capacity = Math.min(this.#largest, 2 * this.#readSince);
    this.#readSince = 0;
    this.#readAt = now;
  }
}
