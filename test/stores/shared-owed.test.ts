import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Owed } from "../../src/stores/shared-owed.ts";

function house() {
  const clock = new VirtualClock();
  const paid: string[] = [];
  const state = { isThere: false };
  const owed = new Owed({
    clock,
    pay: async (which, how) => {
      if (state.isThere) paid.push(`${how} ${Object.values(which).join(" ")}`);
      return state.isThere;
    },
  });
  return { clock, paid, state, owed };
}

test("what is owed is paid in its order, as soon as that is possible", async () => {
  const { clock, paid, state, owed } = house();
  equal(owed.isEmpty, true);
  owed.add({ by: "url", url: "http://a/" }, "invalidate");
  owed.add({ by: "tag", tag: "t" }, "remove");
  owed.pay();
  await clock.advance(10);
  equal(owed.isEmpty, false);
  state.isThere = true;
  owed.pay();
  owed.pay();
  await clock.advance(0);
  deepEqual(paid, ["invalidate url http://a/", "remove tag t"]);
  equal(owed.isEmpty, true);
});

test("it is tried every second", async () => {
  const { clock, paid, state, owed } = house();
  owed.add({ by: "everything" }, "remove");
  await clock.advance(5500);
  state.isThere = true;
  await clock.advance(400);
  deepEqual(paid, []);
  await clock.advance(100);
  deepEqual(paid, ["remove everything"]);
});

test("the same is owed once", async () => {
  const { clock, paid, state, owed } = house();
  for (let i = 0; i < 3; i++) {
    owed.add({ by: "everything" }, "remove");
    owed.add({ by: "everything" }, "invalidate");
  }
  state.isThere = true;
  await clock.advance(1000);
  deepEqual(paid, ["remove everything", "invalidate everything"]);
});

test("of more than a thousand one is made, about everything", async () => {
  for (const how of ["remove", "invalidate"] as const) {
    const { clock, paid, state, owed } = house();
    owed.add({ by: "tag", tag: "first" }, how);
    for (let i = 0; i < 1000; i++) owed.add({ by: "tag", tag: `${i}` }, "invalidate");
    owed.add({ by: "tag", tag: "last" }, "invalidate");
    state.isThere = true;
    await clock.advance(1000);
    deepEqual(paid, [`${how} everything`, "invalidate tag last"]);
  }
});

test("after the end nothing is tried", async () => {
  const { clock, paid, state, owed } = house();
  owed.add({ by: "everything" }, "remove");
  owed.close();
  state.isThere = true;
  owed.pay();
  owed.add({ by: "tag", tag: "t" }, "remove");
  await clock.advance(10_000);
  deepEqual(paid, []);
});
