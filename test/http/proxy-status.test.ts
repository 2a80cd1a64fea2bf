import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { proxyStatus, statusOf } from "../../src/http/proxy-status.ts";

test("each error has the status that RFC 9209 recommends", () => {
  equal(statusOf("connection_refused"), 502);
  equal(statusOf("connection_timeout"), 504);
  equal(statusOf("http_request_denied"), 403);
  equal(statusOf("proxy_loop_detected"), 502);
});

const CASES: [what: string, name: string, details: string | undefined, value: string][] = [
  ["no details", "maitred", undefined, "maitred; error=dns_error"],
  ["details", "maitred", "no such name", 'maitred; error=dns_error; details="no such name"'],
  ["no words for them", "maitred", "", 'maitred; error=dns_error; details=""'],
  ["quotes and backslashes", "maitred", 'a "b" \\', 'maitred; error=dns_error; details="a \\"b\\" \\\\"'],
  ["letters beyond ASCII", "maitred", "메뉴 für 🍕\r\n\x7f", 'maitred; error=dns_error; details="?? f?r ????"'],
  ["a name that is a host with its port", "a.example:80/x", undefined, "a.example:80/x; error=dns_error"],
  ["a name that begins with a star", "*a", undefined, "*a; error=dns_error"],
  ["a name that begins with a digit", "10.0.0.1", undefined, '"10.0.0.1"; error=dns_error'],
  ["a name of two words", "my proxy", undefined, '"my proxy"; error=dns_error'],
  ["no name", "", undefined, '""; error=dns_error'],
];

for (const [what, name, details, value] of CASES) {
  test(`Proxy-Status with ${what}`, () => {
    equal(proxyStatus(name, "dns_error", details), value);
  });
}

test("whatever is said, it is one item of printable ASCII", () => {
  const STRING = '"(?:[ !#-\\[\\]-~]|\\\\["\\\\])*"';
  const item = new RegExp(`^(?:[A-Za-z*][!#$%&'*+.^_\`|~\\w:/-]*|${STRING}); error=dns_error; details=${STRING}$`);
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, text, (name, details) => match(proxyStatus(name, "dns_error", details), item)));
});
