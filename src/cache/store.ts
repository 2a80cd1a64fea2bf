/**
 * What every store keeps, whether it is memory, a disk or a server shared with others. test/stores/contract.ts is run
 * for each.
 *
 * A store has no say in what may be stored or used: it keeps what it is given, as long as it can. Whatever befalls it –
 * it is full, damaged, gone – no call fails: it has nothing, and wants nothing.
 */

import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import type { Said } from "./said.ts";

export type Soon<Value> = Value | Promise<Value>;

/** A stored response. It stays as it is, and can be read by whoever holds it, even when its store has let go of it. */
export interface Stored extends Said {
  readonly content: Content;
}

/** The content of a stored response. */
export interface Content {
  /** How many bytes the whole has, stored or not. */
  readonly length: number;
  /** Which of them are here, in ascending order, not touching one another; undefined where it is all of them. */
  readonly ranges: readonly ByteRange[] | undefined;
  /**
   * Those from `first` to `last`, both included; all of them must be here. Bytes where they are at hand, else content
   * that fails where it cannot be read after all.
   */
  read(first: number, last: number): Uint8Array | Body;
}

/** A response whose content is on its way into a store. */
export interface Filling {
  /** How many bytes it has taken. */
  readonly size: number;
  /**
   * Takes a copy of the next bytes. False where it wants no more, since they have become too many or cannot be kept:
   * what it had taken can still be read, until `abort` is called.
   */
  write(bytes: Uint8Array): Soon<boolean>;
  /** Bytes it has taken, from this one on: as many as are handy, at least one. `from` must be less than `size`. */
  read(from: number): Soon<Uint8Array>;
  /**
   * No more will come: from now on it can be found. In place of one with the same key and the same `selecting`, if
   * there was one. `length` is how many bytes the whole has, where this is not all of it. Undefined where it could not
   * be kept.
   */
  end(length?: number): Soon<Stored | undefined>;
  /** Nobody wants it. May be called at any time before `end`, also twice. */
  abort(): void;
}

/** Where the bytes of a filling belong. */
export interface Place {
  /** How many are going to come, where that is known. */
  readonly size?: number | undefined;
  /** Their first one's position in the whole. Default 0. */
  readonly first?: number;
  /** The stored response that they are joined to, whose place the result takes. No byte comes twice. */
  readonly onto?: Stored | undefined;
}

/** Which responses are meant. */
export type Selection =
  | { readonly by: "everything" }
  /** The URI, in the form it has in a key. */
  | { readonly by: "url"; readonly url: string }
  | { readonly by: "prefix"; readonly prefix: string }
  /** The host of the URI, without its port: "example.com". */
  | { readonly by: "host"; readonly host: string }
  /** One of `tags` or `groups`. */
  | { readonly by: "tag"; readonly tag: string }
  /** One of `groups`, of this origin alone (RFC 9875 §2.1). */
  | { readonly by: "group"; readonly group: string; readonly origin: string };

/** What is done to responses that shall not be used as they are: away with them, or asked about before further use. */
export type Purging = "remove" | "invalidate";

export interface StoreState {
  /** "memory", "disk", "shared". */
  readonly name: string;
  /** How many responses there are. */
  readonly responses: number;
  /** Bytes in use, and how many may be; undefined where nobody counts them here. */
  readonly used: number | undefined;
  readonly budget: number | undefined;
  /** How many responses had to go for want of room. */
  readonly evictions: number;
  /** Why it does not work at the moment, for people. */
  readonly trouble?: string | undefined;
}

export interface Store {
  /** All that is stored under this key; an empty list where there is nothing. */
  find(key: string): Soon<readonly Stored[]>;
  /**
   * The same, and what is stored further away under this key: for a store that has others behind it. To be asked where
   * what is near does not do. Undefined where there is nothing behind.
   */
  deeper?(key: string): Promise<readonly Stored[]> | undefined;
  /** Begins to store a response; undefined where it is not wanted. */
  open(said: Said, place?: Place): Filling | undefined;
  /** Says something else about the same content, in the place of `stored`. Undefined where that is not here now. */
  freshen(stored: Stored, said: Said): Soon<Stored | undefined>;
  remove(stored: Stored): Soon<void>;
  /** Says how many responses that were. */
  purge(which: Selection, how: Purging): Soon<number>;
  /** All there are, in no particular order; what comes or goes meanwhile may be missing. */
  list(): AsyncIterable<Stored> | Iterable<Stored>;
  state(): Soon<StoreState>;
  /** Nothing is asked any more; what can outlive us is safe when this resolves. */
  close(): Promise<void>;
}
