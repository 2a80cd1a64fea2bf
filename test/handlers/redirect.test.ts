import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRedirect, redirects } from "../../src/handlers/redirect.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Answer } from "../../src/web/handler.ts";
import { exchange, request, textOf } from "./exchange.ts";

const HERE: Answer = { status: 200, fields: new Fields() };

function ask(rules: readonly string[], target: string, method = "GET"): Answer {
  return redirects(() => HERE, rules.map(parseRedirect))(request(`${method} ${target}`), exchange()) as Answer;
}

const CASES: [rules: string, target: string, location: string | undefined][] = [
  ["/a=/b", "/a", "/b"],
  ["/a=/b", "/a/", undefined],
  ["/a=/b", "/a/c", undefined],
  ["/a=/b", "/A", undefined],
  ["/a/=/b", "/a/", "/b"],
  ["/a/=/b", "/a", undefined],
  ["/=/b", "/", "/b"],
  ["/a=/", "/a", "/"],
  // However it is spelt.
  ["/a/b=/c", "/a/./x/..//b", "/c"],
  ["/a/b=/c", "/%61/b", "/c"],
  ["/a/b=/c", "/a%2Fb", undefined],
  ["/%61=/b", "/a", "/b"],
  ["/a=/b", "http://example.org/a", "/b"],
  // The query goes along, behind the rule's own, before the fragment.
  ["/a=/b", "/a?x=%20&y", "/b?x=%20&y"],
  ["/a=/b?z", "/a?x", "/b?z&x"],
  ["/a=/b?z", "/a?", "/b?z"],
  ["/a=/b#end", "/a?x", "/b?x#end"],
  // An "=" in the destination is its own.
  ["/a=/b?c=d", "/a", "/b?c=d"],
  ["/a%3Db=/c", "/a=b", "/c"],
  // All in a folder.
  ["/old/*=/new/*", "/old/a/b", "/new/a/b"],
  ["/old/*=/new/*", "/old/a/b/", "/new/a/b/"],
  ["/old/*=/new/*", "/old/", "/new/"],
  ["/old/*=/new/*", "/old", undefined],
  ["/old/*=/new/*", "/older/a", undefined],
  ["/old/*=/new/*", "/old/a%20b%3Fc%23d", "/new/a%20b%3Fc%23d"],
  ["/old/*=/new/*", "/old/a?b", "/new/a?b"],
  ["/old/*=/new/*?c", "/old/a?b", "/new/a?c&b"],
  ["/old/*=/gone", "/old/a/b", "/gone"],
  ["/a/*=/*", "/a/b", "/b"],
  // Another host.
  ["/a=https://b.example", "/a", "https://b.example/"],
  ["/a=https://b.example:8080/c", "/a", "https://b.example:8080/c"],
  ["/*=https://b.example/*", "/a/b?c", "https://b.example/a/b?c"],
  // Names of all the world.
  ["/menu=/메뉴", "/menu", "/%EB%A9%94%EB%89%B4"],
  ["/메뉴/*=/menu/*", "/%EB%A9%94%EB%89%B4/%EC%96%B4", "/menu/%EC%96%B4"],
  // The first that fits.
  ["/a/b=/c /a/*=/d/*", "/a/b", "/c"],
  ["/a/*=/d/* /a/b=/c", "/a/b", "/d/b"],
  ["/a/a/*=/c /a/*=/*", "/a/a/a", "/c"],
  // No way out of the house.
  ["/old/*=/*", "/old//evil.example", "/evil.example"],
  ["/old/*=/*", "/old/%2F/evil.example", undefined],
  ["/old/*=/*", "/old/.//evil.example/", "/evil.example/"],
  ["/old/*=/*", "/old/%2e%2e//evil.example", undefined],
  ["/old/*=/new/*", "/old/../../evil.example", undefined],
  ["/*=https://b.example/*", "//evil.example", "https://b.example/evil.example"],
  ["/*=https://b.example/*", "/@evil.example", "https://b.example/%40evil.example"],
];

for (const [rules, target, location] of CASES) {
  test(`${rules}: ${target} ${location === undefined ? "stays" : `is at ${location}`}`, () => {
    const answer = ask(rules.split(" "), target);
    equal(answer.fields.get("location"), location);
    equal(answer.status, location === undefined ? 200 : 302);
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`${status} can be asked for`, () => {
    equal(ask([`/a=/b:${status}`], "/a").status, status);
    equal(ask([`/a=/b:${status}`], "/a").fields.get("location"), "/b");
  });
}

test("a port that looks like a status is told from one by a slash", () => {
  equal(parseRedirect("/a=http://b.example:301/").to, "http://b.example:301/");
  deepEqual(
    [parseRedirect("/a=http://b.example:443:301").to, parseRedirect("/a=http://b.example:443").status],
    ["http://b.example:443/", 302],
  );
});

test("every method is sent on", () => {
  for (const method of ["HEAD", "POST", "DELETE"]) equal(ask(["/a=/b:308"], "/a", method).status, 308);
});

for (const line of [
  "OPTIONS *",
  "CONNECT a:443",
  "GET /%ff",
  "GET /%zz",
  "GET /a\\b",
  "GET /%5c/evil.example",
  "GET /%00",
  "GET /a%2Fb",
]) {
  test(`${line} names no path, and is the handler's to answer`, () => {
    const [method, target = ""] = line.split(" ");
    equal(ask(["/*=https://b.example/*"], target, method), HERE);
  });
}

test("the page says where it is, and means what it says", async () => {
  equal(await textOf(ask(["/a=/b"], "/a")), "302 Found: It is at /b\n");
});

const REFUSED: [rule: string, why: string][] = [
  ["/a", 'it is not written "/from=/to"'],
  ["", 'it is not written "/from=/to"'],
  ["a=/b", '"a" is not a path'],
  ["=/b", '"" is not a path'],
  ["/a?b=/c", '"/a?b" is not a path'],
  ["/%zz=/c", '"/%zz" is not a path'],
  ["/a\\b=/c", '"/a\\b" is not a path'],
  ["/a=", '"" is neither a path nor an http URL'],
  ["/a=b", '"b" is neither a path nor an http URL'],
  ["/a=//evil.example", '"//evil.example" is neither a path nor an http URL'],
  ["/a=/\\evil.example", '"/\\evil.example" is neither a path nor an http URL'],
  ["/a=/b/..//evil.example", '"/b/..//evil.example" is neither a path nor an http URL'],
  ["/a=javascript:alert(1)", '"javascript:alert(1)" is neither a path nor an http URL'],
  ["/a=https://", '"https://" is neither a path nor an http URL'],
  ["/a=https://me@b.example/", '"https://me@b.example/" is neither a path nor an http URL'],
  ["/a=/b:404", "404 is no status of a redirect"],
  ["/a*=/b", 'a "*" may stand at the end only, after a slash'],
  ["/*/a=/b", 'a "*" may stand at the end only, after a slash'],
  ["/a/*=/b*", 'a "*" may stand at the end only, after a slash'],
  ["/a/*=/*/b", 'a "*" may stand at the end only, after a slash'],
  ["/a=/b/*", 'there is no "*" before the "="'],
  ["/a=/a", "it leads round in a circle"],
  ["/a=/%61?b#c", "it leads round in a circle"],
  ["/a/*=/a/*", "it leads round in a circle"],
  ["/a/*=/a/b/*", "it leads round in a circle"],
  ["/*=/closed.html", "it leads round in a circle"],
];

for (const [rule, why] of REFUSED) {
  test(`${JSON.stringify(rule)} is refused: ${why}`, () => {
    throws(() => parseRedirect(rule), {
      name: "TypeError",
      message: `Cannot redirect by ${JSON.stringify(rule)}: ${why}`,
    });
  });
}

test("rules that together lead round in a circle are refused", () => {
  for (const rules of [
    ["/a=/b", "/b=/a"],
    ["/a/*=/b/*", "/b/*=/c/*", "/c/*=/a/*"],
    ["/b/y=/a/y", "/a/*=/b/*"],
  ]) {
    throws(() => redirects(() => HERE, rules.map(parseRedirect)), /leads round in a circle$/);
  }
});

test("a long way is no circle", () => {
  const rules = Array.from({ length: 10 }, (_, i) => `/${i}=/${i + 1}`);
  equal(ask(rules, "/0").fields.get("location"), "/1");
  equal(ask(["/z=/a/a/a/a/a/x", "/a/*=/*"], "/z").fields.get("location"), "/a/a/a/a/a/x");
});

test("whatever follows the prefix, one stays on the rule's host and in its folder", () => {
  const piece = fc.oneof(
    fc.constantFrom("/", "//", ".", "..", "%2e", "%2F", "@", ":", "evil.example", ";", "%23", "%3f"),
    fc.webSegment(),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.constantFrom("", "/new", "https://b.example", "https://b.example/new"),
      (pieces, to) => {
        const location = ask([`/old/*=${to}/*`], `/old/${pieces.join("")}`).fields.get("location");
        if (location === undefined) return;
        const expected = new URL(`${to}/`, "http://here.example");
        const url = new URL(location, "http://here.example/old/");
        equal(url.origin, expected.origin);
        equal(url.pathname.startsWith(expected.pathname), true);
      },
    ),
  );
});
