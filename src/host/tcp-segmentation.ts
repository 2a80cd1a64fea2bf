/** Segments that are longer than the path takes: the link cuts them, where it can, and the payload is handled once instead of many times. */

import { plus } from "../tcp/sequence.ts";
import { PROTOCOL } from "../wire/ipv4.ts";
import { putTcpUnsummed, tcpHeaderLength } from "../wire/tcp.ts";
import { FIN, PSH, type TcpSegment } from "../wire/tcp-segment.ts";
import { HEADROOM, type Ip } from "./ip.ts";
import type { Path } from "./paths.ts";
import type { TcpStream } from "./tcp-stream.ts";

const NO_OPTIONS = new Uint8Array(0);

/** @internal Of `Tcp`: the adapter of the path has `segmentation`, and its neighbour is known. */
export function sendToBeCut(ip: Ip, path: Path, stream: TcpStream, segment: TcpSegment, mss: number): void {
  const { localAddress: source, remoteAddress: destination, ttl, tos } = stream;
  const length = tcpHeaderLength(segment) + segment.payload.length;
  const frame = ip.take(length, destination);
  putTcpUnsummed(frame, HEADROOM, segment);
  const header = {
    tos,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl,
    protocol: PROTOCOL.tcp,
    source,
    destination,
    options: NO_OPTIONS,
  };
  ip.sendToBeCut(frame, length, header, path, mss);
}

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
    pieces.push({
      ...segment,
      seq: plus(segment.seq, at),
      flags: isLast ? segment.flags : segment.flags & ~(FIN | PSH),
      payload: segment.payload.subarray(at, at + mss),
    });
  }
  return pieces;
}
