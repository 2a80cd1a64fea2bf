import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { latin1 } from "../../src/base/bytes.ts";
import { kernel, kernelNetwork } from "../../src/socket/kernel.ts";
import { borrow, giveBack } from "../../src/socket/read-buffers.ts";
import { type Address, type Network, type Socket, SocketError } from "../../src/socket/socket.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-socket-"));
after(() => rmSync(folder, { recursive: true }));

async function pairs(count: number, network: Network, at: Address = { host: "127.0.0.1", port: 0 }) {
  const listener = await network.listen(at);
  const all: { near: Socket; far: Socket }[] = [];
  for (let i = 0; i < count; i++) {
    const near = await network.connect(listener.address);
    all.push({ near, far: (await listener.accept())! });
  }
  await listener.close();
  return all;
}

for (const reading of ["onread", "events"] as const) {
  const network = kernelNetwork(reading);

  test(`${reading}: connections share a buffer, and none finds another's bytes in its own`, async () => {
    const all = await pairs(20, network);
    const reads = all.map(({ far }) => far.read());
    all.forEach(({ near }, i) => void near.write(Buffer.alloc(1000, i)));
    const heard = await Promise.all(reads);
    deepEqual(
      heard.map((bytes) => bytes!.every((byte) => byte === bytes![0]) && bytes![0]),
      heard.map((_, i) => i),
    );
    for (const { near, far } of all) [near, far].forEach((socket) => void socket.reset());
  });

  test(`${reading}: what comes while nobody reads is one buffer's worth at most`, async () => {
    const [{ near, far }] = (await pairs(1, network)) as [{ near: Socket; far: Socket }];
    void near.write(Buffer.from("first"));
    await far.read();
    void near.write(Buffer.alloc(1024 * 1024));
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    ok((await far.read())!.length <= 64 * 1024);
    near.reset();
    far.reset();
  });
}

/** How many read buffers could be lent now. */
function lendable(): number {
  const all: Buffer[] = [];
  for (let own = borrow(); own !== undefined; own = borrow()) all.push(own);
  for (const own of all) giveBack(own);
  return all.length;
}

for (const way of ["reset", "close"] as const) {
  test(`${way} amid a flood: buffers that were lent are written off, once`, async () => {
    const before = lendable();
    const [{ near, far }] = (await pairs(1, kernel)) as [{ near: Socket; far: Socket }];
    const flood = async () => {
      for (;;) await (near.write(new Uint8Array(1024 * 1024)) ?? new Promise(setImmediate));
    };
    const flooded = rejects(flood(), SocketError);
    // Until what comes is in a buffer of its own.
    let bytes = (await far.read())!;
    for (; bytes.byteOffset !== 0 || bytes.buffer.byteLength !== 128 * 1024; bytes = (await far.read())!) {
      far.recycle?.(bytes);
    }
    equal(lendable() < before, true);
    far[way]();
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    far.recycle?.(bytes);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    equal(lendable(), before);
    far.reset();
    near.reset();
    await flooded;
  });
}

test("a reset of a Unix-domain socket is an end to its peer", async () => {
  const [{ near, far }] = (await pairs(1, kernel, { path: join(folder, "x.sock") })) as [{ near: Socket; far: Socket }];
  const reading = near.read();
  near.reset();
  await rejects(reading, { code: "ECONNABORTED" });
  equal(await far.read(), undefined);
  far.reset();
});

test("errors name the peer", async () => {
  const [{ near, far }] = (await pairs(1, kernel)) as [{ near: Socket; far: Socket }];
  const { host, port } = near.local as { host: string; port: number };
  near.reset();
  await rejects(far.read(), { message: `Cannot go on talking to ${host}:${port}: the peer has reset the connection` });
});

test("a server that has answered amid an upload, and closed, is heard", async () => {
  const server = createServer((stream) => {
    stream.on("error", () => {});
    // To close with bytes unread resets the connection.
    stream.once("data", () => stream.pause().write("too much", () => stream.destroy()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = await kernel.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  const upload = (async () => {
    for (;;) await (socket.write(new Uint8Array(64 * 1024)) ?? new Promise(setImmediate));
  })();
  equal(latin1((await socket.read())!), "too much");
  await rejects(upload, { code: /^E(?:PIPE|CONNRESET)$/ });
  // What comes then is no end in good order.
  await rejects(socket.read(), { code: /^E(?:PIPE|CONNRESET)$/ });
  await rejects(socket.end(), SocketError);
  socket.close();
  server.close();
  await once(server, "close");
});
