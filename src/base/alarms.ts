/** Alarms in the order in which they are to ring: a heap, so that many of them cost little. */

/** Something that is to happen at a time. */
export interface Timed {
  readonly at: number;
  /** Of those at one time, the one that was added first comes first. Set when it is added. */
  order: number;
  /** Where it stands in the heap; −1 where it is in none. Nobody else's business. */
  slot: number;
}

/**
 * Whoever is in it can be taken out again.
 *
 * @example
 * const alarms = new Alarms<Timed & { name: string }>();
 * const at = (at: number, name: string) => ({ at, name, order: 0, slot: -1 });
 * const b = at(20, "b");
 * for (const alarm of [b, at(10, "a"), at(20, "c")]) alarms.add(alarm);
 * alarms.take()?.name; // "a"
 * alarms.remove(b); // true
 * alarms.first?.name; // "c"
 */
export class Alarms<T extends Timed> {
  readonly #heap: T[] = [];
  #added = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The one that rings next. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  add(alarm: T): void {
    alarm.order = this.#added++;
    this.#up(this.#heap.length, alarm);
  }

  /** The next one, which is no longer in it. */
  take(): T | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Whether it was in it. */
  remove(alarm: T): boolean {
    const { slot } = alarm;
    if (slot < 0) return false;
    alarm.slot = -1;
    const last = this.#heap.pop()!;
    if (last === alarm) return true;
    this.#down(slot, last);
    if (last.slot === slot) this.#up(slot, last);
    return true;
  }

  #up(from: number, alarm: T): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]!;
      if (!isBefore(alarm, parent)) break;
      heap[at] = parent;
      parent.slot = at;
      at = (at - 1) >> 1;
    }
    heap[at] = alarm;
    alarm.slot = at;
  }

  #down(from: number, alarm: T): void {
    const heap = this.#heap;
    let at = from;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      const sibling = heap[child + 1];
      if (sibling !== undefined && isBefore(sibling, heap[child]!)) child += 1;
      const next = heap[child]!;
      if (!isBefore(next, alarm)) break;
      heap[at] = next;
      next.slot = at;
      at = child;
    }
    heap[at] = alarm;
    alarm.slot = at;
  }
}

const isBefore = (a: Timed, b: Timed): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
