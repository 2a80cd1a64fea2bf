/**
 * TAP devices against the kernel, in a network namespace of their own, where test/link/tap.test.ts runs this file.
 *
 * The kernel is 10.0.0.1, we are 10.0.0.2.
 */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { takeFrame } from "../../src/link/frames.ts";
import { linux } from "../../src/link/linux.ts";
import { openTap, type TapLink, type TapOptions } from "../../src/link/tap.ts";
import { pseudoHeader } from "../../src/wire/checksum.ts";
import { ETHERNET_HEADER, ETHERTYPE, emitEthernet, parseEthernet } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, ipv4Packet, PROTOCOL, parseIpv4Packet } from "../../src/wire/ipv4.ts";
import { parseMac } from "../../src/wire/mac.ts";
import { emitUdp, parseUdp } from "../../src/wire/udp.ts";
import { respond } from "./responder.ts";

const KERNEL = 0x0a000001;
const WE = 0x0a000002;
const OUR_MAC = 0x020000000002;

const ip = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8" });

// Whoever starts this elsewhere shall not find devices and addresses on his machine.
deepEqual(ip("-oneline link").match(/^\d+: [^:]+/gm), ["1: lo"], "Run test/link/tap.test.ts instead");
ip("link set lo up");
try {
  writeFileSync("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
} catch {
  // Then it speaks no IPv6 at all.
}

// ── the two ends ──

/** A device that is up, with both addresses; both are gone after the test. */
async function connected(t: TestContext, options: Partial<TapOptions> & { mtu?: number } = {}): Promise<TapLink> {
  if (options.mtu !== undefined) {
    ip("tuntap add dev tap0 mode tap");
    ip(`link set tap0 mtu ${options.mtu}`);
    t.after(() => ip("link del tap0"));
  }
  const tap = await openTap({ name: "tap0", ...options });
  t.after(() => tap.close());
  ip("addr add 10.0.0.1/24 dev tap0");
  ip("link set tap0 up");
  ip("neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev tap0 nud permanent");
  return tap;
}

/** The kernel's side: a UDP socket. */
async function kernelSocket(t: TestContext): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 200_000 });
  t.after(() => socket.close());
  socket.bind(0, "10.0.0.1");
  await once(socket, "listening");
  return socket;
}

const kernelSends = (socket: Socket, payload: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) =>
    socket.send(payload, 7, "10.0.0.2", (error) => (error === null ? resolve() : reject(error))),
  );

/** A frame with a datagram for the kernel's socket. */
function datagramFor(socket: Socket, payload: Uint8Array): Uint8Array {
  const datagram = emitUdp({ from: 7, to: socket.address().port, payload }, WE, KERNEL);
  const packet = ipv4Packet({ protocol: PROTOCOL.udp, source: WE, destination: KERNEL, payload: datagram });
  const destination = parseMac(/link\/ether (\S+)/.exec(ip("link show tap0"))![1]!)!;
  return emitEthernet({ destination, source: OUR_MAC, type: ETHERTYPE.ipv4, payload: emitIpv4Packet(packet) });
}

/** What a datagram of the kernel brings, if it is whole; undefined for other frames. */
function datagramIn(frame: Uint8Array): Uint8Array | undefined {
  const packet = parseIpv4Packet(parseEthernet(frame)!.payload);
  if (packet?.protocol !== PROTOCOL.udp) return undefined;
  return parseUdp(packet.payload, pseudoHeader(KERNEL, WE, PROTOCOL.udp, packet.payload.length))?.payload;
}

const numbered = (number: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(length).fill(number);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
};
const numberOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

/** The numbers that come to us, in order, and a way to wait for the next `count` of them. */
function numbersTo(tap: TapLink): { numbers: number[]; next(count: number): Promise<void> } {
  const numbers: number[] = [];
  let waiting: { count: number; resolve: () => void } | undefined;
  tap.onFrame = (frame) => {
    const payload = datagramIn(frame);
    if (payload === undefined) return;
    deepEqual(payload, numbered(numberOf(payload), payload.length));
    numbers.push(numberOf(payload));
    if (numbers.length === waiting?.count) waiting.resolve();
  };
  const next = (count: number): Promise<void> =>
    new Promise((resolve) => (waiting = { count: numbers.length + count, resolve }));
  return { numbers, next };
}

/** So many may be under way at once without any queue of the kernel running over. */
const atOnce = (length: number): number => Math.max(1, Math.floor(100_000 / (length + 1000)));

const COUNT = 10_000;

/** Until whatever can be read has been read: the loop looks between two of these. */
async function turn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}

for (const wake of ["loop", "thread"] as const) {
  test(`the kernel's ping is answered, woken by a ${wake}`, async (t) => {
    const tap = await connected(t, { wake });
    ip("neigh del 10.0.0.2 dev tap0");
    respond(tap, OUR_MAC, WE);
    // In this process it could not be answered while we wait for it.
    const { stdout } = await promisify(execFile)("ping", "-c 5 -i 0.01 -W 5 -s 1472 10.0.0.2".split(" "));
    ok(stdout.includes(" 0% packet loss"), stdout);
    equal(tap.hasFcs, false);
    ok(tap.counters.sent >= 6 && tap.counters.received >= 6);
  });
}

for (const [mtu, length, wake] of [
  [1500, 18, "loop"],
  [1500, 700, "loop"],
  [1500, 1472, "loop"],
  [1500, 1472, "thread"],
  [65_000, 64_972, "loop"],
] as const) {
  test(`datagrams of ${length} bytes from the kernel come in order, woken by a ${wake}`, async (t) => {
    const tap = await connected(t, { mtu, wake });
    equal(tap.mtu, mtu);
    const socket = await kernelSocket(t);
    const { numbers, next } = numbersTo(tap);
    for (let sent = 0; sent < COUNT; ) {
      const count = Math.min(atOnce(length), COUNT - sent);
      const arrived = next(count);
      for (let i = 0; i < count; i++) await kernelSends(socket, numbered(sent++, length));
      await arrived;
    }
    deepEqual(numbers, [...numbers.keys()]);
    equal(numbers.length, COUNT);
    equal(tap.counters.received, COUNT);
    equal(tap.counters.receivedBytes, COUNT * (length + 42));
  });
}

for (const [mtu, length] of [
  [1500, 18],
  [1500, 700],
  [1500, 1472],
  [65_000, 64_972],
] as const) {
  test(`datagrams of ${length} bytes come to the kernel in order`, async (t) => {
    const tap = await connected(t, { mtu });
    const socket = await kernelSocket(t);
    const numbers: number[] = [];
    let count = 0;
    let resolve = (): void => {};
    socket.on("message", (payload) => {
      numbers.push(numberOf(payload));
      if (numbers.length === count) resolve();
    });
    const template = datagramFor(socket, new Uint8Array(length));
    const view = new DataView(template.buffer);
    // Without a checksum a frame can be numbered where it is.
    view.setUint16(40, 0);
    while (count < COUNT) {
      const from = count;
      count = Math.min(count + atOnce(length), COUNT);
      const arrived = new Promise<void>((done) => (resolve = done));
      for (let i = from; i < count; i++) {
        view.setUint32(42, i);
        const frame = takeFrame(template.length);
        frame.set(template);
        equal(tap.send(frame), true);
      }
      await arrived;
    }
    deepEqual(numbers, [...numbers.keys()]);
    deepEqual([tap.counters.sent, tap.counters.sentBytes], [COUNT, COUNT * template.length]);
  });
}

test("what nobody takes is lost and counted, and what is too long is not sent", async (t) => {
  const tap = await connected(t);
  const socket = await kernelSocket(t);
  const { next } = numbersTo(tap);
  const { onFrame } = tap;
  tap.onFrame = undefined;
  await kernelSends(socket, numbered(0, 18));
  await kernelSends(socket, numbered(1, 18));
  await turn();
  tap.onFrame = onFrame;
  const arrived = next(1);
  await kernelSends(socket, numbered(2, 18));
  await arrived;
  deepEqual([tap.counters.lost, tap.counters.received], [2, 1]);
  equal(tap.send(new Uint8Array(ETHERNET_HEADER + 1501)), false);
  // Shorter than a header: the kernel does not want it.
  equal(tap.send(new Uint8Array(5)), false);
  deepEqual([tap.counters.tooLong, tap.counters.dropped, tap.counters.sent], [1, 1, 0]);
});

test("while the device is down frames are dropped; when it is up again they flow", async (t) => {
  const tap = await connected(t);
  const socket = await kernelSocket(t);
  const { numbers, next } = numbersTo(tap);
  equal(tap.send(datagramFor(socket, numbered(0, 18))), true);
  deepEqual(numberOf((await once(socket, "message"))[0]), 0);
  ip("link set tap0 down");
  equal(tap.send(datagramFor(socket, numbered(1, 18))), false);
  deepEqual([tap.counters.sent, tap.counters.dropped], [1, 1]);
  ip("link set tap0 up");
  ip("neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev tap0 nud permanent");
  equal(tap.send(datagramFor(socket, numbered(2, 18))), true);
  deepEqual(numberOf((await once(socket, "message"))[0]), 2);
  const arrived = next(1);
  await kernelSends(socket, numbered(3, 18));
  await arrived;
  deepEqual(numbers, [3]);
});

for (const wake of ["loop", "thread"] as const) {
  test(`a device that is removed is told of once, and its link is closed, woken by a ${wake}`, async (t) => {
    const tap = await connected(t, { wake });
    const errors: Error[] = [];
    const gone = new Promise<void>((resolve) => {
      tap.onGone = (error) => {
        errors.push(error);
        resolve();
      };
    });
    ip("link del tap0");
    await gone;
    await turn();
    equal(tap.send(new Uint8Array(60)), false);
    deepEqual(errors.map(String), ['TapError: Cannot use TAP device "tap0" any more: it was taken away']);
  });

  test(`a link that is closed while it reads gives nothing more, and leaves the name free, woken by a ${wake}`, async (t) => {
    const tap = await connected(t, { wake });
    const socket = await kernelSocket(t);
    let frames = 0;
    const closed = new Promise<void>((resolve) => {
      tap.onFrame = () => {
        if (++frames !== 3) return;
        tap.close();
        tap.close();
        resolve();
      };
    });
    for (let i = 0; i < 10; i++) await kernelSends(socket, numbered(i, 18));
    await closed;
    await turn();
    equal(frames, 3);
    equal(tap.send(new Uint8Array(60)), false);
    equal(tap.counters.lost, 1);
    ok(!ip("-oneline link").includes("tap0"));
    const again = await openTap({ name: "tap0", wake });
    again.close();
  });
}

test("a device that is there is attached to, by one at a time, and stays", async (t) => {
  ip("tuntap add dev tap1 mode tap");
  ip("link set tap1 mtu 9000");
  t.after(() => ip("link del tap1"));
  for (let times = 0; times < 2; times++) {
    const tap = await openTap({ name: "tap1" });
    deepEqual([tap.name, tap.mtu], ["tap1", 9000]);
    await rejects(openTap({ name: "tap1" }), {
      name: "TapError",
      code: "EBUSY",
      message: 'Cannot open TAP device "tap1": another program has it',
    });
    tap.close();
  }
});

test("the system numbers devices", async () => {
  const taps = [await openTap({ name: "net%d" }), await openTap({ name: "net%d" })];
  deepEqual(
    taps.map(({ name }) => name),
    ["net0", "net1"],
  );
  for (const tap of taps) tap.close();
});

test("a device of another kind is none", async (t) => {
  ip("tuntap add dev tun0 mode tun");
  ip("tuntap add dev many mode tap multi_queue");
  t.after(() => ip("link del tun0"));
  t.after(() => ip("link del many"));
  for (const name of ["lo", "tun0", "many"]) {
    await rejects(openTap({ name }), {
      code: "EINVAL",
      message: `Cannot open TAP device "${name}": there is a device of that name, but it is no TAP device with one queue`,
    });
  }
});

test("frames have checksums, whatever the one before wanted", async (t) => {
  ip("tuntap add dev tap0 mode tap");
  t.after(() => ip("link del tap0"));
  await leaveWithOffloads("tap0");
  const tap = await connected(t);
  const socket = await kernelSocket(t);
  const { numbers, next } = numbersTo(tap);
  const arrived = next(1);
  await kernelSends(socket, numbered(0, 18));
  await arrived;
  deepEqual(numbers, [0]);
});

test("no descriptor is left, and none is inherited", async () => {
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  // With its first pipe, libuv opens one that it keeps.
  (await openTap({ name: "tap0" })).close();
  const before = descriptors();
  for (const wake of ["loop", "thread"] as const) {
    const tap = await openTap({ name: "tap0", wake });
    ok(descriptors() > before);
    const ofChild = execFileSync("ls", ["-l", "/proc/self/fd"], { encoding: "utf8" });
    ok(!ofChild.includes("/dev/net/tun"), ofChild);
    tap.close();
    // The thread has to hear of it first. If this never ends, one is left.
    while (descriptors() > before) await turn();
  }
});

/** As QEMU would: it asks the kernel to leave checksums to it. */
async function leaveWithOffloads(name: string): Promise<void> {
  const system = await linux();
  if (typeof system === "string") throw new Error(system);
  const fd = openSync("/dev/net/tun", constants.O_RDWR);
  const request = new Uint8Array(40);
  new TextEncoder().encodeInto(name, request);
  // IFF_TAP | IFF_NO_PI | IFF_VNET_HDR; TUN_F_CSUM | TUN_F_TSO4
  new Uint16Array(request.buffer)[8] = 0x5002;
  equal(system.ioctl(fd, 0x400454ca, request), 0);
  equal(system.ioctlNumber(fd, 0x400454d0, 3), 0);
  closeSync(fd);
}
