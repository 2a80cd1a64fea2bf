import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { Balancer } from "../../src/handlers/balancer.ts";
import { type HealthOptions, watchHealth } from "../../src/handlers/health.ts";
import { parseUpstream } from "../../src/handlers/upstream.ts";

const SEED = 7;

/** Upstreams in virtual time, who asked them what and when, and what is said of them. */
function house(upstreams: string, options: Partial<HealthOptions> = {}) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const balancer = new Balancer(upstreams.split(" ").map(parseUpstream), {
    clock,
    complain: (line) => void lines.push(line),
  });
  const asked: { text: string; path: string; at: number; signal: AbortSignal }[] = [];
  const answers = new Map<string, number | Error>();
  const ask: HealthOptions["ask"] = async ({ text }, path, signal) => {
    asked.push({ text, path, at: clock.now(), signal });
    const answer = answers.get(text) ?? 200;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const watch = watchHealth(balancer, { ask, path: "/health", clock, random: new Random(SEED), ...options });
  return {
    clock,
    lines,
    members: balancer.members,
    watch,
    asked,
    answer: (what: number | Error, text = "a:80") => answers.set(text, what),
    /** Until the first member was asked so many times more. */
    async checks(count: number): Promise<void> {
      const of = () => asked.filter(({ text }) => text === "a:80").length;
      for (const end = of() + count; of() < end; ) await clock.advance(10);
    },
  };
}

test("every upstream is asked for the path, about every five seconds, from the first second on", async () => {
  const { clock, asked, lines, watch } = house("a:80 b:80,weight=2 unix:/run/c");
  await clock.advance(1000);
  deepEqual(asked.map(({ text }) => text).sort(), ["a:80", "b:80,weight=2", "unix:/run/c"]);
  await clock.advance(100_000);
  for (const text of ["a:80", "b:80,weight=2", "unix:/run/c"]) {
    const its = asked.filter((one) => one.text === text);
    const gaps = its.slice(1).map(({ at }, i) => at - its[i]!.at);
    ok(its.length >= 19);
    ok(
      gaps.every((gap) => gap >= 4500 && gap <= 5500),
      `${gaps} with seed ${SEED}`,
    );
    ok(new Set(gaps).size > 10);
  }
  ok(asked.every(({ path }) => path === "/health"));
  equal(new Set(asked.map(({ at }) => at)).size, asked.length, `two at once with seed ${SEED}`);
  deepEqual(lines, []);
  watch.stop();
});

const FIRST: [answer: number | Error, isUp: boolean, line: string | undefined][] = [
  [200, true, undefined],
  [204, true, undefined],
  [301, true, undefined],
  [399, true, undefined],
  [101, false, "a:80 is out: its health check was answered with 101"],
  [400, false, "a:80 is out: its health check was answered with 400"],
  [503, false, "a:80 is out: its health check was answered with 503"],
  [
    new Error("Cannot reach a:80: nobody listens there"),
    false,
    "a:80 is out: its health check failed (Cannot reach a:80: nobody listens there)",
  ],
];

for (const [answer, isUp, line] of FIRST) {
  test(`the first check decides at once: ${answer instanceof Error ? "no answer" : answer}`, async () => {
    const one = house("a:80");
    one.answer(answer);
    equal(one.members[0]!.isUp, true);
    await one.checks(1);
    equal(one.members[0]!.isUp, isUp);
    deepEqual(one.lines, line === undefined ? [] : [line]);
  });
}

test("then it takes three bad checks in a row to be ill, and two good ones to be well again", async () => {
  const { members, checks, answer, lines } = house("a:80");
  const [a] = members;
  await checks(1);
  answer(503);
  await checks(2);
  answer(200);
  await checks(1);
  answer(503);
  await checks(2);
  equal(a!.isUp, true);
  await checks(1);
  equal(a!.isUp, false);
  answer(200);
  await checks(1);
  answer(500);
  await checks(1);
  answer(200);
  await checks(1);
  equal(a!.isUp, false);
  await checks(1);
  equal(a!.isUp, true);
  deepEqual(lines, ["a:80 is out: its health check was answered with 503", "a:80 is back"]);
});

test("as many as one says", async () => {
  const { members, checks, answer } = house("a:80", { rises: 1, falls: 1 });
  await checks(1);
  for (const [status, isUp] of [
    [503, false],
    [200, true],
    [503, false],
  ] as const) {
    answer(status);
    await checks(1);
    equal(members[0]!.isUp, isUp);
  }
});

test("one that is ill does not concern the others", async () => {
  const { members, clock, answer } = house("a:80 b:80 c:80");
  answer(503, "b:80");
  await clock.advance(60_000);
  deepEqual(
    members.map(({ isUp }) => isUp),
    [true, false, true],
  );
});

test("an answer that does not come in time is none, and the one who asked is told", async () => {
  const signals: AbortSignal[] = [];
  const { members, clock, lines } = house("a:80", {
    timeout: 1500,
    ask: (_, __, signal) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  await clock.advance(1000);
  equal(signals.length, 1);
  equal(members[0]!.isUp, true);
  await clock.advance(1500);
  equal(signals[0]!.aborted, true);
  equal(members[0]!.isUp, false);
  deepEqual(lines, ["a:80 is out: its health check was not answered in 1.5 s"]);
});

test("an answer that comes too late is none, and no check begins before it", async () => {
  let under = 0;
  let most = 0;
  const { members, clock } = house("a:80", {
    interval: 1000,
    ask: async () => {
      under += 1;
      most = Math.max(most, under);
      await new Promise<void>((resolve) => void clock.after(7000, resolve));
      under -= 1;
      return 200;
    },
  });
  await clock.advance(60_000);
  equal(most, 1);
  equal(members[0]!.isUp, false);
});

test("once stopped, nobody is asked and nothing is said, not even of who is being asked just then", async () => {
  const signals: AbortSignal[] = [];
  const { watch, members, clock, lines } = house("a:80 b:80", {
    ask: (_, __, signal) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  await clock.advance(1000);
  watch.stop();
  watch.stop();
  await clock.advance(60_000);
  equal(signals.length, 2);
  ok(signals.every(({ aborted }) => aborted));
  deepEqual(
    members.map(({ isUp }) => isUp),
    [true, true],
  );
  deepEqual(lines, []);
});

test("stopped before the first check, there is none", async () => {
  const { watch, clock, asked } = house("a:80");
  watch.stop();
  await clock.advance(60_000);
  deepEqual(asked, []);
});

const REFUSED: [options: Partial<HealthOptions>, error: { name: string; message: string }][] = [
  ...["", "health", "/a b", "/a#b", "/a\r\nX: y", "/é"].map(
    (path): [Partial<HealthOptions>, { name: string; message: string }] => [
      { path },
      { name: "TypeError", message: `Cannot check the health of upstreams: ${JSON.stringify(path)} is not a path` },
    ],
  ),
  ...(["interval", "timeout", "rises", "falls"] as const).map(
    (name): [Partial<HealthOptions>, { name: string; message: string }] => [
      { [name]: 0 },
      { name: "RangeError", message: `Cannot check the health of upstreams: ${name} is 0, which is not above 0` },
    ],
  ),
];

for (const [options, error] of REFUSED) {
  test(`${JSON.stringify(options)} is refused`, () => throws(() => house("a:80", options), error));
}
