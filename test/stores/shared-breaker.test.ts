import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Breaker } from "../../src/stores/shared-breaker.ts";

function house() {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const breaker = new Breaker({ name: "redis://a", complain: (line) => void lines.push(line), clock });
  let asked = 0;
  const never = (): Promise<string> => {
    asked++;
    return new Promise(() => {});
  };
  return {
    clock,
    lines,
    breaker,
    asked: () => asked,
    never,
    fails: async (why = "ERR no"): Promise<never> => {
      asked++;
      throw new Error(why);
    },
    answers: async (): Promise<string> => {
      asked++;
      return "yes";
    },
    /** So many times nobody answers. */
    async silence(times: number): Promise<void> {
      for (let i = 0; i < times; i++) {
        const answer = breaker.ask(100, never);
        await clock.advance(100);
        equal(await answer, undefined);
      }
    },
  };
}

test("before it is there, nobody is asked, and nobody is told until it is worth it", async () => {
  const { breaker, answers, asked, lines } = house();
  equal(breaker.mayAsk(), false);
  equal(await breaker.ask(100, answers), undefined);
  equal(asked(), 0);
  deepEqual(lines, []);
  breaker.tell();
  breaker.tell();
  deepEqual(lines, ["Cannot use the shared store redis://a: it does not answer; going on without it"]);
  breaker.up();
  equal(await breaker.ask(100, answers), "yes");
  deepEqual(lines.slice(1), ["The shared store redis://a works again"]);
});

test("one that is there from the beginning is nothing to speak of", async () => {
  const { breaker, answers, lines } = house();
  breaker.up();
  equal(await breaker.ask(100, answers), "yes");
  equal(breaker.trouble, undefined);
  deepEqual(lines, []);
});

test("whoever asks waits no longer than he said", async () => {
  const { breaker, clock, never } = house();
  breaker.up();
  let answer: unknown = "none";
  void breaker.ask(100, never).then((it) => void (answer = it));
  await clock.advance(99);
  equal(answer, "none");
  await clock.advance(1);
  equal(answer, undefined);
});

test("an answer that comes too late is lost, and harms nobody", async () => {
  const { breaker, clock } = house();
  breaker.up();
  for (const settle of ["resolve", "reject"] as const) {
    const late = Promise.withResolvers<string>();
    const answer = breaker.ask(100, () => late.promise);
    await clock.advance(100);
    equal(await answer, undefined);
    if (settle === "resolve") late.resolve("late");
    else late.reject(new Error("late"));
    await clock.advance(1);
  }
});

test("after three failures in a row it is left alone for a second, then one tries for all", async () => {
  const { breaker, clock, lines, silence, answers, never, asked } = house();
  breaker.up();
  await silence(2);
  equal(await breaker.ask(100, answers), "yes");
  await silence(2);
  equal(breaker.trouble, undefined);
  await silence(1);
  equal(breaker.trouble, "it did not answer within 100 ms");
  equal(breaker.mayAsk(), false);
  const before = asked();
  equal(await breaker.ask(100, answers), undefined);
  await clock.advance(999);
  equal(await breaker.ask(100, answers), undefined);
  equal(asked(), before);

  await clock.advance(1);
  const trial = breaker.ask(100, never);
  equal(await breaker.ask(100, answers), undefined);
  equal(asked(), before + 1);
  await clock.advance(100);
  equal(await trial, undefined);
  equal(breaker.mayAsk(), false);

  await clock.advance(1000);
  equal(await breaker.ask(100, answers), "yes");
  equal(breaker.mayAsk(), true);
  deepEqual(lines, [
    "Cannot use the shared store redis://a: it did not answer within 100 ms; going on without it",
    "The shared store redis://a works again",
  ]);
});

test("failures that are told at once count as well", async () => {
  const { breaker, fails } = house();
  breaker.up();
  for (let i = 0; i < 3; i++)
    equal(await breaker.ask(100, () => fails("CLUSTERDOWN The\r\ncluster is down")), undefined);
  equal(breaker.trouble, "CLUSTERDOWN The cluster is down");
});

test("a connection that is there again is a new beginning", async () => {
  const { breaker, silence, answers } = house();
  breaker.up();
  await silence(3);
  breaker.down("read ECONNRESET");
  equal(breaker.trouble, "read ECONNRESET");
  breaker.up();
  equal(await breaker.ask(100, answers), "yes");
});

test("one that comes and goes is spoken of once a minute at most", async () => {
  const { breaker, clock, lines } = house();
  breaker.up();
  for (let i = 0; i < 120; i++) {
    breaker.down("read ECONNRESET");
    breaker.down("connect ECONNREFUSED");
    await clock.advance(500);
    breaker.up();
    await clock.advance(500);
  }
  deepEqual(lines, [
    "Cannot use the shared store redis://a: read ECONNRESET; going on without it",
    "The shared store redis://a works again",
    "Cannot use the shared store redis://a: read ECONNRESET; going on without it",
    "The shared store redis://a works again",
  ]);
});

test("one that goes soon after it came, and stays away, is spoken of in the end", async () => {
  const { breaker, clock, lines } = house();
  breaker.up();
  breaker.down("read ECONNRESET");
  breaker.up();
  for (let i = 0; i < 70; i++) {
    breaker.down("connect ECONNREFUSED");
    await clock.advance(1000);
  }
  deepEqual(lines.slice(2), ["Cannot use the shared store redis://a: connect ECONNREFUSED; going on without it"]);
});

for (const why of [
  "OOM command not allowed when used memory > 'maxmemory'. script: ab, on @user_script:9.",
  "ERR Error running script (call to f_ab): @user_script:9: -OOM command not allowed",
  "READONLY You can't write against a read only replica.",
  "MISCONF Redis is configured to save RDB snapshots",
  "ERR The user executing the script can't run this command or subcommand script: ab, on @user_script:9.",
  "NOPERM this user has no permissions to run the 'hset' command",
]) {
  test(`one that takes nothing is still read, and tried again after five seconds: ${why.slice(0, 30)}`, async () => {
    const { breaker, clock, lines, fails, answers, asked } = house();
    breaker.up();
    for (let i = 0; i < 5; i++) equal(await breaker.write(100, () => fails(why)), undefined);
    equal(asked(), 1);
    equal(breaker.mayWrite(), false);
    equal(await breaker.ask(100, answers), "yes");
    equal(breaker.trouble, why);
    await clock.advance(5000);
    equal(await breaker.write(100, () => fails(why)), undefined);
    equal(breaker.mayWrite(), false);
    await clock.advance(5000);
    equal(await breaker.write(100, answers), "yes");
    equal(breaker.trouble, undefined);
    deepEqual(lines, [
      `Cannot write to the shared store redis://a: ${why}; what it has is still used`,
      "The shared store redis://a works again",
    ]);
  });
}

test("after the end nobody is asked or told", async () => {
  const { breaker, answers, asked, lines } = house();
  breaker.up();
  breaker.close();
  breaker.down("closed");
  equal(await breaker.ask(100, answers), undefined);
  equal(await breaker.write(100, answers), undefined);
  equal(asked(), 0);
  equal(breaker.trouble, "it is closed");
  deepEqual(lines, []);
});
