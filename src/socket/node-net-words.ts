/** The many ways in which `node:net` lets one say where to connect to, and where to listen. */

import type { Address, InternetAddress } from "./socket.ts";

/** Numbers may be written as text, as in a URL. */
type Port = number | string;

export interface ConnectWishes {
  readonly port?: Port | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly timeout?: number | undefined;
}

export interface ListenWishes {
  readonly port?: Port | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly backlog?: number | undefined;
}

type Listener = () => void;

/** `connect(options)`, `connect(port, host)`, `connect(path)`, each with a listener or without. */
export type ConnectWords = readonly (ConnectWishes | Port | Listener | undefined)[];
/** `listen(options)`, `listen(port, host, backlog)`, `listen(path)`, `listen()`, the same. */
export type ListenWords = readonly (ListenWishes | Port | Listener | undefined)[];

export interface ConnectReading {
  readonly at: Address;
  readonly from: InternetAddress | undefined;
  readonly timeout: number | undefined;
  readonly listener: Listener | undefined;
}

/**
 * Where to connect to. Node's default host is `localhost`.
 *
 * @example
 * readConnectWords([80, "server"]).at; // { host: "server", port: 80 }
 * readConnectWords([{ path: "/run/a.sock" }]).at; // { path: "/run/a.sock" }
 */
export function readConnectWords(words: ConnectWords): ConnectReading {
  const { listener, rest } = split(words);
  const [first, second] = rest;
  const wishes = typeof first === "object" ? first : saidOneByOne(first, second);
  const { port, path, localAddress, localPort = 0, timeout } = wishes as ConnectWishes;
  const at = path === undefined ? { host: wishes.host ?? "localhost", port: portOf(port) } : { path };
  const from =
    localAddress === undefined && localPort === 0 ? undefined : { host: localAddress ?? "0.0.0.0", port: localPort };
  return { at, from, timeout, listener };
}

export interface ListenReading {
  readonly at: Address;
  readonly backlog: number | undefined;
  readonly listener: Listener | undefined;
}

/**
 * Where to listen. Node's default is all addresses, and a port of the system's choice.
 *
 * @example
 * readListenWords([80]).at; // { host: "0.0.0.0", port: 80 }
 * readListenWords([]).at; // { host: "0.0.0.0", port: 0 }
 */
export function readListenWords(words: ListenWords): ListenReading {
  const { listener, rest } = split(words);
  const [first, second, third] = rest;
  const wishes = typeof first === "object" ? first : saidOneByOne(first, second);
  const numbers = typeof first === "object" ? [] : [second, third];
  const { backlog = numbers.find((word) => typeof word === "number") } = wishes as ListenWishes;
  const { host = "0.0.0.0", path, port = 0 } = wishes;
  const at = path === undefined ? { host: host === "::" ? "0.0.0.0" : host, port: portOf(port) } : { path };
  return { at, backlog, listener };
}

function split(words: ConnectWords | ListenWords) {
  const listener = words.find((word) => typeof word === "function");
  const rest = words.filter((word) => typeof word !== "function");
  return { listener, rest };
}

/** A text that is no number is a path. */
function saidOneByOne(first: unknown, second: unknown): ConnectWishes {
  if (typeof first === "string" && !/^\d+$/.test(first)) return { path: first };
  return { port: first as Port | undefined, host: typeof second === "string" ? second : undefined };
}

function portOf(port: Port | undefined): number {
  const number = typeof port === "string" && port !== "" ? Number(port) : port;
  if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  // As Node calls it.
  const message = `Port should be >= 0 and < 65536. Received ${String(port)}.`;
  throw Object.assign(new RangeError(message), { code: "ERR_SOCKET_BAD_PORT" });
}
