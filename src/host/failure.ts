/** What an ICMP error means to whoever sent the packet (RFC 1122 §3.2.2, §4.2.3.9). */

import { type IcmpMessage, UNREACHABLE } from "../wire/icmp.ts";
import type { Failure } from "./protocol.ts";

type Meaning = Pick<Failure, "code" | "isHard">;

const soft = (code: Failure["code"]): Meaning => ({ code, isHard: false });
const hard = (code: Failure["code"]): Meaning => ({ code, isHard: true });

/** By code. Linux has the same, with more names; that somebody forbids it will not pass either. */
const UNREACHABLES: Readonly<Record<number, Meaning>> = {
  [UNREACHABLE.net]: soft("ENETUNREACH"),
  [UNREACHABLE.host]: soft("EHOSTUNREACH"),
  [UNREACHABLE.protocol]: hard("EPROTO"),
  [UNREACHABLE.port]: hard("ECONNREFUSED"),
  [UNREACHABLE.fragmentationNeeded]: soft("EMSGSIZE"),
  [UNREACHABLE.sourceRouteFailed]: soft("EHOSTUNREACH"),
  [UNREACHABLE.netUnknown]: hard("ENETUNREACH"),
  [UNREACHABLE.hostUnknown]: hard("EHOSTUNREACH"),
  [UNREACHABLE.netProhibited]: hard("ENETUNREACH"),
  [UNREACHABLE.hostProhibited]: hard("EHOSTUNREACH"),
  [UNREACHABLE.administratively]: hard("EHOSTUNREACH"),
};

/**
 * Undefined where it is no error, or none that says something about one packet (a redirect).
 *
 * @example
 * meaningOf({ kind: "unreachable", code: 3, mtu: 0, original: new Uint8Array(0) }); // { code: "ECONNREFUSED", isHard: true }
 */
export function meaningOf(message: IcmpMessage): Meaning | undefined {
  switch (message.kind) {
    case "unreachable":
      return UNREACHABLES[message.code] ?? soft("EHOSTUNREACH");
    case "time exceeded":
      return soft("EHOSTUNREACH");
    case "parameter problem":
      // Some router has looked at one packet, not at the connection (RFC 9293 MUST-56).
      return soft("EPROTO");
    default:
      return undefined;
  }
}
