/** SipHash-2-4 (Aumasson, Bernstein 2012): a short keyed hash that nobody can guess without the key. */

import { ByteReader } from "./bytes.ts";

/** 64 bits in two halves, since numbers have no more than 53. */
interface Half {
  hi: number;
  lo: number;
}

/**
 * The hash of words of 32 bits, with a key of 16 bytes; the lower and the upper half of its 64 bits.
 *
 * @example
 * const siphash = new SipHash(Uint8Array.from({ length: 16 }, (_, i) => i));
 * siphash.of([0x03020100, 0x07060504]); // { lo: 2593334370, hi: 2482369913 }
 */
export class SipHash {
  readonly #k0: Half;
  readonly #k1: Half;

  constructor(key: Uint8Array) {
    if (key.length !== 16) throw new RangeError(`Cannot hash with a key of ${key.length} bytes: it takes 16`);
    const reader = new ByteReader(key);
    const half = (): Half => {
      const lo = swap(reader.u32());
      return { lo, hi: swap(reader.u32()) };
    };
    this.#k0 = half();
    this.#k1 = half();
  }

  of(words: readonly number[]): { lo: number; hi: number } {
    const state = new State(this.#k0, this.#k1);
    let i = 0;
    for (; i + 1 < words.length; i += 2) state.take(words[i]! | 0, words[i + 1]! | 0);
    // The last word says how many bytes there were.
    const length = (words.length * 4) << 24;
    if (i < words.length) state.take(words[i]! | 0, length);
    else state.take(0, length);
    return state.finish();
  }
}

const swap = (word: number): number =>
  (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);

class State {
  // v0 … v3, as halves.
  #a = 0;
  #aHi = 0;
  #b = 0;
  #bHi = 0;
  #c = 0;
  #cHi = 0;
  #d = 0;
  #dHi = 0;

  constructor(k0: Half, k1: Half) {
    this.#aHi = k0.hi ^ 0x736f6d65;
    this.#a = k0.lo ^ 0x70736575;
    this.#bHi = k1.hi ^ 0x646f7261;
    this.#b = k1.lo ^ 0x6e646f6d;
    this.#cHi = k0.hi ^ 0x6c796765;
    this.#c = k0.lo ^ 0x6e657261;
    this.#dHi = k1.hi ^ 0x74656462;
    this.#d = k1.lo ^ 0x79746573;
  }

  take(lo: number, hi: number): void {
    this.#d ^= lo;
    this.#dHi ^= hi;
    this.#round();
    this.#round();
    this.#a ^= lo;
    this.#aHi ^= hi;
  }

  finish(): { lo: number; hi: number } {
    this.#c ^= 0xff;
    for (let i = 0; i < 4; i++) this.#round();
    return {
      lo: (this.#a ^ this.#b ^ this.#c ^ this.#d) >>> 0,
      hi: (this.#aHi ^ this.#bHi ^ this.#cHi ^ this.#dHi) >>> 0,
    };
  }

  #round(): void {
    let { lo: a, hi: aHi } = add(this.#a, this.#aHi, this.#b, this.#bHi);
    let { lo: c, hi: cHi } = add(this.#c, this.#cHi, this.#d, this.#dHi);
    let b = ((this.#b << 13) | (this.#bHi >>> 19)) ^ a;
    let bHi = ((this.#bHi << 13) | (this.#b >>> 19)) ^ aHi;
    let d = ((this.#d << 16) | (this.#dHi >>> 16)) ^ c;
    let dHi = ((this.#dHi << 16) | (this.#d >>> 16)) ^ cHi;
    // Turned by 32: the halves change places.
    ({ lo: a, hi: aHi } = add(aHi, a, d, dHi));
    ({ lo: c, hi: cHi } = add(c, cHi, b, bHi));
    const e = ((d << 21) | (dHi >>> 11)) ^ a;
    dHi = ((dHi << 21) | (d >>> 11)) ^ aHi;
    d = e;
    const f = ((b << 17) | (bHi >>> 15)) ^ c;
    bHi = ((bHi << 17) | (b >>> 15)) ^ cHi;
    b = f;
    this.#a = a;
    this.#aHi = aHi;
    this.#b = b;
    this.#bHi = bHi;
    this.#c = cHi;
    this.#cHi = c;
    this.#d = d;
    this.#dHi = dHi;
  }
}

function add(a: number, aHi: number, b: number, bHi: number): Half {
  const lo = (a >>> 0) + (b >>> 0);
  return { lo: lo | 0, hi: (aHi + bHi + (lo > 0xffffffff ? 1 : 0)) | 0 };
}
