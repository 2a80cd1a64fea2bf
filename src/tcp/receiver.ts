/** The receiving half of a connection (RFC 9293 §3.4, §3.10.7.4): puts bytes in order, and knows what to tell the peer. */

import { FIN, type SackBlock, type TcpSegment } from "../wire/tcp-segment.ts";
import { Acks } from "./acks.ts";
import { Reassembly } from "./reassembly.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { distance, isBefore, isUpTo, latest, plus } from "./sequence.ts";

/**
 * Is given segments that are acceptable, and says whether the peer's FIN has come in order.
 *
 * @example
 * const receiver = new Receiver(1000);
 * receiver.offer();
 * receiver.accept(segmentOf({ seq: 1000, flags: PSH, payload: Uint8Array.of(1, 2) }), 0);
 * receiver.read(0); // Uint8Array [1, 2]
 */
export class Receiver {
  /** RCV.NXT. */
  next: number;
  readonly acks = new Acks();
  readonly window: ReceiveWindow;
  readonly #buffer = new ReceiveBuffer();
  readonly #reassembly = new Reassembly();
  /** The number of the peer's FIN, once it was seen. */
  #finAt: number | undefined;
  /** The peer's FIN and all before it have come. */
  isEnded = false;
  /** Nobody reads: what comes is counted and dropped. */
  #isDeaf = false;
  /** RCV.UP: up to there the peer's data is urgent (RFC 9293 §3.8.5). */
  #urgentUpTo: number | undefined;
  /** What came twice, to be told once (RFC 2883). */
  #duplicate: SackBlock | undefined;

  constructor(next: number, capacity?: number, largest?: number) {
    this.next = next;
    this.window = new ReceiveWindow(next, capacity, largest);
  }

  /** How many bytes wait for a reader. */
  get readable(): number {
    return this.#buffer.length;
  }

  /** How many bytes from the next one read are urgent. */
  get urgent(): number {
    if (this.#urgentUpTo === undefined) return 0;
    return Math.max(0, distance(this.next, this.#urgentUpTo) + this.#buffer.length);
  }

  /** The next piece of what has come in order. */
  read(now: number): Uint8Array | undefined {
    const bytes = this.#buffer.read();
    if (bytes === undefined) return undefined;
    this.window.read(bytes.length, now);
    if (this.urgent === 0) this.#urgentUpTo = undefined;
    if (this.window.isWorthTelling(this.next, this.#held, this.acks.largest)) this.acks.urgent();
    return bytes;
  }

  get #held(): number {
    return this.#buffer.length + this.#reassembly.length;
  }

  /** From here on, what comes is acknowledged and dropped. Says whether bytes were lost that way. */
  stopReading(): boolean {
    const hadBytes = this.#buffer.length > 0;
    this.#isDeaf = true;
    this.#buffer.clear();
    return hadBytes;
  }

  /** A segment, some of which is in the window. */
  accept(segment: TcpSegment, now: number): void {
    const { payload, flags } = segment;
    const end = plus(segment.seq, payload.length);
    if (payload.length > 0) this.#take(segment.seq, end, payload, now);
    if ((flags & FIN) !== 0) this.#finAt ??= end;
    if (this.#finAt === this.next && !this.isEnded) {
      this.isEnded = true;
      this.next = plus(this.next, 1);
      this.acks.urgent();
    } else if ((flags & FIN) !== 0) this.acks.urgent();
  }

  #take(seq: number, end: number, payload: Uint8Array, now: number): void {
    if (seq === this.next && this.#reassembly.isEmpty && distance(end, this.window.edge) >= 0) {
      this.#deliver(payload);
      this.acks.received(payload.length, now);
      // Who has room for less than a segment must wait for our word, and shall not wait for nothing.
      if (this.#isNearlyFull) this.acks.urgent();
      this.window.advanced(this.next, now);
      return;
    }
    this.#takeOutOfOrder(seq, end, payload, now);
  }

  /** The peer has no room left for a full segment, and we could offer some. */
  get #isNearlyFull(): boolean {
    const { largest } = this.acks;
    return (
      distance(this.next, this.window.edge) < largest && this.window.isWorthTelling(this.next, this.#held, largest)
    );
  }

  /** What is behind, ahead, or fills a gap: the peer is told at once (RFC 5681 §4.2). */
  #takeOutOfOrder(seq: number, end: number, payload: Uint8Array, now: number): void {
    this.acks.urgent();
    const { edge } = this.window;
    const from = Math.max(0, distance(seq, this.next));
    const to = isBefore(edge, end) ? distance(seq, edge) : payload.length;
    if (from > 0) this.#duplicate = { start: seq, end: isBefore(end, this.next) ? end : this.next };
    // Behind a FIN there is nothing.
    if (from >= to || (this.#finAt !== undefined && isBefore(this.#finAt, plus(seq, to)))) return;
    const start = plus(seq, from);
    // What fills the gap always has room: all that is kept waits for it.
    if (this.#reassembly.isFull && start !== this.next) return;
    const isNew = this.#reassembly.put(start, payload.subarray(from, to));
    if (!isNew) this.#duplicate = { start, end: plus(seq, to) };
    for (
      let bytes = this.#reassembly.takeAt(this.next);
      bytes !== undefined;
      bytes = this.#reassembly.takeAt(this.next)
    ) {
      this.#deliver(bytes);
    }
    this.window.advanced(this.next, now);
  }

  #deliver(bytes: Uint8Array): void {
    this.next = plus(this.next, bytes.length);
    // Data behind a FIN: the FIN was not the peer's, and must not keep its own from being heard.
    if (this.#finAt !== undefined && isBefore(this.#finAt, this.next)) this.#finAt = undefined;
    if (!this.#isDeaf) this.#buffer.append(bytes);
  }

  /**
   * The pointer names the byte behind the urgent ones, as everybody but RFC 1122 has always done (RFC 9293 §3.8.5, RFC
   * 6093). Says whether there is more that is urgent than was known.
   */
  hearUrgent(segment: TcpSegment): boolean {
    const before = this.urgent;
    const upTo = plus(segment.seq, segment.urgent);
    this.#urgentUpTo = this.#urgentUpTo === undefined ? upTo : latest(this.#urgentUpTo, upTo);
    return this.urgent > before;
  }

  /** The window to put into the next segment, in bytes; moves its edge. */
  offer(most?: number): number {
    return this.window.offer(this.next, this.#held, this.acks.largest, most);
  }

  /** What to report out of order, at most so many blocks; a duplicate is named first, and once (RFC 2883). */
  reports(most: number): readonly SackBlock[] | undefined {
    const duplicate = this.#duplicate;
    if (duplicate === undefined) return this.#reassembly.isEmpty ? undefined : this.#reassembly.blocks(most);
    this.#duplicate = undefined;
    return [duplicate, ...this.#reassembly.blocks(most - 1)];
  }

  /** A segment was not acceptable: if all of it had come before, the peer is to know (RFC 2883 §4). */
  refused({ seq, payload }: TcpSegment): void {
    const end = plus(seq, payload.length);
    if (payload.length > 0 && isUpTo(end, this.next)) this.#duplicate = { start: seq, end };
  }

  /** Whether there is something to report. */
  get hasReports(): boolean {
    return this.#duplicate !== undefined || !this.#reassembly.isEmpty;
  }
}
