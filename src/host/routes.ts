/** Which way? The route with the longest prefix that fits (RFC 1122 §3.3.1, RFC 1812 §5.2.4.3). */

import { ipv4Number, printIpv4 } from "../wire/ipv4-number.ts";
import { type Prefix, printPrefix } from "../wire/prefix.ts";

export interface Route<I> {
  readonly prefix: Prefix;
  /** The router to hand packets to; undefined: the destination is on the interface's own cable. */
  readonly via: number | undefined;
  readonly interface: I;
}

export interface NewRoute<I> {
  readonly prefix: Prefix;
  readonly via?: number | undefined;
  readonly interface: I;
}

/**
 * A table for each length of prefix; of several routes with the same prefix the first counts, until it is found dead.
 *
 * @example
 * const routes = new Routes<string>();
 * routes.add({ prefix: parsePrefix("0.0.0.0/0")!, via: 0x0a0000fe, interface: "a" });
 * routes.add({ prefix: parsePrefix("10.0.0.0/24")!, interface: "b" });
 * routes.to(0x0a000007)?.interface; // "b"
 * routes.to(0x08080808)?.interface; // "a"
 */
export class Routes<I> {
  /** Something has changed: who remembers answers must ask again. */
  onChange: (() => void) | undefined;
  /** By length of prefix; those without routes are not there, and the longest is first. */
  #tables: { length: number; mask: number; routes: Map<number, Route<I>[]> }[] = [];

  add({ prefix, via, interface: through }: NewRoute<I>): Route<I> {
    const route: Route<I> = { prefix, via, interface: through };
    const { routes, mask } = this.#table(prefix.length);
    // As a signed number, which needs no memory of its own.
    const key = ipv4Number(prefix.address) & mask;
    const others = routes.get(key);
    if (others === undefined) routes.set(key, [route]);
    else others.push(route);
    this.onChange?.();
    return route;
  }

  /** Whether it was there. */
  remove(route: Route<I>): boolean {
    const table = this.#tables.find(({ length }) => length === route.prefix.length);
    const key = ipv4Number(route.prefix.address) & (table?.mask ?? 0);
    const same = table?.routes.get(key);
    const at = same?.indexOf(route) ?? -1;
    if (table === undefined || same === undefined || at < 0) return false;
    same.splice(at, 1);
    if (same.length === 0) table.routes.delete(key);
    if (table.routes.size === 0) this.#tables.splice(this.#tables.indexOf(table), 1);
    this.onChange?.();
    return true;
  }

  to(destination: number): Route<I> | undefined {
    const tables = this.#tables;
    for (let i = 0; i < tables.length; i++) {
      const { mask, routes } = tables[i]!;
      const found = routes.get(destination & mask);
      if (found !== undefined) return found[0];
    }
    return undefined;
  }

  /** That router is silent: where there is another one for the same prefix, it is that one's turn (RFC 1122 §3.3.1.5). */
  demote(via: number): void {
    for (const { routes } of this.#tables) {
      for (const same of routes.values()) {
        if (same.length < 2 || same[0]!.via !== via) continue;
        same.push(same.shift()!);
        this.onChange?.();
      }
    }
  }

  [Symbol.iterator](): Iterator<Route<I>> {
    return this.#tables.flatMap(({ routes }) => [...routes.values()].flat())[Symbol.iterator]();
  }

  #table(length: number): { mask: number; routes: Map<number, Route<I>[]> } {
    const there = this.#tables.find((table) => table.length === length);
    if (there !== undefined) return there;
    const table = { length, mask: length === 0 ? 0 : -1 << (32 - length), routes: new Map<number, Route<I>[]>() };
    this.#tables = [...this.#tables, table].sort((a, b) => b.length - a.length);
    return table;
  }
}

/**
 * As people write it.
 *
 * @example
 * printRoute({ prefix: parsePrefix("0.0.0.0/0")!, via: 0x0a0000fe, interface: { name: "eth0" } }); // "0.0.0.0/0 via 10.0.0.254 eth0"
 */
export function printRoute({ prefix, via, interface: through }: Route<{ readonly name: string }>): string {
  return `${printPrefix(prefix)}${via === undefined ? "" : ` via ${printIpv4(via)}`} ${through.name}`;
}
