import { equal } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { type Machine, realWork } from "../../src/socket/simulated-io.ts";

/** A machine on which the test says what goes on. */
function machine(): Machine & { names: string[]; happened: number; time: number } {
  const it = {
    names: [] as string[],
    happened: 0,
    time: 0,
    resources: () => it.names,
    events: () => it.happened,
    now: () => it.time,
  };
  return it;
}

for (const [name, isWaitedFor] of [
  ["FSReqCallback", true],
  ["FSReqPromise", true],
  ["CloseReq", true],
  ["GetAddrInfoReqWrap", true],
  ["QueryWrap", true],
  ["ConnectWrap", true],
  ["WriteWrap", true],
  ["ShutdownWrap", true],
  ["ProcessWrap", true],
  ["PipeWrap", true],
  ["TCPSocketWrap", true],
  ["TCPServerWrap", false],
  ["TTYWrap", false],
  ["FSEventWrap", false],
  ["Timeout", false],
  ["Immediate", false],
] as const) {
  test(`${name}: ${isWaitedFor ? "it is waited for" : "nobody waits for it"}`, () => {
    const it = machine();
    const isBusy = realWork(it);
    it.names = [name];
    equal(isBusy(), isWaitedFor);
    it.names = [];
    equal(isBusy(), false);
  });
}

test("what was there at the beginning is not waited for, but what comes in its place is", () => {
  const it = machine();
  it.names = ["PipeWrap", "PipeWrap", "TCPSocketWrap"];
  const isBusy = realWork(it);
  equal(isBusy(), false);
  it.names = ["PipeWrap"];
  equal(isBusy(), false);
  it.names = ["PipeWrap", "ProcessWrap"];
  equal(isBusy(), true);
});

test("a connection is waited for as long as something happens, and a moment longer", () => {
  const it = machine();
  const isBusy = realWork(it);
  it.names = ["TCPSocketWrap", "TCPSocketWrap"];
  equal(isBusy(), true);
  it.time = 19;
  equal(isBusy(), true);
  it.happened++;
  equal(isBusy(), true);
  it.time = 38;
  equal(isBusy(), true);
  it.time = 39;
  equal(isBusy(), false);
  it.happened++;
  equal(isBusy(), true);
});

test("a program may take ten seconds to say something; then it is there for good", () => {
  const it = machine();
  const isBusy = realWork(it);
  it.names = ["ProcessWrap", "PipeWrap", "PipeWrap"];
  equal(isBusy(), true);
  it.time = 9999;
  equal(isBusy(), true);
  it.time = 10_000;
  equal(isBusy(), false);
});

test("a program that is there for good does not make files slow, nor does what happens elsewhere", () => {
  const it = machine();
  const isBusy = realWork(it);
  it.names = ["ProcessWrap"];
  equal(isBusy(), true);
  it.time = 10_000;
  equal(isBusy(), false);
  it.names = ["ProcessWrap", "FSReqCallback"];
  equal(isBusy(), true);
  it.names = ["ProcessWrap"];
  it.happened++;
  equal(isBusy(), false);
});

test("the next file is another one", () => {
  const it = machine();
  const isBusy = realWork(it);
  for (const time of [0, 20_000, 40_000]) {
    it.time = time;
    it.names = ["FSReqCallback"];
    equal(isBusy(), true);
    it.names = [];
    equal(isBusy(), false);
  }
});

test("of a page nothing is known", () => {
  equal(realWork(undefined)(), false);
});

test("files, programs and the kernel's connections of this process are waited for", async (t) => {
  const isBusy = realWork();
  equal(isBusy(), false);
  const reading = readFile("package.json");
  equal(isBusy(), true);
  await reading;
  await new Promise(setImmediate);
  equal(isBusy(), false);
  const child = spawn(process.execPath, ["--version"]);
  equal(isBusy(), true);
  await once(child, "close");
  await new Promise(setImmediate);
  equal(isBusy(), false);
  const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  equal(isBusy(), false);
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  equal(isBusy(), true);
  await once(client.resume(), "end");
});
