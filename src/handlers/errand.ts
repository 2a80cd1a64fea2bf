/** Goes to a server for what a cache has not, or not any more, and says what came of it (RFC 9111 §4, §4.3). */

import { askedOf, isForOrigin } from "../cache/asked.ts";
import { type Assessment, isFresh } from "../cache/assess.ts";
import { corrected, placedRange } from "../cache/gaps.ts";
import type { Reason } from "../cache/reasons.ts";
import { saidOf } from "../cache/said.ts";
import { ifError } from "../cache/stale.ts";
import { freshened } from "../cache/validation.ts";
import { matches, selectingFields } from "../cache/vary.ts";
import type { Fields } from "../http/fields.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import { cancel } from "../web/reply.ts";
import { suffices } from "./answer-from.ts";
import type { Answered, Kept, Watch } from "./keeping.ts";
import type { Landing } from "./landing.ts";
import type { Journey, Means } from "./means.ts";
import { measuredPart } from "./measured-body.ts";
import { asItIs, isForClient, type Onward, onward, unconditional } from "./onward.ts";
import { covers } from "./range-miss.ts";
import { isOfAnother, isSameWhole } from "./same-whole.ts";
import type { Trip } from "./under-way.ts";

/** @internal */
export class Errand {
  readonly #means: Means;

  constructor(means: Means) {
    this.#means = means;
  }

  /** `watch` is told what becomes of what is kept. */
  async run(journey: Journey, exchange: Exchange, trip: Trip, watch: Watch): Promise<Landing> {
    const { handler, clock, rangeMiss } = this.#means;
    const { request, key, uri } = journey;
    for (let asked = onward(journey, rangeMiss); ; ) {
      const requestTime = clock.date();
      const answer = measuredPart(await handler(asked.request, exchange));
      const times = { requestTime, responseTime: clock.date() };
      const answered: Answered = { request: asked.request, key, uri, answer, trip, ...times };
      const landing =
        this.#failed(journey, answer) ??
        (answer.status === 304 && asked.about.length > 0
          ? await this.#notModified(journey, asked.about, answered)
          : this.#came(journey, asked, answered, watch));
      if (landing !== undefined) return landing;
      cancel(answer);
      // It was about something that nobody has, or of no use: so what the client wants is asked for.
      asked = asked.isCut && answer.status === 206 ? asItIs(request) : unconditional(request);
    }
  }

  /** No answer, or an error: something stale may stand in. */
  #failed({ request, decision }: Journey, answer: Answer): Landing | undefined {
    const { failure, status } = answer;
    if (failure === undefined && status < 500) return undefined;
    const { rules, keeping, clock } = this.#means;
    const now = clock.date();
    const chosen = decision.chosen && keeping.assessed(decision.chosen.stored, now);
    const mayStand =
      chosen !== undefined && !isForOrigin(request.fields) && suffices(request, chosen, chosen.stored.content, now);
    const allows = mayStand ? ifError(chosen, askedOf(request.fields), rules, failure === undefined) : undefined;
    const why = failure === undefined ? [] : [{ rule: failure.message, section: "RFC 9209" }];
    if (allows === undefined) {
      return failure === undefined ? undefined : { kind: "failed", answer, because: [...decision.because, ...why] };
    }
    cancel(answer);
    const stood = failure === undefined ? status : undefined;
    return { kind: "stands in", assessed: chosen!, status: stood, because: [...why, allows] };
  }

  /** Undefined where it is about nothing that anybody has. */
  async #notModified(journey: Journey, about: readonly Assessment[], answered: Answered): Promise<Landing | undefined> {
    const { request } = journey;
    const { answer, responseTime } = answered;
    const found = freshened(about, answer.fields, request.fields);
    const isNamed = answer.fields.has("etag") || answer.fields.has("last-modified");
    // Together with tags of the client's: one cannot tell whose it means.
    if (found.length > 0 && (isNamed || !request.fields.has("if-none-match"))) return this.#validated(found, answered);
    if (!isForClient(request.fields, answer.fields, responseTime)) return undefined;
    return { kind: "own", answer, isTelling: false, because: [...journey.decision.because, NOT_OURS] };
  }

  /** What is stored is still good. */
  async #validated(found: readonly Assessment[], answered: Answered): Promise<Landing> {
    const { keeping } = this.#means;
    const { fields } = answered.request;
    const updated = await Promise.all(found.map((one) => keeping.freshen(one, answered)));
    const fitting = updated.find(({ stored }) => matches(stored.selecting, fields));
    if (fitting === undefined && !answered.trip.isOutdated) this.#alias(updated[0]!, fields);
    const assessed = fitting ?? updated[0]!;
    return { kind: "good", assessed, because: [STILL_GOOD, assessed.lifetime.because] };
  }

  /**
   * It was stored for other requests, and turns out to be the answer to this one as well (§4.1): it is stored once
   * more, for those like this.
   */
  #alias({ stored }: Assessment, fields: Fields): void {
    const { content } = stored;
    const bytes = content.length === 0 ? EMPTY : content.read(0, content.length - 1);
    if (!(bytes instanceof Uint8Array)) {
      bytes.cancel();
      return;
    }
    const selecting = selectingFields(stored.selecting.map(([name]) => name).join(","), fields);
    const filling = this.#means.store.open({ ...saidOf(stored), selecting }, { size: bytes.length });
    if (filling === undefined) return;
    if (bytes.length === 0 || filling.write(bytes) === true) void filling.end();
    else filling.abort();
  }

  /** A response came. Undefined where it must be asked for otherwise. */
  #came(journey: Journey, { isCut }: Onward, answered: Answered, watch: Watch): Landing | undefined {
    const { keeping } = this.#means;
    const { answer, trip } = answered;
    const isPart = answer.status === 206;
    if (isCut && isPart && !this.#isEnough(journey, answer)) return undefined;
    const isMessage = answer.tunnel === undefined && answer.raw !== true;
    const verdict = isMessage ? keeping.verdict(answered) : { mayStore: false, because: NOT_HTTP };
    const mayKeep = verdict.mayStore && !trip.isOutdated;
    const kept = !mayKeep ? undefined : isPart ? this.#part(answered, watch) : keeping.whole(answered, watch);
    if (kept !== undefined) {
      return { kind: "kept", kept, answer, isCut, because: [verdict.because, kept.assessed.lifetime.because] };
    }
    // It is more than what was wanted, and there is nothing to cut it from.
    if (isCut && isPart) return undefined;
    if (!verdict.mayStore) this.#supersede(journey, answered);
    const because = !verdict.mayStore ? verdict.because : trip.isOutdated ? OUTDATED : NO_ROOM;
    return { kind: "own", answer, isTelling: !trip.isOutdated, because: [...journey.decision.because, because] };
  }

  /**
   * A part is joined to one of the same that has come meanwhile. What is here as a whole it does not take the place of,
   * unless that is something else.
   */
  #part(answered: Answered, watch: Watch): Kept | undefined {
    const { store, keeping } = this.#means;
    const { request, key, answer, responseTime } = answered;
    const found = store.find(key);
    const here =
      found instanceof Promise ? undefined : found.find(({ selecting }) => matches(selecting, request.fields));
    if (here === undefined) return keeping.part(answered, undefined, watch);
    const assessed = keeping.assessed(here, responseTime);
    const isWhole = here.content.ranges === undefined;
    if (isSameWhole(assessed, answer.fields)) return isWhole ? undefined : keeping.part(answered, assessed, watch);
    const isStillGood = isFresh(assessed) && !here.isInvalid && !isOfAnother(assessed, answer.fields);
    return isWhole && isStillGood ? undefined : keeping.part(answered, undefined, watch);
  }

  #isEnough({ request }: Journey, { body, fields }: Answer): boolean {
    const placed = placedRange(fields.get("content-range"));
    if (placed === undefined || body?.length === undefined) return false;
    return covers(corrected(placed, body.length), request.fields.get("range")!);
  }

  /** The server has something else now, which is not for us to keep: then what we have is of no use any more. */
  #supersede({ decision }: Journey, answered: Answered): void {
    if (decision.chosen === undefined || !isNews(answered.answer.status)) return;
    if (this.#means.keeping.isForbidden(answered)) void this.#means.store.remove(decision.chosen.stored);
  }
}

/** The resource is here, elsewhere, or gone. */
const isNews = (status: number): boolean =>
  (status >= 200 && status < 400 && status !== 206 && status !== 304) || status === 404 || status === 410;

const EMPTY = new Uint8Array(0);

const NOT_OURS: Reason = { rule: "is about what the client has itself", section: "§4.3.2" };
const STILL_GOOD: Reason = { rule: "its origin says that it is still good", section: "§4.3.4" };
const OUTDATED: Reason = { rule: "was made invalid while it was on its way", section: "§4.4" };
const NOT_HTTP: Reason = { rule: "is no message that could be kept", section: "§3" };
const NO_ROOM: Reason = {
  rule: "might be stored, but there is no room or no need for it, or no telling where it belongs",
  section: "configuration",
};
