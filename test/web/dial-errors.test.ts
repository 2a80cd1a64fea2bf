import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { SocketError, type SocketErrorCode, TlsError } from "../../src/socket/socket.ts";
import { failureOf, mostTelling } from "../../src/web/dial-errors.ts";

const error = (code: SocketErrorCode) => new SocketError(code, `Cannot connect to 10.0.0.1:80: it failed`);

for (const [code, type] of [
  ["ENOTFOUND", "dns_error"],
  ["ECONNREFUSED", "connection_refused"],
  ["ECONNRESET", "connection_terminated"],
  ["ETIMEDOUT", "connection_timeout"],
  ["ENETUNREACH", "destination_ip_unroutable"],
  ["EHOSTUNREACH", "destination_ip_unroutable"],
  ["EADDRNOTAVAIL", "destination_ip_unroutable"],
  ["EAFNOSUPPORT", "destination_ip_unroutable"],
  ["ENOENT", "destination_unavailable"],
  ["EACCES", "destination_unavailable"],
  ["EMFILE", "proxy_internal_error"],
  ["EINVAL", "proxy_internal_error"],
] as const) {
  test(`${code} is a ${type}, whose reason is for people`, () => {
    const failure = failureOf(error(code));
    equal(failure.type, type);
    equal(/E[A-Z]+|10\.0/.test(failure.reason), false);
  });
}

for (const [kind, type] of [
  ["certificate", "tls_certificate_error"],
  ["alert", "tls_alert_received"],
  ["protocol", "tls_protocol_error"],
] as const) {
  test(`what TLS calls ${kind} is a ${type}, with its reason`, () =>
    deepEqual(failureOf(new TlsError(kind, "Cannot trust ::1: it is: odd")), { type, reason: "it is: odd" }));
}

test("that a name has no address may have its own reason", () =>
  deepEqual(failureOf(new SocketError("ENOTFOUND", "Cannot find x.test: no name server answers")), {
    type: "dns_error",
    reason: "no name server answers",
  }));

test("what nobody expected is an error of our own, of which nothing is told", () =>
  deepEqual(failureOf(new TypeError("secret")), { type: "proxy_internal_error", reason: "something went wrong here" }));

for (const [codes, telling] of [
  [["ENETUNREACH", "ECONNREFUSED"], "ECONNREFUSED"],
  [["EADDRNOTAVAIL", "ECONNREFUSED", "ENETUNREACH"], "ECONNREFUSED"],
  [["ECONNREFUSED", "ETIMEDOUT"], "ETIMEDOUT"],
  [["EHOSTUNREACH"], "EHOSTUNREACH"],
  [["ECONNREFUSED", "EINVAL"], "EINVAL"],
] as const) {
  test(`of ${codes.join(", ")}, ${telling} says most`, () =>
    equal((mostTelling(codes.map(error)) as SocketError).code, telling));
}
