/**
 * Stores as fast as it can, until somebody ends it, and says what is safe: "key version" per line. Content follows from
 * key and version, so that whoever finds it can tell whether it is right.
 */

import { realClock } from "../../src/base/clock.ts";
import { DiskStore } from "../../src/stores/disk-store.ts";
import { contentOf, KIB, MIB, put, said } from "./contract.ts";

/** Of every kind: in the index, in a file, in a file that takes several writes. */
const SIZES = [0, 200, 5 * KIB, 20 * KIB, 40 * KIB, 600 * KIB];

/** So many names, so that much is replaced. */
export const NAMES = 60;

export const sizeOf = (name: number, version: number): number => SIZES[(name + version) % SIZES.length]!;

/** Every third one comes in two parts. */
export const isInParts = (name: number): boolean => name % 3 === 0;

export const keyOf = (name: number): string => `http://localhost/${name}`;

export const seedOf = (name: number, version: number): number => name * 1_000_003 + version;

async function hoard(store: DiskStore, name: number, version: number): Promise<void> {
  const size = sizeOf(name, version);
  const content = contentOf(seedOf(name, version), size);
  const what = said({ key: keyOf(name), tags: [`${version}`] });
  if (!isInParts(name) || size === 0) await put(store, what, content);
  else {
    const half = size / 2;
    const onto = await put(store, what, content.subarray(0, half), {}, size);
    await put(store, what, content.subarray(half), { first: half, onto }, size);
  }
}

if (import.meta.main) {
  const [folder, from] = process.argv.slice(2);
  const complain = (message: string): void => console.error(message);
  const store = await DiskStore.open({ folder: folder!, budget: 512 * MIB, clock: realClock, complain });
  console.log("ready");
  let version = Number(from);
  const worker = async (first: number): Promise<never> => {
    for (let name = (first + Number(from)) % NAMES; ; name = (name + 4) % NAMES) {
      const mine = version++;
      await hoard(store, name, mine);
      // What was done in one turn is safe at its end.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      console.log(`${name} ${mine}`);
    }
  };
  await Promise.all([0, 1, 2, 3].map(worker));
}
