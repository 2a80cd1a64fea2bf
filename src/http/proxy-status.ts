/** What went wrong between a proxy and the server behind it, by the names of RFC 9209 §2.3. */

/** RFC 9209 §2.3, in its order: the error types, and the status that each recommends. */
const ERROR_TYPES = {
  dns_timeout: 504,
  dns_error: 502,
  destination_not_found: 500,
  destination_unavailable: 503,
  destination_ip_prohibited: 502,
  destination_ip_unroutable: 502,
  connection_refused: 502,
  connection_terminated: 502,
  connection_timeout: 504,
  connection_read_timeout: 504,
  connection_write_timeout: 504,
  connection_limit_reached: 503,
  tls_protocol_error: 502,
  tls_certificate_error: 502,
  tls_alert_received: 502,
  http_request_error: 400,
  http_request_denied: 403,
  http_response_incomplete: 502,
  http_response_header_section_size: 502,
  http_response_header_size: 502,
  http_response_body_size: 502,
  http_response_trailer_section_size: 502,
  http_response_trailer_size: 502,
  http_response_transfer_coding: 502,
  http_response_content_coding: 502,
  http_response_timeout: 504,
  http_upgrade_failed: 502,
  http_protocol_error: 502,
  proxy_internal_response: 502,
  proxy_internal_error: 500,
  proxy_configuration_error: 500,
  proxy_loop_detected: 502,
} as const;

export type ProxyErrorType = keyof typeof ERROR_TYPES;

/**
 * The status one answers with, unless there is a better one.
 *
 * @example
 * statusOf("connection_timeout"); // 504
 */
export const statusOf = (type: ProxyErrorType): number => ERROR_TYPES[type];

/**
 * What a proxy says of an answer it had to make itself: its name, what went wrong, and more about that for people
 * (§2, §2.1.1, §2.1.5), as a list of one structured item (RFC 9651).
 *
 * @example
 * proxyStatus("maitred", "connection_refused", "Nobody listens on [::1]:3000");
 * // 'maitred; error=connection_refused; details="Nobody listens on [::1]:3000"'
 */
export function proxyStatus(name: string, type: ProxyErrorType, details?: string): string {
  const error = `${TOKEN.test(name) ? name : printString(name)}; error=${type}`;
  return details === undefined ? error : `${error}; details=${printString(details)}`;
}

/** sf-token (RFC 9651 §3.3.4). */
const TOKEN = /^[A-Za-z*][!#$%&'*+.^_`|~\w:/-]*$/;

/** sf-string (RFC 9651 §3.3.3) is printable ASCII; a letter that is none becomes a question mark. */
const printString = (text: string): string => `"${text.replace(/[^\x20-\x7e]/gu, "?").replace(/["\\]/g, "\\$&")}"`;
