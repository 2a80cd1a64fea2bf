import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { test } from "node:test";
import { concat, latin1, utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { type EchoServer, echoClient, echoServer } from "../../src/commands/echo.ts";
import { kernel } from "../../src/socket/kernel.ts";
import { type InternetAddress, type Network, type Socket, SocketError } from "../../src/socket/socket.ts";
import { memoryNetwork } from "../socket/memory.ts";
import { Maitred } from "./maitred.ts";

const SERVER = { host: "10.0.0.1", port: 7 };

/** A server that lives as long as the scene. */
async function scene(
  act: (network: Network, server: EchoServer, asked: AbortController) => Promise<void>,
  { network = memoryNetwork(), udp = false } = {},
): Promise<void> {
  const asked = new AbortController();
  const server = await echoServer(network, { ...SERVER, udp }, asked.signal);
  try {
    await act(network, server, asked);
  } finally {
    asked.abort();
    await server.closed;
  }
}

async function* said(...words: string[]): AsyncGenerator<Uint8Array> {
  for (const word of words) yield utf8(word);
}

async function conversation(network: Network, words: string[], options = {}): Promise<string> {
  const heard: Uint8Array[] = [];
  await echoClient(network, SERVER, said(...words), (bytes) => void heard.push(bytes), options);
  return latin1(concat(heard));
}

async function everything(socket: Socket): Promise<string> {
  let heard = "";
  for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) heard += latin1(bytes);
  return heard;
}

test("what is said comes back, and then the end", () =>
  scene(async (network) => {
    equal(await conversation(network, ["hello, ", "world"]), "hello, world");
    equal(await conversation(network, []), "");
  }));

test("many talk at once, and each hears itself", () =>
  scene(async (network) => {
    const names = Array.from({ length: 200 }, (_, i) => `I am ${i}`);
    deepEqual(await Promise.all(names.map((name) => conversation(network, [name]))), names);
  }));

test("the client is the first to close", () =>
  scene(async (network) => {
    const socket = await network.connect(SERVER);
    await socket.write(utf8("hello"));
    equal(latin1((await socket.read())!), "hello");
    let hasEnded = false;
    const end = socket.read().then(() => (hasEnded = true));
    // However long it is silent.
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    equal(hasEnded, false);
    await socket.end();
    await end;
  }));

test("one who vanishes harms nobody", () =>
  scene(async (network) => {
    const bad = await network.connect(SERVER);
    await bad.write(utf8("hello"));
    bad.reset();
    equal(await conversation(network, ["still here"]), "still here");
  }));

test("one who talks and does not read is not read from either", () => {
  const buffer = 1000;
  return scene(
    async (network) => {
      const socket = await network.connect(SERVER);
      let taken = 0;
      for (let isFull = false; !isFull; ) {
        const room = socket.write(new Uint8Array(100));
        taken += 100;
        isFull = room !== undefined && !(await comes(room));
        ok(taken < 100 * buffer, "it takes whatever comes");
      }
      // A buffer for each direction, and what the server has just read.
      ok(taken <= 3 * buffer, `${taken} bytes were taken`);
      equal(await conversation(network, ["meanwhile"]), "meanwhile");

      const heard = everything(socket);
      await socket.end();
      equal((await heard).length, taken);
    },
    { network: memoryNetwork({ buffer }) },
  );
});

async function comes(room: Promise<void>): Promise<boolean> {
  let hasCome = false;
  void room.then(() => (hasCome = true));
  await new Promise((resolve) => setImmediate(resolve));
  return hasCome;
}

test("asked to end, it says back what it has heard, and closes", () =>
  scene(async (network, server, asked) => {
    const socket = await network.connect(SERVER);
    await socket.write(utf8("hello"));
    equal(latin1((await socket.read())!), "hello");
    asked.abort();
    equal(await socket.read(), undefined);
    await server.closed;
    await rejects(network.connect(SERVER), { code: "ECONNREFUSED" });
  }));

test("asked to end before it has begun, it ends", async () => {
  for (const udp of [false, true]) {
    await (await echoServer(memoryNetwork(), { ...SERVER, udp }, AbortSignal.abort())).closed;
  }
});

test("the client ends when the server has closed, though it had more to say", async () => {
  const network = memoryNetwork();
  const listener = await network.listen(SERVER);
  const endless = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<Uint8Array>>(() => {}) }),
  };
  const heard: string[] = [];
  const talking = echoClient(network, SERVER, endless, (bytes) => void heard.push(latin1(bytes)));
  const socket = (await listener.accept())!;
  await socket.write(utf8("go away"));
  await socket.end();
  await talking;
  deepEqual(heard, ["go away"]);
  await listener.close();
});

test("the client fails when the server vanishes, when nobody is there, and when its own input does", async () => {
  const network = memoryNetwork();
  await rejects(conversation(network, ["hello"]), { code: "ECONNREFUSED" });
  const listener = await network.listen(SERVER);
  const talking = conversation(network, ["hello"]);
  (await listener.accept())!.reset();
  await rejects(talking, { code: "ECONNRESET" });

  const broken = (async function* (): AsyncGenerator<Uint8Array> {
    yield utf8("hello");
    throw new TypeError("the disk is gone");
  })();
  await rejects(
    echoClient(network, SERVER, broken, () => {}),
    TypeError,
  );
  await listener.close();
});

test("datagrams come back one by one, long ones in pieces", () =>
  scene(
    async (network) => {
      equal(await conversation(network, ["one", "two"], { udp: true }), "onetwo");
      const long = "0123456789".repeat(1000);
      equal(await conversation(network, [long], { udp: true }), long);
    },
    { udp: true },
  ));

test("a datagram that seems to come from a service, or from our like, is not answered: they would talk for ever", async () => {
  const server = { host: "10.0.0.1", port: 7007 };
  const network = memoryNetwork();
  const asked = new AbortController();
  const { closed } = await echoServer(network, { ...server, udp: true }, asked.signal);
  const client = await network.datagrams({ host: "10.0.0.9", port: 50_000 });
  for (const port of [7, 19, 1023, server.port]) {
    const forged = await network.datagrams({ host: "10.0.0.9", port });
    await forged.send(utf8("for ever"), server);
    // Whatever it would say to that, it would have said before this.
    await client.send(utf8("hello"), server);
    equal(latin1((await client.receive())!.bytes), "hello");
    const silence = forged.receive();
    await forged.close();
    equal(await silence, undefined);
  }
  await client.close();
  asked.abort();
  await closed;
});

test("a Unix-domain socket takes a stream, and no datagrams", async () => {
  const network = memoryNetwork();
  const listener = await network.listen({ path: "/run/echo.sock" });
  const talking = echoClient(network, { path: "/run/echo.sock" }, said("hello"), () => {});
  const socket = (await listener.accept())!;
  equal(await everything(socket), "hello");
  await socket.end();
  await talking;
  await listener.close();
  await rejects(
    echoClient(network, { path: "/run/echo.sock" }, said("hello"), () => {}, { udp: true }),
    { code: "EAFNOSUPPORT" },
  );
});

test("a datagram that nobody answers is waited for a second", async () => {
  const clock = new VirtualClock();
  const talking = rejects(conversation(memoryNetwork(), ["hello"], { udp: true, clock }), (error: unknown) => {
    ok(error instanceof SocketError && error.code === "ETIMEDOUT");
    match(error.message, /^Cannot talk to 10\.0\.0\.1:7: no answer came within 1 s$/);
    return true;
  });
  await clock.advance(1000);
  await talking;
});

test("localhost means both families, on one port", async () => {
  for (const udp of [false, true]) {
    const asked = new AbortController();
    const server = await echoServer(kernel, { host: "localhost", port: 0, udp }, asked.signal);
    const [four, six] = server.addresses as InternetAddress[];
    deepEqual([four!.host, six!.host, six!.port], ["127.0.0.1", "::1", four!.port]);
    for (const host of ["127.0.0.1", "::1", "localhost"]) {
      const heard: Uint8Array[] = [];
      const to = { host, port: four!.port };
      await echoClient(kernel, to, said("hello"), (bytes) => void heard.push(bytes), { udp });
      equal(latin1(concat(heard)), "hello");
    }
    asked.abort();
    await server.closed;
  }
});

// ── as a program ──

const portOf = async (server: Maitred): Promise<string> => /\d+$/.exec(await server.origin())![0];

test("the command says back what the command says, and ends with 0 when asked to", async () => {
  for (const udp of [[], ["--udp"]]) {
    await using server = new Maitred(["echo", "--port", "0", ...udp]);
    const port = await portOf(server);
    await using client = new Maitred(["echo", "--connect", `localhost:${port}`, ...udp], { stdin: "hello" });
    deepEqual(await client.ended, { code: 0, stdout: "hello", stderr: "" });
    server.child.kill("SIGINT");
    equal((await server.ended).code, 0);
  }
});

test("the command says in one line what cannot be", async () => {
  await using server = new Maitred(["echo", "--port", "0"]);
  const port = await portOf(server);
  await using second = new Maitred(["echo", "--port", port]);
  deepEqual(await second.ended, {
    code: 2,
    stdout: "",
    stderr: `Cannot listen on localhost:${port}: something else listens there (--port chooses another port)\n`,
  });
  server.child.kill("SIGTERM");
  equal((await server.ended).code, 0);
  await using client = new Maitred(["echo", "--connect", `127.0.0.1:${port}`], { stdin: "hello" });
  deepEqual(await client.ended, {
    code: 2,
    stdout: "",
    stderr: `Cannot connect to 127.0.0.1:${port}: nobody listens there\n`,
  });
});

const NC_IS_MISSING = spawnSync("nc", ["-h"]).error !== undefined && "nc (Debian: netcat-openbsd) is not installed";

test("nc hears what it says: TCP in both families, a megabyte, UDP", { skip: NC_IS_MISSING }, async () => {
  const asked = new AbortController();
  const tcp = await echoServer(kernel, { host: "localhost", port: 0 }, asked.signal);
  const udp = await echoServer(kernel, { host: "127.0.0.1", port: 0, udp: true }, asked.signal);
  const port = String((tcp.addresses[0] as InternetAddress).port);
  const udpPort = String((udp.addresses[0] as InternetAddress).port);
  const megabyte = "0123456789abcdef".repeat(65_536);
  equal(await nc(["-N", "127.0.0.1", port], "hello"), "hello");
  equal(await nc(["-N", "::1", port], "hello"), "hello");
  equal(await nc(["-N", "127.0.0.1", port], megabyte), megabyte);
  // nc cannot know when a datagram was the last: it is told to leave after one.
  equal(await nc(["-u", "-W", "1", "127.0.0.1", udpPort], "hello"), "hello");
  asked.abort();
  await Promise.all([tcp.closed, udp.closed]);
});

async function nc(words: string[], stdin: string): Promise<string> {
  const child = spawn("nc", words, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(stdin);
  let heard = "";
  for await (const text of child.stdout.setEncoding("utf8")) heard += text;
  return heard;
}
