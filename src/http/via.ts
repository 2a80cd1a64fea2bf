/** Which proxies a message has passed, and whether we are one of them: Via (RFC 9110 §7.6.3), CDN-Loop (RFC 8586). */

import type { Fields } from "./fields.ts";

/**
 * What a proxy adds to Via: the version the message came in, and who received it. `name` is a token, or a host with
 * its port.
 *
 * @example
 * viaOf(1, "maitred"); // "1.1 maitred"
 */
export const viaOf = (minor: 0 | 1, name: string): string => `1.${minor} ${name}`;

/**
 * Whether a message has passed a proxy of this name before: then it runs in a circle (§7.6.3). Hosts are the same in
 * whatever letters (RFC 9110 §4.2.3); a name without a port is not the same as one with.
 *
 * @example
 * hasPassed(Fields.of({ Via: "1.0 fred, 1.1 Maitred (Ubuntu)" }), "maitred"); // true
 */
export function hasPassed(fields: Fields, name: string): boolean {
  const lower = name.toLowerCase();
  // received-protocol RWS received-by [ RWS comment ]
  return fields.all("via").some((line) => members(line, nextComment).some((member) => words(member)[1] === lower));
}

/**
 * Whether a request has passed a network of this cdn-id before (RFC 8586 §2); parameters are no matter.
 *
 * @example
 * hasPassedCdn(Fields.of({ "CDN-Loop": 'foo.example, Maitred; trace="a,b"' }), "maitred"); // true
 */
export function hasPassedCdn(fields: Fields, id: string): boolean {
  const lower = id.toLowerCase();
  // cdn-id *( OWS ";" OWS parameter )
  return fields
    .all("cdn-loop")
    .some((line) => members(line, nextQuoted).some((member) => words(member.split(";", 1)[0]!)[0] === lower));
}

const words = (member: string): string[] => member.split(/[ \t]+/).filter((word) => word !== "");

/** Where the next comment or quoted string stands; undefined where there is none, or it never ends. */
type NextAside = (line: string, from: number) => { readonly start: number; readonly end: number } | undefined;

/**
 * The members of a line's list, in lower case, with a blank for each comment or quoted string: what stands in these is
 * no name. One that never ends is none: else a client's open parenthesis would hide all the proxies behind it. What
 * follows it is read as it stands, since to look for further ones would be to look at the rest again and again.
 */
function members(line: string, next: NextAside): string[] {
  let text = "";
  let from = 0;
  for (let aside = next(line, from); aside !== undefined; aside = next(line, from)) {
    text += `${line.slice(from, aside.start)} `;
    from = aside.end;
  }
  return (text + line.slice(from)).toLowerCase().split(",");
}

/** Comments nest, and a backslash takes the next letter's meaning (§5.6.5). */
function nextComment(line: string, from: number): ReturnType<NextAside> {
  const start = line.indexOf("(", from);
  if (start < 0) return undefined;
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === "(") depth++;
    else if (line[at] === ")" && --depth === 0) return { start, end: at + 1 };
  }
  return undefined;
}

/** A backslash takes the next letter's meaning (§5.6.4). */
function nextQuoted(line: string, from: number): ReturnType<NextAside> {
  const start = line.indexOf('"', from);
  if (start < 0) return undefined;
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === '"') return { start, end: at + 1 };
  }
  return undefined;
}
