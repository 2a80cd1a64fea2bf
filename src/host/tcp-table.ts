/** Finds a connection by its four-tuple, "a pair of sockets" (RFC 9293 §3.4.1): a hash table of numbers, since this happens with every segment. */

/** What stands in the table: a connection, or what TIME-WAIT has left of one. */
export interface TableEntry {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  /** The next one in the same bucket; the table's own business. */
  following: TableEntry | undefined;
}

const SMALLEST = 64;

/**
 * Buckets of chained entries; twice as many whenever there are more entries than buckets.
 *
 * @example
 * const table = new TcpTable();
 * const entry = { localAddress: 1, localPort: 80, remoteAddress: 2, remotePort: 40_000, following: undefined };
 * table.add(entry);
 * table.find(1, 80, 2, 40_000) === entry; // true
 */
export class TcpTable {
  size = 0;
  #buckets: (TableEntry | undefined)[] = Array.from({ length: SMALLEST }, () => undefined);
  /** Whoever knows it cannot be made to look through one long chain. */
  readonly #salt: number;

  constructor(salt = 0) {
    this.#salt = salt;
  }

  find(localAddress: number, localPort: number, remoteAddress: number, remotePort: number): TableEntry | undefined {
    let entry = this.#buckets[this.#slot(localAddress, localPort, remoteAddress, remotePort)];
    while (entry !== undefined) {
      if (
        entry.remotePort === remotePort &&
        entry.remoteAddress === remoteAddress &&
        entry.localPort === localPort &&
        entry.localAddress === localAddress
      )
        return entry;
      entry = entry.following;
    }
    return undefined;
  }

  add(entry: TableEntry): void {
    if (this.size === this.#buckets.length) this.#grow();
    this.size++;
    this.#put(entry);
  }

  remove(entry: TableEntry): void {
    const slot = this.#slotOf(entry);
    let before: TableEntry | undefined;
    for (let one = this.#buckets[slot]; one !== undefined; before = one, one = one.following) {
      if (one !== entry) continue;
      if (before === undefined) this.#buckets[slot] = entry.following;
      else before.following = entry.following;
      entry.following = undefined;
      this.size--;
      return;
    }
  }

  /** All of them, in no order. */
  *[Symbol.iterator](): Generator<TableEntry> {
    for (const first of this.#buckets) for (let one = first; one !== undefined; one = one.following) yield one;
  }

  #put(entry: TableEntry): void {
    const slot = this.#slotOf(entry);
    entry.following = this.#buckets[slot];
    this.#buckets[slot] = entry;
  }

  #grow(): void {
    const entries = [...this];
    this.#buckets = Array.from({ length: this.#buckets.length * 2 }, () => undefined);
    for (const entry of entries) this.#put(entry);
  }

  #slotOf({ localAddress, localPort, remoteAddress, remotePort }: TableEntry): number {
    return this.#slot(localAddress, localPort, remoteAddress, remotePort);
  }

  #slot(localAddress: number, localPort: number, remoteAddress: number, remotePort: number): number {
    let hash = Math.imul((remoteAddress ^ this.#salt) | 0, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ ((remotePort << 16) | localPort), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 13) ^ localAddress, 0x27d4eb2f);
    return (hash ^ (hash >>> 16)) & (this.#buckets.length - 1);
  }
}
