import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { Work } from "../../src/host/work.ts";

/** A machine that writes down what it does. */
function worker() {
  const log: string[] = [];
  const work = new Work();
  const waiting: string[] = [];
  const on = new Map<string, () => void>();
  const doing = (what: string): void => {
    log.push(what);
    on.get(what)?.();
  };
  work.addSource({
    drain() {
      while (waiting.length > 0) doing(waiting.shift()!);
    },
  });
  work.addFlusher({ flush: () => doing("flush") });
  const come = (what: string): void => {
    waiting.push(what);
    work.interrupt();
  };
  return { log, work, on, come };
}

test("what comes to a machine that does nothing is handled at once", () => {
  const { log, come } = worker();
  come("a");
  come("b");
  deepEqual(log, ["a", "flush", "b", "flush"]);
});

test("what comes while another is handled waits, and there is one flush for both", () => {
  const { log, on, come } = worker();
  on.set("a", () => {
    come("b");
    log.push("a ends");
  });
  come("a");
  deepEqual(log, ["a", "a ends", "b", "flush"]);
});

test("what comes while readers are woken is handled before anybody else is asked", () => {
  const { log, on, come } = worker();
  let times = 0;
  on.set("flush", () => {
    if (times++ === 0) come("b");
    log.push("flush ends");
  });
  come("a");
  deepEqual(log, ["a", "flush", "flush ends", "b", "flush", "flush ends"]);
});

test("an application's call is not interrupted, however deep it goes", () => {
  const { log, work, come } = worker();
  work.begin();
  work.begin();
  come("a");
  work.end();
  log.push("call");
  work.end();
  deepEqual(log, ["call", "a", "flush"]);
});

test("who throws does not stop the machine for good", () => {
  const { log, on, come } = worker();
  on.set("a", () => {
    throw new Error("no");
  });
  throws(() => come("a"), /no/);
  come("b");
  deepEqual(log, ["a", "b", "flush"]);
});
