/** Our own host as the machine that a script tries, in virtual time. */

import { Random } from "../../src/base/random.ts";
import { Host } from "../../src/host/host.ts";
import type { TcpDefaults } from "../../src/host/tcp.ts";
import { HostDatagrams } from "./host-datagrams.ts";
import { HostSocket } from "./host-socket.ts";
import type { LiveSocket, Machine, SentPacket, Wishes } from "./machine.ts";
import { NotSupported } from "./problems.ts";
import { ScriptLink } from "./script-link.ts";
import { VirtualTime } from "./virtual-time.ts";

export class HostMachine implements Machine {
  readonly address: number;
  readonly remote: number;
  readonly #time = new VirtualTime();
  readonly #host: Host;
  readonly #link: ScriptLink;

  /** `seed`: what is left to chance, such as initial sequence numbers, is another with another. */
  constructor({ address, remote, mtu, sysctl }: Wishes, seed = 1) {
    this.address = address;
    this.remote = remote;
    this.#link = new ScriptLink(mtu, address, () => this.#time.now());
    this.#host = new Host({ clock: this.#time, random: new Random(seed) });
    this.#host.tcp.defaults = defaultsOf(sysctl);
    // One network with everybody in it: then there is no router to name.
    this.#host.attach(this.#link, { address: `${dotted(address)}/0` });
  }

  now(): number {
    return this.#time.now();
  }

  advance(until: number): void {
    this.#time.step(until);
  }

  inject(packet: Uint8Array): void {
    this.#link.deliver(packet);
  }

  take(): SentPacket | undefined {
    return this.#link.take();
  }

  socket(kind: "stream" | "datagram"): LiveSocket {
    return kind === "stream" ? new HostSocket(this.#host) : new HostDatagrams(this.#host);
  }

  close(): void {
    this.#host.close();
  }
}

/** What Linux calls so, where we have the like. Others are passed over: they tune what we have not. */
function defaultsOf(sysctl: ReadonlyMap<string, string>): TcpDefaults {
  const isOn = (name: string): boolean => sysctl.get(`net.ipv4.tcp_${name}`) !== "0";
  const congestion = sysctl.get("net.ipv4.tcp_congestion_control") ?? "cubic";
  if (congestion !== "cubic" && congestion !== "reno") {
    throw new NotSupported(`not supported: the congestion control "${congestion}"`);
  }
  const [, receiveBuffer, largestReceiveBuffer] = sysctl.get("net.ipv4.tcp_rmem")?.split(/\s+/).map(Number) ?? [];
  return {
    hasTimestamps: isOn("timestamps"),
    hasSack: isOn("sack"),
    hasWindowScale: isOn("window_scaling"),
    congestion: congestion === "reno" ? "newreno" : "cubic",
    ...(receiveBuffer === undefined ? {} : { receiveBuffer }),
    ...(largestReceiveBuffer === undefined ? {} : { largestReceiveBuffer }),
  };
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
