import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../src/socket/berkeley-turns.ts";

test("each begins when the one before is done, well or badly", async () => {
  const turns = new Turns();
  const first = Promise.withResolvers<string>();
  const order: string[] = [];
  const one = turns.take(() => {
    order.push("one");
    return first.promise;
  });
  const two = turns.take(async () => void order.push("two"));
  await new Promise((resolve) => setImmediate(resolve));
  deepEqual(order, ["one"]);
  first.reject(new TypeError("no"));
  await rejects(one, TypeError);
  await two;
  deepEqual(order, ["one", "two"]);
  equal(await turns.take(async () => "three"), "three");
});
