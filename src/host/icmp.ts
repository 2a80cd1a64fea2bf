/** ICMP: answers pings, sends them, and passes on what others say about our packets (RFC 792, RFC 1122 §3.2.2). */

import { u16 } from "../wire/big-endian.ts";
import {
  emitIcmp,
  type IcmpEcho,
  type IcmpParameterProblem,
  type IcmpTimeExceeded,
  type IcmpUnreachable,
  parseIcmp,
} from "../wire/icmp.ts";
import { IPV4_HEADER, type Ipv4Packet, PROTOCOL, parseIpv4Quote } from "../wire/ipv4.ts";
import { meaningOf } from "./failure.ts";
import { IcmpErrors } from "./icmp-errors.ts";
import { HEADROOM, type Ip } from "./ip.ts";
import { believable } from "./path-mtu.ts";
import { type PingOptions, type PingResult, Pings } from "./ping.ts";
import type { Failure, ProtocolHandler } from "./protocol.ts";

/**
 * Made by `Host`: echo both ways, and errors.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * host.icmp.ping(0x7f000001, {}, (result) => console.log(result.kind));
 */
export class Icmp implements ProtocolHandler {
  readonly takesBroadcasts = true;
  readonly #ip: Ip;
  readonly #pings: Pings;

  constructor(ip: Ip) {
    this.#ip = ip;
    this.#pings = new Pings(ip);
    const errors = new IcmpErrors(ip);
    ip.onComplaint = (packet, complaint) => errors.complain(packet, complaint);
    ip.handle(PROTOCOL.icmp, this);
  }

  /** Asks a host to send something back; `done` is called once, whatever comes of it. */
  ping(destination: number, options: PingOptions, done: (result: PingResult) => void): void {
    this.#pings.send(destination, options, done);
  }

  receive(payload: Uint8Array, packet: Ipv4Packet): void {
    const { counters } = this.#ip.machine;
    counters.icmpInMsgs += 1;
    const message = parseIcmp(payload);
    if (message === undefined) counters.icmpInErrors += 1;
    else if (message.kind === "echo request") this.#answer(message, packet);
    else if ("payload" in message) this.#pings.receive(message, packet);
    // Redirects are not followed: anybody on the cable can send one, and the routing table is told, not guessed
    // (RFC 1122 §3.2.2.2 wants otherwise; hosts today refuse them, RFC 6274 §3.3.5.2).
    else if (message.kind !== "redirect") this.#report(message, packet.source);
  }

  failed(failure: Failure, payload: Uint8Array, packet: Ipv4Packet): boolean {
    return this.#pings.failed(failure, payload, packet);
  }

  /** Each message is dealt with at once. */
  flush(): void {}

  #answer(message: IcmpEcho, { source, destination, tos }: Ipv4Packet): void {
    // Those to everybody may be discarded, and would make us part of somebody's flood (RFC 1122 §3.2.2.6).
    if (!this.#ip.isLocal(destination)) return;
    const bytes = emitIcmp({ ...message, kind: "echo reply" });
    const frame = this.#ip.take(bytes.length, source);
    frame.set(bytes, HEADROOM);
    this.#ip.machine.counters.icmpOutMsgs += 1;
    this.#ip.send(frame, bytes.length, PROTOCOL.icmp, destination, source, undefined, tos);
  }

  /** Somebody says that a packet of ours did not arrive. */
  #report(message: IcmpUnreachable | IcmpTimeExceeded | IcmpParameterProblem, from: number): void {
    const ip = this.#ip;
    const { original } = message;
    const packet = parseIpv4Quote(original);
    const meaning = meaningOf(message);
    if (packet === undefined || meaning === undefined) return;
    // What is quoted must be ours, and tell whose it was: eight bytes name both ports, or a ping.
    if (!ip.isLocal(packet.source) || packet.fragmentOffset > 0 || packet.payload.length < 8) return;
    const isTooLarge = message.kind === "unreachable" && meaning.code === "EMSGSIZE";
    // Who would not have cut it, if it may be cut?
    if (isTooLarge && !packet.dontFragment) return;
    const length = totalLengthOf(original);
    const mtu = isTooLarge ? believable(message.mtu, length) : 0;
    const isOurs = ip.handlerOf(packet.protocol)?.failed({ ...meaning, mtu, from }, packet.payload, packet);
    if (isOurs === true && isTooLarge) ip.learnMtu(packet.destination, message.mtu, length);
  }
}

/** How long the packet was that is quoted here. */
const totalLengthOf = (original: Uint8Array): number => (original.length < IPV4_HEADER ? 0 : u16(original, 2));
