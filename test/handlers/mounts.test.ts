import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { mounts } from "../../src/handlers/mounts.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Handler } from "../../src/web/handler.ts";
import { exchange, request } from "./exchange.ts";
import { DATE, proxyScene, reverse } from "./proxy-scene.ts";

/** Answers with its name. */
const called =
  (reason: string): Handler =>
  () => ({ status: 200, reason, fields: new Fields() });

const house = mounts(
  called("files"),
  ["/api", "/api/v2", "/a%20b", "/caf%C3%A9", "/ws"].map((path) => ({ path, handler: called(path) })),
);

const LIES: [line: string, where: string][] = [
  ["GET /", "files"],
  ["GET /index.html", "files"],
  ["GET /api", "/api"],
  ["GET /api?x=/ws", "/api"],
  ["GET /api/", "/api"],
  ["GET /api/x", "/api"],
  ["GET /apix", "files"],
  ["GET /API/x", "files"],
  ["GET /x/api", "files"],
  ["GET /api/v2", "/api/v2"],
  ["GET /api/v2/x", "/api/v2"],
  ["GET /api/v20", "/api"],
  ["GET /a%20b/c", "/a%20b"],
  ["GET http://here.test/api/x", "/api"],
  ["GET http://here.test", "files"],
  ["PROPFIND /api/x", "/api"],
  ["BREW /api/x", "/api"],
  ["OPTIONS /api", "/api"],
  ["OPTIONS *", "files"],
  ["CONNECT here.test:443", "files"],
  // in whatever spelling
  ["GET /%61pi/x", "/api"],
  ["GET /ap%69", "/api"],
  ["GET //api/x", "/api"],
  ["GET /./api/x", "/api"],
  ["GET /%2e/api/x", "/api"],
  ["GET /x/../api/x", "/api"],
  ["GET /api/v%32/x", "/api/v2"],
  ["GET /api/./v2/x", "/api/v2"],
  ["GET /%61%20b", "/a%20b"],
  ["GET /caf%c3%a9/x", "/caf%C3%A9"],
  ["GET /caf\xc3\xa9/x", "/caf%C3%A9"],
  // and out of it again
  ["GET /api/../x", "files"],
  ["GET /api/%2e%2E/x", "files"],
  ["GET /api/v2/../x", "/api"],
  ["GET /api/x/../../ws", "/ws"],
  ["GET /api//../x", "files"],
  // what a percent sign means behind the mount is the other server's affair
  ["GET /api/a%2Fb", "/api"],
  ["GET /api/a%zz", "/api"],
  ["GET /api/%ff", "/api"],
  ["GET /api/v2%2fx", "/api"],
  ["GET /x%zz", "files"],
];

for (const [line, where] of LIES) {
  test(`${line} is answered by ${where}`, () => {
    const answer = house(request(line), exchange());
    equal("reason" in answer && answer.reason, where);
  });
}

for (const [line, status] of [
  ["GET /api/..%2fx", 404],
  ["GET /api/%2e%2e%2fx", 404],
  ["GET /api/..%5cx", 400],
  ["GET /./x%zz", 400],
] as const) {
  test(`${line} is refused with ${status}`, () =>
    throws(() => house(request(line), exchange()), { name: "ProtocolError", status }));
}

test("a mount for all paths leaves nothing for the rest", () => {
  const all = mounts(called("files"), [{ path: "", handler: called("all") }]);
  for (const target of ["/", "/x", "/./x", "http://here.test"]) {
    const answer = all(request(`GET ${target}`), exchange());
    equal("reason" in answer && answer.reason, "all");
  }
});

test("files and another server in one house: its path, or one of its own in place of it", () =>
  proxyScene(
    (means) =>
      mounts(called("files"), [
        { path: "/api", handler: reverse(["origin.test:80"], { prefix: "/api", forwarded: "none" })(means) },
        { path: "/v", handler: reverse(["http://origin.test/v1"], { prefix: "/v", forwarded: "none" })(means) },
      ]),
    async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", "Host: here.test", "", "");
      await client.hears("HTTP/1.1 200 files", "Content-Length: 0", DATE, "", "");
      await client.says("PROPFIND /api/a%2Fb HTTP/1.1", "Host: here.test", "", "");
      const origin = await upstream();
      await origin.hears("PROPFIND /api/a%2Fb HTTP/1.1", "Host: here.test");
      await origin.hearsLike(/\r\n\r\n/);
      await origin.says("HTTP/1.1 204 No Content", "", "");
      await client.hearsLike(/^HTTP\/1.1 204 No Content\r\n[\s\S]*?\r\n\r\n/);
      await client.says("GET /x/../v/%61/?b HTTP/1.1", "Host: here.test", "", "");
      await origin.hears("GET /v1/a/?b HTTP/1.1", "Host: here.test");
      await origin.says("HTTP/1.1 302 Found", "Location: /v1/login", "Content-Length: 0", "", "");
      await client.hears("HTTP/1.1 302 Found", "Location: /v/login");
    },
  ));
