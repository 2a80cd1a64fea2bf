/** What happens to an IP packet that has come: mine, another's, or nobody's (RFC 1122 §3.2.1, RFC 1812 §5.2.1). */

import { UNREACHABLE } from "../wire/icmp.ts";
import { IPV4_HEADER, type Ipv4Packet, parseIpv4Packet } from "../wire/ipv4.ts";
import type { Forward } from "./forward.ts";
import type { Interface } from "./interface.ts";
import type { Ip } from "./ip.ts";
import { hasSourceRoute, misfit } from "./ip-options.ts";
import { Reassembly } from "./reassembly.ts";
import { isLoopbackAddress, mayBeSource } from "./special.ts";

/** @internal Made by `Host`. */
export class IpInput {
  readonly #ip: Ip;
  /** Where packets for others go; a host that is no router drops them. */
  readonly #forward: Forward | undefined;
  readonly #reassembly = new Reassembly();

  constructor(ip: Ip, forward: Forward | undefined) {
    this.#ip = ip;
    this.#forward = forward;
    this.#reassembly.onTimeout = (first) => this.#hasTimedOut(first);
  }

  /** `bytes` from `from` to `to` start with a packet; `isGroupFrame`: the frame was for others, too. */
  receive(bytes: Uint8Array, from: number, to: number, isGroupFrame: boolean, through: Interface): void {
    const { counters } = this.#ip.machine;
    counters.ipInReceives += 1;
    const packet = parseIpv4Packet(bytes, from, to);
    if (packet === undefined) {
      counters.ipInHdrErrors += 1;
      return;
    }
    const { source, destination, options } = packet;
    if (!this.#isPossible(source, through)) {
      counters.ipInAddrErrors += 1;
      return;
    }
    const isOurs = destination === through.address || this.#ip.isOwn(destination) || isHome(destination, through);
    if (isOurs) {
      // "A datagram that is received via a link-layer broadcast but does not specify an IP multicast or broadcast
      // destination" is a trap (RFC 1122 §3.3.6): it would have everybody answer.
      if (isGroupFrame) counters.ipInAddrErrors += 1;
      else if (options.length === 0 || this.#mayHave(packet)) this.#deliver(packet, through, false);
      return;
    }
    if (through.isBroadcast(destination) || through.isMember(destination)) {
      if (options.length === 0 || this.#mayHave(packet)) this.#deliver(packet, through, true);
    } else if (this.#forward === undefined || isGroupFrame) counters.ipInAddrErrors += 1;
    else if (options.length === 0 || this.#mayHave(packet)) this.#forward.receive(packet, bytes, from);
  }

  /** Whether a packet can have come from there: nobody else speaks from our addresses, or for a whole network. */
  #isPossible(source: number, through: Interface): boolean {
    if (through.isLoopback) return true;
    return mayBeSource(source) && !this.#ip.isOwn(source) && !through.isBroadcast(source);
  }

  /** Options that no part of IP here looks into are passed up, and else skipped. */
  #mayHave(packet: Ipv4Packet): boolean {
    const { options } = packet;
    const wrong = misfit(options);
    if (wrong === undefined && !hasSourceRoute(options)) return true;
    this.#ip.machine.counters.ipInHdrErrors += 1;
    if (wrong !== undefined) {
      this.#ip.onComplaint?.(packet, { kind: "parameter problem", code: 0, detail: IPV4_HEADER + wrong });
    }
    return false;
  }

  #deliver(packet: Ipv4Packet, through: Interface, isForMany: boolean): void {
    const { counters } = this.#ip.machine;
    const whole = packet.moreFragments || packet.fragmentOffset > 0 ? this.#reassemble(packet) : packet;
    if (whole === undefined) return;
    const handler = this.#ip.handlerOf(whole.protocol);
    if (handler === undefined) {
      counters.ipInUnknownProtos += 1;
      this.#ip.onComplaint?.(whole, { kind: "unreachable", code: UNREACHABLE.protocol, detail: 0 });
    } else if (isForMany && handler.takesBroadcasts !== true) counters.ipInDiscards += 1;
    else {
      counters.ipInDelivers += 1;
      handler.receive(whole.payload, whole, through);
    }
  }

  #reassemble(fragment: Ipv4Packet): Ipv4Packet | undefined {
    const { clock, counters, deadlines } = this.#ip.machine;
    counters.ipReasmReqds += 1;
    const whole = this.#reassembly.add(fragment, clock.now());
    counters.ipReasmFails = this.#reassembly.failures;
    deadlines.update(this.#reassembly);
    if (whole !== undefined) counters.ipReasmOKs += 1;
    return whole;
  }

  #hasTimedOut(first: Ipv4Packet | undefined): void {
    const { counters } = this.#ip.machine;
    counters.ipReasmTimeouts += 1;
    counters.ipReasmFails = this.#reassembly.failures;
    if (first !== undefined) this.#ip.onComplaint?.(first, { kind: "time exceeded", code: 1, detail: 0 });
  }
}

/** All of 127/8 is this machine, seen from within. */
const isHome = (destination: number, through: Interface): boolean =>
  through.isLoopback && isLoopbackAddress(destination);
