import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import {
  type ConnectWords,
  type ListenWords,
  readConnectWords,
  readListenWords,
} from "../../src/socket/node-net-words.ts";

const LOCAL = { host: "localhost", port: 80 };

for (const [words, at, from] of [
  [[80], LOCAL],
  [["80"], LOCAL],
  [[80, "server"], { host: "server", port: 80 }],
  [[80, undefined], LOCAL],
  [["/run/a.sock"], { path: "/run/a.sock" }],
  [[{ port: 80 }], LOCAL],
  [[{ port: "80", host: "server" }], { host: "server", port: 80 }],
  [[{ path: "/run/a.sock", port: 80 }], { path: "/run/a.sock" }],
  [[{ port: 80, localAddress: "10.0.0.1" }], LOCAL, { host: "10.0.0.1", port: 0 }],
  [[{ port: 80, localPort: 1024 }], LOCAL, { host: "0.0.0.0", port: 1024 }],
] as readonly (readonly [ConnectWords, object, object?])[]) {
  test(`connect(${JSON.stringify(words).slice(1, -1)})`, () => {
    const listener = (): void => {};
    for (const given of [undefined, listener]) {
      const read = readConnectWords(given === undefined ? words : [...words, given]);
      deepEqual([read.at, read.from, read.listener, read.timeout], [at, from, given, undefined]);
    }
  });
}

for (const [words, at, backlog] of [
  [[], { host: "0.0.0.0", port: 0 }],
  [[80], { host: "0.0.0.0", port: 80 }],
  [[80, "::"], { host: "0.0.0.0", port: 80 }],
  [[80, "10.0.0.1"], { host: "10.0.0.1", port: 80 }],
  [[80, "10.0.0.1", 5], { host: "10.0.0.1", port: 80 }, 5],
  [[80, 5], { host: "0.0.0.0", port: 80 }, 5],
  [["/run/a.sock", 5], { path: "/run/a.sock" }, 5],
  [[{ port: 80, host: "10.0.0.1", backlog: 7 }], { host: "10.0.0.1", port: 80 }, 7],
  [[{ path: "/run/a.sock" }], { path: "/run/a.sock" }],
] as readonly (readonly [ListenWords, object, number?])[]) {
  test(`listen(${JSON.stringify(words).slice(1, -1)})`, () => {
    const listener = (): void => {};
    for (const given of [undefined, listener]) {
      const read = readListenWords(given === undefined ? words : [...words, given]);
      deepEqual([read.at, read.backlog, read.listener], [at, backlog, given]);
    }
  });
}

test("how long to wait may be said with the rest", () => {
  equal(readConnectWords([{ port: 80, timeout: 1000 }]).timeout, 1000);
});

for (const port of [-1, 65_536, 1.5, "8o", "", undefined]) {
  test(`${port} is no port`, () => {
    throws(() => readConnectWords([{ port }]), { name: "RangeError", code: "ERR_SOCKET_BAD_PORT" });
  });
}
