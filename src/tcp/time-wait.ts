/** What is left of a connection that was closed first here: it waits until old segments have died (RFC 9293 §3.6.1, RFC 6191). */

import { ACK, FIN, RST, SYN, segmentOf, type TcpSegment } from "../wire/tcp-segment.ts";
import { Challenges } from "./challenges.ts";
import { isBefore, isUpTo, plus } from "./sequence.ts";
import type { Timestamps } from "./timestamps.ts";

/** Twice the maximum segment lifetime. RFC 9293 says two minutes and calls it an engineering choice; Linux's is half a minute. */
export const TWO_MSL = 60_000;

/** What to do about a segment: nothing, answer it, or take it for a new connection's. */
export type TimeWaitAnswer = "nothing" | "acknowledge" | "open anew";

/**
 * Small, since a busy server has many.
 *
 * @example
 * const rest = new TimeWait(80, 40_000, 1001, 2001, new Timestamps(0), 0);
 * rest.receive(segmentOf({ seq: 2000, ack: 1001, flags: FIN | ACK }), 1000); // "acknowledge"
 * rest.wakeAt; // 61000
 */
export class TimeWait {
  readonly from: number;
  readonly to: number;
  wakeAt: number;
  /** SND.NXT: what follows on all that we have sent. */
  readonly next: number;
  readonly #expected: number;
  readonly #timestamps: Timestamps;
  readonly #challenges = new Challenges();

  constructor(from: number, to: number, next: number, expected: number, timestamps: Timestamps, now: number) {
    this.from = from;
    this.to = to;
    this.next = next;
    this.#expected = expected;
    this.#timestamps = timestamps;
    this.wakeAt = now + TWO_MSL;
  }

  receive(segment: TcpSegment, now: number): TimeWaitAnswer {
    // A reset must not end it early: TIME-WAIT assassination (RFC 1337).
    if ((segment.flags & RST) !== 0) return "nothing";
    if ((segment.flags & (SYN | ACK)) === SYN && this.#isNewer(segment)) return "open anew";
    const hasFin = (segment.flags & FIN) !== 0;
    // Our last ACK was lost: the FIN comes again, and we wait anew. Others could keep us for ever.
    if (hasFin && plus(segment.seq, segment.payload.length + 1) === this.#expected) this.wakeAt = now + TWO_MSL;
    else if (!hasFin && segment.payload.length === 0 && (segment.flags & SYN) === 0 && segment.seq === this.#expected)
      return "nothing";
    return this.#challenges.mayAnswer(now) ? "acknowledge" : "nothing";
  }

  /** Whether a new connection of ours may take its place: our timestamps must have moved on (RFC 6191 §2). */
  mayBeReused(now: number, patience: number): boolean {
    return this.#timestamps.isOn && now - (this.wakeAt - TWO_MSL) >= patience;
  }

  /** No old segment can be mistaken for one of a connection that begins later than the last one ended (RFC 6191 §2). */
  #isNewer(segment: TcpSegment): boolean {
    const { recent, isOn } = this.#timestamps;
    if (isOn && segment.timestamp !== undefined && segment.timestamp !== recent)
      return isBefore(recent, segment.timestamp);
    return !isUpTo(segment.seq, this.#expected);
  }

  acknowledgment(now: number): TcpSegment {
    const { isOn, recent } = this.#timestamps;
    return segmentOf({
      from: this.from,
      to: this.to,
      seq: this.next,
      ack: this.#expected,
      flags: ACK,
      timestamp: isOn ? this.#timestamps.value(now) : undefined,
      echo: isOn ? recent : undefined,
    });
  }
}
