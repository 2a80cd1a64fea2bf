import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as nodes from "node:net";
import { test } from "node:test";
import { Redis } from "ioredis";
import { Agent, Pool, request } from "undici";
import { kernel } from "../../src/socket/kernel.ts";
import { type NodeNet, nodeNet } from "../../src/socket/node-net.ts";
import { simulate } from "../../src/socket/simulated.ts";

interface Stage {
  readonly near: NodeNet;
  readonly far: NodeNet;
  readonly host: string;
}

/** Node's own, and ours over the kernel and over a simulated network. */
const STAGES: Readonly<Record<string, () => Stage>> = {
  "node:net": () => ({ near: nodes, far: nodes, host: "127.0.0.1" }),
  "kernel": () => ({ near: nodeNet(kernel), far: nodeNet(kernel), host: "127.0.0.1" }),
  "simulated": () => {
    const net = simulate({ seed: 7 });
    const [near, far] = [net.host("10.0.0.1"), net.host("10.0.0.2")];
    return { near: nodeNet(near), far: nodeNet(far), host: "10.0.0.2" };
  },
};

/** The same play on each stage; they must not be told apart. */
function play(name: string, act: (stage: Stage) => Promise<void>): void {
  for (const [stage, make] of Object.entries(STAGES)) test(`${stage}: ${name}`, { timeout: 10_000 }, () => act(make()));
}

const portOf = (server: nodes.Server): number => (server.address() as nodes.AddressInfo).port;

/** A server that does this to each connection, and a client's connection to it; and what the two of them are told. */
async function two({ near, far, host }: Stage, serve: (socket: nodes.Socket) => void, options: nodes.ServerOpts = {}) {
  const log: string[] = [];
  const server = far.createServer(options, (socket) => {
    listen("server", socket, log);
    serve(socket);
  });
  await once(server.listen(0, host), "listening");
  const client = near.connect(portOf(server), host);
  listen("client", client, log);
  const over = Promise.all([ended(client), once(server, "connection").then(([socket]) => ended(socket))]);
  return { client, server, log, over };
}

const ended = async (socket: nodes.Socket): Promise<void> => {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
};

function listen(name: string, socket: nodes.Socket, log: string[]): void {
  socket.on("connect", () => log.push(`${name} connect`));
  socket.on("ready", () => log.push(`${name} ready`));
  socket.on("end", () => log.push(`${name} end`));
  socket.on("finish", () => log.push(`${name} finish`));
  socket.on("error", (error: NodeJS.ErrnoException) => log.push(`${name} error ${error.message}`));
  socket.on("close", (hadError) => log.push(`${name} close ${hadError}`));
}

/** All that is read until the end. */
async function heard(socket: nodes.Socket): Promise<string> {
  let all = "";
  socket.setEncoding("utf8").on("data", (words: string) => (all += words));
  await once(socket, "end");
  return all;
}

const of = (log: readonly string[], name: string): string[] => log.filter((line) => line.startsWith(name));

async function close(server: nodes.Server): Promise<void> {
  server.close();
  await once(server, "close");
}

play("what is said is heard, and the end ends both", async (stage) => {
  const { client, server, log, over } = await two(stage, (socket) => socket.end("hello"));
  equal(await heard(client), "hello");
  await over;
  deepEqual(of(log, "client"), ["client connect", "client ready", "client end", "client finish", "client close false"]);
  deepEqual(of(log, "server").at(-1), "server close false");
  deepEqual([client.bytesRead, client.bytesWritten], [5, 0]);
  await close(server);
});

play("one may be half open", async (stage) => {
  const { client, server, over } = await two(
    stage,
    async (socket) => {
      let said = "";
      for await (const words of socket.setEncoding("utf8")) said += words;
      socket.end(said.toUpperCase());
    },
    { allowHalfOpen: true },
  );
  client.end("hello");
  equal(await heard(client), "HELLO");
  await over;
  await close(server);
});

play("addresses are told", async (stage) => {
  const { client, server, over } = await two(stage, (socket) => {
    const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = socket;
    socket.end(JSON.stringify({ remoteAddress, remotePort, remoteFamily, localAddress, localPort }));
  });
  let port: number | undefined;
  client.on("connect", () => {
    deepEqual(client.address(), { address: client.localAddress, family: "IPv4", port: client.localPort });
    deepEqual([client.remoteAddress, client.remotePort, client.pending], [stage.host, portOf(server), false]);
    port = client.localPort;
  });
  const told = JSON.parse(await heard(client));
  await over;
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = told;
  deepEqual([localAddress, localPort, remoteFamily], [stage.host, portOf(server), "IPv4"]);
  equal(remotePort, port);
  ok(remoteAddress.length > 0);
  await close(server);
});

play(
  "a megabyte goes through pipes, with back-pressure, and a buffer is the writer's again when it is written",
  async (stage) => {
    const { client, server, over } = await two(stage, (socket) => socket.pipe(socket));
    const heard = client.toArray();
    const buffer = Buffer.alloc(64 * 1024);
    for (let i = 0; i < 16; i++) {
      buffer.fill(i);
      await new Promise((resolve) => client.write(buffer, resolve));
    }
    client.end();
    const all = Buffer.concat(await heard);
    equal(all.length, 1024 * 1024);
    for (let i = 0; i < 16; i++) equal(all[i * 64 * 1024 + 17], i);
    await over;
    await close(server);
  },
);

play("nobody listens there", async ({ near, far, host }) => {
  const server = far.createServer();
  await once(server.listen(0, host), "listening");
  const port = portOf(server);
  await close(server);
  const client = near.connect({ port, host });
  equal(client.connecting, true);
  const [error] = await once(client, "error");
  const { message, code, syscall, address, errno } = error;
  deepEqual(
    { message, code, syscall, address, port: error.port, errno },
    {
      message: `connect ECONNREFUSED ${host}:${port}`,
      code: "ECONNREFUSED",
      syscall: "connect",
      address: host,
      port,
      errno: -111,
    },
  );
  deepEqual(await once(client, "close"), [true]);
  equal(client.destroyed, true);
});

play("a name that is none", async ({ near }) => {
  const [error] = await once(near.connect(80, "nobody.invalid"), "error");
  const { message, code, syscall, hostname } = error;
  deepEqual(
    { message, code, syscall, hostname },
    {
      message: "getaddrinfo ENOTFOUND nobody.invalid",
      code: "ENOTFOUND",
      syscall: "getaddrinfo",
      hostname: "nobody.invalid",
    },
  );
});

play("two cannot listen at one address", async ({ far, host }) => {
  const server = far.createServer();
  await once(server.listen(0, host), "listening");
  const port = portOf(server);
  const second = far.createServer();
  const [error] = await once(second.listen({ host, port }), "error");
  deepEqual([error.code, error.syscall, error.address, error.port], ["EADDRINUSE", "listen", host, port]);
  equal(second.listening, false);
  await close(server);
});

play("a reset is an error to the other", async (stage) => {
  const { client, server, log, over } = await two(stage, (socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  client.write("are you there?");
  await over;
  deepEqual(of(log, "client").slice(2), ["client error read ECONNRESET", "client close true"]);
  deepEqual(of(log, "server"), ["server close false"]);
  equal(client.destroyed, true);
  await close(server);
});

play("who destroys says no more, and the other hears the end", async (stage) => {
  const { client, server, log, over } = await two(stage, (socket) => socket.destroy());
  client.resume();
  await over;
  deepEqual(of(log, "server"), ["server close false"]);
  deepEqual(of(log, "client").slice(2), ["client end", "client finish", "client close false"]);
  await close(server);
});

play("the end is told to who does not read", async (stage) => {
  const { client, server, over } = await two(stage, (socket) => socket.end());
  await once(client, "end");
  await over;
  await close(server);
});

play("whoever gives up before it is connected, is not", async ({ near, far, host }) => {
  const server = far.createServer();
  await once(server.listen(0, host), "listening");
  const client = near.connect(portOf(server), host);
  client.on("connect", () => ok(false));
  client.destroy(new Error("given up"));
  const [error] = await once(client, "error");
  equal(error.message, "given up");
  const controller = new AbortController();
  const other = near.connect({ port: portOf(server), host, signal: controller.signal });
  controller.abort();
  equal((await once(other, "error"))[0].name, "AbortError");
  await close(server);
});

play("a socket may be made before it is known where to", async ({ near, far, host }) => {
  const server = far.createServer((socket) => socket.resume().end("hello"));
  await once(server.listen(0, host), "listening");
  const client = new near.Socket();
  client.setNoDelay(true).setKeepAlive(true, 1000).unref().ref();
  client.connect(portOf(server), host);
  client.write("said before it is connected");
  await once(client, "connect");
  equal(await heard(client), "hello");
  await close(server);
});

play("who writes on after the end has an error", async (stage) => {
  const { client, server, over } = await two(stage, (socket) => socket.resume());
  await once(client, "connect");
  client.end("goodbye");
  const [error] = await new Promise<[NodeJS.ErrnoException]>((resolve) => {
    client.once("error", (error) => resolve([error]));
    client.write("one more thing");
  });
  equal(error.code, "ERR_STREAM_WRITE_AFTER_END");
  await over;
  await close(server);
});

play("a server has so many connections, and is closed when the last has gone", async (stage) => {
  const { client, server, over } = await two(stage, (socket) => void socket.resume());
  await Promise.all([once(client, "connect"), once(server, "connection")]);
  equal(await new Promise((resolve) => server.getConnections((_, count) => resolve(count))), 1);
  let isClosed = false;
  server.close(() => (isClosed = true));
  equal(server.listening, false);
  await new Promise(setImmediate);
  equal(isClosed, false);
  client.end();
  await over;
  if (!isClosed) await once(server, "close");
  equal(server.address(), null);
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => server.close((error) => resolve(error!)));
  equal(error.code, "ERR_SERVER_NOT_RUNNING");
});

play("the caller's mistakes are told as Node tells them", async ({ near, far, host }) => {
  throws(() => near.connect(65_536, host), { code: "ERR_SOCKET_BAD_PORT" });
  const server = far.createServer();
  await once(server.listen(0, host), "listening");
  throws(() => server.listen(0), { code: "ERR_SERVER_ALREADY_LISTEN" });
  await close(server);
  equal(near.isIP("::1"), 6);
});

// ── what only a network of one's own can show ──

/** A house of two, and their faces. */
function house() {
  const net = simulate({ seed: 7 });
  const [a, b] = [net.host("10.0.0.1"), net.host("10.0.0.2", { name: "server" })];
  return { net, a, b, near: nodeNet(a), far: nodeNet(b) };
}

test("a socket's time-out is by simulated time", async () => {
  const { net, near, far } = house();
  far.createServer((socket) => void socket.resume()).listen(80);
  const client = near.connect(80, "server").setTimeout(60_000);
  await once(client, "connect");
  client.write("hello");
  const began = net.clock.now();
  await once(client, "timeout");
  ok(net.clock.now() - began >= 60_000);
  client.setTimeout(0);
  const real = performance.now();
  await net.advance("1h");
  ok(performance.now() - real < 30_000);
  client.destroy();
});

test("node:http, both ways: an agent keeps connections, and the server's time-outs are simulated ones", async () => {
  const { net, near, far } = house();
  const server = http.createServer({ keepAliveTimeout: 5000 }, (request, response) => {
    response.end(`${request.url} from ${request.socket.remoteAddress}`);
  });
  let connections = 0;
  far
    .createServer((socket) => void server.emit("connection", socket))
    .on("connection", () => connections++)
    .listen(80);
  const agent = new http.Agent({ keepAlive: true });
  agent.createConnection = ({ host, port }) => near.connect(Number(port), host!);
  const get = async (path: string): Promise<string> => {
    const [response] = await once(http.get({ agent, host: "server", path }), "response");
    return String(Buffer.concat(await response.toArray()));
  };
  equal(await get("/a"), "/a from 10.0.0.1");
  equal(await get("/b"), "/b from 10.0.0.1");
  equal(connections, 1);
  await net.advance("10s");
  equal(await get("/c"), "/c from 10.0.0.1");
  equal(connections, 2);
  agent.destroy();
  server.close();
});

test("undici, by an agent, a pool, and through a partition", async () => {
  const { net, a, b, near, far } = house();
  net.between(a, b, { loss: 0.05, delay: "20ms" });
  const server = http.createServer((request, response) => void request.pipe(response));
  far.createServer((socket) => void server.emit("connection", socket)).listen(80);
  const connect = (options: { hostname: string; port: string }, done: (error: null, socket: nodes.Socket) => void) => {
    const socket = near.connect(Number(options.port || 80), options.hostname, () => done(null, socket));
  };
  const content = "0123456789".repeat(10_000);
  const agent = new Agent({ connect: connect as never });
  const echoes = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const { body } = await request("http://server/", { method: "POST", body: content, dispatcher: agent });
      return body.text();
    }),
  );
  ok(echoes.every((echo) => echo === content));
  await agent.destroy();
  const pool = new Pool("http://server", { connect: connect as never, connections: 1 });
  net.partition(a, b);
  const asking = pool.request({ path: "/", method: "POST", body: "hello?" });
  await net.advance("1m");
  net.heal();
  equal(await (await asking).body.text(), "hello?");
  await pool.destroy();
});

test("ioredis, by a connector", async () => {
  const { near, far } = house();
  const stored = new Map<string, string>();
  far
    .createServer((socket) => {
      let rest = "";
      socket.setEncoding("latin1").on("data", (bytes: string) => {
        rest += bytes;
        for (let order = readOrder(rest); order !== undefined; order = readOrder(rest)) {
          rest = rest.slice(order.length);
          socket.write(answerTo(order.words, stored));
        }
      });
    })
    .listen(6379);
  class Connector {
    #stream: nodes.Socket | undefined;
    async connect(): Promise<nodes.Socket> {
      this.#stream = near.connect(6379, "server");
      return this.#stream;
    }
    disconnect(): void {
      this.#stream?.end();
    }
    check(): boolean {
      return true;
    }
  }
  const redis = new Redis({ Connector: Connector as never, enableReadyCheck: false, connectTimeout: 1000 });
  equal(await redis.set("dish", "soup"), "OK");
  equal(await redis.get("dish"), "soup");
  equal(await redis.get("wine"), null);
  redis.disconnect();
  await once(redis, "end");
});

/** The first order of a Redis client, if all of it has come. */
function readOrder(text: string): { words: string[]; length: number } | undefined {
  const [head, count] = /^\*(\d+)\r\n/.exec(text) ?? [];
  if (head === undefined) return undefined;
  let at = head.length;
  const words: string[] = [];
  for (let i = 0; i < Number(count); i++) {
    const [line, size] = /^\$(\d+)\r\n/.exec(text.slice(at)) ?? [];
    if (line === undefined || text.length < at + line.length + Number(size) + 2) return undefined;
    at += line.length;
    words.push(text.slice(at, at + Number(size)));
    at += Number(size) + 2;
  }
  return { words, length: at };
}

function answerTo([order = "", key = "", value = ""]: string[], stored: Map<string, string>): string {
  if (order.toLowerCase() === "get") {
    const found = stored.get(key);
    return found === undefined ? "$-1\r\n" : `$${found.length}\r\n${found}\r\n`;
  }
  if (order.toLowerCase() === "set") stored.set(key, value);
  return "+OK\r\n";
}
