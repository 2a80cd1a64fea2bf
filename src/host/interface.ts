/** Where a machine meets a network: an adapter, the addresses it has there, and its neighbours (RFC 1122 §2, §3.3.4). */

import type { Link } from "../link/link.ts";
import type { MacAddress } from "../wire/mac.ts";
import { Adapter, type AdapterOptions } from "./adapter.ts";
import { Arp, type ArpMachine } from "./arp.ts";
import type { NeighbourOptions } from "./neighbours.ts";
import { type OwnAddress, readOwnAddress } from "./own-address.ts";
import type { Work } from "./work.ts";

export interface InterfaceOptions extends AdapterOptions {
  /** One or several, with their networks' lengths: "10.0.0.1/24". The first is the one to speak from. */
  readonly address: string | readonly string[];
  readonly name: string;
  readonly neighbours?: NeighbourOptions;
}

/** To everybody on this network, whichever it is (RFC 1122 §3.2.1.3 (c)). */
export const LIMITED_BROADCAST = 0xffff_ffff;

/** Every host on the cable (RFC 1112 §4). */
const ALL_HOSTS = 0xe000_0001;

/** The largest packet that there is. */
const LARGEST = 0xffff;

/**
 * Made by `host.attach`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * const one = host.attach(new Pair().a, { address: "10.0.0.1/24" });
 * one.isBroadcast(0x0a0000ff); // true
 */
export class Interface {
  readonly name: string;
  readonly adapter: Adapter;
  readonly addresses: readonly OwnAddress[];
  /** The first of them. */
  readonly address: number;
  readonly mtu: number;
  /** Undefined on the loopback: there are no neighbours in there. */
  readonly arp: Arp | undefined;
  readonly #groups = new Set<number>();

  constructor(
    machine: ArpMachine & { readonly work: Work },
    link: Link,
    options: InterfaceOptions,
    isLoopback = false,
  ) {
    const { address, name } = options;
    if (link.mtu < 68) throw new RangeError(`Cannot attach a link with an MTU of ${link.mtu}: IP needs 68 (RFC 791)`);
    this.name = name;
    this.adapter = new Adapter(link, options, machine.clock, () => machine.work.interrupt());
    machine.work.addSource(this.adapter);
    this.addresses = (typeof address === "string" ? [address] : address).map(readOwnAddress);
    if (this.addresses.length === 0) throw new RangeError(`Cannot attach "${name}": it has no address`);
    this.address = this.addresses[0]!.address;
    this.mtu = Math.min(link.mtu, LARGEST);
    this.arp = isLoopback ? undefined : new Arp(machine, this.adapter, this.addresses, options.neighbours);
    // Without IGMP one is a member of this group for good (RFC 1122 §3.3.7).
    if (!isLoopback) this.join(ALL_HOSTS);
  }

  get isLoopback(): boolean {
    return this.arp === undefined;
  }

  /** Whether that is everybody on this network, by either name. */
  isBroadcast(destination: number): boolean {
    if (destination === LIMITED_BROADCAST) return true;
    const { addresses } = this;
    for (let i = 0; i < addresses.length; i++) if (addresses[i]!.broadcast === destination) return true;
    return false;
  }

  /** Whether that is the name of the network itself, which once meant everybody, too. */
  isNetwork(destination: number): boolean {
    return this.addresses.some(({ start, broadcast }) => broadcast !== undefined && start === destination);
  }

  isMember(group: number): boolean {
    return this.#groups.has(group);
  }

  /** Takes packets to this group of hosts. No router is told: only who is on the same cable is heard (no IGMP). */
  join(group: number): void {
    this.#groups.add(group);
    this.adapter.join(groupMac(group));
  }

  leave(group: number): void {
    this.#groups.delete(group);
    // Thirty-two groups share one MAC address.
    if (![...this.#groups].some((other) => groupMac(other) === groupMac(group))) this.adapter.leave(groupMac(group));
  }
}

/**
 * Where frames to a group of hosts go (RFC 1112 §6.4).
 *
 * @example
 * printMac(groupMac(0xe0000001)); // "01:00:5e:00:00:01"
 */
export const groupMac = (group: number): MacAddress => 0x01_00_5e_00_00_00 + (group & 0x7f_ffff);
