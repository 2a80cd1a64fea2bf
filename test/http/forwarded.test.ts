import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fields } from "../../src/http/fields.ts";
import { addForwarded, type ForwardedStyle, type Forwarder } from "../../src/http/forwarded.ts";
import { isFieldValue } from "../../src/http/grammar.ts";

const BROWSER: Forwarder = { remote: "192.0.2.7", host: "a.example", secure: true, trusted: false };
const PROXY: Forwarder = { ...BROWSER, remote: "10.0.0.1", secure: false, trusted: true };

const CASES: [what: string, given: Record<string, string>, style: ForwardedStyle, hop: Forwarder, said: string][] = [
  ["nothing, where nothing is asked for", { A: "1", Forwarded: "for=_x" }, "none", BROWSER, "A: 1|Forwarded: for=_x"],
  [
    "for whom, in the old way",
    {},
    "x-forwarded",
    BROWSER,
    "X-Forwarded-For: 192.0.2.7|X-Forwarded-Host: a.example|X-Forwarded-Proto: https",
  ],
  ["for whom, in the new way", {}, "forwarded", BROWSER, "Forwarded: for=192.0.2.7;host=a.example;proto=https"],
  [
    "for whom, in both",
    {},
    "both",
    BROWSER,
    "Forwarded: for=192.0.2.7;host=a.example;proto=https|X-Forwarded-For: 192.0.2.7|X-Forwarded-Host: a.example|X-Forwarded-Proto: https",
  ],
  [
    "what a stranger says of itself goes, in whichever style",
    {
      "Forwarded": "for=127.0.0.1",
      "X-Forwarded-For": "127.0.0.1",
      "X-Forwarded-Host": "evil",
      "X-Forwarded-Proto": "http",
      "X-Forwarded-Port": "1",
      "X-Real-IP": "127.0.0.1",
      "A": "1",
    },
    "forwarded",
    BROWSER,
    "A: 1|Forwarded: for=192.0.2.7;host=a.example;proto=https",
  ],
  [
    "a proxy of ours is believed, in the old way",
    { "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Host": "b", "X-Forwarded-Proto": "https" },
    "x-forwarded",
    PROXY,
    "X-Forwarded-For: 192.0.2.7, 10.0.0.1|X-Forwarded-Host: b|X-Forwarded-Proto: https",
  ],
  [
    "a proxy of ours that says nothing",
    {},
    "x-forwarded",
    PROXY,
    "X-Forwarded-For: 10.0.0.1|X-Forwarded-Host: a.example|X-Forwarded-Proto: http",
  ],
  [
    "a proxy of ours is believed, in the new way",
    { Forwarded: 'for="[2001:db8::1]:4711";proto=https' },
    "forwarded",
    PROXY,
    'Forwarded: for="[2001:db8::1]:4711";proto=https, for=10.0.0.1;host=a.example;proto=http',
  ],
  [
    "what a proxy of ours says in the old way is said in the new one as well",
    { "X-Forwarded-For": "192.0.2.7, 2001:db8::1, 192.0.2.8:80, [::1]:80, me", "X-Forwarded-Proto": "https" },
    "both",
    PROXY,
    'X-Forwarded-For: 192.0.2.7, 2001:db8::1, 192.0.2.8:80, [::1]:80, me, 10.0.0.1|X-Forwarded-Proto: https|Forwarded: for=192.0.2.7;proto=https, for="[2001:db8::1]", for="192.0.2.8:80", for="[::1]:80", for=unknown, for=10.0.0.1;host=a.example;proto=http|X-Forwarded-Host: a.example',
  ],
  [
    "an IPv6 address stands in quotes and brackets, and a host with its port in quotes",
    {},
    "both",
    { ...BROWSER, remote: "2001:db8::1", host: "a:8080" },
    'Forwarded: for="[2001:db8::1]";host="a:8080";proto=https|X-Forwarded-For: 2001:db8::1|X-Forwarded-Host: a:8080|X-Forwarded-Proto: https',
  ],
  [
    "IPv4 that came to a socket for both is IPv4",
    {},
    "both",
    { ...BROWSER, remote: "::ffff:192.0.2.7", host: undefined },
    "Forwarded: for=192.0.2.7;proto=https|X-Forwarded-For: 192.0.2.7|X-Forwarded-Proto: https",
  ],
  [
    "the zone of an address is nobody else's",
    {},
    "forwarded",
    { ...BROWSER, remote: "fe80::1%eth0" },
    'Forwarded: for="[fe80::1]";host=a.example;proto=https',
  ],
  [
    "a Unix-domain socket has no address",
    { "X-Forwarded-For": "192.0.2.1" },
    "both",
    { ...BROWSER, remote: undefined },
    "Forwarded: for=unknown;host=a.example;proto=https|X-Forwarded-Host: a.example|X-Forwarded-Proto: https",
  ],
  [
    "a way that is empty",
    { "X-Forwarded-For": "", "Forwarded": "" },
    "both",
    PROXY,
    "X-Forwarded-For: 10.0.0.1|Forwarded: for=10.0.0.1;host=a.example;proto=http|X-Forwarded-Host: a.example|X-Forwarded-Proto: http",
  ],
];

for (const [what, given, style, hop, said] of CASES) {
  test(`the server is told: ${what}`, () => {
    const fields = addForwarded(Fields.of(given), style, hop);
    equal([...fields].map(([name, value]) => `${name}: ${value}`).join("|"), said);
  });
}

test("a way told in several lines becomes one", () => {
  const fields = Fields.of([
    ["X-Forwarded-For", "192.0.2.1"],
    ["A", "1"],
    ["x-forwarded-for", "192.0.2.2"],
  ]);
  deepEqual(addForwarded(fields, "x-forwarded", PROXY).all("x-forwarded-for"), ["192.0.2.1, 192.0.2.2, 10.0.0.1"]);
});

test("whatever a proxy of ours has heard, what we say in the new way is well formed", () => {
  const VALUE = '(?:[!#$%&\'*+.^_`|~\\w-]+|"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\["\\\\])*")';
  const element = `for=${VALUE}(?:;host=${VALUE})?(?:;proto=${VALUE})?`;
  const wellFormed = new RegExp(`^${element}(?:, ${element})*$`);
  const text = fc.string({ unit: fc.constantFrom(...'a1:.[]_",;\\ \t=\xe4%f') }).filter(isFieldValue);
  fc.assert(
    fc.property(text, text, text, (way, host, proto) => {
      const fields = Fields.of({ "X-Forwarded-For": way, "X-Forwarded-Host": host, "X-Forwarded-Proto": proto });
      return wellFormed.test(addForwarded(fields, "both", { ...PROXY, host }).get("forwarded")!);
    }),
  );
});
