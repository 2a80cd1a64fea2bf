import { doesNotThrow, throws } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { Capture } from "../../src/link/capture.ts";
import { Faults } from "../../src/link/faults.ts";
import type { Link } from "../../src/link/link.ts";
import { Pair } from "../../src/link/pair.ts";
import { refuseSegmentation } from "../../src/link/segmentation.ts";

const cutter: Link = {
  mtu: 1500,
  hasFcs: false,
  segmentation: 65_000,
  send: () => true,
  onFrame: undefined,
  close() {},
};
const clock = new VirtualClock();

test("a link that does not cut is welcome", () => doesNotThrow(() => refuseSegmentation(new Pair().a, "capture")));

const REFUSED: [what: string, make: () => unknown, says: RegExp][] = [
  ["faults", () => new Faults(cutter, { clock, random: new Random(7) }), /^Cannot have faults on a link that cuts/],
  ["a capture", () => new Capture({ clock, sink: () => {} }).around(cutter), /^Cannot capture a link that cuts/],
];

for (const [what, make, says] of REFUSED) {
  test(`${what} will not stand around a link that cuts`, () => throws(make, { name: "RangeError", message: says }));
}
