/** A request's content on its way to a server, which may answer before it has all come (RFC 9112 §9.5). */

import type { BodyLength } from "../http/framing.ts";
import type { Body } from "../http/message.ts";
import type { ClientSettings } from "./client-options.ts";
import { sendContent } from "./content.ts";
import type { Outbox } from "./outbox.ts";

/** The connection it goes out on. */
export interface Way {
  readonly outbox: Outbox;
  readonly settings: ClientSettings;
  /** The server cannot keep up: from here on it is its time that passes. */
  awaitRoom(): void;
  /** It can again. */
  hasRoom(): void;
  /** There is nothing more to send. */
  awaitAnswer(ms: number): void;
  /** The content itself broke off: the server must not take what it has for the whole (RFC 9112 §8). */
  contentFailed(error: unknown): void;
}

/** @internal */
export class Sending {
  /** Whether it is out, whole. */
  isSent = false;
  readonly #way: Way;
  /** The server takes no more of it, or need not: it has answered. */
  #isOver = false;
  #isWanted: PromiseWithResolvers<void> | undefined;

  constructor(way: Way) {
    this.#way = way;
  }

  get outbox(): Outbox {
    return this.#way.outbox;
  }

  /** Never fails: what stops it is heard by who waits for the answer. */
  async send(body: Body, length: BodyLength, isHeldBack: boolean): Promise<void> {
    try {
      if (isHeldBack) await this.#held();
      if (this.#isOver) return;
      await sendContent(body, length, this);
      const full = this.outbox.flush();
      if (full !== undefined) await this.room(full);
      this.isSent = true;
      this.#way.awaitAnswer(this.#way.settings.answerTimeout);
    } catch (error) {
      if (!this.#isOver) this.#way.contentFailed(error);
    }
  }

  /** Until the server says that it wants the content, or has had the time to. */
  async #held(): Promise<void> {
    const { clock, continueTimeout } = this.#way.settings;
    this.outbox.flush()?.catch(ignore);
    this.#isWanted = Promise.withResolvers();
    const patience = clock.after(continueTimeout, this.#isWanted.resolve);
    await this.#isWanted.promise;
    patience.cancel();
  }

  /** 100 (Continue) came. Says whether that was waited for. */
  goOn(): boolean {
    this.#isWanted?.resolve();
    return this.#isWanted !== undefined;
  }

  /** Nobody needs the rest. */
  stop(): void {
    this.#isOver = true;
    this.#isWanted?.resolve();
  }

  /** Waits for a server that cannot keep up. */
  async room(full: Promise<void>): Promise<void> {
    this.#way.awaitRoom();
    try {
      await full;
      this.#way.hasRoom();
    } catch {
      this.#isOver = true;
      // A server that takes no more may have said why: that is worth waiting for, but not for long.
      this.#way.awaitAnswer(this.#way.settings.continueTimeout);
    }
    if (this.#isOver) throw new Stopped();
  }
}

class Stopped extends Error {}

const ignore = (): void => {};
