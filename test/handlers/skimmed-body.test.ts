import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SkimmedBody } from "../../src/handlers/skimmed-body.ts";
import { Fields } from "../../src/http/fields.ts";
import { bodyOf, textOf } from "./exchange.ts";

const allOf = (body: SkimmedBody): Promise<string> => textOf({ status: 200, fields: new Fields(), body });

test("however the content comes, the stretch is the same, and not a piece is read beyond it", async () => {
  const pieces = fc.array(fc.string({ unit: "binary-ascii", maxLength: 5 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(), fc.nat(), fc.boolean(), async (pieces, a, b, later) => {
      const whole = pieces.join("");
      fc.pre(whole.length > 0);
      const first = a % whole.length;
      const last = first + (b % (whole.length - first));
      const inner = bodyOf(pieces, { later });
      const body = new SkimmedBody(inner, { first, last });
      equal(body.length, last - first + 1);
      equal(await allOf(body), whole.slice(first, last + 1));
      let needed = 0;
      for (let size = 0; size <= last; needed++) size += pieces[needed]!.length;
      equal(inner.reads, needed);
      equal(inner.isCancelled, true);
      equal(await body.read(), undefined);
      equal(inner.reads, needed);
    }),
  );
});

test("what comes at once is not waited for", () => {
  const body = new SkimmedBody(bodyOf(["ab", "cd", "ef"]), { first: 3, last: 4 });
  deepEqual(body.read(), Uint8Array.of(100));
  deepEqual(body.read(), Uint8Array.of(101));
  equal(body.read(), undefined);
});

test("content that ends too early is no good end, wherever it does", async () => {
  for (const pieces of [[], ["a"], ["ab"], ["ab", "c"]]) {
    for (const later of [false, true]) {
      await rejects(() => allOf(new SkimmedBody(bodyOf(pieces, { later }), { first: 2, last: 3 })), {
        message: "Cannot send a range: the content ended before",
      });
    }
  }
});

test("what breaks off before the stretch or within it breaks off; what does so behind it does not matter", async () => {
  const lost = new Error("lost");
  for (const later of [false, true]) {
    const range = { first: 1, last: 2 };
    for (const pieces of [[lost], ["a", lost], ["ab", lost]]) {
      await rejects(() => allOf(new SkimmedBody(bodyOf(pieces, { later }), range)), { message: "lost" });
    }
    equal(await allOf(new SkimmedBody(bodyOf(["abcd", lost], { later }), range)), "bc");
  }
});

test("what nobody wants is not wanted within, and memory is given back there", () => {
  let recycled = 0;
  const inner = { ...bodyOf(["abc"]), isCancelled: false, recycle: () => void recycled++ };
  const body = new SkimmedBody({ ...inner, cancel: () => void (inner.isCancelled = true) }, { first: 0, last: 9 });
  body.read();
  body.recycle();
  body.cancel();
  deepEqual([recycled, inner.isCancelled], [1, true]);
  // Who lends nothing gets nothing back.
  new SkimmedBody(bodyOf([]), { first: 0, last: 0 }).recycle();
  throws(() => new SkimmedBody(bodyOf([]), { first: 0, last: 0 }).read(), TypeError);
});
