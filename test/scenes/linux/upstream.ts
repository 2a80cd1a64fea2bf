/** Our web client, and a relay, on our own TCP/IP; nginx and iperf3 on the kernel's. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { concat } from "../../../src/base/bytes.ts";
import { Fields } from "../../../src/http/fields.ts";
import type { InternetAddress, Socket } from "../../../src/socket/socket.ts";
import type { Incoming, Outgoing } from "../../../src/web/asking.ts";
import { Client } from "../../../src/web/client.ts";
import { dialer } from "../../../src/web/dial.ts";
import { originAt } from "../../../src/web/origin.ts";
import { cable, needs, OFFLOADS, run } from "./kernel.ts";
import { theirs } from "./stream.ts";

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const CONF = `user root; daemon off; master_process off; pid pid; error_log stderr crit; events {}
http {
  access_log off; client_max_body_size 10m; keepalive_requests 10000;
  client_body_temp_path .; proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;
  server { listen 10.0.0.1:80; root .; dav_methods PUT; }
}`;

interface Scene {
  readonly folder: string;
  readonly client: Client;
  ask(method: string, target: string, body?: Uint8Array): Promise<{ status: number; content: Uint8Array }>;
}

/** nginx, which serves a folder and takes files for it; and our client, who asks for them. */
async function nginx(t: TestContext): Promise<Scene> {
  const { ours, leave } = await cable(t, { hasOffloads: true });
  const folder = await mkdtemp(join(tmpdir(), "maitred-linux-"));
  leave.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "nginx.conf"), CONF);
  const child = spawn("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  leave.push(() => ended(child));
  await opened({ host: "10.0.0.1", port: 80 });
  const client = new Client(dialer(ours));
  leave.push(() => client.close());
  const origin = originAt({ host: "10.0.0.1", port: 80 });
  const asker = { signal: new AbortController().signal, inform() {} };
  const ask: Scene["ask"] = async (method, target, body) => {
    const request: Outgoing = { method, target, fields: Fields.of({ Host: origin.authority }), body };
    const answer = await client.ask(origin, request, asker);
    return { status: answer.status, content: await contentOf(answer) };
  };
  return { folder, client, ask };
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** The program listens. */
async function opened(address: InternetAddress): Promise<void> {
  for (;;) {
    const socket = await theirs.connect(address).catch(() => sleep(5));
    if (socket !== undefined) return socket.close();
  }
}

async function contentOf({ body }: Incoming): Promise<Uint8Array> {
  if (body === undefined || body instanceof Uint8Array) return body ?? new Uint8Array(0);
  const parts: Uint8Array[] = [];
  for (let part = await body.read(); part !== undefined; part = await body.read()) parts.push(part);
  return concat(parts);
}

test("our client asks nginx a thousand times over ten connections", needs("nginx"), async (t) => {
  const { folder, client, ask } = await nginx(t);
  await writeFile(join(folder, "menu.txt"), "soup\n");
  let number = 0;
  const guest = async (): Promise<void> => {
    while (number++ < 1000) {
      const { status, content } = await ask("GET", "/menu.txt");
      deepEqual([status, Buffer.from(content).toString()], [200, "soup\n"]);
    }
  };
  await Promise.all(Array.from({ length: 10 }, guest));
  equal(client.connections, 10);
});

test("our client brings nginx five mebibytes, and fetches them", needs("nginx"), async (t) => {
  const { folder, ask } = await nginx(t);
  const large = randomBytes(5 << 20);
  equal((await ask("PUT", "/large", large)).status, 201);
  equal(digest(await readFile(join(folder, "large"))), digest(large));
  const { status, content } = await ask("GET", "/large");
  deepEqual([status, digest(content)], [200, digest(large)]);
});

/** Passes on what one says to the other, to its end. */
async function pass(from: Socket, to: Socket): Promise<void> {
  for (let bytes = await from.read(); bytes !== undefined; bytes = await from.read()) await to.write(bytes);
  await to.end();
}

for (const { hasOffloads, manner } of OFFLOADS) {
  test(`iperf3 measures its own server by way of us, in both directions, ${manner}`, needs("iperf3"), async (t) => {
    const { ours, leave } = await cable(t, { hasOffloads });
    const server = spawn("iperf3", ["-s", "-B", "10.0.0.1", "--forceflush"], { stdio: ["ignore", "pipe", "ignore"] });
    leave.push(() => ended(server));
    await once(server.stdout!, "data");
    const listener = await ours.listen({ host: "10.0.0.2", port: 5201 });
    leave.push(() => listener.close());
    const relay = async (): Promise<void> => {
      for await (const near of listener) {
        const far = await ours.connect({ host: "10.0.0.1", port: 5201 });
        leave.push(
          () => near.reset(),
          () => far.reset(),
        );
        void Promise.all([pass(near, far), pass(far, near)]).catch(() => {});
      }
    };
    void relay();
    for (const direction of [[], ["-R"], ["--bidir"]]) {
      const words = ["-J", "-c", "10.0.0.2", "-n", "20M", "-P", "2", ...direction];
      const { end, error } = JSON.parse(await run("iperf3", ...words));
      equal(error, undefined);
      const { sum_received: there, sum_received_bidir_reverse: back = there } = end;
      // It ends when the one half has said enough; what is under way then is not counted.
      for (const { bytes } of [there, back]) ok(bytes > 1e6, JSON.stringify(end));
    }
  });
}
