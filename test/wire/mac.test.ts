import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BROADCAST, isGroup, parseMac, printMac, readMac, writeMac } from "../../src/wire/mac.ts";
import { amid, hex, mac } from "./packets.ts";

const SPELT: [text: string, mac: number | undefined][] = [
  ["00:00:00:00:00:00", 0],
  ["02:00:00:00:00:01", 0x020000000001],
  ["ff:ff:ff:ff:ff:ff", BROADCAST],
  ["0A:1b:2C:3d:4E:5f", 0x0a1b2c3d4e5f],
  ["0A-1B-2C-3D-4E-5F", 0x0a1b2c3d4e5f],
  ["0a:1b-2c:3d:4e:5f", undefined],
  ["0a:1b:2c:3d:4e", undefined],
  ["0a:1b:2c:3d:4e:5f:60", undefined],
  ["a:1b:2c:3d:4e:5f", undefined],
  ["0a:1b:2c:3d:4e:5g", undefined],
  ["0a1b2c3d4e5f", undefined],
  ["0a:1b:2c:3d:4e:5f\n", undefined],
  ["", undefined],
];

for (const [text, address] of SPELT) {
  test(`${JSON.stringify(text)} is ${address === undefined ? "no MAC address" : `0x${address.toString(16)}`}`, () =>
    equal(parseMac(text), address));
}

test("what is printed is read again, and what is written too", () => {
  fc.assert(
    fc.property(mac, (address) => {
      equal(parseMac(printMac(address)), address);
      const bytes = amid(new Uint8Array(8));
      writeMac(bytes, 1, address);
      equal(readMac(bytes, 1), address);
      deepEqual(bytes.subarray(1, 7), hex(printMac(address).replaceAll(":", "")));
      deepEqual([bytes[0], bytes[7]], [0, 0]);
    }),
  );
});

test("broadcast and multicast are groups, one adapter is none", () => {
  equal(isGroup(BROADCAST), true);
  equal(isGroup(parseMac("01:00:5e:00:00:fb")!), true);
  equal(isGroup(parseMac("33:33:00:00:00:01")!), true);
  equal(isGroup(parseMac("02:ff:ff:ff:ff:ff")!), false);
  equal(isGroup(parseMac("fe:00:00:00:00:00")!), false);
});
