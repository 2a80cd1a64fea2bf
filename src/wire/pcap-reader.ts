/** Reads a capture file as it comes: pcapng, or the classic format (draft-ietf-opsawg-pcapng, -pcap), in either byte order. */

import { type InterfaceDescription, LINKTYPE, MICROSECONDS, NANOSECONDS, type PcapngBlock, TYPE } from "./pcapng.ts";
import { isLittleEndian, parsePcapngBody, timeOffsetOf } from "./pcapng-parse.ts";

/** Nobody's packet is so large: whatever claims to be is no capture, or damaged. */
const LARGEST = 16 * 1024 * 1024;

/** What the classic format begins with says what its times are counted in. */
const ticksPerSecondOf = (magic: number): number | undefined =>
  magic === 0xa1b2c3d4 ? MICROSECONDS : magic === 0xa1b23c4d ? NANOSECONDS : undefined;

const NOTHING = new Uint8Array(0);

/**
 * Takes bytes as they come, and gives blocks; what the classic format says comes as if it were pcapng. Behind what
 * cannot be read comes nothing more, and `problem` says why.
 *
 * @example
 * const reader = new PcapReader();
 * reader.push(emitPcapngBlock({ kind: "section", hardware: undefined, os: "none", application: undefined, comments: [] }));
 * const section = reader.next();
 * if (section?.kind === "section") section.os; // "none"
 */
export class PcapReader {
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #format: "pcapng" | "classic" | undefined;
  #isLittle = true;
  #interfaces: InterfaceDescription[] = [];
  #offsets: number[] = [];
  #waiting: PcapngBlock[] = [];
  #problem: string | undefined;

  /** Those of the section that is being read: a packet's `interface` is a place in here. */
  get interfaces(): readonly InterfaceDescription[] {
    return this.#interfaces;
  }

  /** Why nothing more will come, for people. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How many bytes wait for others; where the file is at its end, it was cut short. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The bytes belong to the reader from here on: packets are views of them. */
  push(bytes: Uint8Array): void {
    if (this.#problem !== undefined || bytes.length === 0) return;
    if (this.left === 0) {
      this.#bytes = bytes;
    } else {
      const joined = new Uint8Array(this.left + bytes.length);
      joined.set(this.#bytes.subarray(this.#at));
      joined.set(bytes, this.left);
      this.#bytes = joined;
    }
    this.#at = 0;
  }

  /** The next block; undefined where more bytes are needed, or there is a problem. */
  next(): PcapngBlock | undefined {
    if (this.#waiting.length > 0) return this.#waiting.shift();
    if (this.#problem !== undefined) return undefined;
    if (this.#format === undefined && !this.#begin()) return undefined;
    return this.#format === "pcapng" ? this.#nextBlock() : (this.#waiting.shift() ?? this.#nextRecord());
  }

  #begin(): boolean {
    if (this.left < 4) return false;
    const view = this.#view();
    if (view.getUint32(0) === TYPE.section) {
      this.#format = "pcapng";
      return true;
    }
    this.#isLittle = ticksPerSecondOf(view.getUint32(0, true)) !== undefined;
    const ticksPerSecond = ticksPerSecondOf(view.getUint32(0, this.#isLittle));
    if (ticksPerSecond === undefined) return this.#fail("it begins like neither pcapng nor pcap");
    if (this.left < 24) return false;
    const network = view.getUint32(20, this.#isLittle);
    this.#format = "classic";
    this.#at += 24;
    this.#waiting.push({ kind: "section", hardware: undefined, os: undefined, application: undefined, comments: [] });
    this.#describe({
      kind: "interface",
      linkType: network & 0xffff,
      snapLength: view.getUint32(16, this.#isLittle),
      name: undefined,
      description: undefined,
      ticksPerSecond,
      // In words of 16 bits, if the bit before says so.
      fcsLength: network & 0x0400_0000 ? (network >>> 28) * 2 : undefined,
      comments: [],
    });
    return true;
  }

  #describe(one: InterfaceDescription, offset = 0): void {
    this.#interfaces.push(one);
    this.#offsets.push(offset);
    if (this.#format === "classic") this.#waiting.push(one);
  }

  #nextBlock(): PcapngBlock | undefined {
    if (this.left < 12) return undefined;
    const view = this.#view();
    const isSection = view.getUint32(0) === TYPE.section;
    if (isSection) {
      const isLittle = isLittleEndian(this.#bytes, this.#at + 8);
      if (isLittle === undefined) return this.#give("a section's byte order cannot be told");
      this.#isLittle = isLittle;
    }
    const length = view.getUint32(4, this.#isLittle);
    if (length < 12 || length % 4 !== 0 || length > LARGEST) return this.#give(`a block is ${length} bytes long`);
    if (this.left < length) return undefined;
    if (view.getUint32(length - 4, this.#isLittle) !== length) return this.#give("the two lengths of a block differ");

    const body = this.#bytes.subarray(this.#at + 8, this.#at + length - 4);
    this.#at += length;
    if (isSection) {
      this.#interfaces = [];
      this.#offsets = [];
      const major = body.length < 8 ? 0 : view.getUint16(12, this.#isLittle);
      if (major !== 1) return this.#give(`a section is of version ${major}`);
    }
    const type = isSection ? TYPE.section : view.getUint32(0, this.#isLittle);
    const block = parsePcapngBody(type, body, {
      isLittle: this.#isLittle,
      interfaces: this.#interfaces,
      offsets: this.#offsets,
    });
    if (block.kind === "interface") this.#describe(block, timeOffsetOf(body, this.#isLittle));
    // Others are counted from here on all the same.
    else if (type === TYPE.interface) this.#describe(UNREADABLE);
    return block;
  }

  #nextRecord(): PcapngBlock | undefined {
    if (this.left < 16) return undefined;
    const view = this.#view();
    const captured = view.getUint32(8, this.#isLittle);
    if (captured > LARGEST) return this.#give(`a packet is ${captured} bytes long`);
    if (this.left < 16 + captured) return undefined;
    const bytes = this.#bytes.subarray(this.#at + 16, this.#at + 16 + captured);
    this.#at += 16 + captured;
    const ticksPerSecond = this.#interfaces[0]!.ticksPerSecond;
    return {
      kind: "packet",
      interface: 0,
      time: view.getUint32(0, this.#isLittle) * 1000 + view.getUint32(4, this.#isLittle) / (ticksPerSecond / 1000),
      direction: undefined,
      bytes,
      length: view.getUint32(12, this.#isLittle),
      comments: [],
    };
  }

  #view(): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, this.left);
  }

  #fail(problem: string): false {
    this.#problem = problem;
    this.#bytes = NOTHING;
    this.#at = 0;
    return false;
  }

  #give(problem: string): undefined {
    this.#fail(problem);
  }
}

const UNREADABLE: InterfaceDescription = {
  kind: "interface",
  linkType: LINKTYPE.ethernet,
  snapLength: 0,
  name: undefined,
  description: undefined,
  ticksPerSecond: MICROSECONDS,
  fcsLength: undefined,
  comments: [],
};
