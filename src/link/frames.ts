/** Memory for frames, lent and given back: making a new one costs more than all that is done with it. */

/** How many bytes of one length may lie idle, and how many of all: what a window of a few megabytes needs, and no more. */
const IDLE_ALIKE = 4 * 1024 * 1024;
const IDLE = 2 * IDLE_ALIKE;

/** What the object takes beside its bytes, so that even empty ones come to an end. */
const OBJECT = 100;

/** A frame of up to so many bytes is cut out of a slab, so that one allocation serves many. */
const SMALL = 4096;
const SLAB = 128 * 1024;

/**
 * Frames of a connection are nearly all of the same few lengths. The small ones are found by index, in an array
 * without gaps: one with gaps is a dictionary to V8, which takes five times as long as all the rest here.
 */
const small: Uint8Array[][] = Array.from({ length: SMALL + 1 }, () => []);
const large = new Map<number, Uint8Array[]>();
let idleBytes = 0;
let slab = new Uint8Array(0);
let slabUsed = 0;

/**
 * A frame of exactly this length, with anything in it.
 *
 * @example
 * const frame = takeFrame(60);
 * frame.length; // 60
 * giveFrame(frame);
 */
export function takeFrame(length: number): Uint8Array {
  const frame = (length > SMALL ? large.get(length) : small[length])?.pop();
  if (frame === undefined) return newFrame(length);
  idleBytes -= length + OBJECT;
  return frame;
}

function newFrame(length: number): Uint8Array {
  if (length > SMALL) return new Uint8Array(length);
  if (slabUsed + length > slab.length) {
    slab = new Uint8Array(SLAB);
    slabUsed = 0;
  }
  const frame = slab.subarray(slabUsed, slabUsed + length);
  // The next one starts where a word may start.
  slabUsed += (length + 7) & ~7;
  return frame;
}

/**
 * Takes a frame back from its owner, who must not touch it again. Whoever does not give one back leaves it to the
 * garbage collector.
 *
 * @example
 * giveFrame(takeFrame(60));
 */
export function giveFrame(frame: Uint8Array): void {
  const length = frame.length;
  const others = length > SMALL ? largeOnes(length) : small[length]!;
  const size = length + OBJECT;
  if ((others.length + 1) * size > IDLE_ALIKE) return;
  // Those of lengths that nobody asks for any more must not keep out for ever those that are asked for.
  if (idleBytes + size > IDLE) forget();
  idleBytes += size;
  others.push(frame);
}

/**
 * Another frame with the same bytes, for another owner.
 *
 * @example
 * copyFrame(Uint8Array.of(1, 2)); // Uint8Array [1, 2]
 */
export function copyFrame(frame: Uint8Array): Uint8Array {
  const copy = takeFrame(frame.length);
  copy.set(frame);
  return copy;
}

function largeOnes(length: number): Uint8Array[] {
  let ones = large.get(length);
  if (ones === undefined) large.set(length, (ones = []));
  return ones;
}

function forget(): void {
  for (const ones of small) ones.length = 0;
  for (const ones of large.values()) ones.length = 0;
  idleBytes = 0;
}
