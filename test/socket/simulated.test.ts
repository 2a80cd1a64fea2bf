import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { concat, latin1, utf8 } from "../../src/base/bytes.ts";
import { type SimulateOptions, simulate } from "../../src/socket/simulated.ts";
import type { CableWishes } from "../../src/socket/simulated-cable.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { type Setting, socketContract, streamContract } from "./contract.ts";

/** Two machines on a switch, or with a cable of their own. */
const setting =
  (options: SimulateOptions, wishes?: CableWishes): (() => Setting) =>
  () => {
    const net = simulate({ seed: 7, ...options });
    const client = net.host("10.0.0.1");
    const server = net.host("10.0.0.2");
    if (wishes !== undefined) net.between(client, server, wishes);
    return {
      client,
      server,
      home: { host: "10.0.0.2", port: 0 },
      away: { host: "10.0.0.1", port: 0 },
      loopbacks: ["127.0.0.1"],
      // The send buffer, and a receive buffer that has grown.
      bound: 8 * 1024 * 1024,
    };
  };

socketContract("simulated", setting({}));
socketContract("simulated, far apart", setting({}, { delay: "30ms", rate: "100Mbit" }));
socketContract("simulated in real time", setting({ time: "real" }));
socketContract("simulated in real time, over a cable", setting({ time: "real" }, {}));
// Datagrams would be lost, too.
streamContract(
  "simulated, in bad weather",
  setting({}, { loss: 0.03, jitter: "2ms", reorder: 0.02, duplicate: 0.02, corrupt: 0.01 }),
);

// ── what it is more than a carrier ──

/** Two machines; `b` is called "server", and listens on port 80. */
async function two(options: SimulateOptions = {}, wishes?: CableWishes) {
  const net = simulate({ seed: 7, ...options });
  const a = net.host("10.0.0.1");
  const b = net.host("10.0.0.2", { name: "server" });
  if (wishes !== undefined) net.between(a, b, wishes);
  const listener = await b.listen({ host: "0.0.0.0", port: 80 });
  return { net, a, b, listener, to: { host: "server", port: 80 } };
}

test("a minute passes in milliseconds", async () => {
  const { net } = await two();
  const began = performance.now();
  await net.advance("1m");
  equal(net.clock.now(), 60_000);
  ok(performance.now() - began < 30_000);
});

test("names are found by all, and in whatever case; addresses and names are there once", async () => {
  const { net, a, b } = await two();
  deepEqual(await a.resolve("Server"), ["10.0.0.2"]);
  deepEqual([b.name, b.address, a.name, a.address], ["server", "10.0.0.2", "10.0.0.1", "10.0.0.1"]);
  await rejects(a.resolve("client"), { code: "ENOTFOUND" });
  throws(() => net.host("10.0.0.3", { name: "SERVER" }), {
    name: "RangeError",
    message: 'Cannot make "SERVER": there is one of that name',
  });
  throws(() => net.host("10.0.0.2"), { message: 'Cannot use the address 10.0.0.2: "server" has it' });
  throws(() => net.host("10.0.0"), { message: 'Cannot use the address "10.0.0": it is not like "10.0.0.1"' });
  net.host("10.0.0.3", { name: "client" });
  deepEqual(await b.resolve("client"), ["10.0.0.3"]);
});

test("a cable is as long as it is said to be", async () => {
  const { a, net, to } = await two({}, { delay: "30ms" });
  // Both must ask for each other's MAC address first.
  const reply = await a.ping("server");
  equal(reply.kind === "reply" && reply.milliseconds, 180);
  const before = net.clock.now();
  await a.connect(to);
  // Everybody knows everybody by now.
  equal(Math.round(net.clock.now() - before), 60);
});

test("a cable may be exchanged while they talk", async () => {
  const { a, b, listener, net, to } = await two({}, { delay: "30ms" });
  const near = await a.connect(to);
  const far = (await listener.accept())!;
  const began = net.clock.now();
  near.write(utf8("slow"));
  await far.read();
  equal(Math.round(net.clock.now() - began), 30);
  net.between(b, a, { delay: "2ms" });
  near.write(utf8("quick"));
  await far.read();
  equal(Math.round(net.clock.now() - began), 32);
  throws(() => net.between(a, b, { mtu: 9000 }), RangeError);
});

test("a test may say what becomes of each packet", async () => {
  const verdicts: string[] = [];
  const net = simulate({ seed: 7 });
  const [a, b] = [net.host("10.0.0.1"), net.host("10.0.0.2")];
  let synAcks = 0;
  const { out, in: back } = net.between(a, b, {
    delay: "10ms",
    verdict: (frame, direction) => {
      const isSynAck = frame[12] === 8 && frame[13] === 0 && frame[23] === 6 && frame[47] === 0x12;
      if (!isSynAck || ++synAcks > 2) return "pass";
      verdicts.push(`${direction} at ${net.clock.now()}`);
      return "drop";
    },
  });
  await b.listen({ host: "10.0.0.2", port: 80 });
  await a.connect({ host: "10.0.0.2", port: 80 });
  // After ARP both ways; then the SYN is repeated after a second (RFC 6298 §2.1), and answered once more.
  deepEqual(verdicts, ["in at 50", "in at 1010"]);
  deepEqual([out!.dropped, back!.dropped], [0, 2]);
});

test("a partition is silence: what is written waits, and arrives when it heals", async () => {
  const { a, b, listener, net, to } = await two();
  const other = net.host("10.0.0.3");
  const near = await a.connect(to);
  const far = (await listener.accept())!;
  net.partition(a, b);
  near.write(utf8("hello?"));
  await net.advance("10s");
  equal(near.isFlushed, false);
  equal((await a.ping("10.0.0.3")).kind, "reply");
  equal((await other.ping("server")).kind, "reply");
  equal((await b.ping("10.0.0.1")).kind, "silence");
  net.heal(a, b);
  equal(latin1((await far.read())!), "hello?");

  net.partition(b);
  equal((await other.ping("server")).kind === "reply", false);
  net.heal(a, other);
  equal((await other.ping("server")).kind === "reply", false);
  net.heal();
  await net.advance("10s");
  equal((await other.ping("server")).kind, "reply");
});

test("who is never heard of again is given up", async () => {
  const { a, b, listener, net, to } = await two();
  const near = await a.connect(to);
  const far = (await listener.accept())!;
  net.partition(a, b);
  near.write(utf8("hello?"));
  // One of them waits for an answer (RFC 9293 §3.8.3), the other asks at last whether anybody is there (§3.8.4).
  await Promise.all([rejects(near.read(), { code: "ETIMEDOUT" }), rejects(far.read(), { code: "ETIMEDOUT" })]);
  ok(net.clock.now() > 300_000);
});

test("local networks are joined by routers", async () => {
  const net = simulate({ seed: 7 });
  const [office, home] = [net.lan({ delay: "1ms" }), net.lan({ delay: "5ms" })];
  const router = net.router({ "10.0.1.254/24": office, "10.0.2.254/24": home }, { name: "router" });
  const a = net.host("10.0.1.1/24", { lan: office, gateway: "10.0.1.254" });
  const b = net.host("10.0.2.1/24", { lan: home, gateway: "10.0.2.254", name: "b" });
  const alone = net.host("10.0.1.2/24", { lan: office });
  deepEqual(router.addresses, ["10.0.1.254", "10.0.2.254"]);
  const reply = await a.ping("b");
  equal(reply.kind === "reply" && reply.ttl, 63);
  equal((await alone.ping("10.0.1.1")).kind, "reply");
  equal((await alone.ping("b")).kind, "not sent");
  net.partition(a, b);
  equal((await a.ping("b")).kind, "silence");
  equal((await a.ping("router")).kind, "reply");
  throws(() => net.router({}), RangeError);
});

test("while the program reads a file or runs another, no time passes", async () => {
  const { a, listener, net, to } = await two();
  const near = await a.connect(to);
  const far = (await listener.accept())!;
  // Who is patient for a second only.
  let isLate = false;
  net.clock.after(1000, () => (isLate = true));
  const answering = (async () => {
    await far.read();
    const { name } = JSON.parse(await readFile("package.json", "utf8"));
    const { stdout } = await promisify(execFile)(process.execPath, ["-p", "6 * 7"]);
    far.write(utf8(`${name} ${stdout}`));
  })();
  near.write(utf8("what?"));
  equal(latin1((await near.read())!), "maitred 42\n");
  equal(isLate, false);
  await answering;
  // Of its threads' other work Node does not tell.
  const zipped = net.during(promisify(gzip)(new Uint8Array(1024 * 1024)));
  await zipped;
  equal(isLate, false);
  await net.advance("1s");
  equal(isLate, true);
});

/** A lively conversation, and the file that Wireshark would open. */
async function history(seed: number, options: SimulateOptions = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const net = simulate({ seed, ...options });
  net.capture((bytes) => pieces.push(bytes));
  const server = net.host("10.0.0.1", { name: "server" });
  const listener = await server.listen({ host: "0.0.0.0", port: 80 });
  const serving = (async () => {
    for await (const socket of listener) void echo(socket).catch(() => {});
  })();
  const clients = ["10.0.0.2", "10.0.0.3", "10.0.0.4"].map((address) => net.host(address));
  net.between(clients[0]!, server, { loss: 0.1, jitter: "3ms", corrupt: 0.05, duplicate: 0.05, reorder: 0.1 });
  await Promise.all(
    clients.map(async (client, i) => {
      const socket = await client.connect({ host: "server", port: 80 });
      const heard = allOf(socket);
      for (let piece = 0; piece < 20; piece++) {
        await socket.write(new Uint8Array(5000).fill(piece));
        await new Promise<void>((resolve) => net.clock.after(i, resolve));
      }
      await socket.end();
      equal((await heard).length, 100_000);
    }),
  );
  net.partition(clients[1]!, server);
  equal((await clients[1]!.ping("server")).kind, "silence");
  await listener.close();
  await serving;
  return concat(pieces);
}

async function echo(socket: Socket): Promise<void> {
  for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) await socket.write(bytes);
  await socket.end();
}

async function allOf(socket: Socket): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) parts.push(bytes);
  return concat(parts);
}

test("the same seed and the same program make the same packets, to the nanosecond; another seed makes others", async () => {
  const [one, again, other] = [await history(7), await history(7), await history(8)];
  ok(Buffer.from(one).equals(again));
  ok(!Buffer.from(one).equals(other));
});

test("nobody's seed is another one each time, and may be asked for", () => {
  const seeds = new Set(Array.from({ length: 10 }, () => simulate().seed));
  ok(seeds.size > 5);
  for (const seed of seeds) ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
});

test("in real time, time is real", async () => {
  const net = simulate({ time: "real" });
  const [a, b] = [net.host("10.0.0.1"), net.host("10.0.0.2")];
  const before = performance.now();
  equal(await net.during(Promise.resolve(7)), 7);
  await net.advance(10);
  ok(performance.now() - before >= 9);
  equal((await a.ping(b.address)).kind, "reply");
});

test("a page, which has neither setImmediate nor processes, can play it as well", () => {
  const script = `
    delete globalThis.setImmediate;
    delete globalThis.process.getActiveResourcesInfo;
    const { simulate } = await import(${JSON.stringify(new URL("../../src/socket/simulated.ts", import.meta.url).href)});
    for (const time of ["virtual", "real"]) {
      const net = simulate({ seed: 7, time });
      const [a, b] = [net.host("10.0.0.1"), net.host("10.0.0.2")];
      console.log((await a.ping(b.address)).kind);
    }
    process.exit();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  deepEqual([stdout, stderr], ["reply\nreply\n", ""]);
});
