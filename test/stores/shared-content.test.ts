import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import type { Body } from "../../src/http/message.ts";
import { type Fetch, SharedContent } from "../../src/stores/shared-content.ts";
import type { Entry, Span } from "../../src/stores/shared-entry.ts";
import { bytesOf, contentOf, KIB, said } from "./contract.ts";

const WHOLE = contentOf(1, 1000 * KIB);

const entryOf = (spans: Span[], bytes = new Uint8Array()): Entry => ({
  said: said(),
  stamp: "",
  length: WHOLE.length,
  spans,
  bytes,
});

/** Pieces that are there, from these positions on, and what was fetched of them. */
function pieces(...spans: [first: number, size: number][]) {
  const fetched: string[] = [];
  const fetch: Fetch = async (id, from, to) => {
    fetched.push(`${id} ${from}-${to}`);
    const [first, size] = spans[Number(id)]!;
    ok(to < size);
    return WHOLE.subarray(first + from, first + to + 1);
  };
  const entry = entryOf(spans.map(([first, size], i) => ({ first, size, id: `${i}` })));
  return { content: new SharedContent(entry, fetch), fetched };
}

const noFetch: Fetch = async () => {
  throw new Error("nothing is to be fetched");
};

test("bytes that came with the entry are at hand", () => {
  const bytes = Buffer.concat([WHOLE.subarray(10, 20), WHOLE.subarray(50, 60)]);
  const spans = [10, 50].map((first) => ({ first, size: 10, id: undefined }));
  const content = new SharedContent(entryOf(spans, bytes), noFetch);
  deepEqual(content.ranges, [
    { first: 10, last: 19 },
    { first: 50, last: 59 },
  ]);
  for (const [first, last] of [
    [10, 19],
    [10, 10],
    [19, 19],
    [50, 59],
    [53, 55],
  ] as const) {
    ok(WHOLE.subarray(first, last + 1).equals(content.read(first, last) as Uint8Array));
  }
  for (const [first, last] of [
    [9, 10],
    [19, 20],
    [19, 50],
    [60, 60],
  ] as const) {
    throws(() => content.read(first, last), RangeError);
  }
});

test("pieces are fetched bit by bit, across their seams", async () => {
  const { content, fetched } = pieces([0, 600 * KIB], [600 * KIB, 10], [600 * KIB + 10, 100], [900 * KIB, 100 * KIB]);
  deepEqual(content.ranges, [
    { first: 0, last: 600 * KIB + 109 },
    { first: 900 * KIB, last: 1000 * KIB - 1 },
  ]);
  const body = content.read(5, 600 * KIB + 50) as Body;
  equal(body.length, 600 * KIB + 46);
  ok((await bytesOf(body)).equals(WHOLE.subarray(5, 600 * KIB + 51)));
  deepEqual(fetched, [
    `0 5-${256 * KIB + 4}`,
    `0 ${256 * KIB + 5}-${512 * KIB + 4}`,
    `0 ${512 * KIB + 5}-${600 * KIB - 1}`,
    "1 0-9",
    "2 0-40",
  ]);
  throws(() => content.read(0, 600 * KIB + 110), RangeError);
  throws(() => content.read(700 * KIB, 700 * KIB), RangeError);
  throws(() => content.read(899 * KIB, 901 * KIB), RangeError);
});

test("nothing is fetched before somebody reads, one ahead of him, and nothing after he cancels", async () => {
  const { content, fetched } = pieces([0, WHOLE.length]);
  const body = content.read(0, WHOLE.length - 1) as Body;
  equal(fetched.length, 0);
  await body.read();
  equal(fetched.length, 2);
  body.cancel();
  body.cancel();
  equal(await body.read(), undefined);
  equal(fetched.length, 2);
});

test("content that cannot be had any more breaks off", async () => {
  for (const answer of [undefined, new Uint8Array(), WHOLE.subarray(0, 100)]) {
    const content = new SharedContent(entryOf([{ first: 0, size: WHOLE.length, id: "0" }]), async (_, from) =>
      from === 0 ? WHOLE.subarray(0, 256 * KIB) : answer,
    );
    const body = content.read(0, WHOLE.length - 1) as Body;
    equal((await body.read())!.length, 256 * KIB);
    await rejects(async () => body.read(), /does not have it any more/);
    equal(await body.read(), undefined);
  }
});
