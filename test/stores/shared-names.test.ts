import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Selection } from "../../src/cache/store.ts";
import { SharedNames } from "../../src/stores/shared-names.ts";

const names = new SharedNames("m:");

const KEYS = [
  "http://localhost/",
  "http://localhost/ dark",
  "http://localhost/ dark light",
  "http://localhost/}",
  "http://localhost/{}",
  "http://localhost/} }",
  "http://localhost/} dark}",
  "http://localhost/ ",
  "http://localhost/:keys",
];

test("a name leads back to its key, and no other name does", () => {
  for (const key of KEYS) {
    equal(names.keyOf(names.variants(key)), key);
    equal(names.keyOf(names.content(key, "0123456789abcdef01234567")), undefined);
    equal(names.keyOf(names.siblings(key.split(" ")[0]!)), undefined);
  }
  for (const name of ["m:news", "m:evicted", "m:tag:{a}", "n:{http://localhost/}", "{http://localhost/}", ""]) {
    equal(names.keyOf(name), undefined, name);
  }
  equal(new Set(KEYS.map((key) => names.variants(key))).size, KEYS.length);
});

/** "only the substring between { and } is hashed": between the first, and the first thereafter. */
const slotOf = (name: string): string => /\{([^}]+)\}/.exec(name)?.[1] ?? name;

test("all that belongs to a URI is on the same server of a cluster", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[{}a-c:?*]{0,8}$/),
      fc.option(fc.stringMatching(/^[{} a-c:]{0,8}$/), { nil: undefined }),
      (path, more) => {
        const url = `http://localhost/${path}`;
        const key = more === undefined ? url : `${url} ${more}`;
        const its = [names.variants(key), names.content(key, "id"), names.siblings(url), names.variants(url)];
        deepEqual(new Set(its.map(slotOf)).size, 1);
        equal(names.keyOf(names.variants(key)), key);
      },
    ),
  );
});

/** As Redis reads a pattern. */
function fits(pattern: string, name: string): boolean {
  const letter = (part: string, escaped?: string): string =>
    part === "*" ? ".*" : (escaped ?? part).replace(/\W/, "\\$&");
  return new RegExp(`^${pattern.replace(/\\(.)|\*|[^\\*]/g, letter)}$`, "s").test(name);
}

test("a pattern fits all keys that a purge means", () => {
  const which: [Selection, string[]][] = [
    [{ by: "everything" }, KEYS],
    [{ by: "prefix", prefix: "" }, KEYS],
    [{ by: "prefix", prefix: "http://localhost/ d" }, ["http://localhost/ dark", "http://localhost/ dark light"]],
    [{ by: "prefix", prefix: "http://localhost/ dark l" }, ["http://localhost/ dark light"]],
    [{ by: "prefix", prefix: "http://localhost/{" }, ["http://localhost/{}"]],
    [{ by: "prefix", prefix: "http://localhost/*" }, []],
    [{ by: "host", host: "LocalHost" }, KEYS],
    [{ by: "host", host: "local" }, KEYS],
    [{ by: "host", host: "loc[a]lhost" }, []],
  ];
  for (const [one, keys] of which) {
    const pattern = names.patternOf(one);
    deepEqual(
      KEYS.filter((key) => fits(pattern, names.variants(key))),
      keys,
      pattern,
    );
    ok(!fits(pattern, names.content(KEYS[0]!, "0123456789abcdef01234567")));
  }
});

test("tags and groups are sets; a group also of its origin alone, and also a tag", () => {
  deepEqual(names.setsOf({ key: "http://localhost/a", tags: ["t", "t"], groups: ["g", "t"] }), [
    "m:tag:t",
    "m:tag:g",
    "m:group:http://localhost g",
    "m:group:http://localhost t",
  ]);
  equal(names.setOf({ by: "tag", tag: "g" }), "m:tag:g");
  equal(names.setOf({ by: "group", group: "g", origin: "http://localhost" }), "m:group:http://localhost g");
});
