import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { endsInNumber, hostName, parsePattern } from "../../src/handlers/destination-pattern.ts";
import { printPrefix } from "../../src/wire/prefix.ts";

const ANY = [0, 65535];

/** The names, or the networks. */
const PATTERNS: [text: string, meant: string, ports: readonly number[]][] = [
  ["example.com", "itself example.com", ANY],
  ["EXAMPLE.com.", "itself example.com", ANY],
  ["*.example.com", "below example.com", ANY],
  [".example.com", "both example.com", ANY],
  ["example.com:443", "itself example.com", [443, 443]],
  [".example.com:8000-8080", "both example.com", [8000, 8080]],
  ["my_host-1", "itself my_host-1", ANY],
  ["*.com", "below com", ANY],
  ["*", "any", ANY],
  ["*:80", "any", [80, 80]],
  [":80", "any", [80, 80]],
  [":0-65535", "any", ANY],
  ["10.1.2.3", "10.1.2.3", ANY],
  ["10.1.2.3:80", "10.1.2.3", [80, 80]],
  ["10.0.0.0/8", "10.0.0.0/8", ANY],
  ["10.0.0.0/8:80-90", "10.0.0.0/8", [80, 90]],
  ["::1", "::1", ANY],
  ["::1:8080", "::1:8080", ANY],
  ["[::1]", "::1", ANY],
  ["[::1]:8080", "::1", [8080, 8080]],
  ["fc00::/7", "fc00::/7", ANY],
  ["fc00::/7:80", "fc00::/7", [80, 80]],
  ["[fc00::/7]:80", "fc00::/7", [80, 80]],
  ["::", "::", ANY],
  ["::ffff:10.0.0.1", "10.0.0.1", ANY],
  ["localhost", "both localhost 127.0.0.0/8 ::1 0.0.0.0/8 ::", ANY],
  ["LocalHost:3000", "both localhost 127.0.0.0/8 ::1 0.0.0.0/8 ::", [3000, 3000]],
  ["*.localhost", "below localhost", ANY],
  ["bücher.example", "itself xn--bcher-kva.example", ANY],
  ["*.1e100.net", "below 1e100.net", ANY],
];

for (const [text, meant, ports] of PATTERNS) {
  test(`${text} means ${meant}, ports ${ports.join(" to ")}`, () => {
    const pattern = parsePattern(text);
    const { names } = pattern;
    const words = names === undefined ? [] : names === "any" ? ["any"] : [names.reach, names.name];
    equal([...words, ...pattern.prefixes.map(printPrefix)].join(" "), meant);
    deepEqual(pattern.ports, ports);
    equal(pattern.text, text);
  });
}

const PORTS = "is neither a port, 0 to 65535, nor a range of them like 8000-8080";

const REFUSED: [text: string, why: string][] = [
  ["", "it is empty"],
  [" ", "it holds a space"],
  ["example.com 10.0.0.1", "it holds a space"],
  ["example.com\n", "it holds a space"],
  ["http://example.com", "a pattern is a host, not a URL"],
  ["10.0.0/8", '"10.0.0" is not an IP address'],
  ["10.0.0.0/33", 'behind the "/" there is no number from 0 to 32'],
  ["10.0.0.0/8/8", 'behind the "/" there is no number from 0 to 32'],
  ["10.1.2.3/8", "bits are set behind the first 8 (10.0.0.0/8 has none)"],
  ["fc00::/129", 'behind the "/" there is no number from 0 to 128'],
  ["example.com/8", '"example.com" is not an IP address'],
  ["example.com:", `"" ${PORTS}`],
  [":", `"" ${PORTS}`],
  ["example.com:http", `"http" ${PORTS}`],
  ["example.com:65536", `"65536" ${PORTS}`],
  ["example.com:80-65536", `"80-65536" ${PORTS}`],
  ["example.com:-80", `"-80" ${PORTS}`],
  ["example.com:90-80", "the ports 90-80 end before they begin"],
  ["[::1]:80:80", `"80:80" ${PORTS}`],
  ["[::1", 'behind "]" there may be ":port" only'],
  ["[::1]80", 'behind "]" there may be ":port" only'],
  ["[::g]", '"::g" is not an IP address'],
  ["[]", '"" is not an IP address'],
  ["[example.com]", '"example.com" is not an IP address'],
  ["[127.0.0.1]", "brackets are for IPv6 addresses"],
  [":::", '":::" is not an IP address'],
  ["a:b:c", '"a:b:c" is not an IP address'],
  ["**", 'a "*" may stand alone, or at the front as in *.example.com'],
  ["*.*.example.com", 'a "*" may stand alone, or at the front as in *.example.com'],
  ["www.*.com", 'a "*" may stand alone, or at the front as in *.example.com'],
  ["*example.com", 'a "*" may stand alone, or at the front as in *.example.com'],
  ["10.*", 'a "*" may stand alone, or at the front as in *.example.com'],
  [".", '"." is not the name of a host'],
  ["*.", '"*." is not the name of a host'],
  ["..example.com", '"..example.com" is not the name of a host'],
  ["example..com", '"example..com" is not the name of a host'],
  ["exa%6dple.com", '"exa%6dple.com" is not the name of a host'],
  ["user@example.com", '"user@example.com" is not the name of a host'],
  [`${"a".repeat(64)}.com`, `"${"a".repeat(64)}.com" is not the name of a host`],
  ["127.1", '"127.1" ends in a number, as no name does, and is not an IP address'],
  ["10.0.0.256", '"10.0.0.256" ends in a number, as no name does, and is not an IP address'],
  ["*.0.0.1", '"*.0.0.1" ends in a number, as no name does, and is not an IP address'],
  ["0x7f000001", '"0x7f000001" ends in a number, as no name does, and is not an IP address'],
];

for (const [text, why] of REFUSED) {
  test(`${JSON.stringify(text)} is refused: ${why}`, () => {
    const message = `Cannot read the pattern ${JSON.stringify(text)}: ${why}`;
    throws(() => parsePattern(text), { name: "TypeError", message });
  });
}

test("whatever is no pattern is refused in one line", () => {
  const bit = fc.constantFrom("*", ".", ":", "/", "[", "]", "-", "10", "::", "example", "com", "1.2.3.4", "\r\n", "ü");
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 8 }), (bits) => {
      const text = bits.join("");
      try {
        equal(parsePattern(text).text, text);
      } catch (error) {
        equal((error as Error).name, "TypeError");
        equal(/^Cannot read the pattern ".*": \S.*$/.test((error as Error).message), true);
      }
    }),
  );
});

const NAMES: [host: string, name: string | undefined][] = [
  ["Example.COM", "example.com"],
  ["example.com.", "example.com"],
  ["example.com..", undefined],
  ["127.0.0.1", undefined],
  ["127.1", undefined],
  ["127.1.", undefined],
  ["0x7f.1", undefined],
  ["127.0x1", undefined],
  ["0x", undefined],
  ["2130706433", undefined],
  ["%31.example.com", undefined],
  ["evil.example\0.example.com", undefined],
  ["::1", undefined],
  ["", undefined],
  ["1.2.3.4a", "1.2.3.4a"],
];

for (const [host, name] of NAMES) {
  test(`${JSON.stringify(host)} is ${name === undefined ? "no name" : `the name ${name}`}`, () =>
    equal(hostName(host), name));
}

test("a last part of digits, decimal or hexadecimal, makes an address of it, to some", () => {
  for (const host of ["1", "a.1", "a.1.", "0xAF", "a.0x"]) equal(endsInNumber(host), true, host);
  for (const host of ["a", "1.a", "1.af", "0xg", ""]) equal(endsInNumber(host), false, host);
});
