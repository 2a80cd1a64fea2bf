import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { Adapter, type AdapterOptions } from "../../src/host/adapter.ts";
import { Work } from "../../src/host/work.ts";
import { takeFrame } from "../../src/link/frames.ts";
import { ETHERTYPE, emitEthernet, FCS, hasGoodFcs, parseEthernet, putFcs } from "../../src/wire/ethernet.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { mac, Probe } from "./network.ts";

const GROUP = 0x01_00_5e_00_00_01;

function plugged(options: Partial<AdapterOptions> = {}, hasFcs = false) {
  const clock = new VirtualClock();
  const work = new Work();
  const link = Object.assign(new Probe(), { hasFcs });
  const adapter = new Adapter(link, { mac: mac(1), ...options }, clock, () => work.interrupt());
  const log: string[] = [];
  work.addSource(adapter);
  work.addFlusher({ flush: () => log.push("flush") });
  adapter.handle(ETHERTYPE.ipv4, (frame, from, to, isGroup) => {
    log.push(`${new TextDecoder().decode(frame.subarray(from, to))}${isGroup ? " to all" : ""}`);
  });
  const say = (text: string, destination = mac(1), type: number = ETHERTYPE.ipv4): void => {
    link.onFrame!(emitEthernet({ destination, source: mac(2), type, payload: utf8(text) }));
  };
  return { clock, work, link, adapter, log, say, counters: adapter.counters };
}

test("frames for this adapter, for everybody, and for groups it has joined are handed up", () => {
  const { adapter, log, say, counters } = plugged();
  say("me");
  say("everybody", BROADCAST);
  say("group", GROUP);
  say("other", mac(3));
  adapter.join(GROUP);
  say("our group", GROUP);
  adapter.leave(GROUP);
  say("group again", GROUP);
  deepEqual(
    log.filter((line) => line !== "flush"),
    ["me", "everybody to all", "our group to all"],
  );
  deepEqual([counters.inFrames, counters.inFiltered], [3, 3]);
});

test("a frame of a type that nobody handles is counted", () => {
  const { log, say, counters } = plugged();
  say("?", mac(1), 0x88b5);
  deepEqual([log, counters.inUnknownTypes], [["flush"], 1]);
});

test("a promiscuous adapter sees what is for others, and hands up no more than any", () => {
  const { adapter, log, say } = plugged({ isPromiscuous: true });
  const seen: number[] = [];
  adapter.onSeen = (frame) => seen.push(parseEthernet(frame)!.destination);
  say("other", mac(3));
  say("me");
  deepEqual(seen, [mac(3), mac(1)]);
  deepEqual(log, ["flush", "me", "flush"]);
});

test("a frame that is too short to be one is an error", () => {
  const { link, counters } = plugged();
  link.onFrame!(new Uint8Array(13));
  link.onFrame!(new Uint8Array(0));
  equal(counters.inErrors, 2);
});

test("with FCS, a damaged frame is counted and dropped, a good one handed up without it", () => {
  const { link, log, counters } = plugged({}, true);
  const frame = (): Uint8Array => {
    const bytes = new Uint8Array(14 + 5 + FCS);
    bytes.set(emitEthernet({ destination: mac(1), source: mac(2), type: ETHERTYPE.ipv4, payload: utf8("hello") }));
    putFcs(bytes);
    return bytes;
  };
  link.onFrame!(frame());
  for (let bit = 0; bit < 8 * frame().length; bit++) {
    const damaged = frame();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    link.onFrame!(damaged);
  }
  deepEqual(log, ["hello", "flush"]);
  deepEqual([counters.inFrames, counters.inErrors], [1, 8 * frame().length]);
});

test("what is sent gets its header, and on a cable an FCS", () => {
  const { adapter, link } = plugged({}, true);
  const frame = takeFrame(adapter.wireLength(64));
  equal(frame.length, 68);
  adapter.send(frame, 64, mac(2), ETHERTYPE.ipv4);
  const [sent] = link.frames;
  const { destination, source, type } = parseEthernet(sent!)!;
  deepEqual([destination, source, type, hasGoodFcs(sent!)], [mac(2), mac(1), ETHERTYPE.ipv4, true]);
});

test("a short frame is filled up on a cable, with zeros: what was in its memory before is nobody's business", () => {
  const { adapter, link } = plugged({}, true);
  const frame = takeFrame(adapter.wireLength(20)).fill(0xaa);
  adapter.send(frame, 20, mac(2), ETHERTYPE.ipv4);
  const [sent] = link.frames;
  equal(sent!.length, 64);
  deepEqual(sent!.subarray(14, 60), new Uint8Array(46).fill(0xaa, 0, 6));
  equal(hasGoodFcs(sent!), true);
});

test("a frame of another length than the link wants is copied", () => {
  const { adapter, link } = plugged({}, true);
  adapter.send(new Uint8Array(100).fill(7), 100, mac(2), ETHERTYPE.ipv4);
  equal(link.frames[0]!.length, 104);
  const plain = plugged();
  plain.adapter.send(new Uint8Array(100), 90, mac(2), ETHERTYPE.ipv4);
  equal(plain.link.frames[0]!.length, 90);
});

test("a frame that the link has no room for is counted", () => {
  const { adapter, link, counters } = plugged();
  link.send = () => false;
  equal(adapter.send(new Uint8Array(60), 60, mac(2), ETHERTYPE.ipv4), false);
  deepEqual([counters.outFrames, counters.outDrops], [1, 1]);
});

test("while the machine is busy frames wait in the ring, and what finds it full is lost", () => {
  const { work, log, say, counters } = plugged({ ring: 3 });
  work.begin();
  for (const text of ["a", "b", "c", "d", "e"]) say(text);
  deepEqual(log, []);
  work.end();
  say("f");
  deepEqual(log, ["a", "b", "c", "flush", "f", "flush"]);
  equal(counters.inOverflows, 2);
});

test("the ring goes round", () => {
  const { work, log, say } = plugged({ ring: 3 });
  for (let i = 0; i < 10; i++) {
    work.begin();
    say(`${i}a`);
    say(`${i}b`);
    work.end();
  }
  equal(log.join(" ").replaceAll(" flush", ""), Array.from({ length: 10 }, (_, i) => `${i}a ${i}b`).join(" "));
});

test("with coalescing, the interrupt comes after some time, or some frames", async () => {
  const { clock, log, say } = plugged({ coalesce: 2, coalesceFrames: 3 });
  say("a");
  await clock.advance(1);
  say("b");
  deepEqual(log, []);
  await clock.advance(1);
  deepEqual(log, ["a", "b", "flush"]);
  for (const text of ["c", "d", "e"]) say(text);
  deepEqual(log.slice(3), ["c", "d", "e", "flush"]);
  await clock.advance(10);
  equal(log.length, 7);
});

test("a link that gives many at once is interrupted for when it has given them all", async () => {
  const { log, say } = plugged({ later: queueMicrotask });
  say("a");
  say("b");
  deepEqual(log, []);
  await Promise.resolve();
  deepEqual(log, ["a", "b", "flush"]);
});

test("a handler that throws does not stop the adapter", () => {
  const { adapter, say, log } = plugged();
  adapter.handle(ETHERTYPE.arp, () => {
    throw new Error("no");
  });
  throws(() => say("?", mac(1), ETHERTYPE.arp), /no/);
  say("a");
  deepEqual(log, ["a", "flush"]);
});

test("a closed adapter closes its link and hears nothing", () => {
  const { adapter, link, say, log } = plugged();
  adapter.close();
  equal(link.isOpen, false);
  throws(() => say("a"));
  deepEqual(log, []);
});

test("an adapter is no group", () => {
  throws(() => plugged({ mac: GROUP }), RangeError);
});
