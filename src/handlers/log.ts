/** The access log: a handler around a handler, which tells of each answer once its last byte is out. */

import { latin1 } from "../base/bytes.ts";
import { type Clock, realClock } from "../base/clock.ts";
import { isBodiless } from "../http/framing.ts";
import { ProtocolError, type Request } from "../http/message.ts";
import { SocketError } from "../socket/socket.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { type Access, FORMATS, type LogFormat } from "./access.ts";
import { afterwards } from "./afterwards.ts";

export interface LogOptions {
  readonly format: LogFormat;
  /** Takes whole lines, several at once, each ended by a newline. */
  readonly write: (lines: string) => void;
  readonly clock?: Clock;
  /** For `pretty` on a terminal. Default false. */
  readonly colours?: boolean;
}

export interface LogHandler {
  (request: Request, exchange: Exchange): Answer | Promise<Answer>;
  /** A line for an answer that no handler gave: the server's own, to a request it could not read. */
  record(access: Access): void;
  /** Writes now what would be written in a moment; for the last moment. */
  flush(): void;
}

/**
 * Lines are gathered, and written when what is being done is done. Answers pass through as they
 * are, unless their content is still to come: then it is counted on its way. A tunnel is told of
 * when it is over. Where the handler throws, the line tells the status the server will answer with, and no bytes.
 *
 * @example
 * const logged = log(handler, { format: "combined", write: (lines) => console.log(lines.trimEnd()) });
 * await logged(request, exchange);
 * logged.flush();
 */
export function log(handler: Handler, { format, write, clock = realClock, colours = false }: LogOptions): LogHandler {
  const print = FORMATS[format];
  let lines = "";

  const flush = (): void => {
    const text = lines;
    lines = "";
    if (text !== "") write(text);
  };

  const record = (access: Access): void => {
    if (lines === "") clock.after(0, flush);
    lines += `${print(access, colours)}\n`;
  };

  const logged = (request: Request, exchange: Exchange): Answer | Promise<Answer> => {
    const visit = new Visit(request, exchange, clock, record);
    let answer: Answer | Promise<Answer>;
    try {
      answer = handler(request, exchange);
    } catch (error) {
      visit.fail(error);
      throw error;
    }
    return answer instanceof Promise ? later(visit, answer) : visit.pass(answer);
  };

  return Object.assign(logged, { record, flush });
}

async function later(visit: Visit, promise: Promise<Answer>): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await promise;
  } catch (error) {
    visit.fail(error);
    throw error;
  }
  return visit.pass(answer);
}

/** A request on its way to its line. */
class Visit {
  readonly #request: Request;
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #record: (access: Access) => void;
  readonly #began: number;
  /** Undefined until a program that writes its own head has done so. */
  #status: number | undefined;
  #bytes = 0;
  #answer: Answer | undefined;

  constructor(request: Request, exchange: Exchange, clock: Clock, record: (access: Access) => void) {
    this.#request = request;
    this.#exchange = exchange;
    this.#clock = clock;
    this.#record = record;
    this.#began = clock.now();
  }

  pass(answer: Answer): Answer {
    this.#status = answer.raw === true ? undefined : answer.status;
    this.#answer = answer;
    return afterwards(
      answer,
      isBodiless(this.#request.method, answer.status),
      // Of a tunnel, too, one is told what the client was sent.
      (isComplete, talk) => this.#end(answer.tunnel === undefined ? this.#bytes : talk?.received, isComplete),
      { exchange: this.#exchange, seen: (bytes) => this.#count(bytes) },
    );
  }

  fail(error: unknown): void {
    // A client that has left hears no answer, whichever it would have been.
    const hasLeft = error instanceof SocketError;
    this.#status = error instanceof ProtocolError ? error.status : hasLeft ? undefined : 500;
    this.#end(undefined, !hasLeft);
  }

  #count(bytes: Uint8Array): void {
    if (this.#bytes === 0) this.#status ??= statusIn(bytes);
    this.#bytes += bytes.length;
  }

  #end(bytes: number | undefined, isComplete: boolean): void {
    const duration = this.#clock.now() - this.#began;
    const date = this.#clock.date() - duration;
    this.#record({
      date,
      duration,
      remote: this.#exchange.remote,
      request: this.#request,
      status: this.#status,
      bytes,
      isComplete,
      account: this.#answer?.account?.(),
    });
  }
}

/** The status in the first line of what a program writes for itself. */
function statusIn(bytes: Uint8Array): number | undefined {
  const code = /^HTTP\/\d(?:\.\d)? (\d{3})(?!\d)/.exec(latin1(bytes, 0, Math.min(bytes.length, 16)))?.[1];
  return code === undefined ? undefined : Number(code);
}
