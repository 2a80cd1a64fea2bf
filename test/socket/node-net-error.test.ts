import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { nodeNetError } from "../../src/socket/node-net-error.ts";
import { SocketError, type SocketErrorCode } from "../../src/socket/socket.ts";

for (const [code, syscall, at, expected] of [
  [
    "ECONNREFUSED",
    "connect",
    { host: "10.0.0.1", port: 80 },
    { message: "connect ECONNREFUSED 10.0.0.1:80", errno: -111, address: "10.0.0.1", port: 80 },
  ],
  ["ENOENT", "connect", { path: "/run/a" }, { message: "connect ENOENT /run/a", errno: -2, address: "/run/a" }],
  ["ECONNRESET", "read", undefined, { message: "read ECONNRESET", errno: -104 }],
] as const) {
  test(`${syscall}: ${code}`, () => {
    const cause = new SocketError(code as SocketErrorCode, "Cannot");
    const { message, stack: _, cause: because, ...details } = nodeNetError(cause, syscall, at) as Error & object;
    deepEqual({ message, ...details }, { code, syscall, ...expected });
    equal(because, cause);
  });
}

test("a name without address is the resolver's matter", () => {
  const error = nodeNetError(new SocketError("ENOTFOUND", "Cannot find"), "connect", { host: "nobody", port: 80 });
  deepEqual(
    { ...error, message: error.message },
    {
      message: "getaddrinfo ENOTFOUND nobody",
      code: "ENOTFOUND",
      errno: -3008,
      syscall: "getaddrinfo",
      hostname: "nobody",
    },
  );
});

test("a caller's mistake stays what it is", () => {
  const mistake = new RangeError("no port");
  equal(nodeNetError(mistake, "connect"), mistake);
});
