import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { House } from "../../src/web/house.ts";
import { settings } from "../../src/web/options.ts";

const START = Date.UTC(1994, 10, 6, 8, 49, 37);

function house() {
  const clock = new VirtualClock(START);
  return { clock, house: new House(settings({ clock })) };
}

test("a deadline is never too early, and at most a step late", async () => {
  const { clock, house: here } = house();
  const expired: number[] = [];
  for (const ms of [0, 1, 499, 500, 501, 1250]) {
    const expire = (): void => {
      expired.push(clock.now() - ms);
      here.leave(guest);
    };
    const guest = { deadline: Number.POSITIVE_INFINITY, expire, finish() {}, abandon() {} };
    here.enter(guest);
    guest.deadline = here.deadlineIn(ms);
  }
  await clock.advance(5_000);
  equal(expired.length, 6);
  deepEqual(
    expired.filter((late) => late < 0 || late > 1000),
    [],
  );
});

test("while nobody is there nobody looks at the clock, and whoever comes then is told the right time", async () => {
  const { clock, house: here } = house();
  const guest = { deadline: Number.POSITIVE_INFINITY, expire() {}, finish() {}, abandon() {} };
  here.enter(guest);
  here.leave(guest);
  await clock.advance(3_600_000);
  equal(here.now, 500);
  here.enter(guest);
  equal(here.now, 3_600_000);
  equal(here.date, "Sun, 06 Nov 1994 09:49:37 GMT");
});

test("the date moves on by itself while someone is there", async () => {
  const { clock, house: here } = house();
  equal(here.date, "Sun, 06 Nov 1994 08:49:37 GMT");
  here.enter({ deadline: Number.POSITIVE_INFINITY, expire() {}, finish() {}, abandon() {} });
  await clock.advance(2_000);
  equal(here.date, "Sun, 06 Nov 1994 08:49:39 GMT");
});
