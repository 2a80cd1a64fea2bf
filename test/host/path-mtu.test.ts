import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { believable, PathMtu } from "../../src/host/path-mtu.ts";

const MINUTE = 60_000;

const TOLD: [mtu: number, length: number, believed: number][] = [
  [1400, 1500, 1400],
  [1499, 1500, 1499],
  [552, 1500, 552],
  // Nobody has such a network, but an attacker might say so.
  [551, 1500, 552],
  [68, 1500, 552],
  [1, 1500, 552],
  // A router that does not say: the next plateau (RFC 1191 §5).
  [0, 65535, 32000],
  [0, 1500, 1492],
  [0, 1492, 1006],
  [0, 1006, 552],
  [0, 552, 552],
  // One that says what cannot be.
  [1500, 1500, 1492],
  [9000, 1500, 1492],
  [1400, 60, 552],
];

for (const [mtu, length, believed] of TOLD) {
  test(`${mtu} about a packet of ${length} is taken for ${believed}`, () => equal(believable(mtu, length), believed));
}

test("an MTU that was learnt holds for ten minutes", () => {
  const pathMtu = new PathMtu();
  pathMtu.learn(1, 1400, 1500, 0);
  equal(pathMtu.to(1), 1400);
  equal(pathMtu.wakeAt, 10 * MINUTE);
  pathMtu.tick(10 * MINUTE - 1);
  equal(pathMtu.to(1), 1400);
  pathMtu.tick(10 * MINUTE);
  deepEqual([pathMtu.to(1), pathMtu.wakeAt], [undefined, undefined]);
});

test("it shrinks, and never grows by what somebody says", () => {
  const pathMtu = new PathMtu();
  let changes = 0;
  pathMtu.onChange = () => changes++;
  pathMtu.learn(1, 1400, 1500, 0);
  pathMtu.learn(1, 1450, 1500, MINUTE);
  pathMtu.learn(1, 1400, 1500, MINUTE);
  deepEqual([pathMtu.to(1), changes, pathMtu.wakeAt], [1400, 1, 10 * MINUTE]);
  pathMtu.learn(1, 1300, 1400, MINUTE);
  deepEqual([pathMtu.to(1), changes, pathMtu.wakeAt], [1300, 2, 11 * MINUTE]);
});

test("those that were learnt first are forgotten first", () => {
  const pathMtu = new PathMtu();
  pathMtu.learn(1, 1400, 1500, 0);
  pathMtu.learn(2, 1400, 1500, 5 * MINUTE);
  pathMtu.tick(10 * MINUTE);
  deepEqual([pathMtu.to(1), pathMtu.to(2), pathMtu.wakeAt], [undefined, 1400, 15 * MINUTE]);
});

test("however many destinations somebody makes up, it remembers a thousand", () => {
  const pathMtu = new PathMtu();
  for (let i = 0; i < 5000; i++) pathMtu.learn(i, 1400, 1500, i);
  deepEqual([pathMtu.size, pathMtu.to(0), pathMtu.to(4999)], [1024, undefined, 1400]);
});
