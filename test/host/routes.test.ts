import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printRoute, Routes } from "../../src/host/routes.ts";
import { ipv4Address } from "../../src/wire/ipv4-number.ts";
import { contains, type Prefix, parsePrefix } from "../../src/wire/prefix.ts";
import { ip } from "./network.ts";

const TABLE: [prefix: string, interface_: string][] = [
  ["0.0.0.0/0", "world"],
  ["10.0.0.0/8", "company"],
  ["10.1.0.0/16", "town"],
  ["10.1.2.0/24", "floor"],
  ["10.1.2.3", "desk"],
  ["128.0.0.0/1", "half the world"],
];

const ASKED: [destination: string, interface_: string][] = [
  ["10.1.2.3", "desk"],
  ["10.1.2.4", "floor"],
  ["10.1.3.3", "town"],
  ["10.2.2.3", "company"],
  ["11.1.2.3", "world"],
  ["192.168.1.1", "half the world"],
  ["255.255.255.255", "half the world"],
  ["0.0.0.0", "world"],
];

for (const [destination, expected] of ASKED) {
  test(`${destination} is by way of ${expected}`, () => {
    const routes = new Routes<string>();
    for (const [prefix, to] of TABLE) routes.add({ prefix: parsePrefix(prefix)!, interface: to });
    equal(routes.to(ip(destination))?.interface, expected);
  });
}

test("where no prefix fits there is no way", () => {
  const routes = new Routes<string>();
  equal(routes.to(ip("10.0.0.1")), undefined);
  routes.add({ prefix: parsePrefix("10.0.0.0/8")!, interface: "a" });
  equal(routes.to(ip("11.0.0.1")), undefined);
});

test("a route that is removed gives way to the next best", () => {
  const routes = new Routes<string>();
  routes.add({ prefix: parsePrefix("10.0.0.0/8")!, interface: "a" });
  const better = routes.add({ prefix: parsePrefix("10.1.0.0/16")!, interface: "b" });
  equal(routes.remove(better), true);
  equal(routes.remove(better), false);
  equal(routes.to(ip("10.1.0.1"))?.interface, "a");
});

test("of two with the same prefix the first counts, until its router is found dead", () => {
  const routes = new Routes<string>();
  const all = parsePrefix("0.0.0.0/0")!;
  routes.add({ prefix: all, via: ip("10.0.0.1"), interface: "a" });
  routes.add({ prefix: all, via: ip("10.0.0.2"), interface: "b" });
  routes.demote(ip("10.0.0.2"));
  equal(routes.to(ip("8.8.8.8"))?.interface, "a");
  routes.demote(ip("10.0.0.1"));
  equal(routes.to(ip("8.8.8.8"))?.interface, "b");
  routes.demote(ip("10.0.0.2"));
  equal(routes.to(ip("8.8.8.8"))?.interface, "a");
});

test("whatever changes, those who remember are told", () => {
  let changes = 0;
  const routes = new Routes<string>();
  routes.onChange = () => changes++;
  const route = routes.add({ prefix: parsePrefix("0.0.0.0/0")!, via: 1, interface: "a" });
  routes.add({ prefix: parsePrefix("0.0.0.0/0")!, via: 2, interface: "a" });
  equal(changes, 2);
  routes.demote(3);
  equal(changes, 2);
  routes.demote(1);
  routes.remove(route);
  equal(changes, 4);
});

test("all of them can be listed, the longest prefix first", () => {
  const routes = new Routes<{ name: string }>();
  for (const [prefix, name] of TABLE) routes.add({ prefix: parsePrefix(prefix)!, interface: { name } });
  routes.add({ prefix: parsePrefix("0.0.0.0/0")!, via: ip("10.0.0.1"), interface: { name: "spare" } });
  deepEqual([...routes].map(printRoute), [
    "10.1.2.3 desk",
    "10.1.2.0/24 floor",
    "10.1.0.0/16 town",
    "10.0.0.0/8 company",
    "128.0.0.0/1 half the world",
    "0.0.0.0/0 world",
    "0.0.0.0/0 via 10.0.0.1 spare",
  ]);
});

test("the answer is always that of looking at each route in turn", () => {
  const prefix = fc
    .tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0, max: 32 }))
    .map(([address, length]): Prefix => {
      const mask = length === 0 ? 0 : -1 << (32 - length);
      return { address: ipv4Address((address & mask) >>> 0), length };
    });
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 20 }), fc.array(fc.nat(0xffff_ffff)), (prefixes, destinations) => {
      const routes = new Routes<number>();
      for (const [i, prefix] of prefixes.entries()) routes.add({ prefix, interface: i });
      const near = prefixes.map(({ address }) => new DataView(address.buffer).getUint32(0));
      for (const destination of [...destinations, ...near]) {
        let best = -1;
        for (const [i, prefix] of prefixes.entries()) {
          const isBetter = best < 0 || prefix.length > prefixes[best]!.length;
          if (isBetter && contains(prefix, ipv4Address(destination))) best = i;
        }
        equal(routes.to(destination)?.interface ?? -1, best);
      }
    }),
  );
});
