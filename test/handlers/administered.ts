/** A cache to be watched and steered, with something in it: a real store, and a stand-in for what decides. */

import { utf8 } from "../../src/base/bytes.ts";
import { type CacheCounters, newCounters } from "../../src/cache/counters.ts";
import type { Explanation } from "../../src/cache/explanation.ts";
import { CacheKeys, type KeyRules, PLAIN_KEY } from "../../src/cache/key.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Said } from "../../src/cache/said.ts";
import type { Store } from "../../src/cache/store.ts";
import type { Administered } from "../../src/handlers/admin.ts";

/** When what is kept came. */
export const CAME = Date.UTC(2000, 9, 10);

/** Keeps a 200 under this key. */
export async function keep(store: Store, key: string, said: Partial<Said> = {}, content = "hello"): Promise<void> {
  const filling = store.open({
    key,
    status: 200,
    lines: "Cache-Control: max-age=60\r\n",
    requestTime: CAME,
    responseTime: CAME,
    selecting: [],
    tags: [],
    groups: [],
    isInvalid: false,
    isAuthorized: false,
    ...said,
  });
  await filling?.write(utf8(content));
  await filling?.end();
}

export interface TestCache extends Administered {
  readonly counters: CacheCounters;
  readonly store: MemoryStore;
  /** What was asked to be explained. */
  readonly asked: Parameters<Administered["explain"]>[0][];
}

export function administered(rules: Partial<KeyRules> = {}): TestCache {
  const keys = new CacheKeys({ ...PLAIN_KEY, ...rules });
  const store = new MemoryStore();
  const asked: TestCache["asked"] = [];
  const explain = async (request: TestCache["asked"][number]): Promise<Explanation> => {
    asked.push(request);
    const key = keys.of(request, false);
    return { key, account: { hit: false, fwd: "uri-miss", because: [] }, words: "a miss", stored: [] };
  };
  return { counters: newCounters(), store, asked, explain, purge: async (which, how) => store.purge(which, how) };
}
