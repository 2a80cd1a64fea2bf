/** Reads TCP options: `<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>`. */

import type { Cursor } from "./cursor.ts";
import type { TcpOption } from "./script.ts";

/** Those in angle brackets; none where there are no brackets; undefined for `<...>`. */
export function tcpOptions(cursor: Cursor): TcpOption[] | undefined {
  // "<" may also begin the next event's packet, but only behind its time.
  if (!cursor.skip("<")) return [];
  if (cursor.skip("...")) {
    cursor.expect(">");
    return undefined;
  }
  const options: TcpOption[] = [];
  do options.push(tcpOption(cursor));
  while (cursor.skip(","));
  cursor.expect(">");
  return options;
}

function tcpOption(cursor: Cursor): TcpOption {
  const name = cursor.word("a TCP option");
  switch (name) {
    case "nop":
    case "eol":
    case "sackOK":
      return { kind: name };
    case "mss":
      return { kind: name, value: cursor.integer("a segment size", 65536) };
    case "wscale":
      return { kind: name, value: cursor.integer("a window scale", 256) };
    case "sack":
      return { kind: name, blocks: sackBlocks(cursor) };
    case "TS": {
      cursor.expect("val");
      const value = cursor.integer("a timestamp");
      cursor.expect("ecr");
      return { kind: name, value, echo: cursor.integer("a timestamp") };
    }
    case "FO":
      return { kind: "other", code: 34, data: hexBlob(cursor) };
    case "FOEXP":
      // An experiment's option, with its number (RFC 6994) before the cookie.
      return { kind: "other", code: 254, data: Uint8Array.of(0xf9, 0x89, ...hexBlob(cursor)) };
    case "md5":
      return { kind: "other", code: 19, data: hexBlob(cursor) };
    default:
      return cursor.refuse(`the TCP option "${name}"`);
  }
}

function sackBlocks(cursor: Cursor): [number, number][] {
  const blocks: [number, number][] = [];
  do {
    const left = cursor.integer("the left edge of a SACK block");
    cursor.expect(":");
    blocks.push([left, cursor.integer("the right edge of a SACK block")]);
  } while (cursor.peek().kind === "number");
  return blocks;
}

/** Digits of bytes, which may be none: `FO` asks for a cookie, `FO 0123456789abcdef` shows one. */
function hexBlob(cursor: Cursor): Uint8Array {
  const { kind, text } = cursor.peek();
  if (kind !== "word" && kind !== "number") return new Uint8Array(0);
  if (!/^([0-9A-Fa-f]{2})*$/.test(text)) cursor.fail("an even number of hexadecimal digits");
  cursor.next();
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
