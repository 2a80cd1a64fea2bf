import { deepEqual, equal, throws } from "node:assert/strict";
import { describe, test } from "node:test";
import { ordersOf, type PurgeFlags } from "../../src/commands/purge.ts";
import { administered, keep } from "../handlers/administered.ts";
import { openedFor, printed } from "./admin-door.ts";
import { Maitred, maitred } from "./maitred.ts";

const ORDERS: [what: string[], flags: Omit<PurgeFlags, "admin">, orders: unknown[]][] = [
  [["http://a/menu"], {}, [{ url: "http://a/menu" }]],
  [["http://a/img/*", "https://b/"], {}, [{ prefix: "http://a/img/" }, { url: "https://b/" }]],
  [["http://a/menu?a=*"], {}, [{ prefix: "http://a/menu?a=" }]],
  [[], { url: ["http://a/*"] }, [{ url: "http://a/*" }]],
  [[], { prefix: ["http://a/"], hostName: ["b", "c"] }, [{ prefix: "http://a/" }, { host: "b" }, { host: "c" }]],
  [[], { tag: ["menu"], soft: true }, [{ tag: "menu", soft: true }]],
  [[], { all: true }, [{ everything: true }]],
];

for (const [what, flags, orders] of ORDERS) {
  test(`${JSON.stringify(what)} ${JSON.stringify(flags)}`, () => deepEqual(ordersOf(what, flags), orders));
}

const REFUSED: [what: string[], message: string][] = [
  [[], "Cannot purge: it does not say what (a URL, a URL with * behind it, --tag, --host-name or --all)"],
  [["menu"], 'Cannot purge "menu": it is not an http or https URL (--tag, --host-name and --all need none)'],
  [["http://*"], 'Cannot purge "http://*": it is not an http or https URL (--tag, --host-name and --all need none)'],
];

for (const [what, message] of REFUSED) {
  test(message, () => throws(() => ordersOf(what, {}), { name: "Refusal", message }));
}

describe("as a program", { concurrency: 2 }, () => {
  test("it purges all that is said, and says how many that were", async () => {
    const cache = administered();
    for (const key of ["http://a/1", "http://a/2", "http://b/"]) await keep(cache.store, key);
    const admin = printed(await openedFor(cache));
    const { code, stdout, stderr } = await maitred("purge", "http://a/*", "--host-name", "b", "--admin", admin).ended;
    deepEqual([code, stdout, stderr], [0, '{"purged":3}\n', ""]);
    equal(cache.store.state().responses, 0);
  });

  test("people read it in words", async () => {
    const cache = administered();
    await keep(cache.store, "http://a/1");
    const admin = printed(await openedFor(cache));
    const words = ["purge", "http://a/1", "--soft", "--admin", admin];
    equal((await new Maitred(words, { terminal: true }).ended).stdout, "1 answer to be asked about\r\n");
  });

  test("where nobody listens it is one line, and exit code 2", async () => {
    const { code, stdout, stderr } = await maitred("purge", "--all", "--admin", "127.0.0.1:1").ended;
    deepEqual([code, stdout], [2, ""]);
    equal(
      stderr,
      "Cannot ask the cache at 127.0.0.1:1: nobody listens there (maitred proxy --cache --admin does; --admin says where)\n",
    );
  });
});
