/** Carrier 2: a whole network inside the program, with whatever weather, in time that passes as quickly as it can. */

import { type Clock, realClock } from "../base/clock.ts";
import { milliseconds } from "../base/duration.ts";
import { Random } from "../base/random.ts";
import { Host } from "../host/host.ts";
import type { Interface } from "../host/interface.ts";
import type { FaultsCounters } from "../link/faults.ts";
import type { Link } from "../link/link.ts";
import { ipv4Address, readIpv4 } from "../wire/ipv4-number.ts";
import { type CableWishes, cable, type Workshop } from "./simulated-cable.ts";
import { NetworkCapture } from "./simulated-capture.ts";
import { later, SimulatedClock } from "./simulated-clock.ts";
import { Gate } from "./simulated-gate.ts";
import { SimulatedHost } from "./simulated-host.ts";
import { realWork } from "./simulated-io.ts";
import { type LanWishes, SimulatedLan } from "./simulated-lan.ts";
import { takeTimers } from "./simulated-timers.ts";
import { Awake, type Waiting } from "./waiting.ts";

export interface SimulateOptions {
  /** All chance comes from it: the same seed, and the same program, make the same packets. Default another one each time. */
  readonly seed?: number | undefined;
  /**
   * "virtual", the default: time goes from one event to the next, as long as somebody waits for a socket, and stands
   * still while the program waits for files, programs or the kernel's network. "real": it is the machine's own.
   */
  readonly time?: "virtual" | "real" | undefined;
  /** What date it is when virtual time begins. Default 2000-01-01. */
  readonly date?: Date | number | undefined;
  /** The largest IP packet, where a cable does not say otherwise. Default 1500. */
  readonly mtu?: number | undefined;
}

export interface SimulatedHostOptions {
  /** By which others find it: host names are found by all machines. Default its address. */
  readonly name?: string | undefined;
  /** The local network that it is on. Default the one that all others are on. */
  readonly lan?: SimulatedLan | undefined;
  /** Where packets go that are for no network of its own. */
  readonly gateway?: string | undefined;
}

/** What has gone wrong between two machines, each way; nothing where nothing can. */
export interface Between {
  readonly out: Readonly<FaultsCounters> | undefined;
  readonly in: Readonly<FaultsCounters> | undefined;
}

/**
 * Makes a network without machines.
 *
 * @example
 * const net = simulate({ seed: 7 });
 * const a = net.host("10.0.0.1");
 * const b = net.host("10.0.0.2");
 * net.between(a, b, { loss: 0.02, delay: "30ms" });
 * const listener = await b.listen({ host: "10.0.0.2", port: 80 });
 * const socket = await a.connect({ host: "10.0.0.2", port: 80 });
 * net.clock.now(); // 180
 */
export const simulate = (options: SimulateOptions = {}): Simulation => new Simulation(options);

/**
 * Made by `simulate`.
 *
 * @example
 * const net = new Simulation({ seed: 7 });
 * const a = net.host("10.0.0.1");
 * net.host("10.0.0.2");
 * net.partition(a);
 * (await a.ping("10.0.0.2")).kind; // "silence"
 * net.heal(a);
 * await net.advance("1m");
 * (await a.ping("10.0.0.2")).kind; // "reply"
 */
export class Simulation {
  /** To be printed where something went wrong: with it, it goes wrong again. */
  readonly seed: number;
  /** Give it to whoever waits, a server or a client: then a minute's time-out takes no minute. */
  readonly clock: Clock;
  readonly #virtual: SimulatedClock | undefined;
  readonly #waiting: Waiting;
  readonly #random: Random;
  readonly #shop: Workshop;
  readonly #mtu: number | undefined;
  readonly #names = new Map<string, string>();
  readonly #hosts: SimulatedHost[] = [];
  /** The two ends of the cables between two machines, by both ends' names. */
  readonly #cables = new Map<string, readonly [Gate, Gate]>();
  #lan: SimulatedLan | undefined;
  #capture: NetworkCapture | undefined;

  constructor({ seed = anySeed(), time = "virtual", date = Date.UTC(2000, 0), mtu }: SimulateOptions) {
    this.seed = seed;
    this.#random = new Random(seed);
    this.#virtual = time === "virtual" ? new SimulatedClock({ date: Number(date), isBusy: realWork() }) : undefined;
    this.clock = this.#virtual ?? realClock;
    this.#waiting = this.#virtual ?? new Awake();
    this.#shop = {
      clock: this.#virtual?.machine ?? realClock,
      random: new Random(this.#random.u32()),
      later: this.#virtual === undefined ? later : undefined,
      onVerdict: undefined,
    };
    this.#mtu = mtu;
  }

  /**
   * A machine with that address. Where it is said without a length, "10.0.0.1", all others on its local network are its
   * neighbours, whatever their addresses; of "10.0.0.1/24" those of 10.0.0.0/24 are.
   */
  host(address: string, { name = plain(address), lan, gateway }: SimulatedHostOptions = {}): SimulatedHost {
    const host = this.#machine(name, false, [address]);
    const isLoose = !address.includes("/");
    const [, one] = this.#plug(host, (lan ?? this.#home).plug(), isLoose ? `${address}/32` : address);
    if (isLoose) route(host.machine, 0, 0, one);
    if (gateway !== undefined) route(host.machine, 0, 0, one, addressOf(gateway, "gateway"));
    return host;
  }

  /**
   * A machine that passes on packets between local networks, with an address on each of them:
   * `{ "10.0.1.254/24": office, "10.0.2.254/24": home }`.
   */
  router(ports: Readonly<Record<string, SimulatedLan>>, { name }: { name?: string | undefined } = {}): SimulatedHost {
    const addresses = Object.keys(ports);
    if (addresses.length === 0) throw new RangeError("Cannot make a router: it is on no network");
    const router = this.#machine(name ?? plain(addresses[0]!), true, addresses);
    for (const address of addresses) this.#plug(router, ports[address]!.plug(), address);
    return router;
  }

  /** Another local network, to which only routers lead. */
  lan(wishes: LanWishes = {}): SimulatedLan {
    return new SimulatedLan(this.#shop, { mtu: this.#mtu, ...wishes });
  }

  /** Two machines get a cable of their own, or another one in its place. */
  between(a: SimulatedHost, b: SimulatedHost, wishes: CableWishes = {}): Between {
    const made = cable(this.#shop, { mtu: this.#mtu, ...wishes });
    const known = this.#cables.get(`${a.name} ${b.name}`);
    const turned = this.#cables.get(`${b.name} ${a.name}`);
    const [atA, atB] = known ?? turned?.toReversed() ?? [];
    if (atA !== undefined && atB !== undefined) {
      if (atA.mtu !== made.a.mtu) throw new RangeError("Cannot change the cable: the new one has another MTU");
      atA.plug(made.a);
      atB.plug(made.b);
    } else {
      this.#cables.set(`${a.name} ${b.name}`, [this.#join(a, made.a, b), this.#join(b, made.b, a)]);
    }
    return { out: made.out, in: made.in };
  }

  /** No packet gets from one to the other any more, whichever way it takes; or, of one machine, to anybody. */
  partition(a: SimulatedHost, b?: SimulatedHost): void {
    if (b === undefined) a.separation.isAlone = true;
    else {
      for (const address of b.numbers) a.separation.from.add(address);
      for (const address of a.numbers) b.separation.from.add(address);
    }
  }

  /** Takes a partition back: of those two; of that one, all; or all that there are. */
  heal(a?: SimulatedHost, b?: SimulatedHost): void {
    const others = b === undefined ? this.#hosts : [b];
    for (const one of a === undefined ? this.#hosts : [a]) {
      if (b === undefined) one.separation.isAlone = false;
      for (const other of others) {
        for (const address of other.numbers) one.separation.from.delete(address);
        for (const address of one.numbers) other.separation.from.delete(address);
      }
    }
  }

  /**
   * From here on, writes down all packets as a file that Wireshark opens (pcapng), piece by piece: each as it is sent,
   * over each cable that it takes, with a remark where it is lost or damaged. One at a time.
   */
  capture(sink: (bytes: Uint8Array) => void): void {
    const capture = new NetworkCapture({ clock: this.#shop.clock, sink, comment: `seed ${this.seed}` });
    this.#capture = capture;
    this.#shop.onVerdict = (judged) => capture.heard(judged);
    for (const host of this.#hosts) {
      for (const gate of host.gates) this.#record(host, gate);
      for (const address of host.numbers) capture.name(address, host.name);
    }
  }

  /** Lets so much time pass: `"1m"`, or milliseconds. */
  async advance(time: number | string): Promise<void> {
    const ms = milliseconds(time, "time");
    if (this.#virtual !== undefined) await this.#virtual.advance(ms);
    else await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** No virtual time passes until that is done: for what the program waits for and Node does not tell of. */
  async during<T>(work: PromiseLike<T>): Promise<T> {
    return this.#virtual === undefined ? work : this.#virtual.during(work);
  }

  /** Makes `setTimeout` and `setInterval` of the whole program this network's, until what comes back is disposed of. */
  takeTimers(): Disposable {
    // Those of real time are there already.
    return this.#virtual === undefined ? { [Symbol.dispose]() {} } : takeTimers(this.clock);
  }

  get #home(): SimulatedLan {
    this.#lan ??= this.lan();
    return this.#lan;
  }

  #machine(name: string, isRouter: boolean, addresses: readonly string[]): SimulatedHost {
    this.#check(name, addresses);
    const random = new Random(this.#random.u32());
    const machine = new Host({ clock: this.#shop.clock, random, name, isRouter });
    const host = new SimulatedHost(machine, this.clock, this.#names, this.#waiting);
    this.#hosts.push(host);
    this.#names.set(name.toLowerCase(), plain(addresses[0]!));
    this.#capture?.name(addressOf(plain(addresses[0]!), "address"), name);
    return host;
  }

  #check(name: string, addresses: readonly string[]): void {
    if (this.#names.has(name.toLowerCase())) throw new RangeError(`Cannot make "${name}": there is one of that name`);
    for (const address of addresses.map(plain)) {
      const number = addressOf(address, "address");
      const other = this.#hosts.find(({ numbers }) => numbers.includes(number));
      if (other !== undefined) throw new RangeError(`Cannot use the address ${address}: "${other.name}" has it`);
    }
  }

  /** All adapters of a machine have one MAC address: in a capture two with one IP address would be two machines. */
  #plug(host: SimulatedHost, link: Link, address: string): readonly [Gate, Interface] {
    const gate = new Gate(link, host.separation);
    host.gates.push(gate);
    this.#record(host, gate);
    // In real time a burst is handled when all of it has come; and whole windows may come at once.
    const later = this.#virtual === undefined ? { later: queueMicrotask } : {};
    const mac = host.machine.interfaces.find(({ isLoopback }) => !isLoopback)?.adapter.mac;
    return [gate, host.machine.attach(gate, { address, ring: 4096, ...(mac !== undefined && { mac }), ...later })];
  }

  #record({ gates, name }: SimulatedHost, gate: Gate): void {
    gate.recorder = this.#capture?.recorder(gate, `${name} eth${gates.indexOf(gate)}`);
  }

  /** A second adapter with the same address: who is at the cable's other end is reached over it. */
  #join(host: SimulatedHost, link: Link, other: SimulatedHost): Gate {
    const [gate, one] = this.#plug(host, link, `${host.address}/32`);
    for (const address of other.numbers) route(host.machine, address, 32, one);
    return gate;
  }
}

const anySeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!;

/** Without its network's length. */
const plain = (address: string): string => address.replace(/\/.*$/, "");

function addressOf(text: string, name: string): number {
  const address = readIpv4(text);
  if (address === undefined) throw new RangeError(`Cannot use the ${name} "${text}": it is not like "10.0.0.1"`);
  return address;
}

function route(machine: Host, address: number, length: number, one: Interface, via?: number): void {
  machine.routes.add({ prefix: { address: ipv4Address(address), length }, via, interface: one });
}
