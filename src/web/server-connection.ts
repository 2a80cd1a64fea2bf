/** One connection to a server: a request goes out, its answer comes in, and then perhaps the next (RFC 9112 §9). */

import type { Alarm } from "../base/clock.ts";
import type { Fields } from "../http/fields.ts";
import { type Body, ProtocolError } from "../http/message.ts";
import { staysOpen } from "../http/persistence.ts";
import { type MessageReader, type ResponseHead, responseReader } from "../http/reader.ts";
import { frameRequest, requestHead } from "../http/writer.ts";
import type { Socket } from "../socket/socket.ts";
import type { ClientSettings } from "./client-options.ts";
import { sendContent } from "./content.ts";
import type { Origin } from "./origin.ts";
import { Outbox } from "./outbox.ts";
import { ResponseBody } from "./response-body.ts";
import type { Sweep, Waiting } from "./sweep.ts";
import { TunnelSocket } from "./tunnel-socket.ts";
import { UpstreamError } from "./upstream-error.ts";

/** A request as it goes to a server. */
export interface Outgoing {
  readonly method: string;
  readonly target: string;
  /** The minor version we speak. Default 1. */
  readonly minor?: 0 | 1;
  /** All of them but those that frame the content: these are added here. */
  readonly fields: Fields;
  readonly body?: Body | Uint8Array | undefined;
  /** The content waits until the server wants it (`Expect: 100-continue` is among the fields). */
  readonly isHeldBack?: boolean;
  /** The content once more from its beginning, for a second try; undefined where it cannot be had. */
  readonly again?: () => Body | undefined;
  /** An answer in another protocol is welcome (`Upgrade` is among the fields). */
  readonly mayUpgrade?: boolean;
}

/** Who asks, as far as a connection must know. */
export interface Asker {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  hold?: { cancel(): void } | undefined;
  /** An interim response came. */
  inform(status: number, fields: Fields): void;
}

/** A server's answer. */
export interface Incoming extends ResponseHead {
  /** All of it where it had come, else as it comes. */
  readonly body: Uint8Array | Body | undefined;
  /** For 101: the connection, and what the server has already said in the new protocol. */
  readonly upgrade: { readonly socket: Socket; readonly early: Uint8Array } | undefined;
}

/** Where connections come from, and go back to. */
export interface Stable {
  /** It may be asked again. */
  rest(connection: ServerConnection): void;
  /** It is no more. */
  forget(connection: ServerConnection): void;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A server that says "soon" more often than that will not answer. */
const MOST_INTERIM = 1000;

/** What is awaited from the server, and so what it means when it does not come. */
type Awaited = "answer" | "content" | "room" | "work" | "nothing";

/** @internal */
export class ServerConnection implements Waiting {
  readonly origin: Origin;
  deadline = NEVER;
  /** How many requests it has been asked. */
  uses = 0;
  /** When it was last put to rest, on the sweep's scale. */
  restedAt = 0;
  readonly outbox: Outbox;
  readonly #socket: Socket;
  readonly #reader: MessageReader<ResponseHead>;
  readonly #settings: ClientSettings;
  readonly #sweep: Sweep;
  readonly #stable: Stable;
  #awaited: Awaited = "nothing";
  #asker: Asker | undefined;
  /** The read under way; one waits for it while idle, another while asking. */
  #reading: Promise<void> | undefined;
  #hasEnded = false;
  #isClosed = false;
  /** Why nothing more will come. */
  #failure: unknown;
  /** What the request's own content failed with. */
  #fault: unknown;
  /** The server has left, or was lost. */
  #isDead = false;
  /** Whether any of the answer has come, and whether its head has. */
  #hasHeard = false;
  #hasHead = false;
  /** Whether the request is out, whole. */
  #isSent = true;
  /** The server takes no more of the request, or need not: it has answered. */
  #isSendingOver = false;
  #maySend: PromiseWithResolvers<void> | undefined;
  #patience: Alarm | undefined;
  #staysOpen = false;
  #sent: number | undefined;

  constructor(socket: Socket, origin: Origin, settings: ClientSettings, sweep: Sweep, stable: Stable) {
    this.origin = origin;
    this.outbox = new Outbox(socket);
    this.#socket = socket;
    this.#reader = responseReader(settings.limits);
    this.#settings = settings;
    this.#sweep = sweep;
    this.#stable = stable;
    sweep.enter(this);
  }

  /** Whether it died of age: it had been used before, and not a byte of this answer came. */
  get isStale(): boolean {
    return this.uses > 1 && !this.#hasHeard && this.#isDead;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Sends a request and hears the answer's head. One at a time. Fails with an UpstreamError, or with what the request's
   * own content failed with.
   */
  async ask(outgoing: Outgoing, asker: Asker): Promise<Incoming> {
    const { method, target, minor = 1, fields, body } = outgoing;
    this.uses += 1;
    this.#asker = asker;
    this.#hasHeard = false;
    this.#hasHead = false;
    this.#staysOpen = minor === 1;
    this.#isSendingOver = false;
    this.#await("nothing", NEVER);
    asker.hold = this;
    try {
      const length = frameRequest(method, body, fields);
      this.outbox.put(requestHead({ method, target, minor, fields }));
      this.#isSent = body === undefined || body instanceof Uint8Array;
      if (this.#isSent) {
        if (body !== undefined) this.outbox.put(body as Uint8Array);
        this.outbox.flush()?.catch(ignore);
        this.#await("answer", this.#settings.answerTimeout);
      } else {
        void this.#send(body as Body, length, outgoing.isHeldBack === true);
      }
      return await this.#hear(method, outgoing.mayUpgrade === true);
    } catch (error) {
      this.#close();
      throw this.#fault ?? this.#meaning(this.#failure ?? error);
    }
  }

  // ── asking ──

  /** Never fails: what stops it is heard by who waits for the answer. */
  async #send(body: Body, length: number, isHeldBack: boolean): Promise<void> {
    try {
      if (isHeldBack) await this.#held();
      if (this.#isSendingOver) return;
      await sendContent(body, length, this);
      const full = this.outbox.flush();
      if (full !== undefined) await this.room(full);
      this.#isSent = true;
      this.#awaitAnswer(this.#settings.answerTimeout);
    } catch (error) {
      if (this.#isSendingOver) return;
      // The content broke off: the server must not take what it has for the whole (RFC 9112 §8).
      this.#fault = error;
      this.#close();
    }
  }

  /** Until the server says that it wants the content, or has had the time to. */
  async #held(): Promise<void> {
    this.outbox.flush()?.catch(ignore);
    this.#maySend = Promise.withResolvers();
    this.#patience = this.#settings.clock.after(this.#settings.continueTimeout, this.#maySend.resolve);
    await this.#maySend.promise;
    this.#patience.cancel();
  }

  /** Waits for a server that cannot keep up. */
  async room(full: Promise<void>): Promise<void> {
    this.#sent = this.#socket.sent;
    if (!this.#hasHead) this.#await("room", this.#settings.writeTimeout);
    try {
      await full;
    } catch {
      this.#isSendingOver = true;
      // A server that takes no more may have said why: that is worth waiting for, but not for long.
      this.#awaitAnswer(this.#settings.continueTimeout);
    }
    if (this.#isSendingOver) throw new StopSending();
    if (this.#awaited === "room") this.#await("nothing", NEVER);
  }

  #awaitAnswer(ms: number): void {
    if (!this.#hasHead && !this.#isClosed) this.#await("answer", ms);
  }

  // ── hearing ──

  async #hear(method: string, mayUpgrade: boolean): Promise<Incoming> {
    for (let interim = 0; ; ) {
      const head = this.#reader.head(method);
      if (head === undefined) {
        if (this.#hasEnded) throw this.#silent();
        await this.#fill();
        if (this.#failure !== undefined) throw this.#failure;
      } else if (head.status >= 200) {
        return this.#begin(head);
      } else if (head.status === 101) {
        if (!mayUpgrade) throw new ProtocolError(502, "it changed to a protocol that nobody asked for");
        return this.#upgrade(head);
      } else {
        interim += 1;
        if (interim > MOST_INTERIM) throw new ProtocolError(502, "it answers with interim responses only");
        this.#interim(head);
      }
    }
  }

  #interim({ status, fields }: ResponseHead): void {
    if (this.#awaited === "answer") this.#await("answer", this.#settings.answerTimeout);
    // Whoever then reads the content lets its sender know.
    if (status === 100 && this.#maySend !== undefined) this.#maySend.resolve();
    else this.#asker?.inform(status, fields);
  }

  #begin(head: ResponseHead): Incoming {
    const reader = this.#reader;
    this.#hasHead = true;
    this.#staysOpen &&= staysOpen(head.minor, head.fields);
    this.#await("nothing", NEVER);
    let body: Uint8Array | Body | undefined;
    const length = reader.contentLength;
    if (length === 0 || reader.isDone) {
      this.#finish();
    } else if (length !== undefined && reader.waiting >= length) {
      body = reader.content();
      this.#finish();
    } else {
      body = new ResponseBody(this, length);
    }
    return {
      status: head.status,
      reason: head.reason,
      minor: head.minor,
      fields: head.fields,
      body,
      upgrade: undefined,
    };
  }

  #upgrade(head: ResponseHead): Incoming {
    const early = this.#reader.takeWaiting();
    const first = this.#reading?.then(() => (this.#hasEnded ? undefined : this.#reader.takeWaiting()));
    this.#leave();
    return { ...head, body: undefined, upgrade: { socket: new TunnelSocket(this.#socket, first), early } };
  }

  /** The content's next bytes; undefined after the last. Throws an UpstreamError where it breaks off. */
  content(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    try {
      const part = this.#reader.content();
      if (part !== undefined) return part;
      if (this.#reader.isDone) {
        this.#finish();
        return undefined;
      }
    } catch (error) {
      this.#close();
      throw this.#brokenBy(this.#failure ?? error);
    }
    return this.#contentLater();
  }

  async #contentLater(): Promise<Uint8Array | undefined> {
    this.#await("content", this.#settings.readTimeout);
    await this.#fill();
    if (this.#awaited === "content") this.#await("nothing", NEVER);
    if (this.#failure !== undefined) {
      this.#close();
      throw this.#brokenBy(this.#failure);
    }
    return this.content();
  }

  get trailers(): Fields | undefined {
    return this.#reader.trailers;
  }

  /** Reads once more. Does not fail: look at what it has found. */
  #fill(): Promise<void> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  async #read(): Promise<void> {
    try {
      const bytes = await this.#socket.read();
      if (bytes === undefined) {
        this.#hasEnded = true;
        this.#isDead = true;
        this.#reader.end();
      } else {
        this.#hasHeard = true;
        this.#reader.receive(bytes);
      }
    } catch (error) {
      this.#isDead = !this.#isClosed;
      this.#failure ??= error;
    }
    this.#reading = undefined;
    // Nobody asked: it has closed, or it is not one to be trusted with the next request (RFC 9112 §9.2).
    if (this.#awaited === "work") this.#close();
  }

  // ── its life ──

  /** The answer has come whole. */
  #finish(): void {
    const isReusable = this.#staysOpen && this.#isSent && !this.#hasEnded && this.#reader.waiting === 0;
    this.#letGo();
    if (this.#isClosed) return;
    if (!isReusable) {
      this.#close();
      return;
    }
    this.#await("work", this.#settings.idleTimeout);
    this.restedAt = this.#sweep.now;
    this.#stable.rest(this);
    // Whether or not somebody asks at once, the next bytes are awaited.
    if (!this.#isClosed) void this.#fill();
  }

  /** Nobody wants the rest of the answer. */
  cancel(): void {
    if (this.#awaited === "work") return;
    this.#failure ??= new UpstreamError("connection_terminated", "Nobody waits for the answer any more", {
      isSent: true,
    });
    this.#close();
  }

  /** Ends it where it is idle; what is under way goes on, and is the last. */
  dismiss(): void {
    this.#staysOpen = false;
    if (this.#awaited === "work") this.#close();
  }

  #letGo(): void {
    if (this.#asker?.hold === this) this.#asker.hold = undefined;
    this.#asker = undefined;
    this.#isSendingOver = true;
    this.#maySend?.resolve();
    this.#maySend = undefined;
    this.#patience?.cancel();
  }

  /** The socket is somebody else's now, or nobody's. */
  #leave(): void {
    this.#letGo();
    this.#isClosed = true;
    this.#await("nothing", NEVER);
    this.#sweep.leave(this);
    this.#stable.forget(this);
  }

  #close(): void {
    if (this.#isClosed) return;
    const isQuiet = this.#awaited === "work" || (this.#reader.isDone && this.#isSent && this.#failure === undefined);
    this.#leave();
    // A request that is not out whole must not look as if it were.
    if (isQuiet) this.#socket.close();
    else this.#socket.reset();
  }

  #await(what: Awaited, ms: number): void {
    this.#awaited = what;
    this.deadline = ms === NEVER ? NEVER : this.#sweep.deadlineIn(ms);
  }

  /** Called by the sweep. */
  expire(): void {
    const { sent } = this.#socket;
    // Slow as it is, it takes what we send.
    if (this.#awaited === "room" && sent !== this.#sent) {
      this.#sent = sent;
      this.deadline = this.#sweep.deadlineIn(this.#settings.writeTimeout);
      return;
    }
    if (this.#awaited !== "work") this.#failure ??= this.#tooLate();
    this.#close();
  }

  // ── what went wrong ──

  get #who(): string {
    return this.origin.key;
  }

  #tooLate(): UpstreamError {
    if (this.#awaited === "room") {
      return this.#error("connection_write_timeout", "it takes no more of the request");
    }
    if (this.#awaited === "content")
      return this.#error("connection_read_timeout", "the rest of its answer does not come");
    return this.#error("http_response_timeout", "it does not answer");
  }

  #silent(): UpstreamError {
    return this.#error("connection_terminated", "it closed the connection without an answer");
  }

  #error(type: UpstreamError["type"], why: string, cause?: unknown): UpstreamError {
    return new UpstreamError(type, `Cannot get an answer from ${this.#who}: ${why}`, { isSent: true, cause });
  }

  /** What an error before the answer's head means to who asked. */
  #meaning(error: unknown): unknown {
    if (error instanceof UpstreamError || error instanceof TypeError) return error;
    if (!(error instanceof ProtocolError)) return this.#error("connection_terminated", "the connection broke", error);
    if (this.#hasEnded) return this.#error("http_response_incomplete", "it closed the connection amid the head", error);
    const isTooLong = error.status === 431 || error.status === 414;
    return this.#error(isTooLong ? "http_response_header_section_size" : "http_protocol_error", error.message, error);
  }

  /** The same for one in the middle of the content. */
  #brokenBy(error: unknown): unknown {
    if (this.#fault !== undefined) return this.#fault;
    if (error instanceof UpstreamError) return error;
    const isNonsense = error instanceof ProtocolError && !this.#hasEnded;
    const type = isNonsense ? "http_response_transfer_coding" : "http_response_incomplete";
    return this.#error(type, "its answer broke off", error);
  }
}

/** Nothing more need be sent. */
class StopSending extends Error {}

const ignore = (): void => {};
