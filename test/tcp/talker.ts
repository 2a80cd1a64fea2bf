/** Applications at both ends of a duet: what they say can be known by its place, so that who hears it can tell whether it is right. */

import { Random } from "../../src/base/random.ts";
import type { Duet, End } from "./duet.ts";

/** A prime, so that no power of two hides a shift. */
const PERIOD = 65_521;
const TEXT = twice(new Random(1).bytes(PERIOD));

/** Bytes `at` and following of what is said. */
const saying = (at: number, length: number): Uint8Array => TEXT.subarray(at % PERIOD, (at % PERIOD) + length);

function twice(bytes: Uint8Array): Uint8Array {
  const both = new Uint8Array(2 * bytes.length);
  both.set(bytes);
  both.set(bytes, bytes.length);
  return both;
}

export interface Talk {
  /** How many bytes to say. */
  readonly say: number;
  /** How many are written at once, and how many may wait to be acknowledged. */
  readonly piece?: number;
  readonly queue?: number;
  /** How long it waits between one reading and the next; and how many pieces it reads then, if it waits. Default: at once, all. */
  readonly pause?: number;
  readonly pieces?: number;
  /** It says its end when it has said all, or only when the other has, too. */
  readonly endsWhen?: "said" | "heard";
}

export class Talker {
  said = 0;
  heard = 0;
  hasEnded = false;
  /** The other's FIN was heard. */
  isOver = false;
  readonly #duet: Duet;
  readonly #end: End;
  readonly #talk: Talk;
  #readAt = 0;
  #isWaiting = false;

  constructor(duet: Duet, end: End, talk: Talk) {
    this.#duet = duet;
    this.#end = end;
    this.#talk = talk;
    end.turn = (now) => this.#turn(now);
  }

  #turn(now: number): void {
    if (this.#end.connection === undefined) return;
    this.#write();
    this.#read(now);
    this.#finish();
  }

  #write(): void {
    const { say, piece = 1000, queue = 65_536 } = this.#talk;
    const connection = this.#end.connection!;
    while (this.said < say && connection.sender.buffer.length < queue && connection.isWritable) {
      const bytes = saying(this.said, Math.min(piece, say - this.said, PERIOD));
      connection.write(bytes);
      this.said += bytes.length;
    }
  }

  #read(now: number): void {
    const { pause = 0 } = this.#talk;
    const pieces = pause === 0 ? Number.POSITIVE_INFINITY : (this.#talk.pieces ?? Number.POSITIVE_INFINITY);
    const connection = this.#end.connection!;
    if (now < this.#readAt) {
      if (this.#isWaiting) return;
      this.#isWaiting = true;
      this.#duet.at(this.#readAt, () => {
        this.#isWaiting = false;
        this.#duet.look(this.#end);
      });
      return;
    }
    for (let i = 0; i < pieces; i++) {
      const bytes = connection.read(now);
      if (bytes === undefined) break;
      if (pause > 0) this.#readAt = now + pause;
      this.#check(bytes);
    }
    if (pause > 0 && (connection.receiver?.readable ?? 0) > 0) this.#read(now);
    const { receiver } = connection;
    if (receiver?.isEnded === true && receiver.readable === 0) this.isOver = true;
  }

  #check(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PERIOD) {
      const part = bytes.subarray(at, at + PERIOD);
      if (Buffer.compare(part, saying(this.heard, part.length)) !== 0)
        throw new Error(`Something else was heard than said, behind byte ${this.heard}`);
      this.heard += part.length;
    }
  }

  #finish(): void {
    const { say, endsWhen = "said" } = this.#talk;
    if (this.hasEnded || this.said < say || !this.#end.connection!.isWritable) return;
    if (endsWhen === "heard" && !this.isOver) return;
    this.hasEnded = true;
    this.#end.connection!.end();
  }
}
