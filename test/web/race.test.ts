import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { race, takingTurns } from "../../src/web/race.ts";
import { pair } from "../socket/memory-socket.ts";

for (const [addresses, turns] of [
  [["10.0.0.1"], ["10.0.0.1"]],
  [
    ["127.0.0.1", "::1"],
    ["127.0.0.1", "::1"],
  ],
  [
    ["::1", "127.0.0.1"],
    ["::1", "127.0.0.1"],
  ],
  [
    ["fd00::1", "fd00::2", "fd00::3", "10.0.0.1"],
    ["fd00::1", "10.0.0.1", "fd00::2", "fd00::3"],
  ],
  [
    ["10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"],
    ["10.0.0.1", "fd00::1", "10.0.0.2", "fd00::2"],
  ],
  [
    ["10.0.0.1", "fd00::1", "fd00::2", "fd00::3"],
    ["10.0.0.1", "fd00::1", "fd00::2", "fd00::3"],
  ],
  [[], []],
] as const) {
  test(`${addresses.join(" ")} are tried as ${turns.join(" ")}`, () => deepEqual(takingTurns(addresses), turns));
}

/** What an address does: connects or fails after so many milliseconds, or neither. */
type Fate = { readonly after: number; readonly outcome: "connects" | "fails" } | "silent";

/** A race whose runners do as they are told, and what has been seen of it: `+250ms fd00::1 sets out`. */
function scene(fates: Readonly<Record<string, Fate>>, { obeys = true } = {}) {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const log: string[] = [];
  const see = (what: string) => log.push(`+${clock.now()}ms ${what}`);
  const open = new Set<string>();
  let alarms = 0;
  const counting = {
    now: () => clock.now(),
    date: () => clock.date(),
    after(ms: number, wake: () => void) {
      alarms++;
      let isSet = true;
      const over = () => {
        if (isSet) alarms--;
        isSet = false;
      };
      const alarm = clock.after(ms, () => {
        over();
        wake();
      });
      return {
        cancel() {
          over();
          alarm.cancel();
        },
      };
    },
  };
  const connect = (address: string, signal: AbortSignal): Promise<Socket> => {
    see(`${address} sets out`);
    const fate = fates[address]!;
    return new Promise((resolve, reject) => {
      let hasArrived = false;
      const arrive = () => {
        hasArrived = true;
        if (obeys && signal.aborted) return;
        if ((fate as { outcome: string }).outcome === "fails") {
          see(`${address} fails`);
          return reject(new Error(address));
        }
        const [socket] = pair({ host: "10.0.0.2", port: 1 }, { host: address, port: 80 }, 1);
        open.add(address);
        const { close } = socket;
        socket.close = () => {
          open.delete(address);
          close.call(socket);
        };
        resolve(socket);
      };
      if (fate !== "silent") clock.after(fate.after, arrive);
      if (!obeys) return;
      signal.addEventListener("abort", () => {
        if (hasArrived) return;
        see(`${address} gives up`);
        reject(new Error("given up"));
      });
    });
  };
  const racing = race(Object.keys(fates), { clock: counting, signal: controller.signal, connect });
  const outcome = racing.then(
    (socket) => (socket.remote as { host: string }).host,
    (error: Error) => error.message,
  );
  return { clock, controller, log, open, outcome, alarmsSet: () => alarms };
}

const connects = (after: number): Fate => ({ after, outcome: "connects" });
const fails = (after: number): Fate => ({ after, outcome: "fails" });

for (const [name, fates, log, winner] of [
  [
    "who is quick runs alone",
    { "10.0.0.1": connects(249), "fd00::1": connects(1) },
    ["+0ms 10.0.0.1 sets out"],
    "10.0.0.1",
  ],
  [
    "who is slow gets company after 250 ms, and may win all the same",
    { "10.0.0.1": connects(300), "fd00::1": connects(100) },
    ["+0ms 10.0.0.1 sets out", "+250ms fd00::1 sets out", "+300ms fd00::1 gives up"],
    "10.0.0.1",
  ],
  [
    "the second overtakes a first who says nothing",
    { "10.0.0.1": "silent", "fd00::1": connects(30) },
    ["+0ms 10.0.0.1 sets out", "+250ms fd00::1 sets out", "+280ms 10.0.0.1 gives up"],
    "fd00::1",
  ],
  [
    "who fails makes room for the next at once, and the next has its own 250 ms",
    { "10.0.0.1": fails(10), "fd00::1": "silent", "10.0.0.2": connects(0) },
    [
      "+0ms 10.0.0.1 sets out",
      "+10ms 10.0.0.1 fails",
      "+10ms fd00::1 sets out",
      "+260ms 10.0.0.2 sets out",
      "+260ms fd00::1 gives up",
    ],
    "10.0.0.2",
  ],
  [
    "one who fails late makes room for the third at once",
    { "10.0.0.1": fails(260), "fd00::1": "silent", "10.0.0.2": connects(0) },
    [
      "+0ms 10.0.0.1 sets out",
      "+250ms fd00::1 sets out",
      "+260ms 10.0.0.1 fails",
      "+260ms 10.0.0.2 sets out",
      "+260ms fd00::1 gives up",
    ],
    "10.0.0.2",
  ],
  [
    "where all fail, the last is told",
    { "10.0.0.1": fails(400), "fd00::1": fails(50) },
    ["+0ms 10.0.0.1 sets out", "+250ms fd00::1 sets out", "+300ms fd00::1 fails", "+400ms 10.0.0.1 fails"],
    "10.0.0.1",
  ],
] as const satisfies [string, Record<string, Fate>, string[], string][]) {
  test(name, async () => {
    const seen = scene(fates);
    await seen.clock.advance(1_000);
    deepEqual(seen.log, log);
    equal(await seen.outcome, winner);
    equal(seen.alarmsSet(), 0);
  });
}

test("one alone sets no alarm", async () => {
  const { outcome, alarmsSet, clock } = scene({ "10.0.0.1": connects(100) });
  equal(alarmsSet(), 0);
  await clock.advance(100);
  equal(await outcome, "10.0.0.1");
});

test("whoever is given up with a reason hears the reason, and nobody runs on", async () => {
  const { clock, controller, log, outcome, alarmsSet } = scene({
    "10.0.0.1": "silent",
    "fd00::1": "silent",
    x: "silent",
  });
  await clock.advance(300);
  controller.abort(new Error("enough"));
  equal(await outcome, "enough");
  await clock.advance(1_000);
  deepEqual(log.slice(2), ["+300ms 10.0.0.1 gives up", "+300ms fd00::1 gives up"]);
  equal(alarmsSet(), 0);
});

test("who connects though it was given up is closed", async () => {
  const { clock, open, outcome } = scene({ "10.0.0.1": connects(300), "fd00::1": connects(10) }, { obeys: false });
  await clock.advance(1_000);
  equal(await outcome, "fd00::1");
  deepEqual([...open], ["fd00::1"]);
});

test("whoever does what, and whenever one gives up: one socket comes of it and no other is open, or none is", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.record({
            after: fc.nat(800),
            outcome: fc.constantFrom("connects" as const, "fails" as const),
          }),
          fc.constant("silent" as const),
        ),
        { minLength: 1, maxLength: 6 },
      ),
      fc.boolean(),
      fc.nat(2_000),
      async (fates, obeys, patience) => {
        const all = Object.fromEntries(fates.map((fate, i) => [`10.0.0.${i}`, fate]));
        const { clock, controller, open, outcome, alarmsSet } = scene(all, { obeys });
        let result: string | undefined;
        void outcome.then((it) => (result = it));
        await clock.advance(patience);
        const wasOpen = result !== undefined;
        controller.abort(new Error("enough"));
        await clock.advance(4_000);
        // Alone, nobody is there to close what comes against orders; the caller is.
        if (!obeys && fates.length === 1 && !wasOpen) return;
        deepEqual([...open], open.has(result!) ? [result] : []);
        equal(open.size === 1, wasOpen && open.has(result!));
        equal(alarmsSet(), 0);
      },
    ),
    { numRuns: 200 },
  ));

test("a race that is over listens to its signal no more", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  signal.addEventListener = () => void listeners++;
  signal.removeEventListener = () => void listeners--;
  const connect = () => Promise.reject(new Error("refused"));
  await rejects(race(["10.0.0.1", "fd00::1"], { clock: new VirtualClock(), signal, connect }), { message: "refused" });
  equal(listeners, 0);
});
