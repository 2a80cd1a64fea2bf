/** What a request that changes something makes invalid (RFC 9111 §4.4, RFC 9875). */

import type { Fields } from "../http/fields.ts";
import { isSafe } from "../http/methods.ts";
import { CacheKeys } from "./key.ts";
import { originOfKey } from "./said.ts";
import type { Selection } from "./store.ts";
import { resolved } from "./storing.ts";
import { stringsIn } from "./structured.ts";

const PLAIN_KEYS = new CacheKeys();

/**
 * Whose stored responses are no longer to be used unasked, once this method was answered so: the target URI, those of
 * Location and Content-Location where they are of the same origin, and the groups that the response names. None where
 * the method is safe, or the response is an error. `keys`: those by which they are stored.
 *
 * @example
 * const fields = Fields.of({ Location: "/b", "Content-Location": "http://other.example/" });
 * invalidatedBy("POST", "http://localhost/a", 201, fields);
 * // [{ by: "url", url: "http://localhost/a" }, { by: "url", url: "http://localhost/b" }]
 */
export function invalidatedBy(
  method: string,
  uri: string,
  status: number,
  fields: Fields,
  keys: Pick<CacheKeys, "inKey"> = PLAIN_KEYS,
): readonly Selection[] {
  // 'A "non-error response" is one with a 2xx (Successful) or 3xx (Redirection) status code.'
  if (isSafe(method) || status < 200 || status >= 400) return [];
  const target = keys.inKey(uri) ?? uri;
  const urls = new Set([target]);
  for (const name of ["location", "content-location"]) {
    const reference = fields.get(name);
    const other = reference === undefined ? undefined : resolved(reference, uri);
    // "a cache MUST NOT trigger an invalidation … if the origin … differs": else one site could empty another's cache.
    if (other !== undefined && originOfKey(other) === originOfKey(uri)) urls.add(keys.inKey(other) ?? other);
  }
  const groups = new Set(stringsIn(fields.get("cache-group-invalidation")));
  return [
    ...[...urls].map((url) => ({ by: "url", url }) as const),
    ...[...groups].map((group) => ({ by: "group", group, origin: originOfKey(target) }) as const),
  ];
}
