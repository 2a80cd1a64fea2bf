/** Packets without connections: ping and UDP, whole and in fragments, and those that do not arrive. */

import { deepEqual, equal, match } from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Host } from "../../../src/host/host.ts";
import type { PingResult } from "../../../src/host/ping.ts";
import type { UdpPort } from "../../../src/host/udp-port.ts";
import { cable, KERNEL, run } from "./kernel.ts";

const ping = (...words: string[]): Promise<string> => run("ping", "-q", "-W", "10", ...words, "10.0.0.2");

for (const [size, meaning] of [
  [0, "nothing"],
  [56, "a little"],
  [1472, "just what fits into a frame"],
  [1473, "a byte more"],
  [8000, "six fragments"],
  [65_507, "all that fits into a packet"],
] as const) {
  test(`ping with ${size} bytes: ${meaning}`, async (t) => {
    const { host } = await cable(t);
    match(await ping("-c", "5", "-i", "0.01", "-s", `${size}`), /5 received, 0% packet loss/);
    const fragments = Math.ceil((size + 8) / 1480);
    const { ipReasmOKs, ipFragOKs, ipFragCreates } = host.counters;
    deepEqual([ipReasmOKs, ipFragOKs, ipFragCreates], fragments === 1 ? [0, 0, 0] : [5, 5, 5 * fragments]);
  });
}

test("a flood of a thousand pings", async (t) => {
  await cable(t);
  match(await ping("-f", "-c", "1000"), /1000 received, 0% packet loss/);
});

for (const size of [0, 1472, 8000, 65_507]) {
  test(`our ping with ${size} bytes is answered`, async (t) => {
    const { host } = await cable(t);
    const result = await new Promise<PingResult>((resolve) =>
      host.icmp.ping(KERNEL, { size, timeout: 10_000 }, resolve),
    );
    deepEqual([result.kind, result.kind === "reply" && result.size], ["reply", size]);
  });
}

const opened = (host: Host, port?: number): UdpPort => host.udp.open(port === undefined ? {} : { port }) as UdpPort;

/** The kernel's side: a socket for one peer, which hears when its datagrams do not arrive. */
async function kernelSocket(t: TestContext, port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.bind(0, "10.0.0.1");
  socket.connect(port, "10.0.0.2");
  await once(socket, "connect");
  return socket;
}

test("datagrams of all sizes come back from us", async (t) => {
  const { host } = await cable(t);
  const port = opened(host, 7);
  port.onChange = () => {
    for (let one = port.receive(); one !== undefined; one = port.receive()) port.send(one.bytes, one.address, one.port);
  };
  const socket = await kernelSocket(t, 7);
  for (const size of [0, 1, 17, 1471, 1472, 1473, 2952, 2953, 8000, 65_507]) {
    const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7) ^ (i >> 8)));
    socket.send(bytes);
    const [back] = await once(socket, "message");
    equal(Buffer.compare(back, bytes), 0, `${size} bytes`);
  }
});

test("the kernel's program hears that nobody listens here", async (t) => {
  await cable(t);
  const socket = await kernelSocket(t, 9);
  socket.send("anybody?");
  const [error] = await once(socket, "error");
  equal(error.code, "ECONNREFUSED");
});

test("we hear that nobody listens there", async (t) => {
  const { host } = await cable(t);
  const port = opened(host);
  const told = new Promise<void>((resolve) => (port.onChange = resolve));
  equal(port.send(new Uint8Array(5), KERNEL, 9), undefined);
  await told;
  const { failure, ...whom } = port.failure()!;
  deepEqual([failure.code, whom], ["ECONNREFUSED", { address: KERNEL, port: 9 }]);
});
