/** Who may go where: by name and port before anything is asked of the network, by address once a name has one. */

import { type Clock, realClock } from "../base/clock.ts";
import { hostOf } from "../http/target.ts";
import { printAddress } from "../socket/socket.ts";
import type { Handler } from "../web/handler.ts";
import { embeddedIpv4, type IpAddress, parseAddress, printIp, unmapped } from "../wire/address.ts";
import { isAmong, LINK_LOCAL, LOOPBACK, UNSPECIFIED } from "../wire/prefix.ts";
import { hostName, type Pattern, type PortRange } from "./destination-pattern.ts";
import { KnownAddresses, type Resolve } from "./known-addresses.ts";
import { PatternList } from "./pattern-list.ts";

/** Each says for people why one may not go there; undefined where one may. */
export interface Destinations {
  /** Before anything is resolved or taken from a pool. A name may still turn out to lead where one may not go. */
  judgeName(host: string, port: number): string | undefined;
  /** For each address that the name resolved to, as `DialOptions.judge` wants it. */
  judge(host: string, port: number, address: string): string | undefined;
  /** Whether CONNECT may go to this port. */
  judgeTunnel(port: number): string | undefined;
  /**
   * To be awaited before the host is judged. Undefined, as nearly always, where there is nothing to wait for: only
   * who writes an address, while names are denied, waits until it is known which addresses these names have. Never fails.
   */
  prepare(host: string): Promise<void> | undefined;
}

export interface DestinationOptions {
  /** Where one may go; without any, everywhere. */
  readonly allow?: readonly Pattern[];
  /** Where one may not go, whatever is allowed. */
  readonly deny?: readonly Pattern[];
  /** Where CONNECT may go. Default 443. */
  readonly connectPorts?: readonly (number | PortRange)[];
  /**
   * Keeps this machine and its link-local neighbours (where clouds have their secrets) to itself, but for addresses and
   * `localhost` in `allow`. For a proxy that others can reach. Default false.
   */
  readonly guardsInside?: boolean;
  /** Finds the addresses of denied names. Without it a denied name can be reached by its address. */
  readonly resolve?: Resolve;
  readonly clock?: Clock;
}

/**
 * The rules, made into a judge. What is denied stays denied, whatever is allowed; where anything is allowed, nothing else
 * is. A name that is allowed must not lead inside (loopback, unspecified, link-local), unless that address is allowed, too:
 * who owns the name decides where it leads.
 *
 * A denied name is denied by its addresses as well. Another name for the same address is another name: who means the
 * machine, and not the name, denies the address.
 *
 * @example
 * const judge = destinations({ deny: [parsePattern("10.0.0.0/8")] });
 * judge.judge("intranet", 80, "10.0.0.5"); // '"intranet" leads to 10.0.0.5, which is denied (--deny 10.0.0.0/8)'
 */
export function destinations(options: DestinationOptions = {}): Destinations {
  const { allow = [], deny = [], connectPorts = [443], guardsInside = false } = options;
  const judgeTunnel = tunnelJudge(connectPorts.map((port) => (typeof port === "number" ? [port, port] : port)));
  if (allow.length + deny.length === 0 && !guardsInside) {
    return { judgeName: anywhere, judge: anywhere, judgeTunnel, prepare: anywhere };
  }
  return new Rules({ ...options, allow, deny, guardsInside }, judgeTunnel);
}

const anywhere = (): undefined => undefined;

/**
 * A handler that prepares the judge for each request before another handler asks it. Where nothing ever needs
 * preparing, it is that handler itself.
 *
 * @example
 * prepared(handler, destinations()) === handler; // true
 */
export function prepared(handler: Handler, { prepare }: Pick<Destinations, "prepare">): Handler {
  if (prepare === anywhere) return handler;
  return (request, exchange) => {
    const authority = request.method === "CONNECT" ? request.target : hostOf(request);
    const wait = authority === undefined ? undefined : prepare(authority.replace(/:\d*$/, ""));
    return wait === undefined ? handler(request, exchange) : wait.then(() => handler(request, exchange));
  };
}

function tunnelJudge(ranges: readonly PortRange[]): (port: number) => string | undefined {
  const listed = ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(", ");
  const where = ranges.length === 0 ? "no port" : `port${/\D/.test(listed) ? "s" : ""} ${listed} only`;
  return (port) =>
    ranges.some(([low, high]) => port >= low && port <= high)
      ? undefined
      : `CONNECT may go to ${where} (--connect-port ${port} allows another)`;
}

class Rules implements Destinations {
  readonly judgeTunnel: Destinations["judgeTunnel"];
  readonly prepare: Destinations["prepare"];
  readonly #allow: PatternList;
  readonly #deny: PatternList;
  readonly #guardsInside: boolean;
  readonly #known: KnownAddresses | undefined;
  #lastHost: string | undefined;
  #lastPort = 0;
  #lastVerdict: string | undefined;

  constructor(
    options: DestinationOptions & Required<Pick<DestinationOptions, "allow" | "deny" | "guardsInside">>,
    judgeTunnel: Destinations["judgeTunnel"],
  ) {
    const { allow, deny, guardsInside, resolve, clock = realClock } = options;
    this.#allow = new PatternList(allow);
    this.#deny = new PatternList(deny);
    this.#guardsInside = guardsInside;
    this.judgeTunnel = judgeTunnel;
    const names = [...new Set(deny.flatMap(resolvable))];
    const known = names.length > 0 && resolve !== undefined ? new KnownAddresses(names, resolve, clock) : undefined;
    this.#known = known;
    this.prepare =
      known === undefined ? anywhere : (host) => (hostName(host) === undefined ? known.refresh() : undefined);
  }

  judgeName(host: string, port: number): string | undefined {
    // Nearly every request is for the host that the one before it was for.
    if (host === this.#lastHost && port === this.#lastPort) return this.#lastVerdict;
    const name = hostName(host);
    if (name === undefined) {
      const address = literal(host);
      // Not remembered, since the addresses of denied names change.
      if (address === undefined) return this.#judgeHost(host, undefined, port);
      return this.#judgeAddress(host.replace(/[[\]]/g, ""), port, address);
    }
    this.#lastVerdict = this.#judgeHost(host, name, port);
    this.#lastHost = host;
    this.#lastPort = port;
    return this.#lastVerdict;
  }

  judge(host: string, port: number, address: string): string | undefined {
    const bytes = parseAddress(address);
    if (bytes === undefined) return `"${host}" leads to "${address}", which is no IP address`;
    return this.#deniedName(host, hostName(host), port) ?? this.#judgeAddress(host, port, bytes);
  }

  #judgeHost(host: string, name: string | undefined, port: number): string | undefined {
    const denied = this.#deniedName(host, name, port);
    if (denied !== undefined || this.#allow.isEmpty || this.#isAllowed(name, port)) return denied;
    // Then it depends on what the name leads to.
    return this.#allow.hasAddresses(port) ? undefined : notAllowed(host, port);
  }

  #deniedName(host: string, name: string | undefined, port: number): string | undefined {
    // A name in disguise gets no further, whoever would see through it behind us; it gets nothing allowed.
    const suspected = name ?? hostName(undisguised(host));
    const pattern =
      this.#deny.forAny(port) ?? (suspected === undefined ? undefined : this.#deny.forName(suspected, port));
    return pattern && `"${host}" is denied (--deny ${pattern.text})`;
  }

  /** An odd spelling, `127.1` or `%31`, has no name: only what is for every host, or for its address, allows it. */
  #isAllowed(name: string | undefined, port: number): boolean {
    if (this.#allow.forAny(port) !== undefined) return true;
    return name !== undefined && this.#allow.forName(name, port) !== undefined;
  }

  #judgeAddress(host: string, port: number, address: IpAddress): string | undefined {
    const ways = waysOf(address);
    const denied = this.#deniedAddress(host, port, ways);
    if (denied !== undefined) return denied;
    const inside = ways.filter(isInside);
    if (inside.length > 0) return this.#judgeInside(host, port, inside);
    if (this.#allow.isEmpty || this.#isAllowed(hostName(host), port)) return undefined;
    return this.#allow.forAddress(address, port) === undefined ? notAllowed(host, port) : undefined;
  }

  #deniedAddress(host: string, port: number, ways: readonly IpAddress[]): string | undefined {
    const any = this.#deny.forAny(port);
    if (any !== undefined) return `"${host}" is denied (--deny ${any.text})`;
    for (const way of ways.flatMap(withLoopback)) {
      const pattern = this.#deny.forAddress(way, port);
      if (pattern !== undefined) return `${leadsTo(host, way, "which is denied")} (--deny ${pattern.text})`;
    }
    return hostName(host) === undefined ? this.#deniedNamesake(host, port, ways) : undefined;
  }

  /** Whoever writes an address, in whatever spelling, may mean one of a denied name's. */
  #deniedNamesake(host: string, port: number, ways: readonly IpAddress[]): string | undefined {
    const isDenied = (name: string): boolean => this.#deny.forName(name, port) !== undefined;
    for (const way of ways) {
      const name = this.#known?.nameAt(way, isDenied);
      if (name !== undefined) return `"${host}" is where "${name}" is, which is denied (--deny ${name})`;
    }
    const unknown = this.#known?.unknown(isDenied);
    return unknown && `"${host}" may be where "${unknown}" is, which is denied, and no name server has said so far`;
  }

  #judgeInside(host: string, port: number, inside: readonly IpAddress[]): string | undefined {
    const closed = inside.find((way) => this.#allow.forAddress(way, port) === undefined);
    if (closed === undefined) return undefined;
    const isOpen = !this.#guardsInside && (this.#allow.isEmpty || this.#allow.forAny(port) !== undefined);
    if (isOpen) return undefined;
    const where = isAmong(LINK_LOCAL, closed) ? "a link-local address" : "inside this machine";
    return `${leadsTo(host, closed, where)} (--allow ${printIp(closed)} allows it)`;
  }
}

/** Below a name there may be any number of names; nobody can ask for all of them. `localhost` has its addresses with it. */
function resolvable({ names, prefixes }: Pattern): string[] {
  const isOne = names !== undefined && names !== "any" && names.reach !== "below" && prefixes.length === 0;
  return isOne ? [names.name] : [];
}

/** An IP address as it stands in a URL: IPv6 in brackets. */
function literal(host: string): IpAddress | undefined {
  return parseAddress(host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host);
}

/** Decoded, and without any dots at its end. */
function undisguised(host: string): string {
  const decoded = host.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  let end = decoded.length;
  while (decoded[end - 1] === ".") end--;
  return decoded.slice(0, end);
}

/** The address, and the one that packets for it may go to in the end. */
function waysOf(address: IpAddress): IpAddress[] {
  const plain = unmapped(address);
  const ipv4 = embeddedIpv4(plain);
  return ipv4 === undefined ? [plain] : [plain, ipv4];
}

/** By 0.0.0.0 one gets where 127.0.0.1 leads. */
function withLoopback(address: IpAddress): IpAddress[] {
  if (!isAmong(UNSPECIFIED, address)) return [address];
  return [address, parseAddress(address.length === 4 ? "127.0.0.1" : "::1")!];
}

const INSIDE = [...LOOPBACK, ...UNSPECIFIED, ...LINK_LOCAL];

const isInside = (address: IpAddress): boolean => isAmong(INSIDE, address);

/** `"10.0.0.5" is denied`, but `"intranet" leads to 10.0.0.5, which is denied`. */
function leadsTo(host: string, address: IpAddress, what: string): string {
  const itself = literal(host);
  if (itself !== undefined && printIp(itself) === printIp(address))
    return `"${host}" is ${what.replace("which is ", "")}`;
  return `"${host}" leads to ${printIp(address)}, ${what}`;
}

const notAllowed = (host: string, port: number): string =>
  `"${host}" is not allowed at port ${port} (--allow ${printAddress({ host, port })} allows it)`;
