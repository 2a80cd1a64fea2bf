/** Who is meant by a SYN: one address, or all of them. */

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { TcpListeners } from "../../src/host/tcp-listeners.ts";
import { TcpListening } from "../../src/host/tcp-listening.ts";

const at = (address: number, port: number): TcpListening => new TcpListening(() => {}, address, port, 10);

test("who listens at all addresses is meant by each of them", () => {
  const listeners = new TcpListeners();
  const all = at(0, 80);
  listeners.add(all);
  equal(listeners.at(1, 80), all);
  equal(listeners.at(2, 80), all);
  equal(listeners.at(1, 81), undefined);
});

test("who listens at one address is meant by that one only", () => {
  const listeners = new TcpListeners();
  const [one, two] = [at(1, 80), at(2, 80)];
  listeners.add(one);
  listeners.add(two);
  equal(listeners.at(1, 80), one);
  equal(listeners.at(2, 80), two);
  equal(listeners.at(3, 80), undefined);
});

const TAKEN: readonly (readonly [here: number, wanted: number, isTaken: boolean])[] = [
  [0, 0, true],
  [0, 1, true],
  [1, 0, true],
  [1, 1, true],
  [1, 2, false],
];

for (const [here, wanted, isTaken] of TAKEN) {
  test(`a port at ${here || "all addresses"} is ${isTaken ? "taken" : "free"} for ${wanted || "all addresses"}`, () => {
    const listeners = new TcpListeners();
    listeners.add(at(here, 80));
    equal(listeners.isTaken(wanted, 80), isTaken);
    equal(listeners.isTaken(wanted, 81), false);
  });
}

test("who has gone is not meant any more", () => {
  const listeners = new TcpListeners();
  const [one, two] = [at(1, 80), at(2, 80)];
  listeners.add(one);
  listeners.add(two);
  listeners.remove(one);
  equal(listeners.at(1, 80), undefined);
  equal(listeners.at(2, 80), two);
  listeners.remove(two);
  equal(listeners.isTaken(0, 80), false);
});
