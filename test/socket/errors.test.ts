import { equal } from "node:assert/strict";
import { test } from "node:test";
import { errorOf, socketError } from "../../src/socket/errors.ts";
import { SocketError } from "../../src/socket/socket.ts";

const WHAT = "Cannot connect to 127.0.0.1:1";

const CASES: [code: string, ours: string, message: string][] = [
  ["ECONNREFUSED", "ECONNREFUSED", `${WHAT}: nobody listens there`],
  ["EAI_AGAIN", "ENOTFOUND", `${WHAT}: there is no such host`],
  ["EPERM", "EACCES", `${WHAT}: permission denied`],
  ["ENFILE", "EMFILE", `${WHAT}: too many files are open`],
  ["ERR_STREAM_DESTROYED", "ECONNABORTED", `${WHAT}: the socket was closed here`],
  ["EODD", "ECONNRESET", `${WHAT}: an odd thing`],
  // Names of every object are no names of errors.
  ["constructor", "ECONNRESET", `${WHAT}: an odd thing`],
];

for (const [code, ours, message] of CASES) {
  test(`${code} is ${ours}`, () => {
    const error = socketError(Object.assign(new Error("an odd thing"), { code }), WHAT) as SocketError;
    equal(error instanceof SocketError, true);
    equal(error.code, ours);
    equal(error.message, message);
  });
}

test("an error without a code is told in its own words", () => {
  const error = socketError(new Error("an odd thing"), WHAT) as SocketError;
  equal(error.code, "ECONNRESET");
  equal(error.message, `${WHAT}: an odd thing`);
});

test("errors of ours, and the caller's mistakes, stay what they are", () => {
  for (const error of [errorOf("EPIPE", "Cannot write"), new RangeError("Port should be < 65536")]) {
    equal(socketError(error, WHAT), error);
  }
});
