import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Filling, Stored } from "../../src/cache/store.ts";
import { LiveContent, type LiveContentOptions } from "../../src/handlers/live-content.ts";
import type { Body } from "../../src/http/message.ts";
import { said } from "../stage.ts";
import { bodyOf } from "./exchange.ts";
import { filling } from "./odd-stores.ts";
import { lent, Spoken } from "./spoken-body.ts";

const clock = new VirtualClock();
const settle = () => clock.advance(0);
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

/** A content on its way into a store, and what it tells. */
function content(
  body: Body,
  how: Partial<LiveContentOptions> & { filling?: (inner: Filling) => Partial<Filling> } = {},
) {
  const told: string[] = [];
  const store = new MemoryStore();
  const inner = filling(store, (one) => ({
    abort() {
      told.push("abort");
      one.abort();
    },
    ...how.filling?.(one),
  }));
  const shared = new LiveContent(body, inner.open(said, { size: body.length, first: how.first ?? 0 })!, {
    first: 0,
    length: undefined,
    mayKeepPart: true,
    isWanted: () => true,
    closed: () => void told.push("closed"),
    settled: (stored: Stored | undefined) => {
      const ranges = stored?.content.ranges?.map(({ first, last }) => `${first}-${last}`);
      told.push(stored === undefined ? "not stored" : `stored ${ranges ?? "all"} of ${stored.content.length}`);
    },
    count: (bytes) => void told.push(`${bytes} came`),
    ...how,
  });
  return { shared, told };
}

test("whoever reads hears it as it comes, and it is stored in the end", async () => {
  const body = new Spoken(6);
  const { shared, told } = content(body);
  const [a, b] = [shared.reader(), shared.reader()];
  equal(a.length, 6);
  shared.start();
  const first = a.read();
  body.says("one");
  equal(text(await first), "one");
  body.says("two");
  await settle();
  deepEqual(told, ["3 came", "3 came"]);
  equal(text(a.read() as Uint8Array), "two");
  body.says(undefined);
  equal(await a.read(), undefined);
  await settle();
  // Who is late, or has not begun yet, reads the same.
  equal(text(b.read() as Uint8Array), "onetwo");
  equal(b.read(), undefined);
  equal(text(shared.reader().read() as Uint8Array), "onetwo");
  deepEqual(told, ["3 came", "3 came", "stored all of 6"]);
});

test("it is stored before the last reader hears of the end", async () => {
  const body = new Spoken();
  const { shared, told } = content(body);
  const reader = shared.reader();
  shared.start();
  const end = (async () => {
    while ((await reader.read()) !== undefined);
    told.push("read");
  })();
  body.says("all");
  await settle();
  body.says(undefined);
  await end;
  deepEqual(told, ["3 came", "stored all of 3", "read"]);
});

test("empty pieces are nothing; what ends with trailers says so to all", async () => {
  const trailers = { size: 1 } as never;
  const { shared } = content({ ...bodyOf(["", "a", ""]), trailers });
  const reader = shared.reader();
  shared.start();
  await settle();
  equal(text(reader.read() as Uint8Array), "a");
  equal(reader.read(), undefined);
  equal(reader.trailers, trailers);
});

test("bytes that are lent are given back at once, whatever the store does with them", async () => {
  for (const most of [99, 4, 0]) {
    const body = lent(["one", "two", "three"], 11);
    const { shared } = content(body, {
      filling: (inner) => ({ write: (bytes) => inner.size + bytes.length <= most && inner.write(bytes) }),
    });
    const reader = shared.reader();
    shared.start();
    await settle();
    equal(body.givenBack, 3);
    let heard = "";
    for (let part = await reader.read(); part !== undefined; part = await reader.read()) heard += text(part);
    equal(heard, "onetwothree");
  }
});

/** How it breaks off, and what is kept of it then. */
const BREAKS: [
  what: string,
  says: (string | Error | undefined)[],
  length: number | undefined,
  how: Partial<LiveContentOptions>,
  kept: string,
][] = [
  ["what broke off is kept as a part", ["one", new Error("off")], 6, {}, "stored 0-2 of 6"],
  ["of a part, too", ["one", new Error("off")], 6, { first: 4, length: 99 }, "stored 4-6 of 99"],
  ["not where it may not be", ["one", new Error("off")], 6, { mayKeepPart: false }, "not stored"],
  ["not where nobody knows how long it is", ["one", new Error("off")], undefined, {}, "not stored"],
  ["not where nothing has come", [new Error("off")], 6, {}, "not stored"],
  ["not where it was made invalid meanwhile", ["one", new Error("off")], 6, { isWanted: () => false }, "not stored"],
  ["what is shorter than it was said to be has broken off", ["one", undefined], 6, {}, "stored 0-2 of 6"],
  ["what is longer is not believed", ["one", "two!"], 6, {}, "stored 0-2 of 6"],
];

for (const [what, says, length, how, kept] of BREAKS) {
  test(what, async () => {
    const body = new Spoken(length);
    const { shared, told } = content(body, how);
    const reader = shared.reader();
    shared.start();
    for (const one of says) body.says(one);
    await settle();
    if (typeof says[0] === "string") equal(text(reader.read() as Uint8Array), "one");
    throws(() => reader.read(), /off|than it was said to be/);
    // What stays with it is let go of when nobody reads it any more.
    const isLetGo = kept === "not stored";
    deepEqual(
      told.filter((one) => !one.endsWith("came")),
      ["closed", kept],
    );
    reader.cancel();
    deepEqual(told.includes("abort"), isLetGo);
  });
}

test("what is whole and was made invalid meanwhile is not stored, but read on", async () => {
  const body = new Spoken(3);
  const { shared, told } = content(body, { isWanted: () => false });
  const reader = shared.reader();
  shared.start();
  body.says("one");
  body.says(undefined);
  await settle();
  deepEqual(told, ["3 came", "not stored"]);
  equal(text(reader.read() as Uint8Array), "one");
  equal(reader.read(), undefined);
  deepEqual(told, ["3 came", "not stored", "abort"]);
});

test("of a store that took some of what it refused, nobody hears that twice", async () => {
  for (const later of [false, true]) {
    const body = new Spoken(9);
    const { shared, told } = content(body, {
      filling: (inner) => ({
        write: (bytes) => {
          const isTaken = inner.write(bytes) && inner.size < 6;
          return later ? Promise.resolve(isTaken) : isTaken;
        },
      }),
    });
    const reader = shared.reader();
    shared.start();
    body.says("one");
    body.says("two");
    body.says("six");
    body.says(undefined);
    await settle();
    let heard = "";
    for (let part = await reader.read(); part !== undefined; part = await reader.read()) heard += text(part);
    equal(heard, "onetwosix");
    deepEqual(told, ["3 came", "3 came", "closed", "not stored", "3 came", "abort"]);
  }
});

// ── who leaves ──

test("the last reader lets go of it, unless it is nearly there", async () => {
  for (const [length, isLetGo] of [
    [200_000, true],
    [undefined, true],
    [65_000, false],
    [5, false],
  ] as const) {
    const body = new Spoken(length);
    const { shared, told } = content(body);
    const [a, b] = [shared.reader(), shared.reader()];
    shared.start();
    body.says("one");
    await settle();
    a.cancel();
    a.cancel();
    equal(body.isCancelled, false);
    b.cancel();
    equal(body.isCancelled, isLetGo);
    const kept = length === undefined ? "not stored" : `stored 0-2 of ${length}`;
    deepEqual(told.slice(1), isLetGo ? (length === undefined ? ["closed", kept, "abort"] : ["closed", kept]) : []);
    if (!isLetGo) continue;
    const late = shared.reader();
    throws(() => {
      while (late.read() !== undefined);
    });
  }
});

test("what most of has come is fetched to its end, and so is what somebody still waits for", async () => {
  const body = new Spoken(300_000);
  const { shared, told } = content(body);
  const reader = shared.reader();
  shared.start();
  body.says("x".repeat(160_000));
  await settle();
  reader.cancel();
  equal(body.isCancelled, false);
  body.says("x".repeat(140_000));
  body.says(undefined);
  await settle();
  deepEqual(told, ["160000 came", "140000 came", "stored all of 300000"]);
});

test("nobody was there: it is dropped, or fetched for later", async () => {
  const dropped = new Spoken(6);
  const { shared, told } = content(dropped);
  shared.drop();
  shared.drop();
  equal(dropped.isCancelled, true);
  deepEqual(told, ["closed", "not stored", "abort"]);
  const fetched = content(bodyOf(["one"], { later: true, length: 3 }));
  fetched.shared.start();
  await settle();
  deepEqual(fetched.told, ["3 came", "stored all of 3"]);
});

test("a reader who is cancelled while he waits is told so, and hears no good end", async () => {
  const body = new Spoken();
  const { shared } = content(body);
  const [a] = [shared.reader(), shared.reader()];
  shared.start();
  const waiting = a.read() as Promise<Uint8Array | undefined>;
  a.cancel();
  await rejects(waiting, { code: "EPIPE" });
  throws(() => a.read(), { code: "EPIPE" });
});

test("a filling that is told of its end is not told to let go as well", async () => {
  for (const end of [() => undefined, async () => undefined, () => settle().then(() => undefined)]) {
    const body = new Spoken(3);
    const { shared, told } = content(body, { filling: () => ({ end }) });
    const reader = shared.reader();
    shared.start();
    body.says("one");
    body.says(undefined);
    await settle();
    equal(text(reader.read() as Uint8Array), "one");
    equal(reader.read(), undefined);
    await settle();
    deepEqual(told, ["3 came", "not stored"]);
  }
});
