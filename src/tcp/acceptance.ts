/** What to make of a segment for a connection that stands: the first four steps of RFC 9293 §3.10.7.4, with RFC 5961 and RFC 7323 where they belong. */

import { ACK, RST, SYN, type TcpSegment } from "../wire/tcp-segment.ts";
import type { Receiver } from "./receiver.ts";
import { plus } from "./sequence.ts";
import type { Timestamps } from "./timestamps.ts";

/**
 * Drop it; answer it, since a duplicate wants an ACK; challenge it, since it may be an attack; believe that it is a
 * reset; heed what it says about our segments, and no more; or take it for what it is.
 */
export type Verdict = "drop" | "answer" | "challenge" | "reset" | "heed its ACK" | "take";

/**
 * In the RFC's order: sequence number, RST, SYN, ACK. `length` is that of the segment in sequence numbers.
 *
 * @example
 * const receiver = new Receiver(1000);
 * receiver.offer();
 * judge(segmentOf({ seq: 1001, flags: RST }), 0, receiver, new Timestamps(0), 0); // "challenge"
 */
export function judge(
  segment: TcpSegment,
  length: number,
  receiver: Receiver,
  timestamps: Timestamps,
  now: number,
): Verdict {
  const { seq, flags } = segment;
  const isReset = (flags & RST) !== 0;
  // “Irrespective of the sequence number” (RFC 5961 §4.2), and of timestamps: a peer that has begun anew learns of us so,
  // and others do not learn which numbers are in the window.
  if ((flags & SYN) !== 0 && !isReset) return "challenge";
  if (timestamps.isMissing(segment)) return "drop";
  if (timestamps.isOld(segment, now)) return "answer";
  // Of a reset only the number counts: there may be no window (MUST-66), and it may bring a reason along (SHLD-2).
  if (!receiver.window.isAcceptable(receiver.next, seq, isReset ? 0 : length)) {
    if (isReset) return "drop";
    // “If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid ACKs.”
    // And a peer that has asked after our window with a byte, or a FIN, speaks from before it until it knows that we took
    // it: two such would refuse each other's ACKs for ever.
    const isInPlace = seq === receiver.next || (length === 0 && plus(seq, 1) === receiver.next);
    return isInPlace && (flags & ACK) !== 0 ? "heed its ACK" : "answer";
  }
  // Only the exact number ends a connection (RFC 5961 §3.2).
  if (isReset) return seq === receiver.next ? "reset" : "challenge";
  return (flags & ACK) === 0 ? "drop" : "take";
}
