/**
 * The contract of all carriers between a stack of our own and the kernel, each of them once the client, in a network namespace of
 * their own, where test/socket/tap.test.ts runs this file. The kernel is 10.0.0.1, we are 10.0.0.2.
 */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { kernel } from "../../src/socket/kernel.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { tapNetwork } from "../../src/socket/tap.ts";
import { socketContract } from "./contract.ts";

const ip = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8" });

// Whoever starts this elsewhere shall not find devices and addresses on his machine.
deepEqual(ip("-oneline link").match(/^\d+: [^:]+/gm), ["1: lo"], "Run test/socket/tap.test.ts instead");
ip("link set lo up");
ip("tuntap add dev tap0 mode tap");
ip("addr add 10.0.0.1/24 dev tap0");
ip("link set tap0 up");

const ours = await tapNetwork({ device: "tap0", address: "10.0.0.2/24", hosts: new Map([["kernel", "10.0.0.1"]]) });
after(() => ours.close());

const [KERNEL, OURS] = [
  { host: "10.0.0.1", port: 0 },
  { host: "10.0.0.2", port: 0 },
];
/** The kernel's buffers, or ours. */
const bound = 16 * 1024 * 1024;

socketContract("tap, the kernel calls", () => ({ client: kernel, server: ours, home: OURS, away: KERNEL, bound }));
const loopbacks = ["127.0.0.1"];
socketContract("tap, we call", () => ({ client: ours, server: kernel, home: KERNEL, away: OURS, loopbacks, bound }));

test("names are ours, or the system's", async () => {
  deepEqual(await ours.resolve("kernel"), ["10.0.0.1"]);
  deepEqual(await ours.resolve("localhost"), ["127.0.0.1"]);
});

test("what is on no network of ours is not to be reached without a gateway", async () => {
  await rejects(ours.connect({ host: "192.0.2.1", port: 80 }), { code: "ENETUNREACH" });
});

test("a wrong address leaves the device to others, and a gateway leads on", async (t) => {
  await rejects(tapNetwork({ device: "tap1", address: "10.1.0.2" }), TypeError);
  await rejects(tapNetwork({ device: "tap1", address: "10.1.0.0/24" }), RangeError);
  const network = await tapNetwork({ device: "tap1", address: "10.1.0.2/24", gateway: "10.1.0.1" });
  t.after(() => network.close());
  ip("addr add 10.1.0.1/24 dev tap1");
  ip("link set tap1 up");
  ip("addr add 192.0.2.1/32 dev lo");
  const listener = await kernel.listen({ host: "192.0.2.1", port: 0 });
  const socket = await network.connect(listener.address);
  deepEqual((await listener.accept())!.remote, socket.local);
  socket.reset();
  await listener.close();
});

test("curl, ping: programs that know nothing of us", async () => {
  const listener = await ours.listen({ host: "10.0.0.2", port: 80 });
  const serving = (async () => {
    for await (const socket of listener) void answer(socket);
  })();
  const run = promisify(execFile);
  equal((await run("curl", ["-s", "http://10.0.0.2/"])).stdout, "hello\n");
  await run("ping", "-c 3 -i 0.01 -W 5 10.0.0.2".split(" "));
  await listener.close();
  await serving;
});

async function answer(socket: Socket): Promise<void> {
  await socket.read();
  await socket.write(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"));
  await socket.end();
  socket.close();
}

test("when the device is taken away, it is told", async () => {
  const network = await tapNetwork({ device: "tap2", address: "10.2.0.2/24" });
  const gone = new Promise<Error>((resolve) => (network.onGone = resolve));
  ip("link del tap2");
  equal((await gone).message, 'Cannot use TAP device "tap2" any more: it was taken away');
  network.close();
});
