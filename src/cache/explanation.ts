/** What a cache would do with a request at this moment, and why, without doing it. */

import type { Request } from "../http/message.ts";
import type { Account } from "./account.ts";

/** A request that nobody makes. */
export type Asked = Pick<Request, "method" | "target" | "fields">;

export interface Explanation {
  readonly key: string | undefined;
  /** What it would do: the same data that the log and Cache-Status are printed from. */
  readonly account: Account;
  /** In words, for people. */
  readonly words: string;
  /** What is stored under the key, each with its own account of how it came to be stored and how it stands. */
  readonly stored: readonly StoredExplanation[];
}

export interface StoredExplanation {
  readonly status: number;
  /** Seconds. */
  readonly age: number;
  readonly ttl: number;
  /** Bytes of content; and how many of them are here. */
  readonly length: number;
  readonly here: number;
  readonly isInvalid: boolean;
  /** The request fields it varies with, as they were. */
  readonly selecting: readonly (readonly [string, string | undefined])[];
  readonly tags: readonly string[];
  readonly because: Account["because"];
}
