/** Who talks to whom in a packet, for those who look for somebody in a capture. */

import type { IpAddress } from "./address.ts";
import { ARP_LENGTH } from "./arp.ts";
import { u16 } from "./big-endian.ts";
import { ETHERTYPE, parseEthernet } from "./ethernet.ts";
import { IPV4_HEADER, PROTOCOL } from "./ipv4.ts";
import { LINKTYPE } from "./pcapng.ts";
import { untagged } from "./vlan.ts";

/** Addresses are views of the packet. */
export interface Parties {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Of TCP and UDP, where they are there: later fragments have none. */
  readonly ports: readonly [from: number, to: number] | undefined;
}

const IPV6_HEADER = 40;

/**
 * Of ARP it is the one who asks or answers, and the one who is asked about or answered. Undefined where there are no
 * addresses. `linkType` says what the bytes begin with.
 *
 * @example
 * const packet = emitIpv4Packet(ipv4Packet({ source: 0x0a000001, destination: 0x0a000002 }));
 * partiesOf(packet, LINKTYPE.raw)?.source; // Uint8Array [10, 0, 0, 1]
 */
export function partiesOf(bytes: Uint8Array, linkType: number = LINKTYPE.ethernet): Parties | undefined {
  if (linkType === LINKTYPE.raw || linkType === LINKTYPE.ipv4) return ofIp(bytes);
  const framed = linkType === LINKTYPE.ethernet ? parseEthernet(bytes) : undefined;
  const frame = framed && untagged(framed);
  if (frame === undefined) return undefined;
  const { type, payload } = frame;
  if (type === ETHERTYPE.arp) return ofArp(payload);
  return type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6 ? ofIp(payload) : undefined;
}

/** Whatever else it may be about than IPv4 has no addresses here. */
function ofArp(bytes: Uint8Array): Parties | undefined {
  if (bytes.length < ARP_LENGTH || u16(bytes, 2) !== ETHERTYPE.ipv4) return undefined;
  return { source: bytes.subarray(14, 18), destination: bytes.subarray(24, 28), ports: undefined };
}

function ofIp(bytes: Uint8Array): Parties | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4 && bytes.length >= IPV4_HEADER) {
    const isFirst = (u16(bytes, 6) & 0x1fff) === 0;
    return {
      source: bytes.subarray(12, 16),
      destination: bytes.subarray(16, 20),
      ports: isFirst ? portsAt(bytes, (bytes[0]! & 0xf) * 4, bytes[9]!) : undefined,
    };
  }
  if (version === 6 && bytes.length >= IPV6_HEADER) {
    const [source, destination] = [bytes.subarray(8, 24), bytes.subarray(24, 40)];
    // Whoever has extension headers between them shows none.
    return { source, destination, ports: portsAt(bytes, IPV6_HEADER, bytes[6]!) };
  }
  return undefined;
}

function portsAt(bytes: Uint8Array, at: number, protocol: number): readonly [number, number] | undefined {
  const hasPorts = protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp;
  return hasPorts && bytes.length >= at + 4 ? [u16(bytes, at), u16(bytes, at + 2)] : undefined;
}
