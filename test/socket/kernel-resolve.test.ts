import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { kernel } from "../../src/socket/kernel.ts";
import { resolver } from "../../src/socket/kernel-resolve.ts";
import { SocketError } from "../../src/socket/socket.ts";

/** A resolver, and the system it asks, which answers when the test says so. */
function scene() {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const running = new Map<string, PromiseWithResolvers<readonly string[]>>();
  const lookup = (name: string): Promise<readonly string[]> => {
    const answer = Promise.withResolvers<readonly string[]>();
    asked.push(name);
    running.set(name, answer);
    return answer.promise.finally(() => running.delete(name));
  };
  const fail = (name: string, code: string) => running.get(name)!.reject(Object.assign(new Error(code), { code }));
  const answer = (name: string, ...addresses: string[]) => running.get(name)!.resolve(addresses);
  return { clock, asked, running, answer, fail, resolve: resolver({ clock, lookup }) };
}

test("of addresses and special names nobody is asked", async () => {
  const { asked, resolve } = scene();
  for (const host of ["127.0.0.1", "::1", "fe80::1%eth0", "localhost", "a.b.localhost."]) await resolve(host);
  for (const host of ["", "x.invalid", "a".repeat(254)]) await rejects(resolve(host), { code: "ENOTFOUND" });
  deepEqual(asked, []);
});

test("a name that only looks like a special one is asked for", async () => {
  const { asked, answer, resolve } = scene();
  for (const name of ["notlocalhost", "localhost.example.test", "valid", "xinvalid"]) {
    const resolving = resolve(name);
    answer(name, "192.0.2.1");
    await resolving;
  }
  equal(asked.length, 4);
});

test("odd spellings of an address are for the system to read: what it says is what counts", async () => {
  const { answer, resolve } = scene();
  const resolving = resolve("0x7f.1");
  answer("0x7f.1", "127.0.0.1");
  deepEqual(await resolving, ["127.0.0.1"]);
});

test("all addresses come, in their order, each once", async () => {
  const { answer, resolve } = scene();
  const resolving = resolve("example.test");
  answer("example.test", "2001:db8::1", "192.0.2.2", "2001:db8::1", "192.0.2.1");
  deepEqual(await resolving, ["2001:db8::1", "192.0.2.2", "192.0.2.1"]);
});

test("who asks for the same name at once is answered by one lookup", async () => {
  const { asked, answer, resolve } = scene();
  const all = Promise.all([resolve("example.test"), resolve("EXAMPLE.test"), resolve("example.test.")]);
  answer("example.test", "192.0.2.1");
  deepEqual(await all, [["192.0.2.1"], ["192.0.2.1"], ["192.0.2.1"]]);
  deepEqual(asked, ["example.test"]);
});

test("an answer is kept for five seconds", async () => {
  const { clock, asked, answer, resolve } = scene();
  const first = resolve("example.test");
  answer("example.test", "192.0.2.1");
  await first;
  await clock.advance(4_999);
  deepEqual(await resolve("example.test"), ["192.0.2.1"]);
  equal(asked.length, 1);
  await clock.advance(1);
  const second = resolve("example.test");
  answer("example.test", "192.0.2.2");
  deepEqual(await second, ["192.0.2.2"]);
});

test("that there is no such name is kept for a second", async () => {
  const { clock, asked, answer, fail, resolve } = scene();
  const first = resolve("example.test");
  fail("example.test", "ENOTFOUND");
  await rejects(first, new SocketError("ENOTFOUND", "Cannot find example.test: there is no such host"));
  await clock.advance(999);
  await rejects(resolve("example.test"), { code: "ENOTFOUND" });
  equal(asked.length, 1);
  await clock.advance(1);
  const second = resolve("example.test");
  answer("example.test", "192.0.2.1");
  deepEqual(await second, ["192.0.2.1"]);
});

test("a name without an address is not found", async () => {
  const { answer, resolve } = scene();
  const resolving = resolve("example.test");
  answer("example.test");
  await rejects(resolving, { code: "ENOTFOUND" });
});

for (const [code, message] of [
  ["EAI_AGAIN", "Cannot find example.test: no name server answers"],
  ["ENODATA", "Cannot find example.test: there is no such host"],
  ["EMFILE", "Cannot find example.test: too many files are open"],
]) {
  test(`what the system calls ${code} is told as: ${message}`, async () => {
    const { fail, resolve } = scene();
    const resolving = resolve("example.test");
    fail("example.test", code!);
    await rejects(resolving, { message: message! });
  });
}

test("two names are looked up at once, and the others in their order", async () => {
  const { asked, running, answer, resolve } = scene();
  const all = Promise.all(["a", "b", "c", "d"].map(resolve));
  deepEqual([...running.keys()], ["a", "b"]);
  for (const name of ["b", "a", "c", "d"]) {
    answer(name, "192.0.2.1");
    await new Promise(setImmediate);
  }
  await all;
  deepEqual(asked, ["a", "b", "c", "d"]);
});

test("a name that takes long to fail is asked for half of the time at most", async () => {
  const { clock, asked, fail, resolve } = scene();
  const first = resolve("dead.test");
  await clock.advance(10_000);
  fail("dead.test", "EAI_AGAIN");
  await rejects(first, { code: "ENOTFOUND" });
  await clock.advance(9_999);
  await rejects(resolve("dead.test"), { code: "ENOTFOUND" });
  equal(asked.length, 1);
  await clock.advance(1);
  void resolve("dead.test");
  equal(asked.length, 2);
});

test("names that were silent before hold one place at most, and wait until nothing else is looked up", async () => {
  const { clock, running, answer, fail, resolve } = scene();
  const silent = ["one.dead", "two.dead"].map((name) => rejects(resolve(name), { code: "ENOTFOUND" }));
  for (const name of ["one.dead", "two.dead"]) fail(name, "EAI_AGAIN");
  await Promise.all(silent);
  await clock.advance(1_000);

  for (const name of ["one.dead", "two.dead", "a", "b"]) void resolve(name).catch(() => {});
  deepEqual([...running.keys()], ["one.dead", "a"]);
  answer("a", "192.0.2.1");
  await clock.advance(0);
  deepEqual([...running.keys()], ["one.dead", "b"]);
  fail("one.dead", "EAI_AGAIN");
  await clock.advance(0);
  deepEqual([...running.keys()], ["b"]);
  answer("b", "192.0.2.1");
  await clock.advance(0);
  deepEqual([...running.keys()], ["two.dead"]);
});

test("where no name server answers, what was known lately is still believed (RFC 8767 §4)", async () => {
  const { clock, answer, fail, resolve } = scene();
  const first = resolve("example.test");
  answer("example.test", "192.0.2.1");
  await first;
  for (const [wait, outcome] of [
    [300_000, ["192.0.2.1"]],
    [299_999, ["192.0.2.1"]],
    // A second after the last failure, ten minutes after it was true.
    [1_000, "ENOTFOUND"],
  ] as const) {
    await clock.advance(wait);
    const next = resolve("example.test").catch((error: SocketError) => error.code);
    fail("example.test", "EAI_AGAIN");
    deepEqual(await next, outcome);
  }
});

test("where an answer takes long, what was known lately is believed after 1.8 seconds in all (RFC 8767 §5)", async () => {
  const { clock, asked, answer, resolve } = scene();
  const heard: string[] = [];
  const ask = async () => {
    const addresses = await resolve("example.test");
    heard.push(`+${clock.now()}ms ${addresses}`);
  };
  const first = ask();
  answer("example.test", "192.0.2.1");
  await first;
  await clock.advance(6_000);
  void ask();
  await clock.advance(1_000);
  void ask();
  await clock.advance(799);
  equal(heard.length, 1);
  await clock.advance(1);
  equal(heard.length, 3);
  await Promise.all([ask(), clock.advance(0)]);
  equal(heard.length, 4);
  answer("example.test", "192.0.2.2");
  await clock.advance(0);
  await ask();
  deepEqual(heard, [
    "+0ms 192.0.2.1",
    "+7800ms 192.0.2.1",
    "+7800ms 192.0.2.1",
    "+7800ms 192.0.2.1",
    "+7800ms 192.0.2.2",
  ]);
  equal(asked.length, 2);
});

test("but that there is no such name any more, is believed at once", async () => {
  const { clock, answer, fail, resolve } = scene();
  const first = resolve("example.test");
  answer("example.test", "192.0.2.1");
  await first;
  await clock.advance(5_000);
  const second = resolve("example.test");
  fail("example.test", "ENOTFOUND");
  await rejects(second, { code: "ENOTFOUND" });
});

test("of more than a thousand names the oldest is forgotten", async () => {
  const { asked, answer, resolve } = scene();
  for (let i = 0; i <= 1_000; i++) {
    const resolving = resolve(`${i}.test`);
    answer(`${i}.test`, "192.0.2.1");
    await resolving;
  }
  await resolve("1.test");
  equal(asked.length, 1_001);
  void resolve("0.test");
  equal(asked.length, 1_002);
});

test("of more than a thousand names that wait the last is refused", async () => {
  const { resolve } = scene();
  for (let i = 0; i < 1_002; i++) void resolve(`${i}.test`);
  await rejects(resolve("last.test"), {
    code: "ENOTFOUND",
    message: "Cannot find last.test: too many other names are being looked up",
  });
});

test("the system is asked by the kernel's carrier", async () => {
  // A number is an address as the system reads it, whatever the machine's name servers are.
  deepEqual(await kernel.resolve("2130706433"), ["127.0.0.1"]);
  await rejects(kernel.resolve("not a name"), { code: "ENOTFOUND" });
});
