/** Small things that are remembered for a while, and of which there may be only so many. */

/**
 * What is put in last is kept; the oldest goes.
 *
 * @example
 * const memories = new Memories<number>(1);
 * memories.set("a", 1);
 * memories.set("b", 2);
 * memories.get("a"); // undefined
 */
export class Memories<Value> {
  readonly #most: number;
  readonly #map = new Map<string, Value>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Value | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: Value): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size > this.#most) this.#map.delete(this.#map.keys().next().value!);
  }

  delete(key: string): void {
    this.#map.delete(key);
  }
}
