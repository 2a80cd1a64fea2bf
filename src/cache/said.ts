/** What a cache remembers of an exchange, besides content: what was said, when, and in answer to what (RFC 9111 §3). */

/** Request fields that Vary names, with their values as they are compared; undefined where one was absent (§4.1). */
export type Selecting = readonly (readonly [name: string, value: string | undefined])[];

/** Plain data: a store may write it down, and read it after a restart. Times are in milliseconds since 1970 UTC. */
export interface Said {
  /** The cache key: the target URI, and perhaps a space and more (§2). */
  readonly key: string;
  readonly status: number;
  /** The reason phrase, where it is not the usual one. */
  readonly reason?: string | undefined;
  /** The field lines that may be sent again, each with its CRLF: without those that §3.1 excepts, and without Age. */
  readonly lines: string;
  /**
   * When the request went out, and when the head of its answer was there (§4.2.3). The former is earlier by what Age
   * said, since that is added to the time between the two.
   */
  readonly requestTime: number;
  readonly responseTime: number;
  /** Empty where there is no Vary. */
  readonly selecting: Selecting;
  /** By which it can be purged: Surrogate-Key, Cache-Tag. */
  readonly tags: readonly string[];
  /** By which its own origin may invalidate it: Cache-Groups (RFC 9875). */
  readonly groups: readonly string[];
  /** Must be validated before it is used again: invalidated by an unsafe request (§4.4), or purged softly. */
  readonly isInvalid: boolean;
  /** Whether the request bore an Authorization field (§3.5). */
  readonly isAuthorized: boolean;
}

/**
 * The origin of the target URI in a key: scheme, host and port.
 *
 * @example
 * originOfKey("http://localhost:8080/menu?today"); // "http://localhost:8080"
 */
export function originOfKey(key: string): string {
  const slash = key.indexOf("/", key.indexOf("://") + 3);
  return slash < 0 ? key : key.slice(0, slash);
}

/**
 * What was said, as plain data: a stored response may be an object with a life of its own, of which only this is wanted.
 *
 * @example
 * saidOf(stored).status; // 200
 */
export function saidOf(stored: Said): Said {
  const { key, status, reason, lines, requestTime, responseTime, selecting, tags, groups, isInvalid, isAuthorized } =
    stored;
  return { key, status, reason, lines, requestTime, responseTime, selecting, tags, groups, isInvalid, isAuthorized };
}
