import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Choice, choose, hash, type Policy, parsePolicy } from "../../src/handlers/balance.ts";
import type { Address } from "../../src/socket/socket.ts";
import { request } from "./exchange.ts";

const CLIENT: Address = { host: "192.0.2.7", port: 50000 };
const GET = request("GET /");

interface Named extends Choice {
  readonly name: string;
  active: number;
}

/** Upstreams a, b, c …, of these weights. */
function named(...weights: number[]): Named[] {
  return weights.map((weight, i) => {
    const name = String.fromCharCode(97 + i);
    return { name, weight, active: 0, seed: hash(name), credit: 0 };
  });
}

const turns = (policy: Policy, choices: readonly Named[], count: number): string =>
  Array.from({ length: count }, () => choose(policy, choices, GET, CLIENT).name).join("");

const READ: [text: string, policy: Policy][] = [
  ["round-robin", "round-robin"],
  ["least-connections", "least-connections"],
  ["hash:path", { hash: "path" }],
  ["hash:client", { hash: "client" }],
  ["hash:header:X-User", { hash: "header", name: "x-user" }],
];

for (const [text, policy] of READ) {
  test(`${text} is a policy`, () => deepEqual(parsePolicy(text), policy));
}

const CHOICES = "it is none of round-robin, least-connections, hash:path, hash:client, hash:header:NAME";

const REFUSED: [text: string, why: string][] = [
  ["", CHOICES],
  ["random", CHOICES],
  ["Round-Robin", CHOICES],
  ["hash", CHOICES],
  ["hash:cookie", CHOICES],
  ["hash:path:x", CHOICES],
  ["hash:header", CHOICES],
  ["hash:header:", '"" is not the name of a header'],
  ["hash:header:X User", '"X User" is not the name of a header'],
];

for (const [text, why] of REFUSED) {
  test(`${JSON.stringify(text)} is no policy: ${why}`, () => {
    throws(() => parsePolicy(text), {
      name: "TypeError",
      message: `Cannot balance by ${JSON.stringify(text)}: ${why}`,
    });
  });
}

const IN_TURN: [weights: number[], order: string][] = [
  [[1], "aaa"],
  [[1, 1, 1], "abcabc"],
  [[5, 1, 1], "aabacaaaabacaa"],
  [[2, 1], "abaaba"],
  [[1, 3], "babbbabb"],
];

for (const [weights, order] of IN_TURN) {
  test(`in turn, weights of ${weights.join(", ")} give ${order}`, () => {
    equal(turns("round-robin", named(...weights), order.length), order);
  });
}

test("in turn, everyone gets exactly their share of each round", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
      const choices = named(...weights);
      const order = turns(
        "round-robin",
        choices,
        weights.reduce((sum, weight) => sum + weight),
      );
      for (const { name, weight, credit } of choices) {
        equal(order.split(name).length - 1, weight);
        equal(credit, 0);
      }
    }),
  );
});

const BUSY: [weights: number[], active: number[], order: string][] = [
  [[1, 1, 1], [2, 0, 1], "bbb"],
  // Of equals each in turn.
  [[1, 1, 1], [1, 0, 0], "bcbc"],
  [[2, 1], [0, 0], "abaaba"],
  // For each unit of weight.
  [[3, 1], [2, 1], "aa"],
  [[3, 1], [3, 1], "aabaaaba"],
  [[1, 3], [1, 4], "aa"],
];

for (const [weights, active, order] of BUSY) {
  test(`with ${active.join(", ")} under way, weights of ${weights.join(", ")} give ${order}`, () => {
    const choices = named(...weights);
    for (const [i, choice] of choices.entries()) choice.active = active[i]!;
    equal(turns("least-connections", choices, order.length), order);
  });
}

test("the least busy share what is under way by their weights", () => {
  const choices = named(4, 2, 1);
  for (let i = 0; i < 70; i++) choose("least-connections", choices, GET, CLIENT).active += 1;
  deepEqual(
    choices.map(({ active }) => active),
    [40, 20, 10],
  );
});

type Asked = [line: string, user: string, remote: Address];

/** Two requests, from two clients, and whether they are one to a hash. */
const SAME: [policy: string, a: Asked, b: Asked, isSame: boolean][] = [
  ["hash:path", ["GET /a?b", "x", CLIENT], ["POST /a?c", "y", { host: "::1", port: 1 }], true],
  ["hash:path", ["GET http://h/a", "x", CLIENT], ["GET /a", "x", CLIENT], true],
  ["hash:path", ["GET http://h", "x", CLIENT], ["GET /", "x", CLIENT], true],
  ["hash:path", ["GET /a", "x", CLIENT], ["GET /b", "x", CLIENT], false],
  ["hash:path", ["OPTIONS *", "x", CLIENT], ["OPTIONS *", "y", CLIENT], true],
  ["hash:path", ["CONNECT h:443", "x", CLIENT], ["CONNECT h:443", "y", CLIENT], true],
  ["hash:client", ["GET /a", "x", CLIENT], ["GET /b", "y", { ...CLIENT, port: 1 }], true],
  ["hash:client", ["GET /a", "x", CLIENT], ["GET /a", "x", { host: "192.0.2.8", port: 50000 }], false],
  ["hash:header:X-User", ["GET /a", "x", CLIENT], ["GET /b", "x", { path: "/run/door" }], true],
  ["hash:header:X-User", ["GET /a", "x", CLIENT], ["GET /a", "y", CLIENT], false],
];

for (const [text, a, b, isSame] of SAME) {
  test(`by ${text}, ${a[0]} and ${b[0]} ${isSame ? "are one" : "are two"}`, () => {
    const policy = parsePolicy(text);
    // With so many to choose from, two different ones meet by chance once in a thousand; these do not.
    const choices = named(...Array.from({ length: 1000 }, () => 1));
    const [one, two] = [a, b].map(([line, user, remote]) =>
      choose(policy, choices, request(line, { "X-User": user }), remote),
    );
    equal(one === two, isSame);
  });
}

const NOTHING_TO_HASH: [policy: string, fields: Record<string, string>, remote: Address][] = [
  ["hash:header:X-User", {}, CLIENT],
  ["hash:header:X-User", { "X-User": "" }, CLIENT],
  ["hash:client", { "X-User": "x" }, { path: "/run/door" }],
];

for (const [text, fields, remote] of NOTHING_TO_HASH) {
  test(`by ${text}, ${JSON.stringify(fields)} from ${JSON.stringify(remote)} goes in turn`, () => {
    const choices = named(1, 1);
    const order = Array.from({ length: 4 }, () => choose(parsePolicy(text), choices, request("GET /", fields), remote));
    equal(order.map(({ name }) => name).join(""), "abab");
  });
}

const byPath = (choices: readonly Named[], i: number): string =>
  choose({ hash: "path" }, choices, request(`GET /page/${i}`), CLIENT).name;

for (const weights of [
  [1, 1, 1],
  [5, 1, 1],
  [1, 2, 3, 4],
  [100, 1],
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
]) {
  test(`over many keys, a hash keeps the weights ${weights.join(", ")} within 3 per cent, or 1 in a thousand of all`, () => {
    const choices = named(...weights);
    const KEYS = 40_000;
    const counts = new Map<string, number>();
    for (let i = 0; i < KEYS; i++) {
      const name = byPath(choices, i);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const total = weights.reduce((sum, weight) => sum + weight);
    for (const { name, weight } of choices) {
      const share = (KEYS * weight) / total;
      const off = Math.abs((counts.get(name) ?? 0) - share);
      ok(off <= Math.max(0.03 * share, KEYS / 1000), `${name} has ${counts.get(name)} keys and not ${share}`);
    }
  });
}

test("by a hash, taking one away moves only its own keys, and the order does not matter", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(weights, fc.nat(), fc.nat(1_000_000), (weights, gone, key) => {
      const choices = named(...weights);
      const { name } = choices[gone % choices.length]!;
      const others = choices.filter((choice) => choice.name !== name).reverse();
      for (let i = key; i < key + 20; i++) {
        const before = byPath(choices, i);
        if (before !== name) equal(byPath(others, i), before);
      }
    }),
  );
});

test("by a hash, a heavier one takes keys from the others and gives none away", () => {
  const before = named(2, 1, 1);
  const after = named(3, 1, 1);
  for (let i = 0; i < 1000; i++) {
    const now = byPath(after, i);
    ok(now === byPath(before, i) || now === "a");
  }
});

test("the hash of a text stays what it is, so that all of several proxies choose alike", () => {
  deepEqual(["", "a", "/menu", "메뉴"].map(hash), [2872998923, 444641715, 3603830783, 3596989942]);
});
