/**
 * A connection's behaviour as a dialogue: what comes (`<`), what goes out (`>`), what the application does, and how time
 * passes. Both initial sequence numbers are 0 unless the scene says otherwise, so that the first byte is number 1.
 *
 *     listen
 *     <  SYN      seq=0 win=65535 mss=1460
 *     >  SYN,ACK  seq=0 ack=1
 *     <  ACK      seq=1 ack=1 win=65535
 *     =  ESTABLISHED
 *     write "hello"
 *     >  PSH,ACK  seq=1 ack=1 "hello"
 *     +240ms                               # nobody answers
 *     >  PSH,ACK  seq=1 ack=1 "hello"
 *
 * What goes out must be said, all of it and at the millisecond at which it goes; of its fields, those that are named
 * must be as said, and the payload in any case, or its length, `len=5`. `x3` at the end of a line: three of them, one
 * behind the other where they carry data.
 */

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { TcpConnection } from "../../src/tcp/connection.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import { plus } from "../../src/tcp/sequence.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";

const NOTHING = new Uint8Array(0);
const FLAGS = { FIN, SYN, RST, PSH, ACK, URG };

/** Without timestamps, which would have to be said in every segment. */
const SETTINGS: TcpSettings = { isn: 0, mss: 1000, hasTimestamps: false, hasSack: false, hasWindowScale: false };

/** A test of that name, which plays the scene. */
export function scene(name: string, text: string, settings: Partial<TcpSettings> = {}): void {
  test(name, () => {
    play(text, settings);
  });
}

/** Plays it, and leaves the connection as it is at the end. */
export function play(text: string, settings: Partial<TcpSettings> = {}): TcpConnection {
  const stage = new Stage({ ...SETTINGS, ...settings });
  text.split("\n").forEach((line, i) => {
    const words = line.replace(/#.*/, "").trim();
    if (words === "") return;
    try {
      stage.play(words);
    } catch (error) {
      (error as Error).message = `Line ${i}, "${words}", at ${stage.now} ms: ${(error as Error).message}`;
      throw error;
    }
  });
  stage.mustBeQuiet();
  return stage.connection;
}

class Stage {
  now = 0;
  readonly #settings: TcpSettings;
  #connection: TcpConnection | undefined;
  #out: TcpSegment[] = [];

  constructor(settings: TcpSettings) {
    this.#settings = settings;
  }

  get connection(): TcpConnection {
    if (this.#connection === undefined) throw new Error("Cannot go on: nobody has opened a connection");
    return this.#connection;
  }

  play(line: string): void {
    const [word = "", ...rest] = line.match(/"[^"]*"|\S+/g)!;
    const times = /^x\d+$/.test(rest.at(-1) ?? "") ? Number(rest.pop()!.slice(1)) : 1;
    if (word !== ">") this.mustBeQuiet();
    if (word === ">") for (let i = 0; i < times; i++) this.#expect(rest, i);
    else if (word === "<") for (let i = 0; i < times; i++) this.#receive(rest, i);
    else if (word.startsWith("+")) this.#pass(milliseconds(word.slice(1)));
    else this.#act(word, rest);
    this.#take();
  }

  #act(word: string, rest: readonly string[]): void {
    const { now } = this;
    const [first = ""] = rest;
    switch (word) {
      case "open":
        this.#connection = TcpConnection.open(2000, 1000, this.#settings, now);
        break;
      case "listen":
        break;
      case "=":
        equal(this.connection.state, first);
        break;
      case "write":
        this.connection.write(payloadOf(first), rest[1] === "urgently");
        break;
      case "read":
        this.#read(first);
        break;
      case "end":
        this.connection.end();
        break;
      case "close":
        this.connection.close(now);
        break;
      case "reset":
        this.connection.reset();
        break;
      case "fails":
        deepEqual([this.connection.state, this.connection.failure], ["CLOSED", first]);
        break;
      case "closed":
        deepEqual([this.connection.state, this.connection.failure], ["CLOSED", undefined]);
        break;
      case "hears":
        deepEqual([rest.join(" "), this.connection.receiver?.isEnded], ["the end", true]);
        break;
      case "wakes":
        equal(this.connection.wakeAt, first === "never" ? undefined : Number(first));
        break;
      case "noDelay":
        this.connection.noDelay = true;
        break;
      case "keepAlive": {
        const [idle, interval, count] = rest.map(Number) as [number, number, number];
        this.connection.keepAlive({ idle, interval, count }, now);
        break;
      }
      case "userTimeout":
        this.connection.userTimeout = Number(first);
        break;
      case "unreachable":
        this.connection.unreachable(first as "EHOSTUNREACH", rest[1] === "hard");
        break;
      case "narrow":
        this.connection.narrow(Number(first));
        break;
      default:
        throw new Error(`Cannot play "${word}": no such word`);
    }
  }

  #receive(words: readonly string[], i: number): void {
    if (i > 0) this.mustBeQuiet();
    const { seq = 0, payload = NOTHING, ...fields } = fieldsOf(words);
    const segment = segmentOf({ from: 1000, to: 2000, ...fields, payload, seq: plus(seq, i * payload.length) });
    if (this.#connection === undefined) this.#connection = TcpConnection.accept(segment, this.#settings, this.now);
    else this.connection.receive(segment, this.now);
    this.#take();
  }

  #expect(words: readonly string[], i: number): void {
    const segment = this.#out.shift();
    if (segment === undefined) throw new Error(`Nothing goes out; it wakes at ${this.connection.wakeAt}`);
    const { payload = NOTHING, ...expected } = fieldsOf(words);
    if (expected.seq !== undefined) expected.seq = plus(expected.seq, i * payload.length);
    const seen = Object.fromEntries(
      Object.keys(expected).map((key) => [key, segment[key as keyof TcpSegment]]),
    ) as Partial<TcpSegment>;
    const hasText = words.some((word) => word.startsWith('"'));
    const said = (bytes: Uint8Array) => (hasText ? Buffer.from(bytes).toString("latin1") : bytes.length);
    deepEqual({ ...readable(seen), payload: said(segment.payload) }, { ...readable(expected), payload: said(payload) });
  }

  #read(what: string): void {
    const expected = what === "nothing" ? new Uint8Array(0) : payloadOf(what);
    const pieces: number[] = [];
    for (let bytes = this.connection.read(this.now); bytes !== undefined; bytes = this.connection.read(this.now))
      pieces.push(...bytes);
    if (what.startsWith('"')) equal(Buffer.from(pieces).toString("latin1"), Buffer.from(expected).toString("latin1"));
    else equal(pieces.length, expected.length);
  }

  /** Whatever goes out before that is over must have been said. */
  #pass(ms: number): void {
    const end = this.now + ms;
    for (let at = this.connection.wakeAt; at !== undefined && at <= end; at = this.connection.wakeAt) {
      if (at > this.now) this.mustBeQuiet();
      this.now = Math.max(this.now, at);
      this.connection.tick(this.now);
      this.#take();
    }
    if (end > this.now) this.mustBeQuiet();
    this.now = end;
  }

  #take(): void {
    if (this.#connection !== undefined) this.#out.push(...this.connection.take(this.now));
  }

  mustBeQuiet(): void {
    const [segment] = this.#out;
    if (segment !== undefined)
      throw new Error(`At ${this.now} ms something goes out unexpectedly: ${JSON.stringify(readable(segment))}`);
  }
}

function milliseconds(text: string): number {
  const [, number, unit] = /^([\d.]+)(ms|s|min)?$/.exec(text)!;
  return Number(number) * { ms: 1, s: 1000, min: 60_000 }[unit ?? "ms"]!;
}

/** So many bytes, or these. The letters tell where one is: a is the first. */
function payloadOf(word: string): Uint8Array {
  if (word.startsWith('"')) return Buffer.from(word.slice(1, -1), "latin1");
  return Uint8Array.from({ length: Number(word) }, (_, i) => 97 + (i % 26));
}

const NUMBERS: Record<string, keyof TcpSegment> = {
  seq: "seq",
  ack: "ack",
  win: "window",
  urg: "urgent",
  mss: "mss",
  scale: "windowScale",
  ts: "timestamp",
  echo: "echo",
};

type Fields = { -readonly [K in keyof TcpSegment]?: TcpSegment[K] };

function fieldsOf(words: readonly string[]): Fields {
  const fields: Record<string, unknown> = { flags: 0, payload: NOTHING };
  for (const word of words) {
    const [name = "", value = ""] = word.startsWith('"') ? ["text"] : word.split("=");
    if (name === "text") fields.payload = payloadOf(word);
    else if (name === "len") fields.payload = payloadOf(value);
    else if (name === "sackok") fields.isSackPermitted = true;
    else if (name === "sack") fields.sack = value === "none" ? undefined : value.split(",").map(block);
    else if (NUMBERS[name] !== undefined) fields[NUMBERS[name]] = value === "none" ? undefined : Number(value) >>> 0;
    else fields.flags = name.split(",").reduce((sum, flag) => sum | flagOf(flag), 0);
  }
  return fields;
}

function flagOf(name: string): number {
  const flag = FLAGS[name as keyof typeof FLAGS];
  if (flag === undefined) throw new Error(`Cannot read "${name}": no such field`);
  return flag;
}

function block(text: string): { start: number; end: number } {
  const [start, end] = text.split("-").map(Number) as [number, number];
  return { start, end };
}

/** As one would say it. */
function readable({ flags = 0, payload, ...others }: Fields): Record<string, unknown> {
  const names = Object.entries(FLAGS).filter(([, flag]) => (flags & flag) !== 0);
  return { flags: names.map(([name]) => name).join(","), ...others, payload: payload?.length };
}
