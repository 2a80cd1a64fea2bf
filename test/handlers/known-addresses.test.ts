import { equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { KnownAddresses } from "../../src/handlers/known-addresses.ts";
import { parseAddress } from "../../src/wire/address.ts";

const all = () => true;
const at = (text: string) => parseAddress(text)!;

test("addresses are known for ten seconds, then asked for again", async () => {
  const clock = new VirtualClock();
  const moves = [["10.0.0.5"], ["10.0.0.6"]];
  const known = new KnownAddresses(["a"], async () => moves.shift()!, clock);
  await known.refresh();
  await clock.advance(9_999);
  equal(known.refresh(), undefined);
  equal(known.nameAt(at("10.0.0.5"), all), "a");
  await clock.advance(1);
  await known.refresh();
  equal(known.nameAt(at("10.0.0.5"), all), undefined);
  equal(known.nameAt(at("10.0.0.6"), all), "a");
});

test("spellings do not matter", async () => {
  const known = new KnownAddresses(["a"], async () => ["::ffff:10.0.0.5", "fe80:0::1%eth0"], new VirtualClock());
  await known.refresh();
  for (const text of ["10.0.0.5", "::ffff:10.0.0.5", "fe80::1"]) equal(known.nameAt(at(text), all), "a", text);
});

test("of several names, the one in question", async () => {
  const known = new KnownAddresses(["a", "b", "c"], async () => ["10.0.0.5"], new VirtualClock());
  await known.refresh();
  equal(
    known.nameAt(at("10.0.0.5"), (name) => name !== "a"),
    "b",
  );
  equal(
    known.nameAt(at("10.0.0.5"), () => false),
    undefined,
  );
});

test("a name that cannot be resolved has the addresses that it had", async () => {
  const clock = new VirtualClock();
  let isDown = true;
  const resolve = async (): Promise<readonly string[]> => {
    if (isDown) throw new Error("nobody knows");
    return ["10.0.0.5"];
  };
  const known = new KnownAddresses(["a"], resolve, clock);
  equal(known.unknown(all), "a");
  await known.refresh();
  // Without any it is known to have none.
  equal(known.unknown(all), undefined);
  equal(known.nameAt(at("10.0.0.5"), all), undefined);
  for (const down of [false, true]) {
    isDown = down;
    await clock.advance(10_000);
    await known.refresh();
    equal(known.nameAt(at("10.0.0.5"), all), "a");
  }
});

test("nobody waits longer than five seconds, and what comes later is not lost", async () => {
  const clock = new VirtualClock();
  const late = Promise.withResolvers<readonly string[]>();
  let asked = 0;
  const resolve = (): Promise<readonly string[]> => {
    asked += 1;
    return late.promise;
  };
  const known = new KnownAddresses(["a"], resolve, clock);
  let isOver = false;
  known.refresh()!.then(() => {
    isOver = true;
  });
  await clock.advance(4_999);
  equal(isOver, false);
  await clock.advance(1);
  equal(isOver, true);
  equal(known.refresh(), undefined);
  equal(known.unknown(all), "a");
  // While it is asked for, it is not asked for again.
  await clock.advance(10_000);
  const again = known.refresh();
  late.resolve(["10.0.0.5"]);
  await again;
  equal(known.nameAt(at("10.0.0.5"), all), "a");
  equal(asked, 1);
});

test("a crowd asks once, four names at a time", async () => {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const resolve = (name: string): Promise<readonly string[]> => {
    asked.push(name);
    return new Promise((answer) => answers.push(() => answer([])));
  };
  const known = new KnownAddresses([..."abcdefghij"], resolve, clock);
  const crowd = Array.from({ length: 100 }, () => known.refresh());
  equal(asked.join(""), "abcd");
  for (let i = 0; i < 10; i++) {
    answers[i]!();
    await clock.advance(0);
  }
  await Promise.all(crowd);
  equal(asked.join(""), "abcdefghij");
  equal(known.unknown(all), undefined);
});
