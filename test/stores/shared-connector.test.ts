import { deepEqual, equal, match } from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import * as tls from "node:tls";
import { SharedConnector } from "../../src/stores/shared-connector.ts";
import { contentOf, KIB, put, said, same } from "./contract.ts";
import { freePort, needsRedis, RedisServer } from "./redis-server.ts";
import { house, until } from "./shared-house.ts";

const CERTIFICATES = join(import.meta.dirname, "../socket/certificates");

test("a socket may fail as often as it likes, and is closed at once", async () => {
  const arrived: Socket[] = [];
  const server = createServer((socket) => void arrived.push(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (const options of [
    { host: "127.0.0.1", port },
    { host: "127.0.0.1", port, tls: {} },
  ]) {
    const connector = new SharedConnector(options);
    // Before there is a socket there is nothing to close.
    connector.disconnect();
    const socket = await connector.connect();
    await until(() => arrived.length > 0);
    socket.emit("error", new Error("one"));
    socket.emit("error", new Error("another"));
    // The other end keeps its half open.
    const closed = once(socket, "close");
    connector.disconnect();
    await closed;
    arrived.pop()!.destroy();
  }
  server.close();
});

test("over TLS, with a server whose certificate is trusted, and with none other", needsRedis, async (t) => {
  const port = await freePort();
  const file = (name: string): string => join(CERTIFICATES, name);
  const words = ["--tls-port", `${port}`, "--tls-auth-clients", "no", "--tls-ca-cert-file", file("ca.crt")];
  let server: RedisServer;
  try {
    server = await RedisServer.start(
      ...words,
      "--tls-cert-file",
      file("localhost.crt"),
      "--tls-key-file",
      file("localhost.key"),
    );
  } catch {
    t.skip("this server speaks no TLS");
    return;
  }
  await using _ = server;
  await using all = house();
  const url = `rediss://localhost:${port}`;
  const distrustful = await all.open({ url });
  deepEqual(await distrustful.find(said().key), []);
  equal(all.lines.length, 1);
  match(all.lines[0]!, /^Cannot use the shared store rediss:\/\/localhost:\d+: .*certificate.*; going on without it$/);

  // As NODE_EXTRA_CA_CERTS does from the beginning.
  tls.setDefaultCACertificates([readFileSync(file("ca.crt"))]);
  const trustful = await all.open({ url });
  await put(trustful, said(), contentOf(1, 100 * KIB));
  await same((await trustful.find(said().key))[0]!, contentOf(1, 100 * KIB));
});
