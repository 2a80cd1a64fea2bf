/** What the two SYNs agree on (RFC 9293 §3.7.1, RFC 7323 §2.2, RFC 2018 §2). */

import { ACK, RST, SYN, type TcpSegment } from "../wire/tcp-segment.ts";

/** Where the peer's SYN says nothing (RFC 9293 MUST-15). */
const DEFAULT_MSS = 536;

/** Smaller ones are an attack on our processor (CVE-2019-11479), or a mistake. */
const LEAST_MSS = 48;

/** RFC 7323 §2.3. */
const LARGEST_SCALE = 14;

/** What a connection is to be like; the defaults are where it is read. */
export interface TcpSettings {
  /** The first sequence number: not to be guessed (isn.ts). */
  readonly isn: number;
  /** The largest segment we can take: the MTU of our adapter less 40 (RFC 9293 §3.7.1). */
  readonly mss: number;
  /** How much payload may go out as one segment, for somebody beneath to cut it. Default the payload of one. */
  readonly burst?: number;
  /** Where our timestamps begin. */
  readonly timestampOffset?: number;
  readonly hasTimestamps?: boolean;
  readonly hasSack?: boolean;
  readonly hasWindowScale?: boolean;
  readonly congestion?: "cubic" | "newreno";
  /** The receive buffer to begin with, and how far it may grow, in bytes. */
  readonly receiveBuffer?: number;
  readonly largestReceiveBuffer?: number;
  /** Give up after so many milliseconds without an answer: to the SYN, and later. */
  readonly connectTimeout?: number;
  readonly userTimeout?: number;
}

export interface Agreement {
  /** The largest segment the peer takes, options included. */
  readonly mss: number;
  readonly hasTimestamps: boolean;
  readonly hasSack: boolean;
  readonly hasWindowScale: boolean;
  /** So many bits the peer's windows are to be shifted, and ours. */
  readonly sendScale: number;
  readonly receiveScale: number;
}

/**
 * How far to scale a window that may grow to so many bytes.
 *
 * @example
 * scaleFor(6 * 1024 * 1024); // 7
 */
export function scaleFor(largest: number): number {
  let scale = 0;
  while (scale < LARGEST_SCALE && 65_535 * 2 ** scale < largest) scale++;
  return scale;
}

/**
 * The options of our SYN, or of the SYN,ACK behind what was agreed: what the other has not offered is not used.
 *
 * @example
 * synOptions({ isn: 0, mss: 1460 }, 7, undefined).windowScale; // 7
 */
export function synOptions(settings: TcpSettings, scale: number, agreed: Agreement | undefined) {
  const { hasTimestamps = true, hasSack = true, hasWindowScale = true } = agreed ?? settings;
  return {
    mss: settings.mss,
    windowScale: hasWindowScale ? scale : undefined,
    isSackPermitted: hasSack,
    hasTimestamps,
  };
}

/**
 * What holds from here on, after the peer's SYN or SYN,ACK.
 *
 * @example
 * agree({ isn: 0, mss: 1460 }, 7, segmentOf({ flags: SYN, mss: 1400 })).mss; // 1400
 */
export function agree(settings: TcpSettings, scale: number, peer: TcpSegment): Agreement {
  const { hasTimestamps = true, hasSack = true, hasWindowScale = true } = settings;
  const doesScale = hasWindowScale && peer.windowScale !== undefined;
  return {
    mss: Math.max(LEAST_MSS, Math.min(settings.mss, peer.mss ?? DEFAULT_MSS)),
    hasTimestamps: hasTimestamps && peer.timestamp !== undefined,
    hasSack: hasSack && peer.isSackPermitted,
    hasWindowScale: doesScale,
    sendScale: doesScale ? Math.min(LARGEST_SCALE, peer.windowScale!) : 0,
    receiveScale: doesScale ? scale : 0,
  };
}

/**
 * Whether it opens a connection: a SYN, and neither ACK nor RST (RFC 9293 §3.10.7.2).
 *
 * @example
 * isOpening(segmentOf({ flags: SYN })); // true
 */
export const isOpening = (segment: TcpSegment): boolean => (segment.flags & (SYN | ACK | RST)) === SYN;
