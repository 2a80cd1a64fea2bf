import { deepEqual, equal } from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { embeddedIpv4, parseAddress, parseIpv4, parseIpv6, printIp, unmapped } from "../../src/wire/address.ts";

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");

const IPV4: [text: string, bytes: string | undefined][] = [
  ["0.0.0.0", "00000000"],
  ["255.255.255.255", "ffffffff"],
  ["10.20.30.40", "0a141e28"],
  // What inet_aton would take, and RFC 6943 warns of.
  ["127.1", undefined],
  ["2130706433", undefined],
  ["0x7f.0.0.1", undefined],
  ["0177.0.0.1", undefined],
  ["00.0.0.0", undefined],
  ["127.0.0.01", undefined],
  ["256.0.0.0", undefined],
  ["1.2.3", undefined],
  ["1.2.3.", undefined],
  [".1.2.3", undefined],
  ["1..2.3", undefined],
  ["1.2.3.4.", undefined],
  ["1.2.3.4.5", undefined],
  ["1.2.3.4 ", undefined],
  [" 1.2.3.4", undefined],
  ["+1.2.3.4", undefined],
  ["1.2.3.a", undefined],
  ["1.2.3.\u0664", undefined],
  ["1.2.3.4%eth0", undefined],
  ["", undefined],
];

for (const [text, bytes] of IPV4) {
  test(`"${text}" is ${bytes === undefined ? "no IPv4 address" : bytes}`, () => equal(hex(parseIpv4(text)), bytes));
}

const IPV6: [text: string, bytes: string | undefined][] = [
  ["::", "00000000000000000000000000000000"],
  ["::1", "00000000000000000000000000000001"],
  ["1::", "00010000000000000000000000000000"],
  ["2001:DB8::8:800:200C:417A", "20010db80000000000080800200c417a"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
  ["::2:3:4:5:6:7:8", "00000002000300040005000600070008"],
  ["::ffff:129.144.52.38", "00000000000000000000ffff81903426"],
  ["::13.1.68.3", "0000000000000000000000000d014403"],
  ["1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"],
  ["1:2:3:4:5::1.2.3.4", "00010002000300040005000001020304"],
  ["1:2:3:4:5:6:7", undefined],
  ["1:2:3:4:5:6:7:8:9", undefined],
  ["1:2:3:4::5:6:7:8", undefined],
  ["::1:2:3:4:5:6:7:8", undefined],
  ["1::2::3", undefined],
  [":::", undefined],
  [":::1", undefined],
  ["1:::2", undefined],
  [":1", undefined],
  ["1:", undefined],
  [":1::", undefined],
  ["::1:", undefined],
  [":", undefined],
  ["::12345", undefined],
  ["::g", undefined],
  ["::-1", undefined],
  ["1.2.3.4::", undefined],
  ["1:1.2.3.4::1", undefined],
  ["::1.2.3.4:1", undefined],
  ["::1.2.3", undefined],
  ["::01.2.3.4", undefined],
  ["1:2:3:4:5:6:7:1.2.3.4", undefined],
  ["1:2:3:4:5:6::1.2.3.4", undefined],
  ["[::1]", undefined],
  ["::1 ", undefined],
  ["fe80::1%eth0", undefined],
  [":".repeat(60_000), undefined],
];

for (const [text, bytes] of IPV6) {
  test(`"${text.slice(0, 40)}" is ${bytes === undefined ? "no IPv6 address" : bytes}`, () =>
    equal(hex(parseIpv6(text)), bytes));
}

const ADDRESSES: [text: string, printed: string | undefined][] = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  // Node gives the zone of a remote address along.
  ["fe80::1%eth0", "fe80::1"],
  ["fe80::1%2", "fe80::1"],
  ["::ffff:127.0.0.1%lo", "::ffff:127.0.0.1"],
  ["fe80::1%", undefined],
  ["%eth0", undefined],
  ["127.0.0.1%lo", undefined],
  ["localhost", undefined],
  ["", undefined],
];

for (const [text, printed] of ADDRESSES) {
  test(`"${text}" is ${printed === undefined ? "no address" : `the address ${printed}`}`, () => {
    const address = parseAddress(text);
    equal(address && printIp(address), printed);
  });
}

test("the examples of RFC 5952 are spelt as it recommends", () => {
  const spelt = (text: string) => printIp(parseAddress(text)!);
  equal(spelt("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
  equal(spelt("2001:0db8::0001"), "2001:db8::1");
  // One group alone is no gap.
  equal(spelt("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  // The longest gap, else the first.
  equal(spelt("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  equal(spelt("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
  equal(spelt("2001:DB8::ABCD"), "2001:db8::abcd");
  equal(spelt("0:0:0:0:0:ffff:c000:201"), "::ffff:192.0.2.1");
  equal(spelt("0:0:0:0:0:0:0:0"), "::");
  equal(spelt("1:0:0:0:0:0:0:0"), "1::");
});

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));

test("what is printed is read again", () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (address) => {
      deepEqual(parseAddress(printIp(address)), address);
      equal(isIP(printIp(address)), address.length === 4 ? 4 : 6);
    }),
  );
});

test("what an address is, the system thinks too", () => {
  const bit = fc.constantFrom(":", "::", ".", "0", "1", "ff", "256", "1.2.3.4", "12345", "0a", "g");
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 18 }), fc.constantFrom("", "%eth0", "%"), (bits, zone) => {
      const text = bits.join("") + zone;
      equal((parseAddress(text)?.length ?? 0) > 0, isIP(text) !== 0, text);
    }),
    { numRuns: 5000 },
  );
});

test("an IPv4-mapped address is the IPv4 address", () => {
  equal(printIp(unmapped(parseAddress("::ffff:7f00:1")!)), "127.0.0.1");
  equal(printIp(unmapped(parseAddress("::fffe:7f00:1")!)), "::fffe:7f00:1");
  equal(printIp(unmapped(parseAddress("127.0.0.1")!)), "127.0.0.1");
});

const EMBEDDED: [text: string, ipv4: string | undefined][] = [
  ["::ffff:10.0.0.5", "10.0.0.5"],
  ["::ffff:a00:5", "10.0.0.5"],
  ["::10.0.0.5", "10.0.0.5"],
  ["::ffff:0:10.0.0.5", "10.0.0.5"],
  ["64:ff9b::10.0.0.5", "10.0.0.5"],
  ["2002:a00:5::", "10.0.0.5"],
  ["2002:a00:5:1:2:3:4:5", "10.0.0.5"],
  ["::", undefined],
  ["::1", undefined],
  ["2001:db8::10.0.0.5", undefined],
  ["64:ff9b:0:0:0:1:10.0.0.5", undefined],
  ["10.0.0.5", undefined],
];

for (const [text, expected] of EMBEDDED) {
  test(`${text} leads to ${expected ?? "no IPv4 address"}`, () => {
    const embedded = embeddedIpv4(parseAddress(text)!);
    equal(embedded && printIp(embedded), expected);
  });
}
