import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { parsePattern } from "../../src/handlers/destination-pattern.ts";
import { destinations } from "../../src/handlers/destinations.ts";
import { permitted } from "../../src/handlers/permitted.ts";
import { Fields } from "../../src/http/fields.ts";
import { exchange, request, textOf } from "./exchange.ts";

const judge = destinations({ deny: [parsePattern("intranet"), parsePattern("*:25")], guardsInside: true });
const door = permitted(() => ({ status: 204, fields: new Fields() }), judge, "house");

const CASES: [line: string, status: number][] = [
  ["GET http://example.com/", 204],
  ["GET http://intranet/", 403],
  ["GET HTTP://INTRANET:8080/a?b", 403],
  ["POST http://intranet/", 403],
  ["GET http://example.com:25/", 403],
  ["GET http://localhost/", 403],
  ["GET http://127.0.0.1/", 403],
  // Whoever stands behind it says what there is to say.
  ["CONNECT intranet:443", 204],
  ["GET /", 204],
  ["OPTIONS *", 204],
  ["GET ftp://intranet/", 204],
];

for (const [line, status] of CASES) {
  test(`${line}: ${status}`, async () => {
    const answer = await door(request(line), exchange());
    equal(answer.status, status);
    if (status === 403) match(answer.fields.get("proxy-status")!, /^house; error=http_request_denied/);
    if (line === "GET http://intranet/") match(await textOf(answer), /--deny intranet/);
  });
}
