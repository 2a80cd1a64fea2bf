/** Echo requests under way, each waiting for its reply (RFC 792, RFC 1122 §3.2.2.6). */

import { emitIcmp, type IcmpEcho, readIcmp } from "../wire/icmp.ts";
import { type Ipv4Packet, PROTOCOL } from "../wire/ipv4.ts";
import type { Sleeper } from "./deadlines.ts";
import { HEADROOM, type Ip } from "./ip.ts";
import type { Failure, SendError } from "./protocol.ts";

export interface PingOptions {
  /** How many bytes to send along. Default 56, as ping has it. */
  readonly size?: number;
  /** After how many hops to give up: traceroute counts it up from 1. Default 64. */
  readonly ttl?: number;
  /** How long to wait, in milliseconds. Default a second. */
  readonly timeout?: number;
  /** Refuse to be cut, as path MTU discovery does. Default false. */
  readonly dontFragment?: boolean;
  /** The address to speak from. Default that of the interface on the way. */
  readonly from?: number;
}

export type PingResult =
  | {
      readonly kind: "reply";
      readonly from: number;
      readonly milliseconds: number;
      readonly ttl: number;
      readonly size: number;
    }
  | { readonly kind: "failed"; readonly failure: Failure; readonly milliseconds: number }
  | { readonly kind: "not sent"; readonly error: SendError }
  | { readonly kind: "silence" };

interface Ping {
  readonly destination: number;
  readonly payload: Uint8Array;
  readonly sentAt: number;
  readonly until: number;
  readonly done: (result: PingResult) => void;
}

/** @internal Made by `Icmp`. */
export class Pings implements Sleeper {
  slot = -1;
  readonly #ip: Ip;
  /** Tells ours from those of others behind the same address; nobody should guess it. */
  readonly #identifier: number;
  readonly #waiting = new Map<number, Ping>();
  #sequence = 0;
  #wakeAt: number | undefined;

  constructor(ip: Ip) {
    this.#ip = ip;
    this.#identifier = ip.machine.random.below(0x10000);
  }

  /** When the first may have waited long enough; by then it may have been answered. */
  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  send(destination: number, options: PingOptions, done: (result: PingResult) => void): void {
    const { size = 56, ttl, timeout = 1000, dontFragment = false, from } = options;
    const ip = this.#ip;
    const { clock, counters, deadlines, random, work } = ip.machine;
    const source = from ?? ip.sourceFor(destination);
    if (source === undefined) {
      done({ kind: "not sent", error: "ENETUNREACH" });
      return;
    }
    const sentAt = clock.now();
    const sequence = this.#next();
    const payload = random.bytes(size);
    this.#waiting.get(sequence)?.done({ kind: "silence" });
    this.#waiting.set(sequence, { destination, payload, sentAt, until: sentAt + timeout, done });
    this.#wakeBy(sentAt + timeout);
    const bytes = emitIcmp({ kind: "echo request", code: 0, identifier: this.#identifier, sequence, payload });
    const frame = ip.take(bytes.length, destination);
    frame.set(bytes, HEADROOM);
    counters.icmpOutMsgs += 1;
    work.begin();
    try {
      const error = ip.send(frame, bytes.length, PROTOCOL.icmp, source, destination, ttl, 0, dontFragment);
      if (error !== undefined) this.#end(sequence, { kind: "not sent", error });
      deadlines.update(this);
    } finally {
      work.end();
    }
  }

  receive({ identifier, sequence, payload }: IcmpEcho, { source, ttl }: Ipv4Packet): void {
    const ping = this.#waiting.get(sequence);
    if (ping === undefined || identifier !== this.#identifier || !isSame(payload, ping.payload)) return;
    const milliseconds = this.#ip.machine.clock.now() - ping.sentAt;
    this.#end(sequence, { kind: "reply", from: source, milliseconds, ttl, size: payload.length });
  }

  failed(failure: Failure, payload: Uint8Array, { destination }: Ipv4Packet): boolean {
    const message = readIcmp(payload);
    if (message?.kind !== "echo request" || message.identifier !== this.#identifier) return false;
    const ping = this.#waiting.get(message.sequence);
    if (ping === undefined || ping.destination !== destination) return false;
    this.#end(message.sequence, { kind: "failed", failure, milliseconds: this.#ip.machine.clock.now() - ping.sentAt });
    return true;
  }

  tick(now: number): void {
    const over: number[] = [];
    this.#wakeAt = undefined;
    for (const [sequence, { until }] of this.#waiting) {
      if (until <= now) over.push(sequence);
      else this.#wakeBy(until);
    }
    for (const sequence of over) this.#end(sequence, { kind: "silence" });
  }

  #wakeBy(time: number): void {
    if (this.#wakeAt === undefined || time < this.#wakeAt) this.#wakeAt = time;
  }

  #next(): number {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return this.#sequence;
  }

  #end(sequence: number, result: PingResult): void {
    const ping = this.#waiting.get(sequence);
    this.#waiting.delete(sequence);
    ping?.done(result);
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
