/**
 * Which MAC address has that neighbour? Asks, remembers, asks again (RFC 826, RFC 1122 §2.3.2).
 *
 *               ask, three times          60 s            frame to it
 *     (new) ──► asking ────────► reachable ────► stale ──────────────► polling
 *                 │ silence         ▲  ▲           │ 10 min               │ answer: reachable
 *                 ▼                 │  └───────────│──────────────────────┤
 *               (gone)           answer          (gone)                   │ silence: asking
 *
 * Anybody on the cable can say anything, unasked. So nothing is learnt but from an answer to a question of ours, and
 * what is known is not overwritten: whoever claims the address of a known neighbour makes us ask the one we know, and
 * only if that one is silent, everybody. So a machine that moves (or a standby that takes over) is followed within a
 * few seconds, and one that lies must silence the other first. RFC 826 would learn from requests, too, which saves a
 * question when somebody talks to us first; the price is that one request redirects all traffic. That an attacker may
 * answer our broadcast before the right one does, ARP cannot help.
 */

import { ARP, type ArpPacket } from "../wire/arp.ts";
import { BROADCAST, isGroup, type MacAddress } from "../wire/mac.ts";

export type NeighbourState = "asking" | "reachable" | "stale" | "polling" | "gone";

/** What the machine does outside of itself. */
export interface NeighbourEvents {
  /** Asks for the address: everybody, or the one who had it. */
  ask(target: number, to: MacAddress): void;
  /** This frame may go now. */
  send(frame: Uint8Array, length: number, to: MacAddress): void;
  /** This one will not: nobody has answered. */
  fail(frame: Uint8Array, length: number): void;
  /** This one has no room in the queue. */
  drop(frame: Uint8Array): void;
}

export interface NeighbourOptions {
  /** How long an answer is believed, in milliseconds. Default a minute (RFC 1122 §2.3.2.1). */
  readonly reachable?: number;
  /** How many are remembered. Default 1024. */
  readonly limit?: number;
}

/**
 * One of them. Packets to it may go at once while `isFresh`.
 *
 * @example
 * new Neighbour(0x0a000002).state; // "asking"
 */
export class Neighbour {
  readonly address: number;
  mac: MacAddress;
  isFresh: boolean;
  state: NeighbourState = "asking";
  /** When something must be done about it. */
  dueAt = 0;
  /** How often it was asked without an answer. */
  tries = 0;
  askedAt = Number.NEGATIVE_INFINITY;
  readonly queue: { frame: Uint8Array; length: number }[] = [];
  /** What the queue costs, in bytes. */
  queued = 0;

  constructor(address: number, mac: MacAddress = BROADCAST, isFresh = false) {
    this.address = address;
    this.mac = mac;
    this.isFresh = isFresh;
  }
}

/** "The recommended maximum rate is 1 per second per destination" (RFC 1122 §2.3.2.1). */
const BETWEEN_QUESTIONS = 1000;
const QUESTIONS = 3;
/** N of RFC 1122 §2.3.2.1 (2): "typically N is 2". */
const POLLS = 2;
const REACHABLE = 60_000;
const FORGOTTEN = 600_000;

/** RFC 1122 wants one packet to be saved; Linux saves so many bytes: the largest datagram, however it is cut, or a crowd of SYNs. */
const QUEUE = 212_992;
/** For all neighbours together, who may be as many as somebody makes up. */
const QUEUES = 1024 * 1024;
/** What a frame costs besides its bytes. */
const OVERHEAD = 64;
const ASKING = 256;

/**
 * Those on one cable.
 *
 * @example
 * const asked: number[] = [];
 * const neighbours = new Neighbours({ ask: (target) => asked.push(target), send() {}, fail() {}, drop() {} });
 * neighbours.send(0x0a000002, new Uint8Array(60), 60, 0);
 * asked; // [0x0a000002]
 */
export class Neighbours {
  /** Oldest answer first, and those without one somewhere among them. */
  readonly #entries = new Map<number, Neighbour>();
  readonly #events: NeighbourEvents;
  readonly #reachable: number;
  readonly #limit: number;
  #asking = 0;
  #queued = 0;
  #wakeAt: number | undefined;

  constructor(events: NeighbourEvents, { reachable = REACHABLE, limit = 1024 }: NeighbourOptions = {}) {
    this.#events = events;
    this.#reachable = reachable;
    this.#limit = limit;
  }

  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What the frames cost that wait for an answer, in bytes. */
  get queued(): number {
    return this.#queued;
  }

  get(address: number): Neighbour | undefined {
    return this.#entries.get(address);
  }

  /** Takes a frame for one who is not known to be fresh; says who that is. */
  send(address: number, frame: Uint8Array, length: number, now: number): Neighbour {
    const neighbour = this.#entries.get(address) ?? this.#add(address, now);
    if (neighbour.state === "asking") {
      this.#queue(neighbour, frame, length);
      return neighbour;
    }
    if (neighbour.state === "stale") this.#poll(neighbour, now);
    this.#events.send(frame, length, neighbour.mac);
    return neighbour;
  }

  /** Somebody says who has an address; `isForUs`: as an answer to this adapter. Whether it was believed. */
  receive({ operation, sender, senderMac }: ArpPacket, isForUs: boolean, now: number): boolean {
    const neighbour = this.#entries.get(sender);
    if (neighbour === undefined || isGroup(senderMac)) return false;
    if (neighbour.state === "asking") {
      if (operation !== ARP.reply || !isForUs) return false;
      neighbour.mac = senderMac;
      this.#confirm(neighbour, now);
      return true;
    }
    if (neighbour.mac === senderMac) {
      this.#confirm(neighbour, now);
      return true;
    }
    if (neighbour.state !== "polling") this.#poll(neighbour, now);
    return false;
  }

  /** Somebody has reason to think that it is gone: it is polled when the next frame goes there. */
  doubt(address: number): void {
    const neighbour = this.#entries.get(address);
    if (neighbour?.state === "reachable") this.#doubt(neighbour, neighbour.dueAt);
  }

  tick(now: number): void {
    for (const neighbour of [...this.#entries.values()]) if (neighbour.dueAt <= now) this.#isDue(neighbour, now);
    this.#wakeAt = undefined;
    for (const { dueAt } of this.#entries.values()) this.#wakeBy(dueAt);
  }

  #isDue(neighbour: Neighbour, now: number): void {
    switch (neighbour.state) {
      case "asking":
        if (neighbour.tries < QUESTIONS) this.#ask(neighbour, BROADCAST, now);
        else this.#forget(neighbour);
        return;
      case "reachable":
        this.#doubt(neighbour, now);
        return;
      case "polling":
        if (neighbour.tries < POLLS) this.#ask(neighbour, neighbour.mac, now);
        else this.#startAsking(neighbour, now);
        return;
      case "stale":
        this.#forget(neighbour);
    }
  }

  /** Whether it is still there will be asked before long. */
  #doubt(neighbour: Neighbour, now: number): void {
    neighbour.state = "stale";
    neighbour.isFresh = false;
    neighbour.dueAt = now + FORGOTTEN;
  }

  #add(address: number, now: number): Neighbour {
    if (this.#entries.size >= this.#limit) this.#forget(this.#oldest((one) => one.state !== "asking"));
    const neighbour = new Neighbour(address);
    this.#entries.set(address, neighbour);
    this.#startAsking(neighbour, now);
    return neighbour;
  }

  #startAsking(neighbour: Neighbour, now: number): void {
    // Somebody who makes up addresses must not push out those that exist.
    if (this.#asking >= ASKING) this.#forget(this.#oldest((one) => one.state === "asking"));
    neighbour.state = "asking";
    neighbour.isFresh = false;
    neighbour.tries = 0;
    this.#asking += 1;
    this.#ask(neighbour, BROADCAST, now);
  }

  #poll(neighbour: Neighbour, now: number): void {
    neighbour.state = "polling";
    neighbour.isFresh = true;
    neighbour.tries = 0;
    this.#ask(neighbour, neighbour.mac, now);
  }

  #ask(neighbour: Neighbour, to: MacAddress, now: number): void {
    const mayAskAt = neighbour.askedAt + BETWEEN_QUESTIONS;
    const isTooSoon = now < mayAskAt;
    neighbour.dueAt = isTooSoon ? mayAskAt : now + BETWEEN_QUESTIONS;
    this.#wakeBy(neighbour.dueAt);
    if (isTooSoon) return;
    neighbour.tries += 1;
    neighbour.askedAt = now;
    this.#events.ask(neighbour.address, to);
  }

  #confirm(neighbour: Neighbour, now: number): void {
    if (neighbour.state === "asking") this.#asking -= 1;
    neighbour.state = "reachable";
    neighbour.isFresh = true;
    neighbour.dueAt = now + this.#reachable;
    this.#wakeBy(neighbour.dueAt);
    this.#entries.delete(neighbour.address);
    this.#entries.set(neighbour.address, neighbour);
    this.#queued -= neighbour.queued;
    neighbour.queued = 0;
    for (const { frame, length } of neighbour.queue.splice(0)) this.#events.send(frame, length, neighbour.mac);
  }

  #forget(neighbour: Neighbour): void {
    if (neighbour.state === "asking") this.#asking -= 1;
    neighbour.state = "gone";
    neighbour.isFresh = false;
    this.#entries.delete(neighbour.address);
    this.#queued -= neighbour.queued;
    neighbour.queued = 0;
    for (const { frame, length } of neighbour.queue.splice(0)) this.#events.fail(frame, length);
  }

  /** Of those that are so; who is not known yet goes last. */
  #oldest(isSo: (neighbour: Neighbour) => boolean): Neighbour {
    const all = [...this.#entries.values()];
    return all.find(isSo) ?? all[0]!;
  }

  #queue(neighbour: Neighbour, frame: Uint8Array, length: number): void {
    const { queue } = neighbour;
    queue.push({ frame, length });
    neighbour.queued += length + OVERHEAD;
    this.#queued += length + OVERHEAD;
    while (neighbour.queued > QUEUE || this.#queued > QUEUES) {
      const oldest = queue.shift();
      if (oldest === undefined) return;
      neighbour.queued -= oldest.length + OVERHEAD;
      this.#queued -= oldest.length + OVERHEAD;
      this.#events.drop(oldest.frame);
    }
  }

  #wakeBy(time: number): void {
    if (this.#wakeAt === undefined || time < this.#wakeAt) this.#wakeAt = time;
  }
}
