import { equal } from "node:assert/strict";
import { test } from "node:test";
import { parsePattern } from "../../src/handlers/destination-pattern.ts";
import { PatternList } from "../../src/handlers/pattern-list.ts";
import { parseAddress } from "../../src/wire/address.ts";

const list = new PatternList(
  ["a.example:80", "a.example:443", "*.b.example", ".c.example", "localhost", ":25", "10.0.0.0/8:80", "::1"].map(
    (text) => parsePattern(text),
  ),
);

const NAMES: [name: string, port: number, pattern: string | undefined][] = [
  ["a.example", 80, "a.example:80"],
  ["a.example", 443, "a.example:443"],
  ["a.example", 81, undefined],
  ["x.a.example", 80, undefined],
  ["b.example", 80, undefined],
  ["x.b.example", 80, "*.b.example"],
  ["x.y.b.example", 80, "*.b.example"],
  ["xb.example", 80, undefined],
  ["c.example", 80, ".c.example"],
  ["x.c.example", 80, ".c.example"],
  ["localhost", 80, "localhost"],
  ["x.localhost", 80, "localhost"],
  ["example", 80, undefined],
];

for (const [name, port, pattern] of NAMES) {
  test(`for ${name}:${port} there is ${pattern ?? "none"}`, () => equal(list.forName(name, port)?.text, pattern));
}

const ADDRESSES: [address: string, port: number, pattern: string | undefined][] = [
  ["10.1.2.3", 80, "10.0.0.0/8:80"],
  ["10.1.2.3", 81, undefined],
  ["127.0.0.1", 80, "localhost"],
  ["::1", 80, "localhost"],
  ["203.0.113.7", 80, undefined],
];

for (const [address, port, pattern] of ADDRESSES) {
  test(`for ${address}, port ${port}, there is ${pattern ?? "none"}`, () =>
    equal(list.forAddress(parseAddress(address)!, port)?.text, pattern));
}

test("one for all hosts is for its port", () => {
  equal(list.forAny(25)?.text, ":25");
  equal(list.forAny(26), undefined);
});

test("it may depend on addresses where a pattern has some at that port", () => {
  const list = new PatternList([parsePattern("a.example"), parsePattern("10.0.0.0/8:80")]);
  equal(list.hasAddresses(80), true);
  equal(list.hasAddresses(81), false);
  equal(list.isEmpty, false);
  equal(new PatternList([]).isEmpty, true);
});
