import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseAddress } from "../../src/wire/address.ts";
import {
  contains,
  isAmong,
  LINK_LOCAL,
  LOOPBACK,
  PRIVATE,
  parsePrefix,
  printPrefix,
  UNSPECIFIED,
  whyNoPrefix,
} from "../../src/wire/prefix.ts";

const WRITTEN: [text: string, printed: string][] = [
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["10.1.2.3", "10.1.2.3"],
  ["10.1.2.3/32", "10.1.2.3"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["192.0.2.128/25", "192.0.2.128/25"],
  ["::/0", "::/0"],
  ["FC00::/7", "fc00::/7"],
  ["::1", "::1"],
  ["fe80::1%eth0", "fe80::1"],
  // To the system these are IPv4's.
  ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
  ["::ffff:0:0/96", "0.0.0.0/0"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
];

for (const [text, printed] of WRITTEN) {
  test(`${text} is the network ${printed}`, () => equal(printPrefix(parsePrefix(text)!), printed));
}

const REFUSED: [text: string, why: string][] = [
  ["10.0.0/8", '"10.0.0" is not an IP address'],
  ["", '"" is not an IP address'],
  ["/8", '"" is not an IP address'],
  ["example.com/8", '"example.com" is not an IP address'],
  ["10.0.0.0/33", 'behind the "/" there is no number from 0 to 32'],
  ["10.0.0.0/", 'behind the "/" there is no number from 0 to 32'],
  ["10.0.0.0/08", 'behind the "/" there is no number from 0 to 32'],
  ["10.0.0.0/-1", 'behind the "/" there is no number from 0 to 32'],
  ["10.0.0.0/8/8", 'behind the "/" there is no number from 0 to 32'],
  ["10.0.0.0/255.0.0.0", 'behind the "/" there is no number from 0 to 32'],
  ["::/129", 'behind the "/" there is no number from 0 to 128'],
  ["10.1.2.3/8", "bits are set behind the first 8 (10.0.0.0/8 has none)"],
  ["10.128.0.0/8", "bits are set behind the first 8 (10.0.0.0/8 has none)"],
  ["10.192.0.0/9", "bits are set behind the first 9 (10.128.0.0/9 has none)"],
  ["0.0.0.1/0", "bits are set behind the first 0 (0.0.0.0/0 has none)"],
  ["fc00::1/7", "bits are set behind the first 7 (fc00::/7 has none)"],
];

for (const [text, why] of REFUSED) {
  test(`"${text}" is no network: ${why}`, () => {
    equal(parsePrefix(text), undefined);
    equal(whyNoPrefix(text), why);
  });
}

const MEMBERS: [prefix: string, inside: string, outside: string][] = [
  ["10.0.0.0/8", "10.255.0.1", "11.0.0.0"],
  ["192.0.2.128/25", "192.0.2.128", "192.0.2.127"],
  ["172.16.0.0/12", "172.31.255.255", "172.32.0.0"],
  ["127.0.0.1", "127.0.0.1", "127.0.0.2"],
  ["127.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1"],
  ["0.0.0.0/0", "203.0.113.1", "2001:db8::1"],
  ["::/0", "2001:db8::1", "203.0.113.1"],
  ["::/0", "::", "::ffff:203.0.113.1"],
  ["fc00::/7", "fdff::1", "fe00::"],
  ["fe80::/10", "febf::1%eth0", "fec0::"],
];

for (const [prefix, inside, outside] of MEMBERS) {
  test(`${prefix} holds ${inside}, and not ${outside}`, () => {
    equal(contains(parsePrefix(prefix)!, parseAddress(inside)!), true);
    equal(contains(parsePrefix(prefix)!, parseAddress(outside)!), false);
  });
}

test("an address is in every network that it starts with, and in none where one of those bits differs", () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).filter(([first]) => first !== 0),
  );
  fc.assert(
    fc.property(address, fc.nat(127), fc.nat(127), (address, some, other) => {
      const length = some % (address.length * 8 + 1);
      const bit = other % (address.length * 8);
      const network = address.map((byte, i) => {
        const bits = Math.min(8, Math.max(0, length - 8 * i));
        return byte & ~(0xff >> bits);
      });
      const flipped = address.map((byte, i) => (i === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte));
      equal(contains({ address: network, length }, address), true);
      equal(contains({ address: network, length }, flipped), bit >= length);
    }),
  );
});

const KNOWN: [name: string, set: typeof PRIVATE, inside: string[], outside: string[]][] = [
  ["loopback", LOOPBACK, ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"], ["128.0.0.1", "::2", "0.0.0.0"]],
  ["unspecified", UNSPECIFIED, ["0.0.0.0", "0.255.0.0", "::"], ["1.0.0.0", "::1"]],
  ["link-local", LINK_LOCAL, ["169.254.169.254", "fe80::1%eth0"], ["169.255.0.0", "fec0::1"]],
  [
    "private",
    PRIVATE,
    ["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd00::1"],
    ["172.15.0.1", "192.169.0.1", "100.128.0.1", "2001:db8::1", "127.0.0.1"],
  ],
];

for (const [name, set, inside, outside] of KNOWN) {
  test(`${inside.join(", ")} are ${name}; ${outside.join(", ")} are not`, () => {
    for (const text of inside) equal(isAmong(set, parseAddress(text)!), true, text);
    for (const text of outside) equal(isAmong(set, parseAddress(text)!), false, text);
  });
}
