import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../../src/stores/shared-entry.ts";
import type { SharedLink } from "../../src/stores/shared-link.ts";
import { SharedNames } from "../../src/stores/shared-names.ts";
import { SharedSweeper } from "../../src/stores/shared-sweeper.ts";
import { said } from "./contract.ts";

const KEY = "http://localhost/menu";
const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A server with one response under one key, which somebody freshens after each of the first `freshenings` looks. */
function busy(freshenings: number) {
  const blows: string[] = [];
  let [looks, stamp, isThere] = [0, 0, true];
  const server = (command: string): Promise<unknown> =>
    Promise.resolve(command === "info" ? bytes("evicted_keys:0\r\n") : [bytes("0"), [bytes(KEY), bytes("1")]]);
  const bulk = {
    ask: () => Promise.resolve(0),
    run: (_: unknown, __: unknown, ___: unknown, ____: unknown, _____: unknown, ...chosen: string[]) => {
      blows.push(chosen.length === 0 ? "all" : `the one of ${chosen[1]}`);
      if (!isThere || (chosen.length > 0 && chosen[1] !== `${stamp}`)) return Promise.resolve(0);
      isThere = false;
      return Promise.resolve(1);
    },
  };
  const link = {
    names: new SharedNames("m:"),
    mark: () => "mark",
    servers: () => [server],
    ask: server,
    keysOf: (key: string) => [key],
    grace: 0,
    slowly: (work: (client: typeof bulk) => Promise<unknown>) => work(bulk),
    entriesOf: () => {
      const seen: Entry = {
        said: said({ key: KEY, tags: ["menu"] }),
        stamp: `${stamp}`,
        length: 0,
        spans: [],
        bytes: new Uint8Array(),
      };
      if (looks++ < freshenings) stamp++;
      return Promise.resolve(isThere ? [seen] : []);
    },
  };
  return { sweeper: new SharedSweeper(link as unknown as SharedLink), blows, isThere: () => isThere };
}

const SCENES: [freshenings: number, blows: string[]][] = [
  [0, ["the one of 0"]],
  [1, ["the one of 0", "the one of 1"]],
  [3, ["the one of 0", "the one of 1", "the one of 2", "the one of 3"]],
  [Number.POSITIVE_INFINITY, ["the one of 0", "the one of 1", "the one of 2", "the one of 3", "all"]],
];

for (const [freshenings, expected] of SCENES) {
  test(`a purge by tag misses nothing that is freshened ${freshenings} times before it is struck`, async () => {
    const { sweeper, blows, isThere } = busy(freshenings);
    equal(await sweeper.purge({ by: "tag", tag: "menu" }, "remove"), 1);
    deepEqual([blows, isThere()], [expected, false]);
  });
}
