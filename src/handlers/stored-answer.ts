/** A stored response as it is answered with, whole and unasked: its bytes are made once, and once more each second (RFC 9111 §4). */

import { concat, fromLatin1 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { type Account, cacheStatus, type Telling } from "../cache/account.ts";
import { currentAge } from "../cache/age.ts";
import { type Assessment, ttlOf } from "../cache/assess.ts";
import type { Lifetime } from "../cache/freshness.ts";
import type { Reason } from "../cache/reasons.ts";
import { fieldsOf } from "../cache/stored-fields.ts";
import type { Fields } from "../http/fields.ts";
import { isBodiless } from "../http/framing.ts";
import { ONE_PIECE, type Prepared } from "../http/prepared.ts";
import { reasonOf } from "../http/status.ts";

/** Who answers. */
export interface Teller {
  readonly name: string;
  readonly telling: Telling;
  readonly clock: Clock;
}

/**
 * A fresh response with its content in memory. "When a stored response is used to satisfy a request without validation, a
 * cache MUST generate an Age header field" – so its head changes each second, with the server's Date.
 *
 * @internal
 */
export class StoredAnswer implements Prepared {
  readonly status: number;
  readonly reason: string | undefined;
  readonly body: Uint8Array;
  /** When it was made, in seconds since 1970 UTC: its age is right for so long. */
  readonly second: number;
  readonly #lines: string;
  readonly #teller: Teller;
  readonly #initialAge: number;
  readonly #responseTime: number;
  readonly #lifetime: Lifetime;
  readonly #because: readonly Reason[];
  #date: string | undefined;
  #head: Uint8Array = EMPTY;
  #whole: Uint8Array = EMPTY;

  /** `bytes` is its whole content. */
  constructor(
    { stored, lifetime, age }: Assessment,
    bytes: Uint8Array,
    now: number,
    because: readonly Reason[],
    teller: Teller,
  ) {
    this.status = stored.status;
    this.reason = stored.reason;
    this.body = bytes;
    this.second = Math.floor(now / 1000);
    this.#lines = stored.lines;
    this.#teller = teller;
    this.#initialAge = age - Math.max(0, now - stored.responseTime);
    this.#responseTime = stored.responseTime;
    this.#lifetime = lifetime;
    this.#because = because;
  }

  get fields(): Fields {
    return fieldsOf(this.#lines + this.#changing());
  }

  readonly account = (): Account => this.#accountAt(this.#age());

  /** Bytes already given out are never changed. */
  head(date: string): Uint8Array {
    if (date !== this.#date) this.#render(date);
    return this.#head;
  }

  whole(date: string): Uint8Array | undefined {
    if (this.body.length > ONE_PIECE) return undefined;
    if (date !== this.#date) this.#render(date);
    return this.#whole;
  }

  #render(date: string): void {
    this.#date = date;
    const length = isBodiless("GET", this.status) ? "" : `Content-Length: ${this.body.length}\r\n`;
    const head = `HTTP/1.1 ${this.status} ${this.reason ?? reasonOf(this.status)}\r\n${this.#lines}${length}${this.#changing()}\r\n`;
    if (this.body.length > ONE_PIECE) {
      this.#head = fromLatin1(head);
      return;
    }
    this.#whole = concat([head, this.body]);
    this.#head = this.#whole.subarray(0, head.length);
  }

  #changing(): string {
    const age = this.#age();
    const { name, telling } = this.#teller;
    const lines = `Age: ${Math.floor(age / 1000)}\r\n`;
    return telling === "none" ? lines : `${lines}Cache-Status: ${cacheStatus(this.#accountAt(age), name, telling)}\r\n`;
  }

  #accountAt(age: number): Account {
    return { hit: true, ttl: ttlOf({ lifetime: this.#lifetime, age }), because: this.#because };
  }

  #age(): number {
    return currentAge(this.#initialAge, this.#responseTime, this.#teller.clock.date());
  }
}

const EMPTY = new Uint8Array(0);
