/** Reads messages off a stream of bytes: for a server requests, for a client responses (RFC 9112). */

import { ChunkedReader } from "./chunked.ts";
import { expectsContinue } from "./expectation.ts";
import type { Fields } from "./fields.ts";
import {
  type BodyLength,
  CHUNKED,
  mendContentLength,
  requestBodyLength,
  responseBodyLength,
  UNTIL_CLOSE,
} from "./framing.ts";
import { isToken } from "./grammar.ts";
import { type Head, HeadReader } from "./head.ts";
import { Inbox } from "./inbox.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { type Body, ProtocolError, type Request } from "./message.ts";
import { requireHost, targetForm } from "./target.ts";

/** A request as read so far; whoever reads its content for others sets `body`. */
export interface RequestHead extends Request {
  body: Body | undefined;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly minor: 0 | 1;
  readonly fields: Fields;
}

/** What is read, and how. */
interface Kind<Start> {
  /** What a head says, and how long the content behind it is. */
  readonly interpret: (head: Head, method: string) => { start: Start; length: BodyLength };
  readonly isLenient: boolean;
  /** The status for a fault that has another one where it is met. */
  readonly blame: (status: number) => number;
}

/**
 * Reads requests. Where one need not have a Host, it is one to a proxy that goes by the target alone.
 *
 * @example
 * const reader = requestReader();
 * reader.receive(utf8("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
 * reader.head()?.method; // "GET"
 * reader.head(); // undefined: more must come first
 */
export const requestReader = (limits: Limits = LIMITS, needsHost = true): MessageReader<RequestHead> =>
  new MessageReader(needsHost ? REQUESTS : HOSTLESS_REQUESTS, limits);

/**
 * Reads responses; `head` must be told the method asked with, since the answer to HEAD has no content.
 * What old servers do is forgiven where it cannot be misread; what is not is a ProtocolError of 431 where the head is
 * too long, of 502 otherwise.
 *
 * @example
 * const reader = responseReader();
 * reader.receive(utf8("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
 * reader.head("GET")?.status; // 200
 * reader.content(); // Uint8Array [104, 105]
 */
export const responseReader = (limits: Limits = LIMITS): MessageReader<ResponseHead> =>
  new MessageReader(RESPONSES, limits);

/**
 * Head, then content, then the next head. Content is read to its end before the next head is asked for.
 *
 * @example
 * const reader = requestReader();
 * reader.receive(utf8("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"));
 * reader.head()?.method; // "POST"
 * reader.content(); // Uint8Array [104, 105]
 * reader.isDone; // true
 */
export class MessageReader<Start> {
  readonly #inbox = new Inbox();
  readonly #kind: Kind<Start>;
  readonly #limits: Limits;
  readonly #heads: HeadReader;
  /** Bytes of content still to come, where they are counted. */
  #left = 0;
  #length: BodyLength = 0;
  #chunks: ChunkedReader | undefined;
  #hasEnded = false;

  constructor(kind: Kind<Start>, limits: Limits) {
    this.#kind = kind;
    this.#limits = limits;
    this.#heads = new HeadReader(limits, true, kind.isLenient);
  }

  /** Bytes came; they are ours now. */
  receive(bytes: Uint8Array): void {
    this.#inbox.add(bytes);
  }

  /** The peer has said everything; what has come may still be read. */
  end(): void {
    this.#hasEnded = true;
  }

  /** The next message; undefined while it is not complete. Throws a ProtocolError where it cannot be one. */
  head(method = ""): Start | undefined {
    try {
      const head = this.#heads.read(this.#inbox);
      if (head === undefined) {
        if (this.#hasEnded && this.#inbox.length > 0) throw brokenOff();
        return undefined;
      }
      const { start, length } = this.#kind.interpret(head, method);
      this.#length = length;
      this.#left = length < 0 ? 0 : length;
      this.#chunks = length === CHUNKED ? new ChunkedReader(this.#limits) : undefined;
      return start;
    } catch (error) {
      throw this.#blamed(error);
    }
  }

  /** The next bytes of the content; undefined where more must come first, or where it `isDone`. */
  content(): Uint8Array | undefined {
    try {
      const part = this.#chunks === undefined ? this.#plainContent() : this.#chunks.read(this.#inbox);
      if (part === undefined && this.#hasEnded && !this.isDone) throw brokenOff();
      return part;
    } catch (error) {
      throw this.#blamed(error);
    }
  }

  /** Who met the fault cannot say whose it is: the lines of requests and responses look alike. */
  #blamed(error: unknown): unknown {
    if (!(error instanceof ProtocolError)) return error;
    const status = this.#kind.blame(error.status);
    return status === error.status ? error : new ProtocolError(status, error.message);
  }

  #plainContent(): Uint8Array | undefined {
    if (this.#length === UNTIL_CLOSE) return this.#inbox.take(this.#inbox.length);
    const part = this.#left === 0 ? undefined : this.#inbox.take(this.#left);
    if (part !== undefined) this.#left -= part.length;
    return part;
  }

  /** Whether the message has been read to its end. */
  get isDone(): boolean {
    if (this.#length === UNTIL_CLOSE) return this.#hasEnded && this.#inbox.length === 0;
    return this.#left === 0 && (this.#chunks === undefined || this.#chunks.isDone);
  }

  /** How long the content is in all, where that was said. */
  get contentLength(): number | undefined {
    return this.#length < 0 ? undefined : this.#length;
  }

  get trailers(): Fields | undefined {
    return this.#chunks?.trailers;
  }

  /** How many bytes have come that nobody has read. */
  get waiting(): number {
    return this.#inbox.length;
  }

  /** Whether some of that is in this buffer. */
  looksInto(buffer: ArrayBufferLike): boolean {
    return this.#inbox.length > 0 && this.#inbox.bytes.buffer === buffer;
  }

  /** Takes all that has come and was not read: for whoever goes on in another protocol. */
  takeWaiting(): Uint8Array {
    return this.#inbox.take(this.#inbox.length) ?? new Uint8Array(0);
  }
}

const brokenOff = () => new ProtocolError(400, "Cannot read the message: it breaks off");

const requests = (needsHost: boolean): Kind<RequestHead> => ({
  interpret: ({ startLine, fields }) => {
    const { method, target, minor } = parseRequestLine(startLine);
    requireHost(needsHost ? minor : 0, fields);
    targetForm(method, target);
    expectsContinue(minor, fields);
    return { start: { method, target, minor, fields, body: undefined }, length: requestBodyLength(minor, fields) };
  },
  isLenient: false,
  blame: (status) => status,
});

const REQUESTS = requests(true);
const HOSTLESS_REQUESTS = requests(false);

const RESPONSES: Kind<ResponseHead> = {
  interpret: ({ startLine, fields }, method) => {
    const { status, reason, minor } = parseStatusLine(startLine);
    mendContentLength(fields);
    return { start: { status, reason, minor, fields }, length: responseBodyLength(method, status, minor, fields) };
  },
  isLenient: true,
  // A client's fault is a server's here (RFC 9110 §15.6.3); a long status line is as good as long fields.
  blame: (status) => (status === 414 || status === 431 ? 431 : 502),
};

/**
 * method SP request-target SP HTTP-version (RFC 9112 §3), with one space each: what is lenient
 * here lets a proxy in front read another target than we do.
 */
function parseRequestLine(line: string): { method: string; target: string; minor: 0 | 1 } {
  const first = line.indexOf(" ");
  const second = line.indexOf(" ", first + 1);
  const method = line.slice(0, first < 0 ? line.length : first);
  if (!isToken(method)) throw new ProtocolError(400, "Cannot read the request line: its method is not a token");
  if (first < 0 || second < 0) throw new ProtocolError(400, "Cannot read the request line: it has not three parts");
  const target = line.slice(first + 1, second);
  if (target === "") throw new ProtocolError(400, "Cannot read the request line: its target is empty");
  return { method, target, minor: parseVersion(line.slice(second + 1)) };
}

function parseVersion(version: string): 0 | 1 {
  if (version === "HTTP/1.1") return 1;
  if (version === "HTTP/1.0") return 0;
  if (/^HTTP\/\d\.\d$/.test(version))
    throw new ProtocolError(505, "Cannot speak this version: it is neither HTTP/1.1 nor HTTP/1.0");
  throw new ProtocolError(400, "Cannot read the request line: it does not end with a version");
}

/** HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 §4); many leave out the second space. */
function parseStatusLine(line: string): StatusLine {
  // Nearly every answer begins as the one before it did.
  if (line !== lastLine) {
    lastStatus = readStatusLine(line);
    lastLine = line;
  }
  return lastStatus!;
}

interface StatusLine {
  readonly status: number;
  readonly reason: string;
  readonly minor: 0 | 1;
}

let lastLine: string | undefined;
let lastStatus: StatusLine | undefined;

function readStatusLine(line: string): StatusLine {
  const match = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/.exec(line);
  if (match === null) throw new ProtocolError(502, "Cannot read the response: its status line is malformed");
  return { minor: match[1] === "1" ? 1 : 0, status: Number(match[2]), reason: match[3] ?? "" };
}
