import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { readOwnAddress } from "../../src/host/own-address.ts";
import { printIpv4 } from "../../src/wire/ipv4-number.ts";
import { printPrefix } from "../../src/wire/prefix.ts";

const READ: [text: string, address: string, network: string, broadcast: string | undefined][] = [
  ["10.0.0.1/24", "10.0.0.1", "10.0.0.0/24", "10.0.0.255"],
  ["192.168.1.130/25", "192.168.1.130", "192.168.1.128/25", "192.168.1.255"],
  ["172.16.0.1/12", "172.16.0.1", "172.16.0.0/12", "172.31.255.255"],
  ["200.1.2.2/30", "200.1.2.2", "200.1.2.0/30", "200.1.2.3"],
  // Networks of two and of one have no broadcast address (RFC 3021).
  ["10.0.0.0/31", "10.0.0.0", "10.0.0.0/31", undefined],
  ["10.0.0.1/31", "10.0.0.1", "10.0.0.0/31", undefined],
  ["10.0.0.255/32", "10.0.0.255", "10.0.0.255", undefined],
  ["10.0.0.1/0", "10.0.0.1", "0.0.0.0/0", "255.255.255.255"],
];

for (const [text, address, network, broadcast] of READ) {
  test(`${text} is ${address} in ${network}`, () => {
    const own = readOwnAddress(text);
    deepEqual(
      [
        printIpv4(own.address),
        printPrefix(own.network),
        own.broadcast === undefined ? undefined : printIpv4(own.broadcast),
      ],
      [address, network, broadcast],
    );
  });
}

const REFUSED: [text: string, why: RegExp][] = [
  ["10.0.0.1", /it is not like/],
  ["10.0.0.1/33", /it is not like/],
  ["10.0.0.1/", /it is not like/],
  ["10.0.0/24", /it is not like/],
  ["::1/64", /it is not like/],
  ["10.0.0.0/24", /10\.0\.0\.0 stands for the network/],
  ["10.0.0.255/24", /10\.0\.0\.255 stands for the network/],
];

for (const [text, why] of REFUSED) test(`"${text}" is refused`, () => throws(() => readOwnAddress(text), why));
