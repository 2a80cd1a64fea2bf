/** What the examples in doc comments may take for granted: somebody asks, over some connection, and somebody answers. */

import { deepEqual } from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { utf8 } from "../src/base/bytes.ts";
import { VirtualClock } from "../src/base/clock.ts";
import type { Said } from "../src/cache/said.ts";
import type { Stored } from "../src/cache/store.ts";
import type { Access } from "../src/handlers/access.ts";
import { Fields } from "../src/http/fields.ts";
import type { Body, Request } from "../src/http/message.ts";
import { type Path, parsePath } from "../src/http/path.ts";
import type { Socket } from "../src/socket/socket.ts";
import type { Dial } from "../src/web/dial.ts";
import type { Exchange, Handler } from "../src/web/handler.ts";
import type { Server } from "../src/web/server.ts";

/** A browser's request. */
export const request: Request = {
  method: "GET",
  target: "/menu.txt",
  minor: 1,
  fields: Fields.of({ Host: "localhost", Accept: "text/html" }),
  body: undefined,
};

/** The connection it came over. */
export const exchange: Exchange = {
  local: { host: "127.0.0.1", port: 8080 },
  remote: { host: "127.0.0.1", port: 50123 },
  secure: false,
  signal: new AbortController().signal,
  inform() {},
  complain() {},
};

/** Answers everything. */
export const handler: Handler = () => ({ status: 204, fields: new Fields() });

/** What the log hears of an answer. */
export const access: Access = {
  date: Date.UTC(2000, 9, 10, 13, 55, 36),
  duration: 3,
  remote: { host: "127.0.0.1", port: 50123 },
  request: { method: "GET", target: "/x", minor: 0, fields: new Fields() },
  status: 200,
  bytes: 2326,
  isComplete: true,
};

/** It stands still. */
export const clock = new VirtualClock();

/** What was asked for. */
export const path: Path = parsePath("/menu.txt");

/** Content of two bytes. */
export const body: Body = bodyOf([104, 105]);

/** What a cache remembers of an answer: a page, good for an hour. */
export const said: Said = {
  key: "http://localhost/menu.txt",
  status: 200,
  lines:
    'Content-Type: text/plain\r\nCache-Control: max-age=3600\r\nETag: "v1"\r\nDate: Tue, 10 Oct 2000 13:55:36 GMT\r\n',
  requestTime: Date.UTC(2000, 9, 10, 13, 55, 36),
  responseTime: Date.UTC(2000, 9, 10, 13, 55, 36),
  selecting: [],
  tags: [],
  groups: [],
  isInvalid: false,
  isAuthorized: false,
};

/** The same with its content, as a store gives it. */
export const stored: Stored = {
  ...said,
  content: { length: 5, ranges: undefined, read: (first, last) => utf8("hello").subarray(first, last + 1) },
};

/** Nobody comes. */
export const server: Pick<Server, "close"> = { close: async () => {} };

/** Two that have nothing to say: a client, and the server it wants to talk to. */
export const client: Socket = silent();
export const upstream: Socket = silent();

/** Everyone can be reached. */
export const dial: Dial = async () => upstream;

/** Where a server is on this machine that greets everybody, once each. */
export const upstreamPort: number = await greeter();

/** Whatever takes a while. */
export const work = async (): Promise<undefined> => undefined;

export { spawn } from "node:child_process";
export { open, stat } from "node:fs/promises";
export { Command } from "commander";

function bodyOf(bytes: number[]): Body {
  let rest: Uint8Array | undefined = Uint8Array.from(bytes);
  const read = (): Uint8Array | undefined => {
    const next = rest;
    rest = undefined;
    return next;
  };
  return { length: bytes.length, read, cancel() {} };
}

async function greeter(): Promise<number> {
  // One of another make. Nobody's process goes on for its sake.
  const server = createServer((_, response) => response.setHeader("Connection", "close").end("hello"));
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function silent(): Socket {
  const at = { host: "127.0.0.1", port: 50123 };
  const nothing = async (): Promise<undefined> => undefined;
  return { local: at, remote: at, read: nothing, write: () => undefined, end: nothing, close() {}, reset() {} };
}

/**
 * Fails if an expression's value is not the one its comment promises. A comment is either a value, written as
 * Node prints it, or an explanation: then it starts with a word.
 */
export function same(actual: unknown, comment: string): void {
  let expected: unknown;
  try {
    expected = read(comment);
  } catch (error) {
    if (/^(?!Uint8Array|Map)[A-Za-z]+[ :]/.test(comment)) return;
    throw error;
  }
  // A Buffer is as good as any other bytes.
  deepEqual(actual instanceof Uint8Array ? new Uint8Array(actual) : actual, expected);
}

function read(comment: string): unknown {
  const script = comment
    .replace(/Uint8Array (\[.*?\])/g, "Uint8Array.of(...$1)")
    .replace(/Map \{(.*?)\}/g, (_, pairs: string) => `new Map([${pairs.replace(/([^,]+) => ([^,]+)/g, "[$1, $2]")}])`);
  return new Function(`return (${script});`)();
}
