/** Segments as they go out: with ACK, window, timestamps and reports, as the two ends have agreed (RFC 9293 §3.1, RFC 7323, RFC 2018). */

import { ACK, RST, SYN, segmentOf, type TcpSegment, URG } from "../wire/tcp-segment.ts";
import { type Agreement, synOptions, type TcpSettings } from "./handshake.ts";
import { FIRST_CAPACITY } from "./receive-window.ts";
import type { Receiver } from "./receiver.ts";
import { distance, isUpTo } from "./sequence.ts";
import type { Timestamps } from "./timestamps.ts";

const NOTHING: readonly TcpSegment[] = [];

/** @internal A part of the connection. */
export class Outgoing {
  /** Last.ACK.sent (RFC 7323 §4.3). */
  lastAckSent = 0;
  readonly #from: number;
  readonly #to: number;
  readonly #timestamps: Timestamps;
  #agreement: Agreement | undefined;
  #receiver: Receiver | undefined;
  #urgentUpTo: number | undefined;
  /** What our timestamps said last. */
  #stamp: number | undefined;
  #segments: TcpSegment[] = [];

  constructor(from: number, to: number, timestamps: Timestamps) {
    this.#from = from;
    this.#to = to;
    this.#timestamps = timestamps;
  }

  /** The peer's SYN has come. */
  begin(agreement: Agreement, receiver: Receiver): void {
    this.#agreement = agreement;
    this.#receiver = receiver;
  }

  take(): readonly TcpSegment[] {
    if (this.#segments.length === 0) return NOTHING;
    const segments = this.#segments;
    this.#segments = [];
    return segments;
  }

  /** What we send up to there is urgent (RFC 9293 §3.8.5). */
  urge(upTo: number): void {
    this.#urgentUpTo = upTo;
  }

  acknowledged(ack: number): void {
    if (this.#urgentUpTo !== undefined && isUpTo(this.#urgentUpTo, ack)) this.#urgentUpTo = undefined;
  }

  /** A segment of a connection that stands. Whatever it carries, it acknowledges. */
  put(seq: number, flags: number, payload: Uint8Array, now: number): void {
    const receiver = this.#receiver!;
    const { hasTimestamps, hasSack, receiveScale } = this.#agreement!;
    const urgent = this.#urgentUpTo === undefined ? 0 : Math.max(0, Math.min(65_535, distance(seq, this.#urgentUpTo)));
    // Data has no room for reports.
    const isReport = payload.length === 0 && hasSack && receiver.hasReports;
    this.lastAckSent = receiver.next;
    this.#stamp = hasTimestamps ? this.#timestamps.value(now) : undefined;
    this.#segments.push({
      from: this.#from,
      to: this.#to,
      seq,
      ack: receiver.next,
      flags: urgent > 0 ? flags | URG : flags,
      window: Math.min(65_535, receiver.offer() >> receiveScale),
      urgent,
      mss: undefined,
      windowScale: undefined,
      isSackPermitted: false,
      timestamp: this.#stamp,
      echo: hasTimestamps ? this.#timestamps.recent : undefined,
      sack: isReport ? receiver.reports(hasTimestamps ? 3 : 4) : undefined,
      unknownOptions: undefined,
      payload,
    });
    receiver.acks.sent();
  }

  /** A SYN; or a SYN,ACK, once the peer's has come. Its window is never scaled (RFC 7323 §2.2). */
  putSyn(settings: TcpSettings, scale: number, now: number): void {
    const receiver = this.#receiver;
    const { hasTimestamps, ...options } = synOptions(settings, scale, this.#agreement);
    this.#segments.push(
      segmentOf({
        from: this.#from,
        to: this.#to,
        seq: settings.isn,
        ack: receiver?.next ?? 0,
        flags: receiver === undefined ? SYN : SYN | ACK,
        window: receiver?.offer(65_535) ?? Math.min(65_535, settings.receiveBuffer ?? FIRST_CAPACITY),
        ...options,
        timestamp: hasTimestamps ? this.#timestamps.value(now) : undefined,
        echo: hasTimestamps ? this.#timestamps.recent : undefined,
      }),
    );
    receiver?.acks.sent();
  }

  /** In answer to an ACK that cannot be: its own number proves that it is no forgery. */
  refuse(ack: number): void {
    this.#segments.push(segmentOf({ from: this.#from, to: this.#to, seq: ack, flags: RST }));
  }

  /** It has timestamps, too (RFC 7323 §3.2), but for no time of its own. */
  putReset(seq: number): void {
    const timestamp = this.#stamp;
    this.#segments.push(
      segmentOf({
        from: this.#from,
        to: this.#to,
        seq,
        ack: this.#receiver?.next ?? 0,
        flags: RST | ACK,
        timestamp,
        echo: timestamp === undefined ? undefined : this.#timestamps.recent,
      }),
    );
  }
}
