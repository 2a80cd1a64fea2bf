import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { kernel } from "../../src/socket/kernel.ts";
import { connect } from "../../src/socket/kernel-connect.ts";
import type { InternetAddress } from "../../src/socket/socket.ts";

test("of a name all addresses are tried, of whichever family", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const listener = await kernel.listen({ host, port: 0 });
    const { port } = listener.address as InternetAddress;
    const socket = await connect({ host: "localhost", port });
    deepEqual(socket.remote, { host, port });
    socket.reset();
    await listener.close();
  }
});

test("where all addresses of a name refuse, it is refused", async () => {
  const listener = await kernel.listen({ host: "localhost", port: 0 });
  const { port } = listener.address as InternetAddress;
  await listener.close();
  await rejects(connect({ host: "localhost", port }), {
    code: "ECONNREFUSED",
    message: `Cannot connect to localhost:${port}: nobody listens there`,
  });
});

test("what is no name has no address", () => rejects(connect({ host: "not a name", port: 80 }), { code: "ENOTFOUND" }));

test("a port that cannot be is the caller's mistake", () =>
  rejects(connect({ host: "127.0.0.1", port: 65_536 }), RangeError));

test("one cannot speak from an address that the machine does not have", () =>
  // A network set aside for documentation (RFC 5737).
  rejects(connect({ host: "127.0.0.1", port: 80 }, { from: { host: "192.0.2.1", port: 0 } }), {
    code: "EADDRNOTAVAIL",
  }));

test("a signal hears no more of a connection that is open, or was refused", async () => {
  const listener = await kernel.listen({ host: "127.0.0.1", port: 0 });
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  (await connect(listener.address, { signal })).reset();
  await listener.close();
  await rejects(connect(listener.address, { signal }), { code: "ECONNREFUSED" });
  equal(listeners, 0);
});
