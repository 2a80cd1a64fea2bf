/** An Ethernet adapter: takes from the link what is for this machine, and whole (IEEE 802.3 §4.2.9). */

import type { Clock } from "../base/clock.ts";
import { giveFrame, takeFrame } from "../link/frames.ts";
import type { Link } from "../link/link.ts";
import type { Later } from "../link/transit.ts";
import { ETHERNET_HEADER, FCS, hasGoodFcs, putEthernet, putFcs } from "../wire/ethernet.ts";
import { BROADCAST, isGroup, type MacAddress, printMac, readMac } from "../wire/mac.ts";

export interface AdapterOptions {
  readonly mac: MacAddress;
  /** How many frames may wait until the machine has time for them. Default 256, as Linux has it for e1000. */
  readonly ring?: number;
  /** Wait this many milliseconds for more frames before interrupting. Default 0: interrupt at once … */
  readonly coalesce?: number;
  /** … or when this says so: with `queueMicrotask`, as soon as a link that gives many at once has given them all. */
  readonly later?: Later;
  /** Interrupt at once when so many wait. Default 32. */
  readonly coalesceFrames?: number;
  /** Takes frames for others as well, for `onSeen`; they are not handed up. */
  readonly isPromiscuous?: boolean;
}

/** Handles the payload of a frame, from `from` to `to`; `isGroup`: it went to more than this adapter. */
export type FrameHandler = (frame: Uint8Array, from: number, to: number, isGroup: boolean) => void;

/**
 * What it has counted.
 *
 * @example
 * new AdapterCounters().inErrors; // 0
 */
export class AdapterCounters {
  inFrames = 0;
  inOctets = 0;
  /** Damaged: the FCS is another one. */
  inErrors = 0;
  /** For somebody else. */
  inFiltered = 0;
  /** There was no room in the ring. */
  inOverflows = 0;
  inUnknownTypes = 0;
  outFrames = 0;
  outOctets = 0;
  /** The link had no room. */
  outDrops = 0;
}

/** The shortest frame that a cable carries, FCS not counted: a collision must be noticed before it ends. */
const SHORTEST = 60;

/**
 * The frames it hands up are its own: whoever handles one copies what is to be kept.
 *
 * @example
 * const link: Link = { mtu: 1500, hasFcs: false, send: () => true, onFrame: undefined, close() {} };
 * const adapter = new Adapter(link, { mac: 0x020000000001 }, clock, () => adapter.drain());
 * adapter.handle(ETHERTYPE.arp, (frame, from, to) => console.log(frame.subarray(from, to)));
 * link.onFrame?.(emitEthernet({ destination: BROADCAST, source: 2, type: ETHERTYPE.arp, payload: utf8("?") }));
 * adapter.counters.inFrames; // 1
 */
export class Adapter {
  readonly mac: MacAddress;
  readonly counters = new AdapterCounters();
  /** Sees all that comes before it is handled, with FCS if the link has one; promiscuous, what is for others too. */
  onSeen: ((frame: Uint8Array) => void) | undefined;

  readonly #link: Link;
  readonly #interrupt: () => void;
  readonly #hasFcs: boolean;
  /** The length of the FCS. */
  readonly #tail: number;
  readonly #isPromiscuous: boolean;
  readonly #groups = new Set<MacAddress>();
  readonly #handlers = new Map<number, FrameHandler>();
  readonly #ring: (Uint8Array | undefined)[];
  #first = 0;
  #waiting = 0;
  /** Somebody has been told and has not yet emptied the ring. */
  #isRaised = false;
  readonly #later: Later | undefined;
  readonly #coalesceFrames: number;
  /** It will be raised later. */
  #isAsked = false;
  readonly #run = (): void => {
    this.#isAsked = false;
    if (this.#waiting > 0 && !this.#isRaised) this.#raise();
  };

  constructor(link: Link, options: AdapterOptions, clock: Clock, interrupt: () => void) {
    const { mac, ring = 256, coalesce = 0, coalesceFrames = 32, isPromiscuous = false } = options;
    if (isGroup(mac)) throw new RangeError(`Cannot make an adapter: ${printMac(mac)} is the address of a group`);
    this.mac = mac;
    this.#link = link;
    this.#interrupt = interrupt;
    this.#hasFcs = link.hasFcs;
    this.#tail = link.hasFcs ? FCS : 0;
    this.#isPromiscuous = isPromiscuous;
    this.#ring = Array.from({ length: ring }, () => undefined);
    this.#later = coalesce > 0 ? (run) => void clock.after(coalesce, run) : options.later;
    this.#coalesceFrames = Math.min(coalesceFrames, ring);
    link.onFrame = (frame) => this.#receive(frame);
  }

  get mtu(): number {
    return this.#link.mtu;
  }

  /** Who is handed frames of this type. */
  handle(type: number, handler: FrameHandler): void {
    this.#handlers.set(type, handler);
  }

  /** Takes frames to this group as well. */
  join(group: MacAddress): void {
    this.#groups.add(group);
  }

  leave(group: MacAddress): void {
    this.#groups.delete(group);
  }

  /** How long a frame must be made so that `send` need not copy it; `length` counts header and payload. */
  wireLength(length: number): number {
    return this.#hasFcs ? Math.max(length, SHORTEST) + FCS : length;
  }

  /** How much TCP payload the link takes at once, to cut it itself; 0: none. */
  get segmentation(): number {
    return this.#link.segmentation ?? 0;
  }

  /** Takes the frame, whose first `length` bytes are header and payload; the header is put here. `segment`: see `Link`. */
  send(frame: Uint8Array, length: number, destination: MacAddress, type: number, segment?: number): boolean {
    const out = frame.length === this.wireLength(length) ? frame : this.#resized(frame, length);
    putEthernet(out, destination, this.mac, type);
    if (this.#hasFcs) {
      // Or somebody would read there what the memory was used for before.
      if (length < SHORTEST) out.fill(0, length, SHORTEST);
      putFcs(out);
    }
    const { counters } = this;
    counters.outFrames += 1;
    counters.outOctets += length;
    const isTaken = this.#link.send(out, segment);
    if (!isTaken) counters.outDrops += 1;
    return isTaken;
  }

  /** Hands up all frames that wait, and gives them back. */
  drain(): void {
    try {
      while (this.#waiting > 0) {
        const frame = this.#shift();
        this.#handUp(frame, frame.length - this.#tail);
        giveFrame(frame);
      }
    } finally {
      this.#isRaised = false;
    }
  }

  close(): void {
    this.#link.onFrame = undefined;
    this.#link.close();
    this.#ring.fill(undefined);
    this.#waiting = 0;
  }

  #receive(frame: Uint8Array): void {
    if (this.#isWanted(frame)) this.#keep(frame);
    else giveFrame(frame);
  }

  /** What an adapter's hardware decides, before the machine hears of it. */
  #isWanted(frame: Uint8Array): boolean {
    const { counters } = this;
    const isWhole = frame.length >= ETHERNET_HEADER + this.#tail && (!this.#hasFcs || hasGoodFcs(frame));
    if (!isWhole) counters.inErrors += 1;
    else if (!this.#isPromiscuous && !this.#isForUs(readMac(frame, 0))) counters.inFiltered += 1;
    else if (this.#waiting === this.#ring.length) counters.inOverflows += 1;
    else return true;
    return false;
  }

  #keep(frame: Uint8Array): void {
    this.counters.inFrames += 1;
    this.counters.inOctets += frame.length - this.#tail;
    const end = this.#first + this.#waiting;
    this.#ring[end < this.#ring.length ? end : end - this.#ring.length] = frame;
    this.#waiting += 1;
    if (!this.#isRaised) this.#announce();
  }

  #isForUs(destination: MacAddress): boolean {
    return (
      destination === this.mac || destination === BROADCAST || (this.#groups.size > 0 && this.#groups.has(destination))
    );
  }

  #announce(): void {
    if (this.#later === undefined || this.#waiting >= this.#coalesceFrames) this.#raise();
    else if (!this.#isAsked) {
      this.#isAsked = true;
      this.#later(this.#run);
    }
  }

  #raise(): void {
    this.#isRaised = true;
    this.#interrupt();
  }

  #shift(): Uint8Array {
    const at = this.#first;
    const frame = this.#ring[at]!;
    this.#ring[at] = undefined;
    this.#first = at + 1 === this.#ring.length ? 0 : at + 1;
    this.#waiting -= 1;
    return frame;
  }

  #handUp(frame: Uint8Array, to: number): void {
    this.onSeen?.(frame);
    const destination = readMac(frame, 0);
    if (this.#isPromiscuous && !this.#isForUs(destination)) return;
    const handler = this.#handlers.get((frame[12]! << 8) | frame[13]!);
    if (handler === undefined) this.counters.inUnknownTypes += 1;
    else handler(frame, ETHERNET_HEADER, to, destination !== this.mac);
  }

  #resized(frame: Uint8Array, length: number): Uint8Array {
    const out = takeFrame(this.wireLength(length));
    out.set(frame.subarray(0, length));
    giveFrame(frame);
    return out;
  }
}
