import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { FramedStream } from "../../src/link/framed-stream.ts";
import { type FramePort, portLink } from "../../src/link/message-port.ts";
import { linkContract } from "./contract.ts";
import { numbered, numberOf, upTo } from "./numbered.ts";

linkContract("message port", (t) => {
  const { port1, port2 } = new MessageChannel();
  const [near, far] = [portLink(port1), portLink(port2)];
  // The far port closes with the near one.
  t.after(() => near.close());
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 200; turn++) await setImmediate();
  };
  return { near, far, settle };
});

/** A port that keeps what is posted, and says what it is told to. */
class KeptPort implements FramePort {
  readonly posted: unknown[] = [];
  readonly transferred: ArrayBuffer[] = [];
  isClosed = false;
  readonly #listeners = new Map<string, (event: { readonly data?: unknown }) => void>();
  postMessage(message: unknown, transfer: ArrayBuffer[]): void {
    this.posted.push(structuredClone(message, { transfer }));
    this.transferred.push(...transfer);
  }
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }
  start(): void {}
  close(): void {
    this.isClosed = true;
  }
  hear(data: unknown): void {
    this.#listeners.get("message")!({ data });
  }
  end(): void {
    this.#listeners.get("close")!({});
  }
}

/** The next so many frames' numbers. */
function next(link: FramedStream, count: number): Promise<number[]> {
  const numbers: number[] = [];
  return new Promise((resolve) => {
    link.onFrame = (frame) => {
      numbers.push(numberOf(frame));
      if (numbers.length === count) resolve(numbers);
    };
  });
}

test("frames go from port to port, both ways and in order", async () => {
  const { port1, port2 } = new MessageChannel();
  const [a, b] = [portLink(port1), portLink(port2, { mtu: 9000 })];
  deepEqual([a.mtu, b.mtu, a.hasFcs], [1500, 9000, false]);
  const heard = Promise.all([next(a, 100), next(b, 100)]);
  for (const i of upTo(100)) {
    a.send(numbered(i));
    b.send(numbered(i));
    if (i % 10 === 0) await undefined;
  }
  deepEqual(await heard, [upTo(100), upTo(100)]);
  const ended = new Promise((resolve) => (b.onEnd = resolve));
  a.close();
  equal(await ended, "ended");
  equal(b.send(numbered(0)), false);
});

test("what is sent in one turn is one message, whose memory goes along", async () => {
  const port = new KeptPort();
  const link = portLink(port);
  const frames = upTo(5).map((i) => numbered(i, 100));
  for (const frame of frames) link.send(frame);
  await undefined;
  equal(port.posted.length, 1);
  equal((port.posted[0] as Uint8Array).length, 5 * 104);
  equal(port.transferred.length, 1);
  // The frames themselves stay where they are.
  ok(frames.every(({ length }) => length === 100));
});

test("a stuck reader is not buried: what he has not read is counted, and beyond the queue frames are dropped", async () => {
  const port = new KeptPort();
  const link = portLink(port, { queue: 300_000 });
  let taken = 0;
  while (link.send(numbered(taken, 1500))) {
    taken++;
    await undefined;
  }
  ok(taken > 190 && taken <= 200, String(taken));
  equal(link.counters.dropped, 1);
  port.hear(150_000);
  equal(link.send(numbered(0, 1500)), true);
  // Whoever says he has read more than there was has read all of it.
  port.hear(1e9);
  for (const i of upTo(190)) equal(link.send(numbered(i, 1500)), true);
});

test("a reader says what he has read, now and then", async () => {
  const here = new KeptPort();
  const there = new KeptPort();
  const sender = portLink(here, { queue: 1 });
  const reader = portLink(there);
  reader.onFrame = () => {};
  let acknowledged = 0;
  for (const i of upTo(1000)) {
    // However small the queue, whoever is read may send on.
    equal(sender.send(numbered(i, 1500)), true);
    await undefined;
    for (const message of here.posted.splice(0)) there.hear(message);
    for (const message of there.posted.splice(0)) {
      acknowledged++;
      here.hear(message);
    }
  }
  equal(reader.counters.received, 1000);
  equal(acknowledged, Math.floor(1000 / Math.ceil((64 * 1024) / 1504)));
});

test("messages of somebody else are nothing to it, and garbage ends it", () => {
  const port = new KeptPort();
  const link = portLink(port);
  const ends: string[] = [];
  link.onEnd = (reason) => void ends.push(reason);
  for (const message of [undefined, null, "hello", {}, [1], NaN, -1, new ArrayBuffer(8), true]) port.hear(message);
  deepEqual(ends, []);
  for (const i of upTo(10_000)) link.send(numbered(i, 1500));
  ok(link.counters.dropped > 5000);
  port.hear(new Uint8Array(4));
  deepEqual(ends, ["garbage"]);
  equal(port.isClosed, true);
});

test("a port that has closed is the link's end", () => {
  const port = new KeptPort();
  const link = portLink(port);
  const ends: string[] = [];
  link.onEnd = (reason) => void ends.push(reason);
  port.end();
  port.end();
  deepEqual(ends, ["ended"]);
});

test("a worker is an adapter like any other", async (t) => {
  const url = new URL("../../src/link/message-port.ts", import.meta.url).href;
  const code = `
    import { workerData } from "node:worker_threads";
    const { portLink } = await import(${JSON.stringify(url)});
    const link = portLink(workerData);
    link.onFrame = (frame) => link.send(frame);
  `;
  const { port1, port2 } = new MessageChannel();
  const script = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const worker = new Worker(script, { workerData: port2, transferList: [port2 as never] });
  t.after(() => worker.terminate());
  const link = portLink(port1);
  const echoed = next(link, 200);
  for (const i of upTo(200)) link.send(numbered(i, 1000));
  deepEqual(await echoed, upTo(200));
  link.close();
});
