import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { route } from "../../src/handlers/route.ts";
import { Fields } from "../../src/http/fields.ts";
import { ProtocolError } from "../../src/http/message.ts";
import type { Answer, Handler } from "../../src/web/handler.ts";
import { exchange, request } from "./exchange.ts";

/** A handler for each pattern, which answers with the pattern. */
function table(...patterns: string[]): Handler {
  const named =
    (name: string): Handler =>
    () => ({ status: 200, reason: name, fields: new Fields() });
  return route(Object.fromEntries(patterns.map((pattern) => [pattern, named(pattern)])));
}

const ask = (handler: Handler, line: string): Answer => handler(request(line), exchange()) as Answer;

const HOUSE = table(
  "/",
  "/api/",
  "/api/health",
  "GET /menu",
  "POST /orders",
  "GET /orders",
  "PURGE /cache/",
  "GET /cache/",
  "/cache/",
);

const FOUND: [line: string, pattern: string][] = [
  ["GET /", "/"],
  ["GET /index.html", "/"],
  ["DELETE /deep/down", "/"],
  ["GET /api/", "/api/"],
  ["GET /api/x/y", "/api/"],
  ["GET /api", "/"],
  ["GET /apix", "/"],
  ["GET /api/health", "/api/health"],
  ["GET /api/health/", "/api/"],
  ["GET /api/health/x", "/api/"],
  ["GET /menu?today", "GET /menu"],
  ["HEAD /menu", "GET /menu"],
  ["POST /orders", "POST /orders"],
  ["GET /orders", "GET /orders"],
  ["PURGE /cache/a", "PURGE /cache/"],
  ["PUT /cache/a", "/cache/"],
  ["GET http://example.org/menu", "GET /menu"],
  // However it is spelt.
  ["GET /x/../api/y", "/api/"],
  ["GET /x/%2e%2e/api/y", "/api/"],
  ["GET /%61pi//y", "/api/"],
  ["GET /api/../menu", "GET /menu"],
  ["OPTIONS *", "/"],
  ["CONNECT example.org:443", "/"],
];

for (const [line, pattern] of FOUND) {
  test(`${line} is for ${pattern}`, () => equal(ask(HOUSE, line).reason, pattern));
}

const REFUSED: [line: string, status: number, allow: string | undefined][] = [
  ["POST /menu", 405, "GET, HEAD, OPTIONS"],
  ["TRACE /menu", 405, "GET, HEAD, OPTIONS"],
  ["PURGE /menu", 405, "GET, HEAD, OPTIONS"],
  ["PUT /orders", 405, "POST, GET, HEAD, OPTIONS"],
  ["OPTIONS /orders", 204, "POST, GET, HEAD, OPTIONS"],
  ["BREW /menu", 501, undefined],
  ["get /menu", 501, undefined],
];

for (const [line, status, allow] of REFUSED) {
  test(`${line} is answered ${status}${allow ? ` and told ${allow}` : ""}`, () => {
    const answer = ask(HOUSE, line);
    equal(answer.status, status);
    equal(answer.fields.get("allow"), allow);
  });
}

test("who answers OPTIONS is asked", () => {
  const handler = table("GET /a", "OPTIONS /a");
  equal(ask(handler, "OPTIONS /a").reason, "OPTIONS /a");
  equal(ask(handler, "PUT /a").fields.get("allow"), "GET, OPTIONS, HEAD");
});

test("where no pattern fits, nothing is found", () => {
  const handler = table("/a", "/b/");
  for (const line of ["GET /", "GET /c", "GET /a/", "GET /b", "OPTIONS *", "CONNECT a:443"])
    equal(ask(handler, line).status, 404);
});

test("what cannot be a path is the client's fault", () => {
  for (const target of ["/%zz", "/a\\b", "/api%2Fy", "x"]) throws(() => ask(HOUSE, `GET ${target}`), ProtocolError);
});

test("request, exchange and answer pass as they are", () => {
  const answer: Answer = { status: 200, fields: new Fields() };
  const seen: unknown[] = [];
  const handler = route({
    "/": (...given) => {
      seen.push(...given);
      return answer;
    },
  });
  const given = [request("GET /"), exchange()] as const;
  equal(handler(...given), answer);
  deepEqual([seen[0] === given[0], seen[1] === given[1]], [true, true]);
});

for (const pattern of ["", "a", "GET", "GET  /a", "GET /a b", "/a?b", "/a#b", "G(T /", "*"]) {
  test(`"${pattern}" is no pattern`, () => {
    throws(() => table(pattern), {
      name: "TypeError",
      message: `Cannot route "${pattern}": it is neither "/path" nor "METHOD /path"`,
    });
  });
}

test("whatever the order of the table, the same handler answers", () => {
  const patterns = ["/", "/a/", "/a/b", "/a/b/", "GET /a/b/c", "POST /a/b/c", "/a/b/c"];
  const targets = fc
    .array(fc.constantFrom("a", "b", "c", "", ".."), { maxLength: 5 })
    .map((parts) => `/${parts.join("/")}`);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(patterns, { minLength: patterns.length }),
      targets,
      fc.constantFrom("GET", "PUT", "POST"),
      (shuffled, target, method) => {
        equal(
          ask(table(...shuffled), `${method} ${target}`).reason,
          ask(table(...patterns), `${method} ${target}`).reason,
        );
      },
    ),
  );
});
