/** What TIME-WAIT leaves: little, for a minute, and not too many of them (RFC 9293 §3.6.1, MUST-13). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Deadlines } from "../../src/host/deadlines.ts";
import { TcpRests } from "../../src/host/tcp-rest.ts";
import { TcpStream } from "../../src/host/tcp-stream.ts";
import { TcpTable } from "../../src/host/tcp-table.ts";
import { Work } from "../../src/host/work.ts";
import { TcpConnection } from "../../src/tcp/connection.ts";
import { plus } from "../../src/tcp/sequence.ts";
import { TimeWait } from "../../src/tcp/time-wait.ts";
import { Timestamps } from "../../src/tcp/timestamps.ts";
import { ACK, FIN, RST, SYN } from "../../src/wire/tcp-segment.ts";
import { called, calling, listen } from "./tcp-scene.ts";

function rests(most?: number) {
  const clock = new VirtualClock();
  const table = new TcpTable();
  const ways = { now: 0, touch: () => {} };
  const deadlines = new Deadlines(clock, new Work());
  const all = new TcpRests(table, deadlines, most);
  const add = (remotePort: number): void => {
    const connection = TcpConnection.open(80, remotePort, { isn: 0, mss: 1460 }, 0);
    const timeWait = new TimeWait(80, remotePort, 1, 1, new Timestamps(0), clock.now());
    all.add(new TcpStream(ways, connection, 1, 2), timeWait);
  };
  const isThere = (remotePort: number): boolean => table.find(1, 80, 2, remotePort) !== undefined;
  return { clock, table, deadlines, all, add, isThere };
}

test("each stands in the table for a minute, and then no more (MUST-13)", async () => {
  const { clock, table, deadlines, all, add, isThere } = rests();
  add(4000);
  await clock.advance(30_000);
  add(4001);
  await clock.advance(29_999);
  deepEqual([isThere(4000), isThere(4001), all.size], [true, true, 2]);
  await clock.advance(1);
  deepEqual([isThere(4000), isThere(4001), all.size], [false, true, 1]);
  await clock.advance(30_000);
  deepEqual([table.size, all.size, deadlines.size], [0, 0, 0], "nobody waits for what is no more");
});

test("where there are too many, the oldest is forgotten", () => {
  const { all, add, isThere } = rests(3);
  for (const port of [4000, 4001, 4002, 4003]) add(port);
  equal(all.size, 3);
  deepEqual([4000, 4001, 4002, 4003].map(isThere), [false, true, true, true]);
});

/** The machine has called, closed first, and heard the end; what the peer says next is number 1002. */
function resting(always: Parameters<typeof calling>[1] = {}) {
  const scene = calling({ from: { port: 5000 } }, always);
  const { stream, peer, next, say } = scene;
  stream.end();
  say({ ack: plus(next, 1), flags: FIN | ACK });
  equal(stream.state, "TIME-WAIT");
  peer.heard();
  return { ...scene, say: (more: object): void => say({ seq: 1002, ack: plus(next, 1), ...more }) };
}

test("the peer's end is acknowledged again, if it comes again; and then it takes another minute", async () => {
  const { net, peer, say, next } = resting();
  await net.pass(59_000);
  say({ seq: 1001, flags: FIN | ACK });
  const { flags, seq, ack } = peer.one();
  deepEqual([flags, seq, ack], [ACK, plus(next, 1), 1002]);
  await net.pass(59_000);
  say({ seq: 1001, flags: FIN | ACK });
  equal(peer.one().flags, ACK);
  await net.pass(60_000);
  say({ seq: 1001, flags: FIN | ACK });
  equal(peer.one().flags, RST, "nobody is here any more");
});

test("a reset does not end it (RFC 1337)", () => {
  const { peer, say } = resting();
  say({ flags: RST });
  say({ seq: 1001, flags: FIN | ACK });
  equal(peer.one().flags, ACK);
});

test("what is old is answered, but not for ever", () => {
  const { peer, say } = resting();
  for (let i = 0; i < 100; i++) say({ seq: 900, payload: new Uint8Array(10) });
  equal(peer.heard().length, 10);
});

test("a new SYN for which nobody listens leaves it what it is", () => {
  const { peer, say } = resting();
  say({ seq: 5000, ack: 0, flags: SYN });
  equal(peer.one().flags, ACK);
  say({ seq: 1001, flags: FIN | ACK });
  equal(peer.one().flags, ACK);
});

test("a new SYN opens a new connection, whose first number lies behind all of the old one's (MAY-2)", async () => {
  const { host, net, peer, say, next } = resting();
  const listening = listen(host, { port: 5000 });
  await net.pass(100);
  say({ seq: 900, ack: 0, flags: SYN });
  equal(peer.one().flags, ACK, "that is an old one");
  say({ seq: 5000, ack: 0, flags: SYN });
  const { flags, seq, ack } = peer.one();
  deepEqual([flags, ack], [SYN | ACK, 5001]);
  ok(plus(seq, -next) > 1 && plus(seq, -next) < 2 ** 31);
  say({ seq: 5001, ack: plus(seq, 1), flags: ACK });
  ok(listening.accept()?.isConnected);
});

test("with timestamps, a newer one opens anew, whatever the number is (RFC 6191)", () => {
  const stamps = { timestamp: 700, echo: 0 };
  const { peer, say, host } = resting(stamps);
  listen(host, { port: 5000 });
  say({ seq: 9000, ack: 0, flags: SYN, timestamp: 699 });
  equal(peer.one().flags, ACK);
  say({ seq: 1, ack: 0, flags: SYN, timestamp: 701 });
  equal(peer.one().flags, SYN | ACK);
});

test("a server that closes first keeps a rest as well, and its stream knows", async () => {
  const { net, host, stream, say, next, peer } = called();
  stream.end();
  say({ ack: plus(next, 1) });
  equal(stream.state, "FIN-WAIT-2");
  say({ ack: plus(next, 1), flags: FIN | ACK });
  equal(stream.state, "TIME-WAIT");
  deepEqual(host.tcp.streams, []);
  peer.heard();
  await net.pass(60_000);
  say({ ack: plus(next, 1), flags: FIN | ACK });
  equal(peer.one().flags, RST);
});
