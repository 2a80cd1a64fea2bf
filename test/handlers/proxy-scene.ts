/** A proxy on a network inside the process, at a time that stands still: clients before it, servers behind it. */

import { equal } from "node:assert/strict";
import { fromLatin1 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { Balancer, type BalancerOptions } from "../../src/handlers/balancer.ts";
import { type ForwardOptions, forwardProxy } from "../../src/handlers/forward.ts";
import { type ReverseOptions, reverseProxy } from "../../src/handlers/reverse.ts";
import { parseUpstream } from "../../src/handlers/upstream.ts";
import type { Listener, Network } from "../../src/socket/socket.ts";
import { Client } from "../../src/web/client.ts";
import type { ClientOptions } from "../../src/web/client-options.ts";
import { type Dial, type DialOptions, dialer } from "../../src/web/dial.ts";
import type { Handler } from "../../src/web/handler.ts";
import type { ServerOptions } from "../../src/web/options.ts";
import { serve } from "../../src/web/server.ts";
import { type MemoryOptions, memoryNetwork } from "../socket/memory.ts";
import { Client as Talker } from "../web/scene.ts";

/** What the answers say that have no Date of their own. */
export { DATE } from "../web/scene.ts";

/** What all that is passed on says. */
export const VIA = "Via: 1.1 maitred";

/** What a proxy is made with. */
export interface Means {
  readonly client: Client;
  readonly dial: Dial;
  readonly clock: VirtualClock;
}

/** A proxy in the middle. */
export type Middle = (means: Means) => Handler;

export interface ProxyScene {
  readonly clock: VirtualClock;
  /** The proxy's own. */
  readonly client: Client;
  readonly network: Network;
  /** What the proxy complained about. */
  readonly complaints: string[];
  /** Someone comes to the proxy. */
  arrives(): Promise<Side>;
  /** The next connection that the proxy makes to this server: "origin.test:80" unless something else is said. */
  upstream(at?: string): Promise<Side>;
  /** Plays this for each connection that the proxy makes to this server. */
  attends(at: string, play: (side: Side) => Promise<void>): void;
  /** One more server, at "name:port", or at the path of a Unix-domain socket. */
  opens(at: string): Promise<void>;
  /** Nobody is let in there any more. */
  shuts(at: string): Promise<void>;
  /** All that can happen without time happens. */
  settle(): Promise<void>;
}

export interface ProxySceneOptions {
  /** Who listens, besides "origin.test:80". */
  readonly servers?: readonly string[];
  readonly network?: MemoryOptions;
  readonly client?: ClientOptions;
  readonly dial?: DialOptions;
  readonly server?: ServerOptions;
}

/** A forward proxy. */
export const forward =
  (options: Partial<ForwardOptions> = {}): Middle =>
  ({ client, clock }) =>
    forwardProxy({ client, name: "maitred", tunnels: { clock }, ...options });

/** A gateway to these servers. */
export const reverse =
  (
    to: readonly string[],
    options: Omit<Partial<ReverseOptions>, "client" | "balancer"> = {},
    rules: BalancerOptions = {},
  ): Middle =>
  ({ client, clock }) =>
    reverseProxy({
      name: "maitred",
      client,
      balancer: new Balancer(to.map(parseUpstream), { clock, ...rules }),
      tunnels: { clock },
      ...options,
    });

/** One of the four who talk. */
export class Side extends Talker {
  /** Talks until nobody takes any more, or until `most` bytes have been taken. Says how many were. */
  async pours(most: number, settle: () => Promise<void>): Promise<number> {
    const piece = fromLatin1("x".repeat(16 * 1024));
    let taken = 0;
    while (taken < most) {
      let hasRoom = true;
      const full = this.socket.write(piece);
      taken += piece.length;
      if (full !== undefined) {
        hasRoom = false;
        full.then(
          () => (hasRoom = true),
          () => {},
        );
        await settle();
      }
      if (!hasRoom) break;
    }
    return taken;
  }

  /** The other side has broken off: there is no good end. */
  async hearsBreak(): Promise<void> {
    for (;;) {
      let bytes: Uint8Array | undefined;
      try {
        bytes = await this.socket.read();
      } catch (error) {
        equal((error as { code?: string }).code, "ECONNRESET");
        return;
      }
      if (bytes === undefined) throw new TypeError("The connection ended as if all were well");
    }
  }
}

/** Plays it, and sees to it that afterwards no connection is left on either side. */
export async function proxyScene(
  middle: Middle,
  play: (scene: ProxyScene) => Promise<void>,
  options: ProxySceneOptions = {},
): Promise<void> {
  const clock = new VirtualClock(Date.UTC(1994, 10, 6, 8, 49, 37));
  const names: Record<string, readonly string[]> = { ...options.network?.names };
  const network = memoryNetwork({ ...options.network, names });
  const listeners = new Map<string, Listener>();
  const sides: Side[] = [];
  const complaints: string[] = [];

  const joins = (side: Side): Side => {
    sides.push(side);
    return side;
  };
  const opens = async (at: string): Promise<void> => {
    if (at.startsWith("/")) {
      listeners.set(at, await network.listen({ path: at }));
      return;
    }
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(at)!;
    const name = host.replace(/^\[|\]$/g, "");
    const isAddress = /^[\d.]+$|:/.test(name);
    if (!isAddress) names[name] ??= [`10.0.1.${Object.keys(names).length + 1}`];
    listeners.set(at, await network.listen({ host: isAddress ? name : names[name]![0]!, port: Number(port) }));
  };
  const attends = async (at: string, each: (side: Side) => Promise<void>): Promise<void> => {
    const listener = listeners.get(at)!;
    // What goes wrong in there is the side's own business: the proxy may hang up at any time.
    for await (const socket of listener) each(joins(new Side(socket))).catch(() => {});
  };
  const shuts = async (at: string): Promise<void> => listeners.get(at)!.close();
  for (const at of ["origin.test:80", ...(options.servers ?? [])]) await opens(at);

  const dial = dialer(network, { clock, ...options.dial });
  const client = new Client(dial, { clock, ...options.client });
  const server = await serve(network, { host: "10.0.0.1", port: 3128 }, middle({ client, dial, clock }), {
    clock,
    complain: (message) => void complaints.push(message),
    ...options.server,
  });
  try {
    await play({
      clock,
      client,
      network,
      complaints,
      arrives: async () => joins(new Side(await network.connect({ host: "10.0.0.1", port: 3128 }))),
      upstream: async (at = "origin.test:80") => joins(new Side((await listeners.get(at)!.accept())!)),
      attends: (at, each) => void attends(at, each),
      opens,
      shuts,
      settle: () => clock.advance(0),
    });
  } finally {
    for (const side of sides) side.leaves();
    client.close();
    const closed = server.close();
    // Whoever the scene left waiting is not waited for.
    await clock.advance(600_000);
    await closed;
    equal(server.connections, 0);
    equal(client.connections, 0);
    for (const listener of listeners.values()) await listener.close();
  }
}
