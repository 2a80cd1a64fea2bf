/** Links around links that write down whatever passes, as a capture file that Wireshark opens (pcapng). */

import type { Clock } from "../base/clock.ts";
import type { IpAddress } from "../wire/address.ts";
import { FCS } from "../wire/ethernet.ts";
import { emitPcapngBlock, LINKTYPE, NANOSECONDS, type PcapngBlock } from "../wire/pcapng.ts";
import type { Direction, Link } from "./link.ts";
import { refuseSegmentation } from "./segmentation.ts";

export interface CaptureOptions {
  readonly clock: Clock;
  /** Who is given the file, piece by piece, each in memory of its own. */
  readonly sink: (bytes: Uint8Array) => void;
  /** What is said about the whole file: the seed of the faults, for one. */
  readonly comment?: string | undefined;
  /** How many bytes of each frame are kept. Default all. */
  readonly snapLength?: number | undefined;
}

export interface CapturedOptions {
  /** What the interface is called in the file: `a`, `tap0`. */
  readonly name?: string | undefined;
  readonly comment?: string | undefined;
  /** What is said about a frame, if anything. */
  readonly remark?: ((frame: Uint8Array, direction: Direction) => string | undefined) | undefined;
}

/**
 * One file for all links that it is put around, each an interface of its own. A frame is written down as it is sent,
 * whatever becomes of it then, and before it is given to who receives it.
 *
 * @example
 * const file: Uint8Array[] = [];
 * const capture = new Capture({ clock, sink: (bytes) => file.push(bytes), comment: "seed 7" });
 * const { a, b } = new Cable({ clock });
 * const link = capture.around(a, { name: "a", remark: (frame) => (frame.length < 60 ? "a runt" : undefined) });
 * link.send(takeFrame(60));
 * file.length; // 3
 */
export class Capture {
  readonly #clock: Clock;
  readonly #sink: (bytes: Uint8Array) => void;
  readonly #snapLength: number;
  /** The date of `clock.now()` 0. Dates are whole milliseconds, and may be set back. */
  readonly #epoch: number;
  #interfaces = 0;

  constructor({ clock, sink, comment, snapLength = 0 }: CaptureOptions) {
    this.#clock = clock;
    this.#sink = sink;
    this.#snapLength = snapLength;
    this.#epoch = clock.date() - clock.now();
    const nobody = { hardware: undefined, os: undefined };
    this.#write({ kind: "section", ...nobody, application: "maitred", comments: listed(comment) });
  }

  /** The link, with somebody who takes notes. */
  around(link: Link, { name, comment, remark }: CapturedOptions = {}): Link {
    refuseSegmentation(link, "capture");
    const number = this.#interfaces++;
    this.#write({
      kind: "interface",
      linkType: LINKTYPE.ethernet,
      snapLength: this.#snapLength,
      name,
      description: undefined,
      ticksPerSecond: NANOSECONDS,
      fcsLength: link.hasFcs ? FCS : 0,
      comments: listed(comment),
    });
    return new CapturedLink(link, (frame, direction) => {
      this.#note(number, frame, direction, listed(remark?.(frame, direction)));
    });
  }

  /** What Wireshark is to call somebody from here on, if it is told to resolve names. */
  name(address: IpAddress, ...names: readonly string[]): void {
    this.#write({ kind: "names", entries: [{ address, names }], comments: [] });
  }

  #note(number: number, frame: Uint8Array, direction: Direction, comments: readonly string[]): void {
    const { length } = frame;
    this.#write({
      kind: "packet",
      interface: number,
      time: this.#epoch + this.#clock.now(),
      direction,
      bytes: this.#snapLength > 0 && length > this.#snapLength ? frame.subarray(0, this.#snapLength) : frame,
      length,
      comments,
    });
  }

  #write(block: PcapngBlock): void {
    const sink = this.#sink;
    sink(emitPcapngBlock(block, NANOSECONDS));
  }
}

class CapturedLink implements Link {
  readonly mtu: number;
  readonly hasFcs: boolean;
  onFrame: ((frame: Uint8Array) => void) | undefined;
  readonly #link: Link;
  readonly #note: (frame: Uint8Array, direction: Direction) => void;

  constructor(link: Link, note: (frame: Uint8Array, direction: Direction) => void) {
    this.mtu = link.mtu;
    this.hasFcs = link.hasFcs;
    this.onFrame = undefined;
    this.#link = link;
    this.#note = note;
    link.onFrame = (frame) => {
      note(frame, "in");
      this.onFrame?.(frame);
    };
  }

  send(frame: Uint8Array): boolean {
    this.#note(frame, "out");
    return this.#link.send(frame);
  }

  close(): void {
    this.#link.close();
  }
}

const listed = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text]);
