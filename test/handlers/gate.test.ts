import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Gate, type Leave } from "../../src/handlers/gate.ts";

test("whoever finds room is inside at once", () => {
  const gate = new Gate({ limit: 2 });
  equal(typeof gate.enter(), "function");
  equal(gate.hasRoom, true);
  equal(typeof gate.enter(), "function");
  equal(gate.hasRoom, false);
  equal(gate.inside, 2);
});

test("without a line, one too many is turned away", () => {
  const gate = new Gate({ limit: 1 });
  gate.enter();
  equal(gate.enter(), undefined);
});

test("those who wait are let in in the order they came", async () => {
  const gate = new Gate({ limit: 1, queue: 2 });
  const first = gate.enter() as Leave;
  const entered: string[] = [];
  const comes = async (who: string): Promise<Leave> => {
    const leave = await gate.enter();
    entered.push(who);
    return leave!;
  };
  const second = comes("second");
  const third = comes("third");
  equal(gate.enter(), undefined);
  equal(gate.waiting, 2);
  first();
  (await second)();
  (await third)();
  deepEqual(entered, ["second", "third"]);
  equal(gate.inside, 0);
});

test("a place is given back once, however often one says so", async () => {
  const gate = new Gate({ limit: 1, queue: 1 });
  const leave = gate.enter() as Leave;
  const next = gate.enter() as Promise<Leave>;
  leave();
  leave();
  await next;
  equal(gate.inside, 1);
});

test("a place that has been promised cannot be taken by who comes just then", async () => {
  const gate = new Gate({ limit: 1, queue: 1 });
  const leave = gate.enter() as Leave;
  const promised = gate.enter() as Promise<Leave>;
  leave();
  equal(gate.hasRoom, false);
  equal(typeof (await promised), "function");
});

test("who gives up leaves the line, and the next one moves up", async () => {
  const gate = new Gate({ limit: 1, queue: 2 });
  const leave = gate.enter() as Leave;
  const impatient = new AbortController();
  const gone = gate.enter(impatient.signal) as Promise<Leave>;
  const patient = gate.enter() as Promise<Leave>;
  impatient.abort(new Error("The client has left"));
  await rejects(gone, { message: "The client has left" });
  equal(gate.waiting, 1);
  leave();
  equal(typeof (await patient), "function");
});

test("who has given up before coming does not get in", async () => {
  const gate = new Gate({ limit: 1 });
  await rejects(gate.enter(AbortSignal.abort(new Error("The client has left"))) as Promise<Leave>, {
    message: "The client has left",
  });
  equal(gate.inside, 0);
});

test("giving up after one has been let in changes nothing", async () => {
  const gate = new Gate({ limit: 1, queue: 1 });
  const leave = gate.enter() as Leave;
  const late = new AbortController();
  const next = gate.enter(late.signal) as Promise<Leave>;
  leave();
  late.abort();
  (await next)();
  equal(gate.inside, 0);
});

for (const limit of [0, -1, 1.5, Number.NaN]) {
  test(`a limit of ${limit} is refused`, () => throws(() => new Gate({ limit }), RangeError));
}
for (const queue of [-1, 0.5, Number.NaN]) {
  test(`a line of ${queue} is refused`, () => throws(() => new Gate({ limit: 1, queue }), RangeError));
}
test("no limit and an endless line are possible", () => {
  equal(typeof new Gate({ limit: Infinity, queue: Infinity }).enter(), "function");
});

test("whatever happens, never more than the limit are inside, and nobody is forgotten", async () => {
  const steps = fc.array(fc.constantFrom("enter", "leave", "give up"), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      steps,
      async (limit, queue, steps) => {
        const gate = new Gate({ limit, queue });
        const inside: Leave[] = [];
        const waiting: AbortController[] = [];
        for (const step of steps) {
          if (step === "leave") inside.shift()?.();
          if (step === "give up") waiting.shift()?.abort();
          if (step === "enter") {
            const wish = new AbortController();
            const entered = gate.enter(wish.signal);
            if (typeof entered === "function") inside.push(entered);
            else if (entered !== undefined) {
              waiting.push(wish);
              entered.then(
                (leave) => {
                  waiting.splice(waiting.indexOf(wish), 1);
                  inside.push(leave);
                },
                () => {},
              );
            }
          }
          await Promise.resolve().then(() => {});
          equal(gate.inside, inside.length);
          equal(gate.waiting, waiting.length);
          equal(gate.inside <= limit && gate.waiting <= queue, true);
          // Nobody waits while there is room.
          equal(gate.hasRoom && gate.waiting > 0, false);
        }
      },
    ),
  );
});
