import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Flight, Flights } from "../../src/tcp/flights.ts";
import { plus } from "../../src/tcp/sequence.ts";

const ignore = (): void => {};
const starts = (flights: readonly Flight[]): number[] => flights.map(({ start }) => start);

/** `count` segments of 100 bytes, one a millisecond. */
function sent(count: number, first = 0): { flights: Flights; each: Flight[] } {
  const flights = new Flights();
  const each = Array.from({ length: count }, (_, i) =>
    flights.send(plus(first, i * 100), plus(first, i * 100 + 100), i),
  );
  return { flights, each };
}

/** From the one sent longest ago to the latest. */
function inOrder(flights: Flights): Flight[] {
  const all: Flight[] = [];
  for (let flight = flights.oldest; flight !== undefined; flight = flight.later) all.push(flight);
  return all;
}

test("what is acknowledged leaves, and the caller is told of each", () => {
  const { flights } = sent(5);
  const told: Flight[] = [];
  flights.acknowledge(300, (flight) => told.push(flight));
  deepEqual(starts(told), [0, 100, 200]);
  equal(flights.inFlight, 200);
  equal(flights.first?.start, 300);
  equal(flights.count, 2);
  flights.acknowledge(500, ignore);
  equal(flights.isEmpty, true);
  equal(flights.last, undefined);
});

test("of a segment that is acknowledged in part, the rest stays under way", () => {
  const { flights } = sent(2);
  const told: Flight[] = [];
  flights.acknowledge(150, (flight) => told.push(flight));
  deepEqual(starts(told), [0]);
  equal(flights.first?.start, 150);
  equal(flights.inFlight, 50);
});

test("what is reported is in flight no longer, and is told of once", () => {
  const { flights } = sent(5);
  const told: Flight[] = [];
  flights.sack(200, 400, (flight) => told.push(flight));
  flights.sack(200, 500, (flight) => told.push(flight));
  deepEqual(starts(told), [200, 300, 400]);
  deepEqual([flights.inFlight, flights.sacked, flights.sackedCount], [200, 300, 3]);
  flights.acknowledge(500, (flight) => told.push(flight));
  deepEqual(starts(told), [200, 300, 400, 0, 100]);
  deepEqual([flights.inFlight, flights.sacked, flights.sackedCount], [0, 0, 0]);
});

test("a report of half a segment says nothing about the other half", () => {
  const { flights } = sent(3);
  flights.sack(150, 250, ignore);
  equal(flights.sacked, 0);
  flights.sack(50, 250, ignore);
  equal(flights.sacked, 100);
});

test("what is lost comes again in the order of its numbers, and is under way then, as the latest", () => {
  const { flights, each } = sent(5);
  flights.lose(each[3]!);
  flights.lose(each[1]!);
  deepEqual([flights.inFlight, flights.lost], [300, 200]);
  equal(flights.firstLost, each[1]);
  flights.resend(each[1]!, 50);
  equal(flights.firstLost, each[3]);
  deepEqual([flights.inFlight, flights.lost], [400, 100]);
  deepEqual(starts(inOrder(flights)), [0, 200, 400, 100]);
  equal(each[1]!.isRetransmitted, true);
  flights.resend(each[3]!, 51);
  equal(flights.firstLost, undefined);
});

test("what had been reported is not lost; what was lost may be reported after all", () => {
  const { flights, each } = sent(3);
  flights.sack(100, 200, ignore);
  flights.lose(each[1]!);
  equal(flights.lost, 0);
  flights.lose(each[2]!);
  flights.sack(200, 300, ignore);
  deepEqual([flights.lost, flights.sacked, flights.inFlight], [0, 200, 100]);
  equal(flights.firstLost, undefined);
});

test("after a time-out all is lost but what was reported; the peer may have thrown that away, too (RFC 2018 §8)", () => {
  const { flights } = sent(5);
  flights.sack(100, 200, ignore);
  flights.loseAll();
  deepEqual([flights.inFlight, flights.lost, flights.sacked], [0, 400, 100]);
  flights.loseSacked();
  deepEqual([flights.inFlight, flights.lost, flights.sacked, flights.sackedCount], [0, 500, 0, 0]);
  equal(flights.firstLost?.start, 0);
});

test("nothing was lost after all: it is under way as before", () => {
  const { flights } = sent(3);
  flights.loseAll();
  flights.findAll();
  deepEqual([flights.inFlight, flights.lost], [300, 0]);
  equal(flights.firstLost, undefined);
  equal(inOrder(flights).length, 3);
});

test("a segment that is too long becomes two, sent when it was", () => {
  const { flights, each } = sent(2);
  flights.split(each[0]!, 40);
  deepEqual(starts(inOrder(flights)), [0, 40, 100]);
  flights.lose(each[0]!);
  deepEqual([flights.inFlight, flights.lost, flights.count], [160, 40, 3]);
  flights.acknowledge(40, ignore);
  equal(flights.first?.start, 40);
});

// ── against a model that is slow and simple ──

type Deed =
  | { readonly do: "send" | "acknowledge" | "lose" | "split"; readonly n: number }
  | { readonly do: "sack"; readonly from: number; readonly n: number }
  | { readonly do: "resend" | "loseAll" | "findAll" | "loseSacked" };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant("send" as const), n: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ do: fc.constant("send" as const), n: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ do: fc.constantFrom("acknowledge", "lose", "split"), n: fc.nat(200) }) as fc.Arbitrary<Deed>,
  fc.record({ do: fc.constant("sack" as const), from: fc.nat(300), n: fc.nat(200) }),
  fc.record({ do: fc.constantFrom("resend", "resend", "loseAll", "findAll", "loseSacked") }) as fc.Arbitrary<Deed>,
);

interface Byte {
  state: "in flight" | "sacked" | "lost";
}

/** Byte for byte, and the ends of segments. */
class Model {
  readonly bytes: Byte[] = [];
  readonly ends: number[] = [];
  gone = 0;

  /** The segments that lie wholly between. */
  *within(from: number, to: number): Iterable<[number, number]> {
    let start = this.gone;
    for (const end of this.ends) {
      if (end <= this.gone) continue;
      if (start >= from && end <= to) yield [start, end];
      start = end;
    }
  }

  count(state: Byte["state"]): number {
    return this.bytes.slice(this.gone).filter((byte) => byte.state === state).length;
  }

  set(from: number, to: number, state: Byte["state"], unless?: Byte["state"]): void {
    for (const byte of this.bytes.slice(Math.max(from, this.gone), to)) if (byte.state !== unless) byte.state = state;
  }
}

test("whatever happens, it counts as a model does that looks at each byte, wherever the numbers wrap", () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 0xffff_ff80, 0x7fff_ff80), fc.array(deed, { maxLength: 80 }), (base, deeds) => {
      const flights = new Flights();
      const model = new Model();
      const at = (n: number): number => plus(base, n);
      for (const [now, one] of deeds.entries()) perform(one, flights, model, at, now);
    }),
    { numRuns: 500 },
  );
});

function perform(one: Deed, flights: Flights, model: Model, at: (n: number) => number, now: number): void {
  const { bytes, ends } = model;
  switch (one.do) {
    case "send":
      flights.send(at(bytes.length), at(bytes.length + one.n), now);
      for (let i = 0; i < one.n; i++) bytes.push({ state: "in flight" });
      ends.push(bytes.length);
      break;
    case "acknowledge": {
      const to = Math.min(bytes.length, model.gone + one.n);
      flights.acknowledge(at(to), ignore);
      model.gone = to;
      break;
    }
    case "sack": {
      const from = model.gone + one.from;
      const to = Math.min(bytes.length, from + one.n);
      if (from >= to) return;
      flights.sack(at(from), at(to), ignore);
      for (const [start, end] of model.within(from, to)) model.set(start, end, "sacked");
      break;
    }
    case "lose": {
      const all = inOrder(flights);
      if (all.length === 0) return;
      const flight = all[one.n % all.length]!;
      const start = (flight.start - at(0)) >>> 0;
      flights.lose(flight);
      model.set(start, start + ((flight.end - flight.start) >>> 0), "lost");
      break;
    }
    case "split": {
      const { firstLost } = flights;
      if (firstLost === undefined || (firstLost.end - firstLost.start) >>> 0 <= one.n || one.n === 0) return;
      ends.push(((firstLost.start - at(0)) >>> 0) + one.n);
      ends.sort((a, b) => a - b);
      flights.split(firstLost, one.n);
      break;
    }
    case "resend": {
      const { firstLost } = flights;
      if (firstLost === undefined) return;
      const start = (firstLost.start - at(0)) >>> 0;
      equal(
        start,
        bytes.findIndex((byte, i) => i >= model.gone && byte.state === "lost"),
      );
      flights.resend(firstLost, now);
      model.set(start, start + ((firstLost.end - firstLost.start) >>> 0), "in flight");
      break;
    }
    case "loseAll":
      flights.loseAll();
      model.set(0, bytes.length, "lost", "sacked");
      break;
    case "findAll":
      flights.findAll();
      model.set(0, bytes.length, "in flight", "sacked");
      break;
    case "loseSacked":
      flights.loseSacked();
      for (const byte of bytes.slice(model.gone)) if (byte.state === "sacked") byte.state = "lost";
      break;
  }
  deepEqual(
    [flights.inFlight, flights.sacked, flights.lost],
    [model.count("in flight"), model.count("sacked"), model.count("lost")],
  );
  equal(flights.isEmpty, model.gone === bytes.length);
  checkOrder(flights);
}

/** Those in flight, each once, in the order in which they were sent, from either end. */
function checkOrder(flights: Flights): void {
  const all = inOrder(flights);
  equal(
    all.reduce((sum, { start, end }) => sum + ((end - start) >>> 0), 0),
    flights.inFlight,
  );
  for (const [i, flight] of all.entries()) {
    ok(!flight.isLost && !flight.isSacked);
    equal(flight.earlier, all[i - 1]);
    if (i > 0) ok(flight.order >= all[i - 1]!.order);
  }
}
