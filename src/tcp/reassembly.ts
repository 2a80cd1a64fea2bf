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

/** A range of pieces without a gap, and when something was last put into it: SACK names the newest first (RFC 2018 §4). */
interface Island {
  start: number;
  end: number;
  touched: number;
  readonly pieces: Piece[];
}

/**
 * Islands in the order of their sequence numbers. Of bytes that come twice, the first stay: who overlaps what is here
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
  #touches = 0;

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
    let first = islands.length;
    // What comes is nearly always behind all that came.
    while (first > 0 && isUpTo(start, islands[first - 1]!.end)) first--;
    let behind = first;
    while (behind < islands.length && isUpTo(islands[behind]!.start, end)) behind++;
    const before = this.length;
    if (first === behind) {
      islands.splice(first, 0, { start, end, touched: ++this.#touches, pieces: [this.#piece(start, bytes)] });
      return true;
    }
    this.#join(first, behind, start, bytes);
    return this.length > before;
  }

  /** Islands `first` up to, not including, `behind` touch the new bytes: they become one. */
  #join(first: number, behind: number, start: number, bytes: Uint8Array): void {
    const joined = this.#islands[first]!;
    const rest = this.#islands.splice(first + 1, behind - first - 1);
    const end = plus(start, bytes.length);
    joined.touched = ++this.#touches;
    if (isBefore(start, joined.start)) {
      joined.pieces.unshift(this.#piece(start, bytes.subarray(0, distance(start, joined.start))));
      joined.start = start;
    }
    for (const island of rest) {
      this.#fill(joined, island.start, start, bytes);
      joined.pieces.push(...island.pieces);
      joined.end = island.end;
    }
    this.#fill(joined, end, start, bytes);
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
      if (island.pieces.length === 0) this.#islands.shift();
      const known = distance(piece.start, at);
      if (known < piece.bytes.length) return known === 0 ? piece.bytes : piece.bytes.subarray(known);
    }
  }

  /** What to tell the sender, the newest first. */
  blocks(most: number): readonly SackBlock[] {
    const islands = this.#islands.length === 1 ? this.#islands : this.#newest(most);
    return islands.map(({ start, end }) => ({ start, end }));
  }

  #newest(most: number): readonly Island[] {
    // There may be thousands, from who means us no good: they are not sorted.
    const newest: Island[] = [];
    for (const island of this.#islands) {
      let at = newest.length;
      while (at > 0 && newest[at - 1]!.touched < island.touched) at--;
      newest.splice(at, 0, island);
      if (newest.length > most) newest.pop();
    }
    return newest;
  }
}
