/** A store that several maitreds share, in a real Redis: the contract of all stores, and what they see of one another. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Random } from "../../src/base/random.ts";
import type { Stored } from "../../src/cache/store.ts";
import type { SharedStore } from "../../src/stores/shared-store.ts";
import { all, contentOf, KIB, MIB, put, said, same, storeContract } from "./contract.ts";
import { needsRedis, PROGRAM, RedisServer } from "./redis-server.ts";
import { house, until } from "./shared-house.ts";

let server: RedisServer;
before(async () => {
  if (PROGRAM !== undefined) server = await RedisServer.start();
});
after(() => server?.[Symbol.asyncDispose]());

if (PROGRAM !== undefined) {
  storeContract("shared", async ({ maxObject = 8 * MIB }) => {
    await server.ask("flushall");
    const all = house();
    const open = (): Promise<SharedStore> => all.open({ url: server.url, maxObject });
    return {
      store: await open(),
      // What somebody holds cannot be read when its own store is closed: it stays open until the end.
      reopen: open,
      dispose: async () => {
        await all[Symbol.asyncDispose]();
        deepEqual(all.lines, []);
      },
    };
  });
}

const KEY = said().key;

describe("stores that share a server", needsRedis, () => {
  before(() => server.ask("flushall"));

  test("see what others store, freshen, purge and remove", async () => {
    await using all = house();
    const [one, other] = [await all.open({ url: server.url }), await all.open({ url: `unix://${server.path}` })];
    for (const size of [100, 100 * KIB]) {
      await put(one, said({ tags: ["t"] }), contentOf(1, size));
      const [found] = await other.find(KEY);
      await same(found!, contentOf(1, size));
      await other.freshen(found!, said({ status: 203, tags: ["t"] }));
      const [fresh] = await one.find(KEY);
      equal(fresh!.status, 203);
      await same(fresh!, contentOf(1, size));
      equal(await other.purge({ by: "tag", tag: "t" }, "invalidate"), 1);
      equal((await one.find(KEY))[0]!.isInvalid, true);
      await other.remove((await other.find(KEY))[0]!);
      deepEqual(await one.find(KEY), []);
    }
  });

  test("change only what they have seen", async () => {
    await using all = house();
    const [one, other] = [await all.open({ url: server.url }), await all.open({ url: server.url })];
    await put(one, said(), contentOf(1, 100));
    const [held] = await one.find(KEY);
    const befall: ((stored: Stored) => unknown)[] = [
      (stored) => other.freshen(stored, said({ status: 203 })),
      () => put(other, said({ status: 203 }), contentOf(2, 100)),
      () => other.purge({ by: "everything" }, "invalidate"),
    ];
    for (const fate of befall) {
      await put(one, said(), contentOf(1, 100));
      const [seen] = await one.find(KEY);
      await fate((await other.find(KEY))[0]!);
      equal(await one.freshen(seen!, said({ status: 404 })), undefined);
      await one.remove(seen!);
      equal((await one.find(KEY)).length, 1);
    }
    equal(await one.freshen(held!, said()), undefined);
  });

  test("never see a mixture, whatever goes on at once", async () => {
    await server.ask("flushall");
    await using all = house();
    const stores = await Promise.all([1, 2, 3].map(() => all.open({ url: server.url })));
    const keys = [KEY, `${KEY}other`, `${KEY} dark`];
    let read = 0;
    const live = async (store: SharedStore, seed: number): Promise<void> => {
      const random = new Random(seed);
      for (let i = 0; i < 150; i++) {
        const key = keys[random.below(keys.length)]!;
        const size = [10, 5 * KIB, 20 * KIB, 300 * KIB][random.below(4)]!;
        const [found] = await store.find(key);
        const what = random.below(20);
        if (found === undefined || what < 5) {
          const filling = store.open(said({ key, tags: [`${seed} ${size}`], groups: ["g"] }))!;
          filling.write(contentOf(seed, size));
          await filling.end();
        } else if (what < 16) {
          const [its, length] = found.tags[0]!.split(" ").map(Number);
          await same(found, contentOf(its!, length!));
          read++;
        } else if (what < 18) await store.freshen(found, { ...found, isInvalid: false, responseTime: i });
        else if (what < 19) await store.remove(found);
        else
          await store.purge({ by: "group", group: "g", origin: "http://localhost" }, i % 2 ? "invalidate" : "remove");
      }
    };
    await Promise.all(stores.flatMap((store, i) => [live(store, i), live(store, i + 10)]));
    ok(read > 200, `${read}`);
  });

  test("hear of what others do, and not of what they do themselves", async () => {
    await using all = house();
    const [one, other] = [await all.open({ url: server.url }), await all.open({ url: server.url })];
    const heard: Record<"one" | "other", unknown[]> = { one: [], other: [] };
    for (const [name, store] of [["one", one] as const, ["other", other] as const]) {
      store.onChange((key) => void heard[name].push(key));
      store.onPurge((which, how) => void heard[name].push([which.by, how]));
    }
    const stored = await put(one, said(), contentOf(1, 100));
    await one.remove((await one.freshen(stored!, said()))!);
    await one.purge({ by: "everything" }, "invalidate");
    await one.publishPurge({ by: "url", url: KEY }, "remove");
    await put(other, said({ key: "http://localhost/é dark" }), contentOf(1, 100 * KIB));
    await until(() => heard.one.length === 1 && heard.other.length === 5);
    deepEqual(heard, {
      one: ["http://localhost/é dark"],
      other: [KEY, KEY, KEY, ["everything", "invalidate"], ["url", "remove"]],
    });
  });

  test("are apart where their prefixes are", async () => {
    await using all = house();
    const [one, other] = [
      await all.open({ url: server.url, prefix: "one:" }),
      await all.open({ url: server.url, prefix: "one:two:" }),
    ];
    const heard: string[] = [];
    other.onChange((key) => void heard.push(key));
    await put(one, said({ tags: ["t"] }), contentOf(1, 100));
    deepEqual(await other.find(KEY), []);
    equal(await other.purge({ by: "everything" }, "remove"), 0);
    equal(await other.purge({ by: "tag", tag: "t" }, "remove"), 0);
    equal((await other.state()).responses, 0);
    equal((await one.state()).responses, 1);
    await put(other, said(), contentOf(1, 100));
    deepEqual(heard, []);
    await rejects(all.open({ url: server.url, prefix: "{a}" }), /^TypeError: .* its prefix "{a}" has a brace$/);
    await rejects(all.open({ url: "redis://a:b" }), TypeError);
  });

  test("what was on its way when a store is closed is there", async () => {
    await server.ask("flushall");
    await using all = house();
    const store = await all.open({ url: server.url });
    const fillings = [100, 3 * MIB].map((size) => {
      const filling = store.open(said({ key: `${KEY}${size}` }))!;
      filling.write(contentOf(size, size));
      return filling.end();
    });
    await store.close();
    for (const stored of fillings) ok((await stored) !== undefined);
    const other = await all.open({ url: server.url });
    for (const size of [100, 3 * MIB]) await same((await other.find(`${KEY}${size}`))[0]!, contentOf(size, size));
  });
});

describe("in the server", needsRedis, () => {
  before(() => server.ask("flushall"));

  test("everything ends some day", async () => {
    await using all = house();
    const store = await all.open({ url: server.url, maxAge: 1_000_000, grace: 10_000 });
    const full = { tags: ["t"], groups: ["g"] };
    await put(store, said({ key: `${KEY} dark`, ...full }), contentOf(1, 100 * KIB));
    await put(store, said({ ...full }), contentOf(1, 100));
    const part = await put(store, said({ key: `${KEY}part` }), contentOf(1, 50 * KIB), {}, MIB);
    await put(store, said({ key: `${KEY}part` }), contentOf(1, 50 * KIB), { first: 60 * KIB, onto: part }, MIB);
    const left = async (): Promise<number[]> => {
      const names = (await server.ask("keys", "maitred:*")) as string[];
      return Promise.all(names.map((name) => server.ask("pttl", name) as Promise<number>));
    };
    const names = await left();
    // Three hashes, three contents, the set of siblings, one of the tag, two of the group.
    equal(names.length, 10);
    for (const ms of names) ok(ms > 900_000 && ms <= 1_000_000, `${ms}`);
    await store.purge({ by: "everything" }, "remove");
    for (const ms of await left()) ok((ms > 0 && ms <= 10_000) || ms > 900_000, `${ms}`);
    equal((await left()).filter((ms) => ms <= 10_000).length, 3);
  });

  test("what is freshened lives on, with all its pieces", async () => {
    await server.ask("flushall");
    await using all = house();
    const brief = await all.open({ url: server.url, maxAge: 60_000 });
    const long = await all.open({ url: server.url, maxAge: 1_000_000 });
    await put(brief, said({ key: `${KEY} dark`, tags: ["t"] }), contentOf(1, 100 * KIB));
    const [found] = await long.find(`${KEY} dark`);
    await long.freshen(found!, said({ key: `${KEY} dark`, tags: ["t"] }));
    for (const name of (await server.ask("keys", "*")) as string[]) {
      ok(((await server.ask("pttl", name)) as number) > 900_000, name);
    }
  });

  test("a filling that nobody ends leaves nothing, and content that nobody knows of ends soon", async () => {
    await server.ask("flushall");
    await using all = house();
    const store = await all.open({ url: server.url });
    const filling = store.open(said())!;
    filling.write(contentOf(1, MIB));
    filling.abort();
    const [part] = [await put(store, said(), contentOf(1, 50 * KIB), {}, MIB)];
    const late = store.open(said(), { first: 60 * KIB, onto: part })!;
    late.write(contentOf(1, 50 * KIB));
    await store.remove(part!);
    equal(await late.end(MIB), undefined);
    for (const name of (await server.ask("keys", "*")) as string[]) {
      const left = (await server.ask("pttl", name)) as number;
      ok(left > 0 && left <= 300_000, name);
    }
    equal((await store.state()).responses, 0);
  });

  test("of too many variants the oldest go", async () => {
    await server.ask("flushall");
    await using all = house();
    const store = await all.open({ url: server.url });
    for (let i = 0; i < 65; i++) await put(store, said({ selecting: [["cookie", `${i}`]] }), contentOf(i, 20));
    const left = (await store.find(KEY)).map(({ selecting }) => Number(selecting[0]![1]));
    deepEqual(
      left.sort((a, b) => a - b),
      Array.from({ length: 48 }, (_, i) => i + 17),
    );
  });

  test("a response with a thousand tags is not kept, nor are pieces without end", async () => {
    await server.ask("flushall");
    await using all = house();
    const store = await all.open({ url: server.url });
    const filling = store.open(said({ tags: Array.from({ length: 1000 }, (_, i) => `${i}`) }))!;
    filling.write(contentOf(1, 100));
    equal(await filling.end(), undefined);
    const stored: Stored | undefined = await put(store, said(), contentOf(0, 20 * KIB), {}, 8 * MIB);
    let joined: Stored | undefined = stored;
    let pieces = 1;
    for (; joined !== undefined && pieces < 300; pieces++) {
      const next = store.open(said(), { first: 20 * KIB + pieces * 10, onto: joined })!;
      next.write(Uint8Array.of(pieces));
      joined = (await next.end(8 * MIB)) as Stored | undefined;
    }
    equal(pieces, 257);
    equal((await store.find(KEY))[0]!.content.ranges!.length, 256);
  });

  test("of many responses their number is an estimate", async () => {
    await server.ask("flushall");
    await using all = house();
    const store = await all.open({ url: server.url });
    const fill = (first: number, last: number): Promise<unknown> =>
      server.ask(
        "eval",
        "for i = ARGV[1], ARGV[2] do redis.call('HSET', KEYS[1] .. i .. '}', '[]', 'm1v') end",
        1,
        `maitred:{${KEY}`,
        first,
        last,
      );
    await fill(0, 999);
    equal((await store.state()).responses, 1000);
    await fill(1000, 4999);
    const { responses } = await store.state();
    ok(responses > 4500 && responses < 5500, `${responses}`);
    equal(await store.purge({ by: "prefix", prefix: `${KEY}1` }, "remove"), 1111);
  });

  test("one who keeps many variants of a URI apart purges them together", async () => {
    await server.ask("flushall");
    await using all = house();
    const store = await all.open({ url: server.url });
    await Promise.all(
      Array.from({ length: 600 }, (_, i) => put(store, said({ key: `${KEY} user=${i}` }), contentOf(i, 10))),
    );
    equal(await store.purge({ by: "url", url: KEY }, "invalidate"), 600);
    equal((await store.find(`${KEY} user=7`))[0]!.isInvalid, true);
    // Were the set of them lost, so that a purge would miss them, they would be lost, too.
    await server.ask("del", `maitred:{${KEY}}:keys`);
    deepEqual(await store.find(`${KEY} user=7`), []);
    await put(store, said({ key: `${KEY} user=8` }), contentOf(1, 10));
    equal(await store.purge({ by: "url", url: KEY }, "remove"), 1);
  });

  test("many purges at once are served together", async () => {
    await server.ask("flushall");
    await using house_ = house();
    const store = await house_.open({ url: server.url });
    for (let i = 0; i < 40; i++) await put(store, said({ key: `${KEY}${i}`, tags: [`${i % 4}`] }), contentOf(i, 10));
    await server.ask("set", "maitred:evicted", "1");
    const counts = await Promise.all([
      store.purge({ by: "prefix", prefix: `${KEY}1` }, "invalidate"),
      store.purge({ by: "tag", tag: "0" }, "remove"),
      store.purge({ by: "tag", tag: "1" }, "invalidate"),
      store.purge({ by: "host", host: "localhost" }, "invalidate"),
      store.purge({ by: "prefix", prefix: "http://nowhere/" }, "remove"),
    ]);
    deepEqual(counts.slice(0, 3), [11, 10, 10]);
    // Which of them comes first is a matter of luck.
    ok(counts[3] === 30 || counts[3] === 40);
    equal(counts[4], 0);
    const left = await all(store);
    equal(left.length, 30);
    ok(left.every(({ isInvalid }) => isInvalid));
  });
});
