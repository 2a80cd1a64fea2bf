/**
 * What befalls a shared store: it is not there, goes, hangs, is full, does not let us in, or holds what is damaged. Requests go
 * on. And a cluster of three, which takes two seconds to come together: it does so while the others are tested.
 */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import type { Selection, Stored } from "../../src/cache/store.ts";
import type { Body } from "../../src/http/message.ts";
import { all, contentOf, KIB, MIB, put, said, same } from "./contract.ts";
import { freePort, needsRedis, PROGRAM, RedisServer } from "./redis-server.ts";
import { house, until } from "./shared-house.ts";

const KEY = said().key;

const servers: RedisServer[] = [];
/** Over which they speak with one another. */
const ports: number[] = [];
let cluster: Promise<void> | undefined;
before(async () => {
  if (PROGRAM === undefined) return;
  for (let i = 0; i < 3; i++) {
    ports.push(await freePort());
    servers.push(await RedisServer.start("--cluster-enabled", "yes", "--cluster-port", `${ports[i]}`));
  }
  cluster = joined();
  // Whoever needs it hears of it.
  cluster.catch(() => {});
});
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

async function joined(): Promise<void> {
  const slots = [0, 5461, 10923, 16384];
  for (const [i, server] of servers.entries()) {
    await server.ask("cluster", "addslotsrange", slots[i]!, slots[i + 1]! - 1);
    await server.ask("cluster", "set-config-epoch", i + 1);
    await servers[0]!.ask("cluster", "meet", "127.0.0.1", server.port, ports[i]!);
  }
  for (const server of servers) {
    const knowsAll = async (): Promise<boolean> =>
      `${await server.ask("cluster", "nodes")}`.split(" connected").length === 4;
    await until(knowsAll, "all know one another");
    await until(async () => `${await server.ask("cluster", "info")}`.includes("cluster_state:ok"), "a cluster");
  }
}

test("a server that is not there is warned of once, and nothing fails", async () => {
  await using all = house();
  const port = await freePort();
  const began = realClock.now();
  const store = await all.open({ url: `redis://me:secret@127.0.0.1:${port}` });
  ok(realClock.now() - began < 4000);
  deepEqual(await store.find(KEY), []);
  equal(store.open(said()), undefined);
  equal(await store.purge({ by: "everything" }, "remove"), 0);
  for await (const _ of store.list()) throw new Error("there is something");
  match((await store.state()).trouble!, /ECONNREFUSED/);
  deepEqual(all.lines, [
    `Cannot use the shared store redis://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}; going on without it`,
  ]);
});

test("a server that takes the connection and says nothing is not waited for", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  try {
    await using all = house();
    const url = `redis://127.0.0.1:${(silent.address() as { port: number }).port}`;
    const store = await all.open({ url, startWithin: 30 });
    deepEqual(await store.find(KEY), []);
    deepEqual(all.lines, [`Cannot use the shared store ${url}: it does not answer; going on without it`]);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

describe("a server", needsRedis, () => {
  test("that comes late is used from then on, and others may have done anything before", async () => {
    await using server = await RedisServer.start();
    await server.kill();
    await using all = house();
    const store = await all.open({ url: server.url });
    let gaps = 0;
    store.onGap(() => void gaps++);
    await server.run();
    await until(async () => (await store.state()).trouble === undefined && gaps > 0);
    await put(store, said(), contentOf(1, 100));
    equal((await store.find(KEY)).length, 1);
    equal(all.lines.length, 2);
    match(all.lines[1]!, /^The shared store .* works again$/);
  });

  for (const isSaved of [true, false]) {
    test(`that is killed and comes back ${isSaved ? "with" : "without"} its data`, async () => {
      await using server = await RedisServer.start();
      await using all = house();
      const store = await all.open({ url: server.url });
      let gaps = 0;
      store.onGap(() => void gaps++);
      await put(store, said(), contentOf(1, 100 * KIB));
      const [held] = await store.find(KEY);
      const filling = store.open(said({ key: `${KEY}late` }))!;
      filling.write(contentOf(2, 100 * KIB));
      if (isSaved) await server.ask("save");

      await server.kill();
      const begun = store.find(KEY);
      equal(await filling.end(), undefined);
      deepEqual(await begun, []);
      await rejects(async () => (held!.content.read(0, 100 * KIB - 1) as Body).read(), /does not answer/);
      await until(async () => (await store.state()).trouble !== undefined);
      equal(store.find(KEY) instanceof Promise, false, "who knows that it is gone does not wait");
      equal(store.open(said()), undefined);

      await server.run();
      await until(async () => (await store.state()).trouble === undefined && gaps > 0);
      const found = await store.find(KEY);
      equal(found.length, isSaved ? 1 : 0);
      if (isSaved) await same(found[0]!, contentOf(1, 100 * KIB));
      await put(store, said(), contentOf(3, 100));
      equal(all.lines.length, 2);
      match(all.lines[0]!, /^Cannot use the shared store redis:\/\/127\.0\.0\.1:\d+: .*; going on without it$/);
    });
  }

  test("that was away when something was to be purged has nothing until that is done", async () => {
    await using server = await RedisServer.start();
    await using house_ = house();
    const store = await house_.open({ url: server.url });
    for (const path of ["a", "b", "c"]) await put(store, said({ key: KEY + path, tags: [path] }), contentOf(1, 100));
    const [c] = await store.find(`${KEY}c`);
    await server.ask("save");
    await server.kill();
    await until(async () => (await store.state()).trouble !== undefined);
    equal(await store.purge({ by: "tag", tag: "a" }, "remove"), 0);
    equal(await store.purge({ by: "url", url: `${KEY}b` }, "invalidate"), 0);
    await store.remove(c!);
    await server.run();
    const other = await house_.open({ url: server.url });
    await until(async () => (await store.find(`${KEY}b`)).length > 0);
    for (const one of [store, other]) {
      const left = await all(one);
      deepEqual(
        left.map(({ key, isInvalid }) => [key, isInvalid]),
        [[`${KEY}b`, true]],
      );
    }
  });

  test("that hangs is waited for no longer than was said, then left alone, then used again", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    await put(await all.open({ url: server.url }), said(), contentOf(1, MIB));
    const store = await all.open({ url: server.url, findWithin: 30, within: 60 });
    let large: Stored | undefined;
    await until(async () => ([large] = await store.find(KEY)).length > 0);
    server.signal("SIGSTOP");
    try {
      for (let i = 0; i < 3; i++) {
        const began = realClock.now();
        deepEqual(await store.find(KEY), []);
        const took = realClock.now() - began;
        ok(took > 25 && took < 1000, `${took}`);
      }
      equal(store.find(KEY) instanceof Promise, false);
      equal(store.open(said()), undefined);
      await rejects(async () => (large!.content.read(0, MIB - 1) as Body).read(), /does not answer/);
      match((await store.state()).trouble!, /^it did not answer within \d+ ms$/);
    } finally {
      server.signal("SIGCONT");
    }
    await server.ask("ping");
    all.skip(1000);
    await until(async () => (await store.find(KEY)).length === 1);
    equal(all.lines.length, 2);
  });

  test("that cuts us off is asked over a new connection", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    const store = await all.open({ url: server.url });
    await put(store, said(), contentOf(1, 100));
    await server.ask("client", "kill", "type", "normal", "skipme", "yes");
    await until(async () => (await store.find(KEY)).length === 1);
  });

  test("that cuts off who listens only makes a gap", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    const [store, other] = [await all.open({ url: server.url }), await all.open({ url: server.url })];
    const heard: string[] = [];
    store.onGap(() => void heard.push("gap"));
    store.onChange((key) => void heard.push(key));
    await server.ask("client", "kill", "type", "pubsub");
    await until(() => heard.length > 0);
    await put(other, said(), contentOf(1, 100));
    await until(() => heard.length > 1);
    deepEqual(heard, ["gap", KEY]);
    deepEqual(all.lines, []);
  });

  test("that does not let us in is warned of once, and used as soon as it does", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    await server.ask("ping");
    await server.ask("config", "set", "requirepass", "right");
    const url = `redis://:wrong@127.0.0.1:${server.port}`;
    const store = await all.open({ url });
    deepEqual(await store.find(KEY), []);
    equal(all.lines.length, 1);
    match(all.lines[0]!, /^Cannot use the shared store redis:\/\/127\.0\.0\.1:\d+: WRONGPASS .*; going on without it$/);
    await server.ask("config", "set", "requirepass", "wrong");
    await until(async () => (await store.state()).trouble === undefined);
    await put(store, said(), contentOf(1, 100));
    equal(all.lines.length, 2);
    const right = await all.open({ url: `redis://default:wrong@127.0.0.1:${server.port}` });
    equal((await right.find(KEY)).length, 1);
  });

  test("that is full and evicts nothing wants nothing, but is read and purged", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    const store = await all.open({ url: server.url });
    for (const key of ["a", "b", "c"]) await put(store, said({ key: KEY + key }), contentOf(1, 100));
    await server.ask("config", "set", "maxmemory", 1);
    for (const size of [100, 100 * KIB]) {
      const filling = store.open(said())!;
      filling.write(contentOf(1, size));
      equal(await filling.end(), undefined);
      equal(store.open(said()), undefined);
      all.skip(5000);
    }
    const [a] = await store.find(`${KEY}a`);
    equal(await store.freshen(a!, said({ key: `${KEY}a` })), undefined);
    await store.remove(a!);
    deepEqual(await store.find(`${KEY}a`), []);
    equal(await store.purge({ by: "url", url: `${KEY}b` }, "remove"), 1);
    // There is no room for a mark: then it goes.
    equal(await store.purge({ by: "everything" }, "invalidate"), 1);
    deepEqual(await store.find(`${KEY}c`), []);
    match((await store.state()).trouble!, /^OOM /);
    equal((await store.state()).budget, 1);

    await server.ask("config", "set", "maxmemory", 0);
    all.skip(5000);
    await put(store, said(), contentOf(1, 100));
    equal((await store.state()).trouble, undefined);
    equal(all.lines.length, 2);
    match(all.lines[0]!, /^Cannot write to the shared store .*: OOM .*; what it has is still used$/);
  });

  test("that evicts loses no purge by tag", async () => {
    await using server = await RedisServer.start();
    await using house_ = house();
    const store = await house_.open({ url: server.url });
    await server.ask("config", "set", "maxmemory-policy", "allkeys-random");
    const used = /used_memory:(\d+)/.exec((await server.ask("info", "memory")) as string)![1];
    await server.ask("config", "set", "maxmemory", Number(used) + 3 * MIB);
    for (let i = 0; i < 200; i++) {
      const filling = store.open(said({ key: `${KEY}${i}`, tags: ["t", `t${i}`] }));
      filling?.write(contentOf(i, i % 2 === 0 ? 10 * KIB : 40 * KIB));
      await filling?.end();
    }
    const { evictions, used: full, budget } = await store.state();
    ok(evictions > 0 && full! <= budget! * 1.1, `${evictions} ${full} ${budget}`);
    // As if the set had been evicted, too; perhaps it has been.
    await server.ask("config", "set", "maxmemory", 0);
    await server.ask("del", "maitred:tag:t");
    const left = await all(store);
    ok(left.length > 5 && left.length < 200, `${left.length}`);
    for (const one of left) {
      const i = Number(one.key.slice(KEY.length));
      await same(one, contentOf(i, i % 2 === 0 ? 10 * KIB : 40 * KIB));
    }
    equal(await store.purge({ by: "tag", tag: "t" }, "invalidate"), left.length);
    ok((await all(store)).every(({ isInvalid }) => isInvalid));
    // It is remembered for longer than the server counts.
    await server.ask("config", "resetstat");
    await server.ask("del", "maitred:tag:t");
    equal(await store.purge({ by: "tag", tag: "t" }, "remove"), left.length);
  });

  test("that holds what is damaged has nothing there, and is rid of it", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    const store = await all.open({ url: server.url });
    const hash = `maitred:{${KEY}}`;
    const damages: [what: string, damage: () => Promise<unknown>][] = [
      ["a string", async () => server.ask("set", hash, "nonsense")],
      ["a list", async () => server.ask("lpush", hash, "nonsense")],
      ["other fields", async () => server.ask("hset", hash, "nonsense", "nonsense", "", "")],
      ["pieces without end", async () => server.ask("hset", hash, "[]", `m1v${"0".repeat(24)}99999999999`)],
      ["pieces in words", async () => server.ask("hset", hash, "[]", `m1v${"0".repeat(24)}9e9-0000001`)],
      [
        "an entry of another key",
        async () => {
          await put(store, said({ key: `${KEY}other` }), contentOf(1, 100));
          return server.ask("rename", `maitred:{${KEY}other}`, hash);
        },
      ],
      [
        "an entry without its content",
        async () => {
          await put(store, said(), contentOf(1, 100 * KIB));
          const [piece] = (await server.ask("keys", `${hash}:*`)) as string[];
          return server.ask("del", piece!);
        },
      ],
    ];
    for (const [what, damage] of damages) {
      await server.ask("flushall");
      await damage();
      deepEqual(await store.find(KEY), [], what);
      await until(async () => (await server.ask("exists", hash)) === 0, what);
      await put(store, said(), contentOf(1, 100));
      equal((await store.find(KEY)).length, 1, what);
    }
    // Content of the wrong length breaks off, rather than being mixed with something else.
    await put(store, said(), contentOf(1, 100 * KIB));
    const [piece] = (await server.ask("keys", `${hash}:*`)) as string[];
    await server.ask("set", piece!, "short");
    const [found] = await store.find(KEY);
    await rejects(async () => (found!.content.read(0, 100 * KIB - 1) as Body).read(), /does not have it any more/);
    deepEqual(all.lines, []);
  });

  test("that has forgotten our scripts learns them again", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    const store = await all.open({ url: server.url });
    await put(store, said(), contentOf(1, 100));
    await server.ask("script", "flush");
    equal((await store.find(KEY)).length, 1);
    await server.ask("script", "flush");
    equal(await store.purge({ by: "everything" }, "remove"), 1);
  });

  test("with databases keeps them apart", async () => {
    await using server = await RedisServer.start();
    await using all = house();
    const [one, other] = [
      await all.open({ url: `${server.url}/1` }),
      await all.open({ url: `unix://${server.path}?db=2` }),
    ];
    await put(one, said(), contentOf(1, 100));
    deepEqual(await other.find(KEY), []);
    equal((await other.state()).responses, 0);
    equal((await one.state()).responses, 1);
  });
});

describe("a cluster", needsRedis, () => {
  const url = (): string => `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  before(() => cluster);

  test("spreads what is stored over all its servers, and passes on what is said", async () => {
    await using house_ = house();
    // One server that is known leads to the others.
    const [one, other] = [await house_.open({ url: url() }), await house_.open({ url: url().replace(/,.*/, "") })];
    const heard: string[] = [];
    other.onChange((key) => void heard.push(key));
    other.onPurge(({ by }) => void heard.push(by));
    const keys = Array.from({ length: 30 }, (_, i) => `http://localhost/${i}`);
    for (const [i, key] of keys.entries()) await put(one, said({ key, tags: ["t"] }), contentOf(i, i * 1000));
    for (const server of servers) ok(((await server.ask("dbsize")) as number) > 0);
    for (const [i, key] of keys.entries()) await same((await other.find(key))[0]!, contentOf(i, i * 1000));
    equal((await all(other)).length, 30);
    equal((await other.state()).responses, 30);
    equal(await one.purge({ by: "tag", tag: "t" }, "remove"), 30);
    await until(() => heard.length === 31);
    // From several servers, they come in any order.
    deepEqual(heard.sort(), [...keys, "tag"].sort());
    deepEqual(house_.lines, []);
  });

  test("keeps together what belongs together, and finds what is to be purged", async () => {
    await using house_ = house();
    const store = await house_.open({ url: url() });
    const whole = contentOf(1, 300 * KIB);
    for (let i = 0; i < 6; i++) {
      const key = `http://localhost/{${i}}} dark`;
      const its = { key, tags: ["t"], groups: ["g"] };
      const part = await put(store, said(its), whole.subarray(0, 5), {}, whole.length);
      const more = await put(
        store,
        said(its),
        whole.subarray(100 * KIB),
        { first: 100 * KIB, onto: part },
        whole.length,
      );
      const fresh = await store.freshen(more!, said({ ...its, status: 203 }));
      await put(store, said(its), whole.subarray(5, 100 * KIB), { first: 5, onto: fresh }, whole.length);
      await same((await store.find(key))[0]!, whole);
    }
    const purges: [which: Selection, count: number][] = [
      [{ by: "url", url: "http://localhost/{1}}" }, 1],
      [{ by: "tag", tag: "t" }, 6],
      [{ by: "group", group: "g", origin: "http://localhost" }, 6],
      [{ by: "group", group: "g", origin: "http://a" }, 0],
      [{ by: "prefix", prefix: "http://localhost/{2" }, 1],
      [{ by: "host", host: "localhost" }, 6],
      [{ by: "everything" }, 6],
    ];
    for (const [which, count] of purges) equal(await store.purge(which, "invalidate"), count, JSON.stringify(which));
    for (const { isInvalid } of await all(store)) equal(isInvalid, true);
    equal(await store.purge({ by: "url", url: "http://localhost/{3}}" }, "remove"), 1);
    equal(await store.purge({ by: "everything" }, "remove"), 5);
    equal((await all(store)).length, 0);
  });

  test("of which one is gone fails nobody", async () => {
    await using house_ = house();
    const store = await house_.open({ url: url(), findWithin: 100 });
    const keys = Array.from({ length: 12 }, (_, i) => `http://localhost/${i}`);
    for (const key of keys) await put(store, said({ key }), contentOf(1, 100));
    await servers[1]!.kill();
    const found = await Promise.all(keys.map(async (key) => (await store.find(key)).length));
    ok(found.includes(0));
    store.open(said())?.abort();
  });
});
