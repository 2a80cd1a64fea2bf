import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { Pool } from "undici";
import { nodeNet } from "../../src/socket/node-net.ts";
import { simulate } from "../../src/socket/simulated.ts";
import { SimulatedClock } from "../../src/socket/simulated-clock.ts";
import { takeTimers } from "../../src/socket/simulated-timers.ts";

test("the program's timers are the clock's, until they are given back", async () => {
  const own = [setTimeout, setInterval, clearTimeout, clearInterval];
  const clock = new SimulatedClock();
  const log: string[] = [];
  const before = setTimeout(() => log.push("never"), 60_000);
  {
    using _ = takeTimers(clock);
    notEqual(setTimeout, own[0]);
    setTimeout((...words: string[]) => log.push(`${words} at ${clock.now()}`), 1000, "a", "b");
    const beat = setInterval(() => log.push(`beat at ${clock.now()}`), 400);
    setTimeout(() => clearInterval(beat), 900);
    clearTimeout(setTimeout(() => log.push("never"), 500));
    clearTimeout(before);
    clearTimeout(undefined);
    setTimeout(() => log.push(`at once, at ${clock.now()}`));
    const late = setTimeout(() => log.push(`late at ${clock.now()}`), 700).unref();
    equal(late.hasRef(), true);
    setTimeout(() => late.refresh(), 600);
    await promisify(setTimeout)(2000);
    equal(clock.now(), 2000);
    setTimeout(() => log.push("still there"), 10).ref();
  }
  deepEqual([setTimeout, setInterval, clearTimeout, clearInterval], own);
  await clock.advance(100);
  deepEqual(log, ["at once, at 1", "beat at 400", "beat at 800", "a,b at 1000", "late at 1300", "still there"]);
});

test("a program's timers can be part of the play: a client's patience is simulated patience", async () => {
  const net = simulate({ seed: 7 });
  const [near, far] = [nodeNet(net.host("10.0.0.1")), nodeNet(net.host("10.0.0.2", { name: "server" }))];
  far.createServer((socket) => void socket.resume()).listen(80);
  using _ = net.takeTimers();
  const connect = (options: { hostname: string }, done: (error: null, socket: Socket) => void) => {
    const socket = near.connect(80, options.hostname, () => done(null, socket));
  };
  const pool = new Pool("http://server", { connect: connect as never, headersTimeout: 60_000 });
  const began = net.clock.now();
  const real = performance.now();
  await rejects(pool.request({ path: "/", method: "GET" }), { code: "UND_ERR_HEADERS_TIMEOUT" });
  ok(net.clock.now() - began >= 60_000);
  ok(performance.now() - real < 30_000);
  await pool.destroy();
});

test("while it has the timers, a network's lulls and looks are by real ones", async () => {
  const net = simulate({ seed: 7 });
  using _ = net.takeTimers();
  const [a, b] = [net.host("10.0.0.1"), net.host("10.0.0.2")];
  net.partition(a, b);
  equal((await a.ping(b.address, { timeout: 60_000 })).kind, "silence");
});

test("in real time the timers are what they are", () => {
  const own = setTimeout;
  using _ = simulate({ time: "real" }).takeTimers();
  equal(setTimeout, own);
});
