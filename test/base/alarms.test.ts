import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Alarms, type Timed } from "../../src/base/alarms.ts";

const alarm = (at: number): Timed => ({ at, order: 0, slot: -1 });

test("they ring in the order of their times, and of equals the one added first", () => {
  const alarms = new Alarms();
  const [a, b, c, d] = [20, 10, 20, 0].map(alarm);
  for (const one of [a, b, c, d]) alarms.add(one!);
  equal(alarms.size, 4);
  equal(alarms.first, d);
  deepEqual([alarms.take(), alarms.take(), alarms.take(), alarms.take(), alarms.take()], [d, b, a, c, undefined]);
});

test("one that is taken out does not ring, and may be added again", () => {
  const alarms = new Alarms();
  const [a, b] = [alarm(1), alarm(2)];
  alarms.add(a);
  alarms.add(b);
  equal(alarms.remove(a), true);
  equal(alarms.remove(a), false);
  alarms.add(a);
  deepEqual([alarms.take(), alarms.take()], [a, b]);
});

test("whatever is added and taken out, it is as if they were sorted each time", () => {
  const steps = fc.array(fc.oneof(fc.nat(20), fc.record({ remove: fc.nat() }), fc.constant("take" as const)));
  fc.assert(
    fc.property(steps, (steps) => {
      const alarms = new Alarms();
      let model: Timed[] = [];
      for (const step of steps) {
        if (step === "take") {
          model.sort((a, b) => a.at - b.at || a.order - b.order);
          equal(alarms.take(), model.shift());
        } else if (typeof step === "number") {
          const one = alarm(step);
          alarms.add(one);
          model.push(one);
        } else if (model.length > 0) {
          const one = model[step.remove % model.length]!;
          equal(alarms.remove(one), true);
          model = model.filter((other) => other !== one);
        }
        equal(alarms.size, model.length);
      }
    }),
  );
});
