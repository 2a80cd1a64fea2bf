/**
 * Hears what passes an interface of this machine, whoever it is for: a packet socket of Linux (packet(7)). Why it is made
 * so: docs/decisions/022-hearing-packets.md.
 */

import { constants as files } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import type { CapturedPacket } from "../wire/pcapng.ts";
import { linux, O_CLOEXEC, type System } from "./linux.ts";
import { PacketError } from "./packet-error.ts";
import { cannot, deviceIndex, type OpenSocket, openSocket, PATIENCE, SOL_PACKET } from "./packet-open.ts";
import { OUTGOING, PacketRing, type Taking } from "./packet-ring.ts";
import { Poll } from "./poll.ts";

export interface PacketSocketOptions {
  /** Of the interface. */
  readonly name: string;
  /** Whether the network adapter is to let through also what is for others. Default no. */
  readonly isPromiscuous?: boolean | undefined;
}

/** As long as somebody waits for packets, the process stays alive. */
export interface PacketSocket {
  readonly name: string;
  /** What the packets begin with: Ethernet, or in a tunnel IP. */
  readonly linkType: number;
  /** How many packets there was no room for, since nobody took those before them. */
  readonly dropped: number;
  /**
   * Waits until something has come, and gives all of it; the bytes are lent until `take` returns. While nobody receives,
   * some 8 MiB are kept. Resolves to false where nothing more will come; one at a time. Fails with a `PacketError` where the
   * interface was taken away; while it is down nothing comes.
   */
  receive(take: (packet: CapturedPacket) => void): Promise<boolean>;
  /** What has passed by now is still received, and nothing more. */
  end(): void;
  /** Nothing is received any more. */
  close(): void;
}

/**
 * Opens one. Throws a `PacketError` where that cannot be.
 *
 * On the loopback interface everything goes out and comes in again at once: it is received once, and has no direction.
 *
 * @example
 * const socket = await openPacketSocket({ name: "lo" });
 * while (await socket.receive(({ bytes }) => console.log(printPacket(bytes))));
 */
export async function openPacketSocket({ name, isPromiscuous = false }: PacketSocketOptions): Promise<PacketSocket> {
  const system = await linux();
  if (typeof system === "string") throw new PacketError("ENOSYS", `${cannot(name)} by a packet socket: ${system}`);
  const open = openSocket(system, name, isPromiscuous);
  const bell = system.eventfd(0, O_CLOEXEC | files.O_NONBLOCK);
  if (bell >= 0) return new Packets(system, name, open, new Poll(system, open.fd, bell));
  open.close();
  throw new PacketError("EMFILE", `${cannot(name)}: too many files are open`);
}

/** From <sys/socket.h> and <linux/if_packet.h>. */
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const PACKET_STATISTICS = 6;

const { ENETDOWN } = constants.errno;

/** To wait for none but the time. */
const NOBODY = new Uint8Array(8);

class Packets implements PacketSocket {
  readonly name: string;
  readonly linkType: number;
  readonly #system: System;
  readonly #socket: OpenSocket;
  readonly #ring: PacketRing;
  readonly #poll: Poll;
  #state: "open" | "ending" | "ended" = "open";
  #isClosed = false;
  #isReceiving = false;
  #isDown = false;
  #dropped = 0;

  constructor(system: System, name: string, socket: OpenSocket, poll: Poll) {
    this.name = name;
    this.linkType = socket.linkType;
    this.#system = system;
    this.#socket = socket;
    this.#ring = new PacketRing(socket.memory, socket.blockLength);
    this.#poll = poll;
  }

  get dropped(): number {
    if (!this.#isClosed) this.#count();
    return this.#dropped;
  }

  async receive(take: (packet: CapturedPacket) => void): Promise<boolean> {
    if (this.#isClosed) return false;
    this.#isReceiving = true;
    try {
      return await this.#receive(this.#taking(take));
    } finally {
      this.#isReceiving = false;
      if (this.#isClosed) this.#giveBack();
    }
  }

  async #receive(taking: Taking): Promise<boolean> {
    while (this.#state !== "ended" && !this.#isClosed) {
      const isLast = this.#state === "ending";
      await this.#wait(isLast);
      if (isLast) this.#state = "ended";
      if (this.#drain(taking)) return true;
      if (!this.#isClosed) this.#check();
    }
    return false;
  }

  end(): void {
    if (this.#isClosed || this.#state !== "open") return;
    this.#state = "ending";
    this.#poll.ring();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#count();
    this.#isClosed = true;
    // What is being looked at is given back when nobody looks any more.
    if (this.#isReceiving) this.#poll.ring();
    else this.#giveBack();
  }

  #taking(take: (packet: CapturedPacket) => void): Taking {
    const { isLoopback } = this.#socket;
    return (bytes, length, time, kind) => {
      if (this.#isClosed || (isLoopback && kind === OUTGOING)) return;
      const direction = isLoopback ? undefined : kind === OUTGOING ? "out" : "in";
      take({ kind: "packet", interface: 0, time, direction, bytes, length, comments: [] });
    };
  }

  #wait(isLast: boolean): Promise<void> {
    return new Promise((resolve) => {
      // A block is handed over in the second round of the kernel's timer at the latest.
      if (isLast) this.#system.pollLater(NOBODY, 0, 3 * PATIENCE, () => resolve());
      else this.#poll.wait(resolve);
    });
  }

  /** Once around at most: where packets come quicker than they are taken, others want their turn, too. */
  #drain(taking: Taking): boolean {
    const { memory, blockLength } = this.#socket;
    const most = memory.byteLength / blockLength;
    let blocks = 0;
    while (blocks < most && !this.#isClosed && this.#ring.takeBlock(taking)) blocks++;
    if (blocks > 0) this.#isDown = false;
    return blocks > 0;
  }

  /** An interface that goes down says so once; one that is taken away then says nothing any more. */
  #check(): void {
    const error = this.#option(SOL_SOCKET, SO_ERROR, 1)[0]!;
    if (error === ENETDOWN) this.#isDown = true;
    else if (error !== 0) this.#fail(getSystemErrorName(-error), getSystemErrorName(-error));
    if (this.#isDown && deviceIndex(this.#system, this.name) !== this.#socket.index)
      this.#fail("ENODEV", "it was taken away");
  }

  #fail(code: string, why: string): never {
    this.close();
    throw new PacketError(code, `${cannot(this.name)} any more: ${why}`);
  }

  /** The kernel counts from the last time it was asked. */
  #count(): void {
    this.#dropped += this.#option(SOL_PACKET, PACKET_STATISTICS, 3)[1]!;
  }

  #option(level: number, name: number, count: number): Uint32Array {
    const words = new Uint32Array(count);
    const length = new Uint8Array(Uint32Array.of(4 * count).buffer);
    this.#system.getsockopt(this.#socket.fd, level, name, new Uint8Array(words.buffer), length);
    return words;
  }

  #giveBack(): void {
    this.#socket.close();
    this.#poll.close();
  }
}
