/** A machine on a simulated network: all that a program can do with one, and all that a test may want to know. */

import type { Clock } from "../base/clock.ts";
import type { Host } from "../host/host.ts";
import type { PingOptions, PingResult } from "../host/ping.ts";
import { printIpv4 } from "../wire/ipv4-number.ts";
import type { Gate, Separation } from "./simulated-gate.ts";
import type {
  Address,
  ConnectOptions,
  Datagrams,
  InternetAddress,
  Listener,
  ListenOptions,
  Network,
  Socket,
} from "./socket.ts";
import { stackNetwork } from "./stack.ts";
import { type Hosts, ipv4Of } from "./stack-resolve.ts";
import { Answer, type Waiting } from "./waiting.ts";

/**
 * Made by `simulate(…).host`. It is a network: whatever runs over `kernel` runs over it.
 *
 * @example
 * const net = simulate({ seed: 7 });
 * const a = net.host("10.0.0.1");
 * const b = net.host("10.0.0.2", { name: "server" });
 * const listener = await b.listen({ host: "0.0.0.0", port: 80 });
 * const socket = await a.connect({ host: "server", port: 80 });
 * socket.remote; // { host: "10.0.0.2", port: 80 }
 */
export class SimulatedHost implements Network {
  readonly name: string;
  /** The stack itself: adapters, routes, ICMP, counters. Whoever asks it directly lets time pass by `advance`. */
  readonly machine: Host;
  /** The time that passes here. */
  readonly clock: Clock;
  /** @internal */
  readonly separation: Separation = { isAlone: false, from: new Set() };
  /** @internal */
  readonly gates: Gate[] = [];
  readonly #network: Network;
  readonly #waiting: Waiting;

  /** @internal */
  constructor(machine: Host, clock: Clock, hosts: Hosts, waiting: Waiting) {
    this.name = machine.name;
    this.machine = machine;
    this.clock = clock;
    this.#network = stackNetwork(machine, { hosts, waiting });
    this.#waiting = waiting;
  }

  /** All that it has, the loopback's not among them. */
  get addresses(): readonly string[] {
    return this.numbers.map(printIpv4);
  }

  /** The first of them. */
  get address(): string {
    return this.addresses[0]!;
  }

  /** @internal */
  get numbers(): readonly number[] {
    const ours = this.machine.interfaces.filter(({ isLoopback }) => !isLoopback);
    return [...new Set(ours.flatMap(({ addresses }) => addresses.map(({ address }) => address)))];
  }

  listen(at: Address, options?: ListenOptions): Promise<Listener> {
    return this.#network.listen(at, options);
  }

  connect(to: Address, options?: ConnectOptions): Promise<Socket> {
    return this.#network.connect(to, options);
  }

  resolve(host: string): Promise<readonly string[]> {
    return this.#network.resolve(host);
  }

  datagrams(at: InternetAddress): Promise<Datagrams> {
    return this.#network.datagrams(at);
  }

  /** Asks another machine whether it is there, and tells what came of it. */
  async ping(host: string, options: PingOptions = {}): Promise<PingResult> {
    const [address] = await ipv4Of((name) => this.resolve(name), host, `Cannot ping ${host}`);
    const answer = new Answer<PingResult>(this.#waiting);
    this.machine.icmp.ping(address!, options, (result) => answer.resolve(result));
    return answer.promise;
  }
}
