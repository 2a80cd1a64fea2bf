/** What the network says about our segments, and what becomes of them on the way (RFC 9293 §3.8.3, §3.9.2.2, RFC 1191). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import { Faults } from "../../src/link/faults.ts";
import { Pair } from "../../src/link/pair.ts";
import { plus } from "../../src/tcp/sequence.ts";
import { UNREACHABLE } from "../../src/wire/icmp.ts";
import { PROTOCOL } from "../../src/wire/ipv4.ts";
import { parsePrefix } from "../../src/wire/prefix.ts";
import { emitTcp } from "../../src/wire/tcp.ts";
import { ACK, PSH, RST, SYN, segmentOf } from "../../src/wire/tcp-segment.ts";
import { defaultRoute, ip, Network } from "./network.ts";
import { A, B, type Complaint, called, connect, facing, listen } from "./tcp-scene.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

const unreachable = (code: number) => ({ kind: "unreachable", code, mtu: 0 }) as const;

/** While nobody has answered: a hard error ends it, a soft one is remembered. */
const WHILE_CALLING: readonly (readonly [code: number, error: string | undefined, trouble: string | undefined])[] = [
  [UNREACHABLE.net, undefined, "ENETUNREACH"],
  [UNREACHABLE.host, undefined, "EHOSTUNREACH"],
  [UNREACHABLE.protocol, "ECONNREFUSED", undefined],
  [UNREACHABLE.port, "ECONNREFUSED", undefined],
  [UNREACHABLE.sourceRouteFailed, undefined, "EHOSTUNREACH"],
  [UNREACHABLE.administratively, "EHOSTUNREACH", undefined],
];

for (const [code, error, trouble] of WHILE_CALLING) {
  test(`unreachable (${code}) while calling: ${error ?? `${trouble} for now`}`, () => {
    const { host, peer } = facing();
    const client = connect(host);
    let calls = 0;
    client.onChange = () => calls++;
    peer.complain(unreachable(code), peer.one());
    deepEqual([client.error, client.trouble, calls], [error, trouble, 1]);
  });
}

test("a soft error is the reason in the end, if nobody ever answers (MUST-47, SHLD-25)", async () => {
  const { net, host, peer } = facing();
  const client = connect(host);
  peer.complain(unreachable(UNREACHABLE.net), peer.one());
  await net.pass(180_000);
  equal(client.error, "ENETUNREACH");
});

/** Nothing ends a connection that stands (MUST-56; RFC 5461 §3.2, RFC 5927 §5.2 for the hard ones). */
const TOLD: readonly (readonly [what: string, message: Complaint])[] = [
  ["network unreachable", unreachable(UNREACHABLE.net)],
  ["host unreachable", unreachable(UNREACHABLE.host)],
  ["protocol unreachable", unreachable(UNREACHABLE.protocol)],
  ["port unreachable", unreachable(UNREACHABLE.port)],
  ["source route failed", unreachable(UNREACHABLE.sourceRouteFailed)],
  ["time exceeded", { kind: "time exceeded", code: 0 }],
  ["a fragment's time exceeded", { kind: "time exceeded", code: 1 }],
  ["a parameter problem", { kind: "parameter problem", code: 0, pointer: 20 }],
];

for (const [what, message] of TOLD) {
  test(`${what}: a connection that stands outlives it, and says so (MUST-54, MUST-56)`, () => {
    const { stream, peer, say, next } = called();
    stream.write(bytes("hello"));
    const segment = peer.one();
    let calls = 0;
    stream.onChange = () => calls++;
    peer.complain(message, segment);
    deepEqual([stream.state, calls], ["ESTABLISHED", 1]);
    ok(stream.trouble !== undefined);
    peer.complain(message, segment);
    equal(calls, 1, "that is nothing new");
    say({ ack: plus(next, 5) });
    equal(stream.trouble, undefined, "the peer was heard of again");
  });
}

test("a parameter problem does not end a call, either (MUST-56)", () => {
  const { host, peer } = facing();
  const client = connect(host);
  peer.complain({ kind: "parameter problem", code: 0, pointer: 20 }, peer.one());
  deepEqual([client.state, client.trouble], ["SYN-SENT", "EHOSTUNREACH"]);
});

test("a source quench is not heard (MUST-55)", () => {
  const { stream, peer, probe } = called();
  stream.write(bytes("hello"));
  const { seq } = peer.one();
  const quoted = emitTcp(segmentOf({ from: 80, to: 40_000, seq }), A, B).subarray(0, 8);
  const header = [0x45, 0, 0, 45, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
  const payload = Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, ...header, ...quoted);
  const sum = payload.reduce((sum, byte, i) => sum + (i % 2 === 0 ? byte << 8 : byte), 0);
  const checksum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  payload[2] = checksum >> 8;
  payload[3] = checksum & 0xff;
  probe.sayIp({ protocol: PROTOCOL.icmp, source: ip("10.0.0.9"), payload });
  deepEqual([stream.trouble, stream.error], [undefined, undefined]);
});

/** Who was not on the way does not know what is under way (RFC 5927 §4.1). */
const FORGED: readonly (readonly [what: string, fields: { from?: number; to?: number; seq?: number }])[] = [
  ["another port of ours", { from: 81 }],
  ["another port of the peer's", { to: 40_001 }],
  ["a number that was acknowledged", { seq: -1 }],
  ["a number that was not sent yet", { seq: 5 }],
  ["a number from anywhere", { seq: 1_000_000 }],
];

for (const [what, { seq, ...ports }] of FORGED) {
  test(`an error about ${what} is made up`, () => {
    const { stream, peer, next, host } = called();
    stream.write(bytes("hello"));
    const segment = peer.one();
    const fields = { ...ports, ...(seq !== undefined && { seq: plus(next, seq) }) };
    peer.complain(unreachable(UNREACHABLE.host), segment, fields);
    peer.complain({ kind: "unreachable", code: UNREACHABLE.fragmentationNeeded, mtu: 600 }, segment, fields);
    equal(stream.trouble, undefined);
    equal(host.ip.mtuTo(B), 1500);
  });
}

test("an error about a call that nobody makes ends none", () => {
  const { host, peer } = facing();
  const client = connect(host);
  const syn = peer.one();
  peer.complain(unreachable(UNREACHABLE.port), syn, { seq: plus(syn.seq, 1) });
  peer.complain(unreachable(UNREACHABLE.port), syn, { from: syn.from ^ 1 });
  equal(client.state, "SYN-SENT");
});

test("fragmentation needed: what was too long goes again at once, shorter", async () => {
  const { stream, peer, next, say, host } = called();
  stream.write(new Uint8Array(4000));
  const [first] = peer.heard();
  peer.complain({ kind: "unreachable", code: UNREACHABLE.fragmentationNeeded, mtu: 1000 }, first!);
  equal(host.ip.mtuTo(B), 1000);
  const again = peer.heard();
  deepEqual([again[0]!.seq, again[0]!.payload.length], [next, 960]);
  equal(stream.trouble, undefined);
  say({ ack: plus(next, 960) });
  ok(peer.heard().every(({ payload }) => payload.length <= 960));
});

test("a path that is nearly nothing is not believed (RFC 1191 §7.2, and who would have us send a thousand packets)", () => {
  const { stream, peer, host } = called();
  stream.write(new Uint8Array(4000));
  const [first] = peer.heard();
  peer.complain({ kind: "unreachable", code: UNREACHABLE.fragmentationNeeded, mtu: 68 }, first!);
  equal(host.ip.mtuTo(B), 552);
  equal(peer.heard()[0]!.payload.length, 512);
});

test("the next connection knows what the last one has learnt", () => {
  const { stream, peer, say, next, host } = called();
  stream.write(new Uint8Array(4000));
  const [first] = peer.heard();
  peer.complain({ kind: "unreachable", code: UNREACHABLE.fragmentationNeeded, mtu: 1000 }, first!);
  say({ ack: plus(next, 4000), flags: RST });
  peer.heard();
  const client = connect(host);
  const syn = peer.one();
  equal(syn.mss, 1460, "what we can take is as much as ever");
  peer.say({ from: 80, to: client.localPort, seq: 1, ack: plus(syn.seq, 1), flags: SYN | ACK, mss: 1460 });
  client.write(new Uint8Array(4000));
  ok(peer.heard().every(({ payload }) => payload.length <= 960));
});

// ── on the way ──

test("the path becomes narrower in the middle of a transfer, and all of it arrives", async () => {
  const net = new Network();
  const [a, router, b] = [net.host("a"), net.host("router", true), net.host("b")];
  const [ofA] = net.cable(a, "10.0.0.1/24", router, "10.0.0.254/24", { rate: "10Mbit" });
  const [narrow] = net.cable(router, "192.0.2.254/24", b, "192.0.2.1/24", { rate: "10Mbit", mtu: 1000 });
  const [, ofB] = net.cable(router, "198.51.100.254/24", b, "198.51.100.1/24", { rate: "10Mbit" });
  defaultRoute(a, "10.0.0.254", ofA);
  b.routes.add({ prefix: parsePrefix("10.0.0.0/24")!, via: ip("198.51.100.254"), interface: ofB });
  // First the wide way, to an address that the other side has behind the narrow one, too.
  const goal = { prefix: parsePrefix("198.51.100.1/32")!, via: ip("192.0.2.1"), interface: narrow };
  const size = 1_000_000;
  const listening = listen(b);
  const client = connect(a, { address: ip("198.51.100.1") });
  const said = new Random(1).bytes(size);
  client.write(said);
  await net.pass(300);
  const server = listening.accept()!;
  const before = server.readable;
  ok(before > 50_000 && before < size);
  router.routes.add(goal);
  await net.pass(3000);
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < 50 && client.queued > 0; i++) {
    for (let piece = server.read(); piece !== undefined; piece = server.read()) pieces.push(piece);
    await net.pass(500);
  }
  for (let piece = server.read(); piece !== undefined; piece = server.read()) pieces.push(piece);
  equal(Buffer.compare(Buffer.concat(pieces), said), 0);
  equal(a.ip.mtuTo(ip("198.51.100.1")), 1000);
});

test("everything arrives through loss, reordering and duplicates, whatever the seed (printed with what fails)", async () => {
  for (const seed of [1, 2, 3, 4]) {
    const net = new Network();
    const [a, b] = [net.host("a"), net.host("b")];
    const pair = new Pair({ later: (run) => void net.clock.after(1, run) });
    const weather = { loss: 0.03, duplicate: 0.02, reorder: 0.05, delay: "5ms", jitter: "2ms" } as const;
    const link = new Faults(pair.a, { clock: net.clock, random: new Random(seed), ...weather });
    a.attach(link, { address: "10.0.0.1/24" });
    b.attach(pair.b, { address: "10.0.0.2/24" });
    const said = new Random(seed).bytes(200_000);
    const listening = listen(b);
    const client = connect(a);
    client.write(said);
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < 600; i++) {
      await net.pass(100);
      const server = b.tcp.streams[0];
      listening.accept();
      for (let piece = server?.read(); piece !== undefined; piece = server?.read()) pieces.push(piece);
      if (pieces.reduce((sum, { length }) => sum + length, 0) === said.length) break;
    }
    equal(Buffer.compare(Buffer.concat(pieces), said), 0, `seed ${seed}`);
  }
});

test("three time-outs in a row are told to the application, and make IP doubt its way (MUST-20, MUST-47)", async () => {
  const { net, stream, peer, probe, say, next } = called();
  stream.write(bytes("hello"));
  peer.heard();
  let troubles = 0;
  stream.onChange = () => troubles++;
  // Sent again after 200, 600 and 1400 ms.
  await net.pass(1399);
  equal(stream.trouble, undefined);
  await net.pass(1);
  deepEqual([stream.trouble, troubles], ["ETIMEDOUT", 1]);
  probe.heard();
  await net.pass(2000);
  ok(
    probe.heard().some((frame) => frame.includes("who has 10.0.0.2?")),
    "the next hop is asked whether it is there",
  );
  say({ ack: plus(next, 5) });
  equal(stream.trouble, undefined);
});

test("a peer that answers but never takes what it is sent does not hold us for ever (MUST-20)", async () => {
  const { net, stream, say } = called();
  stream.write(new Uint8Array(1000));
  for (let i = 0; i < 31; i++) {
    await net.pass(10_000);
    // It says things of its own, which acknowledge nothing.
    say({ seq: 1001 + i, flags: PSH | ACK, payload: Uint8Array.of(i) });
  }
  equal(stream.error, "ETIMEDOUT");
});

test("a peer that has no room may keep us waiting as long as it says so (MUST-37)", async () => {
  const { net, stream, peer, say, next } = called();
  say({ window: 0 });
  stream.write(new Uint8Array(1000));
  for (let hour = 0; hour < 3; hour++) {
    for (let minute = 0; minute < 60; minute++) {
      await net.pass(60_000);
      for (const { payload } of peer.heard()) if (payload.length > 0) say({ window: 0 });
    }
  }
  equal(stream.state, "ESTABLISHED");
  say({ window: 5000 });
  equal(peer.heard().at(-1)!.seq, next);
});
