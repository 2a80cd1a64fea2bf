/** Two connections and the network between them, in virtual time: what one sends reaches the other later, twice, or never. */

import type { Random } from "../../src/base/random.ts";
import { cut } from "../../src/host/tcp-segmentation.ts";
import { TcpConnection } from "../../src/tcp/connection.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import { isOpening } from "../../src/tcp/handshake.ts";
import { resetFor } from "../../src/tcp/reset.ts";
import { pseudoHeader } from "../../src/wire/checksum.ts";
import { PROTOCOL } from "../../src/wire/ipv4.ts";
import { emitTcp, parseTcp } from "../../src/wire/tcp.ts";
import type { TcpSegment } from "../../src/wire/tcp-segment.ts";

/** What becomes of a segment. `later`: it is held back so many milliseconds, while others pass it. */
export type Verdict = "pass" | "drop" | "duplicate" | { readonly later: number };

/** `index` counts the segments of one direction. */
export type Judge = (segment: TcpSegment, index: number, now: number) => Verdict;

/** One direction; times in milliseconds. */
export interface Path {
  readonly delay: number;
  readonly judge?: Judge;
  /** Bytes a millisecond, headers not counted among them but for forty of each segment; and how many may stand in line. */
  readonly rate?: number;
  readonly queue?: number;
}

/** Each segment is lost with this probability. */
export function lossy(random: Random, loss: number): Judge {
  return () => (random.chance(loss) ? "drop" : "pass");
}

const HEADERS = 40;
const ADDRESS = 0x0a000001;

/** More turns at one instant than any good reason has. */
const MOST_TURNS = 10_000;

interface Event {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** One of the two, and the path that leads away from it. */
export class End {
  /** Undefined until a SYN has come to who listens. */
  connection: TcpConnection | undefined;
  readonly settings: TcpSettings;
  /** Looked after whenever something came, or time has passed. */
  turn: ((now: number) => void) | undefined;
  /** How many segments it has sent, and how many of them the network has lost. */
  sent = 0;
  lost = 0;
  path: Path;
  /** When the last bit of what was sent will have left. */
  free = 0;

  constructor(settings: TcpSettings, path: Path) {
    this.settings = settings;
    this.path = path;
  }
}

/**
 * `client` opens when told to, `server` listens until somebody has come.
 *
 * @example
 * const duet = new Duet({ isn: 7, mss: 1460 }, { isn: 9, mss: 1460 }, { delay: 20 });
 * duet.open();
 * duet.run(() => duet.client.connection?.state === "ESTABLISHED");
 * duet.now; // 40
 */
export class Duet {
  now = 0;
  readonly client: End;
  readonly server: End;
  /** Whether segments become bytes on their way, and segments again. */
  isOnWire = false;
  /** Whether somebody beneath cuts what goes out as one and is several; else it travels as one. */
  doesCut = false;
  /** Whoever wants to see what is sent. */
  onSegment: ((from: End, segment: TcpSegment, verdict: Verdict) => void) | undefined;
  readonly #events: Event[] = [];
  #order = 0;

  constructor(client: TcpSettings, server: TcpSettings, there: Path, back: Path = there) {
    this.client = new End(client, there);
    this.server = new End(server, back);
  }

  open(): void {
    this.client.connection = TcpConnection.open(40_000, 80, this.client.settings, this.now);
    this.#flush(this.client);
  }

  /** Both open at once. */
  openBoth(): void {
    this.server.connection = TcpConnection.open(80, 40_000, this.server.settings, this.now);
    this.open();
    this.#flush(this.server);
  }

  at(at: number, happen: () => void): void {
    const events = this.#events;
    const event = { at, order: this.#order++, happen };
    let i = events.length;
    events.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isSooner(event, events[parent]!)) break;
      events[i] = events[parent]!;
      i = parent;
    }
    events[i] = event;
  }

  #take(): Event {
    const events = this.#events;
    const first = events[0]!;
    const last = events.pop()!;
    if (events.length === 0) return first;
    let i = 0;
    while (true) {
      let child = 2 * i + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isSooner(events[child + 1]!, events[child]!)) child++;
      if (!isSooner(events[child]!, last)) break;
      events[i] = events[child]!;
      i = child;
    }
    events[i] = last;
    return first;
  }

  /** Until that is so, or nothing more will happen, or so much time has passed. Says whether it is so. */
  run(until: () => boolean, limit = Number.POSITIVE_INFINITY): boolean {
    let turns = 0;
    while (!until()) {
      const at = this.nextAt;
      if (at === undefined || at > limit) return false;
      turns = at > this.now ? 0 : turns + 1;
      if (turns > MOST_TURNS) throw new Error(`Time stands still at ${at} ms`);
      this.now = Math.max(this.now, at);
      if (this.#events[0] !== undefined && this.#events[0].at <= this.now) this.#take().happen();
      else for (const end of [this.client, this.server]) this.#tick(end);
    }
    return true;
  }

  /** When the next thing happens. */
  get nextAt(): number | undefined {
    const times = [this.#events[0]?.at, this.client.connection?.wakeAt, this.server.connection?.wakeAt];
    const known = times.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #tick(end: End): void {
    const { connection } = end;
    if (connection?.wakeAt === undefined || connection.wakeAt > this.now) return;
    connection.tick(this.now);
    this.look(end);
  }

  /** The application does what it wants to, and what is to go out goes. */
  look(end: End): void {
    end.turn?.(this.now);
    this.#flush(end);
  }

  #flush(end: End): void {
    for (const segment of end.connection?.take(this.now) ?? []) {
      const { mss } = end.connection!.sender;
      if (!this.doesCut || segment.payload.length <= mss) this.#send(end, segment);
      else for (const piece of cut(segment, mss)) this.#send(end, piece);
    }
  }

  #send(from: End, segment: TcpSegment): void {
    const { delay, judge, rate, queue = Number.POSITIVE_INFINITY } = from.path;
    let verdict = judge?.(segment, from.sent, this.now) ?? "pass";
    from.sent++;
    let leaves = this.now;
    if (rate !== undefined && verdict !== "drop") {
      const begins = Math.max(this.now, from.free);
      if ((begins - this.now) * rate > queue) verdict = "drop";
      else leaves = from.free = begins + (segment.payload.length + HEADERS) / rate;
    }
    this.onSegment?.(from, segment, verdict);
    if (verdict === "drop") {
      from.lost++;
      return;
    }
    const to = from === this.client ? this.server : this.client;
    const carried = this.isOnWire ? throughWire(segment) : segment;
    const arrives = leaves + delay + (typeof verdict === "object" ? verdict.later : 0);
    this.at(arrives, () => this.deliver(to, carried));
    if (verdict === "duplicate") this.at(arrives, () => this.deliver(to, carried));
  }

  /** A segment comes, from whomever. */
  deliver(to: End, segment: TcpSegment): void {
    if (to.connection === undefined && to === this.server && isOpening(segment)) {
      to.connection = TcpConnection.accept(segment, to.settings, this.now);
    } else if (to.connection === undefined || to.connection.state === "CLOSED") {
      const reset = resetFor(segment);
      if (reset !== undefined) this.#send(to, reset);
    } else to.connection.receive(segment, this.now);
    this.look(to);
  }
}

function isSooner(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function throughWire(segment: TcpSegment): TcpSegment {
  const bytes = emitTcp(segment, ADDRESS, ADDRESS);
  const parsed = parseTcp(bytes, pseudoHeader(ADDRESS, ADDRESS, PROTOCOL.tcp, bytes.length));
  if (parsed === undefined) throw new Error("Cannot carry a segment: nobody could read it");
  return parsed;
}
