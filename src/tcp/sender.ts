/** The sending half of a connection (RFC 9293 §3.4, §3.8): what to send, when, and when again. */

import { ACK, FIN, PSH, type TcpSegment } from "../wire/tcp-segment.ts";
import type { Congestion } from "./congestion.ts";
import type { Flight } from "./flights.ts";
import { Flights } from "./flights.ts";
import { LossDetection } from "./loss-detection.ts";
import { Persist } from "./persist.ts";
import { RetransmissionTimeout } from "./rto.ts";
import { SendBuffer } from "./send-buffer.ts";
import { SendWindow } from "./send-window.ts";
import { distance, isBefore, isUpTo, latest, plus } from "./sequence.ts";

/** Puts a segment of these bytes on its way; everything else about it, the connection knows. */
export type Send = (seq: number, flags: number, payload: Uint8Array) => void;

const NOTHING = new Uint8Array(0);

/** Where segments are longer than this, it may be better to send a shorter one than to copy. */
const LONG = 16_384;

/**
 * Knows neither what comes from the peer, nor in which state the connection is: it is told what was acknowledged, and
 * says what is to go out.
 *
 * @example
 * const sender = new Sender(1000, new NewReno(1460), 1460);
 * sender.window.update(0, 1000, 65_535);
 * sender.write(Uint8Array.of(1, 2, 3));
 * sender.send(0, (seq, flags, payload) => console.log(seq, flags, payload.length)); // prints 1000 24 3
 */
export class Sender {
  /** SND.UNA, SND.NXT, and the end of whatever was sent, even as a probe. */
  unacknowledged: number;
  next: number;
  furthest: number;
  readonly buffer = new SendBuffer();
  readonly flights = new Flights();
  readonly window = new SendWindow();
  readonly rto = new RetransmissionTimeout();
  readonly loss: LossDetection;
  /** The payload of a full segment. */
  mss: number;
  /** How many bytes may go out as one segment, for the link to cut; 0: no more than it would cut them to. */
  burst = 0;
  /** Nagle is off. */
  noDelay = false;
  /** Nothing more will be written: a FIN goes behind what is. */
  isEnded = false;
  /** Nobody here waits for it any more. */
  isOrphan = false;
  /** Since when nothing that we sent was acknowledged: who waits too long, gives up. */
  unansweredSince: number | undefined;
  readonly #persist = new Persist();
  #mustProbe = false;
  #isFinSent = false;
  /** The end of the last segment that was not full (Nagle). */
  #shortEnd: number;
  /** Whatever was sent before this was held back by the congestion window. */
  #limitedUpTo: number;
  #sentAt = 0;

  /** `next`: the first number that data has, behind the SYN. */
  constructor(next: number, congestion: Congestion, mss: number) {
    this.unacknowledged = this.next = this.furthest = next;
    this.#shortEnd = this.#limitedUpTo = next;
    this.mss = mss;
    this.loss = new LossDetection(congestion, this.flights, this.rto);
  }

  write(bytes: Uint8Array): void {
    this.buffer.append(bytes);
  }

  end(): void {
    this.isEnded = true;
  }

  /** Our FIN has arrived. */
  get isFinished(): boolean {
    return this.#isFinSent && this.unacknowledged === this.next && this.buffer.length === 0;
  }

  get wakeAt(): number | undefined {
    return soonest(this.#persist.at, this.loss.wakeAt);
  }

  /** Something is under way, or wants to be. */
  get isBusy(): boolean {
    return this.buffer.length > 0 || !this.flights.isEmpty;
  }

  /**
   * The peer has no room for what it does not acknowledge. As long as it says so the connection stays open (RFC 9293
   * MUST-37, SHLD-17); else an answer that brings us no further is none (MUST-20). But nobody can hold us by that for ever
   * whom the application has left (RFC 6429 §3).
   */
  get #isHeldBack(): boolean {
    if (this.isOrphan) return false;
    return this.flights.isEmpty || this.window.usable(this.unacknowledged, this.next) < 0;
  }

  /** Bytes, and the FIN as one, that were never sent. */
  get #unsent(): number {
    if (this.#isFinSent) return 0;
    return this.buffer.length - distance(this.unacknowledged, this.next) + (this.isEnded ? 1 : 0);
  }

  /** An acceptable ACK, up to the furthest that was sent. `peerWindow` is scaled; `echoedAt`: when what it answers was sent. */
  acknowledge(segment: TcpSegment, peerWindow: number, echoedAt: number | undefined, now: number): void {
    const { ack } = segment;
    const advanced = distance(this.unacknowledged, ack);
    const hasNewWindow = this.window.update(segment.seq, ack, peerWindow);
    if (advanced > 0 || this.#isHeldBack) this.unansweredSince = undefined;
    if (advanced === 0 && this.flights.isEmpty) {
      if (hasNewWindow) this.#persist.stop();
      return;
    }
    const wasLimited = isBefore(this.unacknowledged, this.#limitedUpTo);
    if (advanced > 0) {
      this.unacknowledged = ack;
      this.next = latest(this.next, ack);
      // Marks that are passed go along, or they would seem to lie ahead again half a circle later.
      this.#limitedUpTo = latest(this.#limitedUpTo, ack);
      this.#shortEnd = latest(this.#shortEnd, ack);
      this.#release(advanced);
      this.#persist.stop();
    }
    const isDuplicate = advanced === 0 && !hasNewWindow && segment.payload.length === 0 && (segment.flags & FIN) === 0;
    this.loss.acknowledged(ack, advanced, isDuplicate, segment.sack, echoedAt, this.next, this.mss, wasLimited, now);
  }

  #release(advanced: number): void {
    const bytes = Math.min(advanced, this.buffer.length);
    // A FIN that went as a probe was not counted as sent.
    if (advanced > bytes) this.#isFinSent = true;
    this.buffer.release(this.buffer.start + bytes);
  }

  /** The path takes only segments of this length from here on (RFC 1191); what was longer did not arrive. */
  resize(mss: number): void {
    const isShorter = mss < this.mss;
    this.mss = mss;
    this.loss.congestion.resize(mss);
    if (isShorter) this.flights.loseLongerThan(mss);
  }

  tick(now: number): void {
    this.loss.tick(now, this.next, this.mss);
    if (this.#persist.at !== undefined && this.#persist.at <= now) {
      this.#persist.asked(now, this.rto.current);
      this.#mustProbe = true;
    }
  }

  /** Sends whatever may go. */
  send(now: number, send: Send): void {
    if (this.loss.mustProbe) this.#probeTail(now, send);
    this.#repeat(now, send);
    this.#sendNew(now, send);
    if (this.#mustProbe) this.#probeWindow(now, send);
    if (this.flights.isEmpty && this.#unsent > 0) this.#persist.start(now, this.rto.current);
    this.loss.arm(now, this.mss);
  }

  #repeat(now: number, send: Send): void {
    for (let flight = this.flights.firstLost; flight !== undefined; flight = this.flights.firstLost) {
      if (!this.loss.hasRoom(Math.min(this.mss, distance(flight.start, flight.end)))) {
        this.#limitedUpTo = this.next;
        return;
      }
      this.#sendAgain(flight, now, send);
    }
  }

  #sendAgain(flight: Flight, now: number, send: Send): void {
    if (distance(flight.start, flight.end) > this.mss + 1) this.flights.split(flight, this.mss);
    const start = this.buffer.start + distance(this.unacknowledged, flight.start);
    const length = Math.min(distance(flight.start, flight.end), this.buffer.end - start);
    const hasFin = length < distance(flight.start, flight.end);
    this.flights.resend(flight, now);
    this.loss.sent(distance(flight.start, flight.end));
    // The oldest one has as much time as if it were new.
    if (flight === this.flights.first) this.loss.restart();
    this.unansweredSince ??= now;
    this.#sentAt = now;
    send(flight.start, ACK | (hasFin ? FIN : 0) | this.#push(start, length), this.buffer.slice(start, length));
  }

  /** Set on what empties the buffer: the peer's application may as well have it (RFC 9293 MUST-61). */
  #push(start: number, length: number): number {
    return length > 0 && start + length === this.buffer.end ? PSH : 0;
  }

  #sendNew(now: number, send: Send): void {
    if (this.flights.isEmpty && this.#unsent > 0 && now - this.#sentAt > this.rto.current) {
      this.loss.congestion.restartAfterIdle(now);
    }
    while (this.#sendOne(now, send, false)) {
      // As long as there is something, and room for it.
    }
  }

  /** Says whether something went out. `isForced`: a tail loss probe may go beyond the congestion window. */
  #sendOne(now: number, send: Send, isForced: boolean): boolean {
    const unsent = this.#unsent;
    if (unsent <= 0) return false;
    const data = unsent - (this.isEnded ? 1 : 0);
    const usable = this.window.usable(this.unacknowledged, this.next);
    const full = this.#fullAt(this.next, data);
    let length = Math.min(full, data, usable);
    if (length < 0 || (length === 0 && !this.isEnded)) return false;
    if (!isForced && !this.loss.hasRoom(length)) {
      this.#limitedUpTo = plus(this.next, length);
      return false;
    }
    if (this.burst > length && length === this.mss && !isForced) length = this.#wholeSegments(data, usable);
    const hasFin = this.isEnded && length === data && usable > length;
    if (length === 0 && !hasFin) return false;
    const mayBeShort = this.noDelay || this.isEnded || isUpTo(this.#shortEnd, this.unacknowledged);
    if (!hasFin && !this.window.isWorthIt(length, full, length === data, mayBeShort)) return false;
    this.#go(length, hasFin, now, send);
    return true;
  }

  /** A full segment; but of a long piece the rest is one as well, since to put two together means to copy. */
  #fullAt(seq: number, data: number): number {
    if (this.mss <= LONG || data <= LONG) return this.mss;
    const run = this.buffer.runAt(this.buffer.start + distance(this.unacknowledged, seq));
    return run >= LONG ? Math.min(this.mss, run) : this.mss;
  }

  /** As many full segments as may go at once. */
  #wholeSegments(data: number, usable: number): number {
    const bytes = Math.min(this.burst, data, usable, this.loss.room);
    return Math.max(this.mss, bytes - (bytes % this.mss));
  }

  #go(length: number, hasFin: boolean, now: number, send: Send): void {
    const { next: seq, buffer } = this;
    const start = buffer.start + distance(this.unacknowledged, seq);
    const end = plus(seq, length + (hasFin ? 1 : 0));
    if (length < this.mss) this.#shortEnd = end;
    this.next = end;
    this.furthest = latest(this.furthest, end);
    if (hasFin) this.#isFinSent = true;
    this.#note(seq, end, now);
    this.loss.sent(distance(seq, end));
    this.#persist.stop();
    this.unansweredSince ??= now;
    this.#sentAt = now;
    send(seq, ACK | (hasFin ? FIN : 0) | this.#push(start, length), buffer.slice(start, length));
  }

  /** What goes as one, to be cut, is lost and acknowledged in segments. */
  #note(seq: number, end: number, now: number): void {
    let at = seq;
    for (; distance(at, end) > this.mss + 1; at = plus(at, this.mss)) this.flights.send(at, plus(at, this.mss), now);
    this.flights.send(at, end, now);
  }

  /** New data if there is some, else the last segment once more (RFC 8985 §7.3). */
  #probeTail(now: number, send: Send): void {
    const isNew = this.#sendOne(now, send, true);
    const { last } = this.flights;
    if (!isNew && last !== undefined) this.#sendAgain(last, now, send);
    this.loss.probed(this.next, !isNew, now);
  }

  /** What fits into the window, if anything does; else one byte more than the peer has room for, which it must answer. */
  #probeWindow(now: number, send: Send): void {
    this.#mustProbe = false;
    if (!this.flights.isEmpty || this.#unsent <= 0) return;
    const data = this.#unsent - (this.isEnded ? 1 : 0);
    const usable = this.window.usable(this.unacknowledged, this.next);
    this.unansweredSince ??= now;
    if (usable > 0) {
      this.#go(Math.min(this.mss, data, usable), false, now, send);
      return;
    }
    this.furthest = latest(this.furthest, plus(this.next, 1));
    const isFin = data === 0;
    send(
      this.next,
      ACK | (isFin ? FIN : 0),
      isFin ? NOTHING : this.buffer.slice(this.buffer.start + distance(this.unacknowledged, this.next), 1),
    );
  }
}

/**
 * The sooner of two times, either of which may be missing.
 *
 * @example
 * soonest(undefined, 7); // 7
 */
export function soonest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined || one < other ? one : other;
}
