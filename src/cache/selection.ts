/** Whether a stored response is one of those that a purge means. */

import { originOfKey, type Said } from "./said.ts";
import type { Selection } from "./store.ts";

/**
 * A test for each stored response.
 *
 * @example
 * const means = meaning({ by: "host", host: "localhost" });
 * means({ key: "http://localhost:8080/menu", tags: [], groups: [] }); // true
 */
export function meaning(which: Selection): (said: Pick<Said, "key" | "tags" | "groups">) => boolean {
  switch (which.by) {
    case "everything":
      return () => true;
    case "url":
      return ({ key }) => isOfUrl(key, which.url);
    case "prefix":
      return ({ key }) => key.startsWith(which.prefix);
    case "host": {
      const host = which.host.toLowerCase();
      return ({ key }) => isOfHost(key, host);
    }
    case "tag":
      return ({ tags, groups }) => tags.includes(which.tag) || groups.includes(which.tag);
    case "group":
      return ({ key, groups }) => groups.includes(which.group) && originOfKey(key) === which.origin;
  }
}

/** A key may say more than its URI, behind a space. */
const isOfUrl = (key: string, url: string): boolean =>
  key.startsWith(url) && (key.length === url.length || key[url.length] === " ");

function isOfHost(key: string, host: string): boolean {
  const from = key.indexOf("://") + 3;
  const end = from + host.length;
  return key.startsWith(host, from) && (end === key.length || "/: ".includes(key[end]!));
}
