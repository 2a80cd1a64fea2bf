/**
 * Whether a packet is the one that was expected. The order of TCP's options, and the bytes that fill them up, are left
 * to the sender, since no RFC has one; everything else is as the script says it.
 */

import type { Conversation } from "./conversation.ts";
import { icmpNumbers } from "./icmp-names.ts";
import type { Datagram, Segment } from "./ip-packets.ts";
import { ordered, printOption } from "./printed.ts";
import type { IpFacts, PacketAction, TcpOption, TcpPacket } from "./script.ts";

/** How strictly. */
export interface Strictness {
  /** The push bit and the number of a window scale, which are a stack's own affair, may be others. */
  readonly isLoose: boolean;
  /** How many milliseconds a timestamp counts, and how many it may be off; 0: it is not looked at. */
  readonly stampTick: number;
  readonly tolerance: number;
}

/** In a few words, or undefined where nothing does. */
export function differs(
  { ip, packet }: Pick<PacketAction, "ip" | "packet">,
  got: Datagram,
  conversation: Conversation,
  strictness: Strictness,
): string | undefined {
  const { payload } = got;
  if (packet.kind !== payload.kind) return `${payload.kind}, not ${packet.kind}`;
  const around = ipDiffers(ip, got);
  if (around !== undefined) return around;
  if (packet.kind === "tcp") {
    const segment = payload as Segment;
    return (
      tcpDiffers(packet, segment, strictness.isLoose) ??
      stampDiffers(packet, segment, strictness) ??
      dataDiffers(segment, conversation)
    );
  }
  if (packet.kind === "udp") return said("the length", packet.length, payload.data.length);
  const { type, code } = icmpNumbers(packet);
  return payload.kind === "icmp"
    ? (said("the type", type, payload.type) ?? said("the code", code, payload.code))
    : undefined;
}

function ipDiffers({ ecn, tos, ttl }: IpFacts, got: Datagram): string | undefined {
  const bits = (["noecn", "ect1", "ect0", "ce"] as const)[got.tos & 3]!;
  if (ecn === "ect01" ? !bits.startsWith("ect") : ecn !== undefined && ecn !== bits) return `its ECN bits are ${bits}`;
  return (
    (tos === undefined ? undefined : said("tos", tos, got.tos)) ??
    (ttl === undefined ? undefined : said("ttl", ttl, got.ttl))
  );
}

function tcpDiffers(expected: TcpPacket, got: Segment, isLoose: boolean): string | undefined {
  const { sequence, ack, window } = expected;
  const flags = (all: string): string => ordered(isLoose ? all.replace("P", "") : all);
  const options = (all: readonly TcpOption[]): string => facts(all, isLoose);
  return (
    said("the flags", flags(expected.flags), flags(got.flags)) ??
    said("the sequence number", sequence.start, got.seq) ??
    said("the length", sequence.length, got.data.length) ??
    said("the acknowledgment", ack ?? 0, got.flags.includes(".") ? got.ack : 0) ??
    (window === undefined ? undefined : said("the window", window, got.window)) ??
    said("the urgent pointer", expected.urgent, got.urgent) ??
    (expected.options === undefined ? undefined : said("the options", options(expected.options), options(got.options)))
  );
}

function said(what: string, expected: number | string, got: number | string): string | undefined {
  return expected === got ? undefined : `${what}: ${got}, not ${expected}`;
}

/** Of a timestamp, what it echoes: that is ours. */
function facts(options: readonly TcpOption[], isLoose: boolean): string {
  const words = options
    .filter(({ kind }) => kind !== "nop" && kind !== "eol")
    .map((option) => {
      if (option.kind === "TS") return `TS ecr ${option.echo}`;
      return isLoose && option.kind === "wscale" ? option.kind : printOption(option);
    });
  return words.sort().join(",") || "none";
}

/** How far the timestamps have come since the first one, where the script says how they count. */
function stampDiffers(expected: TcpPacket, got: Segment, { stampTick, tolerance }: Strictness): string | undefined {
  const stamp = ({ options }: TcpPacket | Segment) => options?.find((option) => option.kind === "TS")?.value;
  const [wanted, value] = [stamp(expected), stamp(got)];
  if (stampTick === 0 || wanted === undefined || value === undefined) return undefined;
  return Math.abs((value - wanted) | 0) * stampTick <= tolerance ? undefined : said("the timestamp", wanted, value);
}

/** The bytes themselves: those that were written there, if any were. */
function dataDiffers(got: Segment, conversation: Conversation): string | undefined {
  const from = conversation.position(got);
  const wrong = got.data.findIndex((byte, i) => (conversation.written[from + i] ?? byte) !== byte);
  return wrong === -1 ? undefined : `byte ${from + wrong} of the stream is another one`;
}
