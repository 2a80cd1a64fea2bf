/** Puts fragments together again (RFC 791 §3.2, RFC 1122 §3.3.2, RFC 5722). */

import { IPV4_HEADER, type Ipv4Packet } from "../wire/ipv4.ts";

/**
 * How long the first fragment that comes waits for the last, in milliseconds. RFC 1122 recommends 60 to 120 seconds;
 * Linux has 30. At a gigabit a second the 65536 identifications are used up within one second anyway, and the longer
 * fragments wait, the likelier they are taken for those of another packet (RFC 4963).
 */
const TIMEOUT = 30_000;

/** What all of them may hold, and what those from one source may. Linux allows 4 MB altogether. */
const BUDGET = 4 * 1024 * 1024;
const BUDGET_OF_SOURCE = BUDGET / 4;

/** Down to which part of it: looking for the oldest takes a while, so that it is not done for every fragment. */
const ENOUGH = 7 / 8;

/** What one fragment costs besides its bytes, so that many small ones are not for free. */
const OVERHEAD = 128;

const LARGEST = 0xffff;

interface Fragment {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Who sends fragments, and what they hold; oldest first. */
interface Source {
  readonly address: number;
  readonly partials: Set<Partial>;
  cost: number;
}

/** A packet of which something is missing. */
class Partial {
  readonly key: string;
  readonly source: Source;
  readonly until: number;
  /** By offset, none overlapping another. */
  readonly fragments: Fragment[] = [];
  /** The one with offset 0, since its header is the packet's. Its payload is a copy. */
  first: Ipv4Packet | undefined;
  /** Where the payload ends, once the last fragment is here. */
  end: number | undefined;
  /** How many bytes are here. */
  here = 0;
  cost = 0;
  /** Fragments contradict each other: whatever follows of it is dropped. */
  isSpoilt = false;

  constructor(key: string, source: Source, until: number) {
    this.key = key;
    this.source = source;
    this.until = until;
  }
}

/**
 * Fragments that overlap are a mistake or an attack (one reads the first, another the last), so the whole packet is
 * dropped with all that still comes of it; RFC 5722 says so for IPv6, and RFC 791, which lets the last one win, did
 * not know better. A fragment that comes twice, byte for byte, is just a duplicate.
 *
 * @example
 * const reassembly = new Reassembly();
 * const [first, second] = fragments(ipv4Packet({ payload: utf8("hello, world") }), 28);
 * reassembly.add(second!, 0); // undefined
 * reassembly.add(first!, 0)?.payload.length; // 12
 */
export class Reassembly {
  slot = -1;
  /** The time is up; `first`, if there is one, should be told its source (RFC 1122 §3.3.2). */
  onTimeout: ((first: Ipv4Packet | undefined) => void) | undefined;
  /** Oldest first. */
  readonly #partials = new Map<string, Partial>();
  readonly #sources = new Map<number, Source>();
  #cost = 0;
  #failures = 0;

  get size(): number {
    return this.#partials.size;
  }

  /** How much memory is taken, roughly. */
  get cost(): number {
    return this.#cost;
  }

  /** How many packets have come to nothing. */
  get failures(): number {
    return this.#failures;
  }

  get wakeAt(): number | undefined {
    for (const { until } of this.#partials.values()) return until;
    return undefined;
  }

  /** The whole packet, if this was the last thing missing; its payload is its own. */
  add(packet: Ipv4Packet, now: number): Ipv4Packet | undefined {
    const { source, destination, protocol, identification } = packet;
    const { fragmentOffset: start, payload, moreFragments, options } = packet;
    const end = start + payload.length;
    if (payload.length === 0 || (moreFragments && payload.length % 8 !== 0)) return undefined;
    // One that would end beyond the largest packet: the "ping of death".
    if (end > LARGEST - IPV4_HEADER - options.length) return undefined;

    const key = `${source} ${destination} ${protocol} ${identification}`;
    const partial = this.#partials.get(key) ?? this.#start(key, source, now);
    if (partial.isSpoilt) return undefined;
    if (!fits(partial, packet, end)) {
      this.#spoil(partial);
      return undefined;
    }
    if (!this.#put(partial, packet, start, end)) return undefined;
    if (partial.here === partial.end && partial.first !== undefined) return this.#complete(partial, partial.first);
    this.#keepToBudget(partial);
    return undefined;
  }

  tick(now: number): void {
    for (const partial of this.#partials.values()) {
      if (partial.until > now) return;
      this.#giveUp(partial);
      this.onTimeout?.(partial.first);
    }
  }

  #start(key: string, address: number, now: number): Partial {
    const source = this.#sources.get(address) ?? { address, partials: new Set(), cost: 0 };
    const partial = new Partial(key, source, now + TIMEOUT);
    this.#sources.set(address, source);
    this.#partials.set(key, partial);
    source.partials.add(partial);
    this.#charge(partial, OVERHEAD);
    return partial;
  }

  /** False where it was there already. */
  #put(partial: Partial, packet: Ipv4Packet, start: number, end: number): boolean {
    const { fragments } = partial;
    const at = placeOf(fragments, start);
    const before = fragments[at - 1];
    const behind = fragments[at];
    if (behind?.start === start && behind.end === end && isSame(behind.bytes, packet.payload)) return false;
    if ((before !== undefined && before.end > start) || (behind !== undefined && behind.start < end)) {
      this.#spoil(partial);
      return false;
    }
    const bytes = packet.payload.slice();
    fragments.splice(at, 0, { start, end, bytes });
    if (!packet.moreFragments) partial.end = end;
    if (start === 0) partial.first = { ...packet, options: packet.options.slice(), payload: bytes };
    partial.here += bytes.length;
    this.#charge(partial, bytes.length + OVERHEAD);
    return true;
  }

  #complete(partial: Partial, first: Ipv4Packet): Ipv4Packet | undefined {
    this.#drop(partial);
    const payload = new Uint8Array(partial.here);
    for (const { start, bytes } of partial.fragments) payload.set(bytes, start);
    // The options of the first fragment, which are the packet's, may be longer than those of the last.
    if (payload.length > LARGEST - IPV4_HEADER - first.options.length) return undefined;
    return { ...first, moreFragments: false, payload };
  }

  #spoil(partial: Partial): void {
    this.#failures += 1;
    this.#charge(partial, OVERHEAD - partial.cost);
    partial.fragments.length = 0;
    partial.first = undefined;
    partial.isSpoilt = true;
  }

  #giveUp(partial: Partial): void {
    if (!partial.isSpoilt) this.#failures += 1;
    this.#drop(partial);
  }

  #drop(partial: Partial): void {
    const { source } = partial;
    this.#charge(partial, -partial.cost);
    this.#partials.delete(partial.key);
    source.partials.delete(partial);
    if (source.partials.size === 0) this.#sources.delete(source.address);
  }

  #charge(partial: Partial, cost: number): void {
    partial.cost += cost;
    partial.source.cost += cost;
    this.#cost += cost;
  }

  /** Who sends too much pays first, with what is oldest of theirs; then whoever's is oldest. */
  #keepToBudget({ source }: Partial): void {
    if (source.cost > BUDGET_OF_SOURCE) {
      for (const oldest of source.partials) {
        if (source.cost <= BUDGET_OF_SOURCE * ENOUGH) break;
        this.#giveUp(oldest);
      }
    }
    if (this.#cost > BUDGET) {
      for (const oldest of this.#partials.values()) {
        if (this.#cost <= BUDGET * ENOUGH) break;
        this.#giveUp(oldest);
      }
    }
  }
}

/** Whether the end that this fragment has, or implies, goes with what is known. */
function fits(partial: Partial, { moreFragments }: Ipv4Packet, end: number): boolean {
  const last = partial.fragments.at(-1);
  if (partial.end !== undefined) return moreFragments ? end < partial.end : end === partial.end;
  return moreFragments || last === undefined || last.end < end;
}

/** Before which of them it goes. */
function placeOf(fragments: readonly Fragment[], start: number): number {
  let [low, high] = [0, fragments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fragments[middle]!.start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);
