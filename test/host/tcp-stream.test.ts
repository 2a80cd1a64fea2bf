/** What an application may do with a connection, and what it hears (RFC 9293 §3.9.1). */

import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { plus } from "../../src/tcp/sequence.ts";
import { ACK, FIN, PSH, RST, SYN, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";
import { ip } from "./network.ts";
import { A, B, called, calling, connect, connected, facing, heard, listen, pairOfHosts } from "./tcp-scene.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const FIN_WAIT = 10;

test("what is written is heard, then the end; the answer still comes, and its end (half-close)", async () => {
  const { net, client, server } = await connected();
  client.write(bytes("hello, "));
  client.write(bytes("world"));
  client.end();
  await net.pass(FIN_WAIT);
  equal(heard(server), "hello, world");
  ok(server.isEnded && !client.isEnded);
  equal(client.state, "FIN-WAIT-2");
  server.write(bytes("goodbye"));
  server.end();
  await net.pass(FIN_WAIT);
  equal(client.isEnded, false, "something waits to be read");
  equal(heard(client), "goodbye");
  ok(client.isEnded && client.isFinished && server.isFinished);
  deepEqual([client.state, server.state, client.error, server.error], ["TIME-WAIT", "CLOSED", undefined, undefined]);
});

test("both ends know who they are", async () => {
  const { client, server } = await connected();
  deepEqual(client.local, { address: A, port: client.localPort });
  deepEqual(client.remote, { address: B, port: 80 });
  deepEqual([server.local, server.remote], [client.remote, client.local]);
});

test("how much is written and not acknowledged, how much is, and how much more there is room for", async () => {
  const { net, client, server } = await connected();
  equal(client.room, 1024 * 1024);
  client.write(bytes("hello"));
  deepEqual([client.queued, client.acknowledged, client.room], [5, 0, 1024 * 1024 - 5]);
  await net.pass(100);
  deepEqual([client.queued, client.acknowledged, client.room], [0, 5, 1024 * 1024]);
  equal(server.readable, 5);
});

test("somebody who is told whenever something happens misses nothing", async () => {
  const { net, a, b } = pairOfHosts();
  listen(b).onChange = () => {};
  const seen: string[] = [];
  const client = connect(a);
  client.onChange = () => seen.push(`${client.state} ${client.readable} ${client.acknowledged}`);
  await net.pass(10);
  client.write(bytes("hello"));
  await net.pass(100);
  client.end();
  await net.pass(10);
  deepEqual(seen, ["ESTABLISHED 0 0", "ESTABLISHED 0 5", "FIN-WAIT-1 0 5", "FIN-WAIT-2 0 5"]);
});

test("what is written before the connection stands goes as soon as it does", async () => {
  const { net, a, b } = pairOfHosts();
  const listening = listen(b);
  const client = connect(a);
  client.write(bytes("early"));
  client.end();
  equal(client.state, "CLOSED", "an end before the beginning is one");
  const other = connect(a);
  other.write(bytes("early"));
  await net.pass(10);
  equal(heard(listening.accept()!), "early");
});

test("after its end a stream takes nothing more (§3.10.2)", async () => {
  const { net, client, server } = await connected();
  equal(client.write(bytes("hello")), true);
  client.end();
  equal(client.write(bytes(", world")), false);
  client.end();
  await net.pass(FIN_WAIT);
  equal(heard(server), "hello");
  ok(client.isFinished);
  server.reset();
  await net.pass(FIN_WAIT);
  equal(client.write(bytes("!")), false);
  equal(client.queued, 0);
});

test("who closes with something unread resets, once all that was written has arrived (SHLD-3)", async () => {
  const { net, client, server } = await connected();
  server.write(bytes("unread"));
  await net.pass(FIN_WAIT);
  client.write(bytes("last words"));
  client.close();
  await net.pass(FIN_WAIT);
  equal(heard(server), "last words", "what came before a reset can be read");
  equal(server.error, "ECONNRESET");
  equal(client.state, "CLOSED");
});

test("who has closed and gets more resets as well, also before his end is acknowledged (SHLD-3)", () => {
  const { stream, peer, say, next } = called();
  stream.close();
  equal(peer.one().flags, FIN | ACK);
  say({ flags: PSH | ACK, payload: bytes("more") });
  const { flags, seq, ack } = peer.one();
  deepEqual([flags, seq, ack], [RST | ACK, plus(next, 1), 1005]);
  equal(stream.state, "CLOSED");
});

test("data and the end in one, for who has closed: the peer learns that nobody has read it", () => {
  const { stream, peer, say, next } = called();
  stream.write(bytes("answer"));
  stream.close();
  peer.heard();
  say({ flags: FIN | PSH | ACK, payload: bytes("more") });
  deepEqual(
    peer.heard().map(({ flags }) => flags),
    [ACK],
    "what we have said has not arrived yet",
  );
  say({ seq: 1006, ack: plus(next, 7) });
  equal(peer.one().flags, RST | ACK);
});

test("who has closed and hears nothing more waits a minute for the end, and no longer", async () => {
  const { net, stream, say, next, host } = called();
  stream.close();
  say({ ack: plus(next, 1) });
  equal(stream.state, "FIN-WAIT-2");
  await net.pass(59_000);
  equal(stream.state, "FIN-WAIT-2");
  await net.pass(2000);
  deepEqual([stream.state, stream.error, host.tcp.streams.length], ["CLOSED", undefined, 0]);
});

test("who has only ended, and still reads, waits for ever", async () => {
  const { net, stream, say, next } = called();
  stream.end();
  say({ ack: plus(next, 1) });
  await net.pass(3_600_000);
  equal(stream.state, "FIN-WAIT-2");
});

test("a reset is told to the peer, and to ourselves (MUST-12)", async () => {
  const { net, client, server } = await connected();
  client.write(bytes("hello"));
  client.reset();
  client.reset();
  await net.pass(FIN_WAIT);
  deepEqual([client.error, client.state], ["ECONNABORTED", "CLOSED"]);
  deepEqual([server.error, server.state], ["ECONNRESET", "CLOSED"]);
});

test("a reset in LAST-ACK is told: nobody knows whether our end was heard (MUST-12)", () => {
  const { stream, say, next } = called();
  say({ flags: FIN | ACK });
  stream.write(bytes("last words"));
  stream.end();
  equal(stream.state, "LAST-ACK");
  say({ seq: 1002, ack: plus(next, 10), flags: RST });
  deepEqual([stream.state, stream.error, stream.isFinished], ["CLOSED", "ECONNRESET", false]);
});

test("short segments wait for the last short one, unless that is turned off (SHLD-7, MUST-17)", () => {
  const { stream, peer } = called();
  for (const word of ["one ", "two ", "three"]) stream.write(bytes(word));
  const texts = (all: readonly TcpSegment[]): string[] => all.map(({ payload }) => Buffer.from(payload).toString());
  deepEqual(texts(peer.heard()), ["one "]);
  stream.noDelay = true;
  deepEqual(texts(peer.heard()), ["two three"], "at once");
  stream.write(bytes(" four"));
  deepEqual(texts(peer.heard()), [" four"]);
});

test("TTL and Diffserv are what the application says, from the SYN on, and may change (MUST-48, MUST-49, SHLD-21)", () => {
  const { peer, stream } = calling({ ttl: 7, tos: 0xb8 });
  const marks = (): number[][] => peer.packets().map(({ ttl, tos }) => [ttl, tos]);
  stream.write(bytes("one"));
  deepEqual(marks(), [[7, 0xb8]]);
  deepEqual([stream.ttl, stream.tos], [7, 0xb8]);
  stream.ttl = 200;
  stream.tos = 0;
  stream.reset();
  deepEqual(marks(), [[200, 0]]);
  throws(() => (stream.ttl = 0), RangeError);
  throws(() => (stream.tos = 256), RangeError);
});

test("nothing else is said of a SYN than of what follows", () => {
  const { host, peer } = facing();
  connect(host, { ttl: 7, tos: 0xb8 });
  deepEqual(
    peer.packets().map(({ ttl, tos, dontFragment }) => [ttl, tos, dontFragment]),
    [[7, 0xb8, true]],
  );
});

test("what a listener says of itself holds for its connections, down to the last ACK", () => {
  const { host, peer } = facing();
  const listening = listen(host, { port: 80, ttl: 9, tos: 0x20 });
  const marks = (): number[][] => peer.packets().map(({ ttl, tos }) => [ttl, tos]);
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN });
  const { seq } = peer.one();
  peer.say({ from: 40_000, to: 80, seq: 1001, ack: plus(seq, 1), flags: ACK });
  const stream = listening.accept()!;
  stream.end();
  deepEqual(marks(), [[9, 0x20]]);
  for (const _ of "12") peer.say({ from: 40_000, to: 80, seq: 1001, ack: plus(seq, 2), flags: FIN | ACK });
  equal(stream.state, "TIME-WAIT");
  deepEqual(marks(), [
    [9, 0x20],
    [9, 0x20],
  ]);
});

test("a peer that is silent is asked whether it lives, if one wants to (MUST-24, MUST-27)", async () => {
  const { net, stream, peer, say, next } = called();
  await net.pass(3 * 3_600_000);
  deepEqual(peer.heard(), [], "nobody does so unasked (MUST-25)");
  stream.keepAlive = { idle: 10_000, interval: 1000, count: 3 };
  await net.pass(10_000);
  const { seq, flags, payload } = peer.one();
  deepEqual([seq, flags, payload.length], [plus(next, -1), ACK, 0]);
  say({});
  await net.pass(12_999);
  equal(peer.heard().length, 3, "two of them may get lost (MUST-29)");
  equal(stream.error, undefined);
  await net.pass(1);
  equal(stream.error, "ETIMEDOUT");
  equal(peer.one().flags, RST | ACK);
});

test("who has said his end and still reads learns that the peer is dead (MUST-12)", async () => {
  const { net, stream, say, next } = called();
  stream.keepAlive = { idle: 10_000, interval: 1000, count: 3 };
  stream.end();
  say({ ack: plus(next, 1) });
  await net.pass(13_000);
  deepEqual([stream.state, stream.error], ["CLOSED", "ETIMEDOUT"]);
});

test("no more questions when they are turned off", async () => {
  const { net, stream, peer } = called();
  stream.keepAlive = { idle: 10_000 };
  stream.keepAlive = undefined;
  await net.pass(60_000);
  deepEqual(peer.heard(), []);
});

test("without an answer for as long as one has patience, it fails (MUST-21)", async () => {
  const { net, stream, peer } = called();
  stream.userTimeout = 5000;
  stream.write(bytes("hello"));
  await net.pass(4999);
  equal(stream.error, undefined);
  await net.pass(2);
  equal(stream.error, "ETIMEDOUT");
  ok(peer.heard().some(({ flags }) => (flags & RST) !== 0));
});

test("how much of what comes is urgent (MUST-30, MUST-33), and that there is some (MUST-32)", () => {
  const { stream, say } = called();
  let calls = 0;
  stream.onChange = () => calls++;
  equal(stream.urgent, 0);
  say({ flags: URG | ACK, urgent: 3 });
  deepEqual([stream.urgent, calls], [3, 1], "before a byte of it has come");
  say({ flags: URG | PSH | ACK, urgent: 3, payload: bytes("urgent") });
  deepEqual([stream.urgent, stream.readable], [3, 6]);
  equal(heard(stream), "urgent");
  equal(stream.urgent, 0);
});

test("urgent bytes are called so where they stand (MUST-62)", () => {
  const { stream, peer, next } = called();
  stream.write(bytes("now!"), true);
  const { flags, urgent, seq } = peer.one();
  deepEqual([flags, urgent, seq], [URG | PSH | ACK, 4, next]);
});

test("bytes that were read may be given back", async () => {
  const { net, client, server } = await connected();
  client.write(new Uint8Array(100_000));
  await net.pass(100);
  let count = 0;
  for (let piece = server.read(); piece !== undefined; piece = server.read()) {
    count += piece.length;
    server.recycle(piece);
  }
  equal(count, 100_000);
});

test("a reader who lets things lie stops the writer, and lets him go on (window, probes and all)", async () => {
  const { net, client, server } = await connected();
  const size = 9 * 1024 * 1024;
  client.write(new Uint8Array(size));
  await net.pass(10_000);
  ok(client.queued > 0);
  // Less what a scaled window cannot say (RFC 7323 §2.3).
  ok(server.readable > 131_072 - 128 && server.readable <= 131_072);
  let count = 0;
  server.onChange = () => {
    for (let piece = server.read(); piece !== undefined; piece = server.read()) count += piece.length;
  };
  server.onChange();
  await net.pass(10_000);
  deepEqual([count, client.queued], [size, 0]);
});

test("one may call oneself", () => {
  const { a } = pairOfHosts();
  const listening = listen(a);
  for (const address of ["127.0.0.1", "127.1.2.3", "10.0.0.1"]) {
    const client = connect(a, { address: ip(address) });
    client.write(bytes(address));
    equal(heard(listening.accept()!), address);
  }
});
