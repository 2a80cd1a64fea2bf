import { deepEqual, equal, ok } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { type ByteStream, FramedStream, type FramedStreamOptions } from "../../src/link/framed-stream.ts";
import { joinFrames } from "../../src/link/framing.ts";
import { emitArp, parseArp } from "../../src/wire/arp.ts";
import { ETHERNET_HEADER, ETHERTYPE, parseEthernet, putEthernet } from "../../src/wire/ethernet.ts";
import { readIpv4 } from "../../src/wire/ipv4-number.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { linkContract } from "./contract.ts";
import { numbered, numberOf, numbersFrom, upTo } from "./numbered.ts";

/** What is written at one end comes out of the other, torn. */
function streams(): [ByteStream, ByteStream] {
  const end = (): ByteStream => ({ write() {}, waiting: 0, onBytes: undefined, onEnd: undefined, close() {} });
  const [a, b] = [end(), end()];
  const join = (from: ByteStream, to: ByteStream): void => {
    from.write = (bytes) => {
      queueMicrotask(() => {
        for (let at = 0; at < bytes.length; at += 1000) to.onBytes?.(bytes.subarray(at, at + 1000));
      });
    };
    from.close = () => queueMicrotask(() => to.onEnd?.());
  };
  join(a, b);
  join(b, a);
  return [a, b];
}

linkContract("framed stream", () => {
  const [a, b] = streams();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 1000; turn++) await undefined;
  };
  return { near: new FramedStream(a), far: new FramedStream(b), settle };
});

/** A stream that keeps what is written, and a link over it that writes when it is told to. */
function scene(options: FramedStreamOptions = {}) {
  const written: Uint8Array[] = [];
  const runs: (() => void)[] = [];
  const stream = {
    waiting: 0,
    isClosed: false,
    onBytes: undefined as ByteStream["onBytes"],
    onEnd: undefined as ByteStream["onEnd"],
    write: (bytes: Uint8Array) => void written.push(bytes),
    close() {
      this.isClosed = true;
    },
  };
  const link = new FramedStream(stream, { later: (run) => runs.push(run), ...options });
  const ends: string[] = [];
  link.onEnd = (reason) => void ends.push(reason);
  const flush = (): void => {
    for (const run of runs.splice(0)) run();
  };
  return { stream, link, written, ends, flush };
}

test("what is sent in one turn is written in one piece", () => {
  const { link, written, flush } = scene();
  for (const i of upTo(3)) equal(link.send(numbered(i)), true);
  deepEqual(written, []);
  flush();
  deepEqual(written, [joinFrames(upTo(3).map((i) => numbered(i)))]);
  flush();
  link.send(numbered(3));
  flush();
  equal(written.length, 2);
  deepEqual([link.counters.sent, link.counters.sentBytes], [4, 240]);
});

test("without further notice that is when the turn ends", async () => {
  const { link, written } = scene({ later: undefined });
  link.send(numbered(0));
  equal(written.length, 0);
  await undefined;
  equal(written.length, 1);
});

test("what comes is cut into frames, and nobody to take them means they are lost", () => {
  const { stream, link } = scene();
  const bytes = joinFrames(upTo(3).map((i) => numbered(i)));
  stream.onBytes?.(bytes);
  const numbers = numbersFrom(link);
  stream.onBytes?.(bytes.subarray(0, 100));
  stream.onBytes?.(bytes.subarray(100));
  deepEqual(numbers, [0, 1, 2]);
  deepEqual([link.counters.lost, link.counters.received, link.counters.receivedBytes], [3, 3, 180]);
});

test("frames beyond the MTU go neither way, and that does not end it", () => {
  const { stream, link, written, flush } = scene({ mtu: 100 });
  const numbers = numbersFrom(link);
  deepEqual([link.send(numbered(0, 114)), link.send(numbered(1, 115))], [true, false]);
  flush();
  deepEqual(written, [joinFrames([numbered(0, 114)])]);
  stream.onBytes?.(joinFrames([numbered(2, 115), numbered(3, 114)]));
  deepEqual(numbers, [3]);
  equal(link.counters.tooLong, 2);
  equal(stream.isClosed, false);
});

test("what finds too much waiting is dropped and counted, here and in the stream", () => {
  const { stream, link, flush } = scene({ queue: 200 });
  deepEqual(
    upTo(4).map((i) => link.send(numbered(i))),
    [true, true, true, false],
  );
  flush();
  stream.waiting = 150;
  equal(link.send(numbered(4)), false);
  stream.waiting = 140;
  equal(link.send(numbered(5)), true);
  deepEqual([link.counters.sent, link.counters.dropped], [4, 2]);
});

test("an empty frame is not sent, since it would end the link at the other side", () => {
  const { link, written, flush } = scene();
  equal(link.send(new Uint8Array(0)), false);
  flush();
  deepEqual(written, []);
  equal(link.counters.lost, 1);
});

test("garbage ends it, and says so once", () => {
  const { stream, link, ends } = scene();
  const numbers = numbersFrom(link);
  stream.onBytes?.(joinFrames([numbered(7)]));
  stream.onBytes?.(new Uint8Array(4));
  stream.onBytes?.(joinFrames([numbered(8)]));
  stream.onEnd?.();
  deepEqual(numbers, [7]);
  deepEqual(ends, ["garbage"]);
  equal(stream.isClosed, true);
  equal(link.send(numbered(0)), false);
});

test("the end of the stream is its end", () => {
  const { stream, link, ends } = scene();
  stream.onEnd?.();
  stream.onEnd?.();
  deepEqual(ends, ["ended"]);
  equal(link.send(numbered(0)), false);
});

test("whoever closes it has written what he sent, hears nothing more, and is not told of the end", () => {
  const { stream, link, written, ends, flush } = scene();
  const numbers: number[] = [];
  link.onFrame = (frame) => {
    numbers.push(numberOf(frame));
    link.send(frame);
    link.close();
  };
  stream.onBytes?.(joinFrames([numbered(0), numbered(1)]));
  stream.onBytes?.(joinFrames([numbered(2)]));
  stream.onEnd?.();
  flush();
  deepEqual(numbers, [0]);
  deepEqual(written, [joinFrames([numbered(0)])]);
  deepEqual(ends, []);
  equal(link.counters.lost, 1);
});

test("whatever is sent over torn streams comes in order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 18, max: 200 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 50 }),
      (lengths, piece) => {
        const here = scene();
        const there = scene();
        const numbers = numbersFrom(there.link);
        for (const [i, length] of lengths.entries()) {
          here.link.send(numbered(i, length));
          if (i % 4 === 0) here.flush();
        }
        here.flush();
        for (const bytes of here.written) {
          for (let at = 0; at < bytes.length; at += piece) there.stream.onBytes?.(bytes.subarray(at, at + piece));
        }
        deepEqual(numbers, upTo(lengths.length));
        equal(here.link.counters.sentBytes, there.link.counters.receivedBytes);
      },
    ),
    { numRuns: 50 },
  );
});

/** A QEMU without a machine: its own network, 10.0.2.0/24 with a gateway, on one hub with a stream that comes to us. */
async function qemu(t: TestContext): Promise<Socket> {
  const folder = mkdtempSync(join(tmpdir(), "maitred-link-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = createServer().listen(join(folder, "net"));
  t.after(() => server.close());
  await once(server, "listening");
  const words = ["-machine", "none", "-nodefaults", "-display", "none", "-netdev", "user,id=inside,restrict=on"];
  words.push("-netdev", `stream,id=outside,server=off,addr.type=unix,addr.path=${join(folder, "net")}`);
  for (const id of ["inside", "outside"]) words.push("-netdev", `hubport,hubid=0,id=${id}-port,netdev=${id}`);
  const child = spawn("qemu-system-x86_64", words, { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (bytes) => void (complaint += bytes));
  const ended = once(child, "exit");
  t.after(async () => {
    child.kill();
    await ended;
  });
  const [socket] = (await Promise.race([once(server, "connection"), ended.then(() => [])])) as [Socket?];
  ok(socket, complaint);
  t.after(() => socket.destroy());
  return socket;
}

const HAS_QEMU = spawnSync("qemu-system-x86_64", ["--version"]).status === 0;

test("QEMU understands it, and is understood: its gateway says who it is", {
  skip: !HAS_QEMU && "there is no qemu-system-x86_64 (Debian: qemu-system-x86)",
  timeout: 20_000,
}, async (t) => {
  const socket = await qemu(t);
  const stream: ByteStream = {
    write: (bytes) => void socket.write(bytes),
    get waiting() {
      return socket.writableLength;
    },
    onBytes: undefined,
    onEnd: undefined,
    close: () => void socket.end(),
  };
  const link = new FramedStream(stream);
  socket.on("data", (bytes) => stream.onBytes?.(bytes));
  const me = { mac: 0x52_54_00_00_00_01, address: readIpv4("10.0.2.15")! };
  const gateway = readIpv4("10.0.2.2")!;
  const question = emitArp({ operation: 1, senderMac: me.mac, sender: me.address, targetMac: 0, target: gateway });
  const frame = new Uint8Array(60);
  putEthernet(frame, BROADCAST, me.mac, ETHERTYPE.arp);
  frame.set(question, ETHERNET_HEADER);
  const heard = new Promise<Uint8Array>((resolve) => {
    link.onFrame = (frame) => void (parseEthernet(frame)?.type === ETHERTYPE.arp && resolve(frame));
  });
  link.send(frame);
  const answer = parseArp(parseEthernet(await heard)!.payload);
  deepEqual([answer?.operation, answer?.sender, answer?.target], [2, gateway, me.address]);
  link.close();
});
