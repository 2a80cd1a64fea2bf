import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, utf8 } from "../../src/base/bytes.ts";
import { Replayable } from "../../src/handlers/replayable.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { bodyOf, textOf } from "./exchange.ts";

/** All that is left of it. */
const rest = (body: Body): Promise<string> => textOf({ status: 200, fields: new Fields(), body });

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

/** A body whose pieces come when the test gives them. */
function slow() {
  const waiting: { resolve(bytes: Uint8Array | undefined): void; reject(error: Error): void }[] = [];
  const read = () => new Promise<Uint8Array | undefined>((resolve, reject) => waiting.push({ resolve, reject }));
  return {
    body: { read, cancel() {} } satisfies Body,
    give: (piece: string | undefined) => waiting.shift()!.resolve(piece === undefined ? undefined : utf8(piece)),
    fail: (error: Error) => waiting.shift()!.reject(error),
    /** How many wait. */
    get reads() {
      return waiting.length;
    },
  };
}

for (const later of [false, true]) {
  const when = later ? "later" : "at once";

  test(`what comes ${when} can be read again, as often as one likes`, async () => {
    const inner = bodyOf(["one ", "two ", "three"], { later });
    const body = new Replayable(inner);
    equal(await rest(body), "one two three");
    for (let i = 0; i < 3; i++) {
      equal(body.canReplay, true);
      body.rewind();
      equal(await rest(body), "one two three");
    }
    // Once for each piece, and once for the end.
    equal(inner.reads, 4);
  });

  test(`what comes ${when} can be read again from the middle on, and then goes on`, async () => {
    const body = new Replayable(bodyOf(["one ", "two ", "three"], { later }));
    await body.read();
    await body.read();
    body.rewind();
    equal(await rest(body), "one two three");
    body.rewind();
    equal(await rest(body), "one two three");
  });

  test(`of what comes ${when}, nothing is kept beyond the limit, and all of it is given`, async () => {
    const body = new Replayable(bodyOf(["1234", "5678", "9"], { later }), 8);
    await body.read();
    equal(text(await body.read()), "5678");
    equal(body.canReplay, true);
    body.rewind();
    equal(text(await body.read()), "12345678");
    equal(text(await body.read()), "9");
    equal(body.canReplay, false);
    throws(() => body.rewind(), {
      name: "TypeError",
      message: "Cannot send the content again: not all that was read of it is kept",
    });
    equal(await rest(body), "");
  });

  test(`what breaks off ${when} is not sent again`, async () => {
    const body = new Replayable(bodyOf(["one", new Error("The client has left")], { later }));
    await body.read();
    await rejects(async () => body.read(), { message: "The client has left" });
    equal(body.canReplay, false);
  });
}

test("what comes at once is given at once, and what comes later by the promise it came by", async () => {
  const sync = new Replayable(bodyOf(["one", "two"]), 3);
  deepEqual([text(sync.read() as Uint8Array), text(sync.read() as Uint8Array), sync.read()], ["one", "two", undefined]);

  const promises: (Promise<Uint8Array | undefined> | Uint8Array | undefined)[] = [];
  const inner = bodyOf(["one", "two", "three"], { later: true });
  const read = () => {
    const promise = inner.read();
    promises.push(promise);
    return promise;
  };
  const later = new Replayable({ read, cancel() {} }, 6);
  for (let i = 0; i < 4; i++) {
    const given = later.read();
    equal(given, promises[i]);
    await given;
  }
});

test("pieces are given on as they are, not as copies", () => {
  const piece = utf8("one");
  const body = new Replayable(bodyOf([piece, "two"]));
  equal(body.read(), piece);
});

test("bytes that were given out do not change when more come", () => {
  const body = new Replayable(bodyOf(["one", "two", "three", "four"]));
  const given: [bytes: Uint8Array, text: string][] = [];
  const take = (): void => {
    const bytes = body.read() as Uint8Array;
    given.push([bytes, text(bytes)!]);
  };
  for (const reads of [1, 2, 2, 2, 1]) {
    for (let i = 0; i < reads; i++) take();
    body.rewind();
  }
  for (const [bytes, before] of given) equal(text(bytes), before);
  equal(given.at(-1)![1], "onetwothreefour");
});

test("little views do not keep the large pieces that they are of", () => {
  const pieces = Array.from({ length: 10 }, (_, i) => new Uint8Array(1024).fill(i).subarray(0, 1));
  const body = new Replayable(bodyOf(pieces));
  for (let i = 0; i < 10; i++) body.read();
  body.rewind();
  const again = body.read() as Uint8Array;
  deepEqual([...again], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  ok(again.buffer.byteLength < 1024);
});

test("length and trailers are those of the body within, at any time", async () => {
  const trailers = Fields.of({ Checksum: "1" });
  let isAtEnd = false;
  const inner: Body = {
    length: 3,
    read: () => {
      isAtEnd = true;
      return undefined;
    },
    cancel() {},
    get trailers() {
      return isAtEnd ? trailers : undefined;
    },
  };
  const body = new Replayable(inner);
  deepEqual([body.length, body.trailers], [3, undefined]);
  body.read();
  equal(body.trailers, trailers);
  body.rewind();
  deepEqual([body.length, body.trailers], [3, trailers]);
});

test("a body whose memory is used again is not told to while its bytes are kept", () => {
  let recycled = 0;
  const recycle = (): void => {
    recycled += 1;
  };
  const body = new Replayable({ ...bodyOf(["12", "34", "5"]), recycle }, 4);
  body.recycle();
  equal(recycled, 1);
  body.read();
  body.recycle();
  body.read();
  body.recycle();
  equal(recycled, 1);
  body.read();
  body.recycle();
  equal(recycled, 2);
  // Not every body has such memory.
  new Replayable(bodyOf([])).recycle();
});

test("to cancel it is to cancel the body within, and nothing is kept", async () => {
  const inner = bodyOf(["one", "two"]);
  const body = new Replayable(inner);
  body.read();
  body.cancel();
  body.cancel();
  equal(inner.isCancelled, true);
  equal(body.canReplay, false);
});

test("what comes after it was cancelled is not kept", async () => {
  const { body: inner, give } = slow();
  const body = new Replayable(inner);
  const read = body.read();
  body.cancel();
  give("one");
  equal(text(await read), "one");
  equal(body.canReplay, false);
});

test("a piece that the reader before still waited for is the next one's", async () => {
  const inner = slow();
  const { give } = inner;
  const body = new Replayable(inner.body);
  const first = body.read();
  give("one ");
  await first;
  const abandoned = body.read();
  body.rewind();
  equal(text(await body.read()), "one ");
  const second = body.read();
  // The client is not asked twice at once.
  equal(second, abandoned);
  equal(inner.reads, 1);
  give("two ");
  equal(text(await second), "two ");
  const last = body.read();
  give(undefined);
  equal(await last, undefined);
  body.rewind();
  equal(await rest(body), "one two ");
});

test("so it is when the piece comes before the next one has got as far", async () => {
  const { body: inner, give } = slow();
  const body = new Replayable(inner);
  const abandoned = body.read();
  body.rewind();
  give("one");
  await abandoned;
  equal(text(await body.read()), "one");
  body.rewind();
  equal(text(await body.read()), "one");
});

test("so it is when that piece passes the limit: it is given once more, and not kept", async () => {
  const { body: inner, give } = slow();
  const body = new Replayable(inner, 4);
  const first = body.read();
  give("one ");
  await first;
  const abandoned = body.read();
  body.rewind();
  give("two ");
  await abandoned;
  equal(body.canReplay, false);
  equal(text(await body.read()), "one two ");
  const last = body.read();
  give(undefined);
  equal(await last, undefined);
});

test("a failure that the reader before met is met by the next one too, in its place", async () => {
  const { body: inner, give, fail } = slow();
  const body = new Replayable(inner);
  const first = body.read();
  give("one");
  await first;
  const abandoned = body.read() as Promise<unknown>;
  body.rewind();
  fail(new Error("The client has left"));
  await rejects(abandoned, { message: "The client has left" });
  equal(body.canReplay, false);
  equal(text(await body.read()), "one");
  await rejects(async () => body.read(), { message: "The client has left" });
});

test("each attempt has a reading of its own, and one that has failed takes nothing from the next", async () => {
  const inner = slow();
  const { give } = inner;
  const body = new Replayable(inner.body);
  const sent: string[] = [];
  /** As whoever sends does: it does not hear at once that its connection is gone. */
  const send = async (reading: Body): Promise<void> => {
    for (let bytes = await reading.read(); bytes !== undefined; bytes = await reading.read()) sent.push(text(bytes)!);
  };
  const first = send(body.reading());
  give("one ");
  await new Promise(setImmediate);
  const second = send(body.reading());
  await new Promise(setImmediate);
  give("two ");
  await rejects(first, { name: "TypeError", message: "Cannot read on: the content is being sent again" });
  equal(inner.reads, 1);
  give(undefined);
  await second;
  // "two " went to both; after it the first was not to go on.
  deepEqual(sent, ["one ", "one ", "two ", "two "]);
});

test("a reading is like the body, until there is another", async () => {
  let recycled = 0;
  const inner = bodyOf(["one", "two"], { length: 6 });
  const trailers = Fields.of({ Checksum: "1" });
  const body = new Replayable({
    length: 6,
    read: inner.read,
    cancel: inner.cancel,
    trailers,
    recycle: () => {
      recycled += 1;
    },
  });
  const before = body.reading();
  const reading = body.reading();
  deepEqual([reading.length, reading.trailers], [6, trailers]);
  before.recycle?.();
  before.cancel();
  deepEqual([recycled, inner.isCancelled, body.canReplay], [0, false, true]);
  reading.recycle?.();
  equal(recycled, 1);
  equal(await rest(reading), "onetwo");
  reading.cancel();
  deepEqual([inner.isCancelled, body.canReplay], [true, false]);
  throws(() => body.reading(), TypeError);
});

test("however it is read and rewound, each reading is the content from its beginning", async () => {
  const piece = fc.uint8Array({ maxLength: 12 });
  // How many reads before each rewinding.
  const plan = fc.array(fc.nat(6), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 8 }),
      plan,
      fc.nat(60),
      fc.boolean(),
      async (pieces, plan, limit, later) => {
        const content = new Uint8Array(concat(pieces));
        const body = new Replayable(bodyOf(pieces, { later }), limit);
        let given: Uint8Array[] = [];
        let read = 0;
        for (const reads of plan) {
          for (let i = 0; i < reads; i++) {
            const bytes = await body.read();
            if (bytes !== undefined) given.push(bytes);
          }
          const got = new Uint8Array(concat(given));
          deepEqual(got, content.slice(0, got.length));
          read = Math.max(read, got.length);
          equal(body.canReplay, read <= limit);
          if (!body.canReplay) break;
          body.rewind();
          given = [];
        }
        for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read()) given.push(bytes);
        deepEqual(new Uint8Array(concat(given)), content);
      },
    ),
  );
});
