import { equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import { EphemeralPorts } from "../../src/host/ephemeral.ts";

const all = () => true;

test("ports are those that no service waits at", () => {
  const ports = new EphemeralPorts(new Random(7));
  for (let i = 0; i < 1000; i++) {
    const port = i % 2 ? ports.any(all)! : ports.towards(1, 2, i, all)!;
    ok(port >= 32768 && port <= 65535);
  }
});

test("chance takes no port that is not free, and finds the last one", () => {
  const ports = new EphemeralPorts(new Random(7));
  equal(
    ports.any((port) => port === 40_000),
    40_000,
  );
  equal(
    ports.any(() => false),
    undefined,
  );
  equal(
    ports.towards(1, 2, 80, (port) => port === 40_000),
    40_000,
  );
  equal(
    ports.towards(1, 2, 80, () => false),
    undefined,
  );
});

test("towards one destination no port comes again before all others have", () => {
  const ports = new EphemeralPorts(new Random(7), { first: 50_000, last: 50_099 });
  const seen = new Set(Array.from({ length: 100 }, () => ports.towards(1, 2, 80, all)));
  equal(seen.size, 100);
});

test("from the ports towards one, those towards another cannot be told", () => {
  const ports = new EphemeralPorts(new Random(7));
  const [a, b, c] = [ports.towards(1, 2, 80, all)!, ports.towards(1, 3, 80, all)!, ports.towards(1, 2, 81, all)!];
  ok(Math.abs(a - b) > 1 && Math.abs(b - c) > 1 && Math.abs(a - c) > 2);
});

test("two machines do not start alike", () => {
  const first = (seed: number) => new EphemeralPorts(new Random(seed)).towards(1, 2, 80, all);
  notEqual(first(1), first(2));
});
