/** So many exchanges at once, whoever asks: with one it is the proxy that serves one guest after another. */

import { Fields } from "../http/fields.ts";
import { isBodiless } from "../http/framing.ts";
import type { Request } from "../http/message.ts";
import { SocketError } from "../socket/socket.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { afterwards } from "./afterwards.ts";
import { Gate, type Leave } from "./gate.ts";

export interface ConcurrencyOptions {
  /** How many at once: a whole number above 0, or Infinity. */
  readonly limit: number;
  /** How many may wait, in the order in which they came; 503 beyond. Default 10,000: about what a process may have open. */
  readonly queue?: number;
}

/** Seconds after which it is worth trying again. */
const RETRY_AFTER = "5";

/**
 * The handler, kept to a limit. An exchange takes its place until the answer has been read to its end, broke off or was
 * wanted by nobody any more, and a tunnel for as long as it is open. Who leaves while waiting leaves the line.
 *
 * @example
 * const oneByOne = concurrency(handler, { limit: 1 });
 * const { status } = await oneByOne(request, exchange);
 * status; // 204
 */
export function concurrency(handler: Handler, { limit, queue = 10_000 }: ConcurrencyOptions): Handler {
  const gate = new Gate({ limit, queue });
  return (request, exchange) => {
    // A signal has its price: only who must wait is asked for one.
    const leave = gate.hasRoom ? gate.enter() : gate.enter(exchange.signal);
    if (leave === undefined) return tryLater(request);
    if (leave instanceof Promise) return inTurn(handler, request, exchange, leave);
    return attend(handler, request, exchange, leave);
  };
}

async function inTurn(handler: Handler, request: Request, exchange: Exchange, turn: Promise<Leave>): Promise<Answer> {
  const leave = await turn.catch(() => {
    throw new SocketError("ECONNABORTED", "Cannot answer: the client has left");
  });
  return attend(handler, request, exchange, leave);
}

function attend(handler: Handler, request: Request, exchange: Exchange, leave: Leave): Answer | Promise<Answer> {
  const pass = (answer: Answer): Answer =>
    afterwards(answer, isBodiless(request.method, answer.status), leave, { exchange });
  let answer: Answer | Promise<Answer>;
  try {
    answer = handler(request, exchange);
  } catch (error) {
    leave();
    throw error;
  }
  if (!(answer instanceof Promise)) return pass(answer);
  return answer.then(pass, (error: unknown) => {
    leave();
    throw error;
  });
}

const tryLater = (request: Request): Answer =>
  statusPage(503, request, "Too many wait already: try again later", Fields.of({ "Retry-After": RETRY_AFTER }));
