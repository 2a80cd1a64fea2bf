/** The smallest host that a kernel can ping: it answers ARP and echo requests, and knows nothing else. */

import type { Link } from "../../src/link/link.ts";
import { ARP, emitArp, parseArp } from "../../src/wire/arp.ts";
import { ETHERTYPE, emitEthernet, parseEthernet } from "../../src/wire/ethernet.ts";
import { emitIcmp, parseIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, ipv4Packet, PROTOCOL, parseIpv4Packet } from "../../src/wire/ipv4.ts";
import type { MacAddress } from "../../src/wire/mac.ts";

/** Answers whatever comes over the link; `others` is given what it does not understand. */
export function respond(link: Link, mac: MacAddress, address: number, others?: (frame: Uint8Array) => void): void {
  link.onFrame = (frame) => {
    const answer = answerTo(frame, mac, address);
    if (answer === undefined) others?.(frame);
    else link.send(answer);
  };
}

function answerTo(frame: Uint8Array, mac: MacAddress, address: number): Uint8Array | undefined {
  const asked = parseEthernet(frame);
  if (asked === undefined) return undefined;
  const { type } = asked;
  const payload = type === ETHERTYPE.arp ? arp(asked.payload, mac, address) : echo(asked.payload, address);
  return payload && emitEthernet({ destination: asked.source, source: mac, type, payload });
}

function arp(bytes: Uint8Array, mac: MacAddress, address: number): Uint8Array | undefined {
  const asked = parseArp(bytes);
  if (asked?.operation !== ARP.request || asked.target !== address) return undefined;
  const { senderMac: targetMac, sender: target } = asked;
  return emitArp({ operation: ARP.reply, senderMac: mac, sender: address, targetMac, target });
}

function echo(bytes: Uint8Array, address: number): Uint8Array | undefined {
  const packet = parseIpv4Packet(bytes);
  if (packet?.protocol !== PROTOCOL.icmp || packet.destination !== address) return undefined;
  const asked = parseIcmp(packet.payload);
  if (asked?.kind !== "echo request") return undefined;
  return emitIpv4Packet(
    ipv4Packet({
      protocol: PROTOCOL.icmp,
      source: address,
      destination: packet.source,
      payload: emitIcmp({ ...asked, kind: "echo reply" }),
    }),
  );
}
