/** Servers that answer, dawdle, lie and die as they are told, and clients who ask them and leave: for properties. */

import fc from "fast-check";
import { fromLatin1, latin1 } from "../../src/base/bytes.ts";
import type { VirtualClock } from "../../src/base/clock.ts";
import { requestReader } from "../../src/http/reader.ts";
import type { Socket } from "../../src/socket/socket.ts";

/** What becomes of one attempt to get an answer. Times are in milliseconds, places in parts of the whole. */
export interface Attempt {
  readonly framing: "length" | "chunked" | "until close";
  readonly says: "keep-alive" | "close";
  readonly isEarly: boolean;
  readonly hasInterim: boolean;
  /** Before each piece, of which there are as many. */
  readonly delays: readonly number[];
  readonly fate: "whole" | "leaves" | "vanishes" | "silent" | "more behind" | "more later" | "leaves after";
  /** How far it gets where it does not get through. */
  readonly until: number;
}

/** One who asks, and what becomes of that, also at the second attempt. */
export interface Errand {
  readonly at: number;
  readonly method: "GET" | "PUT" | "POST";
  /** The request's content: before each piece, as above. */
  readonly content: readonly number[];
  readonly size: number;
  readonly leaves: number | undefined;
  readonly cancelsAfter: number | undefined;
  readonly pace: number;
  readonly attempts: readonly [Attempt, Attempt];
}

const delay = fc.nat({ max: 40 });

const attempt = (fates: readonly Attempt["fate"][]): fc.Arbitrary<Attempt> =>
  fc.record({
    framing: fc.constantFrom("length", "chunked", "until close"),
    says: fc.constantFrom("keep-alive", "keep-alive", "close"),
    isEarly: fc.boolean(),
    hasInterim: fc.boolean(),
    delays: fc.array(delay, { minLength: 1, maxLength: 4 }),
    fate: fc.constantFrom(...fates),
    until: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.999, noNaN: true })),
  });

const errand = (fates: readonly Attempt["fate"][], isSteady: boolean): fc.Arbitrary<Errand> => {
  const sometimes = (max: number) =>
    isSteady ? fc.constant(undefined) : fc.option(fc.nat({ max }), { nil: undefined, freq: 2 });
  return fc.record({
    at: fc.nat({ max: 150 }),
    method: fc.constantFrom("GET", "PUT", "POST"),
    content: fc.array(delay, { maxLength: 3 }),
    size: fc.integer({ min: 1, max: 200 }),
    leaves: sometimes(200),
    cancelsAfter: sometimes(3),
    pace: delay,
    attempts: fc.tuple(attempt(fates), attempt(fates)),
  });
};

/** Everybody keeps to the protocol, and nobody leaves. */
export const fairErrands = fc.array(errand(["whole"], true), { minLength: 1, maxLength: 8 });

const FATES = [
  "whole",
  "whole",
  "whole",
  "leaves",
  "vanishes",
  "silent",
  "more behind",
  "more later",
  "leaves after",
] as const;
export const foulErrands = fc.array(errand(FATES, false), { minLength: 1, maxLength: 8 });

export const contentOf = (id: number, { size }: Errand): string => `${id}:${String.fromCharCode(97 + id).repeat(size)}`;
export const requestOf = (id: number, { method, content }: Errand): string[] =>
  method === "GET" ? [] : content.map((_, i) => `(${id}.${i})`);

export const pause = (clock: VirtualClock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));

/** A server of many connections, who remembers what it was asked. */
export class Server {
  readonly #clock: VirtualClock;
  readonly #errands: readonly Errand[];
  /** How often it was asked for each. */
  readonly asked: number[];
  /** Which answers it has said to their end. */
  readonly said = new Set<number>();
  /** Requests whose content was not the one that was sent. */
  readonly garbled: string[] = [];

  constructor(clock: VirtualClock, errands: readonly Errand[]) {
    this.#clock = clock;
    this.#errands = errands;
    this.asked = errands.map(() => 0);
  }

  /** Never fails: whoever asks may leave at any time. */
  async serve(socket: Socket): Promise<void> {
    const reader = requestReader();
    const more = async (): Promise<boolean> => {
      const bytes = await socket.read();
      if (bytes !== undefined) reader.receive(bytes);
      return bytes !== undefined;
    };
    let stays: Promise<boolean> | undefined;
    let [heads, answers] = [0, 0];
    try {
      for (;;) {
        stays = undefined;
        let head = reader.head();
        while (head === undefined) {
          if (!(await more())) return socket.close();
          head = reader.head();
        }
        heads += 1;
        const id = Number(head.target.slice(1));
        const errand = this.#errands[id]!;
        const attempt = errand.attempts[this.asked[id] === 0 ? 0 : 1];
        this.asked[id]! += 1;
        if (attempt.isEarly) stays = this.#answer(socket, id, attempt);
        let content = "";
        while (!reader.isDone) {
          const part = reader.content();
          if (part !== undefined) content += latin1(part);
          else if (!reader.isDone && !(await more())) throw new Error("The request breaks off");
        }
        const sent = requestOf(id, errand).join("");
        if (content !== sent) this.garbled.push(`${content} instead of ${sent}`);
        stays ??= this.#answer(socket, id, attempt);
        if (!(await stays)) return;
        const after = ++answers;
        if (attempt.fate === "more later") {
          void this.#sayMore(socket, attempt.until * 100, () => heads > after).catch(() => {});
        }
      }
    } catch {
      // Who has closed in good order has nothing to add.
      if ((await stays) !== false) socket.reset();
    }
  }

  /** Says whether the connection goes on. Never fails. */
  #answer(socket: Socket, id: number, attempt: Attempt): Promise<boolean> {
    // Nobody listens any more.
    return this.#say(socket, id, attempt).catch(() => false);
  }

  async #say(socket: Socket, id: number, attempt: Attempt): Promise<boolean> {
    const { fate, framing, says, delays } = attempt;
    const text = answerOf(id, this.#errands[id]!, attempt);
    const isBroken = fate === "leaves" || fate === "vanishes" || fate === "silent";
    const end = isBroken ? Math.floor(text.length * attempt.until) : text.length;
    for (const [i, ms] of delays.entries()) {
      await pause(this.#clock, ms);
      const to = i === delays.length - 1 ? end : Math.floor((end * (i + 1)) / delays.length);
      const from = Math.floor((end * i) / delays.length);
      const isLast = i === delays.length - 1 && !isBroken;
      if (isLast) this.said.add(id);
      await socket.write(fromLatin1(text.slice(from, to) + (isLast && fate === "more behind" ? EVIL : "")));
    }
    if (fate === "silent") return true;
    // The end of the connection would be the end of the answer.
    if (fate === "vanishes" || (fate === "leaves" && framing === "until close")) socket.reset();
    else if (fate === "leaves" || fate === "leaves after" || framing === "until close" || says === "close")
      socket.close();
    else return true;
    return false;
  }

  /** Says something that nobody has asked for. */
  async #sayMore(socket: Socket, ms: number, isBusy: () => boolean): Promise<void> {
    await pause(this.#clock, ms);
    // While a request is under way, nobody could tell it from the answer.
    if (!isBusy()) await socket.write(fromLatin1(EVIL));
  }
}

/** To a request that nobody has made. */
const EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

function answerOf(id: number, errand: Errand, { framing, says, hasInterim, fate }: Attempt): string {
  const content = contentOf(id, errand);
  const half = content.length >> 1;
  const interim = hasInterim ? `HTTP/1.1 103 Early Hints\r\nX-Id: ${id}\r\n\r\n` : "";
  const head = `${interim}HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nConnection: ${says}\r\n`;
  if (framing === "length") return `${head}Content-Length: ${content.length}\r\n\r\n${content}`;
  // Nothing can stand behind what goes on to the end.
  if (framing === "until close" && !fate.startsWith("more")) return `${head}\r\n${content}`;
  const chunks = [content.slice(0, half), content.slice(half)].filter((part) => part !== "");
  const coded = chunks.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
  return `${head}Transfer-Encoding: chunked\r\n\r\n${coded}0\r\n\r\n`;
}
