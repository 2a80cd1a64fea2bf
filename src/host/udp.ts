/** UDP: which port a datagram is for (RFC 768, RFC 1122 §4.1). */

import { u16 } from "../wire/big-endian.ts";
import { pseudoHeader } from "../wire/checksum.ts";
import { UNREACHABLE } from "../wire/icmp.ts";
import { IPV4_HEADER, type Ipv4Packet, PROTOCOL } from "../wire/ipv4.ts";
import { parseUdp, putUdp, UDP_HEADER } from "../wire/udp.ts";
import { EphemeralPorts } from "./ephemeral.ts";
import { HEADROOM, type Ip } from "./ip.ts";
import type { Failure, ProtocolHandler } from "./protocol.ts";
import { isGroupAddress } from "./special.ts";
import { UdpPort, type UdpSendError, type UdpSendOptions, type UdpWays } from "./udp-port.ts";

export interface UdpOptions {
  /** Default 0: all of the machine's. */
  readonly address?: number;
  /** Default 0: one that is free. */
  readonly port?: number;
  /** Whether it may send to everybody, as with SO_BROADCAST. Default false. */
  readonly mayBroadcast?: boolean;
}

/** The most that fits into a packet. */
const LARGEST = 0xffff - IPV4_HEADER - UDP_HEADER;

/**
 * Made by `Host`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * host.udp.open({ port: 53 });
 * host.udp.open({ port: 53 }); // "EADDRINUSE"
 */
export class Udp implements ProtocolHandler, UdpWays {
  readonly takesBroadcasts = true;
  readonly #ip: Ip;
  readonly #ephemeral: EphemeralPorts;
  /** By number; several have the same one where each has an address of its own. */
  readonly #ports = new Map<number, UdpPort[]>();
  /** To whom something has happened since the last flush. */
  readonly #changed = new Set<UdpPort>();

  constructor(ip: Ip) {
    this.#ip = ip;
    this.#ephemeral = new EphemeralPorts(ip.machine.random);
    ip.handle(PROTOCOL.udp, this);
  }

  open({ address = 0, port = 0, mayBroadcast = false }: UdpOptions = {}): UdpPort | "EADDRINUSE" | "EADDRNOTAVAIL" {
    if (!(Number.isInteger(port) && port >= 0 && port <= 0xffff)) {
      throw new RangeError(`Cannot open port ${port}: ports are numbers from 0 to 65535`);
    }
    if (address !== 0 && !this.#ip.isLocal(address)) return "EADDRNOTAVAIL";
    const isFree = (number: number): boolean => this.#isFree(address, number);
    const number = port === 0 ? this.#ephemeral.any(isFree) : port;
    if (number === undefined || !isFree(number)) return "EADDRINUSE";
    const opened = new UdpPort(this, address, number, mayBroadcast);
    this.#ports.set(number, [...(this.#ports.get(number) ?? []), opened]);
    return opened;
  }

  receive(payload: Uint8Array, packet: Ipv4Packet): void {
    const { counters } = this.#ip.machine;
    const { source, destination } = packet;
    const datagram = parseUdp(payload, pseudoHeader(source, destination, PROTOCOL.udp, payload.length));
    if (datagram === undefined) {
      counters.udpInErrors += 1;
      return;
    }
    const isForMany = !this.#ip.isLocal(destination);
    const ports = this.#ports.get(datagram.to) ?? [];
    const receivers = ports.filter(({ address }) => isForMany || address === 0 || address === destination);
    if (receivers.length === 0) {
      counters.udpNoPorts += 1;
      this.#ip.onComplaint?.(packet, { kind: "unreachable", code: UNREACHABLE.port, detail: 0 });
    }
    for (const port of receivers) {
      if (port.take(datagram.payload, source, datagram.from, destination)) {
        counters.udpInDatagrams += 1;
        this.#changed.add(port);
      } else counters.udpInOverflows += 1;
    }
  }

  failed(failure: Failure, payload: Uint8Array, { source, destination }: Ipv4Packet): boolean {
    const ports = this.#ports.get(u16(payload, 0)) ?? [];
    const port = ports.find(({ address }) => address === 0 || address === source);
    if (port === undefined) return false;
    port.fail({ failure, address: destination, port: u16(payload, 2) });
    this.#changed.add(port);
    return true;
  }

  flush(): void {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const port of changed) port.onChange?.();
  }

  /** For its ports. */
  send(
    from: UdpPort,
    payload: Uint8Array,
    address: number,
    port: number,
    options: UdpSendOptions,
  ): UdpSendError | undefined {
    const ip = this.#ip;
    const isForGroup = isGroupAddress(address);
    const { ttl = isForGroup ? 1 : undefined, tos, dontFragment } = options;
    if (payload.length > LARGEST) return "EMSGSIZE";
    if (!from.mayBroadcast && ip.interfaces.some((one) => one.isBroadcast(address))) return "EACCES";
    const source = from.address || ip.sourceFor(address);
    if (source === undefined) return "ENETUNREACH";
    const length = UDP_HEADER + payload.length;
    const frame = ip.take(length, address);
    const pseudo = pseudoHeader(source, address, PROTOCOL.udp, length);
    putUdp(frame, HEADROOM, { from: from.port, to: port, payload }, pseudo);
    ip.machine.counters.udpOutDatagrams += 1;
    return ip.send(frame, length, PROTOCOL.udp, source, address, ttl, tos, dontFragment);
  }

  /** For its ports. */
  close(port: UdpPort): void {
    const others = this.#ports.get(port.port)?.filter((one) => one !== port) ?? [];
    if (others.length === 0) this.#ports.delete(port.port);
    else this.#ports.set(port.port, others);
    this.#changed.delete(port);
  }

  /** Who has all addresses shares a number with nobody. */
  #isFree(address: number, number: number): boolean {
    const others = this.#ports.get(number) ?? [];
    return !others.some((one) => address === 0 || one.address === 0 || one.address === address);
  }
}
