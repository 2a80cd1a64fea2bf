/** Where one may go or not, as people write it: `--allow '*.example.com:443'`, `--deny 10.0.0.0/8`. */

import { LOOPBACK, type Prefix, parsePrefix, UNSPECIFIED, whyNoPrefix } from "../wire/prefix.ts";

export interface Pattern {
  /** As it was written. */
  readonly text: string;
  /** The names it is for; "any" host has a name or none. Undefined where it is for addresses alone. */
  readonly names: Names | "any" | undefined;
  /** The addresses it is for, whatever name led there. */
  readonly prefixes: readonly Prefix[];
  readonly ports: PortRange;
}

export interface Names {
  /** In lower case, without a dot at the end. */
  readonly name: string;
  readonly reach: "itself" | "below" | "both";
}

/** Both ends are in it. */
export type PortRange = readonly [low: number, high: number];

const ANY_PORT: PortRange = [0, 65535];

/**
 * Reads a pattern: `example.com` for that host, `*.example.com` for all below it, `.example.com` for both; `*` for
 * every host; `10.1.2.3`, `10.0.0.0/8`, `::1`, `[::1]`, `fc00::/7` for addresses, whichever name leads there; `localhost` for
 * that name, all below it, and this machine's addresses for itself. Behind each there may be `:port` or `:low-high`
 * (behind IPv6 in brackets only), which may also stand alone. Throws a TypeError of one line where it is none.
 *
 * @example
 * parsePattern("*.Example.com:443").names; // { name: "example.com", reach: "below" }
 * parsePattern("[::1]:8000-8080").ports; // [8000, 8080]
 */
export function parsePattern(text: string): Pattern {
  const refuse = (why: string) => new TypeError(`Cannot read the pattern ${JSON.stringify(text)}: ${why}`);
  if (text === "") throw refuse("it is empty");
  if (/\s/.test(text)) throw refuse("it holds a space");
  if (text.includes("://")) throw refuse("a pattern is a host, not a URL");
  const { host, ports } = splitPorts(text, refuse);
  if (host === "*" || (host === "" && ports !== undefined)) {
    return { text, names: "any", prefixes: [], ports: ports ?? ANY_PORT };
  }
  return { text, ...parseHost(host, text.startsWith("["), refuse), ports: ports ?? ANY_PORT };
}

type Refuse = (why: string) => TypeError;

function splitPorts(text: string, refuse: Refuse): { host: string; ports: PortRange | undefined } {
  if (text.startsWith("[")) {
    const [, host, ports] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
    if (host === undefined) throw refuse('behind "]" there may be ":port" only');
    return { host, ports: ports === undefined ? undefined : parsePorts(ports, refuse) };
  }
  // Without brackets, the colons of an IPv6 address are its own.
  const colon = text.indexOf(":", text.includes("/") ? text.indexOf("/") : 0);
  if (colon < 0 || (!text.includes("/") && text.includes(":", colon + 1))) return { host: text, ports: undefined };
  return { host: text.slice(0, colon), ports: parsePorts(text.slice(colon + 1), refuse) };
}

function parsePorts(text: string, refuse: Refuse): PortRange {
  const [, low, high = low] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const ports: PortRange = [Number(low), Number(high)];
  if (low === undefined || ports[0] > 65535 || ports[1] > 65535) {
    throw refuse(`"${text}" is neither a port, 0 to 65535, nor a range of them like 8000-8080`);
  }
  if (ports[0] > ports[1]) throw refuse(`the ports ${text} end before they begin`);
  return ports;
}

function parseHost(host: string, isBracketed: boolean, refuse: Refuse): Pick<Pattern, "names" | "prefixes"> {
  const prefix = parsePrefix(host);
  if (prefix !== undefined) {
    if (isBracketed && !host.includes(":")) throw refuse("brackets are for IPv6 addresses");
    return { names: undefined, prefixes: [prefix] };
  }
  if (isBracketed || /[:/]/.test(host)) throw refuse(whyNoPrefix(host));
  const reach = host.startsWith("*.") ? "below" : host.startsWith(".") ? "both" : "itself";
  const rest = host.slice({ below: 2, both: 1, itself: 0 }[reach]);
  if (rest.includes("*")) throw refuse('a "*" may stand alone, or at the front as in *.example.com');
  const name = hostName(rest);
  if (name === undefined) {
    throw refuse(
      endsInNumber(rest)
        ? `"${host}" ends in a number, as no name does, and is not an IP address`
        : `"${host}" is not the name of a host`,
    );
  }
  if (name === "localhost" && reach === "itself") return LOCALHOST;
  return { names: { name, reach }, prefixes: [] };
}

/** By 0.0.0.0 and :: one comes to localhost, too. */
const LOCALHOST: Pick<Pattern, "names" | "prefixes"> = {
  names: { name: "localhost", reach: "both" },
  prefixes: [...LOOPBACK, ...UNSPECIFIED],
};

/**
 * The name of a host as it is compared: in lower case, without the dot at its end, in ASCII (RFC 5890). Undefined for
 * what no resolver should take for a name: `127.1` or `0x7f.1`, which some take for addresses, and odd letters.
 *
 * @example
 * hostName("Example.COM."); // "example.com"
 * hostName("2130706433"); // undefined
 */
export function hostName(host: string): string | undefined {
  let name = host.toLowerCase();
  if (name.endsWith(".")) name = name.slice(0, -1);
  if (/[^\0-\x7f]/.test(name)) name = URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : "";
  return name.length <= 253 && NAME.test(name) && !endsInNumber(name) ? name : undefined;
}

const NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/**
 * Whether its last part is a decimal or hexadecimal number: then it is no name, but may be an address in an odd
 * spelling (URL Standard, "ends in a number").
 *
 * @example
 * endsInNumber("0x7f.1"); // true
 */
export function endsInNumber(host: string): boolean {
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(name.slice(name.lastIndexOf(".") + 1));
}
