/** What OpenSSL's and Node's errors are called behind the door, in words for people. */

import { TlsError } from "./socket.ts";

/** By the codes of Node and of OpenSSL's X509_verify_cert_error_string. */
const DISTRUST: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_REVOKED: "its certificate was revoked",
  CERT_UNTRUSTED: "its certificate is not to be trusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for other names",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by somebody unknown",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is signed by somebody unknown",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by somebody unknown",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by somebody unknown",
};

/**
 * Of a certificate that is not to be believed.
 *
 * @example
 * distrust("example.com", { code: "CERT_HAS_EXPIRED" }).message;
 * // "Cannot trust example.com: its certificate has expired"
 */
export function distrust(name: string, { code = "", message = "" }: { code?: string; message?: string }): TlsError {
  const reason = Object.hasOwn(DISTRUST, code)
    ? DISTRUST[code]
    : `its certificate is not in order (${code || message})`;
  return new TlsError("certificate", `Cannot trust ${name}: ${reason}`);
}

/**
 * Of a conversation that came to nothing: the peer said so by an alert (RFC 8446 §6), or it does not speak TLS.
 *
 * @example
 * disagreement("localhost", { code: "ERR_SSL_WRONG_VERSION_NUMBER", reason: "wrong version number" }).message;
 * // "Cannot speak TLS with localhost: it does not speak TLS, or a version that is no longer safe"
 */
export function disagreement(name: string, { code = "", reason, message = "" }: OpenSslError): TlsError {
  const what = `Cannot speak TLS with ${name}`;
  const [, alert] = /_ALERT_(\w+)$/.exec(code) ?? [];
  if (alert !== undefined) {
    return new TlsError("alert", `${what}: it answered by the alert "${alert.toLowerCase().replaceAll("_", " ")}"`);
  }
  if (STRANGE.test(code)) {
    return new TlsError("protocol", `${what}: it does not speak TLS, or a version that is no longer safe`);
  }
  return new TlsError("protocol", `${what}: ${reason ?? message}`);
}

export interface OpenSslError {
  readonly code?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What OpenSSL says to a first answer in which it sees no record of a version it speaks. */
const STRANGE =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|BAD_RECORD_TYPE|RECORD_LAYER_FAILURE)$/;
