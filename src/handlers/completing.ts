/**
 * Completes a stored part: with the bytes that are missing and no others, joined to those that are here (RFC 9111
 * §3.4).
 */

import type { Account } from "../cache/account.ts";
import { type Assessment, ttlOf } from "../cache/assess.ts";
import type { Decision } from "../cache/decide.ts";
import type { Reason } from "../cache/reasons.ts";
import type { Request } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import { cancel } from "../web/reply.ts";
import { answerFrom, selected, toldAnswer } from "./answer-from.ts";
import { countedAnswer } from "./arrival.ts";
import { ChainedBody, type Link } from "./chained-body.ts";
import type { Answered, Kept } from "./keeping.ts";
import type { Means } from "./means.ts";
import { MissingPart, type Part } from "./missing-part.ts";
import type { Source } from "./source.ts";
import { type Stretch, stretchesOf } from "./stretches.ts";
import { whenLeft } from "./when-left.ts";

/** A request that is good for a stored part, but for the bytes that are missing. */
export interface Completion {
  readonly request: Request;
  readonly key: string;
  readonly uri: string;
  readonly decision: Extract<Decision, { do: "complete" }>;
}

/** Each gap is a request of its own. */
const MOST_STRETCHES = 16;

/** @internal */
export class Completing {
  readonly #means: Means;
  readonly #missing: MissingPart;

  constructor(means: Means) {
    this.#means = means;
    this.#missing = new MissingPart(means);
  }

  /**
   * The answer; undefined where it must be asked for as if nothing were stored: the server has other bytes by now, or
   * there is no telling, or there are more gaps than are worth it.
   */
  async complete(completion: Completion, exchange: Exchange): Promise<Answer | undefined> {
    const { request, decision } = completion;
    const { chosen } = decision;
    const { content } = chosen.stored;
    const wanted = this.#wanted(request, chosen);
    const stretches = wanted === undefined ? [] : stretchesOf(wanted, content.ranges ?? []);
    const first = stretches.find(({ isHere }) => !isHere);
    if (first === undefined || stretches.length > MOST_STRETCHES) return undefined;
    const part = await this.#missing.get(completion, chosen, first, exchange);
    if ("instead" in part) {
      const isAll = stretches.length === 1;
      return part.instead === undefined ? undefined : this.#instead(completion, part.instead, isAll, exchange);
    }
    if (!isSame(this.#wanted(request, part.joined), wanted)) {
      if (!(part.body instanceof Uint8Array)) part.body.cancel();
      return undefined;
    }
    const watch = (): void => void whenLeft(exchange, () => body.cancel());
    const links = this.#links(completion, stretches, part, exchange, watch);
    const body = new ChainedBody(links, lengthOf(wanted!));
    watch();
    const source: Source = { length: content.length, whole: () => body, part: () => body };
    const account = this.#account(decision, part.joined);
    for (const stretch of stretches) if (stretch.isHere) this.#means.counters.bytesSaved += lengthOf(stretch);
    return answerFrom(request, part.joined, source, account, this.#means.teller);
  }

  /** The one range that is wanted; undefined where there are several, or none. */
  #wanted(request: Request, chosen: Assessment): ByteRange | undefined {
    const { length } = chosen.stored.content;
    const what = selected(request, chosen, length, this.#means.clock.date());
    if (what.kind === "whole") return { first: 0, last: length - 1 };
    return what.kind === "ranges" && what.ranges.length === 1 ? what.ranges[0] : undefined;
  }

  /**
   * What is here is read when it is its turn, and what is missing is asked for then: of the first that has been done.
   */
  #links(
    completion: Completion,
    stretches: readonly Stretch[],
    part: Part,
    exchange: Exchange,
    watch: () => void,
  ): Link[] {
    let current = part;
    let isFirst = true;
    return stretches.map((stretch): Link => {
      // Read from what was there at first: its bytes do not change, and nobody takes them away while it is held.
      if (stretch.isHere) {
        return async () => completion.decision.chosen.stored.content.read(stretch.first, stretch.last);
      }
      if (isFirst) {
        isFirst = false;
        return part.body;
      }
      return async () => {
        current = await this.#next(completion, current, stretch, exchange);
        watch();
        return current.body;
      };
    });
  }

  async #next(completion: Completion, { joined, latest }: Part, stretch: Stretch, exchange: Exchange): Promise<Part> {
    // The stretch before has been read to its end by now, so it is stored, if it is at all.
    const stored = latest();
    const onto = stored === undefined ? joined : { ...joined, stored };
    const next = await this.#missing.get(completion, onto, stretch, exchange);
    if (!("instead" in next)) return next;
    // Part of the answer has gone out: so it must break off.
    if (next.instead !== undefined) cancel(next.instead.answer);
    throw new TypeError("Cannot complete the content: its server has other bytes by now");
  }

  /**
   * Not the bytes that were missing: the whole of something newer, or an error. It is answered with, and kept like any
   * other; so is a part that cannot be joined, where that `isAll` that is wanted.
   */
  #instead(
    { decision, request }: Completion,
    answered: Answered,
    isAll: boolean,
    exchange: Exchange,
  ): Answer | undefined {
    const { keeping, counters, teller, store } = this.#means;
    const { answer, trip } = answered;
    const { status } = answer;
    // It is about the condition or the range that we had made up ourselves.
    const isPart = status === 206;
    if (status === 304 || status === 412 || status === 416 || (isPart && !(isAll && !request.fields.has("if-range")))) {
      cancel(answer);
      return undefined;
    }
    counters.misses += 1;
    const isMessage = answer.failure === undefined && answer.tunnel === undefined && answer.raw !== true;
    const verdict = isMessage ? keeping.verdict(answered) : undefined;
    const kept = verdict?.mayStore === true && !trip.isOutdated ? this.#keep(answered) : undefined;
    // It is something else by now.
    if (kept === undefined && status >= 200 && status < 300) void store.remove(decision.chosen.stored);
    const because = verdict === undefined ? decision.because : [...decision.because, verdict.because];
    const account: Account = {
      hit: false,
      fwd: "partial",
      fwdStatus: status,
      stored: kept?.isStored === true,
      because,
    };
    if (kept === undefined) {
      const told = toldAnswer(countedAnswer(answer, counters), account, teller);
      whenLeft(exchange, () => cancel(told));
      return told;
    }
    const given = this.#given(request, answer, kept, account);
    kept.live?.start();
    if (kept.live !== undefined) whenLeft(exchange, () => cancel(given));
    return given;
  }

  #keep(answered: Answered): Kept | undefined {
    const { keeping, underWay } = this.#means;
    const trip = underWay.begin(answered.key);
    const settled = (): void => underWay.end(trip);
    const outgoing = { ...answered, trip };
    const kept =
      answered.answer.status === 206
        ? keeping.part(outgoing, undefined, { settled })
        : keeping.whole(outgoing, { settled });
    if (kept === undefined) settled();
    return kept;
  }

  /** What the client itself had asked for: the range went out as another, and its conditions did not go out at all. */
  #given(request: Request, answer: Answer, { assessed, source }: Kept, account: Account): Answer {
    const { teller } = this.#means;
    const isPlain = !OF_A_200.some((name) => request.fields.has(name));
    if (answer.status === 200 && !isPlain) return answerFrom(request, assessed, source, account, teller);
    const body = answer.body === undefined ? undefined : source.whole();
    return toldAnswer({ ...answer, fields: answer.fields, body }, account, teller);
  }

  #account({ because }: Completion["decision"], joined: Assessment): Account {
    this.#means.counters.misses += 1;
    const ttl = ttlOf(joined);
    return { hit: false, fwd: "partial", fwdStatus: 206, ttl, stored: true, because: [...because, JOINED] };
  }
}

const OF_A_200 = ["range", "if-none-match", "if-modified-since"];

const isSame = (a: ByteRange | undefined, b: ByteRange | undefined): boolean =>
  a?.first === b?.first && a?.last === b?.last;

const lengthOf = ({ first, last }: ByteRange): number => last - first + 1;

const JOINED: Reason = { rule: "the missing bytes are of the same whole, by their validator", section: "§3.4" };
