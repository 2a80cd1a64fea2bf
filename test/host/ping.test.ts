import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { PingResult } from "../../src/host/ping.ts";
import { emitIcmp, type IcmpEcho, parseIcmp } from "../../src/wire/icmp.ts";
import { PROTOCOL } from "../../src/wire/ipv4.ts";
import { acquainted, ip, type Probe, probed } from "./network.ts";

/** A ping to 10.0.0.2, and what comes of it. */
function pinging(options = {}) {
  const all = acquainted();
  const results: PingResult[] = [];
  all.host.icmp.ping(ip("10.0.0.2"), options, (result) => results.push(result));
  const [packet] = all.probe.packets();
  return { ...all, results, packet: packet!, request: parseIcmp(packet!.payload) as IcmpEcho };
}

const reply = (probe: Probe, request: IcmpEcho, fields: Partial<IcmpEcho> = {}): void => {
  probe.sayIp({ protocol: PROTOCOL.icmp, payload: emitIcmp({ ...request, kind: "echo reply", ...fields }) });
};

test("the reply says who, how long, how far, and how much", async () => {
  const { net, probe, request, results } = pinging({ size: 100 });
  await net.pass(7);
  reply(probe, request);
  deepEqual(results, [{ kind: "reply", from: ip("10.0.0.2"), milliseconds: 7, ttl: 64, size: 100 }]);
  reply(probe, request);
  equal(results.length, 1);
});

test("the request has the fields that were asked for", () => {
  const { packet, request } = pinging({ ttl: 3, dontFragment: true });
  deepEqual([packet.ttl, packet.dontFragment, request.payload.length, request.code], [3, true, 56, 0]);
});

const OTHERS: [what: string, fields: Partial<IcmpEcho>][] = [
  ["has another's identifier", { identifier: 1 }],
  ["has another sequence number", { sequence: 999 }],
  ["has other bytes", { payload: new Uint8Array(56) }],
  ["has fewer bytes", { payload: new Uint8Array(3) }],
];

for (const [what, fields] of OTHERS) {
  test(`a reply that ${what} is none`, async () => {
    const { net, probe, request, results } = pinging();
    reply(probe, request, fields);
    deepEqual(results, []);
    await net.pass(1000);
    deepEqual(results, [{ kind: "silence" }]);
  });
}

test("who does not answer in time is silent", async () => {
  const { net, probe, request, results } = pinging({ timeout: 300 });
  await net.pass(299);
  deepEqual(results, []);
  await net.pass(1);
  deepEqual(results, [{ kind: "silence" }]);
  reply(probe, request);
  equal(results.length, 1);
});

test("each of several has its own answer", async () => {
  const { net, host, probe } = acquainted();
  const results: string[] = [];
  for (const timeout of [100, 300, 200]) {
    host.icmp.ping(ip("10.0.0.2"), { timeout }, ({ kind }) => results.push(`${timeout} ${kind}`));
  }
  const [, second] = probe.packets();
  await net.pass(150);
  reply(probe, parseIcmp(second!.payload) as IcmpEcho);
  await net.pass(1000);
  deepEqual(results, ["100 silence", "300 reply", "200 silence"]);
});

test("where it cannot be sent, that is said at once", () => {
  const { host } = probed();
  const results: PingResult[] = [];
  host.icmp.ping(ip("11.0.0.1"), {}, (result) => results.push(result));
  host.icmp.ping(ip("10.0.0.2"), { size: 2000, dontFragment: true }, (result) => results.push(result));
  host.icmp.ping(ip("10.0.0.2"), { size: 70_000 }, (result) => results.push(result));
  deepEqual(results, [
    { kind: "not sent", error: "ENETUNREACH" },
    { kind: "not sent", error: "EMSGSIZE" },
    { kind: "not sent", error: "EMSGSIZE" },
  ]);
});

test("sequence numbers that come round push out who still waits", () => {
  const { host } = acquainted();
  let silent = 0;
  host.work.begin();
  for (let i = 0; i < 0x10000 + 2; i++) {
    host.icmp.ping(
      ip("10.0.0.2"),
      { size: 0, timeout: 1e6 },
      ({ kind }) => void (silent += kind === "silence" ? 1 : 0),
    );
  }
  host.work.end();
  equal(silent, 2);
});
