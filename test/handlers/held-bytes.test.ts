import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { HeldBytes } from "../../src/handlers/held-bytes.ts";

test("a copy is held: what was given is lent, and written over", () => {
  const held = new HeldBytes(0);
  const lent = utf8("hello");
  held.push(lent);
  lent.fill(0);
  deepEqual(held.at(0), utf8("hello"));
});

test("what is not here any more, or not yet, cannot be read", () => {
  const held = new HeldBytes(10);
  const far = [0, 9, 10, 11, Number.NaN, -1];
  for (const at of far) throws(() => held.at(at), RangeError);
  held.push(utf8("abc"));
  for (const at of [9, 13, 14, -1])
    throws(() => held.at(at), /^RangeError: Cannot read from -?\d+: from 10 to 13 is here$/);
  held.forgetBefore(13);
  for (const at of [10, 12, 13]) throws(() => held.at(at), RangeError);
});

test("nothing is no piece", () => {
  const held = new HeldBytes(5);
  held.push(utf8(""));
  held.push(utf8("a"));
  held.push(utf8(""));
  equal(held.size, 1);
  deepEqual(held.at(5), utf8("a"));
});

test("whoever lags behind reads what came, piece by piece, and what all have read is let go of", () => {
  const step = fc.oneof(
    fc.record({ push: fc.string({ unit: "binary-ascii", maxLength: 4 }) }),
    fc.record({ forget: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.nat(1000), fc.array(step), (from, steps) => {
      const held = new HeldBytes(from);
      let whole = "";
      let needed = 0;
      for (const one of steps) {
        if ("push" in one) {
          held.push(utf8(one.push));
          whole += one.push;
        } else {
          needed = Math.max(needed, Math.min(one.forget, whole.length));
          held.forgetBefore(from + needed);
        }
        let seen = "";
        while (needed + seen.length < whole.length)
          seen += String.fromCharCode(...held.at(from + needed + seen.length));
        equal(seen, whole.slice(needed));
        // No piece is held of which nobody needs a byte: the longest has four.
        equal(held.size - (whole.length - needed) < 4, true);
      }
      held.forgetBefore(from + whole.length);
      equal(held.size, 0);
    }),
  );
});
