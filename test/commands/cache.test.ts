import { deepEqual, equal, match } from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { wholeLines } from "../../src/commands/cache.ts";
import { admin as adminDoor } from "../../src/handlers/admin.ts";
import { kernel } from "../../src/socket/kernel.ts";
import { type Server, serve } from "../../src/web/server.ts";
import { administered, keep } from "../handlers/administered.ts";
import { openedFor, printed } from "./admin-door.ts";
import { Maitred, maitred } from "./maitred.ts";

async function* of(...pieces: string[]): AsyncGenerator<string> {
  yield* pieces;
}

const PIECES: [pieces: string[], lines: string[][]][] = [
  [[], []],
  [["a\nb\n"], [["a", "b"]]],
  [
    ["a", "b\nc", "\nd\n"],
    [["ab"], ["c", "d"]],
  ],
  [["a"], []],
  [["\n"], [[""]]],
];

for (const [pieces, lines] of PIECES) {
  test(`the lines of ${JSON.stringify(pieces)}`, async () => {
    const found: (readonly string[])[] = [];
    for await (const some of wholeLines(of(...pieces))) found.push(some);
    deepEqual(found, lines);
  });
}

describe("as a program", { concurrency: 2 }, () => {
  let server: Server;
  let admin: string;

  before(async () => {
    const cache = administered();
    await keep(cache.store, "http://a/1", { selecting: [["accept-language", undefined]] });
    await keep(cache.store, "http://b/1");
    cache.counters.hits = 3;
    server = await serve(kernel, { host: "127.0.0.1", port: 0 }, adminDoor(cache));
    admin = printed(server.address);
  });
  after(() => server.close());

  test("stat is JSON for programs", async () => {
    const { code, stdout } = await maitred("cache", "stat", "--admin", admin).ended;
    equal(code, 0);
    deepEqual([JSON.parse(stdout).counters.hits, JSON.parse(stdout).stores[0].responses], [3, 2]);
  });

  test("and words for people, unless they want JSON", async () => {
    const words = ["cache", "stat", "--admin", admin];
    match((await new Maitred(words, { terminal: true }).ended).stdout, /^Answers\r\n {2}from the cache {11}100 %\r\n/);
    match((await new Maitred([...words, "--json"], { terminal: true }).ended).stdout, /^\{"name":"maitred"/);
  });

  test("ls is a line of JSON for each, of those that begin so", async () => {
    const { stdout } = await maitred("cache", "ls", "--admin", admin).ended;
    const keys = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).key);
    deepEqual(keys.sort(), ["http://a/1", "http://b/1"]);
    const some = await maitred("cache", "ls", "http://b/", "--admin", admin).ended;
    deepEqual(some.stdout.split("\n").length, 2);
    equal((await maitred("cache", "ls", "http://c/", "--admin", admin).ended).stdout, "");
  });

  test("people read lines", async () => {
    const { stdout } = await new Maitred(["cache", "ls", "http://a/", "--admin", admin], { terminal: true }).ended;
    match(stdout, /^stale for [\d.]+ d +[\d.]+ d old +5 B {2}200 {2}http:\/\/a\/1 \(no accept-language\)\r\n$/);
  });

  test("who reads no further ends it", async () => {
    const large = administered();
    for (let i = 0; i < 20_000; i++) await keep(large.store, `http://a/${i}`);
    const at = printed(await openedFor(large));
    await using run = maitred("cache", "ls", "--admin", at);
    await run.lines(1);
    run.child.stdout!.destroy();
    if (run.child.exitCode === null) await once(run.child, "exit");
    deepEqual([run.child.exitCode, run.stderr], [0, ""]);
  });

  test("another word is refused, and no word is answered with what there is", async () => {
    const { code, stderr } = await maitred("cache", "sat").ended;
    deepEqual([code, stderr], [2, 'Cannot understand the command: there is no "cache sat" (did you mean "stat"?)\n']);
    match((await maitred("cache").ended).stdout, /ls \[options\] \[prefix\]/);
  });
});
