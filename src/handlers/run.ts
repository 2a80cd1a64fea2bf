/** One program answering one request: what comes in goes to it, what it says becomes the answer (RFC 3875 §6). */

import { concat } from "../base/bytes.ts";
import type { Alarm, Clock } from "../base/clock.ts";
import { Grumbling } from "../cgi/grumbling.ts";
import { type Document, type LocalRedirect, understand } from "../cgi/meaning.ts";
import { OutputError, OutputReader } from "../cgi/output.ts";
import { Fields } from "../http/fields.ts";
import { isBodiless } from "../http/framing.ts";
import type { Body, Request } from "../http/message.ts";
import { SocketError } from "../socket/socket.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import type { Program } from "./program.ts";
import type { Ending } from "./start.ts";

export interface RunOptions {
  /** What the log calls the program. */
  readonly name: string;
  /** Whether its output is the answer, byte by byte (nph, §5). */
  readonly isRaw: boolean;
  /** Milliseconds that it may go without a sign of life. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** Milliseconds after its last byte in which a program that was not killed has ended, too. */
const SOON = 100;

/**
 * Milliseconds that we hold back a head, and whatever came with it, for the program to end: a short one mostly has by
 * then. Its answer goes out in one piece, with a length, and if it crashed, not at all.
 */
const BRIEFLY = 1;

/** It gave no sign of life for too long. */
class Silence extends SocketError {
  constructor() {
    super("ETIMEDOUT", "Cannot go on with the answer: the program is silent");
  }
}

/**
 * Talks with a program until it is over: with `answer` to be called once. The content of the answer is pulled from
 * the program as the client takes it. Where the client leaves, the program is stopped.
 *
 * @example
 * const recipe = { path: "/bin/echo", argv: ["echo", "Location: /menu.html\n"], env: [], cwd: "/", hasInput: false };
 * const options = { name: "/cgi-bin/menu", isRaw: false, timeout: 60_000, clock: realClock };
 * const run = new Run(await startProgram(recipe, realClock), request, undefined, exchange, options);
 * await run.answer(); // { kind: "local redirect", target: "/menu.html" }
 */
export class Run implements Body {
  /** What the program promised for its content. */
  length: number | undefined;
  readonly #program: Program;
  readonly #request: Request;
  readonly #exchange: Exchange;
  readonly #options: RunOptions;
  readonly #reader = new OutputReader();
  /** Bytes that are still to come of those promised. */
  #left = Number.POSITIVE_INFINITY;
  #alarm: Alarm | undefined;
  /** When it last gave a sign of life. */
  #alive = 0;
  /** Whether it is the client for whom we wait. */
  #awaitsClient = false;

  /** `content` is the request's. */
  constructor(program: Program, request: Request, content: Body | undefined, exchange: Exchange, options: RunOptions) {
    this.#program = program;
    this.#request = request;
    this.#exchange = exchange;
    this.#options = options;
    exchange.signal.addEventListener("abort", this.#leave, { once: true });
    if (exchange.signal.aborted) this.#leave();
    this.#live();
    this.#watch();
    void this.#listen();
    if (content !== undefined) void this.#feed(content);
    void program.over.then(() => {
      this.#alarm?.cancel();
      exchange.signal.removeEventListener("abort", this.#leave);
      content?.cancel();
    });
  }

  /**
   * The answer's head, and its content to come. What is the program's fault is a 502 or, if it took too long, a 504,
   * and a line in the log. Fails where the request's content breaks off, and where the client leaves.
   */
  async answer(): Promise<Answer | LocalRedirect> {
    try {
      if (this.#options.isRaw) return await this.#raw();
      const meaning = understand(await this.#header());
      if (meaning.kind === "document") return await this.#document(meaning);
      // "The script MUST NOT return any other header fields or a message-body" – §6.2.2
      this.#forget();
      return meaning;
    } catch (error) {
      if (error instanceof Silence) return statusPage(504, this.#request, "The program took too long");
      if (!(error instanceof OutputError)) throw error;
      this.#complain(`Cannot use what it says: ${error.message}`);
      this.#program.stop();
      this.#program.output.cancel();
      return statusPage(502, this.#request, "The program did not answer properly");
    }
  }

  async #raw(): Promise<Answer> {
    if (!(await this.#more())) throw await this.#unfinished();
    return { status: 200, fields: new Fields(), body: this, raw: true };
  }

  async #header(): Promise<Fields> {
    for (;;) {
      const header = this.#reader.header();
      if (header !== undefined) return header;
      if (!(await this.#more())) throw await this.#unfinished();
    }
  }

  /** Takes more output; says whether there was any. */
  async #more(): Promise<boolean> {
    const bytes = await this.#program.output.read();
    if (bytes === undefined) return false;
    this.#live();
    this.#reader.receive(bytes);
    return true;
  }

  async #unfinished(): Promise<OutputError> {
    const { message } = this.#reader.unfinished();
    return new OutputError(`${message} (${printEnding(await this.#ending(SOON))})`);
  }

  async #document({ status, reason, fields, length }: Document): Promise<Answer> {
    if (isBodiless(this.#request.method, status) || length === 0) {
      this.#forget();
      return { status, reason, fields };
    }
    // "If it fails to do so, the server SHOULD NOT attempt to determine the correct content type" – §6.3.1
    this.length = length;
    this.#left = length ?? Number.POSITIVE_INFINITY;
    const ending = await this.#ending(BRIEFLY);
    return { status, reason, fields, body: ending === undefined ? this : await this.#rest(ending) };
  }

  /** All of its content, where it is over already. */
  async #rest(ending: Ending): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    while (this.#left > 0) {
      const bytes = this.#reader.content() ?? (await this.#program.output.read());
      if (bytes === undefined) break;
      parts.push(this.#count(bytes));
    }
    const flaw = this.#flaw(ending);
    if (flaw !== undefined) throw new OutputError(flaw);
    return concat(parts);
  }

  /** Nobody wants the rest of what it says, but it may say it and end, as long as it makes haste. */
  #forget(): void {
    this.#live();
    this.#program.output.cancel();
  }

  // ── the answer's content ──

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (this.#left === 0) {
      this.#forget();
      return undefined;
    }
    const bytes = this.#reader.content() ?? this.#program.output.read();
    return bytes instanceof Uint8Array ? this.#count(bytes) : this.#readLater(bytes);
  }

  async #readLater(promise: Promise<Uint8Array | undefined> | undefined): Promise<Uint8Array | undefined> {
    const bytes = await promise;
    if (bytes !== undefined) return this.#count(bytes);
    const flaw = this.#flaw(await this.#ending(SOON));
    if (flaw === undefined) return undefined;
    this.#complain(`Cannot go on with the answer: ${flaw}`);
    throw new SocketError("ECONNABORTED", `Cannot go on with the answer: the program said too little`);
  }

  /** Never more than was promised: what follows would be taken for the next message. */
  #count(bytes: Uint8Array): Uint8Array {
    this.#live();
    const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    if (part !== bytes) this.#complain("What it says goes on after its Content-Length: the rest is left out");
    this.#left -= part.length;
    return part;
  }

  /** Why what it said must not look complete. */
  #flaw(ending: Ending | undefined): string | undefined {
    if (this.#left === 0) return undefined;
    if (this.#left < Number.POSITIVE_INFINITY) return `it ended ${this.#left} bytes before its Content-Length`;
    return ending?.signal === undefined ? undefined : `it was ended by ${ending.signal}`;
  }

  cancel(): void {
    this.#fail(new SocketError("ECONNABORTED", "Cannot go on with the answer: nobody wants it"));
  }

  /** How it ended; undefined where it has closed its output and goes on, which it may. */
  #ending(within: number): Promise<Ending | undefined> {
    return new Promise((resolve) => {
      const alarm = this.#options.clock.after(within, () => resolve(undefined));
      void this.#program.over.then((ending) => {
        alarm.cancel();
        resolve(ending);
      });
    });
  }

  // ── the request's content ──

  /** Passes it on as the program takes it. Where it breaks off, the program must not take it for the whole. */
  async #feed(content: Body): Promise<void> {
    const { input } = this.#program;
    try {
      for (;;) {
        this.#awaitsClient = true;
        const bytes = await content.read();
        this.#awaitsClient = false;
        this.#live();
        if (bytes === undefined || input === undefined) break;
        // It need not read it all (§4.2).
        if (!(await input.write(bytes))) return;
        this.#live();
      }
      input?.end();
    } catch (error) {
      this.#fail(error);
    }
  }

  // ── its life ──

  #live(): void {
    this.#alive = this.#options.clock.now();
  }

  /** Looks again and again whether it was silent for too long; where others are slow, that is not its fault. */
  readonly #watch = (): void => {
    const { clock, timeout } = this.#options;
    const { output } = this.#program;
    if (output.held > 0 || this.#awaitsClient) this.#live();
    const left = this.#alive + timeout - clock.now();
    if (left > 0) {
      this.#alarm = clock.after(left, this.#watch);
      return;
    }
    this.#complain(`Cannot wait any longer: it was silent for ${timeout / 1000} s`);
    this.#fail(new Silence());
  };

  readonly #leave = (): void => {
    this.#fail(new SocketError("ECONNABORTED", "Cannot answer: the client has left"));
  };

  #fail(error: unknown): void {
    this.#program.stop();
    this.#program.output.fail(error as Error);
  }

  /** What it writes to its standard error goes to the log. */
  async #listen(): Promise<void> {
    const { errors } = this.#program;
    const grumbling = new Grumbling();
    for (let bytes = await errors.read(); bytes !== undefined; bytes = await errors.read()) {
      for (const line of grumbling.receive(bytes)) this.#complain(line);
    }
    for (const line of grumbling.end()) this.#complain(line);
  }

  #complain(line: string): void {
    this.#exchange.complain(`${this.#options.name}: ${line}`);
  }
}

function printEnding(ending: Ending | undefined): string {
  if (ending === undefined) return "it still runs";
  return ending.signal === undefined ? `exit status ${ending.code ?? "unknown"}` : `ended by ${ending.signal}`;
}
