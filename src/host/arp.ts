/** ARP on one interface: answers for its addresses, asks for others', says who is here (RFC 826, RFC 5227). */

import type { Clock } from "../base/clock.ts";
import { giveFrame, takeFrame } from "../link/frames.ts";
import { ARP, ARP_LENGTH, emitArp, parseArp } from "../wire/arp.ts";
import { ETHERNET_HEADER, ETHERTYPE } from "../wire/ethernet.ts";
import { BROADCAST, isGroup, type MacAddress } from "../wire/mac.ts";
import type { Adapter } from "./adapter.ts";
import type { Counters } from "./counters.ts";
import type { Deadlines, Sleeper } from "./deadlines.ts";
import { type Neighbour, type NeighbourOptions, Neighbours } from "./neighbours.ts";
import type { OwnAddress } from "./own-address.ts";

/** How often an address is defended, in milliseconds: two that both want it would shout for ever (RFC 5227 §2.4 (c)). */
const DEFEND_INTERVAL = 10_000;

/** What it needs of the machine. */
export interface ArpMachine {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly deadlines: Deadlines;
}

/**
 * Made by `Interface`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * const one = host.attach(new Pair().a, { address: "10.0.0.1/24" });
 * one.arp?.announce();
 */
export class Arp implements Sleeper {
  slot = -1;
  readonly neighbours: Neighbours;
  /** Somebody else has one of our addresses. */
  onConflict: ((address: number, mac: MacAddress) => void) | undefined;
  /** A packet could not be sent, since nobody has answered. */
  onUnreachable: ((frame: Uint8Array, length: number) => void) | undefined;

  readonly #machine: ArpMachine;
  readonly #adapter: Adapter;
  readonly #addresses: readonly OwnAddress[];
  #defendedAt = Number.NEGATIVE_INFINITY;

  constructor(machine: ArpMachine, adapter: Adapter, addresses: readonly OwnAddress[], options?: NeighbourOptions) {
    this.#machine = machine;
    this.#adapter = adapter;
    this.#addresses = addresses;
    const { counters } = machine;
    this.neighbours = new Neighbours(
      {
        ask: (target, to) => this.#ask(target, to),
        send: (frame, length, to) => void adapter.send(frame, length, to, ETHERTYPE.ipv4),
        fail: (frame, length) => {
          counters.arpFailures += 1;
          this.onUnreachable?.(frame, length);
          giveFrame(frame);
        },
        drop: (frame) => {
          counters.arpQueueDrops += 1;
          giveFrame(frame);
        },
      },
      options,
    );
    adapter.handle(ETHERTYPE.arp, (frame, from, to, isForAll) => this.#receive(frame.subarray(from, to), isForAll));
  }

  get wakeAt(): number | undefined {
    return this.neighbours.wakeAt;
  }

  tick(now: number): void {
    this.neighbours.tick(now);
  }

  /** Sends the packet as soon as its next hop's MAC address is known; says whose that is. */
  send(nextHop: number, frame: Uint8Array, length: number): Neighbour {
    const neighbour = this.neighbours.send(nextHop, frame, length, this.#machine.clock.now());
    this.#machine.deadlines.update(this);
    return neighbour;
  }

  /**
   * Tells everybody who has our addresses, so that those who remember another MAC address learn (RFC 5227 §2.3). That
   * an address is free is not asked before: it was given to us by somebody who should know.
   */
  announce(): void {
    for (const { address } of this.#addresses) this.#say(ARP.request, address, 0, address, BROADCAST);
  }

  #ask(target: number, to: MacAddress): void {
    this.#say(ARP.request, this.#senderFor(target), 0, target, to);
  }

  /** The address in the target's network, else the first. */
  #senderFor(target: number): number {
    const near = this.#addresses.find(({ start, mask }) => (target & mask) >>> 0 === start);
    return (near ?? this.#addresses[0]!).address;
  }

  #receive(bytes: Uint8Array, isForAll: boolean): void {
    const { clock, counters, deadlines } = this.#machine;
    const packet = parseArp(bytes);
    if (packet === undefined) return;
    counters.arpInPackets += 1;
    const { operation, sender, senderMac, target, targetMac } = packet;
    if (isGroup(senderMac) || senderMac === 0) return;
    if (this.#isOurs(sender)) {
      if (senderMac !== this.#adapter.mac) this.#defend(sender, senderMac);
      return;
    }
    const isAnswer = !isForAll && this.#isOurs(target) && targetMac === this.#adapter.mac;
    const isBelieved = this.neighbours.receive(packet, isAnswer, clock.now());
    if (!isBelieved && operation === ARP.reply) counters.arpUnasked += 1;
    deadlines.update(this);
    // Who has no address yet asks as 0.0.0.0, and is answered as well (RFC 5227 §2.1.1).
    if (operation === ARP.request && this.#isOurs(target)) this.#say(ARP.reply, target, senderMac, sender, senderMac);
  }

  #defend(address: number, mac: MacAddress): void {
    const now = this.#machine.clock.now();
    this.#machine.counters.arpConflicts += 1;
    if (now - this.#defendedAt >= DEFEND_INTERVAL) {
      this.#defendedAt = now;
      this.#say(ARP.request, address, 0, address, BROADCAST);
    }
    this.onConflict?.(address, mac);
  }

  #isOurs(address: number): boolean {
    return this.#addresses.some((one) => one.address === address);
  }

  #say(operation: number, sender: number, targetMac: MacAddress, target: number, to: MacAddress): void {
    const adapter = this.#adapter;
    const frame = takeFrame(adapter.wireLength(ETHERNET_HEADER + ARP_LENGTH));
    frame.set(emitArp({ operation, senderMac: adapter.mac, sender, targetMac, target }), ETHERNET_HEADER);
    this.#machine.counters.arpOutPackets += 1;
    adapter.send(frame, ETHERNET_HEADER + ARP_LENGTH, to, ETHERTYPE.arp);
  }
}
