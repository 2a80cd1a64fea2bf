/**
 * A TAP device of Linux as a link: what the kernel sends into it comes here as frames, and what is sent here comes to
 * the kernel as if from a cable. How it is set up: docs/tap.md; why it is read this way: docs/decisions/019-a-tap-device.md.
 */

import { closeSync } from "node:fs";
import { constants } from "node:os";
import { ETHERNET_HEADER } from "../wire/ethernet.ts";
import { type LinkCounters, newLinkCounters } from "./counters.ts";
import { isDeviceName } from "./device.ts";
import { giveFrame, takeFrame } from "./frames.ts";
import type { Link } from "./link.ts";
import { linux, type System } from "./linux.ts";
import { TapError } from "./tap-error.ts";
import { completeChecksum, putVnetHeader, SEGMENTATION, VNET_HEADER } from "./tap-offloads.ts";
import { type Device, openDevice } from "./tap-open.ts";
import { type Waiting, waitByPipe, waitByPoll } from "./tap-wake.ts";

export interface TapOptions {
  /**
   * At most 15 bytes. The device may be there (`ip tuntap add dev tap0 mode tap user YOU`); where it is not, it is made,
   * if that is permitted, and is gone when we are. Of "tap%d" the system makes the first name that is free.
   */
  readonly name: string;
  /** Who tells that something has come: Node's loop, or a thread, which costs more. Default "loop". */
  readonly wake?: "loop" | "thread" | undefined;
  /**
   * Whether the kernel cuts long TCP segments for us, and gives us its own uncut: six times quicker at an MTU of 1500.
   * Not for a router, which would have to cut them itself, nor for who wants to see the frames of a cable. Default false.
   */
  readonly hasOffloads?: boolean | undefined;
}

/** As long as it is open, the process stays alive. */
export interface TapLink extends Link {
  readonly name: string;
  readonly counters: Readonly<LinkCounters>;
  /** Told once when the device was taken away; the link is closed then. */
  onGone: ((error: TapError) => void) | undefined;
}

/**
 * Opens a TAP device. Throws a `TapError` where that cannot be.
 *
 * The MTU is the one that the device has now. Nothing is queued: `send` is a call of the system, and where the device is
 * down, or the kernel short of memory, the frame is dropped.
 *
 * @example
 * const tap = await openTap({ name: "tap0" });
 * tap.onFrame = (frame) => console.log(`${tap.name}: ${frame.length} bytes`);
 * tap.onGone = (error) => console.error(error.message);
 */
export async function openTap({ name, wake = "loop", hasOffloads = false }: TapOptions): Promise<TapLink> {
  if (!isDeviceName(name)) {
    throw new RangeError(
      `Cannot open TAP device "${name}": a name has 1 to 15 bytes, none of them a space, "/" or ":"`,
    );
  }
  const system = await linux();
  if (typeof system === "string") throw new TapError("ENOSYS", `Cannot open TAP device "${name}": ${system}`);
  const device = openDevice(system, name, hasOffloads);
  try {
    return new Tap(system, device, wake === "loop" ? waitByPipe : waitByPoll, hasOffloads);
  } catch (error) {
    closeSync(device.fd);
    throw error;
  }
}

/** The longest frame that any TAP device gives: the kernel allows no larger MTU. */
const LONGEST = 65_535;

/**
 * So many frames are read before others have their turn: enough that the wake-up costs nothing beside them (measured:
 * 16 are too few, 256 no better), and fewer than an adapter's ring has room for.
 */
const TURN = 64;

const { EAGAIN } = constants.errno;

class Tap implements TapLink {
  readonly name: string;
  readonly mtu: number;
  readonly hasFcs = false;
  readonly counters = newLinkCounters();
  onFrame: ((frame: Uint8Array) => void) | undefined;
  onGone: ((error: TapError) => void) | undefined;
  readonly #system: System;
  readonly #fd: number;
  readonly #waiting: { stop(): void };
  readonly segmentation: number;
  /** What the kernel wants to know of each frame, before it: so many bytes, or none. */
  readonly #head: number;
  readonly #buffer = new Uint8Array(VNET_HEADER + LONGEST + ETHERNET_HEADER);
  /** Where frames are put behind their header, to be sent. */
  readonly #outbox: Uint8Array;
  /** The part of the buffer that the last frame filled: the next one is mostly as long. */
  #filled = this.#buffer;
  #isOpen = true;

  constructor(system: System, { fd, name, mtu }: Device, wait: Waiting, hasOffloads: boolean) {
    this.segmentation = hasOffloads ? SEGMENTATION : 0;
    this.#head = hasOffloads ? VNET_HEADER : 0;
    this.#outbox = new Uint8Array(hasOffloads ? VNET_HEADER + LONGEST + ETHERNET_HEADER : 0);
    this.name = name;
    this.mtu = mtu;
    this.onFrame = undefined;
    this.onGone = undefined;
    this.#system = system;
    this.#fd = fd;
    const wake = (length: number): void => this.#read(length);
    const gone = (): void => this.#gone();
    this.#waiting = wait(system, fd, this.#buffer, wake, gone);
  }

  send(frame: Uint8Array, segment = 0): boolean {
    const { counters } = this;
    const { length } = frame;
    let isSent = false;
    if (!this.#isOpen) counters.lost++;
    else if (length > ETHERNET_HEADER + (segment > 0 ? LONGEST : this.mtu)) counters.tooLong++;
    else if (!this.#write(frame, length, segment)) counters.dropped++;
    else {
      counters.sent++;
      counters.sentBytes += length;
      isSent = true;
    }
    // The kernel has copied it.
    giveFrame(frame);
    return isSent;
  }

  #write(frame: Uint8Array, length: number, segment: number): boolean {
    const head = this.#head;
    if (head === 0) return this.#system.write(this.#fd, frame, length) === length;
    // Two pieces in one call cost more than to put them together.
    this.#outbox.set(frame, head);
    putVnetHeader(this.#outbox, length, segment);
    return this.#system.write(this.#fd, this.#outbox, head + length) === head + length;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#waiting.stop();
    closeSync(this.#fd);
  }

  /** Whatever waits, in one go: who is woken once for each frame has twice the work. */
  #read(length: number): void {
    if (length > 0) this.#give(length);
    for (let i = 0; i < TURN && this.#isOpen; i++) {
      const length = this.#system.read(this.#fd, this.#buffer, this.#buffer.length);
      if (length > 0) this.#give(length);
      else {
        if (this.#system.errno() !== EAGAIN) this.#gone();
        return;
      }
    }
  }

  #give(read: number): void {
    const { counters, onFrame } = this;
    const head = this.#head;
    const length = read - head;
    if (onFrame === undefined) {
      counters.lost++;
      return;
    }
    if (this.#filled.length !== length) this.#filled = this.#buffer.subarray(head, head + length);
    const frame = takeFrame(length);
    frame.set(this.#filled);
    if (head > 0) completeChecksum(this.#buffer, frame);
    counters.received++;
    counters.receivedBytes += length;
    onFrame(frame);
  }

  #gone(): void {
    if (!this.#isOpen) return;
    this.close();
    this.onGone?.(new TapError("ENODEV", `Cannot use TAP device "${this.name}" any more: it was taken away`));
  }
}
