/** One line for each answer: for people (pretty), for the tools of thirty years (common, combined), for programs (json). */

import type { Account } from "../cache/account.ts";
import type { Request } from "../http/message.ts";
import type { Address } from "../socket/socket.ts";

/** What there is to tell about an answer. */
export interface Access {
  /** When the request came, in milliseconds since 1970 UTC. */
  readonly date: number;
  /** From there to the last byte, in milliseconds. */
  readonly duration: number;
  readonly remote: Address;
  /** Undefined where it could not be read. */
  readonly request: Pick<Request, "method" | "target" | "minor" | "fields"> | undefined;
  /** Undefined where a program that writes its own head (nph) did not say. */
  readonly status: number | undefined;
  /** Of the content, as sent; undefined where that is not known. */
  readonly bytes: number | undefined;
  /** False where the answer was broken off. */
  readonly isComplete: boolean;
  /** How a cache came by it, as data; undefined where none was asked. */
  readonly account?: unknown;
}

export type LogFormat = "pretty" | "common" | "combined" | "json";

/**
 * The formats by name. A line holds letters of printable ASCII only, whatever the peer sent (json: no control
 * letters), so that nobody forges a line or moves the cursor of who reads it. It ends without a newline.
 *
 * @example
 * FORMATS.common(access, false); // '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/1.0" 200 2326'
 */
export const FORMATS: Readonly<Record<LogFormat, (access: Access, colours: boolean) => string>> = {
  pretty,
  common,
  combined,
  json,
};

function common({ date, remote, request, status, bytes }: Access): string {
  const line = request === undefined ? "-" : printable(`${request.method} ${request.target} HTTP/1.${request.minor}`);
  // "%b … a '-' rather than a 0 when no bytes are sent" – Apache, mod_log_config
  return `${printable(hostOf(remote))} - - [${ncsaDate(date)}] "${line}" ${status ?? "-"} ${bytes || "-"}`;
}

function combined(access: Access): string {
  return `${common(access)} "${field(access, "referer")}" "${field(access, "user-agent")}"`;
}

const field = ({ request }: Access, name: string): string => printable(request?.fields.get(name) || "-");

function json({ date, duration, remote, request, status, bytes, isComplete, account }: Access): string {
  const line = JSON.stringify({
    time: new Date(date).toISOString(),
    remote: hostOf(remote),
    method: request?.method,
    target: request?.target,
    version: request && `1.${request.minor}`,
    status,
    bytes,
    ms: Number(duration.toFixed(3)),
    complete: isComplete,
    referer: request?.fields.get("referer"),
    agent: request?.fields.get("user-agent"),
    cache: account,
  });
  // JSON lets these stand; a terminal obeys some of them, and some readers end their line at others.
  return line.replace(/[\x7f-\x9f\u2028\u2029]/g, (letter) => `\\u${hex(letter, 4)}`);
}

const COLOURS: Readonly<Record<string, number>> = { 2: 32, 3: 36, 4: 33, 5: 31 };

function pretty(access: Access, colours: boolean): string {
  const { date, duration, remote, request, status, bytes, isComplete, account } = access;
  const paint = (text: string, colour: number): string => (colours ? `\x1b[${colour}m${text}\x1b[0m` : text);
  const code = String(status ?? "-").padEnd(3);
  const what = request === undefined ? `- from ${hostOf(remote)}` : `${request.method} ${request.target}`;
  const parts = [
    paint(localTime(date), 2),
    paint(code, COLOURS[code[0]!] ?? 0),
    printable(what),
    ...(account === undefined ? [] : [paint(cacheWord(account), 2)]),
    paint(`${bytes === undefined ? "-" : printBytes(bytes)}  ${printDuration(duration)}`, 2),
  ];
  if (!isComplete) parts.push(paint("broken off", 31));
  return parts.join("  ");
}

/**
 * What a cache did, in a word.
 *
 * @example
 * cacheWord({ hit: true, ttl: 60, because: [] }); // "hit"
 */
export function cacheWord(account: unknown): string {
  const { hit, fwd, fwdStatus, ttl, collapsed } = account as Partial<Account>;
  if (collapsed === true) return "collapsed";
  if (hit === true) return ttl !== undefined && ttl < 0 ? "stale" : "hit";
  // Whoever wants only what is stored, and it is not.
  if (fwd === undefined) return "refused";
  if (fwdStatus === 304 && (fwd === "stale" || fwd === "request")) return "revalidated";
  return WORDS[fwd] ?? "miss";
}

const WORDS: Partial<Record<string, string>> = { bypass: "passed", method: "passed", partial: "partial" };

/** As Apache does it: quotes and backslashes with a backslash, all that cannot be printed as `\xhh`. */
function printable(text: string): string {
  return text.replace(/[^ !#-[\]-~]/g, (letter) =>
    letter === '"' || letter === "\\" ? `\\${letter}` : `\\x${hex(letter, 2)}`,
  );
}

const hex = (letter: string, digits: number): string => letter.charCodeAt(0).toString(16).padStart(digits, "0");

/** As nginx writes the peer of a Unix-domain socket, which has no name. */
const hostOf = (remote: Address): string => ("host" in remote ? remote.host : "unix:");

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
let lastSecond = Number.NaN;
let lastDate = "";

/** Made once a second, however many lines that second has. */
function ncsaDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second === lastSecond) return lastDate;
  const date = new Date(ms);
  const time = date.toISOString().slice(11, 19);
  const day = String(date.getUTCDate()).padStart(2, "0");
  lastSecond = second;
  lastDate = `${day}/${MONTHS[date.getUTCMonth()]!}/${date.getUTCFullYear()}:${time} +0000`;
  return lastDate;
}

/** Who sits at the terminal has a clock on the wall, and it is not in UTC. */
function localTime(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function printBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  return `${(bytes / 1000 ** power).toFixed(1)} ${["", "k", "M", "G", "T"][power]!}B`;
}

const printDuration = (ms: number): string => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`);
