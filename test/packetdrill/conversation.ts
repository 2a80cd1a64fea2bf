/** One connection as a script counts it and as the machine does: sequence numbers, timestamps, the bytes themselves. */

import type { Segment } from "./ip-packets.ts";
import type { TcpOption } from "./script.ts";

/** The bytes of a stream that nobody chose: each tells where it belongs, so that none can take another's place. */
export const byteAt = (position: number): number => (position * 31 + (position >> 8)) & 0xff;

/** So many of them, from this position on. */
export function bytesFrom(position: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => byteAt(position + i));
}

const uint32 = (n: number): number => n >>> 0;

export class Conversation {
  readonly localPort: number;
  readonly remotePort: number;
  /** What the script wrote to the socket, from the stream's first byte on. */
  readonly written: number[] = [];
  /** How far the script has read, and how far it was read out of turn (MSG_PEEK does not count). */
  readUpTo = 0;

  /** The script's initial sequence numbers: ours is what the script expects of the machine. */
  #localIsn = 0;
  #remoteIsn = 0;
  /** The machine's number, less the script's. */
  #offset: number | undefined;
  /** A SYN with this number has come in that may begin a new connection, if it is answered by a SYN. */
  #newIsn: number | undefined;

  readonly #stamps = new Map<number, number>();
  #firstStamp: { script: number; live: number } | undefined;

  constructor(localPort: number, remotePort: number) {
    this.localPort = localPort;
    this.remotePort = remotePort;
  }

  /** From the script's numbers to the machine's. */
  inward(segment: Segment): Segment {
    const isAck = segment.flags.includes(".");
    const isSyn = segment.flags.includes("S");
    if (isSyn && (this.#offset === undefined || isAck)) this.#remoteIsn = segment.seq;
    else if (isSyn && segment.seq !== this.#remoteIsn) this.#newIsn = segment.seq;
    const dataAt = uint32(segment.seq + (isSyn ? 1 : 0) - this.#remoteIsn - 1) | 0;
    return {
      ...segment,
      ack: isAck ? this.live(segment.ack) : segment.ack,
      options: segment.options.map((option) => this.#inwardOption(option, isAck)),
      data: bytesFrom(dataAt, segment.data.length),
    };
  }

  #inwardOption(option: TcpOption, isAck: boolean): TcpOption {
    if (option.kind === "TS") return { ...option, echo: isAck ? this.#liveStamp(option.echo) : option.echo };
    if (option.kind !== "sack") return option;
    return { kind: "sack", blocks: option.blocks.map(([left, right]) => [this.live(left), this.live(right)] as const) };
  }

  /** A script echoes what it has seen; what it has not seen lies as far from the first as it says. */
  #liveStamp(echo: number): number {
    const first = this.#firstStamp;
    return this.#stamps.get(echo) ?? (first === undefined ? echo : uint32(echo - first.script + first.live));
  }

  /** From the machine's numbers to the script's, which hopes for a SYN of this number, or for this timestamp. */
  outward(segment: Segment, hoped?: { readonly seq: number | undefined; readonly stamp: number | undefined }): Segment {
    if (segment.flags.includes("S")) this.#learn(segment.seq, hoped?.seq ?? this.#localIsn);
    return {
      ...segment,
      seq: uint32(segment.seq - (this.#offset ?? 0)),
      options: segment.options.map((option) => this.#outwardOption(option, hoped?.stamp)),
    };
  }

  #learn(live: number, script: number): void {
    // The same SYN once more must have the same number.
    if (this.#offset !== undefined && this.#newIsn === undefined && script === this.#localIsn) return;
    if (this.#newIsn !== undefined) {
      this.#remoteIsn = this.#newIsn;
      this.#newIsn = undefined;
      this.written.length = 0;
      this.readUpTo = 0;
    }
    this.#localIsn = script;
    this.#offset = uint32(live - script);
  }

  #outwardOption(option: TcpOption, hoped: number | undefined): TcpOption {
    if (option.kind !== "TS") return option;
    if (hoped !== undefined) {
      this.#stamps.set(hoped, option.value);
      this.#firstStamp ??= { script: hoped, live: option.value };
    }
    const first = this.#firstStamp;
    return first === undefined ? option : { ...option, value: uint32(option.value - first.live + first.script) };
  }

  /** The machine's number for the script's. */
  live(seq: number): number {
    return uint32(seq + (this.#offset ?? 0));
  }

  /** Where the first byte of a segment with the script's number stands in the stream. */
  position({ seq, flags }: Segment): number {
    return uint32(seq + (flags.includes("S") ? 1 : 0) - this.#localIsn - 1) | 0;
  }
}
