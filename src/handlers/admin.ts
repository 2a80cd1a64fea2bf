/** Where a cache is watched and purged: a status page, figures for Prometheus, purges, what is in it, and why it would do what. */

import { utf8 } from "../base/bytes.ts";
import { type Clock, realClock } from "../base/clock.ts";
import { assess, uriOf } from "../cache/assess.ts";
import { CacheKeys } from "../cache/key.ts";
import { DEFAULT_RULES, type Rules } from "../cache/rules.ts";
import type { Selection } from "../cache/store.ts";
import { Fields } from "../http/fields.ts";
import { isToken } from "../http/grammar.ts";
import type { Body, Request } from "../http/message.ts";
import type { Answer, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { adminPage } from "./admin-page.ts";
import { entryOf, Lines } from "./cache-entries.ts";
import type { Metrics } from "./cache-metrics.ts";
import { printSections, reportOn, sectionsOf } from "./cache-report.ts";
import type { Caching } from "./caching.ts";
import { ownMachine } from "./own-machine.ts";
import { readOrder } from "./purge-order.ts";
import { requestField } from "./request-field.ts";
import { route } from "./route.ts";

/** What there is to steer. */
export type Administered = Pick<Caching, "store" | "counters" | "explain" | "purge">;

export interface AdminOptions {
  /** Who it is. Default "maitred". */
  readonly name?: string;
  /** By which the cache decides: they say how long what is in it is still fresh. */
  readonly rules?: Partial<Rules>;
  readonly clock?: Clock;
}

/** Longer than any order that makes sense. */
const LONGEST_ORDER = 64 * 1024;

const PLACES = "/, /state, /metrics, /entries, /explain, /purge";

/**
 * A handler for who sits at this machine, and for nobody's pages. It belongs on a listener that others cannot reach.
 *
 * @example
 * const cache = caching(handler, { store: new MemoryStore() });
 * const answer = await admin(cache)({ ...request, target: "/state" }, exchange);
 * answer.status; // 200
 */
export function admin(cache: Administered, options: AdminOptions = {}): Handler {
  const office = new Office(cache, options);
  const routes = route({
    "/": (request) =>
      request.target === "/" || request.target === "/?"
        ? office.front(request)
        : statusPage(404, request, `There is no such place here, but ${PLACES}`),
    "GET /state": () => office.state(),
    "GET /metrics": () => office.metrics(),
    "GET /entries": (request) => office.entries(request),
    "GET /explain": (request) => office.explain(request),
    "POST /purge": (request) => office.purge(request),
  });
  return ownMachine(routes);
}

class Office {
  readonly #cache: Administered;
  readonly #name: string;
  readonly #rules: Rules;
  readonly #clock: Clock;
  readonly #began: number;
  #metrics: Promise<Metrics> | undefined;

  constructor(cache: Administered, { name = "maitred", rules, clock = realClock }: AdminOptions) {
    this.#cache = cache;
    this.#name = name;
    this.#rules = { ...DEFAULT_RULES, ...rules };
    this.#clock = clock;
    this.#began = clock.now();
  }

  readonly #report = () => reportOn(this.#cache, this.#name, Math.floor((this.#clock.now() - this.#began) / 1000));

  async front(request: Request): Promise<Answer> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return statusPage(405, request, `${request.method} is not for this page`, Fields.of({ Allow: "GET, HEAD" }));
    }
    const report = await this.#report();
    if (!isForReaders(request.fields)) {
      return ok("text/plain; charset=utf-8", `${printSections(sectionsOf(report))}\nThere is ${PLACES}\n`);
    }
    const { fields, ...answer } = ok("text/html; charset=utf-8", adminPage(report));
    const policy =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    return { ...answer, fields: fields.append("Content-Security-Policy", policy) };
  }

  async state(): Promise<Answer> {
    return json(await this.#report());
  }

  async metrics(): Promise<Answer> {
    this.#metrics ??= import("./cache-metrics.ts").then(({ metricsOf }) => metricsOf(this.#report));
    const { type, text } = await this.#metrics;
    return ok(type, await text());
  }

  entries({ target, fields }: Request): Answer {
    // A browser would save what it does not know; this is to be read.
    const type = isForReaders(fields) ? "text/plain; charset=utf-8" : "application/jsonl";
    const prefix = parametersOf(target).get("prefix") ?? "";
    const now = this.#clock.date();
    const lines = new Lines(this.#cache.store.list(), (stored) =>
      stored.key.startsWith(prefix) ? JSON.stringify(entryOf(assess(stored, this.#rules, now))) : undefined,
    );
    return { status: 200, fields: ours(type), body: lines };
  }

  async explain(request: Request): Promise<Answer> {
    const parameters = parametersOf(request.target);
    const url = parameters.get("url");
    const method = parameters.get("method") ?? "GET";
    if (url === null) return statusPage(400, request, "Cannot explain: it does not say url=http://…");
    if (new CacheKeys().uriOf({ target: url, fields: NO_FIELDS }, false) === undefined) {
      return statusPage(400, request, `Cannot explain ${JSON.stringify(url)}: it is not an http or https URL`);
    }
    if (!isToken(method)) return statusPage(400, request, `Cannot explain: ${JSON.stringify(method)} is not a method`);
    try {
      const fields = Fields.of(parameters.getAll("field").map(requestField));
      return json(await this.#cache.explain({ method, target: url, fields }));
    } catch (error) {
      return badRequest(request, error);
    }
  }

  async purge(request: Request): Promise<Answer> {
    const text = await textOf(request.body);
    if (text === undefined) return statusPage(413, request, "No order to purge is that long");
    try {
      const { which, how } = readOrder(text, request.fields.get("content-type"));
      return json({ purged: await this.#cache.purge(await this.#asKept(which), how) });
    } catch (error) {
      return badRequest(request, error);
    }
  }

  /** URLs have many spellings; in a key they have one. */
  async #asKept(which: Selection): Promise<Selection> {
    if (which.by === "url") {
      const { key } = await this.#cache.explain({ method: "GET", target: which.url, fields: NO_FIELDS });
      if (key === undefined)
        throw new TypeError(`Cannot purge ${JSON.stringify(which.url)}: it is not an http or https URL`);
      return { by: "url", url: uriOf(key) };
    }
    // One that ends within the host may become several hosts, and is what it is.
    if (which.by !== "prefix" || !/^https?:\/\/[^/]+\//i.test(which.prefix)) return which;
    return {
      by: "prefix",
      prefix: new CacheKeys().uriOf({ target: which.prefix, fields: NO_FIELDS }, false) ?? which.prefix,
    };
  }
}

const NO_FIELDS = new Fields();

const parametersOf = (target: string): URLSearchParams => new URLSearchParams(target.split("?").slice(1).join("?"));

/** Whatever is wrong with what was said is said in one line; all else is ours. */
function badRequest(request: Request, error: unknown): Answer {
  if (error instanceof TypeError) return statusPage(400, request, error.message);
  throw error;
}

/** Undefined where it is longer than it may be. */
async function textOf(body: Body | undefined): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = await body?.read(); bytes !== undefined; bytes = await body?.read()) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > LONGEST_ORDER) return undefined;
  }
  return text + decoder.decode();
}

/** Whether a browser asks. */
const isForReaders = (fields: Fields): boolean => fields.get("accept")?.includes("text/html") === true;

/** It is of this moment, and nobody else's. */
const ours = (type: string): Fields =>
  Fields.of({
    "Content-Type": type,
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
  });

function ok(type: string, text: string): Answer {
  const body = utf8(text);
  return { status: 200, fields: ours(type).append("Content-Length", String(body.length)), body };
}

const json = (value: unknown): Answer => ok("application/json", `${JSON.stringify(value)}\n`);
