/** `maitred print`: what stands in capture files, a line for each packet, as it comes. */

import { createReadStream } from "node:fs";
import { PcapReader } from "../wire/pcap-reader.ts";
import type { InterfaceDescription, PcapngBlock } from "../wire/pcapng.ts";
import { type ChoiceFlags, choice } from "./packet-choice.ts";
import { type LineFlags, PacketLines } from "./packet-lines.ts";
import { Refusal } from "./refusal.ts";
import { written } from "./written.ts";

/** What the options say. */
export interface PrintFlags extends ChoiceFlags, LineFlags {
  /** So many packets, and no more. */
  readonly count?: number;
}

/**
 * Prints the files one after the other; where none is named, what comes in. Of one that is damaged it prints what can be
 * read, says so, and goes on; then the exit code is 1. Fails with a Refusal where one cannot be had.
 *
 * @example
 * await printCommand(["test/wire/captures/linux.pcapng"], { count: 10 });
 */
export async function printCommand(files: readonly string[], flags: PrintFlags): Promise<void> {
  const { stdin, stdout } = process;
  const names = files.length === 0 ? ["-"] : files;
  if (names.includes("-") && stdin.isTTY)
    throw new Refusal("Cannot print: neither a file is named, nor does one come in");
  const printer = new Printer(written, { ...flags, colours: stdout.isTTY && stdout.hasColors() });
  for (const name of names) {
    const problem = await printer.print(name === "-" ? stdin : createReadStream(name)).catch((error: unknown) => {
      throw whyNotRead(name, error);
    });
    if (problem !== undefined) complain(name, problem);
    if (printer.isDone) break;
  }
}

function complain(name: string, { isAtStart, why }: Problem): void {
  console.error(`Cannot print ${isAtStart ? "" : "all of "}"${name}": ${why}`);
  process.exitCode = 1;
}

function whyNotRead(name: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new Refusal(`Cannot print "${name}": ${WHY[code] ?? message}`, { cause: error });
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "you may not read it",
  EISDIR: "it is a folder",
};

/** Why not all of a capture could be printed. */
export interface Problem {
  /** Nothing of it could. */
  readonly isAtStart: boolean;
  readonly why: string;
}

/**
 * Prints captures as their bytes come, and keeps no more of them than it needs for the next packet. `write` says whether
 * anybody reads on.
 *
 * @example
 * const printer = new Printer(async (text) => text === "");
 * (await printer.print((async function* () { yield utf8("no capture"); })()))?.why; // "it begins like neither pcapng nor pcap"
 */
export class Printer {
  readonly #write: (text: string) => Promise<boolean>;
  readonly #isWanted: ReturnType<typeof choice>;
  readonly #lines: PacketLines;
  #left: number;
  #isRead = true;

  constructor(write: (text: string) => Promise<boolean>, flags: PrintFlags = {}) {
    this.#write = write;
    this.#isWanted = choice(flags);
    this.#lines = new PacketLines(flags);
    this.#left = flags.count ?? Number.POSITIVE_INFINITY;
  }

  /** Whether nothing more is to be printed: there are as many as were wanted, or nobody reads any more. */
  get isDone(): boolean {
    return this.#left === 0 || !this.#isRead;
  }

  /** Prints one capture, to its end or to where it is damaged. Fails where its bytes do. */
  async print(bytes: AsyncIterable<Uint8Array>): Promise<Problem | undefined> {
    const reader = new PcapReader();
    let isAtStart = true;
    for await (const some of bytes) {
      reader.push(some);
      const taken: [PcapngBlock, readonly InterfaceDescription[]][] = [];
      for (let block = reader.next(); block !== undefined; block = this.isDone ? undefined : reader.next()) {
        isAtStart = false;
        if (this.#takes(block, reader)) taken.push([block, reader.interfaces]);
      }
      // Some describe an interface only when it has its first packet: so far as they are here, all are known by now.
      const text = taken.map(([block, interfaces]) => this.#lines.of(block, interfaces)).join("");
      if (text !== "") this.#isRead = await this.#write(text);
      if (this.isDone) return undefined;
      if (reader.problem !== undefined) break;
    }
    const why = reader.problem ?? (reader.left > 0 ? "its end is missing" : isAtStart ? "it is empty" : undefined);
    return why === undefined ? undefined : { isAtStart, why };
  }

  #takes(block: PcapngBlock, { interfaces }: PcapReader): boolean {
    if (block.kind !== "packet") return true;
    if (!this.#isWanted(block.bytes, interfaces[block.interface]!.linkType)) return false;
    this.#left--;
    return true;
  }
}
