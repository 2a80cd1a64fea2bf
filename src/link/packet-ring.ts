/**
 * The memory in which Linux leaves packets for whoever captures them, without a call for each (its
 * Documentation/networking/packet_mmap.rst, TPACKET_V3). It is a ring of blocks, and each is the kernel's or ours:
 *
 *      0         8       12        16       20
 *     +---------+-------+---------+--------+---+---------+---------+-----+
 *     | version | whose | packets | first  | … | packet  | packet  | …   |
 *     +---------+-------+---------+--------+---+---------+---------+-----+
 *
 * and a packet, with numbers in the order of the machine:
 *
 *      0      4         8             12     16     20     24    26   32  36   48        58
 *     +------+---------+-------------+------+--------+------+-----+---+---+----+---------+------+--------+
 *     | next | seconds | nanoseconds | kept | length | what | at  | … |tag|type| address | kind | bytes… |
 *     +------+---------+-------------+------+--------+------+-----+---+---+----+---------+------+--------+
 */

import { tagged, VLAN } from "../wire/vlan.ts";

/** Whose a block is. */
const KERNEL = 0;
const OURS = 1;

/** What a packet has that does not stand in its bytes: a tag that the network adapter has taken off, and the tag's type. */
const HAS_TAG = 1 << 4;
const HAS_TAG_TYPE = 1 << 6;

/** @internal Of a packet's kinds the one that goes out; the others came in, for us, for all, or for somebody else. */
export const OUTGOING = 4;

/** @internal Who is given a packet, whose bytes are lent until he returns. */
export type Taking = (bytes: Uint8Array, length: number, time: number, kind: number) => void;

/** @internal */
export class PacketRing {
  readonly #memory: ArrayBuffer;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #blockLength: number;
  #at = 0;

  constructor(memory: ArrayBuffer, blockLength: number) {
    this.#memory = memory;
    this.#words = new Uint32Array(memory);
    this.#halves = new Uint16Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#blockLength = blockLength;
  }

  /** Gives what is in the next block, and the block back to the kernel. False: the block is not ours yet. */
  takeBlock(take: Taking): boolean {
    const words = this.#words;
    const block = this.#at >> 2;
    // The kernel writes on another processor: what is in the block may be read only after this.
    if ((Atomics.load(words, block + 2) & OURS) === 0) return false;
    let at = this.#at + words[block + 4]!;
    for (let left = words[block + 3]!; left > 0; left--) {
      this.#give(at, take);
      at += words[at >> 2]!;
    }
    Atomics.store(words, block + 2, KERNEL);
    this.#at = (this.#at + this.#blockLength) % this.#memory.byteLength;
    return true;
  }

  #give(at: number, take: Taking): void {
    const words = this.#words;
    const first = at >> 2;
    const time = words[first + 1]! * 1000 + words[first + 2]! / 1e6;
    const what = words[first + 5]!;
    const bytes = new Uint8Array(this.#memory, at + this.#halves[(at + 24) >> 1]!, words[first + 3]!);
    const length = words[first + 4]!;
    const kind = this.#bytes[at + 58]!;
    if ((what & HAS_TAG) === 0) {
      take(bytes, length, time, kind);
    } else {
      const type = what & HAS_TAG_TYPE ? this.#halves[(at + 36) >> 1]! : VLAN;
      take(tagged(bytes, words[first + 8]!, type), length + 4, time, kind);
    }
  }
}
