import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { isGroupAddress, isLoopbackAddress, mayBeForwarded, mayBeSource } from "../../src/host/special.ts";
import { ip } from "./network.ts";

const ADDRESSES: [address: string, source: boolean, forwarded: boolean, group: boolean, loopback: boolean][] = [
  ["10.0.0.1", true, true, false, false],
  ["1.0.0.0", true, true, false, false],
  ["223.255.255.255", true, true, false, false],
  ["0.0.0.0", false, false, false, false],
  ["0.1.2.3", false, false, false, false],
  ["126.0.0.1", true, true, false, false],
  ["127.0.0.1", false, false, false, true],
  ["127.255.255.255", false, false, false, true],
  ["128.0.0.1", true, true, false, false],
  ["169.254.0.1", true, false, false, false],
  ["169.255.0.1", true, true, false, false],
  ["224.0.0.1", false, false, true, false],
  ["239.255.255.255", false, false, true, false],
  ["240.0.0.1", false, false, false, false],
  ["255.255.255.255", false, false, false, false],
];

for (const [text, ...expected] of ADDRESSES) {
  test(`${text}: ${expected}`, () => {
    const address = ip(text);
    deepEqual(
      [mayBeSource(address), mayBeForwarded(address), isGroupAddress(address), isLoopbackAddress(address)],
      expected,
    );
  });
}
