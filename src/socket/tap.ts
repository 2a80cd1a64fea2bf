/** Carrier 3: a machine of our own at a TAP device, whose other end is the kernel's. How to set one up: docs/tap.md. */

import { Host } from "../host/host.ts";
import { Capture } from "../link/capture.ts";
import type { Link } from "../link/link.ts";
import { openTap, type TapLink } from "../link/tap.ts";
import { ipv4Address, readIpv4 } from "../wire/ipv4-number.ts";
import { patientClock } from "./patient-clock.ts";
import { SecureRandom } from "./secure-random.ts";
import type { Network } from "./socket.ts";
import { stackNetwork } from "./stack.ts";
import type { Hosts, Resolve } from "./stack-resolve.ts";

export interface TapNetworkOptions {
  /** The device: "tap0". Where it is not there, it is made, if that is permitted. */
  readonly device: string;
  /** The machine's address, with its network's length: "10.0.0.2/24". The kernel has another one there. */
  readonly address: string;
  /** Where packets go that are for other networks: "10.0.0.1". Default nowhere: only neighbours are reached. */
  readonly gateway?: string | undefined;
  /** Host names and their addresses. */
  readonly hosts?: Hosts | undefined;
  /** Who knows other names. Default the operating system. */
  readonly lookup?: Resolve | undefined;
  /** Is given all that passes the device, frame by frame, as a pcapng file; then the kernel cuts nothing. */
  readonly capture?: ((bytes: Uint8Array) => void) | undefined;
  /**
   * Whether the kernel cuts long segments for us, and gives us its own uncut, which is several times quicker. Who looks at
   * what passes the device sees packets then that no cable would carry. Default true, unless it is captured.
   */
  readonly hasOffloads?: boolean | undefined;
}

export interface TapNetwork extends Network {
  /** The stack itself. */
  readonly machine: Host;
  /** Told once when the device was taken away, and nothing gets through any more. */
  onGone: ((error: Error) => void) | undefined;
  /** Takes the machine off the network, at once: what is still to be sent is lost. */
  close(): void;
}

/**
 * Fails with a `TapError` where the device cannot be had. As long as it is open, the process stays alive.
 *
 * @example
 * const network = await tapNetwork({ device: "tap0", address: "10.0.0.2/24" });
 * const listener = await network.listen({ host: "10.0.0.2", port: 80 });
 */
export async function tapNetwork({
  device,
  address,
  gateway,
  hosts,
  lookup = askSystem,
  capture,
  hasOffloads = capture === undefined,
}: TapNetworkOptions): Promise<TapNetwork> {
  const via = gateway === undefined ? undefined : readIpv4(gateway);
  if (gateway !== undefined && via === undefined) {
    throw new RangeError(`Cannot use the gateway "${gateway}": it is not like "10.0.0.1"`);
  }
  const link = await openTap({ name: device, hasOffloads });
  const machine = new Host({ clock: patientClock, random: new SecureRandom(), name: device });
  try {
    // What has come in one go is handled together; a burst of the kernel's may be as long as its own queue.
    const one = machine.attach(capture === undefined ? link : captured(link, capture), {
      address,
      ring: 1024,
      later: queueMicrotask,
    });
    if (via !== undefined) {
      machine.routes.add({ prefix: { address: ipv4Address(0), length: 0 }, via, interface: one });
    }
  } catch (error) {
    link.close();
    throw error;
  }
  const { listen, connect, resolve, datagrams } = bound(stackNetwork(machine, { hosts, lookup }));
  const network: TapNetwork = {
    machine,
    onGone: undefined,
    listen,
    connect,
    resolve,
    datagrams,
    close: () => machine.close(),
  };
  link.onGone = (error) => network.onGone?.(error);
  return network;
}

const captured = (link: TapLink, sink: (bytes: Uint8Array) => void): Link =>
  new Capture({ clock: patientClock, sink }).around(link, { name: link.name });

const bound = (network: Network): Network => ({
  listen: (at, options) => network.listen(at, options),
  connect: (to, options) => network.connect(to, options),
  resolve: (host) => network.resolve(host),
  datagrams: (at) => network.datagrams(at),
});

/** Names are no business of this network's: whoever knows them for the kernel knows them for us. */
const askSystem: Resolve = async (host) => (await import("./kernel-resolve.ts")).resolve(host);
