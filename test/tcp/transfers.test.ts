/**
 * In whatever weather, every transfer ends, with exactly the bytes that were said, and nothing is left afterwards.
 * FUZZ_MS says for how long to try (default two seconds), FUZZ_SEED repeats a run.
 */

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/base/random.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import { Duet, type End, type Judge, type Path, type Verdict } from "./duet.ts";
import { type Talk, Talker } from "./talker.ts";

const TIME = Number(process.env.FUZZ_MS ?? 2000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

/** As many runs as there is time for; whatever fails says its seed, and becomes as small as it can. */
const BOUNDS = { numRuns: 10_000_000, interruptAfterTimeLimit: TIME, seed: SEED, endOnFailure: false };

/** The weather is bad for so long at most, and fine from then on: nobody may be silent for much longer than that. */
const LONGEST_WEATHER = 10_000;
const LONGEST_SILENCE = 60_000;

/** What becomes of the first segments, one by one; then chance, until the weather is over. */
interface Weather {
  readonly first: readonly Verdict[];
  readonly seed: number;
  readonly loss: number;
  readonly duplicates: number;
  readonly held: number;
  readonly until: number;
}

interface Story {
  readonly client: TcpSettings;
  readonly server: TcpSettings;
  readonly there: Omit<Path, "judge"> & { readonly weather: Weather };
  readonly back: Omit<Path, "judge"> & { readonly weather: Weather };
  readonly talks: readonly [Talk, Talk];
  readonly noDelay: readonly [boolean, boolean];
  readonly isOnWire: boolean;
  readonly doesCut: boolean;
  readonly doBothOpen: boolean;
}

const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Verdict>("pass") },
  { weight: 3, arbitrary: fc.constant<Verdict>("drop") },
  { weight: 1, arbitrary: fc.constant<Verdict>("duplicate") },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1000 }).map((later) => ({ later })) },
);

const chance = fc.constantFrom(0, 0, 0.01, 0.05, 0.2, 0.4);

const weather: fc.Arbitrary<Weather> = fc.record({
  first: fc.array(verdict, { maxLength: 60 }),
  seed: fc.nat(),
  loss: chance,
  duplicates: chance,
  held: chance,
  until: fc.constantFrom(0, 1000, LONGEST_WEATHER),
});

const path = fc.record(
  {
    delay: fc.constantFrom(0, 1, 20, 150),
    weather,
    rate: fc.constantFrom(10, 100, 1000),
    queue: fc.constantFrom(3000, 20_000),
  },
  { requiredKeys: ["delay", "weather"] },
);

/** The numbers wrap in half of all runs. */
const number = fc.oneof(
  fc.nat(0xffff_ffff),
  fc.nat(50_000).map((n) => 0xffff_ffff - n),
);

const settings: fc.Arbitrary<TcpSettings> = fc
  .record({
    isn: number,
    mss: fc.constantFrom(48, 100, 536, 1460, 9000),
    burst: fc.constantFrom(0, 0, 5000, 60_000),
    timestampOffset: number,
    hasTimestamps: fc.boolean(),
    hasSack: fc.boolean(),
    hasWindowScale: fc.boolean(),
    congestion: fc.constantFrom("cubic" as const, "newreno" as const),
    buffers: fc.constantFrom<readonly [number, number]>(
      [131_072, 6 * 1024 * 1024],
      [131_072, 131_072],
      [4096, 1024 * 1024],
      [1000, 1000],
      [300, 5000],
      [60, 60],
    ),
  })
  .map(({ buffers, ...others }) => ({ ...others, receiveBuffer: buffers[0], largestReceiveBuffer: buffers[1] }));

const talk: fc.Arbitrary<Talk> = fc.record({
  say: fc.oneof(fc.nat(100), fc.nat(2000), fc.nat(8000)),
  piece: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 })),
  queue: fc.constantFrom(1, 500, 5000, 100_000),
  pause: fc.constantFrom(0, 0, 5, 300),
  pieces: fc.constantFrom(1, 10, Number.POSITIVE_INFINITY),
  endsWhen: fc.constant("said" as const),
});

const story: fc.Arbitrary<Story> = fc.record({
  client: settings,
  server: settings,
  there: path,
  back: path,
  // One of them at most waits for the other.
  talks: fc.tuple(
    talk,
    fc
      .tuple(talk, fc.boolean())
      .map(([one, waits]) => (waits ? { ...one, endsWhen: "heard" as const } : one) satisfies Talk),
  ),
  noDelay: fc.tuple(fc.boolean(), fc.boolean()),
  isOnWire: fc.boolean(),
  doesCut: fc.boolean(),
  doBothOpen: fc.boolean(),
});

function judgeOf({ first, seed, loss, duplicates, held, until }: Weather): Judge {
  const random = new Random(seed);
  return (_, index, now) => {
    if (now >= until) return "pass";
    if (index < first.length) return first[index]!;
    if (random.chance(loss)) return "drop";
    if (random.chance(duplicates)) return "duplicate";
    return random.chance(held) ? { later: random.below(500) } : "pass";
  };
}

/** The two of a story, before anything has happened. */
function cast({ client, server, there, back, talks, noDelay, isOnWire, doesCut }: Story) {
  const duet = new Duet(
    client,
    server,
    { ...there, judge: judgeOf(there.weather) },
    { ...back, judge: judgeOf(back.weather) },
  );
  duet.isOnWire = isOnWire;
  duet.doesCut = doesCut;
  const ends = [duet.client, duet.server];
  const talkers = ends.map((end, i) => new Talker(duet, end, talks[i]!));
  for (const [i, end] of ends.entries()) careful(end, noDelay[i]!);
  return { duet, ends, talkers };
}

/** Plays it to the end; throws where something else was heard than said, or nobody says anything any more. */
function play(one: Story): Duet {
  const { duet, ends, talkers } = cast(one);
  if (one.doBothOpen) duet.openBoth();
  else duet.open();

  let progress = -1;
  let since = 0;
  const isOver = (): boolean => {
    let now = 0;
    for (const { said, heard, isOver } of talkers) now += said + heard + Number(isOver);
    if (now !== progress) since = duet.now;
    progress = now;
    if (duet.now - since > LONGEST_SILENCE) throw new Error(`Nothing goes on since ${since} ms`);
    return talkers[0]!.isOver && talkers[1]!.isOver;
  };
  ok(duet.run(isOver), `All are silent since ${duet.now} ms`);
  for (const [i, { heard }] of talkers.entries()) equal(heard, one.talks[1 - i]!.say);
  duet.run(() => false);
  for (const { connection } of ends) {
    equal(connection?.state, "CLOSED");
    equal(connection?.failure, undefined);
    equal(connection?.wakeAt, undefined);
  }
  return duet;
}

/** Turns Nagle off where that is asked for, and looks whether more waits than there is room for. */
function careful(end: End, noDelay: boolean): void {
  const { turn } = end;
  end.turn = (now) => {
    const { connection, settings } = end;
    if (connection !== undefined) {
      connection.noDelay = noDelay;
      const { readable = 0 } = connection.receiver ?? {};
      ok(readable <= settings.largestReceiveBuffer!, `${readable} bytes wait to be read`);
    }
    turn?.(now);
  };
}

test("in whatever weather, what was said is heard, both ways, and nothing is left", (t) => {
  let runs = 0;
  let segments = 0;
  fc.assert(
    fc.property(story, (one) => {
      const { client, server } = play(one);
      runs++;
      segments += client.sent + server.sent;
    }),
    BOUNDS,
  );
  t.diagnostic(`${runs} runs, ${segments} segments, FUZZ_SEED=${SEED}`);
});

/** Somebody leaves in the middle, in one way or another. */
const leaving = fc.record({
  who: fc.constantFrom(0, 1),
  at: fc.oneof(fc.nat(100), fc.nat(5000)),
  how: fc.constantFrom("close" as const, "reset" as const, "end" as const),
});

test("whoever leaves, whenever and however, both ends come to rest, and nobody has heard what was not said", () => {
  fc.assert(
    fc.property(story, fc.array(leaving, { minLength: 1, maxLength: 3 }), (one, leavings) => {
      const { duet, ends } = cast(one);
      if (one.doBothOpen) duet.openBoth();
      else duet.open();
      for (const { who, at, how } of leavings) {
        duet.at(at, () => {
          const end = ends[who]!;
          if (how === "close") end.connection?.close(duet.now);
          else end.connection?.[how]();
          duet.look(end);
        });
      }
      ok(!duet.run(() => false, 36_000_000));
      // Who has nothing to say, and has not got the other's reset, waits for ever (RFC 9293 §3.5.1), but asleep.
      for (const { connection } of ends) equal(connection?.wakeAt, undefined);
      ok(ends.some(({ connection }) => (connection?.state ?? "CLOSED") === "CLOSED"));
    }),
    { ...BOUNDS, interruptAfterTimeLimit: TIME / 2 },
  );
});
