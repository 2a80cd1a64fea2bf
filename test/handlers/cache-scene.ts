/**
 * A cache before a scripted origin, at a time that stands still, and who comes to it: told as a dialogue, a line for each turn.
 *
 *     a> GET /menu | Accept: text/plain        a client says this; other letters are others, each with a connection of its own
 *     o> GET /menu | If-None-Match: "v1" | !Range    the origin hears this next, with these fields and without those
 *     o< 200 | ETag: "v1" | = soup             it answers; `=` is the content, whose length is said unless it says another
 *     a< 200 | Age: 0 | ETag: /v\d/ | = soup   the client hears this, with these fields, and just this content
 *
 *     o< 200 | Content-Length: 9 | = soup      not all of it …
 *     a< 200 | ~ soup                          … so the client hears a head, and the content so far
 *     o+ salad                                 more of it comes, as it is; `⏎` is the end of a line
 *     a+ salad                                 and is heard
 *     a.                                       there the answer ends
 *     o.  or  a|                               the origin, or a client, has said all it wanted, and ends its side
 *     o!  or  a!                               it is gone at once
 *     a<!  or  o<!                             a client hears that the answer has broken off; the origin, that nobody waits any more
 *     o0  or  a0                               nothing is heard there, by now
 *     +30s                                     time passes
 *     # hits 1, misses 2                       what has been counted so far; what is not named is not looked at
 *
 * The origin's questions are answered in the order in which they come; where several are open at a time they have names: `o`, `o1`,
 * `o2` … What comes to the origin and is not heard there is a mistake.
 */

import { deepEqual, equal, fail, match, ok } from "node:assert/strict";
import { latin1 } from "../../src/base/bytes.ts";
import type { VirtualClock } from "../../src/base/clock.ts";
import type { CacheCounters } from "../../src/cache/counters.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { type Caching, type CachingOptions, caching } from "../../src/handlers/caching.ts";
import type { Fields } from "../../src/http/fields.ts";
import { type MessageReader, type ResponseHead, requestReader, responseReader } from "../../src/http/reader.ts";
import { forward, type ProxyScene, type ProxySceneOptions, proxyScene, reverse, type Side } from "./proxy-scene.ts";

export interface CacheSceneOptions extends Partial<Omit<CachingOptions, "clock">> {
  /** A forward proxy, whose clients say where to go: "GET http://origin.test/menu". */
  readonly isForward?: boolean;
  readonly proxy?: ProxySceneOptions;
}

export interface CacheScene {
  readonly clock: VirtualClock;
  readonly cache: Caching;
  readonly store: Store;
  readonly counters: CacheCounters;
  readonly complaints: string[];
  /** How many requests the origin has heard. */
  readonly asked: number;
  /** Goes on with the dialogue. */
  plays(dialogue: string): Promise<void>;
  /** Nobody gets through to the origin any more. */
  shuts(): Promise<void>;
  settle(): Promise<void>;
}

/** Plays a dialogue, or whatever else. */
export function cacheScene(
  play: string | ((scene: CacheScene) => Promise<void>),
  {
    isForward = false,
    proxy = {},
    store = new MemoryStore({ budget: 16 * 1024 * 1024 }),
    ...options
  }: CacheSceneOptions = {},
): Promise<void> {
  let cache: Caching;
  return proxyScene(
    (means) => {
      const middle = isForward ? forward() : reverse(["origin.test"], { forwarded: "none" });
      cache = caching(middle(means), { store, clock: means.clock, ...options });
      return cache;
    },
    async (stage) => {
      const scene = new Scene(stage, cache, store);
      if (typeof play === "string") await scene.plays(play);
      else await play(scene);
      await scene.ends();
    },
    proxy,
  );
}

/** A request that the origin has heard, and its connection. */
interface Question {
  readonly method: string;
  readonly target: string;
  readonly fields: Fields;
  readonly side: Side;
  /** Broken off by who asked. */
  isGone: boolean;
}

class Scene implements CacheScene {
  readonly cache: Caching;
  readonly store: Store;
  readonly #stage: ProxyScene;
  readonly #guests = new Map<string, Guest>();
  readonly #heard: Question[] = [];
  readonly #open = new Map<string, Question>();
  asked = 0;

  constructor(stage: ProxyScene, cache: Caching, store: Store) {
    this.#stage = stage;
    this.cache = cache;
    this.store = store;
    stage.attends("origin.test:80", (side) => this.#attend(side));
  }

  get clock(): VirtualClock {
    return this.#stage.clock;
  }

  get counters(): CacheCounters {
    return this.cache.counters;
  }

  get complaints(): string[] {
    return this.#stage.complaints;
  }

  readonly shuts = (): Promise<void> => {
    return this.#stage.shuts("origin.test:80");
  };

  settle(): Promise<void> {
    return this.#stage.settle();
  }

  readonly plays = async (dialogue: string): Promise<void> => {
    for (const line of dialogue.split("\n")) {
      const turn = line.trim();
      if (turn === "" || turn.startsWith("//")) continue;
      try {
        await this.#turn(turn);
      } catch (error) {
        throw new Error(`At "${turn}": ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  };

  async ends(): Promise<void> {
    await this.settle();
    deepEqual(
      this.#heard.map(({ method, target }) => `${method} ${target}`),
      [],
      "the origin was asked what nobody expected",
    );
    deepEqual(
      this.complaints.filter((line) => !line.startsWith("The answer broke off: ")),
      [],
    );
  }

  /** Hears what comes over one of the origin's connections, one request after the other. */
  async #attend(side: Side): Promise<void> {
    const reader = requestReader();
    let question: Question | undefined;
    try {
      for (;;) {
        const head = reader.head();
        if (head === undefined) {
          const bytes = await side.socket.read();
          if (bytes === undefined) break;
          reader.receive(bytes);
          continue;
        }
        while (!reader.isDone) {
          if (reader.content() !== undefined) continue;
          const bytes = reader.isDone ? undefined : await side.socket.read();
          if (bytes !== undefined) reader.receive(bytes);
        }
        question = { ...head, fields: head.fields, side, isGone: false };
        this.asked += 1;
        this.#heard.push(question);
      }
    } finally {
      if (question !== undefined) question.isGone = true;
    }
  }

  async #turn(turn: string): Promise<void> {
    const time = /^\+(\d+)(ms|s|h)$/.exec(turn);
    if (time !== null) return this.#waits(Number(time[1]) * { ms: 1, s: 1000, h: 3_600_000 }[time[2] as "ms"]);
    if (turn.startsWith("#")) return this.#counts(turn.slice(1));
    const [, who, act, rest = ""] =
      /^([a-z]\d*)(<!|[><+.|!0])(?: (.*))?$/.exec(turn) ?? fail("nobody knows what that means");
    if (who!.startsWith("o")) return this.#origin(who!, act!, rest);
    let guest = this.#guests.get(who!);
    if (guest === undefined)
      this.#guests.set(who!, (guest = new Guest(await this.#stage.arrives(), this.#stage.settle)));
    await guest.turn(act!, rest);
  }

  async #waits(ms: number): Promise<void> {
    await this.clock.advance(ms);
    // Nobody's connection outlives that; who comes again makes a new one.
    if (ms >= 60_000) for (const [who, guest] of this.#guests) if (guest.isIdle) this.#guests.delete(who);
  }

  #counts(what: string): void {
    for (const [, name, count] of what.matchAll(/(\w+) (\d+)/g)) {
      equal(`${name} ${this.counters[name as keyof CacheCounters]}`, `${name} ${count}`);
    }
  }

  async #origin(who: string, act: string, rest: string): Promise<void> {
    if (act === "0") {
      await this.settle();
      return deepEqual(
        this.#heard.map(({ target }) => target),
        [],
      );
    }
    if (act === ">") {
      await this.settle();
      const question = this.#heard.shift() ?? fail("nothing is heard");
      this.#open.set(who, question);
      const { start, fields } = spoken(rest);
      equal(`${question.method} ${question.target}`, start);
      return hasFields(question.fields, fields);
    }
    const question = this.#open.get(who) ?? fail("nobody has asked");
    const { side } = question;
    if (act === "<!") {
      await this.settle();
      return ok(question.isGone, "who asked still waits");
    }
    if (act === "!") side.vanishes();
    else if (act === ".") await side.ends();
    else if (act === "+") await side.says(rest.replaceAll("⏎", "\r\n"));
    else await answer(side, rest, question.method);
    await this.settle();
  }
}

/** Says an answer, with its length, where nothing else is said of that. */
async function answer(side: Side, rest: string, method: string): Promise<void> {
  const { start, fields, content = "" } = spoken(rest);
  const lines = fields.map(({ name, value }) => `${name}: ${value}`);
  const isFramed = fields.some(({ name }) => /^(content-length|transfer-encoding|connection)$/i.test(name));
  const isEmpty = /^(1\d\d|204|304)/.test(start) || method === "HEAD";
  if (!isFramed && !isEmpty) lines.push(`Content-Length: ${content.length}`);
  const reason = start.includes(" ") ? start : `${start} Whatever`;
  await side.says(`HTTP/1.1 ${reason}`, ...lines, "", content.replaceAll("⏎", "\r\n"));
}

/** Who comes, and what it has heard. */
class Guest {
  readonly #side: Side;
  readonly #settle: () => Promise<void>;
  readonly #reader: MessageReader<ResponseHead> = responseReader();
  readonly #methods: string[] = [];
  /** What of the content has come, and was not asked for yet. */
  #content = "";
  /** An answer whose end has not been heard yet. */
  #isAmid = false;
  #isBroken = false;

  constructor(side: Side, settle: () => Promise<void>) {
    this.#side = side;
    this.#settle = settle;
    void this.#listens();
  }

  get isIdle(): boolean {
    return this.#methods.length === 0 && !this.#isAmid;
  }

  async turn(act: string, rest: string): Promise<void> {
    if (act === ">") await this.#asks(rest);
    else if (act === "!") this.#side.vanishes();
    else if (act === "|") await this.#side.ends();
    await this.#settle();
    if (act === "<") this.#hears(rest);
    else if (act === "+") this.#hearsOn(rest);
    else if (act === ".") this.#hearsEnd("");
    else if (act === "<!") ok(this.#isBroken, "the answer has not broken off");
    else if (act === "0") this.#hearsNothing();
  }

  async #asks(rest: string): Promise<void> {
    const { start, fields, content } = spoken(rest);
    const [method = "", target = "", version = "HTTP/1.1"] = start.split(" ");
    const lines = fields.map(({ name, value }) => `${name}: ${value}`);
    if (!fields.some(({ name }) => name === "Host")) lines.unshift("Host: here.test");
    if (content !== undefined) lines.push(`Content-Length: ${content.length}`);
    this.#methods.push(method);
    await this.#side.says(`${method} ${target} ${version}`, ...lines, "", content ?? "");
  }

  #hears(rest: string): void {
    const { start, fields, content, isBeginning } = spoken(rest);
    const head = this.#reader.head(this.#methods[0]) ?? fail("nothing is heard");
    equal(String(head.status), start);
    hasFields(head.fields, fields);
    if (head.status < 200) return;
    this.#methods.shift();
    this.#content = "";
    this.#isAmid = true;
    if (isBeginning) this.#hearsOn(content!);
    else this.#hearsEnd(content);
  }

  #hearsOn(content: string): void {
    this.#takes();
    equal(this.#content, content);
    this.#content = "";
  }

  /** Whatever the content is, where none is expected. */
  #hearsEnd(content: string | undefined): void {
    this.#takes();
    if (content !== undefined) equal(this.#content, content);
    ok(this.#reader.isDone, "the answer has not come to its end");
    this.#content = "";
    this.#isAmid = false;
  }

  #takes(): void {
    for (let part = this.#reader.content(); part !== undefined; part = this.#reader.content())
      this.#content += latin1(part);
  }

  #hearsNothing(): void {
    if (this.#isAmid) this.#hearsOn("");
    else equal(this.#reader.head(this.#methods[0]), undefined, "something is heard");
  }

  /** To the end of all it has to hear. */
  async #listens(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#side.socket.read();
        if (bytes === undefined) break;
        this.#reader.receive(bytes);
      }
      this.#reader.end();
    } catch {
      this.#isBroken = true;
    }
  }
}

interface Spelt {
  readonly name: string;
  /** Undefined: it must not be there. */
  readonly value: string | undefined;
}

interface Spoken {
  readonly start: string;
  readonly fields: readonly Spelt[];
  readonly content: string | undefined;
  /** There is more to come. */
  readonly isBeginning: boolean;
}

function spoken(text: string): Spoken {
  const [start = "", ...parts] = text.split(" | ");
  const fields: Spelt[] = [];
  let content: string | undefined;
  let isBeginning = false;
  for (const part of parts) {
    const [, sign, rest = ""] = /^([=~]) ?(.*)$/s.exec(part) ?? [];
    if (sign !== undefined) [content, isBeginning] = [rest, sign === "~"];
    else if (part.startsWith("!")) fields.push({ name: part.slice(1).toLowerCase(), value: undefined });
    else {
      const colon = part.indexOf(":");
      ok(colon > 0, `"${part}" is no field`);
      fields.push({ name: part.slice(0, colon), value: part.slice(colon + 1).trim() });
    }
  }
  return { start, fields, content, isBeginning };
}

/** Values between slashes are patterns. */
function hasFields(actual: Fields, expected: Spoken["fields"]): void {
  for (const { name, value } of expected) {
    const heard = actual.get(name.toLowerCase());
    const [, pattern] = /^\/(.*)\/$/.exec(value ?? "") ?? [];
    if (pattern !== undefined) match(heard ?? "", new RegExp(pattern), name);
    else equal(`${name}: ${heard}`, `${name}: ${value}`);
  }
}
