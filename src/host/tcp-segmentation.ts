/** A segment that is longer than the path takes becomes some that fit. */

import { plus } from "../tcp/sequence.ts";
import { FIN, PSH, type TcpSegment, URG } from "../wire/tcp-segment.ts";

/**
 * What a link would make of it.
 *
 * @example
 * cut(segmentOf({ seq: 7, flags: ACK | PSH, payload: new Uint8Array(250) }), 100).map(({ seq }) => seq); // [7, 107, 207]
 */
export function cut(segment: TcpSegment, mss: number): readonly TcpSegment[] {
  const pieces: TcpSegment[] = [];
  for (let at = 0; at < segment.payload.length; at += mss) {
    const isLast = at + mss >= segment.payload.length;
    // The pointer counts from where the segment begins (RFC 9293 §3.8.5).
    const urgent = Math.max(0, segment.urgent - at);
    const flags = urgent > 0 ? segment.flags : segment.flags & ~URG;
    pieces.push({
      ...segment,
      seq: plus(segment.seq, at),
      flags: isLast ? flags : flags & ~(FIN | PSH),
      urgent,
      payload: segment.payload.subarray(at, at + mss),
    });
  }
  return pieces;
}
