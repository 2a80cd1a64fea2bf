import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat } from "../../src/base/bytes.ts";
import { Inbox } from "../../src/http/inbox.ts";

test("bytes that find it empty are adopted, not copied", () => {
  const inbox = new Inbox();
  const bytes = Uint8Array.of(1, 2, 3);
  inbox.add(bytes);
  equal(inbox.take(2)!.buffer, bytes.buffer);
});

test("an empty inbox holds no buffer: thousands of idle connections have one", () => {
  const inbox = new Inbox();
  inbox.add(new Uint8Array(1000));
  inbox.skip(1000);
  equal(inbox.bytes.length, 0);
});

test("what was taken is never written over", () => {
  const inbox = new Inbox();
  inbox.add(Uint8Array.of(1, 2, 3));
  inbox.add(Uint8Array.of(4, 5));
  const taken = inbox.take(4)!;
  inbox.add(Uint8Array.of(6, 7, 8));
  deepEqual([...taken], [1, 2, 3, 4]);
  notEqual(inbox.bytes.buffer, taken.buffer);
});

test("whatever comes and goes, it is a queue", () => {
  const step = fc.oneof(
    fc.record({ add: fc.uint8Array({ maxLength: 50 }) }),
    fc.record({ take: fc.nat(60) }),
    fc.record({ skip: fc.nat(60) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const inbox = new Inbox();
      let model = new Uint8Array(0);
      for (const step of steps) {
        if ("add" in step) {
          inbox.add(step.add.slice());
          model = Uint8Array.from(concat([model, step.add]));
        } else if ("take" in step) {
          const expected = model.subarray(0, step.take);
          deepEqual([...(inbox.take(step.take) ?? [])], [...expected]);
          model = model.subarray(expected.length);
        } else {
          const length = Math.min(step.skip, model.length);
          inbox.skip(length);
          model = model.subarray(length);
        }
        equal(inbox.length, model.length);
      }
    }),
  );
});
