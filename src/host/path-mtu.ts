/** How large a packet may be on its whole way: what routers have told us (RFC 1191). */

/**
 * Below this nobody's word counts: real networks carry more, and an attacker who could set 68 would have us send ten
 * packets instead of one. Linux has the same number.
 */
export const SMALLEST_PATH_MTU = 552;

/** "Should not be less than 5 minutes … recommended 10" (RFC 1191 §6.3): the way may have changed. */
const AGE = 600_000;

/** How many destinations are remembered. */
const LIMIT = 1024;

/** MTUs that networks have (RFC 1191 §7.1), for routers too old to tell theirs. */
const PLATEAUS = [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, SMALLEST_PATH_MTU];

/**
 * Remembers those destinations only whose path is narrower than the cable.
 *
 * @example
 * const pathMtu = new PathMtu();
 * pathMtu.learn(0x0a000002, 1400, 1500, 0);
 * pathMtu.to(0x0a000002); // 1400
 * pathMtu.to(0x0a000003); // undefined
 */
export class PathMtu {
  /** Oldest first. */
  readonly #known = new Map<number, { mtu: number; until: number }>();
  slot = -1;
  /** Something has changed: who remembers answers must ask again. */
  onChange: (() => void) | undefined;

  to(destination: number): number | undefined {
    return this.#known.get(destination)?.mtu;
  }

  get size(): number {
    return this.#known.size;
  }

  get wakeAt(): number | undefined {
    for (const { until } of this.#known.values()) return until;
    return undefined;
  }

  /**
   * A router could not forward a packet of `length` bytes, since the next network carries only `mtu` (0: it does not
   * say). An MTU is never believed to grow: that is found out after ten minutes, by trying.
   */
  learn(destination: number, mtu: number, length: number, now: number): void {
    const before = this.#known.get(destination)?.mtu ?? Number.POSITIVE_INFINITY;
    const after = believable(mtu, length);
    if (after >= before) return;
    this.#known.delete(destination);
    if (this.#known.size >= LIMIT) for (const oldest of this.#known.keys()) if (this.#known.delete(oldest)) break;
    this.#known.set(destination, { mtu: after, until: now + AGE });
    this.onChange?.();
  }

  tick(now: number): void {
    for (const [destination, { until }] of this.#known) if (until <= now) this.#known.delete(destination);
    this.onChange?.();
  }
}

/**
 * What to make of an MTU that a router has told about a packet of `length` bytes.
 *
 * @example
 * believable(0, 1500); // 1492
 * believable(68, 1500); // 552
 */
export function believable(mtu: number, length: number): number {
  // One that the packet would have fitted into is none (RFC 1191 §5: some routers say nothing, or nonsense).
  const told = mtu > 0 && mtu < length ? mtu : (PLATEAUS.find((plateau) => plateau < length) ?? 0);
  return Math.max(told, SMALLEST_PATH_MTU);
}
