import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { HEADROOM } from "../../src/host/ip.ts";
import { loopback } from "../../src/host/loopback.ts";
import { ip, probed } from "./network.ts";

test("what goes out comes in", () => {
  const link = loopback();
  equal(link.send(Uint8Array.of(1)), true);
  const come: Uint8Array[] = [];
  link.onFrame = (frame) => come.push(frame);
  link.send(Uint8Array.of(2));
  deepEqual(come, [Uint8Array.of(2)]);
});

for (const address of ["127.0.0.1", "127.1.2.3", "10.0.0.1"]) {
  test(`${address} is answered without anybody hearing of it`, async () => {
    const { net, host, probe } = probed();
    const kinds: string[] = [];
    host.icmp.ping(ip(address), { size: 60_000 }, ({ kind }) => kinds.push(kind));
    deepEqual(kinds, ["reply"]);
    await net.pass(5000);
    deepEqual(probe.heard(), []);
  });
}

test("an answer to oneself waits until the question has been sent", () => {
  const { host } = probed();
  const log: string[] = [];
  host.ip.handle(253, {
    receive(payload) {
      log.push(`receive ${payload[0]}`);
      if (payload[0]! < 3) send(payload[0]! + 1);
    },
    failed: () => false,
    flush: () => void log.push("flush"),
  });
  const send = (n: number): void => {
    const frame = host.ip.take(1, ip("127.0.0.1"));
    frame[HEADROOM] = n;
    host.ip.send(frame, 1, 253, ip("127.0.0.1"), ip("127.0.0.1"));
    log.push(`sent ${n}`);
  };
  host.work.begin();
  send(1);
  host.work.end();
  deepEqual(log, ["sent 1", "receive 1", "sent 2", "receive 2", "sent 3", "receive 3", "flush"]);
});

test("too much said to oneself at once is lost", () => {
  const { host } = probed();
  host.work.begin();
  for (let i = 0; i < 1100; i++)
    host.ip.send(host.ip.take(0, ip("127.0.0.1")), 0, 253, ip("127.0.0.1"), ip("127.0.0.1"));
  host.work.end();
  equal(host.interfaces[0]!.adapter.counters.inOverflows, 76);
});
