/** One machine on a network: adapters, IP, and the protocols above it (RFC 1122). */

import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Link } from "../link/link.ts";
import { ETHERTYPE } from "../wire/ethernet.ts";
import { PROTOCOL } from "../wire/ipv4.ts";
import type { MacAddress } from "../wire/mac.ts";
import { Counters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { Forward } from "./forward.ts";
import { Icmp } from "./icmp.ts";
import { Interface, type InterfaceOptions } from "./interface.ts";
import { Ip, type Machine } from "./ip.ts";
import { IpInput } from "./ip-input.ts";
import { loopback } from "./loopback.ts";
import type { Routes } from "./routes.ts";
import { Tcp } from "./tcp.ts";
import { Udp } from "./udp.ts";
import { Work } from "./work.ts";

export interface HostOptions {
  readonly clock: Clock;
  /** Ports, sequence numbers and the like come from it: out in the world let it be one that nobody can foresee. */
  readonly random: Random;
  /** For people who look at several. Default "host". */
  readonly name?: string;
  /** Passes on packets for others (RFC 1122 §3.1: "MUST NOT" unless told to). Default false. */
  readonly isRouter?: boolean;
}

export interface AttachOptions extends Omit<InterfaceOptions, "mac" | "name"> {
  /** Default one that nobody has been given: the second lowest bit of the first byte says "locally administered". */
  readonly mac?: MacAddress;
  /** Default "eth0", "eth1", … */
  readonly name?: string;
}

/** The link that is not attached: it is there from the beginning. */
const LOOPBACK = { name: "lo", address: "127.0.0.1/8", mac: 0, ring: 1024 };

/**
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * host.icmp.ping(0x7f000001, {}, (result) => console.log(result.kind));
 */
export class Host implements Machine {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters = new Counters();
  readonly work = new Work();
  readonly deadlines: Deadlines;
  readonly ip: Ip;
  readonly icmp: Icmp;
  readonly tcp: Tcp;
  readonly udp: Udp;
  readonly #input: IpInput;
  readonly #isRouter: boolean;

  constructor({ clock, random, name = "host", isRouter = false }: HostOptions) {
    this.name = name;
    this.#isRouter = isRouter;
    this.clock = clock;
    this.random = random;
    this.deadlines = new Deadlines(clock, this.work);
    this.ip = new Ip(this);
    this.#input = new IpInput(this.ip, isRouter ? new Forward(this.ip) : undefined);
    this.icmp = new Icmp(this.ip);
    this.tcp = new Tcp(this.ip);
    this.ip.handle(PROTOCOL.tcp, this.tcp);
    this.udp = new Udp(this.ip);
    this.#add(new Interface(this, loopback(), LOOPBACK, true));
  }

  get interfaces(): readonly Interface[] {
    return this.ip.interfaces;
  }

  get routes(): Routes<Interface> {
    return this.ip.routes;
  }

  /** Puts an adapter at the end of the link, and tells everybody there. */
  attach(link: Link, options: AttachOptions): Interface {
    const { mac = this.#newMac(), name = `eth${this.interfaces.length - 1}` } = options;
    if (this.#isRouter && (link.segmentation ?? 0) > 0) {
      throw new RangeError(`Cannot attach "${name}" to a router: the link cuts segments, and a router would have to`);
    }
    const one = new Interface(this, link, { ...options, mac, name });
    this.#add(one);
    one.arp?.announce();
    return one;
  }

  /** Unplugs everything. */
  close(): void {
    this.deadlines.close();
    for (const { adapter } of this.interfaces) adapter.close();
  }

  #add(one: Interface): void {
    this.ip.add(one);
    one.adapter.handle(ETHERTYPE.ipv4, (frame, from, to, isGroup) => {
      this.#input.receive(frame, from, to, isGroup, one);
    });
  }

  #newMac(): MacAddress {
    return 0x02 * 2 ** 40 + this.random.below(2 ** 8) * 2 ** 32 + this.random.u32();
  }
}
