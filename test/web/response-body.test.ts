import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import { ResponseBody } from "../../src/web/response-body.ts";

type Part = string | undefined | Error;

/** A connection that has this to give, at once or later, and counts what is asked of it. */
function source(parts: readonly Part[], isLate: boolean) {
  const left = [...parts];
  const counts = { reads: 0, cancels: 0, recycled: 0 };
  const next = (part: Part): Uint8Array | undefined => {
    if (part instanceof Error) throw part;
    return part === undefined ? undefined : utf8(part);
  };
  return {
    counts,
    trailers: Fields.of({ "X-Sum": "1" }) as Fields | undefined,
    content() {
      counts.reads += 1;
      const part = left.shift();
      return isLate ? Promise.resolve(part).then(next) : next(part);
    },
    cancel: () => void (counts.cancels += 1),
    recycle: () => void (counts.recycled += 1),
  };
}

const read = async (body: ResponseBody) => {
  const part = await body.read();
  return part && latin1(part);
};

for (const isLate of [false, true]) {
  const when = isLate ? "later" : "at once";

  test(`content that comes ${when} is read to its end, and then nothing more is asked for`, async () => {
    const from = source(["hel", "lo", undefined, "of the next answer"], isLate);
    const body = new ResponseBody(from, 5);
    equal(body.length, 5);
    deepEqual(
      [await read(body), await read(body), await read(body), await read(body)],
      ["hel", "lo", undefined, undefined],
    );
    equal(from.counts.reads, 3);
  });

  test(`the trailers are there after the end of what comes ${when}, and stay`, async () => {
    const from = source(["hi", undefined], isLate);
    const body = new ResponseBody(from, undefined);
    await body.read();
    equal(body.trailers === undefined, true);
    await body.read();
    from.trailers = undefined;
    equal(body.trailers?.get("x-sum"), "1");
  });

  test(`to cancel after the end of what comes ${when} disturbs nobody`, async () => {
    const from = source([undefined], isLate);
    const body = new ResponseBody(from, undefined);
    await body.read();
    body.cancel();
    equal(from.counts.cancels, 0);
  });

  test(`what is broken off stays so, where it comes ${when}`, async () => {
    const from = source(["hel", new Error("broken"), new Error("still broken")], isLate);
    const body = new ResponseBody(from, 5);
    equal(await read(body), "hel");
    await rejects(read(body), { message: "broken" });
    await rejects(read(body), { message: "still broken" });
    equal(body.trailers, undefined);
  });
}

test("content that has come is not waited for", () => {
  const body = new ResponseBody(source(["hi", undefined], false), 2);
  deepEqual(body.read(), utf8("hi"));
  equal(body.read(), undefined);
});

test("to cancel is said once", () => {
  const from = source(["hi"], false);
  const body = new ResponseBody(from, 2);
  body.cancel();
  body.cancel();
  equal(from.counts.cancels, 1);
});

test("what has gone is given back while there is more to come, and not once the connection is another's", () => {
  const from = source(["hi", undefined], false);
  const body = new ResponseBody(from, 2);
  body.read();
  body.recycle();
  equal(from.counts.recycled, 1);
  body.read();
  body.recycle();
  equal(from.counts.recycled, 1);
});
