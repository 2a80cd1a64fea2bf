/**
 * What connections read into. All of them share one buffer, and what came is copied out of it, so that an idle one
 * holds nothing. One that fills it, for somebody who gives back what he has read, gets buffers of its own, which are
 * given away as they are: gigabytes then go through a few of them, and leave no garbage behind.
 */

/** What Linux usually gives for one read. */
export const SHARED: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

/** A read of this size is worth more than a copy. */
export const BULK = 32 * 1024;

/** Twice what most reads bring: fewer calls, and the peer waits less. */
const OWN = 128 * 1024;

/** How many are lent at once, 16 MiB in all; beyond that there are copies. */
const MOST = 128;

const spare: Buffer[] = [];
let lent = 0;

/**
 * A buffer of one's own; undefined where too many have one.
 *
 * @internal
 */
export function borrow(): Buffer | undefined {
  if (lent >= MOST) return undefined;
  lent += 1;
  return spare.pop() ?? Buffer.allocUnsafeSlow(OWN);
}

/**
 * Takes it back, to be lent again. Says whether it was one of these.
 *
 * @internal
 */
export function giveBack(bytes: Uint8Array): boolean {
  if (!isOwn(bytes)) return false;
  lent -= 1;
  spare.push(Buffer.from(bytes.buffer));
  return true;
}

/**
 * Whether bytes are in one of these buffers, from its beginning on.
 *
 * @internal
 */
export const isOwn = ({ buffer, byteOffset }: Uint8Array): boolean => byteOffset === 0 && buffer.byteLength === OWN;

/**
 * So many will not come back: whoever had them has gone.
 *
 * @internal
 */
export function writeOff(count: number): void {
  lent -= count;
}

/** Of the connection that is just being read: what it is to read into next. */
let next: Buffer | undefined;
let isAfterRead = false;

/**
 * Told by the connection that has just read: the buffer for its next read, where that is another one.
 *
 * @internal
 */
export function readNextInto(buffer: Buffer | undefined): void {
  isAfterRead = true;
  next = buffer;
}

/**
 * What Node asks for a buffer: when it makes a connection, and after each read, right after it has told of it. Where
 * it then gets none, it goes on with the one it has; its types know nothing of that.
 *
 * @internal
 */
export function bufferToRead(): Uint8Array {
  const buffer = isAfterRead ? next : SHARED;
  isAfterRead = false;
  next = undefined;
  return buffer as Uint8Array;
}
