/**
 * Runs a program that speaks the web's own `Request` and `Response`: `export default { fetch(request) { … } }`.
 * The only room where the two appear; what they cannot say is said below.
 */

import { Fields } from "../http/fields.ts";
import { elements } from "../http/grammar.ts";
import { isHopByHop } from "../http/hop-by-hop.ts";
import { type Body, type Request as Message, ProtocolError } from "../http/message.ts";
import { hostOf } from "../http/target.ts";
import { printAddress, SocketError } from "../socket/socket.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";

export interface App {
  fetch(request: Request, context: Context): Response | Promise<Response>;
}

export interface Context {
  /** Who asks; undefined where that has no address (a Unix-domain socket). */
  readonly ip: string | undefined;
  /** Work that goes on after the answer: the house does not close before it is done. */
  waitUntil(work: Promise<unknown>): void;
}

export interface FetchOptions {
  /** Complaints tell where in the program it happened (the stack), not only what. Default false. */
  readonly verbose?: boolean;
}

export interface FetchHandler {
  (message: Message, exchange: Exchange): Promise<Answer>;
  /** Resolves when all that was handed to `waitUntil` is done. */
  settled(): Promise<void>;
}

/**
 * A handler that asks the program. Bodies stream both ways, each no faster than its reader. Where the
 * client leaves, `request.signal` aborts and the answer's stream is cancelled. What the program throws
 * is told to the error log alone; the client gets a 500. It sees no CONNECT or TRACE, nor `get`
 * for GET, because `Request` cannot say them (501); and no body with GET or HEAD, for the same reason.
 *
 * @example
 * const handler = fetchHandler({ fetch: (request) => new Response(`You asked for ${request.url}`) });
 */
export function fetchHandler(app: App, { verbose = false }: FetchOptions = {}): FetchHandler {
  const pending = new Set<Promise<void>>();

  const handler = async (message: Message, exchange: Exchange): Promise<Answer> => {
    if (!isSayable(message.method)) return statusPage(501, message);
    const complain = (what: string, error: unknown): void => exchange.complain(`${what}: ${describe(error, verbose)}`);
    const content = takeContent(message);
    const request = makeRequest(message, exchange, content);
    const context: Context = {
      ip: "host" in exchange.remote ? exchange.remote.host : undefined,
      waitUntil(work) {
        const done = Promise.resolve(work).then(
          () => {},
          (error: unknown) => complain("Cannot finish what goes on after the answer", error),
        );
        pending.add(done);
        void done.then(() => pending.delete(done));
      },
    };
    try {
      return makeAnswer(message, exchange, await app.fetch(request, context));
    } catch (error) {
      // Where the client's content broke off, the program cannot be blamed for stumbling over it.
      if (content?.failure !== undefined) throw content.failure;
      // Nor for giving up where the client did.
      if (!exchange.signal.aborted || error !== exchange.signal.reason) {
        complain(`Cannot answer ${message.method} ${message.target}`, error);
      }
      return statusPage(500, message);
    }
  };

  const settled = async (): Promise<void> => {
    while (pending.size > 0) await Promise.all(pending);
  };
  return Object.assign(handler, { settled });
}

/** `Request` refuses the first three, and writes the others in capitals: to HTTP `get` is not GET (RFC 9110 §9.1). */
function isSayable(method: string): boolean {
  if (/^(CONNECT|TRACE|TRACK)$/i.test(method)) return false;
  return !/^(DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/i.test(method) || method === method.toUpperCase();
}

function makeRequest(message: Message, exchange: Exchange, content: RequestContent | undefined): Request {
  let request: Request;
  try {
    request = new Request(urlOf(message, exchange), {
      method: message.method,
      headers: [...message.fields],
      signal: exchange.signal,
      ...(content !== undefined && { body: content.stream, duplex: "half" }),
    });
  } catch {
    throw new ProtocolError(400, "Cannot read the request: its target and Host make no URL");
  }
  // Node's Request hears of the abort through a weak reference: once collected, its signal would stay
  // silent although the program still listens to it. So whoever holds the one holds the other.
  exchange.signal.addEventListener("abort", () => void request.signal, { once: true });
  return request;
}

/** The target URI (RFC 9112 §3.3), but for the scheme: that a connection is secure is not the client's to say. */
function urlOf(message: Message, { secure, local }: Exchange): string {
  const scheme = secure ? "https" : "http";
  const authority = hostOf(message) || ("path" in local ? "localhost" : printAddress(local));
  if (message.target.startsWith("/")) return `${scheme}://${authority}${message.target}`;
  // "*" means the server as a whole; as a URL, that is its authority without a path.
  return `${scheme}://${authority}${/^[^:]+:\/\/[^/?]*(.*)$/s.exec(message.target)?.[1] ?? ""}`;
}

function takeContent({ method, body }: Message): RequestContent | undefined {
  if (body === undefined) return undefined;
  if (method !== "GET" && method !== "HEAD") return new RequestContent(body);
  body.cancel();
  return undefined;
}

/** The request's content as the web's stream: pulled only when the program reads, so that nobody is told to go on before. */
class RequestContent {
  readonly stream: ReadableStream<Uint8Array>;
  /** Why it broke off, if it did. */
  failure: unknown;

  constructor(body: Body) {
    // Not a stream of the kind "bytes": that one would take the buffers away from under the next request.
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const bytes = await body.read();
            if (bytes === undefined) controller.close();
            else controller.enqueue(bytes);
          } catch (error) {
            this.failure = error;
            throw error;
          }
        },
        cancel: () => body.cancel(),
      },
      { highWaterMark: 0 },
    );
  }
}

function makeAnswer({ method }: Message, exchange: Exchange, response: unknown): Answer {
  if (!(response instanceof Response)) throw new TypeError("fetch() did not return a Response");
  if (response.type === "error") throw new TypeError("fetch() returned Response.error()");
  if (response.bodyUsed) throw new TypeError("fetch() returned a Response whose body has been read already");
  const fields = fieldsOf(response);
  const length = declaredLength(fields);
  const answer = { status: response.status, reason: response.statusText || undefined, fields };
  if (response.body === null) {
    // Without content, only HEAD and 304 may tell the length that there would be.
    if (length !== undefined && length > 0 && method !== "HEAD" && response.status !== 304) {
      throw new TypeError(`Content-Length says ${length}, and there is no body`);
    }
    return answer;
  }
  const body = new ResponseBody(response.body, length, exchange);
  if (method !== "HEAD") return { ...answer, body };
  body.cancel();
  return answer;
}

/** What belongs to the connection is not the program's to say (RFC 9110 §7.6.1). */
function fieldsOf(response: Response): Fields {
  const connection = response.headers.get("connection") ?? undefined;
  const fields = new Fields();
  for (const [name, value] of response.headers) {
    if (!isHopByHop(name, connection)) fields.append(name, value);
  }
  if (isDecoded(response, fields)) fields.delete("content-encoding").delete("content-length");
  return fields;
}

/** What the program got from the web's fetch() has been decoded there, while its fields still tell of the coding. */
function isDecoded({ url, body }: Response, fields: Fields): boolean {
  if (url === "" || body === null) return false;
  const codings = elements(fields.get("content-encoding")?.toLowerCase());
  // One that fetch() does not know, and it has left all of them as they were.
  return codings.length > 0 && codings.every((coding) => DECODED.has(coding));
}

const DECODED: ReadonlySet<string> = new Set(["gzip", "x-gzip", "deflate", "br", "zstd"]);

function declaredLength(fields: Fields): number | undefined {
  const value = fields.get("content-length");
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new TypeError(`Content-Length is "${value}"`);
  return Number(value);
}

/** The response's stream, read as the client takes it, and held to the length that was promised. */
class ResponseBody implements Body {
  readonly length: number | undefined;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #exchange: Exchange;
  #sent = 0;
  #isCancelled = false;

  constructor(stream: ReadableStream<Uint8Array>, length: number | undefined, exchange: Exchange) {
    this.length = length;
    this.#reader = stream.getReader();
    this.#exchange = exchange;
    if (exchange.signal.aborted) this.cancel();
    else exchange.signal.addEventListener("abort", () => this.cancel(), { once: true });
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { value } = await this.#reader.read().catch((error: unknown) => {
        // A stream that has failed is over; there is nothing left to cancel.
        this.#isCancelled = true;
        throw error;
      });
      // To the stream's reader a cancelled end looks like a good one.
      if (this.#isCancelled) throw new SocketError("ECONNABORTED", "Cannot go on with the answer: nobody wants it");
      // A program in JavaScript may put anything into its stream.
      if (value !== undefined && !(value instanceof Uint8Array))
        throw this.#broken("holds something that is no Uint8Array");
      if (value === undefined) {
        if (this.length !== undefined && this.#sent < this.length) throw this.#broken("ends before its Content-Length");
        return undefined;
      }
      this.#sent += value.length;
      if (this.length !== undefined && this.#sent > this.length) throw this.#broken("goes on after its Content-Length");
      if (value.length > 0) return value;
    }
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#reader.cancel().catch((error: unknown) => {
      this.#exchange.complain(`Cannot cancel the answer's stream: ${describe(error, false)}`);
    });
  }

  #broken(how: string): TypeError {
    this.cancel();
    return new TypeError(`Cannot go on with the answer: its body ${how}`);
  }
}

/** One line, whatever was thrown, unless more is wanted. */
function describe(error: unknown, verbose: boolean): string {
  if (verbose && error instanceof Error && error.stack !== undefined) return error.stack;
  return String(error).replace(/\s+/g, " ");
}
