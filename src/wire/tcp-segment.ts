/** A TCP segment as a value (RFC 9293 §3.1), with the options that we know (RFC 9293 §3.2, RFC 7323, RFC 2018). */

/** No more comes: a control bit, as are those that follow. */
export const FIN = 0x01;
/** The sequence number is the first one. */
export const SYN = 0x02;
/** There is no such connection, or no longer. */
export const RST = 0x04;
/** Whoever reads should have it now. */
export const PSH = 0x08;
/** The acknowledgment number means something. */
export const ACK = 0x10;
/** The urgent pointer means something. */
export const URG = 0x20;
/** ECN-Echo (RFC 3168 §6.1): understood, not spoken. */
export const ECE = 0x40;
/** Congestion Window Reduced, likewise. */
export const CWR = 0x80;

/** Bytes that have arrived out of order: from `start` up to, not including, `end` (RFC 2018 §3). */
export interface SackBlock {
  readonly start: number;
  readonly end: number;
}

/** All fields are always there, in this order, so that the engine knows one shape only. */
export interface TcpSegment {
  /** Source and destination port. */
  readonly from: number;
  readonly to: number;
  /** Sequence and acknowledgment number, 0 … 2³² − 1. */
  readonly seq: number;
  /** Means something only with the ACK bit. */
  readonly ack: number;
  readonly flags: number;
  /** As it stands on the wire, not scaled. */
  readonly window: number;
  /** The urgent pointer; means something only with the URG bit. */
  readonly urgent: number;
  /** Maximum segment size (RFC 9293 §3.7.1). */
  readonly mss: number | undefined;
  /** Window scale: so many bits to the left (RFC 7323 §2). */
  readonly windowScale: number | undefined;
  readonly isSackPermitted: boolean;
  /** The timestamps option (RFC 7323 §3): TSval and TSecr. Both are there, or neither. */
  readonly timestamp: number | undefined;
  readonly echo: number | undefined;
  /** At most four of them. */
  readonly sack: readonly SackBlock[] | undefined;
  /** Options that we do not know, as they came. */
  readonly unknownOptions: Uint8Array | undefined;
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * A segment of these fields, and nothing in the others.
 *
 * @example
 * segmentOf({ from: 40_000, to: 80, seq: 7, flags: SYN, mss: 1460 }).window; // 0
 */
export function segmentOf(fields: Partial<TcpSegment>): TcpSegment {
  return {
    from: fields.from ?? 0,
    to: fields.to ?? 0,
    seq: fields.seq ?? 0,
    ack: fields.ack ?? 0,
    flags: fields.flags ?? 0,
    window: fields.window ?? 0,
    urgent: fields.urgent ?? 0,
    mss: fields.mss,
    windowScale: fields.windowScale,
    isSackPermitted: fields.isSackPermitted ?? false,
    timestamp: fields.timestamp,
    echo: fields.echo,
    sack: fields.sack,
    unknownOptions: fields.unknownOptions,
    payload: fields.payload ?? NOTHING,
  };
}
