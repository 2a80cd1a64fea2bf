/** A file in one state, with all its representations: as it is, and in every content coding (RFC 9110 §12.1). */

import { precondition } from "../http/conditions.ts";
import { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import { preferredEncoding } from "../http/quality.ts";
import { statusPage } from "../web/page.ts";
import { CODINGS, type Coding, compress, inTurn, isWorthCompressing } from "./compress.ts";
import type { Found } from "./lookup.ts";
import { mediaTypeOf } from "./media-types.ts";
import { type Attempt, type Description, type Keeping, notModified, Representation } from "./representation.ts";

export type FoundFile = Extract<Found, { kind: "file" }>;

/** Paths, fields, the heads made of them: what a resource holds in memory besides content. */
const OVERHEAD = 2048;

/** Browsers send half a dozen different Accept-Encoding fields; who sends more of them is up to something. */
const MOST_CHOICES = 32;
const LONGEST_CHOICE = 128;

/**
 * Answers by the representation that the client likes best; those that are not there yet are made when they are first
 * asked for, and kept.
 *
 * @example
 * const found = await lookUp(parsePath("/"), { root: "examples/site" }, Date.now());
 * const keeping = { clock: realClock, largest: 1024 * 1024, onGrowth() {} };
 * const answer = found.kind === "file" ? await new Resource(found, keeping).answer(request) : undefined;
 * answer?.status; // 200
 */
export class Resource {
  /** Equal for equal files in equal states, with equal neighbours. */
  readonly stamp: string;
  /** Whether it may be remembered: no file of it was changed this very moment. */
  readonly isSettled: boolean;
  readonly #found: FoundFile;
  readonly #type: string;
  readonly #keeping: Keeping;
  readonly #plain: Representation;
  readonly #encoded = new Map<string, Representation>();
  /** The codings there are or could be made, the best first. */
  #offered: readonly string[];
  readonly #varies: boolean;
  /** By Accept-Encoding as it was sent. */
  readonly #choices = new Map<string, Representation>();
  readonly #making = new Map<Coding, Promise<boolean>>();

  constructor(found: FoundFile, keeping: Keeping) {
    const { origin, neighbours, name } = found;
    this.#found = found;
    this.#keeping = keeping;
    this.stamp = stampOf(found);
    this.isSettled = origin.state.isSettled && [...neighbours.values()].every(({ state }) => state.isSettled);
    this.#type = mediaTypeOf(name);
    // What is not remembered is not worth the effort.
    const isMakeable = this.isSettled && keeping.largest > 0 && isWorthCompressing(this.#type, origin.state.length);
    this.#offered = [...neighbours.keys(), ...(isMakeable ? CODINGS.filter((coding) => !neighbours.has(coding)) : [])];
    this.#varies = this.#offered.length > 0;
    this.#plain = new Representation(this.#describe(undefined), origin, keeping);
    for (const [coding, neighbour] of neighbours) {
      this.#encoded.set(coding, new Representation(this.#describe(coding), neighbour, keeping));
    }
  }

  /** How many bytes of memory it holds, about. */
  get size(): number {
    let size = OVERHEAD + this.#plain.size;
    for (const encoded of this.#encoded.values()) size += OVERHEAD + encoded.size;
    return size;
  }

  /** For a GET or HEAD. */
  answer(request: Request): Attempt {
    if (this.#offered.length === 0) return this.#plain.answer(request);
    const accept = request.fields.get("accept-encoding");
    if (accept === undefined) return this.#plain.answer(request);
    return this.#choices.get(accept)?.answer(request) ?? this.#choose(accept, request);
  }

  /** As the page that goes with an error. */
  page(status: number): ReturnType<Representation["page"]> {
    return this.#plain.page(status);
  }

  #choose(accept: string, request: Request): Attempt {
    const coding = preferredEncoding(accept, this.#offered);
    if (coding === undefined) {
      return statusPage(
        406,
        request,
        "There is no content coding that you take",
        Fields.of({ Vary: "Accept-Encoding" }),
      );
    }
    const chosen = coding === "identity" ? this.#plain : this.#encoded.get(coding);
    if (chosen === undefined) return this.#makeAndAnswer(coding as Coding, request);
    if (accept.length <= LONGEST_CHOICE) {
      if (this.#choices.size === MOST_CHOICES) this.#choices.clear();
      this.#choices.set(accept, chosen);
    }
    return chosen.answer(request);
  }

  #makeAndAnswer(coding: Coding, request: Request): Attempt {
    const description = this.#describe(coding);
    // Who has it already knows what it would have been.
    const verdict = precondition(request.method, request.fields, description, this.#keeping.clock.date());
    if (verdict === "not modified") return notModified(description);
    let making = this.#making.get(coding);
    if (making === undefined) {
      making = inTurn(() => this.#make(coding)).finally(() => this.#making.delete(coding));
      this.#making.set(coding, making);
    }
    return making.then((isDone) => (isDone ? this.answer(request) : undefined));
  }

  /** Once for all who wait. False where the file is not any more what it was. */
  async #make(coding: Coding): Promise<boolean> {
    const content = await this.#plain.content();
    if (content === undefined) return false;
    const smaller = await compress(coding, content);
    if (smaller === undefined) {
      // What one of them cannot make smaller the others cannot either.
      this.#offered = [...this.#found.neighbours.keys()];
      this.#choices.clear();
      return true;
    }
    this.#encoded.set(coding, new Representation(this.#describe(coding), smaller, this.#keeping));
    this.#keeping.onGrowth();
    return true;
  }

  #describe(coding: string | undefined): Description {
    const { origin, neighbours } = this.#found;
    const { state } = (coding === undefined ? undefined : neighbours.get(coding)) ?? origin;
    return {
      type: this.#type,
      coding,
      etag: `"${state.tag}${coding === undefined ? "" : `-${neighbours.has(coding) ? coding : madeBy(coding)}`}"`,
      lastModified: state.lastModified,
      varies: this.#varies,
    };
  }
}

/**
 * Tells resources apart that different files, or different states of them, would make.
 *
 * @example
 * const found = await lookUp(parsePath("/"), { root: "examples/site" }, Date.now());
 * const stamp = found.kind === "file" ? stampOf(found) : undefined;
 */
export const stampOf = ({ name, origin, neighbours }: FoundFile): string =>
  [name, ...[origin, ...neighbours.values()].map(({ path, state }) => `${path} ${state.identity}`)].join("\n");

/** Another version of the library may make other bytes of the same content, and needs another tag. */
function madeBy(coding: string): string {
  const library = coding === "br" ? "brotli" : coding === "gzip" ? "zlib" : coding;
  return `${coding}-${process.versions[library]}`;
}
