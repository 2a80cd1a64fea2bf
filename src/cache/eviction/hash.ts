/** A number for a key: the same one whenever it comes, and one that nobody can tell who does not know the seed. */

/**
 * 32 bits, signed, as V8 keeps them without a box. For policies of eviction, which may mistake two keys for one another.
 *
 * @example
 * hashOf("http://localhost/", 7) === hashOf("http://localhost/", 7); // true
 * hashOf("http://localhost/", 7) === hashOf("http://localhost/", 8); // false
 */
export function hashOf(key: string, seed: number): number {
  let hash = seed ^ key.length;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
