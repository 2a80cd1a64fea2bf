/** Timestamps: they tell old duplicates from news, and one sending from another (RFC 7323 §3 to §5). */

import { RST, type TcpSegment } from "../wire/tcp-segment.ts";
import { distance, isBefore, isUpTo } from "./sequence.ts";

/** What the peer said so long ago proves nothing: its clock may have gone round (RFC 7323 §5.5). */
const OUTDATED = 24 * 86_400_000;

/**
 * One connection's. Our clock ticks once a millisecond, from where nobody can guess.
 *
 * @example
 * const timestamps = new Timestamps(1000);
 * timestamps.isOn = true;
 * timestamps.value(5.5); // 1005
 */
export class Timestamps {
  isOn = false;
  /** TS.Recent: what to echo. */
  recent = 0;
  readonly #offset: number;
  #recentAt = 0;

  constructor(offset: number) {
    this.#offset = offset;
  }

  value(now: number): number {
    return (Math.floor(now) + this.#offset) >>> 0;
  }

  /** The first one, from the SYN. */
  begin(recent: number, now: number): void {
    this.isOn = true;
    this.recent = recent;
    this.#recentAt = now;
  }

  /** When that was sent to which this answers; undefined where it does not say, or cannot be. */
  echoedAt(segment: TcpSegment, now: number): number | undefined {
    if (!this.isOn || segment.echo === undefined) return undefined;
    const age = distance(segment.echo, this.value(now));
    return age < 0 ? undefined : Math.floor(now) - age;
  }

  /** Whether to drop it without a word: both have agreed on timestamps, and it has none (§3.2). Resets need none. */
  isMissing(segment: TcpSegment): boolean {
    return this.isOn && segment.timestamp === undefined && (segment.flags & RST) === 0;
  }

  /** Whether it is older than what we have seen (PAWS, §5). Resets are exempt. */
  isOld(segment: TcpSegment, now: number): boolean {
    if (!this.isOn || segment.timestamp === undefined || (segment.flags & RST) !== 0) return false;
    return isBefore(segment.timestamp, this.recent) && now - this.#recentAt < OUTDATED;
  }

  /** Remembers what to echo: of several that one ACK covers, the earliest (§4.3). */
  note(segment: TcpSegment, lastAckSent: number, now: number): void {
    if (!this.isOn || segment.timestamp === undefined || !isUpTo(segment.seq, lastAckSent)) return;
    if (isBefore(segment.timestamp, this.recent) && now - this.#recentAt < OUTDATED) return;
    this.recent = segment.timestamp;
    this.#recentAt = now;
  }
}
