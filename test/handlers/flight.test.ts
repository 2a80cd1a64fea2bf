import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Flight } from "../../src/handlers/flight.ts";
import { Fields } from "../../src/http/fields.ts";
import { type ExchangeHost, OneExchange } from "../../src/web/exchange.ts";
import { exchange } from "./exchange.ts";

const TRIP = { key: "k", isOutdated: false };

/** As a server's connection makes them. */
const host = (): ExchangeHost & { informed: number[] } => {
  const informed: number[] = [];
  return { ...exchange(), informed, inform: (_, status) => void informed.push(status) };
};

test("all who wait are told at once, in the order in which they came; who comes later, too", async () => {
  const flight = new Flight<string>(TRIP, exchange());
  const heard: string[] = [];
  const waits = [1, 2, 3].map((i) => flight.join(exchange(), (landing) => heard.push(`${i} ${landing}`)));
  equal(flight.landing, undefined);
  equal(flight.land("soup"), "others");
  deepEqual(heard, ["1 soup", "2 soup", "3 soup"]);
  deepEqual(await Promise.all(waits), [1, 2, 3]);
  equal(flight.landing, "soup");
  equal(
    flight.join(exchange(), (landing) => landing.length),
    4,
  );
});

test("who was there: the first, others, or nobody; one that is for itself has somebody always", () => {
  const [first, second] = [exchange(), exchange()];
  const say = (joined: (typeof first)[], left: (typeof first)[], isForItself = false): string => {
    const flight = new Flight<string>(TRIP, first, isForItself);
    for (const one of joined) void Promise.resolve(flight.join(one, () => "")).catch(() => {});
    for (const one of left) one.leave();
    return flight.land("");
  };
  equal(say([first, second], []), "the first");
  equal(say([second], []), "others");
  equal(say([], []), "nobody");
  equal(say([], [], true), "others");
  equal(say([first, second], [first]), "others");
});

test("what one makes of it may fail, and is nobody else's trouble", async () => {
  const flight = new Flight<string>(TRIP, exchange());
  const bad = flight.join(exchange(), () => {
    throw new RangeError("no");
  });
  const later = flight.join(exchange(), async () => "later");
  flight.land("");
  await rejects(Promise.resolve(bad), /no/);
  equal(await later, "later");
});

for (const how of ["hold", "signal"] as const) {
  test(`who leaves is told so; when all have left it is called off (${how})`, async () => {
    const guests = [1, 2].map(() => {
      const plain = exchange();
      const one = new OneExchange(host());
      return how === "signal"
        ? { theirs: plain, leave: () => plain.leave() }
        : { theirs: one, leave: () => one.leave() };
    });
    const flight = new Flight<string>(TRIP, guests[0]!.theirs);
    const waits = guests.map(({ theirs }) => Promise.resolve(flight.join(theirs, () => "")));
    const { signal } = flight.exchange;
    guests[0]!.leave();
    await rejects(waits[0]!, { code: "ECONNABORTED" });
    deepEqual([flight.isAbandoned, signal.aborted], [false, false]);
    guests[1]!.leave();
    await rejects(waits[1]!, { code: "ECONNABORTED" });
    deepEqual([flight.isAbandoned, signal.aborted], [true, true]);
  });

  test(`who has left before he comes is none who waits (${how})`, async () => {
    const plain = exchange();
    const one = new OneExchange(host());
    plain.leave();
    one.leave();
    const flight = new Flight<string>(TRIP, plain);
    await rejects(Promise.resolve(flight.join(how === "signal" ? plain : one, () => "")));
    equal(flight.isAbandoned, true);
  });
}

test("after it has landed, nobody who leaves has to do with it any more", async () => {
  const theirs = new OneExchange(host());
  const flight = new Flight<string>(TRIP, theirs);
  const wait = flight.join(theirs, () => "soup");
  flight.land("");
  equal(theirs.hold, undefined);
  theirs.leave();
  deepEqual([await wait, flight.isAbandoned, flight.exchange.hasLeft], ["soup", false, false]);
});

test("one that is for itself goes on, whoever leaves", async () => {
  const theirs = exchange();
  const flight = new Flight<string>(TRIP, exchange(), true);
  const wait = Promise.resolve(flight.join(theirs, () => ""));
  theirs.leave();
  await rejects(wait);
  deepEqual([flight.isAbandoned, flight.exchange.hasLeft], [false, false]);
});

test("interim answers are for all who wait; complaints are told where it began", () => {
  const hosts = [host(), host(), host()];
  const all = hosts.map((one) => new OneExchange(one));
  const first = exchange({ local: { path: "/here" }, secure: true });
  const flight = new Flight<string>(TRIP, first);
  for (const one of all.slice(0, 2)) void flight.join(one, () => "");
  flight.exchange.inform(103, new Fields());
  void flight.join(all[2]!, () => "");
  flight.exchange.inform(102, new Fields());
  flight.land("");
  flight.exchange.inform(103, new Fields());
  deepEqual(
    hosts.map(({ informed }) => informed),
    [[103, 102], [103, 102], [102]],
  );
  flight.exchange.complain("oh");
  deepEqual(first.complaints, ["oh"]);
  deepEqual([flight.exchange.local, flight.exchange.secure], [{ path: "/here" }, true]);
});
