/** How things are called inside Redis: one name for all variants of a key, one for each piece of content, and the indexes. */

import { originOfKey, type Said } from "../cache/said.ts";
import type { Selection } from "../cache/store.ts";

/**
 * The names under a prefix. Whatever belongs to one URI has it in braces, the "hash tag" by which a cluster puts all of it
 * on the same server, so that one script can change it at once. A brace within a URI does no harm: all its names have it.
 *
 * @example
 * const names = new SharedNames("maitred:");
 * names.variants("http://localhost/"); // "maitred:{http://localhost/}"
 * names.variants("http://localhost/ dark"); // "maitred:{http://localhost/} dark}"
 */
export class SharedNames {
  /** Where purges and changes are announced. */
  readonly channel: string;
  /** Is there when something may have been evicted that was an index. */
  readonly evicted: string;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.channel = `${prefix}news`;
    this.evicted = `${prefix}evicted`;
  }

  /** The hash of a key's variants; all such names end in a brace, and no others do. */
  variants(key: string): string {
    const space = key.indexOf(" ");
    return space < 0 ? `${this.#prefix}{${key}}` : `${this.#prefix}{${key.slice(0, space)}}${key.slice(space)}}`;
  }

  content(key: string, id: string): string {
    return `${this.variants(key)}:${id}`;
  }

  /** The other way round; undefined where it is something else's name. */
  keyOf(name: string): string | undefined {
    if (!name.startsWith(`${this.#prefix}{`) || !name.endsWith("}")) return undefined;
    const inner = name.slice(this.#prefix.length + 1, -1);
    const space = inner.indexOf(" ");
    return space < 0 ? inner : inner.slice(0, space - 1) + inner.slice(space);
  }

  /** The set of a URI's keys that say more than the URI. */
  siblings(url: string): string {
    return `${this.#prefix}{${url}}:keys`;
  }

  /** The sets, anywhere in a cluster, that must name a response's key, so that it is found when it is to be purged. */
  setsOf({ key, tags, groups }: Pick<Said, "key" | "tags" | "groups">): string[] {
    const names = new Set<string>();
    for (const tag of tags) names.add(this.#tag(tag));
    for (const group of groups) {
      names.add(this.#tag(group));
      names.add(this.#group(originOfKey(key), group));
    }
    return [...names];
  }

  /** Such a set for a purge. */
  setOf(which: Selection & { by: "tag" | "group" }): string {
    return which.by === "tag" ? this.#tag(which.tag) : this.#group(which.origin, which.group);
  }

  /** A pattern for the names of all keys that may be meant; it may fit some that are not. */
  patternOf(which: Selection): string {
    switch (which.by) {
      case "prefix":
        return `${escaped(`${this.#prefix}{${which.prefix.replace(" ", "} ")}`)}*}`;
      case "host":
        return `${escaped(`${this.#prefix}{`)}*://${escaped(which.host.toLowerCase())}*}`;
      default:
        return `${escaped(`${this.#prefix}{`)}*}`;
    }
  }

  #tag(tag: string): string {
    return `${this.#prefix}tag:${tag}`;
  }

  #group(origin: string, group: string): string {
    return `${this.#prefix}group:${origin} ${group}`;
  }
}

const escaped = (text: string): string => text.replace(/[*?[\]\\]/g, "\\$&");
