/** SYN cookies (RFC 4987 §3.6): under a flood, the answer to a SYN carries all that is to be remembered of it. */

import { SipHash } from "../base/siphash.ts";
import { ACK, RST, SYN, segmentOf, type TcpSegment } from "../wire/tcp-segment.ts";
import { scaleFor, type TcpSettings } from "./handshake.ts";
import type { FourTuple } from "./isn.ts";
import { FIRST_CAPACITY, LARGEST_CAPACITY } from "./receive-window.ts";
import { plus } from "./sequence.ts";

/** Three bits have room for eight sizes; the most common ones, as measured by those who have looked (Linux has four of them). */
const SIZES = [216, 536, 966, 1220, 1300, 1440, 1460, 8960] as const;
const SIZE_BITS = 3;

/** A cookie is good for one to two of these, in milliseconds: an honest answer takes no longer. */
const PERIOD = 60_000;

/** In the low bits of our timestamp: the peer's window scale, none being 15, and whether it takes reports. */
const SCALE_MASK = 0x0f;
const NO_SCALE = 0x0f;
const SACK_BIT = 0x10;
const OPTION_BITS = 0x1f;

/**
 * Makes sequence numbers that prove, when they come back, that the peer has got our SYN,ACK. 29 bits are a keyed hash
 * of the four-tuple, the peer's number and the minute.
 *
 * @example
 * const cookies = new SynCookies(new Uint8Array(16));
 * const tuple = { localAddress: 1, localPort: 80, remoteAddress: 2, remotePort: 40_000 };
 * const syn = segmentOf({ from: 40_000, to: 80, seq: 7, flags: SYN, mss: 1460 });
 * const cookie = cookies.make(tuple, syn, 0);
 * cookies.read(tuple, segmentOf({ from: 40_000, to: 80, seq: 8, ack: cookie + 1, flags: ACK }), 50)?.mss; // 1460
 */
export class SynCookies {
  readonly #hash: SipHash;

  /** `secret`: 16 bytes. */
  constructor(secret: Uint8Array) {
    this.#hash = new SipHash(secret);
  }

  /** The sequence number of a SYN,ACK. */
  make(tuple: FourTuple, syn: TcpSegment, now: number): number {
    const size = SIZES.findLastIndex((size) => size <= Math.max(syn.mss ?? 536, SIZES[0]));
    return (this.#proof(tuple, syn.seq, Math.floor(now / PERIOD)) | size) >>> 0;
  }

  /** The timestamp of that SYN,ACK: a little in the past, so that its low bits can say what the SYN has offered. */
  timestamp(value: number, syn: TcpSegment): number {
    const options =
      (syn.windowScale === undefined ? NO_SCALE : Math.min(14, syn.windowScale)) | (syn.isSackPermitted ? SACK_BIT : 0);
    const stamped = (value & ~OPTION_BITS) | options;
    return (stamped > (value | 0) ? stamped - OPTION_BITS - 1 : stamped) >>> 0;
  }

  /** That SYN,ACK itself. Without timestamps there is nowhere to remember the other options. */
  answer(tuple: FourTuple, syn: TcpSegment, settings: TcpSettings, now: number): TcpSegment {
    const hasTimestamps = syn.timestamp !== undefined && settings.hasTimestamps !== false;
    const hasScale = syn.windowScale !== undefined && settings.hasWindowScale !== false;
    const value = (Math.floor(now) + (settings.timestampOffset ?? 0)) >>> 0;
    return segmentOf({
      from: tuple.localPort,
      to: tuple.remotePort,
      seq: this.make(tuple, syn, now),
      ack: plus(syn.seq, 1),
      flags: SYN | ACK,
      // No more than there will be.
      window: Math.min(65_535, settings.receiveBuffer ?? FIRST_CAPACITY),
      mss: settings.mss,
      windowScale: hasTimestamps && hasScale ? scaleFor(settings.largestReceiveBuffer ?? LARGEST_CAPACITY) : undefined,
      isSackPermitted: hasTimestamps && syn.isSackPermitted && settings.hasSack !== false,
      timestamp: hasTimestamps ? this.timestamp(value, syn) : undefined,
      echo: hasTimestamps ? syn.timestamp : undefined,
    });
  }

  /** The SYN to which that ACK belongs, as far as it was remembered; undefined where the number proves nothing. */
  read(tuple: FourTuple, segment: TcpSegment, now: number): TcpSegment | undefined {
    const cookie = plus(segment.ack, -1);
    const seq = plus(segment.seq, -1);
    const period = Math.floor(now / PERIOD);
    const size = cookie & (SIZES.length - 1);
    const proof = (cookie ^ size) >>> 0;
    if (proof !== this.#proof(tuple, seq, period) && proof !== this.#proof(tuple, seq, period - 1)) return undefined;
    const options = segment.echo === undefined ? NO_SCALE : segment.echo & OPTION_BITS;
    const scale = options & SCALE_MASK;
    return segmentOf({
      from: segment.from,
      to: segment.to,
      seq,
      flags: SYN,
      mss: SIZES[size],
      windowScale: scale === NO_SCALE ? undefined : scale,
      isSackPermitted: (options & SACK_BIT) !== 0,
      timestamp: segment.timestamp,
    });
  }

  #proof({ localAddress, localPort, remoteAddress, remotePort }: FourTuple, seq: number, period: number): number {
    const { lo } = this.#hash.of([localAddress, remoteAddress, (localPort << 16) | remotePort, seq, period]);
    return ((lo >>> SIZE_BITS) << SIZE_BITS) >>> 0;
  }
}

/**
 * Whether it can be the answer to a cookie.
 *
 * @example
 * mayBeCookie(segmentOf({ flags: ACK })); // true
 */
export const mayBeCookie = (segment: TcpSegment): boolean => (segment.flags & (SYN | ACK | RST)) === ACK;
