import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Pair } from "../../src/link/pair.ts";
import { Gate } from "../../src/socket/simulated-gate.ts";
import { ARP, emitArp } from "../../src/wire/arp.ts";
import { ETHERTYPE, emitEthernet } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, ipv4Packet } from "../../src/wire/ipv4.ts";
import { BROADCAST } from "../../src/wire/mac.ts";

const [A, B, C] = [0x0a000001, 0x0a000002, 0x0a000003];

const packet = (source: number, destination: number): Uint8Array =>
  emitEthernet({
    destination: 2,
    source: 1,
    type: ETHERTYPE.ipv4,
    payload: emitIpv4Packet(ipv4Packet({ source, destination })),
  });
const question = (sender: number, target: number): Uint8Array =>
  emitEthernet({
    destination: BROADCAST,
    source: 1,
    type: ETHERTYPE.arp,
    payload: emitArp({ operation: ARP.request, sender, senderMac: 1, target, targetMac: 0 }),
  });
const other = (): Uint8Array => emitEthernet({ destination: 2, source: 1, type: 0x88cc, payload: new Uint8Array(50) });

/** A's gate, and the other end of the link. */
function gate() {
  const separation = { isAlone: false, from: new Set<number>() };
  const pair = new Pair();
  const gate = new Gate(pair.a, separation);
  const [heard, arrived]: number[][] = [[], []];
  gate.onFrame = ({ length }) => void heard!.push(length);
  pair.b.onFrame = ({ length }) => void arrived!.push(length);
  /** How many of these come to us, and get away from us. */
  const exchange = (incoming: Uint8Array, outgoing: Uint8Array): [number, number] => {
    heard!.length = arrived!.length = 0;
    pair.b.send(incoming);
    equal(gate.send(outgoing), true);
    pair.deliver();
    return [heard!.length, arrived!.length];
  };
  return { gate, pair, separation, exchange };
}

test("who is separated from somebody neither hears nor reaches him, and everybody else", () => {
  const { separation, exchange } = gate();
  separation.from.add(B);
  deepEqual(exchange(packet(B, A), packet(A, B)), [0, 0]);
  deepEqual(exchange(packet(C, A), packet(A, C)), [1, 1]);
  // They are neighbours nevertheless.
  deepEqual(exchange(question(B, A), question(A, B)), [1, 1]);
  deepEqual(exchange(other(), other()), [1, 1]);
  deepEqual(exchange(new Uint8Array(20), new Uint8Array(20)), [1, 1]);
  separation.from.clear();
  deepEqual(exchange(packet(B, A), packet(A, B)), [1, 1]);
});

test("who is alone hears and reaches nobody", () => {
  const { separation, exchange } = gate();
  separation.isAlone = true;
  for (const bytes of [packet, question]) deepEqual(exchange(bytes(C, A), bytes(A, C)), [0, 0]);
  deepEqual(exchange(other(), other()), [0, 0]);
});

test("a link may be exchanged, and what is on its way over the old one arrives", () => {
  const { gate: it, pair } = gate();
  let heard = 0;
  it.onFrame = () => void heard++;
  pair.b.send(new Uint8Array(60));
  const next = new Pair();
  it.plug(next.a);
  pair.deliver();
  equal(heard, 1);
  it.send(new Uint8Array(60));
  deepEqual([pair.a.counters.sent, next.a.counters.sent], [0, 1]);
  next.b.send(new Uint8Array(60));
  next.deliver();
  equal(heard, 2);
});

test("a gate that is closed hears nothing, nor one behind which nobody is", () => {
  const { gate: it, pair } = gate();
  it.onFrame = undefined;
  pair.b.send(new Uint8Array(60));
  pair.deliver();
  it.onFrame = () => equal(true, false);
  it.close();
  pair.b.send(new Uint8Array(60));
  pair.deliver();
  equal(it.send(new Uint8Array(60)), false);
});

test("who records sees each frame, and whether it is lost here", () => {
  const { gate: it, separation } = gate();
  const log: [number, boolean, boolean][] = [];
  it.recorder = (frame, isLost, send) => {
    const { length } = frame;
    const isTaken = send(frame);
    log.push([length, isLost, isTaken]);
    return isTaken;
  };
  it.send(new Uint8Array(60));
  it.send(new Uint8Array(3000));
  separation.from.add(B);
  const { length } = packet(A, B);
  it.send(packet(A, B));
  deepEqual(log, [
    [60, false, true],
    [3000, false, false],
    [length, true, true],
  ]);
});
