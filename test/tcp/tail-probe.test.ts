import { equal } from "node:assert/strict";
import { test } from "node:test";
import { TailProbe } from "../../src/tcp/tail-probe.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** RFC 8985 §7.2. */
const TIMES: [
  what: string,
  roundTrip: number | undefined,
  segments: number,
  timeoutAt: number,
  at: number | undefined,
][] = [
  ["two round trips after the last sending", 50, 5, NEVER, 1102],
  ["a single one may be waiting for the peer's delayed ACK", 50, 1, NEVER, 1300],
  ["a second, before a round trip is known", undefined, 5, NEVER, 2000],
  ["not at all, if the time-out comes sooner", 50, 5, 1102, undefined],
];

for (const [what, roundTrip, segments, timeoutAt, at] of TIMES) {
  test(`it is sent: ${what}`, () => {
    const probe = new TailProbe();
    probe.schedule(1000, roundTrip, segments, timeoutAt);
    equal(probe.at, at);
  });
}

/** §7.4.2: the probe went out when everything up to 5000 had been sent. */
const ANSWERS: [
  what: string,
  wasRepetition: boolean,
  ack: number,
  isReported: boolean,
  isPlain: boolean,
  hasRepaired: boolean,
  isOut: boolean,
][] = [
  ["not all is acknowledged yet", true, 4999, false, false, false, true],
  ["all is acknowledged, but perhaps the first sending", true, 5000, false, false, false, true],
  ["more is acknowledged, and nobody says that it came twice", true, 6000, false, false, true, false],
  ["it came twice, the peer reports", true, 5000, true, false, false, false],
  ["it came twice, the peer reports, and more is acknowledged", true, 6000, true, false, false, false],
  ["a duplicate ACK without reports: it came twice", true, 5000, false, true, false, false],
  ["it carried new data", false, 5000, false, false, false, false],
  ["it carried new data, and more is acknowledged", false, 6000, false, false, false, false],
];

for (const [what, wasRepetition, ack, isReported, isPlain, hasRepaired, isOut] of ANSWERS) {
  test(`it has repaired ${hasRepaired ? "a loss" : "nothing"}: ${what}`, () => {
    const probe = new TailProbe();
    probe.schedule(1000, 50, 5, NEVER);
    probe.sent(5000, wasRepetition);
    equal(probe.at, undefined);
    equal(probe.hasRepaired(ack, isReported, isPlain), hasRepaired);
    equal(probe.isOut, isOut);
  });
}

test("without a probe, nothing was repaired by one", () => {
  const probe = new TailProbe();
  equal(probe.hasRepaired(5000, false, false), false);
  probe.sent(5000, true);
  probe.forget();
  equal(probe.isOut, false);
  equal(probe.hasRepaired(6000, false, false), false);
});

test("who is not calm calls it off", () => {
  const probe = new TailProbe();
  probe.schedule(1000, 50, 5, NEVER);
  probe.cancel();
  equal(probe.at, undefined);
});
