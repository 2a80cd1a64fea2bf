import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { PathMtu } from "../../src/host/path-mtu.ts";
import { Paths } from "../../src/host/paths.ts";
import { printIpv4 } from "../../src/wire/ipv4-number.ts";
import { BROADCAST, printMac } from "../../src/wire/mac.ts";
import { acquainted, defaultRoute, ip, mac } from "./network.ts";

function given() {
  const { host, one } = acquainted();
  defaultRoute(host, "10.0.0.2", one);
  const pathMtu = new PathMtu();
  return { host, one, pathMtu, paths: new Paths(host.routes, pathMtu) };
}

const WAYS: [destination: string, nextHop: string, mac: string, isFresh: boolean][] = [
  ["10.0.0.2", "10.0.0.2", "02:00:00:00:00:02", true],
  ["8.8.8.8", "10.0.0.2", "02:00:00:00:00:02", true],
  ["10.0.0.3", "10.0.0.3", printMac(BROADCAST), false],
  ["10.0.0.255", "10.0.0.255", printMac(BROADCAST), true],
  ["10.0.0.1", "10.0.0.1", "00:00:00:00:00:00", true],
  ["127.0.0.1", "127.0.0.1", "00:00:00:00:00:00", true],
];

for (const [destination, nextHop, printed, isFresh] of WAYS) {
  test(`to ${destination} one goes by ${nextHop}`, () => {
    const path = given().paths.to(ip(destination))!;
    deepEqual(
      [printIpv4(path.nextHop), printMac(path.neighbour.mac), path.neighbour.isFresh],
      [nextHop, printed, isFresh],
    );
  });
}

test("what was found is remembered, until routes change", () => {
  const { host, one, paths } = given();
  const path = paths.to(ip("8.8.8.8"));
  equal(paths.to(ip("8.8.8.8")), path);
  defaultRoute(host, "10.0.0.9", one);
  equal(paths.to(ip("8.8.8.8")) === path, false);
});

test("two that fall into the same slot do not take each other's way", () => {
  const { paths } = given();
  // The slot is made of the last two bytes.
  const [a, b] = [ip("10.0.1.0"), ip("10.0.0.1")];
  equal(paths.to(a)?.destination, a);
  equal(paths.to(b)?.destination, b);
  equal(paths.to(a)?.destination, a);
});

test("what ICMP has taught narrows the way, and at its narrowest packets must be cut", () => {
  const { paths, pathMtu } = given();
  equal(paths.to(ip("8.8.8.8"))?.mtu, 1500);
  pathMtu.learn(ip("8.8.8.8"), 1400, 1500, 0);
  deepEqual([paths.to(ip("8.8.8.8"))?.mtu, paths.to(ip("8.8.8.8"))?.mustFragment], [1400, false]);
  pathMtu.learn(ip("8.8.8.8"), 100, 1400, 0);
  deepEqual([paths.to(ip("8.8.8.8"))?.mtu, paths.to(ip("8.8.8.8"))?.mustFragment], [552, true]);
  pathMtu.tick(600_000);
  equal(paths.to(ip("8.8.8.8"))?.mtu, 1500);
});

test("nobody is at 0.0.0.0, whatever the default route says", () => {
  const { paths } = given();
  deepEqual([paths.to(0), paths.to(ip("0.1.2.3"))], [undefined, undefined]);
});

test("over an interface, a group's frames go to its MAC address", () => {
  const { one, paths } = given();
  const path = paths.over(one, ip("224.0.0.251"));
  deepEqual([printMac(path.neighbour.mac), path.neighbour.isFresh], ["01:00:5e:00:00:fb", true]);
  equal(paths.over(one, ip("255.255.255.255")).neighbour.mac, BROADCAST);
  equal(one.adapter.mac, mac(1));
});
