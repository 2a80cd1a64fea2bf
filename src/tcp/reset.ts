/** The answer to a segment that belongs to no connection (RFC 9293 §3.5.2, §3.10.7.1). */

import { ACK, FIN, RST, SYN, segmentOf, type TcpSegment } from "../wire/tcp-segment.ts";
import { plus } from "./sequence.ts";

/**
 * A reset that its sender must believe; none in answer to a reset.
 *
 * @example
 * resetFor(segmentOf({ from: 40_000, to: 81, seq: 7, flags: SYN }))?.ack; // 8
 */
export function resetFor(segment: TcpSegment): TcpSegment | undefined {
  if ((segment.flags & RST) !== 0) return undefined;
  const ends = { from: segment.to, to: segment.from };
  if ((segment.flags & ACK) !== 0) return segmentOf({ ...ends, seq: segment.ack, flags: RST });
  return segmentOf({ ...ends, ack: plus(segment.seq, lengthOf(segment)), flags: RST | ACK });
}

/**
 * How many sequence numbers a segment takes: one a byte, one for SYN and FIN each.
 *
 * @example
 * lengthOf(segmentOf({ flags: SYN })); // 1
 */
export function lengthOf(segment: TcpSegment): number {
  return segment.payload.length + ((segment.flags & SYN) === 0 ? 0 : 1) + ((segment.flags & FIN) === 0 ? 0 : 1);
}
