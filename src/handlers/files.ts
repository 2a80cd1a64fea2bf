/** Static files: answers GET and HEAD with what is in a folder (RFC 9110 §9.3.1). */

import { type Clock, realClock } from "../base/clock.ts";
import { Fields } from "../http/fields.ts";
import { ProtocolError, type Request } from "../http/message.ts";
import { KNOWN_METHODS } from "../http/methods.ts";
import { type Path, parsePath, printPath } from "../http/path.ts";
import type { Answer, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { type Found, type LookupOptions, lookUp, mayBeSeen } from "./lookup.ts";
import type { Attempt } from "./representation.ts";
import { Resource, stampOf } from "./resource.ts";
import { type Kept, Shelf } from "./shelf.ts";

export interface FilesOptions extends LookupOptions {
  readonly clock?: Clock | undefined;
  /** Whether a folder without index.html shows what is in it; 403 where not. Default true. */
  readonly listing?: boolean | undefined;
  /** Whether /index.html answers for every path that is not there, if no dot is in its last name. Default false. */
  readonly spa?: boolean | undefined;
  /** The page for what is not there, a path below the root. Default "404.html". */
  readonly notFoundPage?: string | undefined;
  /** How many bytes of content may be kept in memory; 0 for none. Default 32 MiB. */
  readonly cacheBytes?: number | undefined;
}

/** "notices a change within a second": for so many milliseconds what is remembered is believed. */
const TRUSTED = 1000;

/** From this age on it is looked at again in the background, so that nobody has to wait for that. */
const AGING = 500;

/** How many paths are remembered, however short what they lead to. */
const MOST_PATHS = 20_000;

/** Of `cacheBytes`, so that one large file does not drive out everything else: 8 MiB of 32. */
const LARGEST_SHARE = 1 / 4;

/** How often a file may have changed between the look and the opening before we give up. */
const TRIES = 5;

const ALLOW = "GET, HEAD, OPTIONS";

/**
 * A handler that serves a folder. Nothing outside of it is ever opened, wherever a path or a symlink
 * leads. What was asked for lately is answered from memory, at once.
 *
 * @example
 * const server = await serve(kernel, { host: "localhost", port: 0 }, files({ root: "examples/site" }));
 * await server.close();
 */
export function files(options: FilesOptions): Handler {
  const folder = new ServedFolder(options);
  return (request) => folder.answer(request);
}

type Looked = Exclude<Found, { kind: "file" }> | { readonly kind: "file"; readonly resource: Resource };

class ServedFolder {
  readonly #options: FilesOptions;
  readonly #clock: Clock;
  readonly #cacheBytes: number;
  /** By the usual spelling of their path, so that nobody can fill it with other spellings and queries. */
  readonly #shelf: Shelf<Resource>;
  /** Its name on the shelf, which is no target's: those hold no space. */
  readonly #notFoundPage: string;
  readonly #looking = new Map<string, Promise<Looked>>();

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#cacheBytes = options.cacheBytes ?? 32 * 1024 * 1024;
    this.#notFoundPage = ` ${printPath((options.notFoundPage ?? "404.html").split("/").filter(Boolean), false)}`;
    this.#shelf = new Shelf({ bytes: this.#cacheBytes, things: MOST_PATHS });
  }

  answer(request: Request): Answer | Promise<Answer> {
    const { method, target } = request;
    if (method !== "GET" && method !== "HEAD") return refuseMethod(request);
    // Most targets are spelt as usual: then nothing needs to be read out of them.
    const kept = this.#shelf.get(target);
    if (kept !== undefined && this.#isTrue(kept, target)) return this.#answerBy(kept.thing, target, request);
    return this.#answerPath(request);
  }

  #answerPath(request: Request): Answer | Promise<Answer> {
    let path: Path;
    try {
      path = parsePath(request.target);
    } catch (error) {
      if (error instanceof ProtocolError && error.status === 404) return this.#refuse(request);
      throw error;
    }
    const name = printPath(path.segments, path.isFolder);
    const kept = this.#shelf.get(name);
    if (kept !== undefined && this.#isTrue(kept, name)) return this.#answerBy(kept.thing, name, request);
    return this.#search(path, name, request);
  }

  #isTrue(kept: Kept<Resource>, name: string): boolean {
    const age = this.#clock.now() - kept.checkedAt;
    if (age > TRUSTED) return false;
    // Whoever asks when its time is over will meet what goes wrong here.
    if (age > AGING && !this.#looking.has(name)) this.#look(parsePath(name), name).catch(() => {});
    return true;
  }

  #answerBy(resource: Resource, name: string, request: Request): Answer | Promise<Answer> {
    const attempt = resource.answer(request);
    return attempt instanceof Promise ? this.#orSearch(attempt, name, request) : attempt;
  }

  /** It has changed since it was looked at, less than a second ago. */
  async #orSearch(attempt: Promise<Answer | undefined>, name: string, request: Request): Promise<Answer> {
    try {
      const answer = await attempt;
      if (answer !== undefined) return answer;
    } catch (error) {
      return refuseAccess(error, request);
    }
    this.#shelf.remove(name);
    return this.#search(parsePath(request.target), name, request);
  }

  async #search(path: Path, name: string, request: Request): Promise<Answer> {
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const answer = await this.#answerFound(await this.#look(path, name), path, request);
        if (answer !== undefined) return answer;
      }
    } catch (error) {
      return refuseAccess(error, request);
    }
    return statusPage(503, request, "The file is being changed all the time", Fields.of({ "Retry-After": "1" }));
  }

  #answerFound(found: Looked, path: Path, request: Request): Attempt {
    switch (found.kind) {
      case "file":
        return found.resource.answer(request);
      case "folder":
        if (this.#options.listing === false) return statusPage(403, request, "This folder shows no listing");
        return this.#list(found, path, request);
      case "elsewhere": {
        const location = path.query === undefined ? found.path : `${found.path}?${path.query}`;
        return statusPage(301, request, `It is at ${location}`, Fields.of({ Location: location }));
      }
      case "nothing":
        return this.#refuse(request, path);
    }
  }

  async #list(found: Found & { kind: "folder" }, path: Path, request: Request): Promise<Answer | undefined> {
    const { answerListing } = await import("./listing.ts");
    return answerListing(found, path, request, this.#options, this.#clock.date());
  }

  async #refuse(request: Request, path?: Path): Promise<Answer> {
    if (path !== undefined && this.#isRouteOfApp(path)) {
      const index = await this.#page("/", this.#options);
      const answer = await index?.answer(request);
      if (answer !== undefined) return answer;
    }
    // Wherever it lies, and however clean the URLs are: nobody sees its path.
    const page = await this.#page(this.#notFoundPage, { ...this.#options, dotfiles: true, cleanUrls: false });
    return (await page?.page(404)) ?? statusPage(404, request, "There is no such file");
  }

  /** A last name with a dot is a script or an image that is missing: a page in its place would only confuse. */
  #isRouteOfApp({ segments }: Path): boolean {
    if (this.#options.spa !== true || segments.at(-1)?.includes(".")) return false;
    return segments.every((segment) => mayBeSeen(segment, this.#options));
  }

  /** A page that stands for others. */
  async #page(name: string, options: LookupOptions): Promise<Resource | undefined> {
    const kept = this.#shelf.get(name);
    if (kept !== undefined && this.#clock.now() - kept.checkedAt <= TRUSTED) return kept.thing;
    const page = await this.#look(parsePath(name.slice(name.indexOf("/"))), name, options);
    return page.kind === "file" ? page.resource : undefined;
  }

  /** However many ask for it at a time, it is looked up once. */
  #look(path: Path, name: string, options: LookupOptions = this.#options): Promise<Looked> {
    let looking = this.#looking.get(name);
    if (looking === undefined) {
      looking = this.#lookUp(path, name, options).finally(() => this.#looking.delete(name));
      this.#looking.set(name, looking);
    }
    return looking;
  }

  async #lookUp(path: Path, name: string, options: LookupOptions): Promise<Looked> {
    const startedAt = this.#clock.now();
    const found = await lookUp(path, options, this.#clock.date());
    if (found.kind !== "file") {
      this.#shelf.remove(name);
      return found;
    }
    const kept = this.#shelf.get(name);
    if (kept?.thing.stamp === stampOf(found)) {
      kept.checkedAt = startedAt;
      return { kind: "file", resource: kept.thing };
    }
    const resource: Resource = new Resource(found, {
      clock: this.#clock,
      largest: this.#cacheBytes * LARGEST_SHARE,
      onGrowth: () => this.#shelf.weigh(name, resource),
    });
    if (resource.isSettled) this.#shelf.put(name, resource, startedAt);
    else this.#shelf.remove(name);
    return { kind: "file", resource };
  }
}

function refuseMethod(request: Request): Answer {
  const { method } = request;
  if (!KNOWN_METHODS.has(method)) return statusPage(501, request, `There is no method ${method} here`);
  const fields = Fields.of({ Allow: ALLOW });
  if (method === "OPTIONS") return { status: 204, fields };
  return statusPage(405, request, `${method} is not for files`, fields);
}

/** What the file system does not let us do; anything else is a fault. */
function refuseAccess(error: unknown, request: Request): Answer {
  switch ((error as NodeJS.ErrnoException).code) {
    case "EACCES":
    case "EPERM":
      return statusPage(403, request, "This may not be read");
    case "EMFILE":
    case "ENFILE":
      return statusPage(503, request, "Too many files are open", Fields.of({ "Retry-After": "1" }));
    default:
      throw error;
  }
}
