import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { Fields } from "../../src/http/fields.ts";
import { hostOf, isHost, requireHost, targetForm } from "../../src/http/target.ts";

// Which requests are refused for their target or host stands in reader.test.ts.
const FORMS: [method: string, target: string, form: string][] = [
  ["GET", "/", "origin"],
  ["GET", "//a/b", "origin"],
  ["GET", "/http://a/", "origin"],
  ["GET", "http://a", "absolute"],
  ["GET", "http://a?b", "absolute"],
  ["GET", "HTTPS://[::1]:8443/b?c", "absolute"],
  ["OPTIONS", "*", "asterisk"],
  ["CONNECT", "a:443", "authority"],
  ["CONNECT", "[::1]:443", "authority"],
];

for (const [method, target, form] of FORMS)
  test(`${method} ${target} is in ${form}-form`, () => equal(targetForm(method, target), form));

test("what is a host", () => {
  for (const host of [
    "a",
    "a.b:80",
    "127.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]:1",
    "xn--9t4b11yi5a",
    "a_b",
    "%EC%96%B4",
    "a:",
  ])
    equal(isHost(host), true, host);
  for (const host of ["", ":80", "a:b", "a:99999", "a/b", "a b", "[::1", "::1", "a@b", "a%zz", "<a>", "a:1:2"])
    equal(isHost(host), false, host);
  // The same one again, good or bad, is the same again.
  equal(isHost("a:"), true);
  equal(isHost("a@b"), false);
});

test("HTTP/1.0 may leave the host out", () => {
  requireHost(0, new Fields());
  throws(() => requireHost(1, new Fields()), { status: 400 });
});

test("a target in absolute-form outranks Host", () => {
  equal(hostOf({ target: "http://a:81/x", fields: Fields.of({ Host: "b" }) }), "a:81");
  equal(hostOf({ target: "/x://y", fields: Fields.of({ Host: "b" }) }), "b");
  equal(hostOf({ target: "*", fields: Fields.of({ Host: "b" }) }), "b");
  equal(hostOf({ target: "/", fields: new Fields() }), undefined);
});

for (const [target, why] of [
  ["http://user:password@host/", "its URL holds a user name"],
  ["http://host/#part", "it holds a fragment"],
  ["http://host:99999/", "its URL has not one host, with a port up to 65535"],
  ["http:///path", "its URL has no host"],
  ["menu", "it is neither a path nor a URL"],
] as const) {
  test(`${target} is refused: ${why}`, () => {
    throws(() => targetForm("GET", target), { status: 400, message: `Cannot read the target: ${why}` });
  });
}
