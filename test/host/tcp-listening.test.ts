/** Who knocks, who is let in, and what happens when too many do (RFC 9293 §3.10.7.2, RFC 4987). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { TcpListening } from "../../src/host/tcp-listening.ts";
import { plus } from "../../src/tcp/sequence.ts";
import { ACK, FIN, PSH, RST, SYN, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";
import { ip, Network } from "./network.ts";
import { B, connect, connected, facing, heard, listen, type Peer, pairOfHosts } from "./tcp-scene.ts";

const STRANGERS = ip("198.51.100.0");

/** A machine at whose port 80 somebody listens, and which knows the way to everybody. */
function house(backlog?: number) {
  const scene = facing();
  const { host } = scene;
  host.routes.add({
    prefix: { address: Uint8Array.of(0, 0, 0, 0), length: 0 },
    via: B,
    interface: host.interfaces[1]!,
  });
  const listening = listen(host, { port: 80, ...(backlog !== undefined && { backlog }) });
  return { ...scene, listening };
}

/** SYNs from as many addresses, none of whom will ever answer. */
function flood(peer: Peer, count: number, fields: Partial<TcpSegment> = {}): void {
  for (let i = 0; i < count; i++) {
    peer.say({ from: 1024, to: 80, seq: i, flags: SYN, mss: 1460, ...fields }, STRANGERS + 65_536 * 4 + i);
  }
}

const SYN_OPTIONS = { mss: 1400, windowScale: 7, isSackPermitted: true, timestamp: 5000, echo: 0 };

/** An honest handshake of 10.0.0.2; the answer to the SYN comes back. */
function knock(peer: Peer, from: number, fields: Partial<TcpSegment> = SYN_OPTIONS): TcpSegment {
  peer.heard();
  peer.say({ from, to: 80, seq: 1000, flags: SYN, ...fields });
  const answer = peer.one();
  const stamps = answer.timestamp === undefined ? {} : { timestamp: 5050, echo: answer.timestamp };
  peer.say({ from, to: 80, seq: 1001, ack: plus(answer.seq, 1), flags: ACK, window: 500, ...stamps });
  return answer;
}

test("each connection is a new one, and the listener stays", async () => {
  const { net, a, listening, client, server } = await connected();
  const other = connect(a);
  await net.pass(10);
  const second = listening.accept()!;
  client.write(Uint8Array.from(Buffer.from("one")));
  other.write(Uint8Array.from(Buffer.from("two")));
  await net.pass(10);
  deepEqual([heard(server), heard(second)], ["one", "two"]);
  deepEqual([server.localPort, second.localPort], [80, 80]);
  equal(listening.accept(), undefined);
});

test("somebody is told that somebody waits, once he is connected and not before", () => {
  const { peer, listening } = house();
  let calls = 0;
  listening.onChange = () => calls++;
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN });
  const { seq } = peer.one();
  deepEqual([calls, listening.waiting], [0, 0]);
  peer.say({ from: 40_000, to: 80, seq: 1001, ack: plus(seq, 1), flags: ACK });
  deepEqual([calls, listening.waiting], [1, 1]);
  equal(listening.accept()?.state, "ESTABLISHED");
});

test("they are let in in the order in which they came", () => {
  const { peer, listening } = house();
  for (const from of [40_000, 40_001, 40_002]) knock(peer, from);
  deepEqual(
    [1, 2, 3].map(() => listening.accept()?.remotePort),
    [40_000, 40_001, 40_002],
  );
});

test("who waits may already have said something, and even gone", () => {
  const { peer, listening } = house();
  const { seq, timestamp } = knock(peer, 40_000);
  const say = (fields: Partial<TcpSegment>): void =>
    peer.say({ from: 40_000, to: 80, ack: plus(seq, 1), timestamp: 5060, echo: timestamp, ...fields });
  say({ seq: 1001, flags: PSH | ACK, payload: Uint8Array.from(Buffer.from("hello")) });
  say({ seq: 1006, flags: FIN | ACK });
  const stream = listening.accept()!;
  equal(stream.state, "CLOSE-WAIT");
  equal(heard(stream), "hello");
  ok(stream.isEnded);
});

test("who was reset while he waited is let in all the same, as everywhere, and found to be gone", () => {
  const { peer, listening } = house();
  knock(peer, 40_000);
  peer.say({ from: 40_000, to: 80, seq: 1001, flags: RST });
  equal(listening.accept()?.error, "ECONNRESET");
});

test("one at one address, and another at another, on the same port", () => {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  net.cable(a, "10.0.0.1/24", b, "10.0.0.2/24");
  net.cable(a, "192.0.2.1/24", b, "192.0.2.2/24");
  const [one, two] = [listen(b, { address: B, port: 80 }), listen(b, { address: ip("192.0.2.2"), port: 80 })];
  equal(b.tcp.listen({ port: 80 }), "EADDRINUSE");
  equal(b.tcp.listen({ address: ip("10.0.0.1"), port: 80 }), "EADDRNOTAVAIL");
  connect(a, { address: ip("192.0.2.2") });
  return net.pass(10).then(() => deepEqual([one.waiting, two.waiting], [0, 1]));
});

test("a listener at all addresses takes those that come to any of them, and each stream knows which", async () => {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  net.cable(a, "10.0.0.1/24", b, "10.0.0.2/24");
  net.cable(a, "192.0.2.1/24", b, "192.0.2.2/24");
  const all = listen(b);
  for (const address of [B, ip("192.0.2.2")]) connect(a, { address });
  await net.pass(10);
  deepEqual([all.accept()?.localAddress, all.accept()?.localAddress].sort(), [B, ip("192.0.2.2")].sort());
});

test("a port that is free is found for who does not mind", () => {
  const { a } = pairOfHosts();
  const [one, two] = [listen(a, { port: 0 }), listen(a, { port: 0 })];
  ok(one.port >= 32_768 && two.port >= 32_768 && one.port !== two.port);
});

test("the same port may be listened on again as soon as the listener is closed", () => {
  const { a } = pairOfHosts();
  const one = listen(a);
  equal(a.tcp.listen({ port: 80 }), "EADDRINUSE");
  one.close();
  one.close();
  listen(a);
});

test("one may listen on a port from which a call is being made (MUST-42)", () => {
  const { a } = pairOfHosts();
  connect(a, { from: { port: 80 } });
  equal(listen(a).port, 80);
});

/** What comes to who listens (§3.10.7.2): and the answer to it. */
const SEGMENTS: readonly (readonly [what: string, flags: number, answer: string])[] = [
  ["a reset", RST, "nothing"],
  ["a reset that acknowledges", RST | ACK, "nothing"],
  ["a SYN that is a reset", SYN | RST, "nothing"],
  ["an ACK", ACK, "reset"],
  ["data", PSH | ACK, "reset"],
  ["a SYN,ACK", SYN | ACK, "reset"],
  ["a FIN", FIN | ACK, "reset"],
  ["a FIN without ACK", FIN, "nothing"],
  ["no flags at all", 0, "nothing"],
  ["a Christmas tree", FIN | PSH | URG, "nothing"],
];

for (const [what, flags, answer] of SEGMENTS) {
  test(`${what} for who listens: ${answer}`, () => {
    const { peer } = house();
    peer.say({ from: 40_000, to: 80, seq: 1000, ack: 77, flags });
    const heard = peer.heard().map(({ flags, seq }) => [flags, seq]);
    deepEqual(heard, answer === "reset" ? [[RST, 77]] : []);
  });
}

test("a reset in answer to the SYN,ACK ends the half of a connection that there was (MUST-11)", () => {
  const { peer, host, listening } = house();
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN });
  equal(host.tcp.streams.length, 1);
  peer.say({ from: 40_000, to: 80, seq: 1001, flags: RST });
  equal(host.tcp.streams.length, 0);
  equal(listening.waiting, 0);
});

test("whose old connection is half open here is told where it stands, and so gets rid of it (§3.10.7.4, figure 9)", () => {
  const { peer, host } = house();
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN });
  const { seq } = peer.one();
  // It has forgotten everything, and begins anew.
  peer.say({ from: 40_000, to: 80, seq: 900_000_000, flags: SYN });
  const answer = peer.one();
  deepEqual([answer.flags, answer.seq, answer.ack], [ACK, plus(seq, 1), 1001]);
  peer.say({ from: 40_000, to: 80, seq: answer.ack, flags: RST });
  equal(host.tcp.streams.length, 0);
  peer.say({ from: 40_000, to: 80, seq: 900_000_000, flags: SYN });
  equal(peer.one().ack, 900_000_001);
});

test("who knocks and says no more is forgotten after a minute", async () => {
  const { net, peer, host } = house();
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN });
  await net.pass(62_000);
  const flags = peer.heard().map(({ flags }) => flags);
  deepEqual(
    flags,
    [1, 2, 3, 4, 5, 6].map(() => SYN | ACK),
  );
  await net.pass(2000);
  equal(host.tcp.streams.length, 0);
});

test("as many wait as the backlog says; further SYNs get no answer until somebody was let in", () => {
  const { peer, host, listening } = house(2);
  knock(peer, 40_000);
  knock(peer, 40_001);
  equal(listening.isFull, true);
  peer.say({ from: 40_002, to: 80, seq: 1000, flags: SYN });
  deepEqual(peer.heard(), []);
  equal(host.counters.tcpListenDrops, 1);
  listening.accept();
  peer.say({ from: 40_002, to: 80, seq: 1000, flags: SYN });
  equal(peer.one().flags, SYN | ACK);
});

test("who was let knock is let in, even if others were quicker", () => {
  const { peer, listening } = house(1);
  const answers = [40_000, 40_001].map((from) => {
    peer.say({ from, to: 80, seq: 1000, flags: SYN });
    return peer.one();
  });
  for (const { to, seq } of answers) peer.say({ from: to, to: 80, seq: 1001, ack: plus(seq, 1), flags: ACK });
  deepEqual([listening.accept()?.remotePort, listening.accept()?.remotePort], [40_000, 40_001]);
  deepEqual(peer.heard(), []);
});

test("when it closes, those outside are turned away, and those inside stay", async () => {
  const { net, a, listening, client, server } = await connected();
  const outside = connect(a);
  await net.pass(10);
  let calls = 0;
  listening.onChange = () => calls++;
  listening.close();
  await net.pass(10);
  deepEqual([outside.error, client.error, server.state, calls], ["ECONNRESET", undefined, "ESTABLISHED", 1]);
  const late = connect(a);
  await net.pass(10);
  equal(late.error, "ECONNREFUSED");
});

test("a flood of 10,000 SYNs from nowhere keeps little, and honest people get in", async () => {
  const { net, peer, host, listening } = house();
  flood(peer, 10_000);
  equal(host.tcp.streams.length, 256);
  equal(listening.isFlooded, true);
  equal(host.counters.tcpSynCookiesSent, 10_000 - 256);
  for (let i = 0; i < 20; i++) knock(peer, 40_000 + i);
  equal(listening.waiting, 20);
  equal(host.counters.tcpSynCookiesReceived, 20);
  equal(host.tcp.streams.length, 256 + 20);
  // The flood ends, and so does what it has left.
  await net.pass(64_000);
  equal(host.tcp.streams.length, 20);
  equal(listening.isFlooded, false);
});

/** By a cookie: the last handshake is one of those that nothing was kept of. */
function byCookie(fields: Partial<TcpSegment> = SYN_OPTIONS) {
  const scene = house();
  flood(scene.peer, 256);
  const answer = knock(scene.peer, 40_000, fields);
  const stream = scene.listening.accept()!;
  equal(scene.host.counters.tcpSynCookiesReceived, 1);
  const say = (more: Partial<TcpSegment>): void =>
    scene.peer.say({ from: 40_000, to: 80, seq: 1001, ack: plus(answer.seq, 1), flags: ACK, ...more });
  return { ...scene, answer, stream, say };
}

test("the options survive a cookie, through the timestamps", () => {
  const { stream, peer, answer, say } = byCookie();
  deepEqual([answer.windowScale, answer.isSackPermitted], [7, true]);
  const stamps = { timestamp: 5060, echo: answer.timestamp };
  say({ seq: 1101, flags: PSH | ACK, payload: new Uint8Array(10), ...stamps });
  deepEqual(peer.one().sack, [{ start: 1101, end: 1111 }], "reports were agreed on");
  // 500 << 7: more than 500 go at once.
  stream.write(new Uint8Array(5000));
  const sizes = peer.heard().map(({ payload }) => payload.length);
  deepEqual(sizes, [1288, 1288, 1288, 1136], "1300 is the nearest MSS that a cookie knows, less timestamps");
});

test("without timestamps a cookie remembers the segment size, and no more is promised", () => {
  const { stream, peer, answer } = byCookie({ mss: 1460, windowScale: 7, isSackPermitted: true });
  deepEqual([answer.windowScale, answer.isSackPermitted, answer.timestamp], [undefined, false, undefined]);
  stream.write(new Uint8Array(5000));
  deepEqual(
    peer.heard().map(({ payload }) => payload.length),
    [500],
    "the window is what it says",
  );
});

test("what comes along with the last part of a handshake is not lost", () => {
  const { listening, peer, host } = house();
  flood(peer, 256);
  peer.heard();
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN });
  const { seq } = peer.one();
  const payload = Uint8Array.from(Buffer.from("hello"));
  peer.say({ from: 40_000, to: 80, seq: 1001, ack: plus(seq, 1), flags: PSH | ACK, payload });
  equal(host.counters.tcpSynCookiesReceived, 1);
  equal(heard(listening.accept()!), "hello");
});

test("a cookie that comes back when there is no room is not heard, and may come again", () => {
  const { listening, peer, host } = house(1);
  flood(peer, 256);
  knock(peer, 40_000);
  equal(listening.isFull, true);
  peer.heard();
  const drops = host.counters.tcpListenDrops;
  peer.say({ from: 40_001, to: 80, seq: 1000, flags: SYN });
  deepEqual(peer.heard(), []);
  equal(host.counters.tcpListenDrops, drops + 1);
});

test("who guesses at cookies gets resets", () => {
  const { peer, host } = house();
  flood(peer, 300);
  peer.heard();
  for (let i = 0; i < 100; i++) peer.say({ from: 40_000 + i, to: 80, seq: i * 7919, ack: i * 104_729, flags: ACK });
  const answers = peer.heard();
  equal(answers.length, 100);
  ok(answers.every(({ flags }) => flags === RST));
  equal(host.counters.tcpSynCookiesReceived, 0);
});

test("two minutes after the last cookie nobody looks for any", async () => {
  const { net, peer, host } = house();
  flood(peer, 300);
  peer.heard();
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN });
  const { seq } = peer.one();
  await net.pass(120_000);
  peer.heard();
  peer.say({ from: 40_000, to: 80, seq: 1001, ack: plus(seq, 1), flags: ACK });
  equal(peer.one().flags, RST);
  equal(host.counters.tcpSynCookiesReceived, 0);
});

test("the flood of one port is no other port's", () => {
  const { peer, host } = house();
  const other: TcpListening = listen(host, { port: 81 });
  flood(peer, 1000);
  equal(other.isFlooded, false);
  peer.heard();
  peer.say({ from: 40_000, to: 81, seq: 1000, flags: SYN });
  const { seq } = peer.one();
  peer.say({ from: 40_000, to: 81, seq: 1001, ack: plus(seq, 1), flags: ACK });
  equal(other.waiting, 1);
  equal(host.counters.tcpSynCookiesReceived, 0);
});
