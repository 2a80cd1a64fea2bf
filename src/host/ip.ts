/** IP, as the protocols above it see it: what is mine, how to send, who receives (RFC 791 §3.3, RFC 1122 §3.4). */

import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { giveFrame, takeFrame } from "../link/frames.ts";
import { ETHERNET_HEADER, ETHERTYPE } from "../wire/ethernet.ts";
import { UNREACHABLE } from "../wire/icmp.ts";
import { IPV4_HEADER, type Ipv4Header, type Ipv4Packet, parseIpv4Packet, putIpv4Header } from "../wire/ipv4.ts";
import { ipv4Address } from "../wire/ipv4-number.ts";
import type { Counters } from "./counters.ts";
import type { Deadlines } from "./deadlines.ts";
import { fragments } from "./fragment.ts";
import { Identifications } from "./identification.ts";
import { type Interface, LIMITED_BROADCAST } from "./interface.ts";
import { PathMtu } from "./path-mtu.ts";
import { type Path, Paths } from "./paths.ts";
import type { Complaint, Failure, ProtocolHandler, SendError } from "./protocol.ts";
import { Routes } from "./routes.ts";
import { isGroupAddress, isLoopbackAddress } from "./special.ts";
import type { Work } from "./work.ts";

/** Where a payload starts in a frame, so that the headers find room before it. */
export const HEADROOM = ETHERNET_HEADER + IPV4_HEADER;

/** What protocols get from the machine that they live on. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly work: Work;
  readonly deadlines: Deadlines;
}

const NOTHING = new Uint8Array(0);
const DEFAULT_TTL = 64;
/** The largest payload there is. */
const LARGEST = 0xffff - IPV4_HEADER;
/** From here on addresses stand for groups (224/4), nobody (240/4), and everybody. */
const GROUPS = 0xe000_0000;

/**
 * Made by `Host`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * host.attach(new Pair().a, { address: "10.0.0.1/24" });
 * host.ip.sourceFor(0x0a000002); // 167772161
 */
export class Ip {
  readonly machine: Machine;
  readonly routes = new Routes<Interface>();
  readonly interfaces: Interface[] = [];
  /** A packet of somebody else's cannot go on: who tells them. */
  onComplaint: ((packet: Ipv4Packet, complaint: Complaint) => void) | undefined;

  readonly #pathMtu = new PathMtu();
  readonly #paths = new Paths(this.routes, this.#pathMtu);
  readonly #handlers: (ProtocolHandler | undefined)[] = Array.from({ length: 256 }, () => undefined);
  readonly #identifications: Identifications;
  readonly #own: number[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
    this.#identifications = new Identifications(machine.random);
  }

  /** One more interface, and the way to its networks. */
  add(one: Interface): void {
    this.interfaces.push(one);
    const home = this.interfaces.find(({ isLoopback }) => isLoopback);
    for (const { address, network } of one.addresses) {
      // What we say to ourselves never leaves the machine.
      if (home !== undefined)
        this.routes.add({ prefix: { address: ipv4Address(address), length: 32 }, interface: home });
      if (!one.isLoopback) this.#own.push(address);
      this.routes.add({ prefix: network, interface: one });
    }
    if (one.arp !== undefined) one.arp.onUnreachable = (frame, length) => this.#isUnreachable(frame, length);
  }

  /** Who handles the payload of packets with this protocol number. */
  handle(protocol: number, handler: ProtocolHandler): void {
    this.#handlers[protocol] = handler;
    this.machine.work.addFlusher(handler);
  }

  handlerOf(protocol: number): ProtocolHandler | undefined {
    return this.#handlers[protocol];
  }

  /** Whether that is one of this machine's addresses, by which others know it. */
  isOwn(address: number): boolean {
    const own = this.#own;
    for (let i = 0; i < own.length; i++) if (own[i] === address) return true;
    return false;
  }

  /** Whether a socket may be bound to it. */
  isLocal(address: number): boolean {
    return this.isOwn(address) || isLoopbackAddress(address);
  }

  /** The address to speak from to that destination: that of the interface which the route names (RFC 1122 §3.3.4.3). */
  sourceFor(destination: number): number | undefined {
    if (destination >= GROUPS) return this.interfaces.find((one) => !one.isLoopback)?.address;
    const path = this.#paths.to(destination);
    // Who talks to itself does so by the name that it calls itself.
    return path?.interface.isLoopback && this.isOwn(destination) ? destination : path?.interface.address;
  }

  /** How large a packet to that destination may be, headers counted: what the cable carries, or what ICMP has taught. */
  mtuTo(destination: number): number {
    return this.#paths.to(destination)?.mtu ?? 0;
  }

  /** What ICMP teaches; see `PathMtu`. */
  learnMtu(destination: number, mtu: number, length: number): void {
    this.#pathMtu.learn(destination, mtu, length, this.machine.clock.now());
    this.machine.deadlines.update(this.#pathMtu);
  }

  /** A frame for a payload of this length, which is to be put from `HEADROOM` on. */
  take(length: number, destination: number): Uint8Array {
    const path = this.#paths.to(destination);
    return takeFrame(path === undefined ? HEADROOM + length : path.interface.adapter.wireLength(HEADROOM + length));
  }

  /**
   * Takes a frame whose payload of `length` bytes stands at `HEADROOM`, and sends it: at once if the next hop is
   * known, in fragments if it is too large and may be cut.
   */
  send(
    frame: Uint8Array,
    length: number,
    protocol: number,
    source: number,
    destination: number,
    ttl = DEFAULT_TTL,
    tos = 0,
    dontFragment = false,
  ): SendError | undefined {
    const { counters, work } = this.machine;
    counters.ipOutRequests += 1;
    const path = destination < GROUPS ? this.#paths.to(destination) : this.#pathToMany(source, destination);
    // Our own name for ourselves means somebody else out there (RFC 1122 §3.2.1.3 (g)).
    if (path === undefined || (isLoopbackAddress(source) && !path.interface.isLoopback)) {
      counters.ipOutNoRoutes += 1;
      giveFrame(frame);
      return "ENETUNREACH";
    }
    const staysWhole = dontFragment && !path.mustFragment;
    const header = {
      tos,
      // What is never cut needs no number (RFC 6864 §4.1).
      identification: staysWhole ? 0 : this.#identifications.next(destination),
      dontFragment: staysWhole,
      moreFragments: false,
      fragmentOffset: 0,
      ttl,
      protocol,
      source,
      destination,
      options: NOTHING,
    };
    work.begin();
    try {
      if (IPV4_HEADER + length > path.mtu) return this.#sendCut(frame, length, header, path);
      putIpv4Header(frame, ETHERNET_HEADER, header, length);
      this.transmit(frame, HEADROOM + length, path);
      return undefined;
    } finally {
      work.end();
    }
  }

  /**
   * What was sent there has been lost: if the next hop is silent, that is found out now, not in a minute; another
   * router, where there is one, takes its place (RFC 1122 §2.3.2.1 (4), §3.3.1.4).
   */
  doubt(destination: number): void {
    const path = this.#paths.to(destination);
    path?.interface.arp?.neighbours.doubt(path.nextHop);
  }

  /**
   * The same for TCP's payload that the link will cut into segments of so many bytes. Only over a path whose adapter
   * does so, and whose neighbour is known.
   */
  sendToBeCut(frame: Uint8Array, length: number, header: Ipv4Header, path: Path, segment: number): void {
    const { counters, work } = this.machine;
    counters.ipOutRequests += 1;
    putIpv4Header(frame, ETHERNET_HEADER, header, length);
    work.begin();
    path.interface.adapter.send(frame, HEADROOM + length, path.neighbour.mac, ETHERTYPE.ipv4, segment);
    work.end();
  }

  /** Which way a packet to that destination goes; none where no route leads there. */
  pathTo(destination: number): Path | undefined {
    return this.#paths.to(destination);
  }

  /** Takes a frame whose first `length` bytes are a packet behind room for the Ethernet header. */
  transmit(frame: Uint8Array, length: number, path: Path): void {
    const { neighbour, interface: through } = path;
    if (neighbour.isFresh) through.adapter.send(frame, length, neighbour.mac, ETHERTYPE.ipv4);
    else path.neighbour = through.arp!.send(path.nextHop, frame, length);
  }

  /** Sends a packet in fragments that fit; its payload is copied. */
  transmitCut(packet: Ipv4Packet, path: Path, mtu = path.mtu): void {
    const { counters } = this.machine;
    counters.ipFragOKs += 1;
    for (const fragment of fragments(packet, mtu)) {
      const { options, payload } = fragment;
      const start = HEADROOM + options.length;
      const frame = takeFrame(path.interface.adapter.wireLength(start + payload.length));
      putIpv4Header(frame, ETHERNET_HEADER, fragment, payload.length);
      frame.set(payload, start);
      counters.ipFragCreates += 1;
      this.transmit(frame, start + payload.length, path);
    }
  }

  #sendCut(frame: Uint8Array, length: number, header: Omit<Ipv4Packet, "payload">, path: Path): "EMSGSIZE" | undefined {
    const { counters } = this.machine;
    if (header.dontFragment || length > LARGEST) {
      counters.ipFragFails += 1;
      giveFrame(frame);
      return "EMSGSIZE";
    }
    this.transmitCut({ ...header, payload: frame.subarray(HEADROOM, HEADROOM + length) }, path);
    giveFrame(frame);
    return undefined;
  }

  /** Broadcasts and groups are on the cable of the interface that has the source (RFC 1122 §3.3.1.1). */
  #pathToMany(source: number, destination: number): Path | undefined {
    if (!isGroupAddress(destination) && destination !== LIMITED_BROADCAST) return undefined;
    const ours = this.interfaces.filter((one) => !one.isLoopback);
    const through = ours.find(({ addresses }) => addresses.some(({ address }) => address === source)) ?? ours[0];
    return through && this.#paths.over(through, destination);
  }

  /** Nobody answers for the next hop. */
  #isUnreachable(frame: Uint8Array, length: number): void {
    const packet = parseIpv4Packet(frame, ETHERNET_HEADER, length);
    if (packet === undefined) return;
    const { destination, source, protocol, payload, fragmentOffset } = packet;
    this.machine.counters.ipOutDiscards += 1;
    const path = this.#paths.to(destination);
    if (path !== undefined && path.nextHop !== destination) this.routes.demote(path.nextHop);
    if (this.isOwn(source)) {
      // Whose it was stands in the first fragment only.
      if (fragmentOffset > 0) return;
      const failure: Failure = { code: "EHOSTUNREACH", isHard: false, mtu: 0, from: source };
      this.#handlers[protocol]?.failed(failure, payload, packet);
    } else this.onComplaint?.(packet, { kind: "unreachable", code: UNREACHABLE.host, detail: 0 });
  }
}
