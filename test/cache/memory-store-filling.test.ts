import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { FillingInMemory, type Keeper } from "../../src/cache/memory-store-filling.ts";
import { contentOf, KIB, said } from "../stores/contract.ts";

/** Has so much room, and remembers what it is told. */
function keeperOf(room: number) {
  const kept: { bytes: ArrayBuffer; length: number | undefined }[] = [];
  const claims: number[] = [];
  let settled = 0;
  const keeper: Keeper = {
    claim: (bytes) => {
      if (claims.reduce((sum, one) => sum + one, bytes) > room) return false;
      claims.push(bytes);
      return true;
    },
    settle: (_, claimed) => void (settled += claimed),
    keep: (_, bytes, length) => void kept.push({ bytes, length }),
  };
  return { keeper, kept, claims, settled: () => settled };
}

test("what is announced has its buffer at once, and keeps it", () => {
  const { keeper, kept, claims, settled } = keeperOf(0);
  const filling = new FillingInMemory(said(), keeper, 1234, 10_000, { size: 5000 });
  const content = contentOf(1, 5000);
  equal(filling.write(content.subarray(0, 4000)), true);
  const view = filling.read(0);
  equal(filling.write(content.subarray(4000)), true);
  filling.end();
  deepEqual(claims, []);
  equal(settled(), 1234);
  equal(kept[0]!.bytes, view.buffer);
  ok(Buffer.from(kept[0]!.bytes).equals(content));
});

test("less than announced is cut, more is refused", () => {
  const { keeper, kept } = keeperOf(0);
  const short = new FillingInMemory(said(), keeper, 0, 10_000, { size: 5000 });
  short.write(contentOf(1, 100));
  short.end(5000);
  deepEqual([kept[0]!.bytes.byteLength, kept[0]!.length], [100, 5000]);
  const long = new FillingInMemory(said(), keeper, 0, 10_000, { size: 50 });
  equal(long.write(contentOf(1, 51)), false);
  equal(long.write(contentOf(1, 1)), false);
  equal(long.end(), undefined);
});

test("blocks grow with what has come, up to 256 KiB, and never beyond what it may take", () => {
  const { keeper, claims, settled, kept } = keeperOf(10_000 * KIB);
  const filling = new FillingInMemory(said(), keeper, 0, 900 * KIB, {});
  const content = contentOf(2, 900 * KIB);
  for (let at = 0; at < content.length; at += 1000) equal(filling.write(content.subarray(at, at + 1000)), true);
  const blocks = [4, 4, 8, 16, 32, 64, 128, 256, 256];
  deepEqual(
    claims.map((bytes) => Math.round(bytes / KIB)),
    [...blocks, 900 - blocks.reduce((sum, one) => sum + one, 0)],
  );
  equal(filling.write(Uint8Array.of(1)), false);
  ok(Buffer.from(filling.read(0)).equals(content.subarray(0, 4 * KIB)));
  filling.abort();
  equal(settled(), 900 * KIB);
  equal(kept.length, 0);
});

test("where there is no room for a whole block there is one as large as needed", () => {
  const { keeper, claims } = keeperOf(10 * KIB);
  const filling = new FillingInMemory(said(), keeper, 0, 1000 * KIB, {});
  for (let i = 0; i < 10; i++) equal(filling.write(new Uint8Array(KIB)), true);
  equal(filling.write(Uint8Array.of(1)), false);
  deepEqual(claims, [4 * KIB, 4 * KIB, KIB, KIB]);
});

test("of bytes for which there is no room none is taken, and the others can be read", () => {
  const { keeper } = keeperOf(10 * KIB);
  const filling = new FillingInMemory(said(), keeper, 0, 1000 * KIB, {});
  const content = contentOf(3, 20 * KIB);
  equal(filling.write(content.subarray(0, 6 * KIB)), true);
  equal(filling.write(content.subarray(6 * KIB)), false);
  equal(filling.size, 6 * KIB);
  ok(Buffer.from(filling.read(0)).equals(content.subarray(0, 6 * KIB)));
  equal(filling.end(), undefined);
});

test("after its end it can still be read", () => {
  const { keeper } = keeperOf(1000 * KIB);
  const filling = new FillingInMemory(said(), keeper, 0, 1000 * KIB, {});
  const content = contentOf(4, 50 * KIB);
  for (let at = 0; at < content.length; at += 999) filling.write(content.subarray(at, at + 999));
  filling.end();
  ok(Buffer.from(filling.read(100)).equals(content.subarray(100)));
  filling.abort();
  throws(() => filling.read(50 * KIB), RangeError);
});
