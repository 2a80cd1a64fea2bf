/** Many patterns, and which of them is for a name or an address: names are looked up, however many there are. */

import type { IpAddress } from "../wire/address.ts";
import { isAmong } from "../wire/prefix.ts";
import type { Pattern } from "./destination-pattern.ts";

/**
 * Finds the pattern that is for a host and port, and says which one it was.
 *
 * @example
 * const list = new PatternList([parsePattern("*.example.com:443"), parsePattern("10.0.0.0/8")]);
 * list.forName("www.example.com", 443)?.text; // "*.example.com:443"
 */
export class PatternList {
  readonly isEmpty: boolean;
  readonly #any: Pattern[] = [];
  readonly #themselves = new Map<string, Pattern[]>();
  readonly #below = new Map<string, Pattern[]>();
  readonly #addresses: Pattern[];

  constructor(patterns: readonly Pattern[]) {
    this.isEmpty = patterns.length === 0;
    this.#addresses = patterns.filter(({ prefixes }) => prefixes.length > 0);
    for (const pattern of patterns) {
      const { names } = pattern;
      if (names === "any") this.#any.push(pattern);
      else if (names !== undefined) {
        if (names.reach !== "below") put(this.#themselves, names.name, pattern);
        if (names.reach !== "itself") put(this.#below, names.name, pattern);
      }
    }
  }

  /** One for every host. */
  forAny(port: number): Pattern | undefined {
    return atPort(this.#any, port);
  }

  /** One for this name; a name as `hostName` has it. */
  forName(name: string, port: number): Pattern | undefined {
    const pattern = atPort(this.#themselves.get(name), port);
    if (pattern !== undefined || this.#below.size === 0) return pattern;
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      const found = atPort(this.#below.get(name.slice(dot + 1)), port);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** One whose networks hold the address. */
  forAddress(address: IpAddress, port: number): Pattern | undefined {
    return this.#addresses.find((pattern) => hasPort(pattern, port) && isAmong(pattern.prefixes, address));
  }

  /** Whether it may depend on an address. */
  hasAddresses(port: number): boolean {
    return atPort(this.#addresses, port) !== undefined;
  }
}

function put(map: Map<string, Pattern[]>, name: string, pattern: Pattern): void {
  const patterns = map.get(name);
  if (patterns === undefined) map.set(name, [pattern]);
  else patterns.push(pattern);
}

function atPort(patterns: readonly Pattern[] | undefined, port: number): Pattern | undefined {
  return patterns?.find((pattern) => hasPort(pattern, port));
}

const hasPort = ({ ports }: Pattern, port: number): boolean => port >= ports[0] && port <= ports[1];
