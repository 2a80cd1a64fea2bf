/** What stands in a capture, in lines for people: a packet each, as `tcpdump -n` prints it, and remarks behind a `#`. */

import { Conversations } from "../wire/conversations.ts";
import { FCS } from "../wire/ethernet.ts";
import type { CapturedPacket, InterfaceDescription, InterfaceStatistics, PcapngBlock } from "../wire/pcapng.ts";
import { printPacket, printTime } from "../wire/print.ts";
import { harmless } from "./printed.ts";

/** What the options say. */
export interface LineFlags {
  /** Sequence numbers as they are in the packet, and not from the beginning of the conversation on. */
  readonly absolute?: boolean;
  readonly colours?: boolean;
}

/**
 * Makes lines of blocks, and remembers what the later ones need of those before.
 *
 * @example
 * const lines = new PacketLines();
 * lines.of({ kind: "section", hardware: undefined, os: undefined, application: "maitred", comments: ["seed 7"] }, []); // "# seed 7\n"
 */
export class PacketLines {
  readonly #conversations: Conversations | undefined;
  readonly #hasColours: boolean;

  constructor({ absolute = false, colours = false }: LineFlags = {}) {
    this.#conversations = absolute ? undefined : new Conversations();
    this.#hasColours = colours;
  }

  /** Each ends in a line feed; none where nothing is to be said. The interfaces are those of the block's section. */
  of(block: PcapngBlock, interfaces: readonly InterfaceDescription[]): string {
    switch (block.kind) {
      case "section":
        return this.#remarks("", block.comments);
      case "interface":
        return this.#remarks("", block.comments.map(about(block, interfaces.indexOf(block))));
      case "packet":
        return this.#packet(block, interfaces);
      case "statistics":
        return this.#remarks("", remarksOf(block).map(about(interfaces[block.interface], block.interface)));
      default:
        return "";
    }
  }

  #packet(packet: CapturedPacket, interfaces: readonly InterfaceDescription[]): string {
    const { time, bytes, length, comments } = packet;
    const { linkType, fcsLength } = interfaces[packet.interface]!;
    const printed = printPacket(bytes, {
      linkType,
      length,
      hasFcs: fcsLength === FCS,
      ...(this.#conversations && { conversations: this.#conversations }),
    });
    const line = `${this.#painted(printTime(time ?? Number.NaN), DIM)} ${wayOf(packet, interfaces)}${printed}\n`;
    return comments.length === 0 ? line : line + this.#remarks("    ", comments);
  }

  #remarks(indentation: string, remarks: readonly string[]): string {
    const lines = remarks.flatMap((remark) => harmless(remark).split("\n"));
    return lines.map((line) => `${indentation}${this.#painted(`# ${line}`, YELLOW)}\n`).join("");
  }

  #painted(text: string, colour: number): string {
    return this.#hasColours ? `\x1b[${colour}m${text}\x1b[0m` : text;
  }
}

const DIM = 2;
const YELLOW = 33;

/** Where it was captured, if that is not the only place, and which way it went, if that is known; in columns, as tcpdump's. */
function wayOf({ interface: number, direction }: CapturedPacket, interfaces: readonly InterfaceDescription[]): string {
  const place = interfaces.length > 1 ? `${nameOf(interfaces[number], number).padEnd(5)} ` : "";
  return direction === undefined ? place : `${place}${direction === "in" ? "In " : "Out"} `;
}

const nameOf = (one: InterfaceDescription | undefined, number: number): string => harmless(one?.name ?? `#${number}`);

const about =
  (one: InterfaceDescription | undefined, number: number) =>
  (remark: string): string =>
    `${nameOf(one, number)}: ${remark}`;

const remarksOf = ({ dropped = 0, comments }: InterfaceStatistics): readonly string[] =>
  dropped === 0 ? comments : [`${dropped} packets dropped`, ...comments];
