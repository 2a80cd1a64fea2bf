import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { ownMachine } from "../../src/handlers/own-machine.ts";
import { Fields } from "../../src/http/fields.ts";
import { exchange, request, textOf } from "./exchange.ts";

const own = ownMachine(() => ({ status: 204, fields: new Fields() }));
const HOST = { Host: "localhost:3129" };
const VISIT = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };

const CASES: [what: string, line: string, fields: Record<string, string>, status: number][] = [
  ["a program", "POST /purge", HOST, 204],
  ["a program of HTTP/1.0", "GET /", {}, 204],
  ["127.0.0.1", "GET /", { Host: "127.0.0.1:3129" }, 204],
  ["all of 127.0.0.0/8", "GET /", { Host: "127.9.9.9" }, 204],
  ["::1", "GET /", { Host: "[::1]:3129" }, 204],
  ["LocalHost", "GET /", { Host: "LocalHost" }, 204],
  ["a name that leads here (DNS rebinding)", "GET /", { Host: "evil.example:3129" }, 403],
  ["a name that looks like ours", "GET /", { Host: "localhost.evil.example" }, 403],
  ["a name that begins as an address", "GET /", { Host: "127.0.0.1.evil.example" }, 403],
  ["a URL of another host", "GET http://evil.example/", HOST, 403],
  ["the network's address", "GET /", { Host: "192.168.1.1:3129" }, 403],
  ["an own page", "POST /purge", { ...HOST, Origin: "http://localhost:3129", "Sec-Fetch-Site": "same-origin" }, 204],
  ["a page of another host", "POST /purge", { ...HOST, Origin: "http://evil.example" }, 403],
  ["a page of another port", "POST /purge", { ...HOST, Origin: "http://localhost:8080" }, 403],
  ["a page of nowhere", "POST /purge", { ...HOST, Origin: "null" }, 403],
  ["a page that does not say which", "POST /purge", { ...HOST, "Sec-Fetch-Site": "cross-site" }, 403],
  ["a page of the same site", "POST /purge", { ...HOST, "Sec-Fetch-Site": "same-site" }, 403],
  ["a form of another site", "POST /purge", { ...HOST, ...VISIT, "Sec-Fetch-Site": "cross-site" }, 403],
  ["an image of another site", "GET /", { ...HOST, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }, 403],
  [
    "a frame of another site",
    "GET /",
    { ...HOST, ...VISIT, "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site" },
    403,
  ],
  ["a link of another site", "GET /", { ...HOST, ...VISIT, "Sec-Fetch-Site": "cross-site" }, 204],
  ["who typed the address", "GET /", { ...HOST, ...VISIT, "Sec-Fetch-Site": "none" }, 204],
];

for (const [what, line, fields, status] of CASES) {
  test(`${what}: ${status}`, async () => {
    const answer = await own(request(line, fields), exchange());
    equal(answer.status, status);
    if (status === 403)
      match(await textOf(answer), /^403 Forbidden: (This is for who asks for localhost|Pages of another origin)/);
  });
}

test("by a Unix-domain socket no browser comes, whatever the name", async () => {
  const local = { path: "/run/admin.sock" };
  equal((await own(request("GET /", { Host: "anything" }), exchange({ local }))).status, 204);
});
