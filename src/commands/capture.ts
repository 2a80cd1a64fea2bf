/** `maitred capture`: what passes an interface of this machine, a line for each packet as it comes, and as a file. */

import { deviceNames } from "../link/device.ts";
import { PacketError } from "../link/packet-error.ts";
import { openPacketSocket, type PacketSocket } from "../link/packet-socket.ts";
import { type CapturedPacket, type InterfaceDescription, NANOSECONDS } from "../wire/pcapng.ts";
import { type CaptureFile, captureFile } from "./capture-file.ts";
import { type ChoiceFlags, choice } from "./packet-choice.ts";
import { type LineFlags, PacketLines } from "./packet-lines.ts";
import { Refusal } from "./refusal.ts";
import { askedToEnd } from "./signals.ts";
import { written } from "./written.ts";

/** What the options say. */
export interface CaptureFlags extends ChoiceFlags, LineFlags {
  /** A file for the packets; "-" is standard output, and then there are no lines. */
  readonly write?: string;
  /** So many packets, and no more. */
  readonly count?: number;
  readonly promiscuous?: boolean;
  /** No lines. */
  readonly quiet?: boolean;
}

/**
 * Captures until somebody asks it to end, or there are as many packets as were wanted, or nobody reads any more; then it
 * says how many there were. Fails with a Refusal where it cannot begin.
 *
 * @example
 * await captureCommand("lo", { count: 10 });
 */
export async function captureCommand(name: string | undefined, flags: CaptureFlags): Promise<void> {
  if (name === undefined) throw new Refusal(`Cannot capture: it does not say on which interface${choices()}`);
  const socket = await opened(name, flags);
  let capture: Capture;
  try {
    capture = new Capture(socket, flags, flags.write === undefined ? undefined : await captureFile(flags.write));
  } catch (error) {
    socket.close();
    throw error;
  }
  // Standard output may be a file.
  console.error(`Captures on ${name}, until Ctrl-C`);
  void askedToEnd().then(() => socket.end());
  try {
    await capture.run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
  console.error(capture.summary);
}

function choices(): string {
  const names = deviceNames();
  return names.length === 0 ? "" : ` (there are: ${names.join(", ")})`;
}

async function opened(name: string, { promiscuous }: CaptureFlags): Promise<PacketSocket> {
  try {
    return await openPacketSocket({ name, isPromiscuous: promiscuous });
  } catch (error) {
    throw error instanceof PacketError ? new Refusal(error.message, { cause: error }) : error;
  }
}

class Capture {
  readonly #socket: PacketSocket;
  readonly #file: CaptureFile | undefined;
  readonly #lines: PacketLines | undefined;
  readonly #isWanted: ReturnType<typeof choice>;
  readonly #most: number;
  readonly #interface: InterfaceDescription;
  readonly #began = Date.now();
  #captured = 0;
  #text = "";

  constructor(socket: PacketSocket, flags: CaptureFlags, file: CaptureFile | undefined) {
    const { stdout } = process;
    const isQuiet = flags.quiet === true || flags.write === "-";
    this.#socket = socket;
    this.#file = file;
    this.#lines = isQuiet ? undefined : new PacketLines({ ...flags, colours: stdout.isTTY && stdout.hasColors() });
    this.#isWanted = choice(flags);
    this.#most = flags.count ?? Number.POSITIVE_INFINITY;
    this.#interface = {
      kind: "interface",
      linkType: socket.linkType,
      snapLength: 0,
      name: socket.name,
      description: undefined,
      ticksPerSecond: NANOSECONDS,
      fcsLength: 0,
      comments: [],
    };
  }

  get summary(): string {
    const { dropped } = this.#socket;
    return `${this.#captured} ${this.#captured === 1 ? "packet" : "packets"} captured, ${dropped} dropped`;
  }

  /** While what was heard is written, the kernel keeps what comes, as far as it has room. */
  async run(): Promise<void> {
    const take = (packet: CapturedPacket): void => this.#take(packet);
    try {
      this.#begin();
      while ((await this.#written()) && this.#captured < this.#most && (await this.#socket.receive(take)));
    } finally {
      this.#socket.close();
      await this.#end();
    }
  }

  #begin(): void {
    const nobody = { hardware: undefined, os: undefined };
    this.#file?.add({ kind: "section", ...nobody, application: "maitred", comments: [] });
    this.#file?.add(this.#interface);
  }

  #take(packet: CapturedPacket): void {
    if (this.#captured === this.#most || !this.#isWanted(packet.bytes, this.#interface.linkType)) return;
    this.#captured++;
    this.#file?.add(packet);
    if (this.#lines !== undefined) this.#text += this.#lines.of(packet, [this.#interface]);
  }

  async #written(): Promise<boolean> {
    const text = this.#text;
    this.#text = "";
    const isRead = text === "" || (await written(text));
    return (this.#file === undefined || (await this.#file.flush())) && isRead;
  }

  async #end(): Promise<void> {
    const [time, received, { dropped }] = [Date.now(), this.#captured, this.#socket];
    const times = { time, start: this.#began, end: time };
    this.#file?.add({ kind: "statistics", interface: 0, ...times, received, dropped, comments: [] });
    try {
      await this.#file?.flush();
    } finally {
      await this.#file?.close();
    }
  }
}
