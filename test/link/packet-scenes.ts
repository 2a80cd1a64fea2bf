/**
 * Packet sockets against the kernel, in a network namespace of their own, where test/link/packet-socket.test.ts runs this
 * file.
 */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { utf8 } from "../../src/base/bytes.ts";
import { deviceRequest } from "../../src/link/device.ts";
import { linux } from "../../src/link/linux.ts";
import { openPacketSocket, type PacketSocket, type PacketSocketOptions } from "../../src/link/packet-socket.ts";
import { openTap } from "../../src/link/tap.ts";
import { emitEthernet } from "../../src/wire/ethernet.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { LINKTYPE } from "../../src/wire/pcapng.ts";
import { printPacket } from "../../src/wire/print.ts";
import { tagged } from "../../src/wire/vlan.ts";
import { respond } from "./responder.ts";

const ip = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8" });

// Whoever starts this elsewhere shall not find devices and addresses on his machine.
deepEqual(ip("-oneline link").match(/^\d+: [^:]+/gm), ["1: lo"], "Run test/link/packet-socket.test.ts instead");
ip("link set lo up");
try {
  writeFileSync("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
} catch {
  // Then it speaks no IPv6 at all.
}

async function opened(t: TestContext, options: Partial<PacketSocketOptions> = {}): Promise<PacketSocket> {
  const socket = await openPacketSocket({ name: "lo", ...options });
  t.after(() => socket.close());
  return socket;
}

/** All that comes until the socket ends: what it is, which way it goes, when, and how much was kept of how much. */
async function heard(socket: PacketSocket) {
  const lines: string[] = [];
  const packets: { direction: "in" | "out" | undefined; time: number; kept: number; length: number }[] = [];
  const take: Parameters<PacketSocket["receive"]>[0] = ({ bytes, direction, time, length }) => {
    lines.push(printPacket(bytes, { linkType: socket.linkType, length }).replaceAll(/id \d+/g, "id …"));
    packets.push({ direction, time: time!, kept: bytes.length, length });
  };
  while (await socket.receive(take));
  return { lines, packets };
}

const run = promisify(execFile);
const ping = (words: string) => run("ping", words.split(" "));

/** Two sockets of the kernel on the loopback interface, and how the one says something to the other. */
async function talk(t: TestContext): Promise<(payload: Uint8Array) => Promise<void>> {
  const [near, far]: Socket[] = [createSocket("udp4"), createSocket("udp4")];
  t.after(() => near!.close());
  t.after(() => far!.close());
  far!.bind(0, "127.0.0.1");
  await once(far!, "listening");
  const { port } = far!.address();
  return (payload) =>
    new Promise((resolve, reject) =>
      near!.send(payload, port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error))),
    );
}

test("on the loopback interface each packet is heard once, and all that was said before the end", async (t) => {
  const socket = await opened(t);
  equal(socket.linkType, LINKTYPE.ethernet);
  const hearing = heard(socket);
  const before = Date.now();
  await ping("-c 3 -i 0.01 127.0.0.1");
  socket.end();
  const { lines, packets } = await hearing;
  const exchange = (seq: number): string[] =>
    ["request", "reply"].map((what) => `IP 127.0.0.1 > 127.0.0.1: ICMP echo ${what}, id …, seq ${seq}, length 64`);
  deepEqual(lines, [...exchange(1), ...exchange(2), ...exchange(3)]);
  deepEqual(new Set(packets.map(({ direction }) => direction)), new Set([undefined]));
  const times = packets.map(({ time }) => time);
  deepEqual(times, times.toSorted());
  ok(times[0]! >= before - 1 && times.at(-1)! <= Date.now() + 1, String(times));
  equal(await socket.receive(() => {}), false);
  equal(socket.dropped, 0);
});

test("elsewhere what goes out is told from what comes in", async (t) => {
  const tap = await openTap({ name: "tap0" });
  t.after(() => tap.close());
  respond(tap, 0x020000000002, 0x0a000002);
  ip("addr add 10.0.0.1/24 dev tap0");
  ip("link set tap0 up");
  const socket = await opened(t, { name: "tap0" });
  const hearing = heard(socket);
  await ping("-c 1 10.0.0.2");
  socket.end();
  const { lines, packets } = await hearing;
  deepEqual(
    lines.map((line, i) => `${packets[i]!.direction} ${line}`),
    [
      "out ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
      "in ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28",
      "out IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id …, seq 1, length 64",
      "in IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id …, seq 1, length 64",
    ],
  );
});

test("a tag that the kernel has taken off is there", async (t) => {
  const tap = await openTap({ name: "tap0" });
  t.after(() => tap.close());
  ip("link set tap0 up");
  const socket = await opened(t, { name: "tap0" });
  const frame = emitEthernet({ destination: BROADCAST, source: 1, type: 0x88b5, payload: utf8("hello") });
  const sent = tagged(frame, 0x6005);
  const frames: [bytes: Uint8Array, length: number][] = [];
  const hearing = socket.receive(({ bytes, length }) => frames.push([bytes.slice(), length]));
  tap.send(sent.slice());
  await hearing;
  deepEqual(frames, [[sent, sent.length]]);
});

test("in a tunnel packets begin with IP", async (t) => {
  const system = await linux();
  if (typeof system === "string") throw new Error(system);
  const fd = openSync("/dev/net/tun", constants.O_RDWR);
  t.after(() => closeSync(fd));
  const request = deviceRequest("tun0");
  // IFF_TUN | IFF_NO_PI
  request.halves[0] = 0x1001;
  equal(system.ioctl(fd, 0x400454ca, request.bytes), 0);
  ip("addr add 10.0.7.1/24 dev tun0");
  ip("link set tun0 up");
  const socket = await opened(t, { name: "tun0" });
  equal(socket.linkType, LINKTYPE.raw);
  const hearing = heard(socket);
  await ping("-c 1 -W 0.1 10.0.7.2").catch(() => {});
  socket.end();
  deepEqual((await hearing).lines, ["IP 10.0.7.1 > 10.0.7.2: ICMP echo request, id …, seq 1, length 64"]);
});

test("the longest packets are heard whole", async (t) => {
  const say = await talk(t);
  const socket = await opened(t);
  const hearing = heard(socket);
  for (let i = 0; i < 10; i++) await say(new Uint8Array(65_000));
  socket.end();
  const { packets } = await hearing;
  deepEqual(
    packets.map(({ kept, length }) => [kept, length]),
    Array.from({ length: 10 }, () => [65_042, 65_042]),
  );
});

test("what nobody takes in time is dropped and counted, and the rest is still there", async (t) => {
  const say = await talk(t);
  const socket = await opened(t);
  // Each passes twice, and 8 MiB have room for 64 of them at the least.
  for (let i = 0; i < 200; i++) await say(new Uint8Array(65_000));
  const hearing = heard(socket);
  socket.end();
  const { packets } = await hearing;
  const { dropped } = socket;
  ok(packets.length >= 32 && dropped >= 100, `${packets.length} heard, ${dropped} dropped`);
  ok(packets.length + dropped >= 200);
  socket.close();
  equal(socket.dropped, dropped);
});

test("an interface that goes down is heard again when it is up", async (t) => {
  const tap = await openTap({ name: "tap0" });
  t.after(() => tap.close());
  ip("addr add 10.0.0.1/24 dev tap0");
  ip("link set tap0 up");
  const socket = await opened(t, { name: "tap0" });
  const hearing = heard(socket);
  ip("link set tap0 down");
  ip("link set tap0 up");
  await ping("-c 1 -W 0.1 10.0.0.2").catch(() => {});
  socket.end();
  equal((await hearing).lines[0], "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
});

test("one that is taken away is told of", async (t) => {
  const tap = await openTap({ name: "tap0" });
  t.after(() => tap.close());
  ip("link set tap0 up");
  const socket = await opened(t, { name: "tap0" });
  const hearing = heard(socket);
  ip("link del tap0");
  await rejects(hearing, {
    name: "PacketError",
    code: "ENODEV",
    message: 'Cannot capture on "tap0" any more: it was taken away',
  });
  equal(await socket.receive(() => {}), false);
});

test("adapters let through what is for others as long as somebody wants them to", async () => {
  const promiscuity = (): string => /promiscuity (\d+)/.exec(ip("-details link show lo"))![1]!;
  const plain = await openPacketSocket({ name: "lo" });
  equal(promiscuity(), "0");
  const socket = await openPacketSocket({ name: "lo", isPromiscuous: true });
  equal(promiscuity(), "1");
  socket.close();
  equal(promiscuity(), "0");
  plain.close();
});

const REFUSED: [name: string, code: string, why: string][] = [
  ["eth7", "ENODEV", "there is no such interface (there are: lo, dark)"],
  ["sixteen-letters!", "ENODEV", "there is no such interface (there are: lo, dark)"],
  ["", "ENODEV", "there is no such interface (there are: lo, dark)"],
  ["dark", "ENETDOWN", "it is down (ip link set dark up)"],
];

for (const [name, code, why] of REFUSED) {
  test(`of "${name}" it is said: ${why}`, async (t) => {
    ip("tuntap add dev dark mode tap");
    t.after(() => ip("link del dark"));
    await rejects(openPacketSocket({ name }), {
      name: "PacketError",
      code,
      message: `Cannot capture on "${name}": ${why}`,
    });
  });
}

test("whoever closes it while packets come is given no more of them", async (t) => {
  const say = await talk(t);
  const socket = await opened(t);
  let count = 0;
  const hearing = socket.receive(() => {
    if (++count === 3) socket.close();
  });
  for (let i = 0; i < 10; i++) await say(new Uint8Array(100));
  equal(await hearing, true);
  equal(count, 3);
  equal(await socket.receive(() => count++), false);
  socket.end();
  equal(count, 3);
});

test("no descriptor and no memory is left, and none is inherited", async () => {
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  const before = descriptors();
  for (const how of ["close", "close while waiting", "end"]) {
    const socket = await openPacketSocket({ name: "lo" });
    equal(descriptors(), before + 2);
    const ofChild = execFileSync("ls", ["-l", "/proc/self/fd"], { encoding: "utf8" });
    ok(!/packet|eventfd/i.test(ofChild), ofChild);
    const waiting = how === "close" ? undefined : socket.receive(() => {});
    if (how === "end") socket.end();
    else socket.close();
    equal(await (waiting ?? false), false);
    socket.close();
    equal(descriptors(), before, how);
  }
});
