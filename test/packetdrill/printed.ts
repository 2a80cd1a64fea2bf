/** Packets as a script would write them. */

import type { Datagram, Segment } from "./ip-packets.ts";
import type { IcmpPacket, TcpOption, TcpPacket, UdpPacket } from "./script.ts";

/** What a script expects. */
export function printExpected(packet: TcpPacket | UdpPacket | IcmpPacket): string {
  if (packet.kind === "udp") return `udp (${packet.length})`;
  if (packet.kind === "icmp") return ["icmp", packet.type, packet.code].filter((word) => word !== undefined).join(" ");
  const { flags, sequence, ack, window, urgent, options } = packet;
  return printTcp(flags, sequence.start, sequence.length, ack, window, urgent, options ?? "...");
}

/** What came, in the script's numbers. */
export function printSegment(segment: Segment): string {
  const { flags, seq, ack, window, urgent, options, data } = segment;
  return printTcp(flags, seq, data.length, flags.includes(".") ? ack : undefined, window, urgent, options);
}

export function printDatagram({ payload }: Datagram): string {
  if (payload.kind === "tcp") return printSegment(payload);
  if (payload.kind === "udp") return `udp (${payload.data.length})`;
  return `icmp of type ${payload.type}, code ${payload.code}`;
}

function printTcp(
  flags: string,
  start: number,
  length: number,
  ack: number | undefined,
  window: number | undefined,
  urgent: number,
  options: readonly TcpOption[] | "...",
): string {
  const words = [ordered(flags) || "-", `${start}:${(start + length) % 2 ** 32}(${length})`];
  if (ack !== undefined) words.push(`ack ${ack}`);
  if (window !== undefined) words.push(`win ${window}`);
  if (urgent !== 0) words.push(`urg ${urgent}`);
  if (options.length > 0) words.push(`<${options === "..." ? options : options.map(printOption).join(",")}>`);
  return words.join(" ");
}

/** The flags in one order, "." last, as scripts like them: of "P." and ".P" neither means more. */
export const ordered = (flags: string): string => [..."FSRPEWU."].filter((flag) => flags.includes(flag)).join("");

export function printOption(option: TcpOption): string {
  switch (option.kind) {
    case "mss":
    case "wscale":
      return `${option.kind} ${option.value}`;
    case "sack":
      return `sack ${option.blocks.map(([left, right]) => `${left}:${right}`).join(" ")}`;
    case "TS":
      return `TS val ${option.value} ecr ${option.echo}`;
    case "other":
      return `option ${option.code} ${Buffer.from(option.data).toString("hex")}`;
    default:
      return option.kind;
  }
}

/** 0.100000, as scripts count. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(6)} s`;
