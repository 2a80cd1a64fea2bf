import { deepEqual, rejects } from "node:assert/strict";
import { test } from "node:test";
import { hostsResolver, ipv4Of } from "../../src/socket/stack-resolve.ts";

const hosts = new Map<string, string | string[]>([
  ["server", "10.0.0.2"],
  ["Both", ["10.0.0.3", "fd00::3"]],
  ["six", "fd00::6"],
  ["localhost", "10.0.0.9"],
  ["a.invalid", "10.0.0.8"],
]);
const resolve = hostsResolver(hosts);

for (const [host, ...addresses] of [
  ["192.0.2.1", "192.0.2.1"],
  ["::1", "::1"],
  ["server", "10.0.0.2"],
  ["SERVER.", "10.0.0.2"],
  ["Both", "10.0.0.3", "fd00::3"],
  // Whatever a list of hosts says (RFC 6761 §6.3).
  ["localhost", "127.0.0.1"],
  ["a.LocalHost", "127.0.0.1"],
  // Who gives a name that cannot be an address has his reasons.
  ["a.invalid", "10.0.0.8"],
] as const) {
  test(`${host} is ${addresses.join(" and ")}`, async () => deepEqual(await resolve(host), addresses));
}

for (const host of ["nobody", "b.invalid", "", ".", `${"a.".repeat(127)}aa`]) {
  test(`"${host.slice(0, 20)}" has no address`, () =>
    rejects(resolve(host), { code: "ENOTFOUND", message: `Cannot find ${host}: there is no such host` }));
}

test("other names are looked up where somebody can, but never those that cannot be", async () => {
  const asked: string[] = [];
  const resolve = hostsResolver(hosts, async (host) => {
    asked.push(host);
    return ["192.0.2.7"];
  });
  deepEqual(await resolve("example.com"), ["192.0.2.7"]);
  deepEqual(await resolve("server"), ["10.0.0.2"]);
  await rejects(resolve("b.invalid"), { code: "ENOTFOUND" });
  deepEqual(asked, ["example.com"]);
});

test("of IPv4 there are numbers; who has none speaks another kind of address", async () => {
  deepEqual(await ipv4Of(resolve, "10.0.0.1", ""), [0x0a000001]);
  deepEqual(await ipv4Of(resolve, "Both", ""), [0x0a000003]);
  const message = "Cannot connect: this kind of address is not spoken here";
  await rejects(ipv4Of(resolve, "six", "Cannot connect"), { code: "EAFNOSUPPORT", message });
});
