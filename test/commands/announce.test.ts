import { deepEqual, equal, ok } from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { announcement, urlsOf } from "../../src/commands/announce.ts";
import type { Address } from "../../src/socket/socket.ts";

const at = (address: string, internal = false): NetworkInterfaceInfo => {
  const common = { address, netmask: "", mac: "", internal, cidr: null };
  return address.includes(":") ? { ...common, family: "IPv6", scopeid: 0 } : { ...common, family: "IPv4" };
};

const INTERFACES = {
  lo: [at("127.0.0.1", true), at("::1", true)],
  eth0: [at("192.168.1.5"), at("fe80::1"), at("2001:db8::5")],
  gone: undefined,
};

const CASES: [what: string, addresses: Address[], urls: string[]][] = [
  [
    "localhost is two",
    [
      { host: "127.0.0.1", port: 8080 },
      { host: "::1", port: 8080 },
    ],
    ["http://127.0.0.1:8080/", "http://[::1]:8080/"],
  ],
  ["the usual port is not said", [{ host: "127.0.0.1", port: 80 }], ["http://127.0.0.1/"]],
  [
    "all addresses are those of this machine, and then those of the network, but for link-local ones",
    [
      { host: "0.0.0.0", port: 81 },
      { host: "::", port: 81 },
    ],
    ["http://127.0.0.1:81/", "http://[::1]:81/", "http://192.168.1.5:81/", "http://[2001:db8::5]:81/"],
  ],
  ["an address of the network", [{ host: "192.168.1.5", port: 81 }], ["http://192.168.1.5:81/"]],
  ["a Unix-domain socket has no URL, but a name", [{ path: "/run/door" }], ["unix:/run/door"]],
];

for (const [what, addresses, urls] of CASES) {
  test(what, () =>
    deepEqual(
      urlsOf(addresses, "http", INTERFACES).map(({ url }) => url),
      urls,
    ),
  );
}

test("echo has no URLs, but places to connect to", () => {
  deepEqual(
    urlsOf(
      [
        { host: "127.0.0.1", port: 7 },
        { host: "::1", port: 7 },
      ],
      "echo",
    ).map(({ url }) => url),
    ["127.0.0.1:7", "[::1]:7"],
  );
});

test("without interfaces given, those of this machine are asked", () => {
  equal(urlsOf([{ host: "0.0.0.0", port: 81 }], "http")[0]?.url, "http://127.0.0.1:81/");
});

test("programs get the bare addresses, people a few words with them", () => {
  const urls = urlsOf([{ host: "0.0.0.0", port: 81 }], "http", INTERFACES);
  equal(announcement('serves "public"', urls, false), "http://127.0.0.1:81/\nhttp://192.168.1.5:81/\n");
  const words = announcement('serves "public"', urls, true);
  ok(words.includes('serves "public"'));
  ok(/here +http:\/\/127\.0\.0\.1:81\/\n +network +http:\/\/192/.test(words));
});
