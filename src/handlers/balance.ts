/** The policies by which requests are spread over several upstreams: in turn, to the least busy, by a hash. */

import { isToken } from "../http/grammar.ts";
import type { Request } from "../http/message.ts";
import { splitTarget } from "../http/path.ts";
import type { Address } from "../socket/socket.ts";

export type Policy =
  | "round-robin"
  | "least-connections"
  /** The same path, without its query, or the same client's IP address always goes to the same upstream. */
  | { readonly hash: "path" | "client" }
  /** So does the same value of a header. */
  | { readonly hash: "header"; readonly name: string };

/** One of those that can be chosen, and what choosing goes by. */
export interface Choice {
  readonly weight: number;
  /** How many requests it has under way. */
  readonly active: number;
  /** Tells it from the others where a hash is asked: `hash` of its name. */
  readonly seed: number;
  /** How far its turn is away; whoever chooses keeps the account, and 0 begins anew. */
  credit: number;
}

const CHOICES = "round-robin, least-connections, hash:path, hash:client, hash:header:NAME";

/**
 * Reads a policy as people write it: `round-robin`, `least-connections`, `hash:path`, `hash:client` or
 * `hash:header:X-User`. Throws a TypeError of one line for anything else.
 *
 * @example
 * parsePolicy("hash:header:X-User"); // { hash: "header", name: "x-user" }
 */
export function parsePolicy(text: string): Policy {
  if (text === "round-robin" || text === "least-connections") return text;
  if (text === "hash:path") return { hash: "path" };
  if (text === "hash:client") return { hash: "client" };
  const refuse = (why: string) => new TypeError(`Cannot balance by ${JSON.stringify(text)}: ${why}`);
  if (!text.startsWith("hash:header:")) throw refuse(`it is none of ${CHOICES}`);
  const name = text.slice("hash:header:".length);
  if (!isToken(name)) throw refuse(`${JSON.stringify(name)} is not the name of a header`);
  return { hash: "header", name: name.toLowerCase() };
}

/**
 * The one that a policy chooses for a request, of at least one. What has nothing to be hashed (no such header, a client
 * without an IP address) goes in turn.
 *
 * @example
 * const alone = { weight: 1, active: 0, seed: hash("a:80"), credit: 0 };
 * choose("round-robin", [alone], request, exchange.remote) === alone; // true
 */
export function choose<One extends Choice>(
  policy: Policy,
  choices: readonly One[],
  request: Pick<Request, "target" | "fields">,
  remote: Address,
): One {
  if (policy === "round-robin") return inTurn(choices, undefined);
  if (policy === "least-connections") return inTurn(choices, leastBusy(choices));
  const key = keyOf(policy, request, remote);
  return key === undefined ? inTurn(choices, undefined) : highest(choices, hash(key));
}

/**
 * Smooth weighted round robin, as nginx has it: everyone earns their weight, the richest goes and pays for all. Weights
 * of 5, 1, 1 give a a b a c a a, not five in a row. Of those only that are exactly as busy as `like`.
 */
function inTurn<One extends Choice>(choices: readonly One[], like: One | undefined): One {
  let richest: One | undefined;
  let total = 0;
  for (const one of choices) {
    if (like !== undefined && one.active * like.weight !== like.active * one.weight) continue;
    total += one.weight;
    one.credit += one.weight;
    if (richest === undefined || one.credit > richest.credit) richest = one;
  }
  richest!.credit -= total;
  return richest!;
}

/** By requests under way for each unit of weight. */
function leastBusy<One extends Choice>(choices: readonly One[]): One {
  let least = choices[0]!;
  for (const one of choices) if (one.active * least.weight < least.active * one.weight) least = one;
  return least;
}

/** What is hashed: what it is about, never the whole request. */
function keyOf(
  policy: Exclude<Policy, string>,
  { target, fields }: Pick<Request, "target" | "fields">,
  remote: Address,
): string | undefined {
  // An empty value names nobody.
  if (policy.hash === "header") return fields.get(policy.name) || undefined;
  if (policy.hash === "client") return "host" in remote ? remote.host : undefined;
  // As sent: whoever spells one path in two ways may meet two upstreams. The query is left out, as by nginx's `hash $uri`,
  // so that a page and its variants meet the same memory.
  return target.startsWith("/") || target.includes("://") ? splitTarget(target).path : target;
}

/**
 * Weighted rendezvous hashing: everyone draws a number from the key and their own seed, and the highest wins, so that
 * taking one away moves only the keys that were its own. A ring of points (ketama) would do so too, and be
 * quicker for hundreds of upstreams; but it keeps weights only roughly, and must be built.
 */
function highest<One extends Choice>(choices: readonly One[], key: number): One {
  let highest = choices[0]!;
  let record = -1;
  for (const one of choices) {
    // Between 0 and 1, neither of them included: a logarithm is taken of it.
    const chance = (mix(key ^ one.seed) + 0.5) / 2 ** 32;
    // The exponential distribution: of independent waiting times the shortest is one's own as often as its weight says.
    const score = -one.weight / Math.log(chance);
    if (score <= record) continue;
    record = score;
    highest = one;
  }
  return highest;
}

/**
 * 32 bits of a text (FNV-1a, mixed), not for secrets: who can choose the text can choose the number.
 *
 * @example
 * hash("/menu"); // 3603830783
 */
export function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return mix(bits);
}

/** Each bit of what goes in changes half of those that come out (the last steps of MurmurHash3). */
function mix(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
