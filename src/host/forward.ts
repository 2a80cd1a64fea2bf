/** A router's work: packets for somebody else go on (RFC 1812 §5.2.1.2). */

import { takeFrame } from "../link/frames.ts";
import { adjusted } from "../wire/checksum.ts";
import { ETHERNET_HEADER } from "../wire/ethernet.ts";
import { UNREACHABLE } from "../wire/icmp.ts";
import { IPV4_HEADER, type Ipv4Packet } from "../wire/ipv4.ts";
import type { Interface } from "./interface.ts";
import type { Ip } from "./ip.ts";
import type { Path } from "./paths.ts";
import { mayBeForwarded } from "./special.ts";

/** Behind it ends no packet. */
const LARGEST = 0xffff;

/** @internal Made by `Host`. */
export class Forward {
  readonly #ip: Ip;

  constructor(ip: Ip) {
    this.#ip = ip;
  }

  /** The packet, which is what stands in the bytes from `from` on. */
  receive(packet: Ipv4Packet, bytes: Uint8Array, from: number): void {
    const ip = this.#ip;
    const { counters } = ip.machine;
    const { source, destination, ttl } = packet;
    if (!mayBeForwarded(source) || !mayBeForwarded(destination)) {
      counters.ipInAddrErrors += 1;
      return;
    }
    const path = ip.pathTo(destination);
    if (path === undefined || path.interface.isLoopback) {
      counters.ipOutNoRoutes += 1;
      ip.onComplaint?.(packet, { kind: "unreachable", code: UNREACHABLE.net, detail: 0 });
      return;
    }
    // To everybody on a network of ours: anybody in the world could have all of them answer (RFC 2644).
    if (isForMany(path.interface, destination)) {
      counters.ipInAddrErrors += 1;
      return;
    }
    if (ttl <= 1) {
      counters.ipInHdrErrors += 1;
      ip.onComplaint?.(packet, { kind: "time exceeded", code: 0, detail: 0 });
      return;
    }
    this.#pass(packet, bytes, from, path);
  }

  #pass(packet: Ipv4Packet, bytes: Uint8Array, from: number, path: Path): void {
    const ip = this.#ip;
    const { counters } = ip.machine;
    const length = IPV4_HEADER + packet.options.length + packet.payload.length;
    // What the cable carries counts, not what was learnt about the way behind it: that is for senders to know.
    const { mtu } = path.interface;
    if (length <= mtu) {
      const frame = takeFrame(path.interface.adapter.wireLength(ETHERNET_HEADER + length));
      frame.set(bytes.subarray(from, from + length), ETHERNET_HEADER);
      countDown(frame);
      counters.ipForwDatagrams += 1;
      ip.transmit(frame, ETHERNET_HEADER + length, path);
    } else if (packet.dontFragment) {
      counters.ipFragFails += 1;
      ip.onComplaint?.(packet, { kind: "unreachable", code: UNREACHABLE.fragmentationNeeded, detail: mtu });
    } else if (packet.fragmentOffset + packet.payload.length > LARGEST) {
      // Its rear would come out with an offset that begins anew, as the front of some packet.
      counters.ipFragFails += 1;
    } else {
      counters.ipForwDatagrams += 1;
      ip.transmitCut({ ...packet, ttl: packet.ttl - 1 }, path, mtu);
    }
  }
}

/** One hop less, and the checksum goes along: only one word of the header has changed (RFC 1624). */
function countDown(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const at = ETHERNET_HEADER + 8;
  const word = view.getUint16(at);
  view.setUint16(at, word - 0x100);
  view.setUint16(at + 2, adjusted(view.getUint16(at + 2), word, word - 0x100));
}

/** Everybody there, by the address with all ones or, as 4.2BSD had it, with all zeros (RFC 1812 §5.3.5). */
function isForMany(through: Interface, destination: number): boolean {
  return through.isBroadcast(destination) || through.isNetwork(destination);
}
