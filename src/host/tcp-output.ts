/** Segments on their way down: checksum, IP, and whoever cuts them if they are long (RFC 9293 §3.9.2). */

import { pseudoHeader } from "../wire/checksum.ts";
import { PROTOCOL } from "../wire/ipv4.ts";
import { putTcp, putTcpUnsummed, tcpHeaderLength } from "../wire/tcp.ts";
import type { TcpSegment } from "../wire/tcp-segment.ts";
import { HEADROOM, type Ip } from "./ip.ts";
import type { Path } from "./paths.ts";
import type { SendError } from "./protocol.ts";
import { cut } from "./tcp-segmentation.ts";
import type { TcpMarks } from "./tcp-wishes.ts";

/** Between whom, and how marked. */
export interface Ends extends Required<TcpMarks> {
  readonly localAddress: number;
  readonly remoteAddress: number;
}

const NO_OPTIONS = new Uint8Array(0);

/** @internal Of `Tcp`. */
export class TcpOutput {
  readonly #ip: Ip;

  constructor(ip: Ip) {
    this.#ip = ip;
  }

  send(segment: TcpSegment, { localAddress, remoteAddress, ttl, tos }: Ends): SendError | undefined {
    const length = tcpHeaderLength(segment) + segment.payload.length;
    const frame = this.#ip.take(length, remoteAddress);
    this.#ip.machine.counters.tcpOutSegs += 1;
    putTcp(frame, HEADROOM, segment, pseudoHeader(localAddress, remoteAddress, PROTOCOL.tcp, length));
    return this.#ip.send(frame, length, PROTOCOL.tcp, localAddress, remoteAddress, ttl, tos, true);
  }

  /** Several segments in one, which the link cuts – or we, where it cannot do so now. */
  sendLong(segment: TcpSegment, ends: Ends, mss: number): SendError | undefined {
    const path = this.#ip.pathTo(ends.remoteAddress);
    if (path?.neighbour.isFresh && path.interface.adapter.segmentation >= segment.payload.length) {
      this.#sendToBeCut(segment, ends, mss, path);
      return undefined;
    }
    let error: SendError | undefined;
    for (const piece of cut(segment, mss)) error ??= this.send(piece, ends);
    return error;
  }

  #sendToBeCut(segment: TcpSegment, ends: Ends, mss: number, path: Path): void {
    const { localAddress: source, remoteAddress: destination, ttl, tos } = ends;
    const length = tcpHeaderLength(segment) + segment.payload.length;
    const frame = this.#ip.take(length, destination);
    this.#ip.machine.counters.tcpOutSegs += Math.ceil(segment.payload.length / mss);
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
    this.#ip.sendToBeCut(frame, length, header, path, mss);
  }
}
