import { deepEqual, doesNotMatch, throws } from "node:assert/strict";
import { test } from "node:test";
import { parseSharedUrl, type Whereabouts } from "../../src/stores/shared-url.ts";

const LOCAL = { host: "localhost", port: 6379 };

const READABLE: [url: string, some: Partial<Whereabouts>][] = [
  ["redis://localhost", { nodes: [LOCAL] }],
  ["redis://localhost/", { nodes: [LOCAL] }],
  ["REDIS://localhost:7000/3", { nodes: [{ host: "localhost", port: 7000 }], db: 3 }],
  ["redis://127.0.0.1:1", { nodes: [{ host: "127.0.0.1", port: 1 }] }],
  ["redis://[::1]:7000", { nodes: [{ host: "::1", port: 7000 }] }],
  ["redis://[::1]", { nodes: [{ host: "::1", port: 6379 }] }],
  ["valkey://localhost", { nodes: [LOCAL] }],
  ["rediss://localhost", { nodes: [LOCAL], isTls: true }],
  ["valkeys://localhost", { nodes: [LOCAL], isTls: true }],
  ["redis://me@localhost", { nodes: [LOCAL], username: "me", name: "redis://localhost" }],
  ["redis://:pass@localhost", { nodes: [LOCAL], password: "pass", name: "redis://localhost" }],
  [
    "redis://me:p%40ss%2F@localhost/1",
    { nodes: [LOCAL], username: "me", password: "p@ss/", db: 1, name: "redis://localhost/1" },
  ],
  ["redis+cluster://localhost", { nodes: [LOCAL], isCluster: true }],
  [
    "redis+cluster://:pass@localhost,[::1]:7001,c:7002",
    {
      nodes: [LOCAL, { host: "::1", port: 7001 }, { host: "c", port: 7002 }],
      isCluster: true,
      password: "pass",
      name: "redis+cluster://localhost,[::1]:7001,c:7002",
    },
  ],
  ["rediss+cluster://localhost", { nodes: [LOCAL], isCluster: true, isTls: true }],
  ["unix:///run/redis.sock", { path: "/run/redis.sock" }],
  ["unix:///run/my%20redis.sock?db=2", { path: "/run/my redis.sock", db: 2 }],
  [
    "unix://me:pass@/run/redis.sock",
    { path: "/run/redis.sock", username: "me", password: "pass", name: "unix:///run/redis.sock" },
  ],
];

test("a URL says where a store is", () => {
  for (const [url, some] of READABLE) {
    const nothing = { path: undefined, username: undefined, password: undefined };
    deepEqual(
      parseSharedUrl(url),
      { name: url, isCluster: false, isTls: false, nodes: [], db: 0, ...nothing, ...some },
      url,
    );
  }
});

const UNREADABLE: [url: string, why: RegExp][] = [
  ["", /it is not like redis:\/\/host:6379$/],
  ["localhost:6379", /it is not like/],
  ["http://localhost", /it is not like/],
  ["redis:localhost", /it is not like/],
  ["redis://", /"" is not a host$/],
  ["redis://:6379", /":6379" is not a host$/],
  ["redis://a b", /"a b" is not a host$/],
  ["redis://::1", /"::1" is not a host$/],
  ["redis://localhost:", /"localhost:" is not a host$/],
  ["redis://localhost:0", /0 is not a port$/],
  ["redis://localhost:65536", /65536 is not a port$/],
  ["redis://localhost:http", /is not a host$/],
  ["redis://localhost/one", /its database "one" is not a number$/],
  ["redis://localhost/1/2", /its database "1\/2" is not a number$/],
  ["redis://localhost/-1", /its database "-1" is not a number$/],
  ["redis://localhost?db=1", /its database belongs behind a slash$/],
  ["redis://localhost?timeout=1", /it is not like/],
  ["redis://localhost#1", /it is not like/],
  ["redis://a,b", /only a redis\+cluster:\/\/ has several hosts$/],
  ["redis+cluster://a,", /"" is not a host$/],
  ["redis+cluster://a/1", /a cluster has no databases$/],
  ["unix://", /it is not like unix:\/\/\/run\/redis.sock$/],
  ["unix:///", /it is not like unix:\/\/\/run\/redis.sock$/],
  ["unix://run/redis.sock", /it is not like unix:\/\/\/run\/redis.sock$/],
  ["redis://me:%zz@localhost", /its percent-encoding is broken$/],
];

test("what is no such URL is refused in one line", () => {
  for (const [url, why] of UNREADABLE) {
    throws(
      () => parseSharedUrl(url),
      (error: Error) => error instanceof TypeError && why.test(error.message) && !error.message.includes("\n"),
      url,
    );
  }
});

test("a refusal does not tell the password", () => {
  for (const url of [
    "redis://me:secret@localhost/x",
    "redis://me:secret@",
    "redis://me:sec@ret@secret",
    "x://a:secret@b",
  ]) {
    try {
      parseSharedUrl(url);
    } catch (error) {
      doesNotMatch((error as Error).message, /me:|secret@/, url);
      continue;
    }
    throw new Error(`${url} was taken`);
  }
});
