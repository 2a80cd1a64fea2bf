/** What stands behind a flag, read: ports, numbers, times, sizes, addresses. Each refuses in one line what it cannot read. */

import { parseDuration } from "../base/duration.ts";
import { isToken } from "../http/grammar.ts";
import type { Address, InternetAddress } from "../socket/socket.ts";
import { type Prefix, parsePrefix, whyNoPrefix } from "../wire/prefix.ts";
import { didYouMean } from "./nearest.ts";
import { Refusal } from "./refusal.ts";

/**
 * A port, 0 to 65535; 0 leaves the choice to the system.
 *
 * @example
 * port("8080"); // 8080
 */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) {
    throw new Refusal(`Cannot use the port "${text}": it is not a number from 0 to 65535`);
  }
  return Number(text);
}

/**
 * A whole number above 0, for the flag of that name.
 *
 * @example
 * count("--cgi-limit")("8"); // 8
 */
export const count =
  (flag: string) =>
  (text: string): number => {
    if (!/^\d{1,9}$/.test(text) || Number(text) === 0) {
      throw new Refusal(`Cannot use ${flag} "${text}": it is not a whole number above 0`);
    }
    return Number(text);
  };

/**
 * A time for the flag of that name, in milliseconds: seconds where nothing else is said.
 *
 * @example
 * duration("--grace")("90"); // 90000
 * duration("--grace")("1.5m"); // 90000
 */
export const duration =
  (flag: string) =>
  (text: string): number => {
    const ms = parseDuration(/\d$/.test(text) ? `${text}s` : text);
    if (ms !== undefined) return ms;
    throw new Refusal(`Cannot use ${flag} "${text}": it is not a time like 10, 1.5s, 500ms or 2m`);
  };

/**
 * A size for the flag of that name, in bytes: K, M, G and T are powers of 1024, whether B or iB follows or not.
 *
 * @example
 * size("--memory")("256M"); // 268435456
 * size("--memory")("1.5 KiB"); // 1536
 */
export const size =
  (flag: string) =>
  (text: string): number => {
    const [, digits, unit = ""] = /^(\d{1,16}(?:\.\d{1,6})?) ?(?:([kmgt])(?:i?b)?|b)?$/i.exec(text) ?? [];
    const bytes = Math.floor(Number(digits) * 1024 ** " KMGT".indexOf(unit.toUpperCase() || " "));
    if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
    throw new Refusal(`Cannot use ${flag} "${text}": it is not a size like 1048576, 64K, 256M or 1.5G`);
  };

/**
 * One of a few words, for the flag of that name.
 *
 * @example
 * oneOf("--log", ["json", "none"])("json"); // "json"
 */
export const oneOf =
  <Word extends string>(flag: string, words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((word) => word === text);
    if (word !== undefined) return word;
    throw new Refusal(`Cannot use ${flag} "${text}": it is none of ${words.join(", ")}${didYouMean(text, words)}`);
  };

/**
 * Where to connect to, as people write it: `localhost:7`, `[::1]:7`.
 *
 * @example
 * hostAndPort("[::1]:7"); // { host: "::1", port: 7 }
 */
export function hostAndPort(text: string): InternetAddress {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text);
  if (parts === null) throw new Refusal(`Cannot connect to "${text}": it is not written host:port`);
  return { host: parts[1] ?? parts[2]!, port: port(parts[3]!) };
}

/**
 * For a flag that may come several times: all that was said, in order.
 *
 * @example
 * several("b", ["a"]); // ["a", "b"]
 */
export const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/**
 * The same for words that mean something else than they say.
 *
 * @example
 * severalOf(port)("81", [80]); // [80, 81]
 */
export const severalOf =
  <Value>(read: (text: string) => Value) =>
  (text: string, before: readonly Value[] = []): readonly Value[] => [...before, read(text)];

/**
 * A port, or two with all between them, for the flag of that name.
 *
 * @example
 * portRange("--connect-port")("8000-8099"); // [8000, 8099]
 */
export const portRange =
  (flag: string) =>
  (text: string): readonly [number, number] => {
    const [, low = "", high = low] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
    if (low === "" || Number(low) < 1 || Number(high) < Number(low) || Number(high) > 65535) {
      throw new Refusal(`Cannot use ${flag} "${text}": it is neither a port nor two like 8000-8099`);
    }
    return [Number(low), Number(high)];
  };

/**
 * A network, or one address, for the flag of that name.
 *
 * @example
 * network("--host")("10.0.0.0/8").length; // 8
 */
export const network =
  (flag: string) =>
  (text: string): Prefix => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) throw new Refusal(`Cannot use ${flag} "${text}": ${whyNoPrefix(text)}`);
    return prefix;
  };

/**
 * The name of a proxy: a token, as Via wants it.
 *
 * @example
 * proxyName("edge-1"); // "edge-1"
 */
export function proxyName(text: string): string {
  if (!isToken(text)) throw new Refusal(`Cannot use --name "${text}": it is not one word of letters, digits and -._~`);
  return text;
}

/**
 * Where a cache is steered from: an address of this machine that others cannot reach, or a Unix-domain socket.
 *
 * @example
 * adminAddress("localhost:3129"); // { host: "localhost", port: 3129 }
 * adminAddress("unix:/run/maitred.sock"); // { path: "/run/maitred.sock" }
 */
export function adminAddress(text: string): Address {
  const path = /^unix:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, host = "localhost", digits = ""] = /^(?:(localhost|127(?:\.\d{1,3}){3}|\[::1\]):)?(\d+)$/i.exec(text) ?? [];
  if (digits !== "") return { host: host.replace(/^\[|\]$/g, ""), port: port(digits) };
  const form = "localhost:3129, [::1]:3129 or unix:/path";
  throw new Refusal(`Cannot use --admin "${text}": it is not an address that is this machine's alone, like ${form}`);
}
