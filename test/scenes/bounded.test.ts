/** However much comes, and however slowly it is taken: what the proxy holds of it stays small. */

import { equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import * as net from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { type Maitred, maitred } from "../commands/maitred.ts";

const MIB = 1 << 20;
const LENGTH = 256 * MIB;

/** What the kernel's buffers of two connections and the proxy's own may hold while nobody reads. */
const HELD = 32 * MIB;

/** What the process may grow by: far less than the content, and more than a garbage collector lets lie about. */
const GROWTH = 64 * MIB;

const piece = Buffer.alloc(MIB, "x");

/** Says all of the content, as quickly as it is taken. */
async function pour(socket: net.Socket): Promise<void> {
  for (let sent = 0; sent < LENGTH; sent += piece.length) {
    if (!socket.write(piece)) await once(socket, "drain");
  }
}

/** Until whoever sends has not got rid of anything for a while, since nobody reads. */
async function untilStill(sender: net.Socket): Promise<number> {
  for (let still = 0, before = -1; still < 5; ) {
    await later(20);
    const now = sender.bytesWritten - sender.writableLength;
    still = now === before ? still + 1 : 0;
    before = now;
  }
  return sender.bytesWritten - sender.writableLength;
}

/** Reads the content, behind the head, to its length or to the connection's end; says how much there was. */
function contentOf(socket: net.Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let head: string | undefined = "";
    let length = 0;
    socket.on("data", (bytes: Buffer) => {
      length += bytes.length;
      if (head !== undefined) {
        head += bytes.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        length = end < 0 ? 0 : head.length - end - 4;
        if (end >= 0) head = undefined;
      }
      if (length >= LENGTH) resolve(length);
    });
    socket
      .on("end", () => resolve(length))
      .on("error", reject)
      .resume();
  });
}

describe("memory", { skip: !existsSync("/proc/self/status") && "no /proc here" }, () => {
  const origin = net.createServer({ pauseOnConnect: true });
  let house: Maitred;
  let url: string;
  let place: net.NetConnectOpts;

  before(async () => {
    await once(origin.listen(0, "127.0.0.1"), "listening");
    const { port } = origin.address() as net.AddressInfo;
    url = `http://127.0.0.1:${port}`;
    house = maitred("proxy", "--port", "0", "--connect-port", String(port));
    place = { host: "127.0.0.1", port: Number(new URL(await house.origin()).port) };
  });

  after(async () => {
    await house[Symbol.asyncDispose]();
    origin.close();
  });

  /** The most that the proxy has ever had, in bytes. */
  const peak = (): number =>
    1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${house.child.pid}/status`, "utf8"))![1]);

  /** Both ends of one exchange; whoever is to be slow does not read so far. */
  async function exchange(head: string): Promise<{ client: net.Socket; server: net.Socket }> {
    const client = net.connect(place).pause();
    client.write(head);
    const [server] = (await once(origin, "connection")) as [net.Socket];
    return { client, server };
  }

  /** Has the one pour while the other does not read, and then does. */
  async function moves(from: net.Socket, to: net.Socket): Promise<void> {
    const before = peak();
    const poured = pour(from);
    const held = await untilStill(from);
    ok(held < HELD, `${held / MIB} MiB went to somebody who does not read`);
    const [length] = await Promise.all([contentOf(to), poured]);
    equal(length, LENGTH);
    const growth = peak() - before;
    ok(growth < GROWTH, `it grew by ${growth / MIB} MiB`);
    for (const socket of [from, to]) socket.on("error", () => {}).destroy();
  }

  const length = `Content-Length: ${LENGTH}\r\nConnection: close\r\n\r\n`;

  test("does not grow with what a server says to a slow client", async () => {
    const { client, server } = await exchange(`GET ${url}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    server.resume().write(`HTTP/1.1 200 OK\r\n${length}`);
    await moves(server, client);
  });

  test("does not grow with what a client says to a slow server", async () => {
    const { client, server } = await exchange(`PUT ${url}/ HTTP/1.1\r\nHost: a\r\n${length}`);
    await moves(client, server);
  });

  test("does not grow with what is said in a tunnel", async () => {
    const client = net.connect(place);
    client.write(`CONNECT ${url.slice("http://".length)} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const [[server]] = (await Promise.all([once(origin, "connection"), once(client, "data")])) as [
      [net.Socket],
      unknown,
    ];
    client.pause();
    server.resume().write("a head\r\n\r\n");
    await moves(server, client);
  });
});
