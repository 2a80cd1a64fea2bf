/**
 * ICMP: what hosts and routers tell each other about packets (RFC 792).
 *
 *      0       8       16              31
 *     +-------+-------+---------------+
 *     | type  | code  |   checksum    |
 *     +-------+-------+---------------+
 *     | identifier    | sequence      |   echo
 *     | 0             | next-hop MTU  |   unreachable: fragmentation needed (RFC 1191 §4)
 *     | gateway                       |   redirect
 *     | pointer       | 0             |   parameter problem (a byte)
 *     +-------------------------------+
 *     | payload, or what is quoted of the packet that caused it …
 *
 * Types that are not here are for nobody: they are silently discarded (RFC 1122 §3.2.2), source quench as well
 * (RFC 6633).
 */

import { putU16, putU32, u16, u32 } from "./big-endian.ts";
import { checksum, sum } from "./checksum.ts";

export type IcmpMessage = IcmpEcho | IcmpUnreachable | IcmpRedirect | IcmpTimeExceeded | IcmpParameterProblem;

export interface IcmpEcho {
  readonly kind: "echo request" | "echo reply";
  /** Zero; some probes put something else, to see who sends it back. */
  readonly code: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface IcmpUnreachable {
  readonly kind: "unreachable";
  /** What: one of `UNREACHABLE`, or another. */
  readonly code: number;
  /** How large a packet may be on the next hop; 0 where the router does not say. */
  readonly mtu: number;
  /** For `parseIpv4Quote`. */
  readonly original: Uint8Array;
}

export interface IcmpRedirect {
  readonly kind: "redirect";
  /** 0: for this network; 1: for this host; 2, 3: and for this TOS. */
  readonly code: number;
  readonly gateway: number;
  readonly original: Uint8Array;
}

export interface IcmpTimeExceeded {
  readonly kind: "time exceeded";
  /** 0: its hops are used up; 1: its fragments did not all come in time. */
  readonly code: number;
  readonly original: Uint8Array;
}

export interface IcmpParameterProblem {
  readonly kind: "parameter problem";
  readonly code: number;
  /** At which byte of the original. */
  readonly pointer: number;
  readonly original: Uint8Array;
}

/** Its length. */
export const ICMP_HEADER = 8;

/** Why a packet did not arrive (RFC 792, RFC 1812 §5.2.7.1). */
export const UNREACHABLE = {
  net: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  sourceRouteFailed: 5,
  netUnknown: 6,
  hostUnknown: 7,
  netProhibited: 9,
  hostProhibited: 10,
  administratively: 13,
} as const;

/** The number of each kind. */
export const ICMP_TYPE = {
  "echo reply": 0,
  "unreachable": 3,
  "redirect": 5,
  "echo request": 8,
  "time exceeded": 11,
  "parameter problem": 12,
} as const satisfies Record<IcmpMessage["kind"], number>;

/**
 * Reads a message, which is all of the bytes.
 *
 * @example
 * parseIcmp(Uint8Array.of(8, 0, 0xf7, 0xfd, 0, 1, 0, 1))?.kind; // "echo request"
 */
export function parseIcmp(bytes: Uint8Array): IcmpMessage | undefined {
  return sum(bytes, 0, bytes.length) === 0xffff ? readIcmp(bytes) : undefined;
}

/** @internal A message whatever its checksum is, for who looks at those that are damaged. */
export function readIcmp(bytes: Uint8Array): IcmpMessage | undefined {
  if (bytes.length < ICMP_HEADER) return undefined;
  const code = bytes[1]!;
  const rest = bytes.subarray(ICMP_HEADER);
  switch (bytes[0]!) {
    case ICMP_TYPE["echo request"]:
      return { kind: "echo request", code, identifier: u16(bytes, 4), sequence: u16(bytes, 6), payload: rest };
    case ICMP_TYPE["echo reply"]:
      return { kind: "echo reply", code, identifier: u16(bytes, 4), sequence: u16(bytes, 6), payload: rest };
    case ICMP_TYPE.unreachable: {
      const mtu = code === UNREACHABLE.fragmentationNeeded ? u16(bytes, 6) : 0;
      return { kind: "unreachable", code, mtu, original: rest };
    }
    case ICMP_TYPE.redirect:
      return { kind: "redirect", code, gateway: u32(bytes, 4), original: rest };
    case ICMP_TYPE["time exceeded"]:
      return { kind: "time exceeded", code, original: rest };
    case ICMP_TYPE["parameter problem"]:
      return { kind: "parameter problem", code, pointer: bytes[4]!, original: rest };
    default:
      return undefined;
  }
}

/**
 * Its bytes.
 *
 * @example
 * emitIcmp({ kind: "echo request", code: 0, identifier: 1, sequence: 1, payload: utf8("hello") }).length; // 13
 */
export function emitIcmp(message: IcmpMessage): Uint8Array {
  const rest = "payload" in message ? message.payload : message.original;
  const bytes = new Uint8Array(ICMP_HEADER + rest.length);
  bytes[0] = ICMP_TYPE[message.kind];
  bytes[1] = message.code;
  putU32(bytes, 4, secondWord(message));
  bytes.set(rest, ICMP_HEADER);
  putU16(bytes, 2, checksum(bytes, 0, bytes.length));
  return bytes;
}

function secondWord(message: IcmpMessage): number {
  switch (message.kind) {
    case "echo request":
    case "echo reply":
      return message.identifier * 2 ** 16 + message.sequence;
    case "unreachable":
      return message.mtu;
    case "redirect":
      return message.gateway;
    case "time exceeded":
      return 0;
    case "parameter problem":
      return message.pointer * 2 ** 24;
  }
}
