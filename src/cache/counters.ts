/** What a cache has done since it began: plain numbers, counted where it happens and read when somebody asks. */

export interface CacheCounters {
  /** Answered from what is stored, and fresh. */
  hits: number;
  /** Answered from what is stored, though stale: while it is asked about, or since nobody could be asked. */
  stale: number;
  /** Asked about, and still good. */
  revalidated: number;
  /** Asked for. */
  misses: number;
  /** Not the cache's business: methods, and what it is told to leave alone. */
  bypassed: number;
  /** Answered by a request that another had made. */
  collapsed: number;
  /** Put into the store. */
  stored: number;
  /** Made invalid by what went through (RFC 9111 §4.4). */
  invalidated: number;
  /** Purged, by who runs the cache. */
  purged: number;
  /** Bytes of content that came from the store, and not over the network. */
  bytesSaved: number;
  /** Bytes of content that came from servers. */
  bytesFetched: number;
}

/**
 * All at naught.
 *
 * @example
 * const counters = newCounters();
 * counters.hits; // 0
 */
export const newCounters = (): CacheCounters => ({
  hits: 0,
  stale: 0,
  revalidated: 0,
  misses: 0,
  bypassed: 0,
  collapsed: 0,
  stored: 0,
  invalidated: 0,
  purged: 0,
  bytesSaved: 0,
  bytesFetched: 0,
});
