import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseAddress, printIp } from "../../src/wire/address.ts";
import { ipv4Address, ipv4Number, printIpv4, readIpv4 } from "../../src/wire/ipv4-number.ts";
import { u32 } from "./packets.ts";

const ADDRESSES: [text: string, number: number | undefined][] = [
  ["0.0.0.0", 0],
  ["10.0.0.1", 0x0a000001],
  ["128.0.0.0", 0x8000_0000],
  ["255.255.255.255", 0xffff_ffff],
  ["10.1", undefined],
  ["::ffff:10.0.0.1", undefined],
  ["", undefined],
];

for (const [text, number] of ADDRESSES) {
  test(`"${text}" is ${number === undefined ? "no IPv4 address" : `0x${number.toString(16)}`}`, () =>
    equal(readIpv4(text), number));
}

test("as a number, as bytes and as text it is the same address", () => {
  fc.assert(
    fc.property(u32, (number) => {
      const bytes = ipv4Address(number);
      equal(ipv4Number(bytes), number);
      equal(printIpv4(number), printIp(bytes));
      equal(readIpv4(printIpv4(number)), number);
    }),
  );
});

test("an IPv4-mapped address counts as what it stands for, any other of IPv6 is a mistake", () => {
  equal(ipv4Number(parseAddress("::ffff:10.0.0.1")!), 0x0a000001);
  throws(() => ipv4Number(parseAddress("::1")!), {
    name: "RangeError",
    message: 'Cannot take "::1" for an IPv4 address: it is one of IPv6',
  });
  deepEqual(ipv4Number(ipv4Address(7).subarray(0)), 7);
});
