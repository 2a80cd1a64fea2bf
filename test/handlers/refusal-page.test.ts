import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { refusalPage, refuse } from "../../src/handlers/refusal-page.ts";
import type { ProxyErrorType } from "../../src/http/proxy-status.ts";
import { UpstreamError } from "../../src/web/upstream-error.ts";
import { request, textOf } from "./exchange.ts";

const STATUSES: readonly [ProxyErrorType, number][] = [
  ["dns_error", 502],
  ["dns_timeout", 504],
  ["connection_refused", 502],
  ["connection_timeout", 504],
  ["connection_limit_reached", 503],
  ["destination_ip_prohibited", 403],
  ["http_request_denied", 403],
  ["http_response_timeout", 504],
  ["tls_certificate_error", 502],
  ["proxy_loop_detected", 502],
];

for (const [type, status] of STATUSES) {
  test(`${type} is answered ${status}`, () => {
    equal(refuse(type, "for a reason", request("GET /"), "maitred").status, status);
  });
}

test("the page says what was tried, and Proxy-Status says it to programs", async () => {
  const tried = ["[::1]:3000: nobody listens there", "127.0.0.1:3000: nobody listens there"];
  const error = new UpstreamError("connection_refused", "Cannot reach localhost:3000: nobody listens there", { tried });
  const answer = refusalPage(error, request("GET /"), "maitred");
  match(
    await textOf(answer),
    /^502 Bad Gateway: Cannot reach localhost:3000.*\(tried \[::1\]:3000: nobody listens there; 127\.0\.0\.1:3000: nobody listens there\)\n$/,
  );
  match(
    answer.fields.get("proxy-status")!,
    /^maitred; ?error=connection_refused; ?details="Cannot reach localhost:3000/,
  );
});

test("one address alone is not told twice", async () => {
  const error = new UpstreamError("connection_refused", "Cannot reach 127.0.0.1:3000: nobody listens there", {
    tried: ["127.0.0.1:3000: nobody listens there"],
  });
  const answer = refusalPage(error, request("GET /", { accept: "text/html" }), "maitred");
  match(await textOf(answer), /<p>Cannot reach 127\.0\.0\.1:3000: nobody listens there<\/p>/);
});

test("who is refused for want of room may come again", () => {
  equal(refuse("connection_limit_reached", "full", request("GET /"), "maitred").fields.get("retry-after"), "5");
});
