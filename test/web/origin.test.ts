import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../../src/socket/socket.ts";
import { originAt } from "../../src/web/origin.ts";

const TABLE: [address: Address, secure: boolean, authority: string, key: string][] = [
  [{ host: "example.com", port: 80 }, false, "example.com", "http://example.com:80"],
  [{ host: "example.com", port: 8080 }, false, "example.com:8080", "http://example.com:8080"],
  [{ host: "example.com", port: 443 }, true, "example.com", "https://example.com:443"],
  // Each scheme has a port of its own.
  [{ host: "example.com", port: 443 }, false, "example.com:443", "http://example.com:443"],
  [{ host: "example.com", port: 80 }, true, "example.com:80", "https://example.com:80"],
  [{ host: "10.0.0.1", port: 80 }, false, "10.0.0.1", "http://10.0.0.1:80"],
  [{ host: "::1", port: 80 }, false, "[::1]", "http://[::1]:80"],
  [{ host: "::1", port: 3000 }, false, "[::1]:3000", "http://[::1]:3000"],
  [{ path: "/run/app.sock" }, false, "localhost", "http:///run/app.sock"],
  [{ path: "/run/app.sock" }, true, "localhost", "https:///run/app.sock"],
];

for (const [address, secure, authority, key] of TABLE) {
  test(`${key} goes by the name of ${authority}`, () => {
    deepEqual(originAt(address, secure), { secure, address, authority, key });
  });
}
