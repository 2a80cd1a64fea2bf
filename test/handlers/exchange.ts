/** What the handlers' tests hold in their hands: a request, an exchange, and bodies, all in memory. */

import { Fields } from "../../src/http/fields.ts";
import type { Body, Request, Response } from "../../src/http/message.ts";
import type { Exchange } from "../../src/web/handler.ts";

export interface TestExchange extends Exchange {
  readonly complaints: string[];
  /** What a server does when the client has left. */
  leave(reason?: Error): void;
}

export function exchange(more: Partial<Exchange> = {}): TestExchange {
  const complaints: string[] = [];
  const leaving = new AbortController();
  return {
    local: { host: "127.0.0.1", port: 8080 },
    remote: { host: "192.0.2.7", port: 50000 },
    secure: false,
    signal: leaving.signal,
    inform() {},
    complain: (message) => void complaints.push(message),
    complaints,
    leave: (reason) => leaving.abort(reason),
    ...more,
  };
}

/** A request as a reader would give it; `fields` may hold repetitions as pairs. */
export function request(
  line: string,
  fields: Readonly<Record<string, string>> | Iterable<readonly [string, string]> = {},
  body?: Body | string,
): Request {
  const [method = "", target = ""] = line.split(" ");
  return {
    method,
    target,
    minor: 1,
    fields: Fields.of(fields),
    body: typeof body === "string" ? bodyOf([body]) : body,
  };
}

export interface TestBody extends Body {
  readonly reads: number;
  readonly isCancelled: boolean;
}

/** A body of these pieces, which then ends, or breaks off where an Error stands. Pieces come at once or later. */
export function bodyOf(
  pieces: readonly (string | Uint8Array | Error)[],
  how: { later?: boolean; length?: number } = {},
): TestBody {
  const left = pieces.map((piece) => (typeof piece === "string" ? new TextEncoder().encode(piece) : piece));
  let reads = 0;
  let isCancelled = false;
  const next = (): Uint8Array | undefined => {
    reads += 1;
    const piece = left.shift();
    if (piece instanceof Error) throw piece;
    return piece;
  };
  return {
    length: how.length,
    read: how.later ? async () => next() : next,
    cancel() {
      isCancelled = true;
    },
    get reads() {
      return reads;
    },
    get isCancelled() {
      return isCancelled;
    },
  };
}

/** All of a response's content, as text. */
export async function textOf({ body }: Response): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  let text = "";
  for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read())
    text += new TextDecoder().decode(bytes);
  return text;
}
