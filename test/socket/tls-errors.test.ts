import { equal } from "node:assert/strict";
import { test } from "node:test";
import { disagreement, distrust } from "../../src/socket/tls-errors.ts";

for (const [code, reason] of [
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for other names"],
  ["CERT_CHAIN_TOO_LONG", "its certificate is not in order (CERT_CHAIN_TOO_LONG)"],
  ["constructor", "its certificate is not in order (constructor)"],
] as const) {
  test(`of a certificate, ${code} is told as: ${reason}`, () => {
    const error = distrust("example.com", { code });
    equal(error.kind, "certificate");
    equal(error.message, `Cannot trust example.com: ${reason}`);
  });
}

for (const [code, kind, reason] of [
  ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "alert", 'it answered by the alert "handshake failure"'],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "alert", 'it answered by the alert "protocol version"'],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "protocol", "it does not speak TLS, or a version that is no longer safe"],
  ["ERR_SSL_BAD_EXTENSION", "protocol", "bad extension"],
] as const) {
  test(`of a handshake, ${code} is told as: ${reason}`, () => {
    const error = disagreement("example.com", { code, reason: "bad extension" });
    equal(error.kind, kind);
    equal(error.message, `Cannot speak TLS with example.com: ${reason}`);
  });
}
