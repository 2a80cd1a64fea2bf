/**
 * The cache of the textbook: the last part of the proxy lab of "Computer Systems: A Programmer's Perspective", to the
 * letter. It counts bodies, and forgets what was used least recently. RFC 9111 has no say in it.
 */

import type { Fields } from "../http/fields.ts";

/** An answer that came whole. It stays as it is, and can be read by whoever holds it, even when the cache has let go of it. */
export interface KeptAnswer {
  readonly status: number;
  readonly reason: string | undefined;
  readonly fields: Fields;
  /** Undefined where it has none; else bytes that nobody writes into. */
  readonly body: Uint8Array | undefined;
}

export interface TextbookCacheOptions {
  /** Bytes of all bodies together. Default 1 MiB, the course's MAX_CACHE_SIZE. */
  readonly bodies?: number;
  /** Bytes of one body. Default 100 KiB, the course's MAX_OBJECT_SIZE. */
  readonly body?: number;
  /**
   * Bytes of all keys and fields together, with 512 for each answer besides. The course does not count them, but
   * answers without a body are free then, and without end. Default 32 MiB: a megabyte of bodies of 50 bytes fits in.
   */
  readonly heads?: number;
}

/** What an entry costs whatever is in it: a place in the map, a few objects, the buffer around the bytes. */
const ENTRY = 512;

interface Entry {
  readonly answer: KeptAnswer;
  readonly body: number;
  readonly head: number;
}

/**
 * Answers by their URL. A hit makes its answer the last to leave; for a new one as many leave as it takes.
 *
 * @example
 * const cache = new TextbookCache();
 * const answer = { status: 200, reason: undefined, fields: new Fields(), body: utf8("hi") };
 * cache.keep("http://localhost:80/", answer); // true
 * cache.find("http://localhost:80/") === answer; // true
 * cache.size; // 2
 */
export class TextbookCache {
  /** A longer body is not kept. */
  readonly most: number;
  readonly #bodies: number;
  readonly #heads: number;
  /** A Map goes by the order in which things were put in: from the least recently used to the last one used. */
  readonly #entries = new Map<string, Entry>();
  #size = 0;
  #headSize = 0;

  constructor(options: TextbookCacheOptions = {}) {
    const { bodies = 1024 * 1024, body = 100 * 1024, heads = 32 * 1024 * 1024 } = options;
    this.most = Math.min(body, bodies);
    this.#bodies = bodies;
    this.#heads = heads;
  }

  /** How many bytes all bodies have. */
  get size(): number {
    return this.#size;
  }

  /** How many answers there are. */
  get count(): number {
    return this.#entries.size;
  }

  find(key: string): KeptAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.answer;
  }

  /** In place of what was kept under this key. False where it is too large: then that stays. */
  keep(key: string, answer: KeptAnswer): boolean {
    const body = answer.body?.length ?? 0;
    const head = ENTRY + key.length + answer.fields.print().length;
    if (body > this.most || head > this.#heads) return false;
    const former = this.#entries.get(key);
    if (former !== undefined) this.#remove(key, former);
    for (const [oldest, entry] of this.#entries) {
      if (this.#size + body <= this.#bodies && this.#headSize + head <= this.#heads) break;
      this.#remove(oldest, entry);
    }
    this.#entries.set(key, { answer, body, head });
    this.#size += body;
    this.#headSize += head;
    return true;
  }

  #remove(key: string, { body, head }: Entry): void {
    this.#entries.delete(key);
    this.#size -= body;
    this.#headSize -= head;
  }
}
