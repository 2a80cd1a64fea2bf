import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUpstream } from "../../src/handlers/upstream.ts";

const READ: [text: string, key: string, authority: string, path: string, hasPath: boolean, weight: number][] = [
  ["http://localhost:3000", "http://localhost:3000", "localhost:3000", "", false, 1],
  ["https://example.com/base", "https://example.com:443", "example.com", "/base", true, 1],
  ["https://example.com:444", "https://example.com:444", "example.com:444", "", false, 1],
  ["http://[::1]:81", "http://[::1]:81", "[::1]:81", "", false, 1],
  ["http://[0:0::1]", "http://[::1]:80", "[::1]", "", false, 1],
  ["http://127.0.0.1", "http://127.0.0.1:80", "127.0.0.1", "", false, 1],
  // What one may leave out.
  ["localhost:3000", "http://localhost:3000", "localhost:3000", "", false, 1],
  ["localhost:3000/api", "http://localhost:3000", "localhost:3000", "/api", true, 1],
  ["example.com", "http://example.com:80", "example.com", "", false, 1],
  ["[::1]:81", "http://[::1]:81", "[::1]:81", "", false, 1],
  ["3000", "http://localhost:3000", "localhost:3000", "", false, 1],
  ["3000/api/", "http://localhost:3000", "localhost:3000", "/api", true, 1],
  ["3000,weight=2", "http://localhost:3000", "localhost:3000", "", false, 2],
  // Names.
  ["HTTP://EXAMPLE.com", "http://example.com:80", "example.com", "", false, 1],
  ["http://bücher.example", "http://xn--bcher-kva.example:80", "xn--bcher-kva.example", "", false, 1],
  ["http://my_app:80", "http://my_app:80", "my_app", "", false, 1],
  // Paths.
  ["http://a/", "http://a:80", "a", "", true, 1],
  ["http://a/b/c/", "http://a:80", "a", "/b/c", true, 1],
  ["http://a//", "http://a:80", "a", "", true, 1],
  ["http://a/../b/./c", "http://a:80", "a", "/b/c", true, 1],
  ["http://a/메뉴", "http://a:80", "a", "/%EB%A9%94%EB%89%B4", true, 1],
  ["http://a/b%2Cc@d:e", "http://a:80", "a", "/b%2Cc@d:e", true, 1],
  // Unix-domain sockets.
  ["unix:/run/app.sock", "http:///run/app.sock", "localhost", "", false, 1],
  ["unix:/run/app.sock:/base", "http:///run/app.sock", "localhost", "/base", true, 1],
  ["unix:/run/app.sock:/base/,weight=4", "http:///run/app.sock", "localhost", "/base", true, 4],
  ["unix:///run/app.sock", "http:///run/app.sock", "localhost", "", false, 1],
  ["unix:app.sock", "http://app.sock", "localhost", "", false, 1],
  ["unix:/run/my app:1.sock:/b", "http:///run/my app:1.sock", "localhost", "/b", true, 1],
  // Weights.
  ["http://a,weight=3", "http://a:80", "a", "", false, 3],
  ["http://a/b,weight=10000", "http://a:80", "a", "/b", true, 10_000],
];

for (const [text, key, authority, path, hasPath, weight] of READ) {
  test(`${text} is ${key}${path}`, () => {
    const upstream = parseUpstream(text);
    equal(upstream.origin.key, key);
    equal(upstream.origin.authority, authority);
    deepEqual(
      { path: upstream.path, hasPath: upstream.hasPath, weight: upstream.weight, text: upstream.text },
      { path, hasPath, weight, text },
    );
  });
}

const NO_PORT = "its port is not a number from 1 to 65535";
const NO_WEIGHT = "its weight is not a whole number from 1 to 10000";
const BRACKETS = "an IPv6 address stands in brackets";

const REFUSED: [text: string, why: string][] = [
  ["htp://x", "its scheme is neither http nor https"],
  ["://x", "its scheme is neither http nor https"],
  ["ws://x", "its scheme is neither http nor https"],
  ["http://a#b", "it holds a fragment"],
  ["http://a/b?c", "it holds a query"],
  ["http://a?", "it holds a query"],
  ["unix:/run/app.sock:/b?c", "it holds a query"],
  ["http://a:0", NO_PORT],
  ["http://a:70000", NO_PORT],
  ["http://a:", NO_PORT],
  ["http://a:b", NO_PORT],
  ["http://a:8 ", "it holds a space"],
  ["http://a:+8", NO_PORT],
  ["70000", NO_PORT],
  ["0", NO_PORT],
  ["http:/a", NO_PORT],
  ["http:a", NO_PORT],
  ["", "it names no host"],
  ["/run/app.sock", "it names no host"],
  [":3000", "it names no host"],
  ["http://", "it names no host"],
  ["http:///a", "it names no host"],
  [",weight=1", "it names no host"],
  ["::1", BRACKETS],
  ["http://fe80::1:81", BRACKETS],
  ["http://[::1", '"[::1" is neither a host name nor an IP address'],
  ["http://[::g]", '"[::g]" is neither a host name nor an IP address'],
  ["http://[::1]80", '"[::1]80" is neither a host name nor an IP address'],
  ["http://1.2.3.256", '"1.2.3.256" is neither a host name nor an IP address'],
  ["http://3000", '"3000" is neither a host name nor an IP address'],
  ["http://0x7f.1", '"0x7f.1" is neither a host name nor an IP address'],
  ['http://a"b', '"a"b" is neither a host name nor an IP address'],
  ["http://a%00b", '"a%00b" is neither a host name nor an IP address'],
  ["http://a b", "it holds a space"],
  ["http://a\nb", "it holds a space"],
  ["http://a\\b", "it holds a backslash"],
  ["unix:", "it names no socket"],
  ["unix::/base", "it names no socket"],
  ["unix:/a\0b", "the name of its socket holds NUL"],
  ["http://a,weight=0", NO_WEIGHT],
  ["http://a,weight=10001", NO_WEIGHT],
  ["http://a,weight=abc", NO_WEIGHT],
  ["http://a,weight=1.5", NO_WEIGHT],
  ["http://a,weight=", NO_WEIGHT],
  ["http://a,weight", NO_WEIGHT],
  ["http://a,weight=1=2", NO_WEIGHT],
  ["http://a,weight=1,weight=1", "its weight is given twice"],
  ["http://a,wieght=1", 'there is no parameter "wieght" but only weight'],
  ["http://a,http://b", 'there is no parameter "http://b" but only weight'],
  ["http://a,", 'there is no parameter "" but only weight'],
];

for (const [text, why] of REFUSED) {
  test(`${JSON.stringify(text)} is refused: ${why}`, () => {
    throws(() => parseUpstream(text), {
      name: "TypeError",
      message: `Cannot use the upstream ${JSON.stringify(text)}: ${why}`,
    });
  });
}

const WITH_A_PASSWORD: [text: string, shown: string][] = [
  ["http://user:secret@a", "http://…@a"],
  ["user:secret@a:80", "…@a:80"],
  ["https://secret@a/b@c", "https://…@a/b@c"],
  ["http://s@ecret@a", "http://…@a"],
];

for (const [text, shown] of WITH_A_PASSWORD) {
  test(`${text} is refused without telling the password`, () => {
    throws(() => parseUpstream(text), {
      name: "TypeError",
      message: `Cannot use the upstream "${shown}": it holds a user name`,
    });
  });
}

test("whatever is written, it is an upstream or a TypeError of one line", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "http://",
      "https://",
      "unix:",
      "/",
      ":",
      "@",
      "[",
      "]",
      ",weight=",
      "3",
      "::1",
      "a",
      "%",
      "#",
      "\\",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      try {
        const { path, weight, origin } = parseUpstream(pieces.join(""));
        equal(path === "" || (path.startsWith("/") && !path.endsWith("/")), true);
        equal(weight >= 1, true);
        equal(/^[\x21-\x7e]+$/.test(origin.authority + path), true);
      } catch (error) {
        equal((error as Error).name, "TypeError");
        equal(/^Cannot use the upstream ".*": [^\n]+$/.test((error as Error).message), true);
      }
    }),
  );
});
