/** What those who share a store tell one another: this key has changed, these responses have been purged. */

import type { Alarm, Clock } from "../base/clock.ts";
import type { Purging, Selection } from "../cache/store.ts";
import type { Lifecycle } from "./shared-client.ts";

export type News =
  | { readonly is: "change"; readonly key: string }
  | { readonly is: "purge"; readonly which: Selection; readonly how: Purging };

/**
 * Text: who says it, and what. A change is as short as it can be: there is one for each response that is stored.
 *
 * @example
 * printNews("ab12", { is: "change", key: "http://localhost/" }); // "ab12 http://localhost/"
 */
export function printNews(author: string, news: News): string {
  return news.is === "change" ? `${author} ${news.key}` : `${author} ${news.how} ${JSON.stringify(news.which)}`;
}

/**
 * The other way round; undefined where it is our own, or cannot be read.
 *
 * @example
 * parseNews("cd34", 'ab12 remove {"by":"everything"}'); // { is: "purge", which: { by: "everything" }, how: "remove" }
 */
export function parseNews(self: string, text: string): News | undefined {
  const [, author, how, rest = ""] = /^(\S+) (?:(remove|invalidate) (?=\{))?(.+)$/s.exec(text) ?? [];
  if (author === undefined || author === self) return undefined;
  if (how === undefined) return { is: "change", key: rest };
  const which = selectionOf(rest);
  return which && { is: "purge", which, how: how as Purging };
}

/** What belongs to each way to select. */
const PARTS: Record<Selection["by"], readonly string[]> = {
  everything: [],
  url: ["url"],
  prefix: ["prefix"],
  host: ["host"],
  tag: ["tag"],
  group: ["group", "origin"],
};

function selectionOf(json: string): Selection | undefined {
  try {
    const which = JSON.parse(json);
    const isWhole = PARTS[which.by as Selection["by"]]?.every((part) => typeof which[part] === "string");
    return isWhole ? which : undefined;
  } catch {
    return undefined;
  }
}

export interface NewsroomOptions {
  /** How the author of our own news is called. */
  readonly self: string;
  readonly clock: Clock;
  /** Begins to listen, over another connection each time. */
  readonly subscribe: (
    life: Lifecycle & { hear(message: string): void },
    attempt: number,
  ) => { ping(): void; close(): void };
}

export type OnPurge = (which: Selection, how: Purging) => void;

/** From one attempt to listen to the next, in milliseconds: quickly at first, since whatever is said meanwhile is missed. */
const retryAfter = (failures: number): number => Math.min(50 * 2 ** Math.min(failures, 10), 2000);

/** From one question whether the other end is still there to the next, in milliseconds. */
const PING_EVERY = 10_000;

/**
 * Hears what others say, and connects anew when the connection breaks. What was said meanwhile nobody repeats: whoever
 * keeps copies is told that there was a gap.
 *
 * @internal
 */
export class Newsroom {
  readonly #options: NewsroomOptions;
  readonly #onPurge = new Set<OnPurge>();
  readonly #onChange = new Set<(key: string) => void>();
  readonly #onGap = new Set<() => void>();
  #connection: { ping(): void; close(): void };
  #attempts = 0;
  /** Attempts since we last listened. */
  #failures = 0;
  #isListening = false;
  #isClosed = false;
  #next: Alarm | undefined;

  constructor(options: NewsroomOptions) {
    this.#options = options;
    this.#connection = this.#connect();
  }

  /** Whether what others say is heard at the moment. */
  get isListening(): boolean {
    return this.#isListening;
  }

  onPurge(listener: OnPurge): void {
    this.#onPurge.add(listener);
  }

  onChange(listener: (key: string) => void): void {
    this.#onChange.add(listener);
  }

  onGap(listener: () => void): void {
    this.#onGap.add(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#next?.cancel();
    this.#connection.close();
  }

  #connect(): { ping(): void; close(): void } {
    return this.#options.subscribe(
      {
        connected: () => this.#listen(),
        lost: () => this.#retry(),
        hear: (message) => this.#hear(message),
      },
      this.#attempts++,
    );
  }

  /** Also where this is the first time: if it took a while, something was said before. */
  #listen(): void {
    this.#isListening = true;
    this.#failures = 0;
    this.#pingLater();
    for (const listener of this.#onGap) listener();
  }

  #retry(): void {
    this.#isListening = false;
    this.#next?.cancel();
    if (this.#isClosed) return;
    this.#next = this.#options.clock.after(retryAfter(this.#failures++), () => {
      this.#connection = this.#connect();
    });
  }

  /** Who only listens does not notice that nobody is there any more, unless he asks now and then. */
  #pingLater(): void {
    this.#next = this.#options.clock.after(PING_EVERY, () => {
      this.#connection.ping();
      this.#pingLater();
    });
  }

  #hear(message: string): void {
    const news = parseNews(this.#options.self, message);
    if (news?.is === "change") for (const listener of this.#onChange) listener(news.key);
    if (news?.is === "purge") for (const listener of this.#onPurge) listener(news.which, news.how);
  }
}
