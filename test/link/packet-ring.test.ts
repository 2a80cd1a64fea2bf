import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { OUTGOING, PacketRing } from "../../src/link/packet-ring.ts";

const BLOCK = 1024;
const BLOCKS = 3;

interface Packet {
  readonly bytes: readonly number[];
  readonly length?: number;
  readonly kind?: number;
  readonly tag?: number;
  readonly tagType?: number;
}

/** The ring, and the kernel's side of it. */
function scene() {
  const memory = new ArrayBuffer(BLOCK * BLOCKS);
  const words = new Uint32Array(memory);
  const halves = new Uint16Array(memory);
  const ring = new PacketRing(memory, BLOCK);
  const fill = (block: number, ...packets: readonly Packet[]): void => {
    const start = block * BLOCK;
    words.set([1, 0, 0, packets.length, 48], start / 4);
    let at = start + 48;
    for (const [i, { bytes, length = bytes.length, kind = 0, tag, tagType }] of packets.entries()) {
      const next = 80 + Math.ceil(bytes.length / 16) * 16;
      const what = (tag === undefined ? 0 : 16) | (tagType === undefined ? 0 : 64) | 1;
      words.set([i + 1 < packets.length ? next : 0, 7, 250_000 * (i + 1), bytes.length, length, what], at / 4);
      halves[(at + 24) / 2] = 82;
      words[(at + 32) / 4] = tag ?? 0xffff;
      halves[(at + 36) / 2] = tagType ?? 0xffff;
      new Uint8Array(memory).set([kind], at + 58);
      new Uint8Array(memory).set(bytes, at + 82);
      at += next;
    }
    words[start / 4 + 2] = 1;
  };
  const took: [bytes: number[], length: number, time: number, kind: number][] = [];
  const take = (): boolean =>
    ring.takeBlock((bytes, length, time, kind) => took.push([[...bytes], length, time, kind]));
  const isOurs = (block: number): boolean => words[(block * BLOCK) / 4 + 2] === 1;
  return { fill, take, took, isOurs };
}

test("nothing is taken while the block is the kernel's", () => {
  const { take, took } = scene();
  equal(take(), false);
  deepEqual(took, []);
});

test("packets come one after the other: bytes, length, time and where they go", () => {
  const { fill, take, took, isOurs } = scene();
  fill(0, { bytes: [1, 2, 3] }, { bytes: [4], length: 1500, kind: OUTGOING }, { bytes: [] });
  equal(take(), true);
  deepEqual(took, [
    [[1, 2, 3], 3, 7000.25, 0],
    [[4], 1500, 7000.5, OUTGOING],
    [[], 0, 7000.75, 0],
  ]);
  equal(isOurs(0), false);
  equal(take(), false);
});

test("block by block it goes round, and each is given back before the next is looked at", () => {
  const { fill, take, took, isOurs } = scene();
  for (let round = 0; round < 3; round++) {
    for (let block = 0; block < BLOCKS; block++) fill(block, { bytes: [round, block] });
    for (let block = 0; block < BLOCKS; block++) {
      equal(take(), true);
      deepEqual(took.pop()?.[0], [round, block]);
      deepEqual(
        [0, 1, 2].map(isOurs),
        [0, 1, 2].map((other) => other > block),
      );
    }
    equal(take(), false);
  }
});

const ADDRESSES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

test("a tag that the adapter has taken off is put back", () => {
  const { fill, take, took } = scene();
  const bytes = [...ADDRESSES, 8, 6, 0];
  fill(0, { bytes, tag: 0x2005 }, { bytes, tag: 7, tagType: 0x88a8 });
  take();
  deepEqual(
    took.map(([tagged, length]) => [tagged, length]),
    [
      [[...ADDRESSES, 0x81, 0, 0x20, 5, 8, 6, 0], 19],
      [[...ADDRESSES, 0x88, 0xa8, 0, 7, 8, 6, 0], 19],
    ],
  );
});
