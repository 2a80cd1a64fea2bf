/** How packets for a destination leave the machine, remembered (RFC 1122 §3.3.1.3). */

import { BROADCAST } from "../wire/mac.ts";
import { groupMac, type Interface } from "./interface.ts";
import { Neighbour } from "./neighbours.ts";
import { type PathMtu, SMALLEST_PATH_MTU } from "./path-mtu.ts";
import type { Routes } from "./routes.ts";
import { isGroupAddress } from "./special.ts";

/** All that is to be known for sending. */
export interface Path {
  readonly destination: number;
  readonly interface: Interface;
  /** Who is handed the frame: a router, or the destination itself. */
  readonly nextHop: number;
  /** That one, while it is fresh; else ARP must be asked, which puts the one here that it knows. */
  neighbour: Neighbour;
  readonly mtu: number;
  /** The way may be narrower still than we believe: packets must not say "don't fragment". */
  readonly mustFragment: boolean;
}

/** As many as fit into a few pages; who talks to more looks the route up again. */
const SLOTS = 256;

const NOBODY = new Neighbour(0);
const EVERYBODY = new Neighbour(0, BROADCAST, true);
/** The loopback has no MAC addresses. */
const OURSELVES = new Neighbour(0, 0, true);

/** @internal Of `Ip`. */
export class Paths {
  readonly #routes: Routes<Interface>;
  readonly #pathMtu: PathMtu;
  readonly #slots: (Path | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

  constructor(routes: Routes<Interface>, pathMtu: PathMtu) {
    this.#routes = routes;
    this.#pathMtu = pathMtu;
    routes.onChange = pathMtu.onChange = () => void this.#slots.fill(undefined);
  }

  to(destination: number): Path | undefined {
    const path = this.#slots[(destination ^ (destination >>> 8)) & (SLOTS - 1)];
    return path !== undefined && path.destination === destination ? path : this.#find(destination);
  }

  /** Over this interface, whatever the routes say: broadcasts and groups mean "here". */
  over(through: Interface, destination: number): Path {
    return this.#pathOf(through, destination, destination);
  }

  #find(destination: number): Path | undefined {
    // "MUST NOT be sent" (RFC 1122 §3.2.1.3 (a), (b)), whatever the default route would do.
    const route = destination >>> 24 === 0 ? undefined : this.#routes.to(destination);
    if (route === undefined) return undefined;
    const path = this.#pathOf(route.interface, destination, route.via ?? destination);
    this.#slots[(destination ^ (destination >>> 8)) & (SLOTS - 1)] = path;
    return path;
  }

  #pathOf(through: Interface, destination: number, nextHop: number): Path {
    const learnt = this.#pathMtu.to(destination);
    return {
      destination,
      interface: through,
      nextHop,
      neighbour: neighbourOf(through, destination, nextHop),
      mtu: learnt === undefined ? through.mtu : Math.min(learnt, through.mtu),
      mustFragment: learnt === SMALLEST_PATH_MTU,
    };
  }
}

function neighbourOf(through: Interface, destination: number, nextHop: number): Neighbour {
  if (through.arp === undefined) return OURSELVES;
  if (through.isBroadcast(destination)) return EVERYBODY;
  if (isGroupAddress(destination)) return new Neighbour(destination, groupMac(destination), true);
  return through.arp.neighbours.get(nextHop) ?? NOBODY;
}
