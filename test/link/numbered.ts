/** Frames that can be told apart, for tests. */

import type { Link } from "../../src/link/link.ts";

/** One of this length with a number in it. Not from the pool: a test may look at it whoever has it. */
export function numbered(number: number, length = 60): Uint8Array {
  const frame = new Uint8Array(length);
  new DataView(frame.buffer).setUint32(14, number);
  return frame;
}

export const numberOf = (frame: Uint8Array): number =>
  new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(14);

/** The numbers of all that come out of a link from now on. */
export function numbersFrom(link: Link): number[] {
  const numbers: number[] = [];
  link.onFrame = (frame) => void numbers.push(numberOf(frame));
  return numbers;
}

/** 0 … count − 1. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
