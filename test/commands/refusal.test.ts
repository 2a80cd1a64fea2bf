import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Refusal, whyNotListening } from "../../src/commands/refusal.ts";
import { type Address, SocketError, type SocketErrorCode } from "../../src/socket/socket.ts";

const CASES: [code: SocketErrorCode, address: Address, message: string][] = [
  [
    "EADDRINUSE",
    { host: "localhost", port: 8080 },
    "Cannot listen on localhost:8080: something else listens there (--port chooses another port)",
  ],
  [
    "EACCES",
    { host: "::1", port: 80 },
    "Cannot listen on [::1]:80: that takes more rights than you have (ports from 1024 on are free to all: --port 8080)",
  ],
  [
    "EADDRNOTAVAIL",
    { host: "192.0.2.1", port: 80 },
    "Cannot listen on 192.0.2.1:80: this machine does not have that address (--lan means all it has)",
  ],
  ["ENOTFOUND", { host: "nowhere.invalid", port: 80 }, "Cannot listen on nowhere.invalid:80: there is no such host"],
  [
    "EADDRINUSE",
    { path: "/tmp/door" },
    "Cannot listen on /tmp/door: something is there already (if nobody listens any more, delete it)",
  ],
  ["ENOENT", { path: "/nowhere/door" }, "Cannot listen on /nowhere/door: there is no such folder"],
  ["EACCES", { path: "/door" }, "Cannot listen on /door: you may not write in that folder"],
  // What nobody thought of is told as it came.
  ["EMFILE", { host: "localhost", port: 80 }, "Cannot listen on localhost:80: as it came"],
];

for (const [code, address, message] of CASES) {
  test(message, () => {
    const cause = new SocketError(code, "as it came");
    const refusal = whyNotListening(cause, address);
    ok(refusal instanceof Refusal);
    equal(refusal.message, message);
    equal(refusal.cause, cause);
  });
}

test("what is no matter of the address stays what it is", () => {
  const error = new TypeError("a slip of ours");
  equal(whyNotListening(error, { path: "/tmp/door" }), error);
});
