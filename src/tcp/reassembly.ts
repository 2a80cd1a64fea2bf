/** What has come ahead of its turn: kept until the gap before it is filled (RFC 9293 §3.10.7.4, “SHLD-31”). */

import type { SackBlock } from "../wire/tcp-segment.ts";
import { distance, isBefore, isUpTo, plus } from "./sequence.ts";

/**
 * A piece costs more than its bytes: as many as a full window of ordinary segments has, and a few more. Whoever sends
 * single bytes with gaps between them gets no further.
 */
const MOST_PIECES = 8192;

interface Piece {
  start: number;
  bytes: Uint8Array;
}

/** A range of pieces without a gap. */
interface Island {
  start: number;
  end: number;
  readonly pieces: Piece[];
  /** Into which something was put next, and before: SACK names the newest first (RFC 2018 §4). */
  newer: Island | undefined;
  older: Island | undefined;
}

/**
 * Islands in the order of their sequence numbers. There may be thousands, from who means us no good (CVE-2018-5390): no
 * segment has us go through all of them. Of bytes that come twice, the first stay: who overlaps what is here
 * cannot change it.
 *
 * @example
 * const reassembly = new Reassembly();
 * reassembly.put(10, Uint8Array.of(1, 2));
 * reassembly.blocks(4); // [{ start: 10, end: 12 }]
 * reassembly.takeAt(10); // Uint8Array [1, 2]
 */
export class Reassembly {
  /** How many bytes are kept. */
  length = 0;
  readonly #islands: Island[] = [];
  #pieces = 0;
  #newest: Island | undefined;

  get isEmpty(): boolean {
    return this.#islands.length === 0;
  }

  get isFull(): boolean {
    return this.#pieces >= MOST_PIECES;
  }

  /** Keeps a copy of what is not here yet. Says whether anything was new. */
  put(start: number, bytes: Uint8Array): boolean {
    const end = plus(start, bytes.length);
    const islands = this.#islands;
    const first = this.#firstUpTo(start);
    let behind = first;
    while (behind < islands.length && isUpTo(islands[behind]!.start, end)) behind++;
    const before = this.length;
    if (first === behind) {
      const pieces = [this.#piece(start, bytes)];
      const island: Island = { start, end, pieces, newer: undefined, older: undefined };
      islands.splice(first, 0, island);
      this.#touch(island);
      return true;
    }
    this.#join(first, behind, start, bytes);
    return this.length > before;
  }

  /** The first island that ends there or later. */
  #firstUpTo(start: number): number {
    const islands = this.#islands;
    let [low, high] = [0, islands.length];
    // What comes is nearly always behind all that came.
    if (high === 0 || isBefore(islands[high - 1]!.end, start)) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(islands[middle]!.end, start)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Islands `first` up to, not including, `behind` touch the new bytes: they become one. */
  #join(first: number, behind: number, start: number, bytes: Uint8Array): void {
    const joined = this.#islands[first]!;
    const rest = this.#islands.splice(first + 1, behind - first - 1);
    const end = plus(start, bytes.length);
    this.#touch(joined);
    if (isBefore(start, joined.start)) {
      joined.pieces.unshift(this.#piece(start, bytes.subarray(0, distance(start, joined.start))));
      joined.start = start;
    }
    for (const island of rest) {
      this.#forget(island);
      this.#fill(joined, island.start, start, bytes);
      joined.pieces.push(...island.pieces);
      joined.end = island.end;
    }
    this.#fill(joined, end, start, bytes);
  }

  #touch(island: Island): void {
    if (island === this.#newest) return;
    this.#forget(island);
    island.older = this.#newest;
    if (island.older !== undefined) island.older.newer = island;
    this.#newest = island;
  }

  #forget(island: Island): void {
    const { newer, older } = island;
    if (newer !== undefined) newer.older = older;
    else if (island === this.#newest) this.#newest = older;
    if (older !== undefined) older.newer = newer;
    island.newer = island.older = undefined;
  }

  /** Lengthens the island up to there, from these bytes. */
  #fill(island: Island, to: number, start: number, bytes: Uint8Array): void {
    if (isUpTo(to, island.end)) return;
    const from = distance(start, island.end);
    island.pieces.push(this.#piece(island.end, bytes.subarray(from, distance(start, to))));
    island.end = to;
  }

  #piece(start: number, bytes: Uint8Array): Piece {
    this.length += bytes.length;
    this.#pieces++;
    // A Buffer's slice would be none.
    return { start, bytes: new Uint8Array(bytes) };
  }

  /** The next bytes that begin here (or began before: then what of them is still new), taken out. */
  takeAt(at: number): Uint8Array | undefined {
    while (true) {
      const island = this.#islands[0];
      if (island === undefined || isBefore(at, island.start)) return undefined;
      const piece = island.pieces.shift()!;
      this.length -= piece.bytes.length;
      this.#pieces--;
      island.start = plus(piece.start, piece.bytes.length);
      if (island.pieces.length === 0) this.#forget(this.#islands.shift()!);
      const known = distance(piece.start, at);
      if (known < piece.bytes.length) return known === 0 ? piece.bytes : piece.bytes.subarray(known);
    }
  }

  /** What to tell the sender, the newest first. */
  blocks(most: number): readonly SackBlock[] {
    const blocks: SackBlock[] = [];
    for (let island = this.#newest; island !== undefined && blocks.length < most; island = island.older) {
      blocks.push({ start: island.start, end: island.end });
    }
    return blocks;
  }
}
