/** Two machines that talk TCP; and a peer whom a test speaks for, segment by segment. */

import { equal, ok } from "node:assert/strict";
import type { Host } from "../../src/host/host.ts";
import type { TcpListening } from "../../src/host/tcp-listening.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import type { ConnectWishes, ListenWishes } from "../../src/host/tcp-wishes.ts";
import { plus } from "../../src/tcp/sequence.ts";
import { pseudoHeader } from "../../src/wire/checksum.ts";
import { ETHERTYPE, parseEthernet } from "../../src/wire/ethernet.ts";
import {
  emitIcmp,
  type IcmpParameterProblem,
  type IcmpTimeExceeded,
  type IcmpUnreachable,
} from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { emitTcp, parseTcp } from "../../src/wire/tcp.ts";
import { ACK, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";
import { acquainted, ip, Network, type Probe } from "./network.ts";

export const A = ip("10.0.0.1");
export const B = ip("10.0.0.2");

export function listen(host: Host, wishes: ListenWishes = { port: 80 }): TcpListening {
  const listening = host.tcp.listen(wishes);
  ok(typeof listening !== "string", String(listening));
  return listening;
}

export function connect(host: Host, wishes: Partial<ConnectWishes> = {}): TcpStream {
  const stream = host.tcp.connect({ address: B, port: 80, ...wishes });
  ok(typeof stream !== "string", String(stream));
  return stream;
}

/** 10.0.0.1 and 10.0.0.2 on a cable of one millisecond. */
export function pairOfHosts(options: Parameters<Network["cable"]>[4] = {}) {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  net.cable(a, "10.0.0.1/24", b, "10.0.0.2/24", options);
  return { net, a, b };
}

/** The same, and a connection between them: `b` listens at port 80. */
export async function connected(wishes: Partial<ConnectWishes> = {}) {
  const { net, a, b } = pairOfHosts();
  const listening = listen(b);
  const client = connect(a, wishes);
  await net.pass(10);
  const server = listening.accept();
  ok(server !== undefined && client.isConnected);
  return { net, a, b, listening, client, server };
}

/** All that waits to be read, as text. */
export function heard(stream: TcpStream): string {
  const decoder = new TextDecoder();
  let all = "";
  for (let bytes = stream.read(); bytes !== undefined; bytes = stream.read()) all += decoder.decode(bytes);
  return all;
}

/** What a router says of a packet. */
export type Complaint =
  | Omit<IcmpUnreachable, "original">
  | Omit<IcmpTimeExceeded, "original">
  | Omit<IcmpParameterProblem, "original">;

/** Somebody at 10.0.0.2, or wherever he says, for whom the test speaks; the machine is 10.0.0.1. */
export class Peer {
  readonly #probe: Probe;

  constructor(probe: Probe) {
    this.#probe = probe;
    const { send } = probe;
    // He is there, and says so whenever somebody asks.
    probe.send = (frame) => {
      if (parseEthernet(frame)?.type === ETHERTYPE.arp) probe.sayIsAt();
      return send.call(probe, frame);
    };
  }

  say(fields: Partial<TcpSegment>, source = B, destination = A): void {
    const payload = emitTcp(segmentOf({ window: 65_535, ...fields }), source, destination);
    this.#probe.sayIp({ protocol: PROTOCOL.tcp, source, destination, payload });
  }

  /** The packets with TCP that the machine has sent since the last time. */
  packets(): Ipv4Packet[] {
    return this.#probe.packets().filter(({ protocol }) => protocol === PROTOCOL.tcp);
  }

  /** Their segments. */
  heard(): TcpSegment[] {
    return this.packets().map(({ payload, source, destination }) => {
      const segment = parseTcp(payload, pseudoHeader(source, destination, PROTOCOL.tcp, payload.length));
      ok(segment !== undefined, "a segment of ours has a good checksum");
      // Frames are short-lived.
      return { ...segment, payload: segment.payload.slice() };
    });
  }

  /** The only one. */
  one(): TcpSegment {
    const all = this.heard();
    equal(all.length, 1);
    return all[0]!;
  }

  /** A router tells of the packet with this segment of ours. */
  complain(message: Complaint, of: TcpSegment, fields: Partial<TcpSegment> = {}): void {
    const segment = emitTcp({ ...of, ...fields }, A, B);
    const original = emitIpv4Packet(
      ipv4Packet({ protocol: PROTOCOL.tcp, source: A, destination: B, dontFragment: true, payload: segment }),
    );
    const payload = emitIcmp({ ...message, original: original.subarray(0, 28) });
    this.#probe.sayIp({ protocol: PROTOCOL.icmp, source: ip("10.0.0.9"), payload });
  }
}

/** 10.0.0.1, and the peer at 10.0.0.2: nobody need be asked for his MAC address. */
export function facing(options: Parameters<typeof acquainted>[0] = {}) {
  const { net, host, probe } = acquainted(options);
  return { net, host, probe, peer: new Peer(probe) };
}

/** The peer has called the machine at port 80, from port 40000; its next number is 1001. */
export function called(fields: Partial<TcpSegment> = {}) {
  const scene = facing();
  const listening = listen(scene.host);
  const { peer } = scene;
  peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN, mss: 1460, ...fields });
  const { seq } = peer.one();
  const next = plus(seq, 1);
  peer.say({ from: 40_000, to: 80, seq: 1001, ack: next, flags: ACK });
  const stream = listening.accept();
  ok(stream !== undefined);
  /** From the peer's port to ours; acknowledges our SYN, if nothing else is said. */
  const say = (more: Partial<TcpSegment>): void =>
    peer.say({ from: 40_000, to: 80, seq: 1001, ack: next, flags: ACK, ...more });
  return { ...scene, listening, stream, next, say };
}

/** The machine has called the peer at port 80, who has answered; the peer's next number is 1001. `always`: what he always says. */
export function calling(wishes: Partial<ConnectWishes> = {}, always: Partial<TcpSegment> = {}) {
  const scene = facing();
  const stream = connect(scene.host, wishes);
  const { seq, from } = scene.peer.one();
  const next = plus(seq, 1);
  const say = (more: Partial<TcpSegment>): void =>
    scene.peer.say({ from: 80, to: from, seq: 1001, ack: next, flags: ACK, ...always, ...more });
  say({ seq: 1000, flags: SYN | ACK, mss: 1460 });
  scene.peer.heard();
  ok(stream.isConnected);
  return { ...scene, stream, next, from, say };
}
