/** Cuts a packet that is too large for the next network (RFC 791 §3.2). */

import { IPV4_HEADER, type Ipv4Packet } from "../wire/ipv4.ts";
import { copiedOptions } from "./ip-options.ts";

/**
 * Its fragments, which show its payload and do not copy it. One that is a fragment already is cut further. An MTU of
 * 68 is the least that IP can do with: a header of 60 bytes, and eight of payload.
 *
 * @example
 * const packet = ipv4Packet({ payload: new Uint8Array(3000) });
 * fragments(packet, 1500).map(({ fragmentOffset, payload }) => [fragmentOffset, payload.length]); // [[0, 1480], [1480, 1480], [2960, 40]]
 */
export function fragments(packet: Ipv4Packet, mtu: number): Ipv4Packet[] {
  const { payload } = packet;
  const parts: Ipv4Packet[] = [];
  const others = copiedOptions(packet.options);
  for (let at = 0; at < payload.length; ) {
    const options = at === 0 ? packet.options : others;
    // Offsets are counted in eights.
    const room = (mtu - IPV4_HEADER - options.length) & ~7;
    if (room <= 0) throw new RangeError(`Cannot fragment a packet for an MTU of ${mtu}: nothing fits`);
    const end = Math.min(at + room, payload.length);
    parts.push({
      tos: packet.tos,
      identification: packet.identification,
      dontFragment: packet.dontFragment,
      moreFragments: end < payload.length || packet.moreFragments,
      fragmentOffset: packet.fragmentOffset + at,
      ttl: packet.ttl,
      protocol: packet.protocol,
      source: packet.source,
      destination: packet.destination,
      options,
      payload: payload.subarray(at, end),
    });
    at = end;
  }
  return parts;
}
