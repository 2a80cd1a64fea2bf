import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Flights } from "../../src/tcp/flights.ts";
import { RoundTripSample } from "../../src/tcp/round-trip.ts";
import { RetransmissionTimeout } from "../../src/tcp/rto.ts";

/** When each segment was sent, and when again; which the ACK acknowledges, and which it reports; what it echoes. */
interface Case {
  readonly sent: readonly (readonly number[])[];
  readonly acknowledges: number;
  readonly reports?: readonly number[];
  readonly echo?: number;
  readonly hadAllBefore?: boolean;
  readonly measured: number | undefined;
}

const CASES: Record<string, Case> = {
  "what was sent once tells it": { sent: [[10]], acknowledges: 1, measured: 90 },
  "of several, the one sent last: those before may have waited for it": {
    sent: [[10], [60]],
    acknowledges: 2,
    measured: 40,
  },
  "what was sent twice tells nothing (Karn)": { sent: [[10, 60]], acknowledges: 1, measured: undefined },
  "nor does what had waited for it": { sent: [[10, 60], [20], [30]], acknowledges: 3, measured: undefined },
  "but what is reported has just come": { sent: [[10, 60], [80]], acknowledges: 1, reports: [1], measured: 20 },
  "reports of what was sent twice tell nothing": {
    sent: [[10], [20, 70]],
    acknowledges: 0,
    reports: [1],
    measured: undefined,
  },
  "of what was sent twice, the timestamp tells which one was answered (RFC 7323 §4)": {
    sent: [[10, 60]],
    acknowledges: 1,
    echo: 60,
    measured: 40,
  },
  "unless it names the first: the answer to that may have been lost, and the peer echoes it still": {
    sent: [[10, 60]],
    acknowledges: 1,
    echo: 10,
    measured: undefined,
  },
  "an echo of a fraction of a millisecond before is that of the last sending": {
    sent: [[10, 60.9]],
    acknowledges: 1,
    echo: 60,
    measured: 40,
  },
  "a peer that says it had all of it before echoes what is long past": {
    sent: [[10]],
    acknowledges: 0,
    echo: 10,
    hadAllBefore: true,
    measured: undefined,
  },
};

for (const [name, { sent, acknowledges, reports = [], echo, hadAllBefore = false, measured }] of Object.entries(
  CASES,
)) {
  test(name, () => {
    const flights = new Flights();
    const each = sent.map(([first], i) => flights.send(i, i + 1, first!));
    for (const [i, [, again]] of sent.entries()) if (again !== undefined) flights.resend(each[i]!, again);
    const roundTrip = new RoundTripSample();
    roundTrip.begin(echo, 100);
    for (const flight of each.slice(0, acknowledges)) roundTrip.arrived(flight);
    roundTrip.acknowledged();
    for (const i of reports) roundTrip.arrived(each[i]!);
    const rto = new RetransmissionTimeout();
    roundTrip.tell(rto, acknowledges > 0 && !hadAllBefore);
    equal(rto.smoothed, measured);
  });
}

test("each ACK is read for itself", () => {
  const flights = new Flights();
  const roundTrip = new RoundTripSample();
  const rto = new RetransmissionTimeout();
  const flight = flights.send(0, 1, 0);
  flights.resend(flight, 10);
  roundTrip.begin(undefined, 20);
  roundTrip.arrived(flight);
  roundTrip.acknowledged();
  roundTrip.begin(undefined, 50);
  roundTrip.arrived(flights.send(1, 2, 20));
  roundTrip.acknowledged();
  roundTrip.tell(rto, true);
  equal(rto.smoothed, 30);
});
