import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { type Flight, Flights } from "../../src/tcp/flights.ts";
import { Rack } from "../../src/tcp/rack.ts";

/** Segments 0, 1, 2 … of one byte, sent a millisecond apart; the network takes 100 ms. */
class Net {
  readonly rack = new Rack();
  readonly flights = new Flights();
  readonly each: Flight[];

  constructor(count: number) {
    this.each = Array.from({ length: count }, (_, i) => this.flights.send(i, i + 1, i));
  }

  acknowledge(before: number, now: number): void {
    this.rack.begin(100);
    this.flights.acknowledge(before, (flight) => this.rack.delivered(flight, now, undefined));
  }

  report(from: number, to: number, now: number, isOld?: boolean): void {
    this.rack.begin(100);
    this.flights.sack(from, to, (flight) => this.rack.delivered(flight, now, isOld));
  }

  /** Which are lost, and when to look again. */
  detect(now: number, isRecovering = false): [lost: number[], wait: number | undefined] {
    const wait = this.rack.detect(this.flights, now, 100, isRecovering);
    return [this.each.filter(({ isLost }) => isLost).map(({ start }) => start), wait];
  }
}

test("before anything has arrived, nothing is known", () => {
  deepEqual(new Net(5).detect(1000), [[], undefined]);
});

test("one that is overtaken by three is lost, as long as nothing was ever out of order (RFC 8985 §6.2 step 4)", () => {
  const net = new Net(6);
  net.acknowledge(1, 100);
  net.report(2, 4, 103);
  // Less than three: it may still come, for a quarter of a round trip.
  deepEqual(net.detect(103), [[], 1 + 100 + 25 - 103]);
  net.report(4, 5, 104);
  deepEqual(net.detect(104), [[1], undefined]);
});

test("two are enough when a quarter of a round trip has passed", () => {
  const net = new Net(4);
  net.acknowledge(1, 100);
  net.report(2, 4, 103);
  deepEqual(net.detect(126), [[1], undefined]);
});

test("where losses are being repaired already, nobody waits", () => {
  const net = new Net(4);
  net.acknowledge(1, 100);
  net.report(3, 4, 103);
  deepEqual(net.detect(103, true), [[1, 2], undefined]);
});

test("what was sent after the latest that has arrived may still be on its way", () => {
  const net = new Net(6);
  net.acknowledge(1, 100);
  net.report(2, 4, 103);
  deepEqual(net.detect(10_000), [[1], undefined]);
});

test("the network reorders: three are not enough any more", () => {
  const net = new Net(8);
  net.report(1, 2, 101);
  net.acknowledge(2, 102);
  net.report(3, 8, 107);
  deepEqual(net.detect(107), [[], 2 + 100 + 25 - 107]);
  deepEqual(net.detect(127), [[2], undefined]);
});

test("several that one ACK reports in any order are no sign of that", () => {
  const net = new Net(8);
  net.acknowledge(1, 100);
  // The newest first, as RFC 2018 §4 has it; the ACKs in between were lost.
  net.rack.begin(100);
  net.flights.sack(5, 8, (flight) => net.rack.delivered(flight, 107, undefined));
  net.flights.sack(2, 4, (flight) => net.rack.delivered(flight, 107, undefined));
  deepEqual(net.detect(107), [[1, 4], undefined]);
});

test("a segment that was sent again is lost again when one arrives that was sent later", () => {
  const net = new Net(5);
  net.acknowledge(1, 100);
  net.report(2, 5, 104);
  net.detect(104);
  net.flights.resend(net.each[1]!, 105);
  net.each.push(net.flights.send(5, 6, 106));
  net.report(5, 6, 206);
  deepEqual(net.detect(206, true), [[1], undefined]);
});

test("the answer to a first sending is not that to the second: too quick, or the timestamp says so (step 2)", () => {
  for (const [now, isOld] of [
    [140, undefined],
    [240, true],
  ] as const) {
    const net = new Net(5);
    net.acknowledge(1, 100);
    net.flights.lose(net.each[2]!);
    net.flights.resend(net.each[2]!, 120);
    net.report(2, 3, now, isOld);
    // Else all that was sent before 120 would be lost.
    deepEqual(net.detect(now)[0], []);
  }
});

test("each round trip with duplicates makes it more patient, up to a round trip; sixteen quiet recoveries end that (step 4)", () => {
  const patience = (rounds: number, recoveries: number): number | undefined => {
    const net = new Net(4);
    net.acknowledge(1, 100);
    net.report(2, 4, 103);
    for (let i = 0; i < rounds; i++) {
      net.rack.duplicate(10 * i, 10 * i + 10);
      // Others in the same round trip do not count.
      net.rack.duplicate(10 * i + 5, 10 * i + 15);
    }
    for (let i = 0; i < recoveries; i++) net.rack.recovered();
    const [, wait] = net.detect(103);
    return wait === undefined ? undefined : wait - (1 + 100 - 103);
  };
  deepEqual(
    [0, 1, 2, 3, 7].map((rounds) => patience(rounds, 0)),
    [25, 50, 75, 100, 100],
  );
  equal(patience(2, 15), 75);
  equal(patience(2, 16), 25);
});
