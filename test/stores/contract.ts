/** What every store must keep. Each store's test file calls this once. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/base/random.ts";
import type { Said } from "../../src/cache/said.ts";
import type { Filling, Place, Selection, Store, Stored } from "../../src/cache/store.ts";
import type { Body } from "../../src/http/message.ts";
import type { ByteRange } from "../../src/http/ranges.ts";

/** How a test wants the store; for the rest it is as large as it likes, and at least 64 MiB. */
export interface Needs {
  readonly budget?: number;
  readonly maxObject?: number;
}

export interface Setting {
  /** Empty, and nobody else's. */
  readonly store: Store;
  /** For those that outlive us: closes the store, and opens the same again. */
  reopen?(): Promise<Store>;
  /** Closes the store, if it is not closed, and leaves nothing behind. */
  dispose(): Promise<void>;
  /** What it has let go of may fail to be read to its end. It is never wrong, though. */
  readonly isForgetful?: boolean;
}

export type Setup = (needs: Needs) => Setting | Promise<Setting>;

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Small ones, one of a few KiB, one that no store keeps in one piece with what is said of it, and a large one. */
const SIZES = [1, 1000, 10 * KIB, 100 * KIB, 3 * MIB];

export function storeContract(name: string, setup: Setup): void {
  const check: Check = (what, play, needs = {}) =>
    void test(`${name}: ${what}`, async () => {
      const setting = await setup(needs);
      try {
        await play(setting);
      } finally {
        await setting.dispose();
      }
    });
  keeping(check);
  fillings(check);
  holding(check);
  parts(check);
  changes(check);
  purging(check);
  bounds(check);
  endings(check);
  histories(check);
}

type Check = (what: string, play: (setting: Setting) => Promise<void>, needs?: Needs) => void;

function keeping(check: Check): void {
  check("nothing is found where nothing was stored", async ({ store }) => {
    deepEqual(await store.find("http://localhost/"), []);
    deepEqual(await all(store), []);
    const { responses, evictions, trouble } = await store.state();
    deepEqual({ responses, evictions, trouble }, { responses: 0, evictions: 0, trouble: undefined });
  });

  check("what is stored is found, word for word", async ({ store }) => {
    const what = said({
      key: "http://localhost/caf%C3%A9?a=\u00e9 dark",
      status: 299,
      reason: "Mostly \u00e4nn\u00e4",
      lines: 'Content-Type: text/plain\r\nX-Odd: \u00ff\t"\\\u0080\r\nX-Odd: twice\r\n',
      requestTime: 1_700_000_000_123,
      responseTime: 1_700_000_000_456,
      selecting: [
        ["accept-encoding", "gzip"],
        ["accept-language", undefined],
        ["cookie", ""],
      ],
      tags: ["one", "two words"],
      groups: ["\u00fc"],
      isInvalid: true,
      isAuthorized: true,
    });
    const stored = await put(store, what, contentOf(1, 100));
    const [found, ...others] = await store.find(what.key);
    deepEqual(others, []);
    for (const one of [stored, found]) {
      deepEqual(saidOf(one!), what);
      equal(one!.content.length, 100);
      equal(one!.content.ranges, undefined);
      await same(one!, contentOf(1, 100));
    }
    deepEqual(await store.find("http://localhost/caf%C3%A9?a=\u00e9"), []);
  });

  for (const size of SIZES) {
    for (const isDeclared of [true, false]) {
      check(`${size} bytes ${isDeclared ? "that were announced" : "unannounced"}, in pieces`, async ({ store }) => {
        const content = contentOf(size, size);
        await put(store, said(), content, isDeclared ? { size } : {});
        const [found] = await store.find(said().key);
        await same(found!, content);
        // Read once more, and from within.
        await same(found!, content);
        for (const [first, last] of within(size)) await same(found!, content, { first, last });
      });
    }
  }

  check("no content is content, too", async ({ store }) => {
    for (const place of [{}, { size: 0 }]) {
      const stored = await store.open(said(), place)!.end();
      equal(stored!.content.length, 0);
      equal((await store.find(said().key))[0]!.content.length, 0);
    }
    equal((await store.state()).responses, 1);
  });

  check("variants stand side by side, and each takes the place of its like", async ({ store }) => {
    const variants: Said["selecting"][] = [
      [],
      [["accept", undefined]],
      [["accept", ""]],
      [["accept", "a"]],
      [["accept", "b"]],
      [
        ["accept", "a"],
        ["cookie", undefined],
      ],
      [["accept a", ""]],
    ];
    for (const round of [1, 2]) {
      for (const [i, selecting] of variants.entries()) {
        await put(store, said({ selecting, status: 200 + round }), contentOf(round * 100 + i, 50 + i));
      }
      const found = await store.find(said().key);
      equal(found.length, variants.length);
      for (const [i, selecting] of variants.entries()) {
        const one = found.find((stored) => JSON.stringify(stored.selecting) === JSON.stringify(selecting));
        equal(one?.status, 200 + round);
        await same(one!, contentOf(round * 100 + i, 50 + i));
      }
      equal((await store.state()).responses, variants.length);
    }
  });

  check("a large one takes the place of a small one, and the other way round", async ({ store }) => {
    for (const size of [10, MIB, 20, 0, 2 * MIB, 30 * KIB]) {
      await put(store, said(), contentOf(size, size));
      const found = await store.find(said().key);
      equal(found.length, 1);
      await same(found[0]!, contentOf(size, size));
    }
    equal((await store.state()).responses, 1);
  });

  check("all there are are listed, each once", async ({ store }) => {
    const names = Array.from({ length: 40 }, (_, i) => `http://localhost/${i}`);
    for (const [i, key] of names.entries()) await put(store, said({ key, tags: [`${i}`] }), contentOf(i, i * 100));
    const listed = await all(store);
    deepEqual(listed.map(({ key }) => key).sort(), names.toSorted());
    for (const one of listed) await same(one, contentOf(Number(one.tags[0]), Number(one.tags[0]) * 100));
    const { responses, used, budget } = await store.state();
    equal(responses, 40);
    if (used !== undefined) ok(used > (100 * 40 * 39) / 2);
    if (used !== undefined && budget !== undefined) ok(used <= budget);
  });
}

function fillings(check: Check): void {
  for (const size of [100, 50 * KIB, 2 * MIB]) {
    check(`of ${size} bytes on their way all that came can be read`, async ({ store }) => {
      const content = contentOf(size, size);
      const filling = store.open(said())!;
      equal(filling.size, 0);
      let read = Buffer.alloc(0);
      let written = 0;
      for (const piece of torn(content, 3)) {
        equal(await filling.write(piece), true);
        written += piece.length;
        equal(filling.size, written);
        // One reader is always up to date, others come late or from the middle.
        read = Buffer.concat([read, await readOn(filling, read.length)]);
        equal(read.length, written);
        const from = Math.floor(written / 2);
        const some = await filling.read(from);
        ok(some.length > 0 && Buffer.from(some).equals(content.subarray(from, from + some.length)));
      }
      ok(read.equals(content));
      deepEqual(await store.find(said().key), []);
      await filling.end();
      await same((await store.find(said().key))[0]!, content);
    });
  }

  check("readers go on while bytes come in", async ({ store }) => {
    const content = contentOf(5, 2 * MIB);
    const filling = store.open(said())!;
    await filling.write(content.subarray(0, 1));
    const late = async (): Promise<Buffer> => {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < content.length; ) {
        if (at === filling.size) await new Promise(setImmediate);
        else {
          const piece = await filling.read(at);
          pieces.push(Buffer.from(piece));
          at += piece.length;
        }
      }
      return Buffer.concat(pieces);
    };
    const readers = [late(), late()];
    for (const piece of torn(content.subarray(1), 9)) {
      await filling.write(piece);
      await new Promise(setImmediate);
    }
    for (const reader of readers) ok((await reader).equals(content));
    await filling.end();
  });

  check("what is aborted was never there", async ({ store }) => {
    await put(store, said(), contentOf(1, 10));
    for (const size of [0, 10, 40 * KIB, 2 * MIB]) {
      const filling = store.open(said({ status: 404 }))!;
      await pour(filling, contentOf(2, size));
      filling.abort();
      filling.abort();
      equal(await filling.write(Uint8Array.of(1)), false);
      equal(await filling.end(), undefined);
      const found = await store.find(said().key);
      deepEqual(
        found.map(({ status }) => status),
        [200],
      );
      await same(found[0]!, contentOf(1, 10));
    }
  });

  for (const size of [100, 100 * KIB]) {
    check(`of two of ${size} bytes at once, the one that ends last stays, unmixed`, async ({ store }) => {
      const contents = [contentOf(1, size), contentOf(2, size + 7)];
      for (const first of [0, 1]) {
        const both = contents.map(() => store.open(said())!);
        const pieces = contents.map((content) => Array.from(torn(content, 4), (piece) => Buffer.from(piece)));
        for (let i = 0; i < Math.max(pieces[0]!.length, pieces[1]!.length); i++) {
          for (const which of [0, 1]) {
            const piece = pieces[which]![i];
            if (piece !== undefined) equal(await both[which]!.write(piece), true);
          }
        }
        const loser = await both[first]!.end();
        const winner = await both[1 - first]!.end();
        const found = await store.find(said().key);
        equal(found.length, 1);
        await same(found[0]!, contents[1 - first]!);
        await same(winner!, contents[1 - first]!);
        await same(loser!, contents[first]!);
      }
    });
  }

  check("of many at once each is itself", async ({ store }) => {
    const keys = Array.from({ length: 30 }, (_, i) => `http://localhost/${i}`);
    await Promise.all(keys.map((key, i) => put(store, said({ key }), contentOf(i, i * 5000))));
    for (const [i, key] of keys.entries()) await same((await store.find(key))[0]!, contentOf(i, i * 5000));
  });
}

/** What somebody holds stays as it is, whatever becomes of the entry. */
function holding(check: Check): void {
  const fates: [fate: string, befall: (store: Store, held: Stored) => Promise<unknown>][] = [
    ["replaced", (store) => put(store, said({ status: 203 }), contentOf(9, 200 * KIB))],
    ["freshened", async (store, held) => store.freshen(held, said({ status: 203 }))],
    ["removed", async (store, held) => store.remove(held)],
    ["purged", async (store) => store.purge({ by: "everything" }, "remove")],
    ["purged softly", async (store) => store.purge({ by: "everything" }, "invalidate")],
  ];
  for (const [fate, befall] of fates) {
    for (const size of [100, 3 * MIB]) {
      check(`${size} bytes that are ${fate} are still there for who holds them`, async (setting) => {
        const { store } = setting;
        const content = contentOf(size, size);
        await put(store, said(), content);
        const [held] = await store.find(said().key);
        const begun = held!.content.read(0, size - 1);
        const some = begun instanceof Uint8Array ? begun : Buffer.from((await begun.read())!);
        await befall(store, held!);
        deepEqual(saidOf(held!), said());
        await unlessForgotten(setting, async () => {
          const rest = begun instanceof Uint8Array ? Buffer.alloc(0) : await bytesOf(begun);
          ok(Buffer.concat([some, rest]).equals(content));
        });
        await unlessForgotten(setting, () => same(held!, content));
      });
    }
  }

  check(
    "what is evicted is still there for who reads it",
    async (setting) => {
      const { store } = setting;
      if ((await store.state()).budget === undefined) return;
      const content = contentOf(1, 200 * KIB);
      await put(store, said(), content);
      const [held] = await store.find(said().key);
      const begun = held!.content.read(0, content.length - 1);
      const some = begun instanceof Uint8Array ? begun : Buffer.from((await begun.read())!);
      // Twice as much as there is room for.
      for (let i = 0; i < 80; i++) await put(store, said({ key: `http://localhost/${i}` }), contentOf(i, 50 * KIB));
      await unlessForgotten(setting, async () => {
        const rest = begun instanceof Uint8Array ? Buffer.alloc(0) : await bytesOf(begun);
        ok(Buffer.concat([some, rest]).equals(content));
      });
    },
    { budget: 2 * MIB },
  );

  check("a body may be cancelled at any time, also twice", async ({ store }) => {
    await put(store, said(), contentOf(1, 3 * MIB));
    for (const reads of [0, 1, 2]) {
      const [found] = await store.find(said().key);
      const body = found!.content.read(0, 3 * MIB - 1);
      if (body instanceof Uint8Array) return;
      for (let i = 0; i < reads; i++) ok((await body.read())!.length > 0);
      body.cancel();
      body.cancel();
      equal(await body.read(), undefined);
    }
    // While a piece is being read.
    const body = (await store.find(said().key))[0]!.content.read(0, 3 * MIB - 1) as Body;
    const piece = body.read();
    body.cancel();
    await piece;
  });
}

function parts(check: Check): void {
  check("a part is not the whole", async ({ store }) => {
    for (const size of [1, 1000, 100 * KIB]) {
      for (const first of [0, 500, 300 * KIB]) {
        const whole = contentOf(size, first + size + 10);
        const stored = await put(store, said(), whole.subarray(first, first + size), { first }, whole.length);
        const [found] = await store.find(said().key);
        for (const one of [stored!, found!]) {
          equal(one.content.length, whole.length);
          deepEqual(one.content.ranges, [{ first, last: first + size - 1 }]);
          await same(one, whole, { first, last: first + size - 1 });
          await same(one, whole, { first: first + size - 1, last: first + size - 1 });
        }
      }
    }
    equal((await store.state()).responses, 1);
  });

  check("what broke off can be taken up again", async ({ store }) => {
    for (const size of [1000, MIB]) {
      const whole = contentOf(size, size);
      const half = size / 2;
      const broken = await put(store, said(), whole.subarray(0, half), { size }, size);
      deepEqual(broken!.content.ranges, [{ first: 0, last: half - 1 }]);
      const place = { first: half, size: half, onto: broken };
      const joined = await put(store, said({ status: 203 }), whole.subarray(half), place, size);
      equal(joined!.content.ranges, undefined);
      const [found, ...others] = await store.find(said().key);
      deepEqual(others, []);
      deepEqual(saidOf(found!), said({ status: 203 }));
      await same(found!, whole);
    }
  });

  check("bytes on their way to others can be read, from the first of their own", async ({ store }) => {
    const whole = contentOf(1, 300 * KIB);
    const onto = await put(store, said(), whole.subarray(0, 100 * KIB), {}, whole.length);
    const filling = store.open(said(), { first: 200 * KIB, onto })!;
    await pour(filling, whole.subarray(200 * KIB));
    ok((await readOn(filling, 0)).equals(whole.subarray(200 * KIB)));
    ok((await readOn(filling, 1000)).equals(whole.subarray(200 * KIB + 1000)));
    const joined = await filling.end(whole.length);
    deepEqual(joined!.content.ranges, [
      { first: 0, last: 100 * KIB - 1 },
      { first: 200 * KIB, last: 300 * KIB - 1 },
    ]);
  });

  check("a part that is given up leaves the others as they were", async ({ store }) => {
    const whole = contentOf(1, 100 * KIB);
    const onto = await put(store, said(), whole.subarray(0, 50 * KIB), {}, whole.length);
    const filling = store.open(said({ status: 203 }), { first: 50 * KIB, onto })!;
    await pour(filling, whole.subarray(50 * KIB));
    filling.abort();
    const [found] = await store.find(said().key);
    deepEqual(saidOf(found!), said());
    deepEqual(found!.content.ranges, [{ first: 0, last: 50 * KIB - 1 }]);
    await same(found!, whole, { first: 0, last: 50 * KIB - 1 });
  });

  check("of two parts joined at once, none is wrong", async ({ store }) => {
    const whole = contentOf(1, 90 * KIB);
    const onto = await put(store, said(), whole.subarray(0, 30 * KIB), {}, whole.length);
    const both = [40 * KIB, 60 * KIB].map((first) => store.open(said(), { first, onto })!);
    await Promise.all(both.map((filling, i) => pour(filling, whole.subarray(40 * KIB + i * 20 * KIB))));
    for (const filling of both) await filling.end(whole.length);
    const [found] = await store.find(said().key);
    for (const range of found?.content.ranges ?? []) await same(found!, whole, range);
    // Who holds what was there before has it still.
    await same(onto!, whole, { first: 0, last: 30 * KIB - 1 });
  });

  check("parts that are joined to what is gone, or is another by now, spoil nothing", async ({ store }) => {
    const whole = contentOf(1, 100 * KIB);
    const other = contentOf(2, 100 * KIB);
    for (const fate of ["removed", "replaced"]) {
      const onto = await put(store, said(), whole.subarray(0, 50 * KIB), {}, whole.length);
      const filling = store.open(said({ status: 203 }), { first: 50 * KIB, onto })!;
      await pour(filling, whole.subarray(50 * KIB));
      if (fate === "removed") await store.remove(onto!);
      else await put(store, said({ status: 404 }), other);
      await filling.end(whole.length);
      for (const found of await store.find(said().key)) {
        const its = found.status === 404 ? other : whole;
        for (const range of found.content.ranges ?? [{ first: 0, last: its.length - 1 }]) await same(found, its, range);
      }
    }
  });

  check("parts come in any order, until they are the whole", async ({ store }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(10, 5000, 120 * KIB),
        fc.uniqueArray(fc.nat(999), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 13, maxLength: 13 }),
        fc.infiniteStream(fc.nat()),
        async (length, places, order, chance) => {
          const whole = contentOf(length, length);
          const cuts = [...new Set([0, ...places.map((place) => Math.floor((place * length) / 1000)), length])];
          cuts.sort((a, b) => a - b);
          const segments = cuts.slice(1).map((end, i) => ({ first: cuts[i]!, last: end - 1 }));
          const shuffled = segments.toSorted((a, b) => order[segments.indexOf(a)]! - order[segments.indexOf(b)]!);
          await store.purge({ by: "everything" }, "remove");
          const here = new Uint8Array(length);
          for (const { first, last } of shuffled) {
            const [onto] = await store.find(said().key);
            const bytes = whole.subarray(first, last + 1);
            const joined = await put(store, said(), bytes, { first, onto, size: bytes.length }, length);
            here.fill(1, first, last + 1);
            for (const one of [joined!, (await store.find(said().key))[0]!]) {
              equal(one.content.length, length);
              deepEqual(one.content.ranges, rangesOf(here));
              for (const range of rangesOf(here) ?? [{ first: 0, last: length - 1 }]) {
                await same(one, whole, range);
                const from = range.first + (next(chance) % (range.last - range.first + 1));
                const to = from + (next(chance) % (range.last - from + 1));
                await same(one, whole, { first: from, last: to });
              }
            }
          }
          equal((await store.state()).responses, 1);
        },
      ),
      { numRuns: 12 },
    );
  });
}

function changes(check: Check): void {
  for (const size of [0, 100, MIB]) {
    check(`another word about the same ${size} bytes`, async ({ store }) => {
      const content = contentOf(1, size);
      const stored = await put(store, said({ tags: ["old"], isInvalid: true }), content);
      const what = said({ status: 203, lines: "ETag: new\r\n", responseTime: 5, tags: ["new"] });
      const fresh = await store.freshen(stored!, what);
      for (const one of [fresh!, (await store.find(said().key))[0]!]) {
        deepEqual(saidOf(one), what);
        await same(one, content);
      }
      equal((await store.state()).responses, 1);
      // It has the new tags, and no others.
      equal(await store.purge({ by: "tag", tag: "old" }, "remove"), 0);
      equal(await store.purge({ by: "tag", tag: "new" }, "remove"), 1);
    });
  }

  check("parts that are freshened can be joined to", async ({ store }) => {
    const whole = contentOf(1, 60 * KIB);
    const part = await put(store, said(), whole.subarray(0, 30 * KIB), {}, whole.length);
    const fresh = await store.freshen(part!, said({ status: 203 }));
    deepEqual(fresh!.content.ranges, [{ first: 0, last: 30 * KIB - 1 }]);
    await put(store, said(), whole.subarray(30 * KIB), { first: 30 * KIB, onto: fresh }, whole.length);
    await same((await store.find(said().key))[0]!, whole);
  });

  check("one variant is freshened or removed, the others stay", async ({ store }) => {
    const variant = (accept: string): Said => said({ selecting: [["accept", accept]] });
    for (const accept of ["a", "b", "c"]) await put(store, variant(accept), contentOf(1, 100));
    const found = await store.find(said().key);
    const [a, b] = ["a", "b"].map((accept) => found.find(({ selecting }) => selecting[0]![1] === accept));
    await store.freshen(a!, { ...variant("a"), status: 203 });
    await store.remove(b!);
    const now = await store.find(said().key);
    deepEqual(now.map(({ status, selecting }) => `${selecting[0]![1]} ${status}`).sort(), ["a 203", "c 200"]);
  });

  check("what is gone is not freshened, and removed again without harm", async ({ store }) => {
    const removed = await put(store, said(), contentOf(1, 100));
    await store.remove(removed!);
    await store.remove(removed!);
    equal(await store.freshen(removed!, said()), undefined);
    deepEqual(await store.find(said().key), []);
    equal((await store.state()).responses, 0);

    const replaced = await put(store, said(), contentOf(1, 100));
    await put(store, said({ status: 203 }), contentOf(2, 200));
    equal(await store.freshen(replaced!, said()), undefined);
    await store.remove(replaced!);
    const [found] = await store.find(said().key);
    equal(found!.status, 203);
    await same(found!, contentOf(2, 200));
  });
}

function purging(check: Check): void {
  const ONES: Record<string, Partial<Said>> = {
    one: { key: "http://a.example/one", tags: ["x", "y"] },
    gzip: { key: "http://a.example/one", selecting: [["accept-encoding", "gzip"]] },
    dark: { key: "http://a.example/one dark", tags: ["x"] },
    query: { key: "http://a.example/one?two" },
    port: { key: "http://a.example:8080/one/two", groups: ["x"] },
    tls: { key: "https://a.example/other", tags: ["y"], groups: ["g"] },
    other: { key: "http://b.example/one", groups: ["g", "y"] },
    longer: { key: "http://a.example.org/%_[*]?", tags: ["X"] },
    group: { key: "http://a.example/%5F", groups: ["g", "g2"] },
  };
  const everything = Object.keys(ONES).join(" ");
  const CASES: [which: Selection, names: string][] = [
    [{ by: "everything" }, everything],
    [{ by: "url", url: "http://a.example/one" }, "one gzip dark"],
    [{ by: "url", url: "http://a.example/one dark" }, "dark"],
    [{ by: "url", url: "http://a.example/on" }, ""],
    [{ by: "url", url: "http://a.example/one?two" }, "query"],
    [{ by: "prefix", prefix: "http://a.example/" }, "one gzip dark query group"],
    [{ by: "prefix", prefix: "http://a.example" }, "one gzip dark query port longer group"],
    [{ by: "prefix", prefix: "http://a.example/%" }, "group"],
    [{ by: "prefix", prefix: "http://a.example.org/%_[" }, "longer"],
    [{ by: "prefix", prefix: "http" }, everything],
    [{ by: "prefix", prefix: "" }, everything],
    [{ by: "prefix", prefix: "http://c" }, ""],
    [{ by: "host", host: "a.example" }, "one gzip dark query port tls group"],
    [{ by: "host", host: "B.Example" }, "other"],
    [{ by: "host", host: "example" }, ""],
    [{ by: "tag", tag: "x" }, "one dark port"],
    [{ by: "tag", tag: "y" }, "one tls other"],
    [{ by: "tag", tag: "X" }, "longer"],
    [{ by: "tag", tag: "z" }, ""],
    [{ by: "group", group: "g", origin: "http://a.example" }, "group"],
    [{ by: "group", group: "g", origin: "https://a.example" }, "tls"],
    [{ by: "group", group: "g", origin: "http://a.example:8080" }, ""],
    [{ by: "group", group: "x", origin: "http://a.example" }, ""],
  ];

  check("a purge takes what it means, and nothing else", async ({ store }) => {
    for (const [which, names] of CASES) {
      await store.purge({ by: "everything" }, "remove");
      for (const [name, some] of Object.entries(ONES))
        await put(store, said({ lines: name, ...some }), contentOf(1, 30));
      const meant = names.split(" ").filter((name) => name !== "");
      const names_ = (list: readonly Stored[]): string[] => list.map(({ lines }) => lines).sort();
      const why = JSON.stringify(which);

      equal(await store.purge(which, "invalidate"), meant.length, why);
      const marked = (await all(store)).filter(({ isInvalid }) => isInvalid);
      deepEqual(names_(marked), meant.toSorted(), why);
      for (const one of marked) await same(one, contentOf(1, 30));

      equal(await store.purge(which, "remove"), meant.length, why);
      const others = Object.keys(ONES).filter((name) => !meant.includes(name));
      deepEqual(names_(await all(store)), others.sort(), why);
      equal((await store.state()).responses, others.length, why);
      equal(await store.purge(which, "remove"), 0, why);
    }
  });

  check("what is marked as invalid can be made good again", async ({ store }) => {
    await put(store, said(), contentOf(1, 100));
    equal(await store.purge({ by: "url", url: said().key }, "invalidate"), 1);
    const [marked] = await store.find(said().key);
    equal(marked!.isInvalid, true);
    await store.freshen(marked!, said({ status: 203 }));
    equal((await store.find(said().key))[0]!.isInvalid, false);
    await store.purge({ by: "everything" }, "invalidate");
    await put(store, said(), contentOf(2, 100));
    equal((await store.find(said().key))[0]!.isInvalid, false);
  });

  check("large content goes, too", async ({ store }) => {
    for (let i = 0; i < 5; i++) await put(store, said({ key: `http://localhost/${i}` }), contentOf(i, 500 * KIB));
    equal(await store.purge({ by: "host", host: "localhost" }, "remove"), 5);
    deepEqual(await all(store), []);
  });
}

function bounds(check: Check): void {
  check(
    "more than an object may have is not taken, what was taken can be read",
    async ({ store }) => {
      const content = contentOf(1, 60_000);
      const filling = store.open(said())!;
      let at = 0;
      while (at < content.length && (await filling.write(content.subarray(at, at + 7000)))) at += 7000;
      ok(at <= 49_000 && at >= 42_000, `${at}`);
      ok(filling.size >= at && filling.size <= 50_000);
      equal(await filling.write(content.subarray(0, 7000)), false);
      ok((await readOn(filling, 0)).equals(content.subarray(0, filling.size)));
      filling.abort();
      deepEqual(await store.find(said().key), []);

      // As much as that is taken.
      await put(store, said(), content.subarray(0, 50_000));
      await same((await store.find(said().key))[0]!, content.subarray(0, 50_000));
    },
    { maxObject: 50_000 },
  );

  check(
    "what is announced to be too much is not begun",
    async ({ store }) => {
      equal(store.open(said(), { size: 50_001 }), undefined);
      ok(store.open(said(), { size: 50_000 }) !== undefined);
    },
    { maxObject: 50_000 },
  );

  check(
    "the budget holds, and what has to go goes",
    async ({ store }) => {
      if ((await store.state()).budget === undefined) return;
      const random = new Random(7);
      for (let i = 0; i < 400; i++) {
        const size = [100, 3000, 20 * KIB, 100 * KIB][random.below(4)]!;
        await put(store, said({ key: `http://localhost/${i % 300}`, tags: [`${i} ${size}`] }), contentOf(i, size));
        const { used, budget } = await store.state();
        ok(used! <= budget!, `${used} of ${budget} after ${i}`);
        if (i % 10 > 0) continue;
        for (const found of await store.find(`http://localhost/${random.below(300)}`)) {
          const [seed, length] = found.tags[0]!.split(" ").map(Number);
          await same(found, contentOf(seed!, length!));
        }
      }
      const { used, budget, evictions, responses } = await store.state();
      ok(evictions > 50 && responses > 5 && used! > budget! / 4, JSON.stringify({ used, evictions, responses }));
      equal((await all(store)).length, responses);
    },
    { budget: 2 * MIB },
  );

  check(
    "what is on its way counts, and what is larger than everything does not harm",
    async ({ store }) => {
      if ((await store.state()).budget === undefined) return;
      const under = Array.from({ length: 40 }, (_, i) => store.open(said({ key: `http://localhost/${i}` })));
      let refused = 0;
      for (const [i, filling] of under.entries()) {
        for (const piece of torn(contentOf(i, 100 * KIB), 2)) {
          if (filling === undefined || (await filling.write(piece)) === false) {
            refused++;
            break;
          }
        }
        const { used, budget } = await store.state();
        ok(used! <= budget!, `${used} of ${budget}`);
      }
      ok(refused >= 15, `${refused}`);
      for (const filling of under) filling?.abort();

      const filling = store.open(said());
      let taken = 0;
      while (taken < 10 * MIB && (await filling?.write(new Uint8Array(64 * KIB)))) taken += 64 * KIB;
      ok(taken <= 2 * MIB, `${taken}`);
      filling?.abort();
      await put(store, said(), contentOf(1, 1000));
      equal((await store.find(said().key)).length, 1);
    },
    { budget: 2 * MIB },
  );
}

function endings(check: Check): void {
  check("after the end there is nothing, and nothing fails", async ({ store }) => {
    const stored = await put(store, said(), contentOf(1, 100));
    const large = await put(store, said({ key: "http://localhost/large" }), contentOf(2, MIB));
    const fillings = [store.open(said())!, store.open(said())!];
    for (const filling of fillings) await pour(filling, contentOf(3, 100 * KIB));
    await Promise.all([store.close(), store.close()]);
    deepEqual(await store.find(said().key), []);
    equal(store.open(said()), undefined);
    equal(await store.freshen(stored!, said()), undefined);
    await store.remove(large!);
    equal(await store.purge({ by: "everything" }, "remove"), 0);
    deepEqual(await all(store), []);
    await store.state();
    equal(await fillings[0]!.end(), undefined);
    equal(await fillings[1]!.write(contentOf(4, 100 * KIB)), false);
    fillings[1]!.abort();
    await store.close();
  });

  check("what outlives us is there again", async (setting) => {
    if (setting.reopen === undefined) return;
    let { store } = setting;
    const whole = contentOf(1, 100 * KIB);
    const variant = said({
      selecting: [["accept", "a"]],
      reason: "Well",
      tags: ["t"],
      groups: ["g"],
      isAuthorized: true,
    });
    await put(store, said(), contentOf(2, 100));
    await put(store, variant, contentOf(3, MIB));
    await put(store, said({ key: "http://localhost/part" }), whole.subarray(10), { first: 10 }, whole.length);
    await put(store, said({ key: "http://localhost/marked", tags: ["m"] }), contentOf(4, 0));
    await put(store, said({ key: "http://localhost/gone" }), contentOf(5, MIB));
    await store.remove((await store.find("http://localhost/gone"))[0]!);
    equal(await store.purge({ by: "tag", tag: "m" }, "invalidate"), 1);
    const uses: (number | undefined)[] = [];
    for (let round = 0; round < 2; round++) {
      store = await setting.reopen();
      const [one, other] = (await store.find(said().key)).toSorted((a, b) => a.selecting.length - b.selecting.length);
      deepEqual(saidOf(one!), said());
      deepEqual(saidOf(other!), variant);
      await same(one!, contentOf(2, 100));
      await same(other!, contentOf(3, MIB));
      await same((await store.find("http://localhost/part"))[0]!, whole, { first: 10, last: whole.length - 1 });
      equal((await store.find("http://localhost/marked"))[0]!.isInvalid, true);
      deepEqual(await store.find("http://localhost/gone"), []);
      const { responses, used } = await store.state();
      equal(responses, 4);
      uses.push(used);
    }
    equal(uses[1], uses[0]);
    // And it goes on as before.
    const [part] = await store.find("http://localhost/part");
    await put(store, said({ key: part!.key }), whole.subarray(0, 10), { onto: part }, whole.length);
    await same((await store.find(part!.key))[0]!, whole);
    equal(await store.purge({ by: "group", group: "g", origin: "http://localhost" }, "remove"), 1);
    equal((await all(store)).length, 3);
  });
}

/** Whatever is done, in whatever order: it is as with a simple map. */
function histories(check: Check): void {
  const SIZE = fc.constantFrom(0, 1, 100, 5000, 20 * KIB, 70 * KIB);
  const OP = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant("put" as const), fc.nat(3), fc.nat(2), SIZE) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("give up" as const), fc.nat(3), fc.nat(2), SIZE) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("freshen" as const), fc.nat(3), fc.nat(2), SIZE) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("remove" as const), fc.nat(3), fc.nat(2), SIZE) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("purge" as const), fc.nat(3), fc.nat(2), SIZE) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("invalidate" as const), fc.nat(3), fc.nat(2), SIZE) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("reopen" as const), fc.nat(3), fc.nat(2), SIZE) },
  );

  check("in any history it is as with a simple map", async (setting) => {
    let store = setting.store;
    await fc.assert(
      fc.asyncProperty(fc.array(OP, { maxLength: 30 }), async (history) => {
        await store.purge({ by: "everything" }, "remove");
        const model = new Map<string, { said: Said; content: Buffer }>();
        const held: { stored: Stored; said: Said; content: Buffer }[] = [];
        for (const [i, [op, k, v, size]] of history.entries()) {
          const key = `http://localhost/${k}`;
          const id = `${k} ${v}`;
          const what = said({ key, selecting: [["accept", `${v}`]], responseTime: i, tags: [`tag ${v}`] });
          const mine = model.get(id);
          const find = async (): Promise<Stored | undefined> =>
            (await store.find(key)).find(({ selecting }) => selecting[0]![1] === `${v}`);
          if (op === "put") {
            const content = contentOf(i, size);
            const stored = await put(store, what, content);
            model.set(id, { said: what, content });
            if (setting.isForgetful !== true) held.push({ stored: stored!, said: what, content });
          } else if (op === "give up") {
            const filling = store.open(what)!;
            await pour(filling, contentOf(i, size));
            filling.abort();
          } else if (op === "freshen" && mine !== undefined) {
            await store.freshen((await find())!, what);
            model.set(id, { ...mine, said: what });
          } else if (op === "remove" && mine !== undefined) {
            await store.remove((await find())!);
            model.delete(id);
          } else if (op === "purge") {
            const meant = [...model].filter(([, { said }]) => said.tags.includes(`tag ${v}`));
            equal(await store.purge({ by: "tag", tag: `tag ${v}` }, "remove"), meant.length);
            for (const [one] of meant) model.delete(one);
          } else if (op === "invalidate") {
            const meant = [...model].filter(([, { said }]) => said.key === key);
            equal(await store.purge({ by: "url", url: key }, "invalidate"), meant.length);
            for (const [one, its] of meant) model.set(one, { ...its, said: { ...its.said, isInvalid: true } });
          } else if (op === "reopen" && setting.reopen !== undefined) {
            store = await setting.reopen();
            // A store that is closed owes nobody anything.
            held.length = 0;
          }
          const expected = model.get(id);
          const found = await find();
          equal(found === undefined, expected === undefined);
          if (found !== undefined) {
            deepEqual(saidOf(found), expected!.said);
            await same(found, expected!.content);
          }
        }
        const listed = await all(store);
        deepEqual(listed.map(wordsOf).sort(), [...model.values()].map(({ said }) => wordsOf(said)).sort());
        equal((await store.state()).responses, model.size);
        for (const { stored, said, content } of held) {
          deepEqual(saidOf(stored), said);
          await same(stored, content);
        }
      }),
      { numRuns: 25 },
    );
  });
}

/** What a cache may remember of a response; all of it may be said otherwise. */
export const said = (some: Partial<Said> = {}): Said => ({
  key: "http://localhost/",
  status: 200,
  reason: undefined,
  lines: "Content-Type: text/plain\r\n",
  requestTime: Date.UTC(1994, 10, 6),
  responseTime: Date.UTC(1994, 10, 6) + 20,
  selecting: [],
  tags: [],
  groups: [],
  isInvalid: false,
  isAuthorized: false,
  ...some,
});

/** What is said of a stored response, in a form that can be compared. */
export const saidOf = (one: Stored): Said =>
  Object.fromEntries(Object.keys(said()).map((name) => [name, one[name as keyof Said]])) as unknown as Said;

const wordsOf = (one: Said): string => `${one.key} ${one.selecting[0]?.[1]} ${one.responseTime} ${one.isInvalid}`;

/** Bytes that look like noise, the same for the same seed. */
export function contentOf(seed: number, length: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let x = (seed + 1) * 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return Buffer.from(words.buffer, 0, length);
}

/** In pieces of a byte to 64 KiB, as the network brings them: each in the same memory as the one before. */
export function* torn(content: Uint8Array, seed: number): Generator<Uint8Array> {
  const random = new Random(seed);
  const lent = new Uint8Array(64 * KIB);
  for (let at = 0; at < content.length; ) {
    const piece = content.subarray(at, at + 1 + random.below(2 ** (4 + random.below(13))));
    lent.fill(0xee);
    lent.set(piece);
    yield lent.subarray(0, piece.length);
    at += piece.length;
  }
}

/** All of it is taken. */
export async function pour(filling: Filling, content: Uint8Array): Promise<void> {
  for (const piece of torn(content, content.length)) equal(await filling.write(piece), true);
}

/** Stores content whole, or a part of it. */
export async function put(
  store: Store,
  what: Said,
  content: Uint8Array,
  place: Place = {},
  length?: number,
): Promise<Stored | undefined> {
  const filling = store.open(what, place);
  ok(filling !== undefined, "it is not wanted");
  await pour(filling, content);
  const stored = await filling.end(length);
  ok(stored !== undefined, "it was not kept");
  return stored;
}

/** The bytes of a range, all of it where none is named, are these. */
export async function same(stored: Stored, whole: Uint8Array, range?: ByteRange): Promise<void> {
  const { first, last } = range ?? { first: 0, last: whole.length - 1 };
  if (range === undefined) equal(stored.content.length, whole.length);
  if (last < first) return;
  const content = stored.content.read(first, last);
  equal(content.length ?? last - first + 1, last - first + 1);
  ok((await bytesOf(content)).equals(whole.subarray(first, last + 1)), `bytes ${first} to ${last} are others`);
}

/** All that is to be read; what was read is given back each time. */
export async function bytesOf(content: Uint8Array | Body): Promise<Buffer> {
  if (content instanceof Uint8Array) return Buffer.from(content);
  const pieces: Buffer[] = [];
  for (let piece = await content.read(); piece !== undefined; piece = await content.read()) {
    pieces.push(Buffer.from(piece));
    content.recycle?.();
  }
  equal(await content.read(), undefined);
  return Buffer.concat(pieces);
}

/** What a filling has taken, from there on. */
export async function readOn(filling: Filling, from: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = from; at < filling.size; at += pieces.at(-1)!.length) {
    pieces.push(Buffer.from(await filling.read(at)));
    ok(pieces.at(-1)!.length > 0);
  }
  return Buffer.concat(pieces);
}

export async function all(store: Store): Promise<Stored[]> {
  const list: Stored[] = [];
  for await (const stored of store.list()) list.push(stored);
  return list;
}

/** Bytes at the beginning and the end, and some in between. */
const within = (size: number): [first: number, last: number][] => [
  [0, 0],
  [size - 1, size - 1],
  [Math.floor(size / 3), Math.floor(size / 2)],
  [Math.min(1, size - 1), size - 1],
];

/** Where there are ones; undefined where there are no others. */
function rangesOf(here: Uint8Array): ByteRange[] | undefined {
  const ranges: { first: number; last: number }[] = [];
  for (const [i, is] of here.entries()) {
    if (is === 0) continue;
    if (i > 0 && here[i - 1] === 1) ranges.at(-1)!.last = i;
    else ranges.push({ first: i, last: i });
  }
  return ranges.length === 1 && ranges[0]!.last - ranges[0]!.first + 1 === here.length ? undefined : ranges;
}

const next = (chance: Iterator<number>): number => chance.next().value;

/** Fails where the check does, but not where what is asked for cannot be had. */
async function unlessForgotten({ isForgetful }: Setting, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (isForgetful !== true || (error as Error).name === "AssertionError") throw error;
  }
}
