/**
 * One client's connection, told in one line: read a request, find the answer, write it, go on
 * (RFC 9112 §9).
 */

import { fromLatin1 } from "../base/bytes.ts";
import { expectsContinue } from "../http/expectation.ts";
import { Fields } from "../http/fields.ts";
import { ProtocolError } from "../http/message.ts";
import { isPrepared } from "../http/prepared.ts";
import type { RequestHead } from "../http/reader.ts";
import { responseHead } from "../http/writer.ts";
import { type Address, type Socket, SocketError } from "../socket/socket.ts";
import { type ExchangeHost, OneExchange } from "./exchange.ts";
import type { Answer, Exchange, Handler } from "./handler.ts";
import type { Guest, House } from "./house.ts";
import { type ContentSource, IncomingBody } from "./incoming.ts";
import { Intake, type Watcher } from "./intake.ts";
import { Outbox } from "./outbox.ts";
import { statusPage } from "./page.ts";
import { type Asked, cancel, type Desk, planTruly, reply } from "./reply.ts";

/** A request's content that nobody wanted is read to its end up to this size; else the connection closes. */
const DRAINED = 256 * 1024;

/**
 * A client that ends its side within this many milliseconds of its request has said all it wanted and
 * waits for the answer (`printf … | nc`), or has left at once. One that does so later has left: a killed curl looks just so.
 */
const HALF_CLOSE = 100;

/**
 * Milliseconds between two questions to a client that has ended its side with its request: does it still listen? At
 * first they come quickly, since a client that is gone resets us at the first one, and we are told at the third.
 */
const QUESTIONS = { first: 100, quick: 3, last: 20_000 };

const NEVER = Number.POSITIVE_INFINITY;

/** What is awaited from the peer, and so what it means when it does not come. */
type Awaited = "request" | "head" | "content" | "end" | "nothing";

/**
 * Reads, asks the handler, writes, until one side closes.
 *
 * @internal
 */
export class Connection implements Guest, ExchangeHost, ContentSource, Desk, Watcher {
  readonly #socket: Socket;
  readonly #house: House;
  readonly #handler: Handler;
  readonly #intake: Intake;
  readonly outbox: Outbox;
  #awaited: Awaited = "request";
  #readBy = NEVER;
  #writeBy = NEVER;
  /** How many bytes had gone when we last looked at a peer that cannot keep up. */
  #sent: number | undefined;
  /** Nothing more may be written: an answer was given in place of the handler's. */
  #isOver = false;
  #minor: 0 | 1 = 1;
  #body: IncomingBody | undefined;
  #exchange: OneExchange | undefined;
  /** Whether the answer's head is still to come: only then may interim responses go. */
  #isAsked = false;
  /** The request's content cannot be read to its end, so nothing behind it can be read either. */
  #isBroken = false;
  /** Whether it is noticed when the client leaves. */
  #isWatching = false;
  /** Whether it has said all it wanted, and was seen to do so during this exchange. */
  #hasEndedEarly = false;
  /** When the request was complete, for telling a half-close from a departure. */
  #askedAt = 0;

  constructor(socket: Socket, house: House, handler: Handler) {
    this.#socket = socket;
    this.#house = house;
    this.#handler = handler;
    this.#intake = new Intake(socket, house.settings, this);
    this.outbox = new Outbox(socket);
  }

  get local(): Address {
    return this.#socket.local;
  }

  get remote(): Address {
    return this.#socket.remote;
  }

  get secure(): boolean {
    return this.#house.settings.secure;
  }

  get date(): string {
    return this.#house.date;
  }

  complain(message: string, error?: unknown): void {
    this.#house.settings.complain(message, this.remote, error);
  }

  /** From the first request to the last. Never fails. */
  async attend(): Promise<void> {
    this.#house.enter(this);
    // The first request must come as quickly as the rest of its head; later ones may take their time.
    this.#await("request", this.#house.settings.headTimeout);
    const { reader } = this.#intake;
    try {
      for (;;) {
        const request = reader.head();
        if (request !== undefined) {
          const goesOn = this.#answer(request);
          if (goesOn !== true && !(await goesOn)) break;
        } else if (!this.#waitsForMore()) {
          break;
        } else if (this.#intake.isReading) {
          await this.#intake.fill();
          this.#intake.check();
        } else {
          this.#intake.take(await this.#intake.read());
        }
      }
      await this.#linger();
    } catch (error) {
      await this.#giveUp(error);
    } finally {
      this.#socket.close();
      this.#house.leave(this);
    }
  }

  async #giveUp(error: unknown): Promise<void> {
    // The peer's nonsense gets its answer here, and goes no further; in the middle of an answer there is no place for another.
    if (error instanceof ProtocolError && this.#exchange === undefined) {
      this.complain(`${error.status}: ${error.message}`);
      return this.#refuse(statusPage(error.status, undefined, error.message))
        .then(() => this.#linger())
        .catch((error: unknown) => this.#breakOff(error));
    }
    this.#breakOff(error);
  }

  #breakOff(error: unknown): void {
    const hadLeft = this.#exchange?.hasLeft === true;
    this.#exchange?.leave();
    const isOfSocket = error instanceof SocketError;
    // Peers come and go; the rest is a fault of ours, or of a handler's body.
    if (!isOfSocket && !hadLeft) this.complain(`The answer broke off: ${error}`, error);
    // ECONNABORTED: we have closed it already, and what was written may still be on its way.
    if (!isOfSocket || error.code !== "ECONNABORTED") this.#socket.reset();
  }

  // ── reading ──

  /** Whether the next request, or the rest of it, may still come; and how long that may take. */
  #waitsForMore(): boolean {
    const { headTimeout, idleTimeout } = this.#house.settings;
    const isAmidHead = this.#intake.reader.waiting > 0;
    if (this.#intake.hasEnded || this.#isOver || (this.#house.isClosing && !isAmidHead)) return false;
    if (isAmidHead && this.#awaited !== "head") this.#await("head", headTimeout);
    else if (this.#awaited === "nothing") this.#await("request", idleTimeout);
    return true;
  }

  #await(what: Awaited, ms: number): void {
    this.#awaited = what;
    this.#readBy = this.#house.deadlineIn(ms);
  }

  /** Reads ahead while a handler works, within bounds, to notice when the client leaves. */
  #watch(): void {
    this.#isWatching = true;
    if (this.#intake.hasRoom) void this.#intake.fill();
    else if (this.#intake.hasEnded) this.#clientEnded();
  }

  cameIn(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || !this.#isWatching) return;
    if (this.#intake.failure !== undefined) exchange.leave();
    else if (this.#intake.hasEnded) this.#clientEnded();
    else if (this.#intake.hasRoom) void this.#intake.fill();
  }

  #clientEnded(): void {
    const exchange = this.#exchange!;
    this.#isWatching = false;
    if (this.#hasEndedEarly) return;
    this.#hasEndedEarly = true;
    if (this.#house.settings.clock.now() - this.#askedAt > HALF_CLOSE) exchange.leave();
    else if (this.#minor === 1) void this.#question(exchange);
  }

  /**
   * Whether a client that has said all it wanted is still there can only be told by saying something, and before the
   * answer that is an interim response, which every client of HTTP/1.1 must understand (RFC 9110 §15.2). Only a handler
   * that wants to know when its client leaves makes us ask.
   */
  async #question(exchange: OneExchange): Promise<void> {
    const { clock } = this.#house.settings;
    let wait = QUESTIONS.first;
    for (let count = 1; ; count++) {
      await new Promise<void>((resolve) => void clock.after(wait, resolve));
      if (exchange !== this.#exchange || !this.#isAsked || this.#isOver) return;
      if (count > QUESTIONS.quick) wait = Math.min(2 * wait, QUESTIONS.last);
      if (!exchange.isWatched) continue;
      try {
        await this.#socket.write(fromLatin1(responseHead(102, undefined, new Fields())));
      } catch {
        exchange.leave();
        return;
      }
    }
  }

  async awaitContent(body: IncomingBody): Promise<void> {
    const { bodyTimeout, slowest } = this.#house.settings;
    const earned = bodyTimeout + (body.received * 1000) / slowest - body.waited;
    this.#await("content", Math.min(bodyTimeout, earned));
    const began = this.#house.now;
    try {
      await this.#intake.fill();
      this.#intake.check();
    } finally {
      body.waited += this.#house.now - began;
      if (!this.#isOver) this.#await("nothing", NEVER);
    }
    if (this.#isOver) throw new ProtocolError(408, "Cannot read the content: it came too slowly");
  }

  sendContinue(): void {
    if (this.#exchange !== undefined) this.inform(this.#exchange, 100, new Fields());
  }

  recycle(): void {
    this.#intake.recycle();
  }

  contentDone(): void {
    this.#intake.forget();
    // Whoever waited for content noticed when the client left; now somebody else must.
    if (this.#exchange !== undefined && !this.#intake.isReading) this.#watch();
  }

  // ── answering ──

  /** Says whether another request may follow: at once, where nothing must be waited for. */
  #answer(request: RequestHead): true | Promise<boolean> {
    this.#awaited = "nothing";
    this.#readBy = NEVER;
    this.#minor = request.minor;
    this.#isAsked = true;
    this.#isWatching = false;
    this.#hasEndedEarly = false;
    const exchange = new OneExchange(this);
    this.#exchange = exchange;
    if (!this.#intake.reader.isDone) {
      this.#body = new IncomingBody(this.#intake.reader, this, expectsContinue(request.minor, request.fields));
      request.body = this.#body;
    }
    let answer: Answer | Promise<Answer>;
    try {
      answer = this.#handler(request, exchange);
    } catch (error) {
      return this.#send(request, this.#failure(request, error));
    }
    if (answer instanceof Promise) return this.#answerLater(request, answer);
    return this.#sendPrepared(request, answer) ?? this.#send(request, answer);
  }

  async #answerLater(request: RequestHead, promise: Promise<Answer>): Promise<boolean> {
    this.#askedAt = this.#house.settings.clock.now();
    this.#watch();
    let answer: Answer;
    try {
      answer = await promise;
    } catch (error) {
      answer = this.#failure(request, error);
    }
    return this.#sendPrepared(request, answer) ?? this.#sendWhole(request, answer) ?? this.#send(request, answer);
  }

  #failure(request: RequestHead, error: unknown): Answer {
    if (error instanceof ProtocolError) {
      this.#isBroken = this.#body !== undefined;
      return statusPage(error.status, request, error.message);
    }
    // A client that left in the middle is no fault of the handler's.
    if (!(error instanceof SocketError)) {
      this.complain(`Cannot answer ${request.method} ${request.target}: ${error}`, error);
    }
    return statusPage(500, request);
  }

  /** The quick way, for an answer whose bytes are ready and a client that stays; undefined where it is not so easy. */
  #sendPrepared(request: RequestHead, answer: Answer): true | Promise<boolean> | undefined {
    if (!isPrepared(answer) || request.minor === 0 || this.#body !== undefined) return undefined;
    if (this.#house.isClosing || this.#isOver) return undefined;
    const connection = request.fields.get("connection");
    if (connection !== undefined && connection !== "keep-alive") return undefined;
    let full: Promise<void> | undefined;
    if (request.method === "GET") {
      const whole = answer.whole(this.#house.date);
      if (whole === undefined) this.#socket.write(answer.head(this.#house.date))?.catch(ignore);
      full = this.#socket.write(whole ?? answer.body);
    } else if (request.method === "HEAD") {
      full = this.#socket.write(answer.head(this.#house.date));
    } else {
      return undefined;
    }
    this.#isAsked = false;
    this.#exchange = undefined;
    return full === undefined ? true : this.room(full).then(yes);
  }

  /** Nearly as quick, for one whose content has come whole, to a request without any. */
  #sendWhole(request: RequestHead, answer: Answer): boolean | Promise<boolean> | undefined {
    const { body, tunnel } = answer;
    if (this.#body !== undefined || this.#isOver || tunnel !== undefined || answer.raw === true) return undefined;
    if (body !== undefined && !(body instanceof Uint8Array)) return undefined;
    const plan = planTruly(request, answer, this);
    this.outbox.put(plan.head);
    if (plan.length !== 0 && body !== undefined) this.outbox.put(body)?.catch(ignore);
    const full = this.outbox.flush();
    this.#isAsked = false;
    this.#exchange = undefined;
    return full === undefined ? plan.staysOpen : this.room(full).then(() => plan.staysOpen);
  }

  async #send(request: RequestHead, answer: Answer): Promise<boolean> {
    if (this.#isOver) {
      cancel(answer);
      return false;
    }
    this.#isAsked = false;
    if (answer.tunnel !== undefined) return this.#tunnel(answer, answer.tunnel);
    if (this.#body !== undefined && (answer.body === undefined || answer.body instanceof Uint8Array)) {
      this.#skipUnwanted(this.#body);
    }
    const goesOn = await reply(request, answer, this);
    const body = this.#body;
    this.#body = undefined;
    this.#exchange = undefined;
    return goesOn && (body === undefined || (await this.#drain(body)));
  }

  /** Whether another request may follow, as far as we are concerned. */
  get mayStay(): boolean {
    if (
      this.#house.isClosing ||
      this.#isOver ||
      this.#isBroken ||
      (this.#intake.hasEnded && this.#intake.reader.waiting === 0)
    )
      return false;
    const body = this.#body;
    if (body === undefined || this.#intake.reader.isDone || body.isWanted) return true;
    return !body.isHeldBack && body.length !== undefined && body.length <= DRAINED;
  }

  /** The answer is complete: chunked content that has come whole, and that nobody asked for, need not part us. */
  #skipUnwanted(body: IncomingBody): void {
    if (body.length !== undefined || body.isWanted || body.isHeldBack) return;
    try {
      while (this.#intake.reader.content() !== undefined);
    } catch {
      this.#isBroken = true;
    }
  }

  async room(full: Promise<void> | undefined): Promise<void> {
    if (full === undefined) return;
    this.#sent = this.#socket.sent;
    this.#writeBy = this.#house.deadlineIn(this.#house.settings.writeTimeout);
    try {
      await full;
    } finally {
      this.#writeBy = NEVER;
    }
  }

  /** Content that nobody wanted stands before the next request. Says whether it could be cleared away. */
  async #drain(body: IncomingBody): Promise<boolean> {
    try {
      for (const from = body.received; !this.#intake.reader.isDone; ) {
        if (body.isHeldBack || body.received - from > DRAINED) return false;
        await body.read();
      }
      return true;
    } catch {
      return false;
    }
  }

  async #tunnel(answer: Answer, tunnel: NonNullable<Answer["tunnel"]>): Promise<boolean> {
    await this.room(this.#socket.write(fromLatin1(responseHead(answer.status, answer.reason, answer.fields))));
    this.#exchange = undefined;
    const { socket, early } = this.#intake.handOver();
    await tunnel(socket, early);
    return false;
  }

  inform(exchange: Exchange, status: number, fields: Fields): void {
    if (exchange !== this.#exchange || !this.#isAsked || this.#isOver || this.#minor === 0) return;
    // How full the socket is will be felt by whoever writes the answer.
    this.#socket.write(fromLatin1(responseHead(status, undefined, fields)))?.catch(ignore);
  }

  async #refuse(answer: Answer): Promise<void> {
    const asked: Asked = { method: "GET", minor: 1, fields: new Fields() };
    this.#isAsked = false;
    answer.fields.set("Connection", "close");
    this.#house.settings.onRefusal(answer.status, this.remote);
    await reply(asked, answer, this);
  }

  // ── leaving ──

  /**
   * "The server … half-closes; continues to read … until it receives a corresponding close by the client" –
   * RFC 9112 §9.6: closing at once may reset the connection and destroy the answer on its way.
   */
  async #linger(): Promise<void> {
    await this.room(this.#socket.end());
    this.#await("end", this.#house.settings.lingerTimeout);
    await this.#intake.dropRest();
  }

  get deadline(): number {
    return Math.min(this.#readBy, this.#writeBy);
  }

  /** Called by the house when the deadline has passed. */
  expire(): void {
    if (this.#writeBy <= this.#house.now) {
      const { sent } = this.#socket;
      // Slow as it is, it reads: a large piece may take many times as long as that.
      if (sent !== this.#sent) {
        this.#sent = sent;
        this.#writeBy = this.#house.deadlineIn(this.#house.settings.writeTimeout);
        return;
      }
      // Who does not read what we write learns nothing from one more answer.
      this.#socket.reset();
      return;
    }
    const awaited = this.#awaited;
    this.#readBy = NEVER;
    if (awaited === "head") this.#tooLate("Cannot wait any longer for the rest of the request's head");
    else if (awaited === "content" && this.#isAsked) this.#tooLate("Cannot wait any longer for the request's content");
    else if (awaited === "content") this.#socket.reset();
    else this.#socket.close();
  }

  /** 408, in place of whoever is at work; then the client has as long as anyone to close its side. */
  #tooLate(detail: string): void {
    this.#isOver = true;
    this.complain(`408: ${detail}`);
    this.#exchange?.leave();
    this.#await("end", this.#house.settings.lingerTimeout);
    this.#refuse(statusPage(408, undefined, detail))
      .then(() => this.room(this.#socket.end()))
      .catch(ignore);
  }

  /** No further request will be answered; the one under way will. */
  finish(): void {
    if (this.#awaited === "request" && this.#intake.reader.waiting === 0) this.#socket.close();
  }

  /** The grace is over. */
  abandon(): void {
    this.#exchange?.leave();
    this.#socket.reset();
  }
}

const ignore = (): void => {};
const yes = (): boolean => true;
