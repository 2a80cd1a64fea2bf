/** Who was here lately: not the items, only their hashes, and no more of them than asked for. */

/** As many places are looked at for one hash: with less, one that is young would often make way for another. */
const WAYS = 4;

const FEWEST = 1024;

/**
 * A table of two numbers a place, the hash and when it came. Where its places are taken, the one that came first makes way;
 * a hash that is mistaken for another does no harm but to the choice.
 *
 * @example
 * const ghosts = new Ghosts();
 * ghosts.add(7, 100);
 * ghosts.take(7, 100); // true
 * ghosts.take(7, 100); // false
 */
export class Ghosts {
  #hashes = new Int32Array(FEWEST);
  #times = new Int32Array(FEWEST);
  /** How many came until now; a place that is free says 0. */
  #now = 0;

  /** Remembers this one; of those that came before, the latest `limit`. */
  add(hash: number, limit: number): void {
    // Twice the room, so that few have to make way before their time.
    if (2 * limit > this.#hashes.length) this.#grow(limit);
    // After 2³¹ ghosts all is forgotten once.
    if (++this.#now === 0x7fffffff) this.#clear();
    this.#put(hash, this.#now);
  }

  /** Whether it was among the latest `limit`. It is no ghost any more. */
  take(hash: number, limit: number): boolean {
    const from = this.#place(hash);
    for (let at = from; at < from + WAYS; at++) {
      if (this.#hashes[at] !== hash || this.#times[at] === 0) continue;
      const age = this.#now - this.#times[at]!;
      this.#times[at] = 0;
      return age < limit;
    }
    return false;
  }

  #put(hash: number, time: number): void {
    const from = this.#place(hash);
    let oldest = from;
    for (let at = from; at < from + WAYS; at++) {
      if (this.#hashes[at] === hash) {
        oldest = at;
        break;
      }
      if (this.#times[at]! < this.#times[oldest]!) oldest = at;
    }
    this.#hashes[oldest] = hash;
    this.#times[oldest] = time;
  }

  #place(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 7) & (this.#hashes.length - WAYS);
  }

  #grow(limit: number): void {
    const [hashes, times] = [this.#hashes, this.#times];
    let length = hashes.length;
    while (length < 2 * limit) length *= 2;
    this.#hashes = new Int32Array(length);
    this.#times = new Int32Array(length);
    for (let at = 0; at < hashes.length; at++) if (times[at] !== 0) this.#put(hashes[at]!, times[at]!);
  }

  #clear(): void {
    this.#times.fill(0);
    this.#now = 1;
  }
}
