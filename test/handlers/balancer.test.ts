import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import { Balancer, type BalancerOptions, type Member } from "../../src/handlers/balancer.ts";
import { parseUpstream } from "../../src/handlers/upstream.ts";
import type { Address } from "../../src/socket/socket.ts";
import { request } from "./exchange.ts";

const CLIENT: Address = { host: "192.0.2.7", port: 50000 };

/** Upstreams a, b, c … in virtual time, and what is said of them. */
function house(upstreams: string, options: BalancerOptions = {}) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const complain = (line: string): void => void lines.push(line);
  const balancer = new Balancer(upstreams.split(" ").map(parseUpstream), { clock, complain, ...options });
  const nameOf = (member: Member | undefined): string => member?.upstream.text.split(/[:,]/)[0] ?? "-";
  const pick = (tried: readonly Member[] = [], target = "/"): Member | undefined =>
    balancer.pick(request(`GET ${target}`), CLIENT, tried);
  return {
    balancer,
    clock,
    lines,
    members: balancer.members,
    pick,
    /** Who is asked, one after the other. */
    order: (count: number) => Array.from({ length: count }, () => nameOf(pick())).join(""),
    names: (members: readonly (Member | undefined)[]) => members.map(nameOf).join(""),
    /** One request to each, all with the same end. */
    ask(member: Member, ...verdicts: (boolean | undefined)[]) {
      for (const verdict of verdicts) {
        member.begin();
        member.end(verdict);
      }
    },
  };
}

test("requests go in turn, by weight", () => {
  equal(house("a:80 b:80 c:80").order(6), "abcabc");
  equal(house("a:80,weight=5 b:80 c:80").order(7), "aabacaa");
});

test("requests go to the least busy", () => {
  const { members, order } = house("a:80 b:80 c:80", { policy: "least-connections" });
  members[0]!.begin();
  members[2]!.begin();
  equal(order(2), "bb");
  members[1]!.begin();
  members[1]!.begin();
  equal(order(4), "acac");
  members[1]!.end(true);
  members[1]!.end(undefined);
  equal(order(2), "bb");
});

test("a header's name may be written as one likes", () => {
  const { balancer } = house("a:80 b:80", { policy: { hash: "header", name: "X-User" } });
  const to = () => balancer.pick(request("GET /", { "x-user": "x" }), CLIENT);
  equal(to(), to());
});

test("nobody is picked who was tried already, and in the end nobody", () => {
  for (const policy of ["round-robin", "least-connections", { hash: "path" }] as const) {
    const { pick, names } = house("a:80 b:80 c:80", { policy });
    const tried: Member[] = [];
    for (let member = pick(tried); member !== undefined; member = pick(tried)) tried.push(member);
    deepEqual([...names(tried)].sort(), ["a", "b", "c"]);
  }
});

test("who is alone is picked whatever happens, once", () => {
  const { members, pick, ask, lines } = house("a:80");
  const [alone] = members;
  ask(alone!, false, false, false, false);
  equal(pick(), alone);
  equal(pick([alone!]), undefined);
  deepEqual(lines, []);
  alone!.setHealth(false);
  equal(pick(), alone);
  equal(pick([alone!]), undefined);
  deepEqual(lines, ["a:80 is out: its health check fails"]);
});

test("three failures in a row eject; an answer in between, or a client that left, does not", () => {
  const { members, order, ask, lines } = house("a:80 b:80");
  const [a] = members;
  ask(a!, false, false, true, false, undefined, false);
  equal(order(4), "abab");
  ask(a!, false);
  equal(order(4), "bbbb");
  deepEqual(lines, ["a:80 is out for 10 s: it failed 3 times in a row"]);
});

const SAID: [upstream: string, options: BalancerOptions, line: string][] = [
  ["localhost:3001", { maxFails: 1 }, "localhost:3001 is out for 10 s: it failed"],
  ["http://[::1]:81/base/", { maxFails: 2 }, "[::1]:81/base is out for 10 s: it failed 2 times in a row"],
  ["unix:/run/app.sock", { ejection: 1500 }, "/run/app.sock is out for 1.5 s: it failed 3 times in a row"],
];

for (const [upstream, options, line] of SAID) {
  test(`"${line}", it says`, () => {
    const { members, ask, lines } = house(`${upstream} b:80`, options);
    ask(members[0]!, false, false, false);
    deepEqual(lines, [line]);
  });
}

test("no number of failures ejects where that is asked for", () => {
  const { members, order, ask } = house("a:80 b:80", { maxFails: Infinity });
  ask(members[0]!, ...Array.from({ length: 100 }, () => false));
  equal(order(2), "ab");
});

test("who was ejected comes back by one trial request, and the others wait for how that ends", async () => {
  const { members, order, pick, ask, clock, lines } = house("a:80 b:80 c:80");
  const [a] = members;
  ask(a!, false, false, false);
  await clock.advance(9_999);
  equal(order(4), "bcbc");
  await clock.advance(1);
  const trial = pick()!;
  equal(trial, a);
  trial.begin();
  equal(order(4), "bcbc");
  trial.end(true);
  // From the beginning, not in many turns at once.
  equal(order(6), "abcabc");
  deepEqual(lines, ["a:80 is out for 10 s: it failed 3 times in a row", "a:80 is back"]);
});

test("each trial that fails doubles the time, up to 5 minutes; one that does not begins anew", async () => {
  const { members, order, ask, clock, lines } = house("a:80 b:80");
  const [a] = members;
  ask(a!, false, false, false);
  for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
    await clock.advance(seconds * 1000 - 1);
    equal(order(2), "bb");
    await clock.advance(1);
    equal(order(2), "ab");
    ask(a!, false);
  }
  equal(lines.length, 1);
  await clock.advance(300_000);
  ask(a!, true);
  ask(a!, false, false, false);
  await clock.advance(10_000);
  equal(order(2), "ab");
  deepEqual(lines, [
    "a:80 is out for 10 s: it failed 3 times in a row",
    "a:80 is back",
    "a:80 is out for 10 s: it failed 3 times in a row",
  ]);
});

test("a first time longer than 5 minutes stays as long, and is not doubled", async () => {
  const { members, order, ask, clock } = house("a:80 b:80", { ejection: 600_000 });
  ask(members[0]!, false, false, false);
  await clock.advance(600_000);
  ask(members[0]!, false);
  await clock.advance(599_999);
  equal(order(2), "bb");
  await clock.advance(1);
  equal(order(2), "ab");
});

test("a trial whose client leaves makes room for another one", async () => {
  const { members, order, ask, clock } = house("a:80 b:80");
  const [a] = members;
  ask(a!, false, false, false);
  await clock.advance(10_000);
  ask(a!, undefined);
  equal(order(2), "ab");
  a!.begin();
  equal(order(2), "bb");
});

test("a trial that does not end is not the last one", async () => {
  const { members, order, ask, clock } = house("a:80 b:80");
  const [a] = members;
  ask(a!, false, false, false);
  await clock.advance(10_000);
  a!.begin();
  await clock.advance(9_999);
  equal(order(2), "bb");
  await clock.advance(1);
  equal(order(2), "ab");
  ask(a!, true);
  equal(order(2), "ab");
  equal(a!.active, 1);
});

test("requests that began before the ejection and fail during it do not prolong it", async () => {
  const { members, order, ask, clock } = house("a:80 b:80");
  const [a] = members;
  for (let i = 0; i < 50; i++) a!.begin();
  ask(a!, false, false, false);
  for (let i = 0; i < 50; i++) a!.end(false);
  equal(a!.active, 0);
  await clock.advance(10_000);
  equal(order(2), "ab");
});

test("an answer brings an ejected one back before its time", () => {
  const { members, order, ask, lines } = house("a:80 b:80");
  const [a] = members;
  a!.begin();
  ask(a!, false, false, false);
  a!.end(true);
  equal(order(2), "ab");
  equal(lines.at(-1), "a:80 is back");
});

test("who is ill is passed over until it is well, and then is no longer ejected either", async () => {
  const { members, order, ask, clock, lines } = house("a:80 b:80");
  const [a] = members;
  equal(a!.isUp, true);
  a!.setHealth(false, "its health check answered 503");
  equal(a!.isUp, false);
  equal(order(2), "bb");
  ask(a!, false, false, false, false);
  await clock.advance(60_000);
  // An answer to somebody says nothing about the health check.
  ask(a!, true);
  equal(order(2), "bb");
  ask(a!, false, false, false);
  a!.setHealth(true);
  equal(order(4), "abab");
  a!.setHealth(true);
  deepEqual(lines, ["a:80 is out: its health check answered 503", "a:80 is back"]);
});

test("one line when it is lost and one when it is back, though it is lost for two reasons", async () => {
  const { members, ask, lines } = house("a:80 b:80");
  ask(members[0]!, false, false, false);
  members[0]!.setHealth(false);
  members[0]!.setHealth(true);
  deepEqual(lines, ["a:80 is out for 10 s: it failed 3 times in a row", "a:80 is back"]);
});

test("where nobody is left, the ejected go in turn, before the ill", () => {
  const { members, order, ask, pick, names } = house("a:80 b:80 c:80");
  members[0]!.setHealth(false);
  ask(members[1]!, false, false, false);
  equal(order(2), "cc");
  ask(members[2]!, false, false, false);
  equal(order(4), "bcbc");
  members[1]!.setHealth(false);
  members[2]!.setHealth(false);
  deepEqual([...order(3)].sort(), ["a", "b", "c"]);
  equal(names([pick([members[0]!, members[2]!])]), "b");
});

test("who fails while nobody is left is not kept out the longer for it", async () => {
  const { members, order, ask, clock } = house("a:80 b:80");
  for (const member of members) ask(member, false, false, false);
  for (let i = 0; i < 20; i++) ask(members[i % 2]!, false);
  await clock.advance(9_999);
  ask(members[1]!, true);
  equal(order(2), "bb");
  await clock.advance(1);
  equal(order(2), "ab");
});

test("who is tried again goes to somebody else who stands, then to whoever is left", () => {
  const { members, ask, pick } = house("a:80 b:80 c:80");
  const [a, b, c] = members;
  ask(a!, false, false, false);
  equal(pick([b!]), c);
  equal(pick([b!, c!]), a);
  equal(pick([a!, b!, c!]), undefined);
});

test("by a hash, an ejected one's keys go to others, theirs stay, and all come back", async () => {
  const { members, ask, pick, clock } = house("a:80 b:80 c:80", { policy: { hash: "path" } });
  const paths = Array.from({ length: 200 }, (_, i) => `/${i}`);
  const before = paths.map((path) => pick([], path));
  ask(members[1]!, false, false, false);
  for (const [i, path] of paths.entries()) {
    const now = pick([], path);
    ok(before[i] === members[1] ? now !== members[1] : now === before[i]);
  }
  await clock.advance(10_000);
  ask(members[1]!, true);
  deepEqual(
    paths.map((path) => pick([], path)),
    before,
  );
});

test("the same upstream given twice is two, for a hash too", () => {
  const { pick } = house("a:80 a:80", { policy: { hash: "path" } });
  const picked = new Set(Array.from({ length: 50 }, (_, i) => pick([], `/${i}`)));
  equal(picked.size, 2);
});

const REFUSED: [what: string, upstreams: string[], options: BalancerOptions, message: string][] = [
  ["no upstream", [], {}, "Cannot balance: there is no upstream"],
  ["no failure", ["a:80"], { maxFails: 0 }, 'Cannot eject after "0" failures: it is not a number from 1 on'],
  ["NaN failures", ["a:80"], { maxFails: NaN }, 'Cannot eject after "NaN" failures: it is not a number from 1 on'],
  ["no time", ["a:80"], { ejection: 0 }, 'Cannot eject for "0" ms: it is not a number above 0'],
];

for (const [what, upstreams, options, message] of REFUSED) {
  test(`${what} is refused`, () => {
    throws(() => new Balancer(upstreams.map(parseUpstream), options), { name: "RangeError", message });
  });
}

test("whatever happens, somebody is picked while somebody is untried, and best is who stands", async () => {
  const member = fc.nat(3);
  const step = fc.oneof(
    fc.record({ does: fc.constant("begin" as const), member }),
    fc.record({ does: fc.constant("end" as const), member, verdict: fc.constantFrom(true, false, false, undefined) }),
    fc.record({ does: fc.constant("health" as const), member, isUp: fc.boolean() }),
    fc.record({ does: fc.constant("wait" as const), ms: fc.constantFrom(1_000, 10_000, 300_000) }),
  );
  const policy = fc.constantFrom("round-robin" as const, "least-connections" as const, { hash: "path" } as const);
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.array(step, { maxLength: 60 }),
      fc.subarray([0, 1, 2, 3]),
      async (policy, steps, seen) => {
        const { members, pick, clock, lines } = house("a:80 b:80,weight=2 c:80 d:80", { policy });
        for (const step of steps) {
          if (step.does === "wait") await clock.advance(step.ms);
          else if (step.does === "begin") members[step.member]!.begin();
          else if (step.does === "health") members[step.member]!.setHealth(step.isUp);
          else if (members[step.member]!.active > 0) members[step.member]!.end(step.verdict);
          const tried = seen.map((i) => members[i]!);
          const picked = pick(tried);
          equal(picked === undefined, tried.length === members.length);
          if (picked === undefined) continue;
          ok(!tried.includes(picked));
          const stands = ({ isUp, outUntil }: Member): boolean => isUp && outUntil <= clock.now();
          ok(stands(picked) || !members.some((member) => stands(member) && !tried.includes(member)));
        }
        // For each of them: out, back, out, back …
        for (const { upstream } of members) {
          const its = lines.filter((line) => line.startsWith(upstream.text.slice(0, 4)));
          ok(its.every((line, i) => line.endsWith(" is back") === (i % 2 === 1)));
        }
      },
    ),
  );
});
