import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { appendFile, open, truncate, unlink } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { concat, utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { FileBody } from "../../src/handlers/file-body.ts";
import type { ByteRange } from "../../src/http/ranges.ts";
import { descriptorsAtMost, openDescriptors } from "./descriptors.ts";
import { folder } from "./folder.ts";

const MIB = 1024 * 1024;
const content = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

async function pieces(body: FileBody, then: (piece: Uint8Array) => unknown = () => {}): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
    all.push(piece);
    await then(piece);
  }
  return all;
}

test("a file comes whole, in order, and its descriptor is closed", async (t) => {
  const bytes = content(3 * MIB + 5);
  const root = await folder(t, { "a.bin": bytes });
  const before = openDescriptors();
  const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: bytes.length - 1 }], new VirtualClock());
  equal(body.length, bytes.length);
  ok(Buffer.from(concat(await pieces(body))).equals(bytes));
  equal(await body.read(), undefined);
  ok(await descriptorsAtMost(before));
});

test("any ranges with any bytes between them come as they stand", async (t) => {
  const bytes = content(300_000);
  const root = await folder(t, { "a.bin": bytes });
  const range = fc
    .tuple(fc.nat(bytes.length - 1), fc.nat(bytes.length - 1))
    .map(([a, b]): ByteRange => ({ first: Math.min(a, b), last: Math.max(a, b) }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(range, fc.uint8Array({ maxLength: 9 })), { maxLength: 6 }), async (parts) => {
      const body = new FileBody(await open(`${root}/a.bin`), parts, new VirtualClock());
      const expected = parts.map((part) =>
        part instanceof Uint8Array ? part : bytes.subarray(part.first, part.last + 1),
      );
      const got = Buffer.from(concat(await pieces(body)));
      equal(got.length, body.length);
      ok(got.equals(concat(expected)));
    }),
    { numRuns: 30 },
  );
});

test("a quick reader gets larger and larger pieces, a slow one small ones", async (t) => {
  const root = await folder(t, { "a.bin": content(6 * MIB) });
  const sizes = async (pace: number): Promise<number[]> => {
    const clock = new VirtualClock();
    await clock.advance(1000);
    const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: 6 * MIB - 1 }], clock);
    return (await pieces(body, () => clock.advance(pace))).map((piece) => piece.length / 1024);
  };
  const quick = await sizes(1);
  deepEqual(quick.slice(0, 2), [64, 64]);
  equal(Math.max(...quick), 512);
  equal(Math.max(...(await sizes(100))), 64);
});

test("of a crowd of quick readers some get large pieces, until those before them have gone", async (t) => {
  const root = await folder(t, { "a.bin": content(MIB) });
  const clock = new VirtualClock();
  const crowd: FileBody[] = [];
  const third = async (): Promise<number> => {
    const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: MIB - 1 }], clock);
    crowd.push(body);
    for (let i = 0; i < 2; i++) await body.read();
    return (await body.read())!.length / 1024;
  };
  const sizes: number[] = [];
  for (let i = 0; i < 70; i++) sizes.push(await third());
  deepEqual([sizes[0], sizes.lastIndexOf(128), sizes[64], sizes[69]], [128, 63, 64, 64]);
  crowd[0]!.cancel();
  equal(await third(), 128);
  equal(await third(), 64);
  // To its end, with pieces that are read after the file was closed.
  await pieces(crowd[1]!);
  equal(await third(), 128);
  equal(await third(), 64);
  for (const body of crowd) body.cancel();
  equal(await third(), 128);
  crowd.at(-1)!.cancel();
});

const BREAKS: [what: string, length: number][] = [
  ["to nothing", 0],
  ["in the middle of a piece", 100_000],
];

for (const [what, length] of BREAKS) {
  test(`a file that shrinks ${what} while it is sent breaks off`, async (t) => {
    const root = await folder(t, { "a.bin": content(MIB) });
    const before = openDescriptors();
    const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: MIB - 1 }], new VirtualClock());
    await body.read();
    await truncate(`${root}/a.bin`, length);
    await rejects(pieces(body), { message: /shorter/ });
    ok(await descriptorsAtMost(before));
  });
}

test("a piece that was read ahead in vain fails when it is asked for, and not before", async (t) => {
  const root = await folder(t, { "a.bin": content(100_000) });
  const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: 199_999 }], new VirtualClock());
  equal((await body.read())?.length, 65_536);
  for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
  await rejects(async () => body.read(), { message: /shorter/ });
});

test("a file that grows is sent as long as was promised", async (t) => {
  const bytes = content(200_000);
  const root = await folder(t, { "a.bin": bytes });
  const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: 199_999 }], new VirtualClock());
  const got = await pieces(body, () => appendFile(`${root}/a.bin`, "more"));
  ok(Buffer.from(concat(got)).equals(bytes));
});

test("a file that is deleted is sent to its end", async (t) => {
  const bytes = content(300_000);
  const root = await folder(t, { "a.bin": bytes });
  const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: 299_999 }], new VirtualClock());
  await unlink(`${root}/a.bin`);
  ok(Buffer.from(concat(await pieces(body))).equals(bytes));
});

test("who cancels, also twice, also while a piece is read, leaves nothing open", async (t) => {
  const root = await folder(t, { "a.bin": content(MIB) });
  const before = openDescriptors();
  const make = async () => new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: MIB - 1 }], new VirtualClock());
  const unread = await make();
  unread.cancel();
  unread.cancel();
  const begun = await make();
  await begun.read();
  begun.cancel();
  const reading = await make();
  const piece = reading.read();
  reading.cancel();
  equal((await piece)?.length, 65_536);
  const done = await make();
  await pieces(done);
  done.cancel();
  ok(await descriptorsAtMost(before));
});

test("bytes from elsewhere come at once", async (t) => {
  const root = await folder(t, { "a.bin": "ab" });
  const body = new FileBody(
    await open(`${root}/a.bin`),
    [utf8("head"), { first: 0, last: 1 }, utf8("tail")],
    new VirtualClock(),
  );
  deepEqual(body.read(), utf8("head"));
  equal(body.length, 10);
  deepEqual(new Uint8Array(concat(await pieces(body))), utf8("abtail"));
});

test("memory is used again as soon as one says that it may be, and not before", async (t) => {
  const bytes = content(6 * MIB);
  const root = await folder(t, { "a.bin": bytes });
  const send = async (recycles: boolean) => {
    const body = new FileBody(await open(`${root}/a.bin`), [{ first: 0, last: bytes.length - 1 }], new VirtualClock());
    const memories = new Set<ArrayBufferLike>();
    let at = 0;
    await pieces(body, (piece) => {
      // Read ahead is the next one, and this one must still be as it was.
      ok(Buffer.from(piece).equals(bytes.subarray(at, at + piece.length)));
      at += piece.length;
      memories.add(piece.buffer);
      if (recycles) body.recycle();
    });
    equal(at, bytes.length);
    return memories.size;
  };
  const [without, having] = [await send(false), await send(true)];
  ok(without > 10, `${without} pieces of memory`);
  ok(having < 8, `${having} pieces of memory`);
});
