/** Host names where a stack of our own carries: those it was given, and those that mean the same everywhere (RFC 6761). */

import { parseAddress } from "../wire/address.ts";
import { readIpv4 } from "../wire/ipv4-number.ts";
import { errorOf } from "./errors.ts";

/** The addresses of a name. Fails with ENOTFOUND. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** As in a machine's own list of hosts: of each name its address, or several. Names are found in whatever case. */
export type Hosts = ReadonlyMap<string, string | readonly string[]>;

/**
 * Resolves names: an IP address is itself; `localhost` and whatever is under it is the loopback, of which there is one:
 * the stack speaks IPv4 alone. What is not among the hosts is looked up where somebody can.
 *
 * @example
 * const resolve = hostsResolver(new Map([["server", "10.0.0.2"]]));
 * await resolve("Server"); // ["10.0.0.2"]
 * await resolve("app.localhost"); // ["127.0.0.1"]
 */
export function hostsResolver(hosts: Hosts, lookup?: Resolve): Resolve {
  return async (host) => {
    if (parseAddress(host) !== undefined) return [host];
    const name = host.toLowerCase().replace(/\.$/, "");
    if (/(^|\.)localhost$/.test(name)) return ["127.0.0.1"];
    const known = hosts.get(name) ?? hosts.get(host);
    if (known !== undefined) return typeof known === "string" ? [known] : known;
    // There is none (RFC 6761 §6.4), nor is there one longer than 253 letters (RFC 1035 §2.3.4).
    const mayBe = !/(^|\.)invalid$/.test(name) && name !== "" && name.length <= 253;
    if (!mayBe || lookup === undefined) throw errorOf("ENOTFOUND", `Cannot find ${host}`);
    return lookup(host);
  };
}

/**
 * The addresses of a host as numbers, those of IPv4 only. Fails with ENOTFOUND, or EAFNOSUPPORT where it has others only.
 *
 * @internal
 */
export async function ipv4Of(resolve: Resolve, host: string, what: string): Promise<readonly number[]> {
  const own = readIpv4(host);
  if (own !== undefined) return [own];
  const all = await resolve(host);
  const numbers = all.map(readIpv4).filter((address) => address !== undefined);
  if (numbers.length === 0) throw errorOf("EAFNOSUPPORT", what);
  return numbers;
}
