/**
 * What the rooms of a cache are made with, at a time that stands still: a server that is told what to say, and what is
 * stored.
 */

import { VirtualClock } from "../../src/base/clock.ts";
import { assess } from "../../src/cache/assess.ts";
import { newCounters } from "../../src/cache/counters.ts";
import type { Decision } from "../../src/cache/decide.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import type { Store, Stored } from "../../src/cache/store.ts";
import { Keeping } from "../../src/handlers/keeping.ts";
import type { Journey, Means } from "../../src/handlers/means.ts";
import type { RangeMiss } from "../../src/handlers/range-miss.ts";
import { UnderWay } from "../../src/handlers/under-way.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body, Request } from "../../src/http/message.ts";
import type { Answer, Exchange } from "../../src/web/handler.ts";
import { UpstreamError } from "../../src/web/upstream-error.ts";
import { request } from "./exchange.ts";

export const KEY = "http://a.test/";

/** A request that the server has heard, and that waits for what it says. */
export interface Heard {
  readonly request: Request;
  readonly exchange: Exchange;
  /** Says this, or fails with it. */
  says(answer: Answer | Error): Promise<void>;
}

export interface CacheMeans extends Means {
  readonly clock: VirtualClock;
  readonly heard: Heard[];
  readonly settle: () => Promise<void>;
  /** Stores an answer, as if it had come just now. */
  keeps(answer: Answer, asks?: Request): Promise<Stored>;
  /** What is stored now. */
  found(): Promise<readonly Stored[]>;
}

export function cacheMeans(options: { store?: Store; rangeMiss?: RangeMiss } = {}): CacheMeans {
  const { store = new MemoryStore(), rangeMiss = "pass" } = options;
  const clock = new VirtualClock(Date.UTC(1994, 10, 6, 8, 49, 37));
  const settle = () => clock.advance(0);
  const counters = newCounters();
  const heard: Heard[] = [];
  const keeping = new Keeping(store, DEFAULT_RULES, counters);
  return {
    handler: (request, exchange) => {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const says = (answer: Answer | Error): Promise<void> => {
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
        return settle();
      };
      heard.push({ request, exchange, says });
      return promise;
    },
    store,
    keeping,
    underWay: new UnderWay(),
    rules: DEFAULT_RULES,
    clock,
    counters,
    teller: { name: "maitred", telling: "brief", clock },
    rangeMiss,
    heard,
    settle,
    async keeps(answer, asks = request("GET /", { Host: "a.test" })) {
      const times = { requestTime: clock.date(), responseTime: clock.date() };
      const trip = { key: KEY, isOutdated: false };
      const answered = { request: asks, key: KEY, uri: KEY, answer, trip, ...times };
      const stored = await new Promise<Stored | undefined>((settled) => {
        if (answer.status === 206) keeping.part(answered, undefined, { settled });
        else keeping.whole(answered, { settled });
      });
      return stored!;
    },
    found: async () => store.find(KEY),
  };
}

/** An answer with this text, good for a minute unless its fields say otherwise. */
export const ok = (text: string, fields: Record<string, string> = {}, status = 200): Answer => ({
  status,
  fields: Fields.of({ "Cache-Control": "max-age=60", ...fields }),
  body: new TextEncoder().encode(text),
});

/** The same as it comes. */
export const streamed = (body: Body, fields: Record<string, string> = {}, status = 200): Answer => ({
  status,
  fields: Fields.of({ "Cache-Control": "max-age=60", ...fields }),
  body,
});

/** A part of "0123456789". */
export const partOf = (first: number, last: number, fields: Record<string, string> = {}): Answer =>
  ok(
    "0123456789".slice(first, last + 1),
    { ETag: '"v1"', "Content-Range": `bytes ${first}-${last}/10`, ...fields },
    206,
  );

/** None. */
export const unreachable = (): Answer => {
  const failure = new UpstreamError("connection_refused", "Nobody listens there");
  return { status: 502, fields: new Fields(), body: new TextEncoder().encode("sorry"), failure };
};

/** A request that must go on; `chosen` is what is stored and fits. */
export function journey(
  means: Means,
  fields: Record<string, string> = {},
  chosen?: Stored,
  more: { fwd?: Extract<Decision, { do: "ask" }>["fwd"]; line?: string; candidates?: readonly Stored[] } = {},
): Journey {
  const assessed = (one: Stored) => assess(one, means.rules, means.clock.date());
  const { fwd = chosen === undefined ? "uri-miss" : "stale", line = "GET /" } = more;
  const candidates = (more.candidates ?? (chosen === undefined ? [] : [chosen])).map(assessed);
  const because = [{ rule: "must be asked about", section: "§4" }];
  return {
    request: request(line, { Host: "a.test", ...fields }),
    key: KEY,
    uri: KEY,
    decision: { do: "ask", fwd, chosen: chosen && assessed(chosen), candidates, because },
    past: { hasFailed: false, wasParted: false, isAlone: false },
  };
}
