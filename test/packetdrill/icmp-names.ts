/** ICMP's types and codes by the names scripts use (RFC 792), and the packet that a message complains of. */

import type { Conversation } from "./conversation.ts";
import { encodeDatagram } from "./ip-packets.ts";
import type { Machine } from "./machine.ts";
import { NotSupported } from "./problems.ts";
import type { IcmpPacket } from "./script.ts";

const TYPES: Record<string, { readonly type: number; readonly codes: Record<string, number> }> = {
  echo_reply: { type: 0, codes: {} },
  unreachable: {
    type: 3,
    codes: {
      net_unreachable: 0,
      host_unreachable: 1,
      protocol_unreachable: 2,
      port_unreachable: 3,
      frag_needed: 4,
      source_route_failed: 5,
      net_unknown: 6,
      host_unknown: 7,
      source_host_isolated: 8,
      net_prohibited: 9,
      host_prohibited: 10,
      net_unreachable_for_tos: 11,
      host_unreachable_for_tos: 12,
      packet_filtered: 13,
      precedence_violation: 14,
      precedence_cutoff: 15,
    },
  },
  source_quench: { type: 4, codes: {} },
  redirect: { type: 5, codes: { net: 0, host: 1, net_for_tos: 2, host_for_tos: 3 } },
  echo_request: { type: 8, codes: {} },
  time_exceeded: { type: 11, codes: { ttl: 0, frag_reassembly_time: 1, exceeded_in_transit: 0 } },
  parameter_problem: { type: 12, codes: {} },
};

export function icmpNumbers({ type, code }: IcmpPacket): { type: number; code: number } {
  const known = TYPES[type];
  const number = code === undefined ? 0 : /^\d+$/.test(code) ? Number(code) : known?.codes[code];
  if (known === undefined || number === undefined) {
    throw new NotSupported(`not supported: the ICMP message "${[type, code].filter(Boolean).join(" ")}"`);
  }
  return { type: known.type, code: number };
}

/** The header and the first eight bytes of what the machine is said to have sent (RFC 792, "Internet Header + 64 bits"). */
export function aboutBytes(
  { address, remote }: Machine,
  conversation: Conversation,
  { protocol, sequence }: NonNullable<IcmpPacket["about"]>,
): Uint8Array {
  const ports = { from: conversation.localPort, to: conversation.remotePort };
  const data = new Uint8Array(sequence.length);
  const common = { flags: ".", ack: 0, window: 0, urgent: 0, options: [], data };
  const payload =
    protocol === "udp"
      ? ({ kind: "udp", ...ports, data } as const)
      : ({ kind: "tcp", ...ports, ...common, seq: conversation.live(sequence.start) } as const);
  return encodeDatagram({ source: address, destination: remote, tos: 0, ttl: 64, payload }).slice(0, 28);
}
