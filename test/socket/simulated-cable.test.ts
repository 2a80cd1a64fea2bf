import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { type CableWishes, cable, type Workshop } from "../../src/socket/simulated-cable.ts";

function scene(wishes: CableWishes, later?: Workshop["later"]) {
  const clock = new VirtualClock();
  const shop = { clock, random: new Random(7), later, onVerdict: undefined };
  const made = cable(shop, wishes);
  const log: string[] = [];
  made.a.onFrame = ({ length }) => void log.push(`a has ${length} at ${clock.now()}`);
  made.b.onFrame = ({ length }) => void log.push(`b has ${length} at ${clock.now()}`);
  const exchange = async (): Promise<string[]> => {
    made.a.send(new Uint8Array(100));
    made.b.send(new Uint8Array(200));
    await clock.advance(1000);
    return log.splice(0);
  };
  return { ...made, clock, exchange };
}

test("a cable takes a tenth of a millisecond, has an FCS, and nothing goes wrong on it", async () => {
  const { a, b, out, in: back, exchange } = scene({});
  deepEqual(await exchange(), ["b has 100 at 0.1", "a has 200 at 0.1"]);
  deepEqual([a.mtu, a.hasFcs, b.mtu, b.hasFcs], [1500, true, 1500, true]);
  deepEqual([out, back], [undefined, undefined]);
});

test("rate and delay are the cable's", async () => {
  const { exchange } = scene({ rate: "8kbit", delay: "10ms" });
  deepEqual(await exchange(), ["b has 100 at 110", "a has 200 at 210"]);
});

test("each way things go wrong by themselves, or only one way", async () => {
  const both = scene({ loss: 1 });
  deepEqual(await both.exchange(), []);
  deepEqual([both.out?.dropped, both.in?.dropped], [1, 1]);
  const there = scene({ loss: 1, only: "out" });
  deepEqual(await there.exchange(), ["a has 200 at 0.1"]);
  deepEqual([there.out?.dropped, there.in], [1, undefined]);
  const back = scene({ loss: 1, only: "in" });
  deepEqual(await back.exchange(), ["b has 100 at 0.1"]);
  deepEqual([back.out, back.in?.dropped], [undefined, 1]);
});

test("a judge sees both ways as the first of the two sees them", async () => {
  const seen: string[] = [];
  const { exchange } = scene({
    verdict: (frame, direction, index) => {
      seen.push(`${frame.length} ${direction} ${index}`);
      return "pass";
    },
  });
  await exchange();
  await exchange();
  deepEqual(seen, ["100 out 0", "200 in 0", "100 out 1", "200 in 1"]);
});

test("with jitter, frames are early as well as late", async () => {
  const { a, b, clock } = scene({ delay: "10ms", jitter: "5ms" });
  const times: number[] = [];
  b.onFrame = () => void times.push(clock.now());
  for (let i = 0; i < 200; i++) {
    const sent = clock.now();
    a.send(new Uint8Array(60));
    await clock.advance(20);
    times.push(times.pop()! - sent);
  }
  const [least, most] = [Math.min(...times), Math.max(...times)];
  equal(times.length, 200);
  equal(least >= 5 && least < 6 && most > 14 && most <= 15, true, `${least} to ${most}`);
});

test("what happens on one cable is the same, whatever the weather on others", async () => {
  const lost = async (first: CableWishes): Promise<number | undefined> => {
    const clock = new VirtualClock();
    const shop = { clock, random: new Random(7), later: undefined, onVerdict: undefined };
    cable(shop, first);
    const { a, b, out } = cable(shop, { loss: 0.3 });
    b.onFrame = () => {};
    for (let i = 0; i < 1000; i++) a.send(new Uint8Array(60));
    return out?.dropped;
  };
  equal(await lost({}), await lost({ loss: 0.5, jitter: "1ms" }));
});

test("in real time there is nothing but a pair of ends, unless somebody wants it longer", async () => {
  const waiting: (() => void)[] = [];
  const later = (run: () => void): void => void waiting.push(run);
  const lean = scene({ mtu: 9000 }, later);
  deepEqual([lean.a.mtu, lean.a.hasFcs], [9000, false]);
  deepEqual(await lean.exchange(), []);
  for (const run of waiting.splice(0)) run();
  deepEqual(await lean.exchange(), ["a has 200 at 1000", "b has 100 at 1000"]);
  const long = scene({ delay: "10ms" }, later);
  deepEqual(await long.exchange(), ["b has 100 at 10", "a has 200 at 10"]);
});
