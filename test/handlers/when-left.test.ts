import { equal } from "node:assert/strict";
import { test } from "node:test";
import { whenLeft } from "../../src/handlers/when-left.ts";
import { OneExchange } from "../../src/web/exchange.ts";
import type { Exchange } from "../../src/web/handler.ts";
import { exchange } from "./exchange.ts";

const address = { host: "192.0.2.7", port: 50000 };

/** Both kinds of exchange there are: the server's own, and those that know nothing but a signal. */
const KINDS: Record<string, () => { exchange: Exchange; leave: () => void }> = {
  "a server's exchange": () => {
    const one = new OneExchange({ local: address, remote: address, secure: false, inform() {}, complain() {} });
    return { exchange: one, leave: () => one.leave() };
  },
  "an exchange with a signal": () => {
    const one = exchange();
    return { exchange: one, leave: () => one.leave() };
  },
};

for (const [kind, make] of Object.entries(KINDS)) {
  test(`${kind} tells when the client leaves, once`, () => {
    const { exchange, leave } = make();
    let told = 0;
    whenLeft(exchange, () => void told++);
    equal(told, 0);
    leave();
    equal(told, 1);
  });

  test(`${kind} tells at once where the client has left`, () => {
    const { exchange, leave } = make();
    leave();
    let told = 0;
    whenLeft(exchange, () => void told++)();
    equal(told, 1);
  });

  test(`${kind} does not tell whom it does not interest any more`, () => {
    const { exchange, leave } = make();
    let told = 0;
    const unwatch = whenLeft(exchange, () => void told++);
    unwatch();
    unwatch();
    leave();
    equal(told, 0);
  });

  test(`${kind} tells the next one, though the one before says late that he has done`, () => {
    const { exchange, leave } = make();
    let told = 0;
    const before = whenLeft(exchange, () => {});
    whenLeft(exchange, () => void told++);
    before();
    leave();
    equal(told, 1);
  });
}

test("who looks does not make a signal where there is a lighter way", () => {
  const one = new OneExchange({ local: address, remote: address, secure: false, inform() {}, complain() {} });
  const unwatch = whenLeft(one, () => {});
  equal(one.isWatched, true);
  unwatch();
  equal(one.isWatched, false);
});
