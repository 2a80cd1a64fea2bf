/** One connection to a server: a request goes out, its answer comes in, and then perhaps the next (RFC 9112 §9). */

import type { Fields } from "../http/fields.ts";
import { forwardable } from "../http/forwarding.ts";
import { type Body, ProtocolError } from "../http/message.ts";
import { staysOpen } from "../http/persistence.ts";
import { type MessageReader, type ResponseHead, responseReader } from "../http/reader.ts";
import { switchedTo } from "../http/upgrade.ts";
import { viaOf } from "../http/via.ts";
import { frameRequest, requestHead } from "../http/writer.ts";
import type { Socket } from "../socket/socket.ts";
import type { Asker, Incoming, Outgoing } from "./asking.ts";
import type { ClientSettings } from "./client-options.ts";
import { Lent } from "./lent.ts";
import type { Origin } from "./origin.ts";
import { Outbox } from "./outbox.ts";
import { ResponseBody } from "./response-body.ts";
import { Sending, type Way } from "./sending.ts";
import type { Sweep, Waiting } from "./sweep.ts";
import { UpstreamError } from "./upstream-error.ts";
import { fault, faultAmidContent, faultBeforeHead } from "./upstream-faults.ts";

/** Where connections come from, and go back to. */
export interface Stable {
  /** It may be asked again. */
  rest(connection: ServerConnection): void;
  /** It is no more. */
  forget(connection: ServerConnection): void;
  /** It has died of age before it said a word: the answer over another one, where asking twice is safe. */
  askAgain(origin: Origin, outgoing: Outgoing, asker: Asker): Promise<Incoming> | undefined;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A server that says "soon" more often than that will not answer. */
const MOST_INTERIM = 1000;

/** What is awaited from the server, and so what it means when it does not come. */
type Awaited = "answer" | "content" | "room" | "work" | "nothing";

/** @internal */
export class ServerConnection implements Waiting, Way {
  readonly origin: Origin;
  readonly settings: ClientSettings;
  readonly outbox: Outbox;
  deadline = NEVER;
  /** When it was last put to rest, on the sweep's scale. */
  restedAt = 0;
  readonly #socket: Socket;
  readonly #reader: MessageReader<ResponseHead>;
  readonly #lent = new Lent();
  readonly #sweep: Sweep;
  readonly #stable: Stable;
  #hasBeenUsed = false;
  /** If it dies now without a word, that was of age. */
  #mayBeStale = false;
  #awaited: Awaited = "nothing";
  #asker: Asker | undefined;
  /** The request's content, where that comes bit by bit. */
  #sending: Sending | undefined;
  /** What is being asked, and who waits for the head of its answer, or for more of its content. */
  #outgoing: Outgoing | undefined;
  #answer: PromiseWithResolvers<Incoming> | undefined;
  #content: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #interims = 0;
  /** A read is under way: while it is idle, too. */
  #isReading = false;
  /** Whether any of the answer has come, and whether its head has. */
  #hasHeard = false;
  #hasHead = false;
  #staysOpen = false;
  #hasEnded = false;
  /** The server has left, or was lost. */
  #isDead = false;
  #isClosed = false;
  /** Why nothing more will come: it failed, or the request's own content did. */
  #failure: unknown;
  #contentFailure: unknown;
  #sent: number | undefined;

  constructor(socket: Socket, origin: Origin, settings: ClientSettings, sweep: Sweep, stable: Stable) {
    this.origin = origin;
    this.settings = settings;
    this.outbox = new Outbox(socket);
    this.#socket = socket;
    this.#reader = responseReader(settings.limits);
    this.#sweep = sweep;
    this.#stable = stable;
    sweep.enter(this);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Sends a request; gives the answer's head, once that is there. One at a time. Fails with an UpstreamError, or with
   * what the request's own content failed with. Where it is asked a second time already, there is no third.
   */
  ask(outgoing: Outgoing, asker: Asker, isAgain = false): Promise<Incoming> {
    this.#mayBeStale = this.#hasBeenUsed && !isAgain;
    this.#hasBeenUsed = true;
    this.#outgoing = outgoing;
    this.#asker = asker;
    this.#interims = 0;
    this.#hasHeard = false;
    this.#hasHead = false;
    this.#staysOpen = outgoing.minor !== 0 && staysOpen(1, outgoing.fields);
    this.#await("nothing", NEVER);
    asker.hold = this;
    const answer = Promise.withResolvers<Incoming>();
    this.#answer = answer;
    try {
      this.#send(outgoing);
      this.#read();
    } catch (error) {
      this.#refuse(answer, error);
    }
    return answer.promise;
  }

  // ── asking ──

  #send({ method, target, minor = 1, fields, body, isHeldBack = false }: Outgoing): void {
    const length = frameRequest(method, body, fields);
    this.outbox.put(requestHead({ method, target, minor, fields }));
    if (body !== undefined && !(body instanceof Uint8Array)) {
      this.#sending = new Sending(this);
      void this.#sending.send(body, length, isHeldBack);
      return;
    }
    this.#sending = undefined;
    if (body !== undefined) this.outbox.put(body);
    this.outbox.flush()?.catch(ignore);
    this.awaitAnswer(this.settings.answerTimeout);
  }

  awaitAnswer(ms: number): void {
    if (!this.#hasHead && !this.#isClosed) this.#await("answer", ms);
  }

  awaitRoom(): void {
    this.#sent = this.#socket.sent;
    if (!this.#hasHead) this.#await("room", this.settings.writeTimeout);
  }

  hasRoom(): void {
    if (this.#awaited === "room") this.#await("nothing", NEVER);
  }

  contentFailed(error: unknown): void {
    this.#contentFailure = error;
    this.#close();
  }

  // ── hearing ──

  /** Looks for the answer's head in what has come. */
  #hear(answer: PromiseWithResolvers<Incoming>, { method, upgrade, via }: Outgoing): void {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      for (;;) {
        const head = this.#reader.head(method);
        if (head === undefined) break;
        if (head.status >= 200 || head.status === 101) {
          this.#answer = undefined;
          this.#outgoing = undefined;
          answer.resolve(head.status === 101 ? this.#upgrade(head, upgrade) : this.#begin(head));
          return;
        }
        this.#interim(head, via);
      }
      if (this.#hasEnded) throw fault(this.#who, "connection_terminated", "it closed the connection without an answer");
      this.#read();
    } catch (error) {
      this.#refuse(answer, error);
    }
  }

  /** There will be no answer; or another one, over another connection. */
  #refuse(answer: PromiseWithResolvers<Incoming>, error: unknown): void {
    const [outgoing, asker] = [this.#outgoing!, this.#asker];
    // Who has left, or has failed itself, is no asker any more.
    const isStale = this.#mayBeStale && !this.#hasHeard && this.#isDead;
    this.#answer = undefined;
    this.#outgoing = undefined;
    this.#close();
    const again = isStale && asker !== undefined ? this.#stable.askAgain(this.origin, outgoing, asker) : undefined;
    if (again !== undefined) answer.resolve(again);
    else answer.reject(this.#contentFailure ?? faultBeforeHead(this.#who, this.#failure ?? error, this.#hasEnded));
  }

  #interim({ status, minor, fields }: ResponseHead, via: string | undefined): void {
    this.#interims += 1;
    if (this.#interims > MOST_INTERIM) throw new ProtocolError(502, "it answers with interim responses only");
    if (this.#awaited === "answer") this.awaitAnswer(this.settings.answerTimeout);
    // A 100 that was waited for goes on when the content is read: so its sender gets the word.
    if (status === 100 && this.#sending?.goOn() === true) return;
    const passed = forwardable(fields);
    if (via !== undefined) passed.append("Via", viaOf(minor, via));
    this.#asker?.inform(status, passed);
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

  #upgrade(head: ResponseHead, asked: string | undefined): Incoming {
    if (asked === undefined || switchedTo(asked, head.fields) === undefined) {
      throw new ProtocolError(502, "it changed to a protocol that nobody asked for");
    }
    const early = this.#reader.takeWaiting();
    this.#leave();
    return {
      ...head,
      body: undefined,
      upgrade: { socket: this.#socket, early },
    };
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
      throw this.#brokenBy(error);
    }
    this.#await("content", this.settings.readTimeout);
    this.#content = Promise.withResolvers();
    this.#read();
    return this.#content.promise;
  }

  #contentCame(content: PromiseWithResolvers<Uint8Array | undefined>): void {
    this.#content = undefined;
    if (this.#awaited === "content") this.#await("nothing", NEVER);
    try {
      if (this.#failure !== undefined) throw this.#failure;
      content.resolve(this.content());
    } catch (error) {
      this.#close();
      content.reject(this.#brokenBy(error));
    }
  }

  get trailers(): Fields | undefined {
    return this.#reader.trailers;
  }

  /** What content has been given so far has gone. */
  recycle(): void {
    this.#lent.giveBack(this.#socket, this.#reader);
  }

  /** Reads once more: whoever waits is told what that brings. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#socket.read().then(this.#received, this.#lost);
  }

  readonly #received = (bytes: Uint8Array | undefined): void => {
    this.#isReading = false;
    if (bytes === undefined) {
      this.#hasEnded = true;
      this.#isDead = true;
      this.#reader.end();
    } else {
      this.#hasHeard = true;
      this.#lent.add(bytes, this.#socket);
      this.#reader.receive(bytes);
    }
    this.#tell();
  };

  readonly #lost = (error: unknown): void => {
    this.#isReading = false;
    this.#isDead = !this.#isClosed;
    this.#failure ??= error;
    this.#tell();
  };

  #tell(): void {
    if (this.#answer !== undefined) this.#hear(this.#answer, this.#outgoing!);
    else if (this.#content !== undefined) this.#contentCame(this.#content);
    // Nobody asked: it has closed, or it is not one to be trusted with the next request (RFC 9112 §9.2).
    else if (this.#awaited === "work") this.#close();
  }

  // ── its life ──

  /** The answer has come whole. */
  #finish(): void {
    const isReusable = this.#staysOpen && this.#isSent && !this.#hasEnded && this.#reader.waiting === 0;
    // A slow client's socket may hold the last of it while the next one's answer comes in.
    this.#lent.forget(this.#socket);
    this.#letGo();
    if (this.#isClosed) return;
    if (!isReusable) {
      this.#close();
      return;
    }
    this.#await("work", this.settings.idleTimeout);
    this.restedAt = this.#sweep.now;
    this.#read();
    // What has come by now shows before the next one asks: the server's end, or what nobody asked for.
    queueMicrotask(this.#rest);
  }

  readonly #rest = (): void => {
    if (!this.#isClosed) this.#stable.rest(this);
  };

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

  /** Whether the request is out, whole. */
  get #isSent(): boolean {
    return this.#sending?.isSent !== false;
  }

  #letGo(): void {
    if (this.#asker?.hold === this) this.#asker.hold = undefined;
    this.#asker = undefined;
    this.#sending?.stop();
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
      this.deadline = this.#sweep.deadlineIn(this.settings.writeTimeout);
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
    if (this.#awaited === "room")
      return fault(this.#who, "connection_write_timeout", "it takes no more of the request");
    if (this.#awaited === "answer") return fault(this.#who, "http_response_timeout", "it does not answer");
    return fault(this.#who, "connection_read_timeout", "the rest of its answer does not come");
  }

  #brokenBy(error?: unknown): unknown {
    return this.#contentFailure ?? faultAmidContent(this.#who, this.#failure ?? error, this.#hasEnded);
  }
}

const ignore = (): void => {};
