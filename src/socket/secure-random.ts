/** Chance that nobody can foresee: sequence numbers and ports out in the world are made of it (RFC 6528, RFC 6056). */

import { Random } from "../base/random.ts";

/** Asking the system costs a call, so numbers are asked for by the hundred; 64 KiB are the most it gives at once. */
const pool = new Uint32Array(256);
let used = pool.length;

/**
 * What a stream of numbers from a seed is not: who has seen some of them cannot compute the others. A machine takes its
 * chance as a `Random`, hence the inheritance, of which nothing but the shape is used.
 *
 * @example
 * new SecureRandom().u32() === new SecureRandom().u32(); // false
 */
export class SecureRandom extends Random {
  constructor() {
    super(0);
  }

  override u32(): number {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    const number = pool[used]!;
    // Whoever reads this memory later shall not learn it.
    pool[used++] = 0;
    return number;
  }
}
