/** Memory for frames, lent and given back: making a new one costs more than all that is done with it. */

/** How many bytes may lie idle: what a window of a few megabytes needs, and no more. */
const IDLE = 8 * 1024 * 1024;

/** A frame of up to so many bytes is cut out of a slab, so that one allocation serves many. */
const SMALL = 4096;
const SLAB = 128 * 1024;

/** Frames of a connection are nearly all of the same few lengths. */
const idle: Uint8Array[][] = [];
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
  const frame = idle[length]?.pop();
  if (frame === undefined) return newFrame(length);
  idleBytes -= length;
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
  const { length } = frame;
  if (idleBytes + length > IDLE) return;
  idleBytes += length;
  const others = idle[length];
  if (others === undefined) idle[length] = [frame];
  else others.push(frame);
}
