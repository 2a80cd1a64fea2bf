import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import { Cable } from "../../src/link/cable.ts";
import type { Link } from "../../src/link/link.ts";
import { Pair } from "../../src/link/pair.ts";
import { Switch, type SwitchOptions } from "../../src/link/switch.ts";
import { hasGoodFcs, putEthernet, putFcs } from "../../src/wire/ethernet.ts";
import { BROADCAST, type MacAddress } from "../../src/wire/mac.ts";
import { linkContract } from "./contract.ts";
import { numbered, numberOf, numbersFrom, upTo } from "./numbered.ts";

linkContract("switch", () => {
  const clock = new VirtualClock();
  const lan = new Switch({ clock });
  return { near: lan.port(), far: lan.port(), settle: () => clock.advance(0) };
});

const A = 0x02_00_00_00_00_0a;
const B = 0x02_00_00_00_00_0b;
const C = 0x02_00_00_00_00_0c;
const MULTICAST = 0x01_00_5e_00_00_01;
const TYPE = 0x88b5;

/** A frame with its addresses and a number, and with an FCS where it has room for one. */
function frame(
  number: number,
  destination: MacAddress,
  source: MacAddress,
  { hasFcs }: { hasFcs: boolean },
): Uint8Array {
  const bytes = numbered(number, hasFcs ? 64 : 60);
  putEthernet(bytes, destination, source, TYPE);
  if (hasFcs) putFcs(bytes);
  return bytes;
}

/** A switch with three ports, and what each of them has heard. */
function lan(options: Omit<SwitchOptions, "clock"> = {}) {
  const clock = new VirtualClock();
  const lan = new Switch({ clock, ...options });
  const ports = { a: lan.port(), b: lan.port(), c: lan.port() };
  const heard = { a: numbersFrom(ports.a), b: numbersFrom(ports.b), c: numbersFrom(ports.c) };
  let number = 0;
  /** What each port hears of a frame that comes in by one. */
  const send = async (port: keyof typeof ports, destination: MacAddress, source: MacAddress): Promise<string> => {
    const before = { a: heard.a.length, b: heard.b.length, c: heard.c.length };
    ports[port].send(frame(number++, destination, source, ports[port]));
    await clock.advance(0);
    const hears = (["a", "b", "c"] as const).filter((one) => heard[one].length > before[one]);
    for (const one of hears) deepEqual(heard[one].slice(before[one]), [number - 1]);
    return hears.join(" ");
  };
  return { clock, lan, ports, send };
}

const STORY: [port: "a" | "b" | "c", to: MacAddress, from: MacAddress, heardBy: string, why: string][] = [
  ["a", B, A, "b c", "nobody knows B yet"],
  ["b", A, B, "a", "A has been heard"],
  ["a", B, A, "b", "and now B has"],
  ["a", BROADCAST, A, "b c", "it is for everybody"],
  ["c", MULTICAST, C, "a b", "it is for whoever wants it"],
  ["b", C, B, "c", "C has been heard, if only in a multicast"],
  ["a", A, A, "", "it never goes out where it came in"],
  ["b", 0x0180_c200_0000, B, "", "the spanning tree's is for the switch alone"],
  ["b", 0x0180_c200_000f, B, "", "so are those beside it"],
  ["b", 0x0180_c200_0010, B, "a c", "and those beyond are not"],
  ["c", B, A, "b", "A has moved behind C's port"],
  ["b", A, B, "c", "so it is heard there"],
  ["a", B, MULTICAST, "b", "nobody is many"],
  ["b", MULTICAST, B, "a c", "so nothing was learned of that"],
];

test("a story of three ports", async () => {
  const { lan: it, send } = lan();
  for (const [port, to, from, heardBy, why] of STORY) equal(await send(port, to, from), heardBy, why);
  deepEqual(it.counters, { forwarded: 6, flooded: 5, filtered: 1, malformed: 0, reserved: 2, unlearned: 0 });
});

test("whom it has not heard for 300 seconds it has forgotten", async () => {
  const { clock, lan: it, ports, send } = lan();
  await send("a", BROADCAST, A);
  await send("b", BROADCAST, B);
  await clock.advance(200_000);
  await send("b", BROADCAST, B);
  await clock.advance(100_000);
  ok(it.portOf(A) !== undefined && it.portOf(A) !== it.portOf(B));
  await clock.advance(1);
  equal(it.portOf(A), undefined);
  equal(await send("c", A, C), "a b");
  equal(await send("c", B, C), "b");
  ok(ports.a.counters.received > 0);
});

test("those that it has no room to remember are flooded to, until others are forgotten", async () => {
  const { clock, lan: it, send } = lan({ addresses: 2, ageing: "10s" });
  await send("a", BROADCAST, A);
  await send("b", BROADCAST, B);
  for (const i of upTo(10)) await send("c", BROADCAST, C + i);
  equal(it.counters.unlearned, 10);
  equal(await send("a", C, A), "b c");
  // Nobody who is remembered is pushed out by a flood of addresses.
  equal(await send("c", A, C), "a");
  await clock.advance(10_001);
  equal(await send("c", BROADCAST, C), "a b");
  equal(await send("a", C, A), "c");
});

test("damaged frames and stumps go nowhere, and nothing is learned from them", async () => {
  const { clock, lan: it, ports } = lan();
  const damaged = frame(0, BROADCAST, A, ports.a);
  damaged[20]! ^= 1;
  ports.a.send(damaged);
  for (const length of [0, 4, 13]) ports.a.send(new Uint8Array(length));
  await clock.advance(0);
  equal(it.counters.malformed, 4);
  equal(it.portOf(A), undefined);
  equal(ports.b.counters.received, 0);
});

test("each who hears it has bytes of his own, as they were sent", async () => {
  const { clock, ports } = lan();
  const heard: Uint8Array[] = [];
  ports.b.onFrame = (frame) => void heard.push(frame);
  ports.c.onFrame = (frame) => void heard.push(frame);
  const sent = frame(7, BROADCAST, A, ports.a);
  ports.a.send(sent.slice());
  await clock.advance(0);
  deepEqual(heard, [sent, sent]);
  heard[0]!.fill(0);
  deepEqual(heard[1], sent);
});

test("ports with FCS and without understand each other", async () => {
  const clock = new VirtualClock();
  const lan = new Switch({ clock });
  const cable = lan.port();
  const bare = new Pair({ later: (run) => void clock.after(0, run) });
  lan.plug(bare.b);
  const heard: Uint8Array[] = [];
  cable.onFrame = (frame) => void heard.push(frame);
  bare.a.onFrame = (frame) => void heard.push(frame);
  bare.a.send(frame(1, BROADCAST, A, bare.a));
  await clock.advance(0);
  ok(hasGoodFcs(heard[0]!));
  equal(heard[0]!.length, 64);
  cable.send(frame(2, A, B, cable));
  await clock.advance(0);
  deepEqual(heard[1], frame(2, A, B, bare.a));
});

test("a port may be a slow cable", async () => {
  const clock = new VirtualClock();
  const lan = new Switch({ clock });
  const near = lan.port();
  const far = lan.port({ delay: "10ms", rate: 64_000 });
  const times: number[] = [];
  far.onFrame = () => void times.push(clock.now());
  for (const i of upTo(2)) near.send(frame(i, BROADCAST, A, near));
  await clock.advance(100);
  deepEqual(times, [18, 26]);
});

test("two switches are one network", async () => {
  const clock = new VirtualClock();
  const [left, right] = [new Switch({ clock }), new Switch({ clock })];
  const between = new Cable({ clock });
  left.plug(between.a);
  right.plug(between.b);
  const [a, b, c] = [left.port(), right.port(), right.port()];
  const [atA, atB, atC] = [a, b, c].map(numbersFrom);
  a.send(frame(0, B, A, a));
  await clock.advance(0);
  b.send(frame(1, A, B, b));
  await clock.advance(0);
  a.send(frame(2, B, A, a));
  await clock.advance(0);
  deepEqual([atA, atB, atC], [[1], [0, 2], [0]]);
});

test("what is unplugged is forgotten, and a closed switch carries nothing", async () => {
  const { clock, lan: it, ports, send } = lan();
  await send("b", BROADCAST, B);
  const port = it.portOf(B) as Link;
  it.unplug(port);
  it.unplug(port);
  equal(it.portOf(B), undefined);
  equal(await send("a", B, A), "c");
  it.close();
  equal(await send("a", BROADCAST, A), "");
  equal(it.portOf(A), undefined);
  await clock.advance(0);
  equal(ports.a.counters.received, 1);
});

test("alone on its port, a frame goes nowhere", async () => {
  const clock = new VirtualClock();
  const lan = new Switch({ clock });
  const a = lan.port();
  const numbers = numbersFrom(a);
  a.send(frame(0, BROADCAST, A, a));
  await clock.advance(0);
  deepEqual(numbers, []);
  equal(lan.counters.filtered, 1);
});

const TALK = fc.array(fc.record({ from: fc.nat(4), to: fc.oneof(fc.nat(4), fc.constant(-1)) }), { maxLength: 40 });

test("whoever is talked to hears it once, nobody hears himself, and each frame is counted", async () => {
  await fc.assert(
    fc.asyncProperty(TALK, async (talk) => {
      const clock = new VirtualClock();
      const lan = new Switch({ clock });
      const ports = upTo(5).map(() => lan.port());
      const heard: number[][] = ports.map(() => []);
      for (const [i, port] of ports.entries()) port.onFrame = (frame) => void heard[i]!.push(numberOf(frame));
      for (const [i, { from, to }] of talk.entries()) {
        ports[from]!.send(frame(i, to === -1 ? BROADCAST : A + to, A + from, ports[from]!));
        if (i % 3 === 0) await clock.advance(0);
      }
      await clock.advance(0);
      for (const [i, { from, to }] of talk.entries()) {
        const times = heard.map((numbers) => numbers.filter((number) => number === i).length);
        equal(times[from], 0);
        for (const [port, count] of times.entries()) {
          const isMeant = port !== from && (to === -1 || to === port);
          ok(isMeant ? count === 1 : count <= 1, `frame ${i} at port ${port}: ${count}`);
        }
      }
      const { forwarded, flooded, filtered } = lan.counters;
      equal(forwarded + flooded + filtered, talk.length);
    }),
    { numRuns: 40 },
  );
});
