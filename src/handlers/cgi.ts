/** Runs what lies in a `cgi-bin` (RFC 3875): finds the program, starts it, and makes its output the answer. */

import { readFileSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { latin1, utf8 } from "../base/bytes.ts";
import { type Clock, realClock } from "../base/clock.ts";
import type { LocalRedirect } from "../cgi/meaning.ts";
import { type Call, metaVariables, type Party, type Script } from "../cgi/variables.ts";
import { commandLine } from "../cgi/words.ts";
import { Fields } from "../http/fields.ts";
import type { Body, Request } from "../http/message.ts";
import { parsePath, printPath } from "../http/path.ts";
import { type Address, SocketError } from "../socket/socket.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { Gate, type Leave } from "./gate.ts";
import { type Program, startProgram } from "./program.ts";
import { Run } from "./run.ts";
import { findScript } from "./script.ts";
import { spool } from "./spool.ts";
import { StartError } from "./start.ts";

export interface CgiOptions {
  /** The folder that is served; what lies in a `cgi-bin` anywhere below it is run. */
  readonly root: string;
  /**
   * Milliseconds that a program may go without a sign of life, which is output or taking its input; it is ended
   * then: 504, or a broken message where the head is out already. Default 60 s.
   */
  readonly timeout?: number;
  /** How many run at once; the others wait. Default 32. */
  readonly limit?: number;
  /** How many wait; 503 beyond. Default 256. */
  readonly queue?: number;
  /** Bytes of a request's content of unknown length that are kept in memory; what is longer goes to disk. Default 64 KiB. */
  readonly spoolBytes?: number;
  /** Bytes of a request's content of unknown length; 413 beyond. Default 1 GiB, as Apache's LimitRequestBody. */
  readonly spoolLimit?: number;
  /** SERVER_NAME where a request names no host (HTTP/1.0). Default: the address it came in by. */
  readonly serverName?: string | undefined;
  /** SERVER_SOFTWARE: a name and a version. Default "maitred/" and its version. */
  readonly software?: string;
  /** Further variables of the programs' environment. PATH is the server's where it is not among them. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Answers where a program leads to another path of this site (§6.2.2): the whole site, which may come back here.
   * Default: these programs alone.
   */
  readonly redirectTo?: Handler | undefined;
  readonly clock?: Clock;
}

/** As in Apache: whoever is sent on more often is going round in circles. */
const MOST_REDIRECTS = 10;

/** Seconds after which it is worth trying again. */
const RETRY_AFTER = "5";

/** Where programs are looked for that name no folder, if the server itself was told nothing. */
const PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * A handler for programs. Any method is theirs to answer. Paths without a `cgi-bin`: 404 (ask `isForProgram` before).
 *
 * @example
 * const programs = cgi({ root: "examples/site" });
 * const { status } = await programs({ ...request, target: "/cgi-bin/adder?15000&213" }, exchange);
 * status; // 200
 */
export function cgi(options: CgiOptions): Handler {
  return new Programs(options).handle;
}

class Programs {
  readonly handle: Handler = (request, exchange) => this.#handle(request, exchange);
  readonly #root: string;
  readonly #options: CgiOptions;
  readonly #clock: Clock;
  readonly #gate: Gate;
  /** The same for all. */
  readonly #environment: readonly string[];
  /** How often a request has been sent on. */
  readonly #redirects = new WeakMap<Exchange, number>();

  constructor(options: CgiOptions) {
    const { root, clock = realClock, limit = 32, queue = 256, software = `maitred/${version()}` } = options;
    this.#root = resolve(root);
    this.#options = options;
    this.#clock = clock;
    this.#gate = new Gate({ limit, queue });
    const variables = { PATH: process.env.PATH ?? PATH, ...options.variables, SERVER_SOFTWARE: software };
    this.#environment = Object.entries(variables).map(([name, value]) => bytesOf(`${name}=${value}`));
  }

  async #handle(request: Request, exchange: Exchange): Promise<Answer> {
    const { segments, isFolder, query } = parsePath(request.target);
    const script = findScript(this.#root, segments, isFolder);
    if ("status" in script) {
      if (script.status === 403) exchange.complain(`Cannot run "${printPath(segments, isFolder)}": ${script.reason}`);
      return statusPage(script.status, request, script.detail);
    }
    const content = await this.#collect(request.body);
    const leave = await this.#enter(exchange, content);
    if (leave === undefined) return tryLater(request);

    const recipe = {
      path: script.file,
      argv: [bytesOf(script.file), ...commandLine(request.method, query)],
      env: [...this.#environment, ...metaVariables(this.#call(request, exchange, script, content))],
      cwd: dirname(script.file),
      hasInput: content !== undefined,
    };
    let program: Program;
    try {
      program = await startProgram(recipe, this.#clock);
    } catch (error) {
      leave();
      content?.cancel();
      return refuse(error, script, request, exchange);
    }
    void program.over.then(leave);
    const run = new Run(program, request, content, exchange, {
      name: script.name,
      isRaw: script.file.slice(script.file.lastIndexOf(sep) + 1).startsWith("nph-"),
      timeout: this.#options.timeout ?? 60_000,
      clock: this.#clock,
    });
    const answer = await run.answer();
    return "kind" in answer ? this.#redirect(answer, script, request, exchange) : answer;
  }

  /** "As transfer-codings are not supported on the request-body, the server MUST … recalculate the CONTENT_LENGTH" – §4.2 */
  #collect(body: Body | undefined): Body | undefined | Promise<Body> {
    if (body === undefined || body.length !== undefined) return body;
    const { spoolBytes = 64 * 1024, spoolLimit = 1024 ** 3 } = this.#options;
    return spool(body, { memory: spoolBytes, limit: spoolLimit });
  }

  async #enter(exchange: Exchange, content: Body | undefined): Promise<Leave | undefined> {
    try {
      const leave = await this.#gate.enter(exchange.signal);
      if (leave === undefined) content?.cancel();
      return leave;
    } catch {
      content?.cancel();
      throw new SocketError("ECONNABORTED", "Cannot answer: the client has left");
    }
  }

  #call(request: Request, { local, remote, secure }: Exchange, script: Script, content: Body | undefined): Call {
    // A length of 0 that is sent says that there is content, only none of it.
    const contentLength = content?.length ?? (request.fields.has("content-length") ? 0 : undefined);
    const server = { ...partyAt(local), secure, name: this.#options.serverName };
    return { request, contentLength, script, server, client: partyAt(remote) };
  }

  /** "The server MUST generate the response that it would have produced in response to a request" for it – §6.2.2 */
  #redirect({ target }: LocalRedirect, { name }: Script, request: Request, exchange: Exchange) {
    const count = (this.#redirects.get(exchange) ?? 0) + 1;
    this.#redirects.set(exchange, count);
    if (count > MOST_REDIRECTS) {
      exchange.complain(
        `${name}: Cannot follow its Location ${JSON.stringify(target)}: that was the ${count}th in a row`,
      );
      return statusPage(502, request, "The programs here lead round in a circle");
    }
    const { minor } = request;
    const fields = request.fields.copy();
    for (const field of OF_CONTENT) fields.delete(field);
    const method = request.method === "HEAD" ? "HEAD" : "GET";
    const { redirectTo = this.handle } = this.#options;
    return redirectTo({ method, target, minor, fields, body: undefined }, exchange);
  }
}

/** What a request that has no content any more must not say. */
const OF_CONTENT = ["content-length", "content-type", "content-encoding", "transfer-encoding", "expect"];

const tryLater = (request: Request): Answer =>
  statusPage(503, request, "Too many programs are running", Fields.of({ "Retry-After": RETRY_AFTER }));

/** What was wrong with the program is for the log. */
function refuse(error: unknown, { name }: Script, request: Request, exchange: Exchange): Answer {
  if (!(error instanceof StartError)) throw error;
  exchange.complain(`${name}: Cannot start it: ${error.message}`);
  if (error.code === "EACCES") return statusPage(403, request, "This may not be run");
  if (SHORTAGES.has(error.code)) return tryLater(request);
  return statusPage(502, request, "The program could not be started");
}

const SHORTAGES: ReadonlySet<string> = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

const partyAt = (address: Address): Party =>
  "path" in address ? { host: undefined, port: undefined } : { host: address.host, port: address.port };

/** UTF-8, one byte a letter. */
const bytesOf = (text: string): string => latin1(utf8(text));

/** The same place in a checkout and in the package: two folders up, from src/handlers or from dist/handlers. */
const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
