/** A switch that learns which adapter is behind which port (a transparent bridge, IEEE 802.1D §7). */

import type { Clock } from "../base/clock.ts";
import { milliseconds } from "../base/duration.ts";
import { ETHERNET_HEADER, FCS, hasGoodFcs, putFcs } from "../wire/ethernet.ts";
import { isGroup, type MacAddress, readMac } from "../wire/mac.ts";
import { Cable, type CableEnd, type CableOptions } from "./cable.ts";
import { copyFrame, giveFrame, takeFrame } from "./frames.ts";
import type { Link } from "./link.ts";

export interface SwitchOptions {
  readonly clock: Clock;
  /** How long it remembers an adapter from which nothing comes. Default 300 s, as 802.1D recommends (§7.9.2). */
  readonly ageing?: number | string | undefined;
  /** How many adapters it can remember; those beyond are flooded to. Default 4096. */
  readonly addresses?: number | undefined;
}

export interface SwitchCounters {
  /** Frames that went out of one port, since it was known who is behind it; and out of all others, since it was not. */
  forwarded: number;
  flooded: number;
  /** Frames whose destination is behind the port they came by, or there was no other port. */
  filtered: number;
  /** Frames that were damaged on the way, or too short to be one. */
  malformed: number;
  /** Frames that are for the switch at the other end of the cable and nobody behind it (802.1D §7.12.6). */
  reserved: number;
  /** Frames from adapters that there was no room to remember. */
  unlearned: number;
}

/** Where an adapter is, and when it was heard last. */
interface Place {
  port: Link;
  heard: number;
}

/** 01-80-C2-00-00-00 to …-0F: what is sent there never passes a bridge (802.1D, table 7-10). */
const RESERVED: MacAddress = 0x0180_c200_0000;
const RESERVED_COUNT = 16;

/** Looking for those that have grown too old takes a while, so that it is not done for every frame of a flood. */
const SWEEP = 1000;

/**
 * It passes on what comes in by one port at once; the cables between are what takes time and has queues. There is no
 * spanning tree: cables that form a circle let a broadcast go round for ever.
 *
 * @example
 * const lan = new Switch({ clock });
 * const a = lan.port();
 * const b = lan.port({ rate: "10Mbit", delay: "1ms" });
 * lan.plug(new Cable({ clock }).a); // whatever is at that cable's other end
 */
export class Switch {
  readonly counters: SwitchCounters = {
    forwarded: 0,
    flooded: 0,
    filtered: 0,
    malformed: 0,
    reserved: 0,
    unlearned: 0,
  };
  readonly #clock: Clock;
  readonly #ageing: number;
  readonly #addresses: number;
  readonly #places = new Map<MacAddress, Place>();
  readonly #ports: Link[] = [];
  #sweptAt = -Infinity;

  constructor({ clock, ageing = "300s", addresses = 4096 }: SwitchOptions) {
    this.#clock = clock;
    this.#ageing = milliseconds(ageing, "ageing");
    this.#addresses = addresses;
  }

  /** The near end of a new cable whose other end is plugged in: a port for one adapter. */
  port(options: Omit<CableOptions, "clock"> = {}): CableEnd {
    const cable = new Cable({ clock: this.#clock, ...options });
    this.plug(cable.b);
    return cable.a;
  }

  /** Makes a port of any link. It must not call back while it takes a frame: none of ours does. */
  plug(link: Link): void {
    this.#ports.push(link);
    link.onFrame = (frame) => this.#receive(frame, link);
  }

  /** Nobody is behind that port any more. */
  unplug(link: Link): void {
    const at = this.#ports.indexOf(link);
    if (at === -1) return;
    this.#ports.splice(at, 1);
    link.onFrame = undefined;
    for (const [mac, place] of this.#places) if (place.port === link) this.#places.delete(mac);
  }

  /** Which port leads to an adapter, if that is known. */
  portOf(mac: MacAddress): Link | undefined {
    const place = this.#places.get(mac);
    return place === undefined || this.#isOld(place, this.#clock.now()) ? undefined : place.port;
  }

  close(): void {
    for (const port of [...this.#ports]) {
      this.unplug(port);
      port.close();
    }
  }

  #receive(frame: Uint8Array, port: Link): void {
    const way = this.#way(frame, port);
    this.counters[typeof way === "string" ? way : "forwarded"]++;
    if (way === "flooded") this.#flood(frame, port);
    else if (typeof way === "string") giveFrame(frame);
    else way.send(fitting(frame, port, way));
  }

  /** The port it goes out of, or what becomes of it instead. */
  #way(frame: Uint8Array, port: Link): Link | "flooded" | "filtered" | "malformed" | "reserved" {
    // Nothing is learned from a damaged frame: the sender's address may be what is damaged.
    if (frame.length < ETHERNET_HEADER || (port.hasFcs && !hasGoodFcs(frame))) return "malformed";
    this.#learn(readMac(frame, 6), port);
    const destination = readMac(frame, 0);
    if (destination >= RESERVED && destination < RESERVED + RESERVED_COUNT) return "reserved";
    const known = isGroup(destination) ? undefined : this.portOf(destination);
    if (known === port || this.#ports.length === 1) return "filtered";
    return known ?? "flooded";
  }

  #learn(source: MacAddress, port: Link): void {
    const now = this.#clock.now();
    const place = this.#places.get(source);
    if (place !== undefined) {
      // It may have moved.
      place.port = port;
      place.heard = now;
    } else if (isGroup(source)) {
      // Nobody is many (§7.8).
    } else if (this.#places.size < this.#addresses || this.#makeRoom(now)) {
      this.#places.set(source, { port, heard: now });
    } else {
      this.counters.unlearned++;
    }
  }

  #flood(frame: Uint8Array, from: Link): void {
    let left = this.#ports.length - 1;
    for (const port of this.#ports) {
      if (port === from) continue;
      // The last one gets the frame itself.
      port.send(fitting(--left === 0 ? frame : copyFrame(frame), from, port));
    }
  }

  #isOld(place: Place, now: number): boolean {
    return now - place.heard > this.#ageing;
  }

  #makeRoom(now: number): boolean {
    if (now - this.#sweptAt < SWEEP) return false;
    this.#sweptAt = now;
    for (const [mac, place] of this.#places) if (this.#isOld(place, now)) this.#places.delete(mac);
    return this.#places.size < this.#addresses;
  }
}

/** The frame with FCS or without, as the link it goes to wants it. */
function fitting(frame: Uint8Array, from: Link, to: Link): Uint8Array {
  if (from.hasFcs === to.hasFcs) return frame;
  if (from.hasFcs) return frame.subarray(0, frame.length - FCS);
  const longer = takeFrame(frame.length + FCS);
  longer.set(frame);
  putFcs(longer);
  giveFrame(frame);
  return longer;
}
