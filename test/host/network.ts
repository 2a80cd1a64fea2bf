/** Machines on cables in virtual time, and a link whose other end is the test itself. */

import { equal } from "node:assert/strict";
import { VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { type AttachOptions, Host } from "../../src/host/host.ts";
import type { Interface } from "../../src/host/interface.ts";
import { Cable, type CableOptions } from "../../src/link/cable.ts";
import type { Link } from "../../src/link/link.ts";
import { Switch } from "../../src/link/switch.ts";
import { ARP, type ArpPacket, emitArp, parseArp } from "../../src/wire/arp.ts";
import { ETHERTYPE, emitEthernet, parseEthernet } from "../../src/wire/ethernet.ts";
import { parseIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, PROTOCOL, parseIpv4Packet } from "../../src/wire/ipv4.ts";
import { printIpv4, readIpv4 } from "../../src/wire/ipv4-number.ts";
import { BROADCAST, printMac } from "../../src/wire/mac.ts";
import { parsePrefix } from "../../src/wire/prefix.ts";

/** An address as a number. */
export const ip = (text: string): number => readIpv4(text)!;

/** The adapter of 10.0.0.`n`, where nobody says otherwise. */
export const mac = (n: number): number => 0x02_00_00_00_00_00 + n;

/** Some machines, one clock. */
export class Network {
  readonly clock = new VirtualClock();
  readonly #hosts: Host[] = [];

  host(name: string, isRouter = false): Host {
    const host = new Host({ clock: this.clock, random: new Random(this.#hosts.length + 1), name, isRouter });
    this.#hosts.push(host);
    return host;
  }

  /** A cable between two, with their addresses: "10.0.0.1/24". */
  cable(a: Host, addressOfA: string, b: Host, addressOfB: string, options: Omit<CableOptions, "clock"> = {}) {
    const cable = new Cable({ clock: this.clock, delay: 1, ...options });
    return [a.attach(cable.a, { address: addressOfA }), b.attach(cable.b, { address: addressOfB })] as const;
  }

  /** All of them on one switch: 10.0.0.1, 10.0.0.2, … */
  lan(...hosts: Host[]): Interface[] {
    const lan = new Switch({ clock: this.clock });
    return hosts.map((host, i) =>
      host.attach(lan.port({ delay: 1 }), { address: `10.0.0.${i + 1}/24`, mac: mac(i + 1) }),
    );
  }

  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }
}

/** A default route. */
export function defaultRoute(host: Host, via: string, through: Interface): void {
  host.routes.add({ prefix: parsePrefix("0.0.0.0/0")!, via: ip(via), interface: through });
}

/** A link whose other end is a test: it hears all that is sent, as text, and says what it likes. */
export class Probe implements Link {
  mtu: number;
  readonly hasFcs = false;
  onFrame: ((frame: Uint8Array) => void) | undefined;
  isOpen = true;
  /** What has been sent, each as its own copy. */
  readonly frames: Uint8Array[] = [];

  constructor(mtu = 1500) {
    this.mtu = mtu;
  }

  send(frame: Uint8Array): boolean {
    this.frames.push(frame.slice());
    return true;
  }

  close(): void {
    this.isOpen = false;
  }

  /** What has been sent since the last time. */
  heard(): string[] {
    return this.frames.splice(0).map(describe);
  }

  /** The IPv4 packets among what has been sent since the last time. */
  packets(): Ipv4Packet[] {
    const frames = this.frames.splice(0).map((frame) => parseEthernet(frame)!);
    return frames.filter(({ type }) => type === ETHERTYPE.ipv4).map(({ payload }) => parseIpv4Packet(payload)!);
  }

  say(type: number, payload: Uint8Array, source = mac(2), destination = mac(1)): void {
    this.onFrame?.(emitEthernet({ destination, source, type, payload }));
  }

  sayArp(packet: ArpPacket, destination = mac(1)): void {
    this.say(ETHERTYPE.arp, emitArp(packet), packet.senderMac, destination);
  }

  /** From 10.0.0.2 to 10.0.0.1, if nothing else is said. */
  sayIp(fields: Partial<Ipv4Packet>, destination = mac(1)): void {
    const packet = ipv4Packet({ source: ip("10.0.0.2"), destination: ip("10.0.0.1"), ...fields });
    this.say(ETHERTYPE.ipv4, emitIpv4Packet(packet), mac(2), destination);
  }

  /** Somebody wants to know the MAC address of 10.0.0.1. */
  sayWhoHas(target = "10.0.0.1", sender = "10.0.0.2", senderMac = mac(2)): void {
    const packet = { operation: ARP.request, sender: ip(sender), senderMac, target: ip(target), targetMac: 0 };
    this.sayArp(packet, BROADCAST);
  }

  /** 10.0.0.2 answers 10.0.0.1. */
  sayIsAt(sender = "10.0.0.2", senderMac = mac(2)): void {
    const target = { target: ip("10.0.0.1"), targetMac: mac(1) };
    this.sayArp({ operation: ARP.reply, sender: ip(sender), senderMac, ...target });
  }
}

/** 10.0.0.1 and a probe at the other end of its cable; the announcement has been heard. */
export function probed(options: Partial<AttachOptions> & { mtu?: number; isRouter?: boolean } = {}) {
  const { mtu, isRouter, ...attach } = options;
  const net = new Network();
  const host = net.host("a", isRouter);
  const probe = new Probe(mtu);
  const one = host.attach(probe, { address: "10.0.0.1/24", mac: mac(1), ...attach });
  probe.heard();
  return { net, host, probe, one };
}

/** The same, and 10.0.0.2 is known: nobody need be asked. */
export function acquainted(options: Parameters<typeof probed>[0] = {}) {
  const all = probed(options);
  all.host.icmp.ping(ip("10.0.0.2"), { size: 0 }, () => {});
  all.probe.sayIsAt();
  equal(all.probe.heard().length, 2);
  return all;
}

/** One line for a frame. */
export function describe(frame: Uint8Array): string {
  const ethernet = parseEthernet(frame)!;
  const to = ethernet.destination === BROADCAST ? "all" : printMac(ethernet.destination).slice(-2);
  if (ethernet.type === ETHERTYPE.arp) return `to ${to}: ${describeArp(parseArp(ethernet.payload)!)}`;
  const packet = parseIpv4Packet(ethernet.payload);
  return packet === undefined ? `to ${to}: type ${ethernet.type}` : `to ${to}: ${describePacket(packet)}`;
}

function describeArp({ operation, sender, senderMac, target }: ArpPacket): string {
  if (operation === ARP.reply) return `${printIpv4(sender)} is at ${printMac(senderMac).slice(-2)}`;
  return `who has ${printIpv4(target)}? tell ${printIpv4(sender)}`;
}

export function describePacket(packet: Ipv4Packet): string {
  const { source, destination, protocol, fragmentOffset, moreFragments, payload } = packet;
  const ends = `${printIpv4(source)} > ${printIpv4(destination)}`;
  if (fragmentOffset > 0 || moreFragments) return `${ends} fragment ${fragmentOffset}${moreFragments ? "+" : ""}`;
  const icmp = protocol === PROTOCOL.icmp ? parseIcmp(payload) : undefined;
  if (icmp !== undefined) return `${ends} ${icmp.kind}${icmp.code === 0 ? "" : ` ${icmp.code}`}`;
  return `${ends} protocol ${protocol}, ${payload.length} bytes`;
}
