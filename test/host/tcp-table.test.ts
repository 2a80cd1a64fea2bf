/** The table of connections: found by all four numbers, and by nothing less (RFC 9293 §3.9.2.3). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type TableEntry, TcpTable } from "../../src/host/tcp-table.ts";

type Tuple = readonly [localAddress: number, localPort: number, remoteAddress: number, remotePort: number];

const entryOf = ([localAddress, localPort, remoteAddress, remotePort]: Tuple): TableEntry => ({
  localAddress,
  localPort,
  remoteAddress,
  remotePort,
  following: undefined,
});

test("many connections of one port, told apart by who is at the other end", () => {
  const table = new TcpTable(7);
  const entries = Array.from({ length: 5000 }, (_, i) => entryOf([1, 80, 2 + (i >> 10), 1024 + (i & 1023)]));
  for (const entry of entries) table.add(entry);
  equal(table.size, 5000);
  for (const entry of entries) equal(table.find(1, 80, entry.remoteAddress, entry.remotePort), entry);
  equal(new Set(table).size, 5000);
});

const NEAR: readonly Tuple[] = [
  [2, 80, 3, 4],
  [1, 81, 3, 4],
  [1, 80, 4, 4],
  [1, 80, 3, 5],
  [3, 4, 1, 80],
];

test("one number that differs, and it is another one", () => {
  const table = new TcpTable();
  table.add(entryOf([1, 80, 3, 4]));
  for (const tuple of NEAR) equal(table.find(...tuple), undefined, String(tuple));
});

test("what is not there is not removed", () => {
  const table = new TcpTable();
  table.add(entryOf([1, 80, 3, 4]));
  table.remove(entryOf([1, 80, 3, 4]));
  equal(table.size, 1);
});

test("it is a map, whatever comes and goes", () => {
  const tuple = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(3), fc.nat(60)) as fc.Arbitrary<Tuple>;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), tuple), { maxLength: 400 }), fc.nat(), (steps, salt) => {
      const table = new TcpTable(salt);
      const model = new Map<string, TableEntry>();
      for (const [isAdded, tuple] of steps) {
        const known = model.get(String(tuple));
        equal(table.find(...tuple), known);
        if (isAdded && known === undefined) {
          const entry = entryOf(tuple);
          table.add(entry);
          model.set(String(tuple), entry);
        } else if (!isAdded && known !== undefined) {
          table.remove(known);
          model.delete(String(tuple));
        }
        equal(table.size, model.size);
      }
      deepEqual(new Set(table), new Set(model.values()));
    }),
  );
});

test("addresses and ports of all kinds are spread over the buckets", () => {
  const table = new TcpTable(0x1234_5678);
  for (let i = 0; i < 4096; i++) table.add(entryOf([0xc0a8_0001, 443, 0xfffe_0000 + (i >> 6), 0xff00 + (i & 63)]));
  const chains = [...table].map((entry) => lengthOf(entry));
  ok(Math.max(...chains) <= 12, String(Math.max(...chains)));
});

function lengthOf(entry: TableEntry): number {
  let length = 1;
  for (let one = entry.following; one !== undefined; one = one.following) length++;
  return length;
}
