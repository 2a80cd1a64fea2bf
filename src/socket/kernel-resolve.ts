/** The addresses of a host name, as the operating system knows them, asked for no more often than need be. */

import { lookup as ask } from "node:dns/promises";
import { isIP } from "node:net";
import { type Clock, realClock } from "../base/clock.ts";
import { errorOf, socketError } from "./errors.ts";
import { SocketError } from "./socket.ts";

/** Asks the system. It fails with a `code`: `EAI_AGAIN` where no name server has answered. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export interface ResolverOptions {
  readonly clock?: Clock;
  readonly lookup?: Lookup;
}

/**
 * How long an answer is believed: the system does not tell how long it may be. A name that is asked for with every
 * connection costs next to nothing so, and a server that moves is found within moments, as if nothing were kept.
 */
const FRESH = 5_000;

/** A name that is not there may come soon: somebody sees that it is missing, and adds it. */
const FAILURE = 1_000;

/** But a name of which nobody could tell for long, is asked for no more often than so: it holds a place meanwhile. */
const LONGEST_FAILURE = 30_000;

/** Where no name server answers, what was true so lately is better than nothing (RFC 8767 §4). */
const STALE = 10 * 60_000;

/** So long one waits for a better answer, in all: the client response timer that RFC 8767 §5 recommends. */
const PATIENCE = 1_800;

/** So many names are remembered, and so many others may wait: some hundred kilobytes in all. */
const NAMES = 1_000;

/** The system's lookup holds one of four threads until it is through, and files are read by the same four. */
const AT_ONCE = 2;

interface Known {
  readonly addresses: readonly string[];
  /** Why there is no newer answer. */
  readonly error?: Error;
  /** When the addresses were true. */
  readonly at: number;
  readonly freshUntil: number;
  /** The last time, nobody answered. */
  readonly isSilent: boolean;
}

interface Question {
  readonly name: string;
  readonly answer: PromiseWithResolvers<readonly string[]>;
  readonly asked: number;
}

/**
 * Resolves names: an IP address is itself, and of special names (RFC 6761) nobody is asked. Whoever asks for a name
 * while it is being looked up gets the same answer.
 *
 * Two names are looked up at once, in the order in which they were asked for. A name whose server does not answer holds its place
 * for many seconds, and nobody can take it back; so a name that was silent before waits until nothing else is
 * looked up, which leaves the other place to the others. Only names that are silent for the first time hold both.
 *
 * @example
 * const resolve = resolver({ lookup: async () => ["192.0.2.1", "2001:db8::1"] });
 * await resolve("example.test"); // ["192.0.2.1", "2001:db8::1"]
 * await resolve("localhost"); // ["127.0.0.1", "::1"]
 */
export function resolver({
  clock = realClock,
  lookup = askSystem,
}: ResolverOptions = {}): (host: string) => Promise<readonly string[]> {
  const names = new Names(clock, lookup);
  return async (host) => {
    if (isIP(host) !== 0) return [host];
    const name = host.toLowerCase().replace(/\.$/, "");
    if (/(^|\.)localhost$/.test(name)) return LOOPBACK;
    // There is none (RFC 6761 §6.4), nor is there one longer than 253 letters (RFC 1035 §2.3.4).
    if (/(^|\.)invalid$/.test(name) || name === "" || name.length > 253) throw missing(host);
    return names.resolve(name);
  };
}

/** Whatever the machine's own list of hosts says (RFC 6761 §6.3). */
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

const missing = (name: string): SocketError => errorOf("ENOTFOUND", `Cannot find ${name}`);

async function askSystem(name: string): Promise<readonly string[]> {
  const answers = await ask(name, { all: true, order: "verbatim" });
  return answers.map(({ address }) => address);
}

/** What is known of names, and what is being asked. */
class Names {
  readonly #clock: Clock;
  readonly #lookup: Lookup;
  /** The one that was learnt longest ago comes first. */
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Question>();
  /** Those of the asked that have no place yet. */
  readonly #waiting = new Set<Question>();

  constructor(clock: Clock, lookup: Lookup) {
    this.#clock = clock;
    this.#lookup = lookup;
  }

  async resolve(name: string): Promise<readonly string[]> {
    const known = this.#known.get(name);
    if (known !== undefined && this.#clock.now() < known.freshUntil) return answerOf(known);
    const question = this.#asked.get(name) ?? this.#ask(name);
    return this.#isOfUse(known) ? this.#orElse(question, known.addresses) : question.answer.promise;
  }

  #isOfUse(known: Known | undefined): known is Known {
    return known !== undefined && known.addresses.length > 0 && this.#clock.now() - known.at < STALE;
  }

  /** The answer, or what was true before, where it takes too long. */
  #orElse({ answer, asked }: Question, before: readonly string[]): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const alarm = this.#clock.after(Math.max(0, asked + PATIENCE - this.#clock.now()), () => resolve(before));
      answer.promise.then(resolve, reject).finally(() => alarm.cancel());
    });
  }

  #ask(name: string): Question {
    if (this.#waiting.size === NAMES) {
      throw new SocketError("ENOTFOUND", `Cannot find ${name}: too many other names are being looked up`);
    }
    const question = { name, answer: Promise.withResolvers<readonly string[]>(), asked: this.#clock.now() };
    this.#asked.set(name, question);
    this.#waiting.add(question);
    this.#start();
    return question;
  }

  /** Gives free places to those who wait. */
  #start(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#waiting.delete(next);
      void this.#find(next);
    }
  }

  #next(): Question | undefined {
    const running = this.#asked.size - this.#waiting.size;
    if (running === AT_ONCE) return undefined;
    let silent: Question | undefined;
    for (const question of this.#waiting) {
      if (this.#known.get(question.name)?.isSilent !== true) return question;
      silent ??= question;
    }
    return running === 0 ? silent : undefined;
  }

  async #find(question: Question): Promise<void> {
    const { name, answer } = question;
    const asked = this.#clock.now();
    const known = await this.#lookup(name).then(
      (addresses) => this.#found(name, addresses),
      (error: unknown) => this.#failed(name, error, asked),
    );
    this.#asked.delete(name);
    this.#remember(name, known);
    answer.resolve(answerOf(known));
    this.#start();
  }

  #found(name: string, addresses: readonly string[]): Known {
    const now = this.#clock.now();
    const known = { addresses: [...new Set(addresses)], at: now, freshUntil: now + FRESH, isSilent: false };
    return addresses.length > 0 ? known : { ...known, error: missing(name), freshUntil: now + FAILURE };
  }

  #failed(name: string, reason: unknown, asked: number): Known {
    const now = this.#clock.now();
    const isSilent = (reason as { code?: string }).code === "EAI_AGAIN";
    const freshUntil = now + Math.min(Math.max(FAILURE, now - asked), LONGEST_FAILURE);
    const before = this.#known.get(name);
    if (isSilent && this.#isOfUse(before)) {
      return { addresses: before.addresses, at: before.at, freshUntil, isSilent };
    }
    return { addresses: [], error: failure(name, reason), at: now, freshUntil, isSilent };
  }

  #remember(name: string, known: Known): void {
    this.#known.delete(name);
    this.#known.set(name, known);
    if (this.#known.size > NAMES) this.#known.delete(this.#known.keys().next().value!);
  }
}

const answerOf = ({ addresses, error }: Known): readonly string[] | Promise<never> =>
  error === undefined ? addresses : Promise.reject(error);

function failure(name: string, reason: unknown): Error {
  const { code } = reason as { code?: string };
  const what = `Cannot find ${name}`;
  if (code === "EAI_AGAIN") return new SocketError("ENOTFOUND", `${what}: no name server answers`);
  // Of what the resolver says otherwise only this is our own fault.
  const error = socketError(reason, what);
  return error instanceof SocketError && error.code === "EMFILE" ? error : missing(name);
}

/**
 * The one that the kernel's carrier asks.
 *
 * @internal
 */
export const resolve: (host: string) => Promise<readonly string[]> = resolver();
