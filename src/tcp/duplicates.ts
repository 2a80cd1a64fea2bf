/** Duplicate ACKs of a peer that does not report what has come: each means that a segment has left the network (RFC 5681 §3.2, RFC 6582). */

/** RFC 5681 §3.2: so many are no accident. */
const THRESHOLD = 3;

/**
 * Counts them.
 *
 * @example
 * const duplicates = new DuplicateAcks();
 * for (let i = 0; i < 3; i++) duplicates.came();
 * duplicates.areMany; // true
 * duplicates.moved(4000, 1000); // 1000
 */
export class DuplicateAcks {
  count = 0;

  get areMany(): boolean {
    return this.count >= THRESHOLD;
  }

  came(): void {
    this.count++;
  }

  /**
   * An ACK moves us on: over the segment that was missing, and over those behind it for which a duplicate came. Says how
   * many bytes are news (RFC 6937 §3.1).
   */
  moved(advanced: number, mss: number): number {
    const known = Math.min(this.count, Math.max(0, Math.ceil(advanced / mss) - 1));
    this.count -= known;
    return Math.max(0, advanced - known * mss);
  }

  forget(): void {
    this.count = 0;
  }
}
