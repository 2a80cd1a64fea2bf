import { equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CacheKeys, type KeyRules, PLAIN_KEY } from "../../src/cache/key.ts";
import { Fields } from "../../src/http/fields.ts";
import { fieldsOf, type Lines } from "./kept.ts";

const keys = new CacheKeys();
const withRules = (rules: Partial<KeyRules>): CacheKeys => new CacheKeys({ ...PLAIN_KEY, ...rules });

/** RFC 9110 §7.1, §4.2.3; RFC 9112 §3.3. */
const URIS: [target: string, host: string | undefined, isSecure: boolean, uri: string | undefined][] = [
  ["/", "localhost", false, "http://localhost/"],
  ["/", "localhost", true, "https://localhost/"],
  ["/a?b=c", "localhost:8080", false, "http://localhost:8080/a?b=c"],
  ["/a?", "localhost", false, "http://localhost/a?"],
  ["//a", "localhost", false, "http://localhost//a"],
  // "The scheme and host are case-insensitive"; all else is not.
  ["/A", "LocalHost", false, "http://localhost/A"],
  ["HTTP://LocalHost/A", undefined, false, "http://localhost/A"],
  // "If the port is equal to the default port for a scheme, the normal form is to omit" it.
  ["/", "localhost:80", false, "http://localhost/"],
  ["/", "localhost:443", true, "https://localhost/"],
  ["/", "localhost:443", false, "http://localhost:443/"],
  ["/", "localhost:80", true, "https://localhost:80/"],
  ["/", "localhost:", false, "http://localhost/"],
  ["/", "[::1]:80", false, "http://[::1]/"],
  ["/", "[::1]:8080", false, "http://[::1]:8080/"],
  // A target with its own origin has nothing to learn from Host (RFC 9112 §3.2.2).
  ["http://a.example/b", "other.example", true, "http://a.example/b"],
  ["https://a.example/b", "other.example", false, "https://a.example/b"],
  ["https://a.example:443/b", undefined, false, "https://a.example/b"],
  // "an empty path component is equivalent to an absolute path of "/"".
  ["http://a.example", undefined, false, "http://a.example/"],
  ["http://a.example?b", undefined, false, "http://a.example/?b"],
  // "Characters other than those in the "reserved" set are equivalent to their percent-encoded octets".
  ["/%7Esmith/%41%2d", "localhost", false, "http://localhost/~smith/A-"],
  ["/a%2fb%2F?c%3dd", "localhost", false, "http://localhost/a%2Fb%2F?c%3Dd"],
  ["/%25%32%35", "localhost", false, "http://localhost/%2525"],
  ["/%", "localhost", false, "http://localhost/%"],
  ["/%4", "localhost", false, "http://localhost/%4"],
  ["/%zz%e4", "localhost", false, "http://localhost/%zz%E4"],
  // Dots in a path are its server's to make something of.
  ["/a/../b/.", "localhost", false, "http://localhost/a/../b/."],
  // There is no telling what is meant.
  ["/", undefined, false, undefined],
  ["/", "", false, undefined],
  ["/", ":", false, undefined],
  ["/", ":80", false, undefined],
  ["/", "a b", false, undefined],
  ["/", "a/b", false, undefined],
  ["/", "user@localhost", false, undefined],
  ["/", "a\\b", false, undefined],
  ["/", "a?b", false, undefined],
  ["/", "a#b", false, undefined],
  ["*", "localhost", false, undefined],
  ["localhost:443", "localhost", false, undefined],
  ["ftp://localhost/", "localhost", false, undefined],
  ["http:///a", "localhost", false, undefined],
  ["http://user@localhost/", undefined, false, undefined],
  ["a", "localhost", false, undefined],
  ["", "localhost", false, undefined],
];

for (const [target, host, isSecure, uri] of URIS) {
  test(`"${target}" at ${host ?? "no host"}${isSecure ? ", over TLS," : ""} is ${uri ?? "nothing"}`, () => {
    const request = { target, fields: Fields.of({ Host: host }) };
    for (let i = 0; i < 2; i++) equal(keys.uriOf(request, isSecure), uri, i === 0 ? "at first" : "and again");
    equal(keys.of(request, isSecure), uri);
  });
}

test("over TLS it is another resource than without", () => {
  const request = { target: "/", fields: Fields.of({ Host: "localhost" }) };
  notEqual(keys.of(request, true), keys.of(request, false));
});

test("a host over TLS is not the one that is called by an s more", () => {
  const own = new CacheKeys();
  const key = (host: string, isSecure: boolean) => own.of({ target: "/", fields: Fields.of({ Host: host }) }, isSecure);
  for (let i = 0; i < 2; i++) {
    equal(key("example", true), "https://example/");
    equal(key("sexample", false), "http://sexample/");
    equal(key("sother", false), "http://sother/");
    equal(own.inKey("https://other/"), "https://other/");
  }
});

test("of many hosts none is taken for another", () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 1500; i++) {
      const fields = Fields.of({ Host: `h${i}.example` });
      equal(keys.of({ target: "/", fields }, false), `http://h${i}.example/`);
    }
  }
});

const IGNORED: [ignored: readonly string[], target: string, kept: string][] = [
  [["utm_*"], "/a?utm_source=x&b=1&utm_=2", "/a?b=1"],
  [["utm_*"], "/a?utm_source=x", "/a"],
  [["utm_*"], "/a?b=utm_source=x", "/a?b=utm_source=x"],
  [["utm_*"], "/a?xutm_source=x", "/a?xutm_source=x"],
  [["utm_*"], "/utm_source=x", "/utm_source=x"],
  [["a"], "/?a&ab&a=1&b", "/?ab&b"],
  [["a", "b"], "/?c&b=1&a=2", "/?c"],
  [["a.b"], "/?axb=1&a.b=2", "/?axb=1"],
  [["A"], "/?a=1", "/?a=1"],
  [["a"], "/?b=2&&c=3", "/?b=2&&c=3"],
  [["a"], "/?", "/?"],
  [["*"], "/?a=1&b=2", "/"],
  [["a"], "/?%61=1&b", "/?b"],
];

for (const [ignoredQuery, target, path] of IGNORED) {
  test(`without ${ignoredQuery.join(" and ")}, ${target} is ${path}`, () => {
    const fields = Fields.of({ Host: "localhost" });
    equal(withRules({ ignoredQuery }).of({ target, fields }, false), `http://localhost${path}`);
    equal(
      withRules({ ignoredQuery }).of({ target: `http://localhost${target}`, fields }, false),
      `http://localhost${path}`,
    );
  });
}

const MORE: [rules: Partial<KeyRules>, request: Lines, key: string][] = [
  [{ without: ["scheme"] }, {}, "any://localhost:8080/a?b=c"],
  [{ without: ["host"] }, {}, "http://any/a?b=c"],
  [{ without: ["query"] }, {}, "http://localhost:8080/a"],
  [{ without: ["scheme", "host", "query"] }, {}, "any://any/a"],
  [{ withFields: ["x-tenant"] }, { "X-Tenant": "a" }, "http://localhost:8080/a?b=c x-tenant=a"],
  [{ withFields: ["X-Tenant"] }, { "x-tenant": "a" }, "http://localhost:8080/a?b=c X-Tenant=a"],
  [{ withFields: ["foo"] }, { Foo: ["a", "b"] }, "http://localhost:8080/a?b=c foo=a%2Cb"],
  [{ withFields: ["foo"] }, { Foo: "a ,\tb" }, "http://localhost:8080/a?b=c foo=a%2Cb"],
  [{ withFields: ["foo", "bar"] }, { Bar: "1", Foo: "2" }, "http://localhost:8080/a?b=c foo=2 bar=1"],
  // What a client says does not look like another part of the key.
  [{ withFields: ["foo", "bar"] }, { Foo: "1 bar=2" }, "http://localhost:8080/a?b=c foo=1%20bar%3D2 bar"],
  // Absent is not empty.
  [{ withFields: ["foo"] }, {}, "http://localhost:8080/a?b=c foo"],
  [{ withFields: ["foo"] }, { Foo: "" }, "http://localhost:8080/a?b=c foo="],
  [{ withCookies: ["s"] }, { Cookie: "a=1; s=2" }, "http://localhost:8080/a?b=c s=2"],
  [{ withCookies: ["s"] }, { Cookie: "S=2" }, "http://localhost:8080/a?b=c s"],
  [{ withCookies: ["s"] }, { Cookie: "s=" }, "http://localhost:8080/a?b=c s="],
  [
    { without: ["query"], withFields: ["f"], withCookies: ["c"] },
    { F: "1", Cookie: "c=2" },
    "http://localhost:8080/a f=1 c=2",
  ],
];

for (const [rules, request, key] of MORE) {
  test(`by ${JSON.stringify(rules)}, ${JSON.stringify(request)} has the key ${key}`, () => {
    const fields = fieldsOf({ Host: "localhost:8080", ...request });
    equal(withRules(rules).of({ target: "/a?b=c", fields }, false), key);
    equal(withRules(rules).uriOf({ target: "/a?b=c", fields }, false), "http://localhost:8080/a?b=c");
  });
}

const FOUND: [rules: Partial<KeyRules>, uri: string, inKey: string | undefined][] = [
  [{}, "HTTP://LocalHost:80/%7ea", "http://localhost/~a"],
  [{}, "http://localhost", "http://localhost/"],
  [{}, "/a", undefined],
  [{}, "mailto:a@b", undefined],
  [{ ignoredQuery: ["b"] }, "http://localhost/a?b=c&d=e", "http://localhost/a?d=e"],
  [{ without: ["scheme"] }, "https://localhost/a", "any://localhost/a"],
  [{ without: ["query"] }, "http://localhost/a?b", "http://localhost/a"],
  [{ withFields: ["foo"], withCookies: ["c"] }, "http://localhost/a", "http://localhost/a"],
];

for (const [rules, uri, inKey] of FOUND) {
  test(`by ${JSON.stringify(rules)}, ${uri} is found by ${inKey ?? "nothing"}`, () => {
    equal(withRules(rules).inKey(uri), inKey);
  });
}

test("a key begins with what its URI is found by, and has no space before what is added", () => {
  const part = fc.stringMatching(/^[!-~]{0,8}$/);
  const rules = fc.record({
    ignoredQuery: fc.constantFrom([], ["a*"]),
    without: fc.subarray(["scheme", "host", "query"] as const),
    withFields: fc.subarray(["foo"]),
    withCookies: fc.subarray(["c"]),
  });
  fc.assert(
    fc.property(rules, part, part, fc.boolean(), (given, path, value, isSecure) => {
      const own = new CacheKeys(given);
      const request = {
        target: `/${path}`,
        fields: Fields.of({ Host: "localhost", Foo: value, Cookie: `c=${value}` }),
      };
      const key = own.of(request, isSecure)!;
      equal(key.split(" ")[0], own.inKey(own.uriOf(request, isSecure)!));
      equal(key.split(" ").length, 1 + given.withFields.length + given.withCookies.length);
    }),
  );
});

test("no text makes it throw, and what is spelt the normal way stays so", () => {
  const text = fc.oneof(
    fc.string(),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string().map((s) => `/${s}`),
  );
  fc.assert(
    fc.property(text, fc.string(), fc.boolean(), (target, host, isSecure) => {
      const uri = keys.uriOf({ target, fields: Fields.of({ Host: host }) }, isSecure);
      if (uri === undefined) return;
      ok(/^https?:\/\/[^/]+\//.test(uri));
      equal(keys.inKey(uri), uri);
    }),
  );
});
