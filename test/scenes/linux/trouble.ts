/** What happens to connections on the way: silence, a device that goes down, frames that become smaller. */

import { equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TcpListening } from "../../../src/host/tcp-listening.ts";
import { cable, ip, OFFLOADS, run, sysctl, until } from "./kernel.ts";
import { Sluice } from "./sluice.ts";
import { BOTH, connected, hear, other, sayAll } from "./stream.ts";

test("the kernel answers when we ask whether it lives", async (t) => {
  // It would answer twice a second at most.
  sysctl("net/ipv4/tcp_invalid_ratelimit", "0");
  const { stream, host, they } = await connected(t, "they");
  const { tcpInSegs } = host.counters;
  stream.keepAlive = { idle: 20, interval: 20, count: 3 };
  await until(
    () => host.counters.tcpInSegs >= tcpInSegs + 10,
    () => "it does not answer",
  );
  equal(stream.state, "ESTABLISHED");
  they.reset();
});

test("we answer when the kernel asks whether we live", async (t) => {
  const { host, leave } = await cable(t);
  const listening = host.tcp.listen({ port: 80 }) as TcpListening;
  // A second is the least that it knows.
  const they = connect({ host: "10.0.0.2", port: 80, keepAlive: true, keepAliveInitialDelay: 1000 });
  leave.push(() => they.resetAndDestroy());
  await once(they, "connect");
  await until(
    () => listening.accept() !== undefined,
    () => "nobody has come",
  );
  const { tcpInSegs } = host.counters;
  await until(
    () => host.counters.tcpInSegs >= tcpInSegs + 2,
    () => "it does not ask",
  );
  // None of its questions stays open.
  while (!/timer:\(keepalive,[^,]+,0\)/.test(await run("ss", "-tno", "dst", "10.0.0.2")));
});

test("who has said nothing since the cable was cut, and gives no sign of life, is given up", async (t) => {
  let sluice!: Sluice;
  const { we, stream } = await connected(t, "they", { through: (link) => (sluice = new Sluice(link)) });
  const reading = we.read();
  stream.keepAlive = { idle: 20, interval: 20, count: 3 };
  sluice.isCut = true;
  await rejects(reading, { code: "ETIMEDOUT" });
});

const LENGTH = 10_000_000;

for (const speaker of BOTH) {
  for (const { hasOffloads, manner } of OFFLOADS) {
    test(`the device goes down while ${speaker} speak, and up again: all arrives, ${manner}`, async (t) => {
      const scene = await connected(t, "they", { hasOffloads });
      const said = sayAll(scene[speaker], LENGTH);
      const heard = await hear(scene[other(speaker)], 1_000_000);
      ip("link set tap0 down");
      // It is found out that nothing arrives, and what was under way is sent again and again.
      await sleep(500);
      ip("link set tap0 up");
      equal(await hear(scene[other(speaker)], LENGTH, heard), LENGTH);
      await Promise.all([said, scene[other(speaker)].end()]);
    });

    test(`the device takes smaller frames only while ${speaker} speak, and large ones again: all arrives, ${manner}`, async (t) => {
      const scene = await connected(t, "they", { hasOffloads });
      const said = sayAll(scene[speaker], LENGTH);
      let heard = 0;
      for (const mtu of [1000, 576, 1500]) {
        heard = await hear(scene[other(speaker)], 1_000_000, heard);
        ip(`link set tap0 mtu ${mtu}`);
      }
      equal(await hear(scene[other(speaker)], LENGTH, heard), LENGTH);
      await Promise.all([said, scene[other(speaker)].end()]);
    });
  }
}
