import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { kernel, kernelNetwork } from "../../src/socket/kernel.ts";
import { type InternetAddress, SocketError } from "../../src/socket/socket.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-listener-"));
after(() => rmSync(folder, { recursive: true }));

const portOf = ({ address }: { address: unknown }): number => (address as InternetAddress).port;

test("localhost means both loopback addresses, on one port", async () => {
  for (let i = 0; i < 20; i++) {
    const listener = await kernel.listen({ host: "localhost", port: 0 });
    const port = portOf(listener);
    deepEqual(listener.addresses, [
      { host: "127.0.0.1", port },
      { host: "::1", port },
    ]);
    for (const host of ["127.0.0.1", "::1"]) {
      const near = await kernel.connect({ host, port });
      const far = (await listener.accept())!;
      deepEqual(far.local, { host, port });
      near.reset();
      far.reset();
    }
    await listener.close();
  }
});

test("localhost is taken where either of its addresses is, and then the other is left free", async () => {
  for (const [taken, free] of [
    ["127.0.0.1", "::1"],
    ["::1", "127.0.0.1"],
  ] as const) {
    const one = await kernel.listen({ host: taken, port: 0 });
    const port = portOf(one);
    await rejects(kernel.listen({ host: "localhost", port }), { code: "EADDRINUSE" });
    const other = await kernel.listen({ host: free, port });
    await one.close();
    await other.close();
  }
});

test("`::` leaves IPv4 to others", async () => {
  const six = await kernel.listen({ host: "::", port: 0 });
  const four = await kernel.listen({ host: "0.0.0.0", port: portOf(six) });
  const near = await kernel.connect({ host: "127.0.0.1", port: portOf(six) });
  const far = (await four.accept())!;
  deepEqual(far.remote, near.local);
  near.reset();
  far.reset();
  await six.close();
  await four.close();
});

test("an address that the machine does not have cannot be listened on", () =>
  // A network set aside for documentation (RFC 5737).
  rejects(kernel.listen({ host: "192.0.2.1", port: 0 }), {
    code: "EADDRNOTAVAIL",
    message: "Cannot listen on 192.0.2.1:0: this machine does not have that address",
  }));

test("the file of a Unix-domain socket goes when it is closed", async () => {
  const path = join(folder, "gone.sock");
  const listener = await kernel.listen({ path });
  equal(existsSync(path), true);
  await listener.close();
  equal(existsSync(path), false);
});

test("a socket that a dead process has left is taken over", async () => {
  const path = join(folder, "stale.sock");
  const dead = await kernel.listen({ path: join(folder, "dead.sock") });
  renameSync(join(folder, "dead.sock"), path);
  await dead.close();
  equal(existsSync(path), true);
  const listener = await kernel.listen({ path });
  (await kernel.connect({ path })).close();
  await listener.close();
});

test("a file that is no socket is left alone", async () => {
  const path = join(folder, "letter.txt");
  writeFileSync(path, "dear reader");
  await rejects(kernel.listen({ path }), { code: "EADDRINUSE" });
  equal(existsSync(path), true);
});

test("a path that cannot be is refused", async () => {
  await rejects(kernel.listen({ path: join(folder, "none", "x.sock") }), { code: "ENOENT" });
  await rejects(kernel.listen({ path: join(folder, "x".repeat(200)) }), { code: "EINVAL" });
});

test("two who accept at once are a mistake", async () => {
  const listener = await kernel.listen({ host: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  await rejects(listener.accept(), TypeError);
  await listener.close();
  equal(await accepting, undefined);
});

test("nothing is read from those who were not let in yet", async () => {
  for (const network of [kernel, kernelNetwork("events")]) {
    const listener = await network.listen({ host: "127.0.0.1", port: 0 });
    const near = await network.connect(listener.address);
    const piece = new Uint8Array(1024 * 1024);
    let room: Promise<void> | undefined;
    let written = 0;
    for (; room === undefined; written += piece.length) {
      room = near.write(piece);
      ok(written < 100 * piece.length, "somebody reads");
    }
    near.reset();
    await rejects(room, SocketError);
    await listener.close();
  }
});
