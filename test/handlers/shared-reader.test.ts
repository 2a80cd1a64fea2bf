import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { type Readable, SharedReader } from "../../src/handlers/shared-reader.ts";
import { bodyOf } from "./exchange.ts";

type Next = ReturnType<Readable["next"]>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (part: Uint8Array | undefined): string | undefined => part && new TextDecoder().decode(part);

/** Gives these, one after the other; says where it was asked, and what it was told. */
function readable(...nexts: (Next | Error)[]): Readable & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    length: 9,
    trailers: undefined,
    next(at) {
      told.push(`next ${at}`);
      const next = nexts.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    moved: () => void told.push("moved"),
    left: () => void told.push("left"),
  };
}

test("bytes that are here, bytes that are fetched, and the end", async () => {
  const content = readable(bytes("one"), Promise.resolve(bytes("two")), undefined);
  const reader = new SharedReader(content);
  equal(reader.length, 9);
  equal(text(reader.read() as Uint8Array), "one");
  equal(text(await reader.read()), "two");
  equal(reader.read(), undefined);
  equal(reader.read(), undefined);
  reader.cancel();
  equal(reader.read(), undefined);
  deepEqual(content.told, ["next 0", "moved", "next 3", "moved", "next 6", "left"]);
});

test("who waits is woken, and reads what is there then: bytes, an end, a failure, or nothing yet", async () => {
  const content = readable("wait", bytes("one"), "wait", "wait", undefined);
  const reader = new SharedReader(content);
  reader.wake();
  const first = reader.read() as Promise<Uint8Array | undefined>;
  reader.wake();
  reader.wake();
  equal(text(await first), "one");
  const second = reader.read() as Promise<Uint8Array | undefined>;
  reader.wake();
  reader.wake();
  equal(await second, undefined);

  const broken = new SharedReader(readable("wait", new Error("off")));
  const third = broken.read() as Promise<Uint8Array | undefined>;
  broken.wake();
  await rejects(third, /off/);
  const direct = new SharedReader(readable(new Error("off")));
  throws(() => direct.read(), /off/);
});

test("the rest may come as a body of its own; whether that was all, is asked at its end", async () => {
  for (const later of [false, true]) {
    const content = readable(bytes("a"), bodyOf(["bc", "d"], { later }), bodyOf(["e"], { later }), undefined);
    const reader = new SharedReader(content);
    let heard = "";
    for (let part = await reader.read(); part !== undefined; part = await reader.read()) heard += text(part);
    equal(heard, "abcde");
    deepEqual(
      content.told.filter((one) => one !== "moved"),
      ["next 0", "next 1", "next 4", "next 5", "left"],
    );
    const broken = new SharedReader(readable(bodyOf(["abc"], { later }), new Error("off")));
    equal(text(await broken.read()), "abc");
    await rejects(async () => broken.read(), /off/);
    // One that gives nothing is not asked for ever.
    const empty = new SharedReader(readable(bodyOf([], { later })));
    await rejects(async () => empty.read(), /has gone/);
  }
});

test("who is cancelled hears no good end, whether he waits or reads on", async () => {
  const rest = bodyOf(["abc", "d"]);
  const content = readable(rest);
  const reader = new SharedReader(content);
  reader.read();
  reader.cancel();
  reader.cancel();
  equal(rest.isCancelled, true);
  throws(() => reader.read(), { code: "EPIPE" });
  deepEqual(content.told, ["next 0", "moved", "left"]);

  const waiting = new SharedReader(readable("wait"));
  const read = waiting.read() as Promise<Uint8Array | undefined>;
  waiting.cancel();
  waiting.wake();
  await rejects(read, { code: "EPIPE" });
});
