/** Tells senders what became of their packets, where that does more good than harm (RFC 1122 §3.2.2, RFC 1812 §4.3.2). */

import { emitIcmp, ICMP_TYPE, type IcmpMessage } from "../wire/icmp.ts";
import { IPV4_HEADER, type Ipv4Packet, PROTOCOL, putIpv4Header } from "../wire/ipv4.ts";
import { HEADROOM, type Ip } from "./ip.ts";
import type { Complaint } from "./protocol.ts";
import { mayBeSource } from "./special.ts";
import { TokenBucket } from "./token-bucket.ts";

/** "Without the length of the ICMP datagram exceeding 576 bytes" (RFC 1812 §4.3.2.3). */
const QUOTE = 576 - IPV4_HEADER - 8;

/** As Linux has it: a thousand a second, fifty at once. */
const PER_SECOND = 1000;
const AT_ONCE = 50;

/** Who asks may be told; whatever else ICMP says is an answer or an error, and errors about those never end. */
const QUESTIONS: readonly number[] = [ICMP_TYPE["echo request"], 13, 15, 17];

/** @internal Made by `Icmp`. */
export class IcmpErrors {
  readonly #ip: Ip;
  readonly #bucket = new TokenBucket(PER_SECOND, AT_ONCE);

  constructor(ip: Ip) {
    this.#ip = ip;
  }

  /** This packet is not delivered; its sender hears why, if one may be told. */
  complain(packet: Ipv4Packet, complaint: Complaint): void {
    const ip = this.#ip;
    const { clock, counters, random } = ip.machine;
    if (!this.#mayComplain(packet)) return;
    // Not one token each: who counts how many errors are left for others learns which ports are open (SAD DNS,
    // CVE-2020-25705).
    if (!this.#bucket.take(clock.now(), 1 + random.below(3))) {
      counters.icmpOutLimited += 1;
      return;
    }
    const { source, destination } = packet;
    // Who was asked answers; a router speaks by the address that the sender's side knows.
    const from = ip.isLocal(destination) ? destination : ip.sourceFor(source);
    if (from === undefined) return;
    const message = emitIcmp(messageOf(complaint, quote(packet)));
    const frame = ip.take(message.length, source);
    frame.set(message, HEADROOM);
    counters.icmpOutMsgs += 1;
    ip.send(frame, message.length, PROTOCOL.icmp, from, source);
  }

  /** "These restrictions take precedence over any requirement elsewhere" (RFC 1122 §3.2.2). */
  #mayComplain({ source, destination, protocol, fragmentOffset, payload }: Ipv4Packet): boolean {
    if (fragmentOffset > 0) return false;
    if (protocol === PROTOCOL.icmp && !QUESTIONS.includes(payload[0] ?? 0)) return false;
    // From ourselves it can only be ours.
    if (this.#ip.isLocal(source)) return this.#ip.isLocal(destination);
    const { interfaces } = this.#ip;
    return mayBeSource(source) && mayBeSource(destination) && !interfaces.some((one) => one.isBroadcast(destination));
  }
}

function messageOf({ kind, code, detail }: Complaint, original: Uint8Array): IcmpMessage {
  switch (kind) {
    case "unreachable":
      return { kind, code, mtu: detail, original };
    case "time exceeded":
      return { kind, code, original };
    case "parameter problem":
      return { kind, code, pointer: detail, original };
  }
}

/** The header as it came, and as much of the payload as fits. */
function quote(packet: Ipv4Packet): Uint8Array {
  const start = IPV4_HEADER + packet.options.length;
  const payload = packet.payload.subarray(0, QUOTE - start);
  const bytes = new Uint8Array(start + payload.length);
  putIpv4Header(bytes, 0, packet, packet.payload.length);
  bytes.set(payload, start);
  return bytes;
}
