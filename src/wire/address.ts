/** IP addresses: as bytes, the way they stand in a packet, and as text (RFC 791, RFC 4291 §2.2, RFC 5952). */

/** Four bytes, or sixteen. */
export type IpAddress = Uint8Array;

/**
 * Four decimal numbers and nothing else: `127.1` and `0177.0.0.1` are addresses to some resolvers, not here.
 *
 * @example
 * parseIpv4("10.0.0.1"); // Uint8Array [10, 0, 0, 1]
 */
export function parseIpv4(text: string): IpAddress | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  const bytes = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit === DOT) {
      if (digits === 0 || part === 3) return undefined;
      bytes[part++] = value;
      digits = value = 0;
    } else {
      // A zero in front means octal to some, so what is meant is unclear (RFC 6943 §3.1.1).
      if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + digit;
      digits += 1;
      if (value > 255) return undefined;
    }
  }
  if (digits === 0 || part !== 3) return undefined;
  bytes[3] = value;
  return bytes;
}

/** "." as seen from "0". */
const DOT = 0x2e - 0x30;

/**
 * Eight groups, `::` for those that are zero, the last two also as an IPv4 address. A zone (`%eth0`) is none of it.
 *
 * @example
 * parseIpv6("::ffff:10.0.0.1")?.length; // 16
 */
export function parseIpv6(text: string): IpAddress | undefined {
  // The longest has six groups and an IPv4 address.
  if (text.length < 2 || text.length > 45) return undefined;
  const bytes = new Uint8Array(16);
  const gap = text.indexOf("::");
  if (gap < 0) return putGroups(text, bytes) === 16 ? bytes : undefined;
  const tail = new Uint8Array(16);
  const before = gap === 0 ? 0 : putGroups(text.slice(0, gap), bytes);
  const behind = gap === text.length - 2 ? 0 : putGroups(text.slice(gap + 2), tail);
  // An IPv4 address stands at the end only, and the gap is a group at least.
  if (before === undefined || behind === undefined || before + behind > 14) return undefined;
  if (text.lastIndexOf(".", gap) >= 0) return undefined;
  bytes.set(tail.subarray(0, behind), 16 - behind);
  return bytes;
}

/** Says how many bytes were put; undefined where something else stands among the groups, or more than there is room for. */
function putGroups(text: string, bytes: Uint8Array): number | undefined {
  let at = 0;
  for (let start = 0; start <= text.length; ) {
    const colon = text.indexOf(":", start);
    const end = colon < 0 ? text.length : colon;
    const group = text.slice(start, end);
    if (colon < 0 && group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined || at > 12) return undefined;
      bytes.set(ipv4, at);
      return at + 4;
    }
    if (at === 16 || !/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes[at++] = value >> 8;
    bytes[at++] = value & 0xff;
    start = end + 1;
  }
  return at;
}

/**
 * An address of either kind. A zone goes: it says by which interface a link-local address is reached, not which one it is.
 *
 * @example
 * parseAddress("::1"); // Uint8Array [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
 * parseAddress("localhost"); // undefined
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const zone = text.indexOf("%");
  if (zone < 0) return parseIpv6(text);
  return zone === text.length - 1 ? undefined : parseIpv6(text.slice(0, zone));
}

/**
 * As text, in the one spelling that RFC 5952 leaves.
 *
 * @example
 * printIp(Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1)); // "2001:db8::1:0:0:1"
 */
export function printIp(address: IpAddress): string {
  if (address.length === 4) return address.join(".");
  if (startsWith(address, MAPPED)) return `::ffff:${address.subarray(12).join(".")}`;
  const groups = Array.from({ length: 8 }, (_, i) => (address[2 * i]! << 8) | address[2 * i + 1]!);
  const { start, end } = longestGap(groups);
  const print = (from: number, to?: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return start === end ? print(0) : `${print(0, start)}::${print(end)}`;
}

/** The longest run of zero groups, of equals the first; "::" must not stand for one alone (RFC 5952 §4.2). */
function longestGap(groups: readonly number[]): { start: number; end: number } {
  let longest = { start: 0, end: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > Math.max(1, longest.end - longest.start)) longest = { start, end };
  }
  return longest;
}

const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

function startsWith(address: IpAddress, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (address[i] !== start[i]) return false;
  return true;
}

/**
 * The IPv4 address that an IPv4-mapped one stands for (`::ffff:0:0/96`, RFC 4291 §2.5.5.2): to the system they are
 * the same. Any other is itself.
 *
 * @example
 * printIp(unmapped(parseAddress("::ffff:10.0.0.1")!)); // "10.0.0.1"
 */
export function unmapped(address: IpAddress): IpAddress {
  return address.length === 16 && startsWith(address, MAPPED) ? address.subarray(12) : address;
}

const LOW = new Uint8Array(15);

/** Where in an IPv6 address there is an IPv4 one: behind which bytes. */
const EMBEDDINGS: readonly Uint8Array[] = [
  MAPPED,
  // IPv4-compatible, long deprecated (RFC 4291 §2.5.5.1).
  new Uint8Array(12),
  // IPv4-translated (RFC 2765).
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0),
  // NAT64 (RFC 6052).
  Uint8Array.of(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0),
  // 6to4 (RFC 3056): what is behind the address is within its site.
  Uint8Array.of(0x20, 0x02),
];

/**
 * The IPv4 address to which packets for an IPv6 address may go in the end, however it is wrapped: IPv4-mapped,
 * -compatible, -translated, NAT64's `64:ff9b::/96`, 6to4. Undefined where there is none in it. A NAT64 gateway with a
 * prefix of its own (RFC 8215), and Teredo, cannot be told from here.
 *
 * @example
 * embeddedIpv4(parseAddress("2002:a00:1::1")!); // Uint8Array [10, 0, 0, 1]
 */
export function embeddedIpv4(address: IpAddress): IpAddress | undefined {
  if (address.length === 4) return undefined;
  // "::" and "::1" are addresses of their own.
  if (startsWith(address, LOW)) return undefined;
  const start = EMBEDDINGS.find((start) => startsWith(address, start))?.length;
  return start === undefined ? undefined : address.subarray(start, start + 4);
}
