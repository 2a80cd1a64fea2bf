/** One line for each packet, as `tcpdump -n` prints it; what is damaged gets a line as well, and says so. */

import { printIp } from "./address.ts";
import { ARP, parseArp } from "./arp.ts";
import { u16 } from "./big-endian.ts";
import { pseudoHeader } from "./checksum.ts";
import type { Conversations } from "./conversations.ts";
import { ETHERNET_HEADER, ETHERTYPE, FCS, hasGoodFcs, parseEthernet } from "./ethernet.ts";
import { IPV4_HEADER, type Ipv4Packet, PROTOCOL, parseIpv4Quote } from "./ipv4.ts";
import { printIpv4 } from "./ipv4-number.ts";
import { printMac } from "./mac.ts";
import { LINKTYPE } from "./pcapng.ts";
import { wrongChecksum } from "./print-checksum.ts";
import { printIcmp } from "./print-icmp.ts";
import { printTcp } from "./print-tcp.ts";
import { UDP_HEADER } from "./udp.ts";
import { untagged } from "./vlan.ts";

export interface PrintOptions {
  /** What the bytes begin with: Ethernet, or IP alone (`LINKTYPE`). Default Ethernet. */
  readonly linkType?: number;
  /** Whether the frame ends in its FCS. Default no. */
  readonly hasFcs?: boolean;
  /** How long the packet was, where only its beginning is left. Default: as long as it is. */
  readonly length?: number;
  /** Who remembers where sequence numbers begin. Default nobody: they are printed as they are. */
  readonly conversations?: Conversations;
}

/**
 * The packet, without the time.
 *
 * @example
 * const payload = emitArp({ operation: ARP.request, senderMac: 1, sender: 0x0a000001, targetMac: 0, target: 0x0a000002 });
 * const frame = emitEthernet({ destination: BROADCAST, source: 1, type: ETHERTYPE.arp, payload });
 * printPacket(frame); // "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"
 */
export function printPacket(bytes: Uint8Array, options: PrintOptions = {}): string {
  const { linkType = LINKTYPE.ethernet, hasFcs = false, length = bytes.length, conversations } = options;
  if (linkType === LINKTYPE.ethernet) return printEthernet(bytes, hasFcs, length, conversations);
  if (linkType !== LINKTYPE.raw && linkType !== LINKTYPE.ipv4) return `link type ${linkType}, length ${length}`;
  return bytes[0]! >> 4 === 6 ? printIpv6(bytes, length) : printIpv4Packet(bytes, length, conversations);
}

/**
 * The time of day in Greenwich, to the microsecond.
 *
 * @example
 * printTime(Date.UTC(2000, 9, 10, 13, 55, 36) + 0.5); // "13:55:36.000500"
 */
export function printTime(time: number): string {
  const microseconds = Math.round(time * 1000);
  const second = new Date(Math.floor(microseconds / 1e6) * 1000);
  if (Number.isNaN(second.getTime())) return "--:--:--.------";
  return `${second.toISOString().slice(-13, -5)}.${`${microseconds - second.getTime() * 1000}`.padStart(6, "0")}`;
}

function printEthernet(bytes: Uint8Array, hasFcs: boolean, length: number, conversations?: Conversations): string {
  const isWhole = length <= bytes.length;
  const tagged = parseEthernet(bytes, hasFcs && isWhole);
  if (tagged === undefined) return `[|ether], length ${length}`;
  const frame = untagged(tagged);
  if (frame === undefined) return `[|vlan], length ${length}`;
  const { destination, source, type, payload } = frame;
  const damage = hasFcs && isWhole && !hasGoodFcs(bytes) ? " [bad FCS]" : "";
  const tags = tagged.payload.length - payload.length;
  const payloadLength = length - ETHERNET_HEADER - tags - (hasFcs ? FCS : 0);
  if (type === ETHERTYPE.arp) return printArp(payload, payloadLength) + damage;
  if (type === ETHERTYPE.ipv4) return printIpv4Packet(payload, payloadLength, conversations) + damage;
  if (type === ETHERTYPE.ipv6) return printIpv6(payload, payloadLength) + damage;
  const what = type < 0x600 ? "802.3" : `ethertype 0x${type.toString(16).padStart(4, "0")}`;
  return `${printMac(source)} > ${printMac(destination)}, ${what}, length ${length}${damage}`;
}

function printArp(bytes: Uint8Array, length: number): string {
  const packet = parseArp(bytes);
  if (packet === undefined) return `ARP, [|arp], length ${length}`;
  const { operation, senderMac, sender, targetMac, target } = packet;
  const whose = targetMac === 0 ? "" : ` (${printMac(targetMac)})`;
  const what =
    operation === ARP.request
      ? `Request who-has ${printIpv4(target)}${whose} tell ${printIpv4(sender)}`
      : operation === ARP.reply
        ? `Reply ${printIpv4(sender)} is-at ${printMac(senderMac)}`
        : `operation ${operation}`;
  return `ARP, ${what}, length ${length}`;
}

function printIpv6(bytes: Uint8Array, length: number): string {
  if (bytes.length < 40) return `IP6 [|ip6], length ${length}`;
  const [source, destination] = [bytes.subarray(8, 24), bytes.subarray(24, 40)];
  return `IP6 ${printIp(source)} > ${printIp(destination)}: next-header ${bytes[6]}, length ${u16(bytes, 4)}`;
}

function printIpv4Packet(bytes: Uint8Array, length: number, conversations?: Conversations): string {
  const packet = parseIpv4Quote(bytes);
  if (packet === undefined) return `IP ${whyNoPacket(bytes)}, length ${length}`;
  const headerLength = IPV4_HEADER + packet.options.length;
  const total = u16(bytes, 2);
  if (total < headerLength) return `IP bad-len ${total}, length ${length}`;
  const payloadLength = total - headerLength;
  const isFragment = packet.moreFragments || packet.fragmentOffset > 0;
  const missing = total > length ? `truncated-ip - ${total - length} bytes missing! ` : "";
  const more = packet.moreFragments ? "+" : "";
  const fragment = isFragment
    ? ` (frag ${packet.identification}:${payloadLength}@${packet.fragmentOffset}${more})`
    : "";
  return `IP ${missing}${badChecksum(bytes, headerLength)}${printPayload(packet, payloadLength, isFragment, conversations)}${fragment}`;
}

function whyNoPacket(bytes: Uint8Array): string {
  if (bytes.length < IPV4_HEADER) return "[|ip]";
  const first = bytes[0]!;
  return first >> 4 === 4 ? `bad-hlen ${(first & 0xf) * 4}` : `bad-version ${first >> 4}`;
}

function badChecksum(bytes: Uint8Array, headerLength: number): string {
  const wrong = wrongChecksum(bytes, 10, headerLength);
  return wrong === undefined ? "" : `[bad cksum ${wrong.is} -> ${wrong.shouldBe}!] `;
}

function printPayload(packet: Ipv4Packet, length: number, isFragment: boolean, conversations?: Conversations): string {
  const { source, destination, protocol, payload } = packet;
  // All of a payload has a checksum, and some of it has none.
  const isWhole = !isFragment && payload.length === length;
  if (packet.fragmentOffset === 0) {
    if (protocol === PROTOCOL.tcp) return printTcp(packet, length, isWhole, conversations);
    if (protocol === PROTOCOL.udp) return printUdp(packet, length, isWhole);
    if (protocol === PROTOCOL.icmp) {
      return `${printIpv4(source)} > ${printIpv4(destination)}: ${printIcmp(payload, length, isWhole)}`;
    }
  }
  return `${printIpv4(source)} > ${printIpv4(destination)}: ip-proto-${protocol}, length ${length}`;
}

function printUdp({ source, destination, payload }: Ipv4Packet, length: number, isWhole: boolean): string {
  const addresses = `${printIpv4(source)} > ${printIpv4(destination)}`;
  if (payload.length < UDP_HEADER) return `${addresses}: [|udp], length ${length}`;
  const [from, to, claimed] = [u16(payload, 0), u16(payload, 2), u16(payload, 4)];
  const ports = `${printIpv4(source)}.${from} > ${printIpv4(destination)}.${to}`;
  if (claimed < UDP_HEADER || (isWhole && claimed > payload.length)) {
    return `${ports}: UDP, bad length ${claimed} of ${length}`;
  }
  const damage = isWhole ? badUdpChecksum(payload.subarray(0, claimed), source, destination) : "";
  return `${ports}: ${damage}UDP, length ${claimed - UDP_HEADER}`;
}

function badUdpChecksum(bytes: Uint8Array, source: number, destination: number): string {
  // Zero: there is none.
  if (u16(bytes, 6) === 0) return "";
  const wrong = wrongChecksum(bytes, 6, bytes.length, pseudoHeader(source, destination, PROTOCOL.udp, bytes.length));
  return wrong === undefined ? "" : `[bad udp cksum ${wrong.is} -> ${wrong.shouldBe}!] `;
}
