/** A script of the packetdrill language, as values: what is to happen, when, and what ought to come of it. */

export interface Script {
  readonly path: string;
  /** `--tolerance_usecs=4000`: the name without its dashes, and the value, "" where there is none. */
  readonly options: readonly (readonly [name: string, value: string])[];
  /** The commands before the first event and behind the last one. */
  readonly setUp: ShellAction | undefined;
  readonly cleanUp: ShellAction | undefined;
  readonly events: readonly ScriptEvent[];
}

export interface ScriptEvent {
  readonly line: number;
  readonly time: ScriptTime;
  readonly action: Action;
}

/** In milliseconds. A relative time counts from when the event before it came to be; `until` ends a range. */
export interface ScriptTime {
  readonly kind: "any" | "absolute" | "relative";
  readonly from: number;
  readonly until: number | undefined;
}

export type Action = PacketAction | CallAction | ShellAction | CodeAction;

export interface ShellAction {
  readonly kind: "shell";
  readonly command: string;
}

export interface CodeAction {
  readonly kind: "code";
  readonly text: string;
}

/** `<` goes in to the machine, `>` is expected to come out of it. */
export interface PacketAction {
  readonly kind: "packet";
  readonly direction: "<" | ">";
  readonly ip: IpFacts;
  readonly packet: TcpPacket | UdpPacket | IcmpPacket;
}

/** What stands in `[…]` before a packet; what is undefined is not looked at, or has its usual value. */
export interface IpFacts {
  /** "ect01" is either of the two. */
  readonly ecn: "noecn" | "ect0" | "ect1" | "ect01" | "ce" | undefined;
  readonly tos: number | undefined;
  readonly ttl: number | undefined;
}

export interface Ports {
  readonly source: number;
  readonly destination: number;
}

export interface TcpPacket {
  readonly kind: "tcp";
  readonly ports: Ports | undefined;
  /** Letters of "FSRPEWU" and "." for ACK, in any order. */
  readonly flags: string;
  readonly sequence: SequenceRange;
  readonly ack: number | undefined;
  readonly window: number | undefined;
  readonly urgent: number;
  /** Undefined: `<...>`, whatever they are. */
  readonly options: readonly TcpOption[] | undefined;
}

export interface SequenceRange {
  readonly start: number;
  readonly length: number;
}

export type TcpOption =
  | { readonly kind: "nop" | "eol" | "sackOK" }
  | { readonly kind: "mss" | "wscale"; readonly value: number }
  | { readonly kind: "sack"; readonly blocks: readonly (readonly [left: number, right: number])[] }
  | { readonly kind: "TS"; readonly value: number; readonly echo: number }
  /** What is neither: its number, and the bytes behind its length. */
  | { readonly kind: "other"; readonly code: number; readonly data: Uint8Array };

export interface UdpPacket {
  readonly kind: "udp";
  readonly ports: Ports | undefined;
  readonly length: number;
}

export interface IcmpPacket {
  readonly kind: "icmp";
  readonly type: string;
  readonly code: string | undefined;
  readonly mtu: number | undefined;
  readonly id: number | undefined;
  /** The packet that it complains of. */
  readonly about: { readonly protocol: "tcp" | "udp"; readonly sequence: SequenceRange } | undefined;
}

export interface CallAction {
  readonly kind: "call";
  /** When a call that blocks is to come back; counted as its start is. */
  readonly end: number | undefined;
  readonly name: string;
  readonly args: readonly Expression[];
  readonly result: Expression;
  /** "EAGAIN", where one is named. */
  readonly errno: string | undefined;
}

export type Expression =
  /** Whatever it is. */
  | { readonly kind: "ellipsis" }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  /** `htons(8080)`, `inet_addr("10.0.0.1")` */
  | { readonly kind: "function"; readonly name: string; readonly args: readonly Expression[] }
  /** `{fd=4, events=POLLIN}` */
  | { readonly kind: "record"; readonly fields: ReadonlyMap<string, Expression> };
