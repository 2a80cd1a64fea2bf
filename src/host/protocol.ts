/** What IP and the protocols above it say to each other (RFC 1122 §3.4). */

import type { Ipv4Packet } from "../wire/ipv4.ts";
import type { Interface } from "./interface.ts";

/** Why a packet cannot be sent, by the names of POSIX. */
export type SendError = "ENETUNREACH" | "EHOSTUNREACH" | "EMSGSIZE";

/** What became of a packet of ours, so far as somebody has told. */
export interface Failure {
  readonly code: SendError | "ECONNREFUSED" | "EPROTO";
  /**
   * It will not get better: ports and protocols do not come and go (RFC 1122 §4.2.3.9). The others may be passing
   * trouble on the way, so a connection remembers them and goes on trying.
   */
  readonly isHard: boolean;
  /** How large a packet may be, headers counted, where it was too large; else 0. */
  readonly mtu: number;
  /** Who says so: the router or host that sent the ICMP message, or we ourselves. */
  readonly from: number;
}

/** Who handles the payload of packets with one protocol number. */
export interface ProtocolHandler {
  /** Whether packets to groups and to everybody are for it, too; else they are dropped. */
  readonly takesBroadcasts?: boolean;
  /** `payload` is that of the packet. Both are the adapter's: what is to be kept must be copied. */
  receive(payload: Uint8Array, packet: Ipv4Packet, from: Interface): void;
  /**
   * A packet of ours did not arrive: `packet` is what has been quoted of it, `payload` its first eight bytes at least.
   * Says whether it knows this packet: who does not must be told nothing, for anybody can make up such a message.
   */
  failed(failure: Failure, payload: Uint8Array, packet: Ipv4Packet): boolean;
  /** All that came has been handled, for now. */
  flush(): void;
}

/** Why a packet is not delivered, for its sender to hear: the words of ICMP (RFC 792). */
export interface Complaint {
  readonly kind: "unreachable" | "time exceeded" | "parameter problem";
  readonly code: number;
  /** How large a packet may be, where it was too large; at which byte the trouble is; else 0. */
  readonly detail: number;
}
