import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { latin1 } from "../../src/base/bytes.ts";
import { realClock, VirtualClock } from "../../src/base/clock.ts";
import type { LocalRedirect } from "../../src/cgi/meaning.ts";
import { type Program, startProgram } from "../../src/handlers/program.ts";
import { Run, type RunOptions } from "../../src/handlers/run.ts";
import type { Body } from "../../src/http/message.ts";
import type { Answer } from "../../src/web/handler.ts";
import { bodyOf, exchange, request, type TestExchange, textOf } from "./exchange.ts";
import { folder } from "./folder.ts";
import { isGone, stateOf } from "./processes.ts";

interface Scene {
  readonly run: Run;
  readonly program: Program;
  readonly guest: TestExchange;
}

interface How extends Partial<RunOptions> {
  readonly method?: string;
  readonly content?: Body;
  readonly cwd?: string;
}

/** A shell script answers a request. */
async function perform(script: string, { method = "GET", content, cwd = "/", ...options }: How = {}): Promise<Scene> {
  const env = ["PATH=/usr/bin:/bin"];
  const clock = options.clock ?? realClock;
  const recipe = { path: "/bin/sh", argv: ["sh", "-c", script], env, cwd, hasInput: content !== undefined };
  const program = await startProgram(recipe, clock);
  const guest = exchange();
  const defaults = { name: "/cgi-bin/p", isRaw: false, timeout: 60_000, clock };
  return {
    run: new Run(program, request(`${method} /cgi-bin/p`), content, guest, { ...defaults, ...options }),
    program,
    guest,
  };
}

/** The answer, where the clock must be moved for it; by how much nobody can say, but by less than a minute. */
async function answerOf(run: Run, clock: VirtualClock): Promise<Answer> {
  let answer: Answer | LocalRedirect | undefined;
  run.answer().then((given) => (answer = given));
  while (answer === undefined) {
    await clock.advance(1);
    await turn();
  }
  ok("status" in answer);
  return answer;
}

const answered = async ({ run }: Scene): Promise<Answer> => {
  const answer = await run.answer();
  ok("status" in answer);
  return answer;
};

const bodyIn = ({ body }: Answer): Body => {
  ok(body !== undefined && !(body instanceof Uint8Array), "the answer is no stream");
  return body;
};

const next = async (body: Body): Promise<string> => latin1((await body.read())!);

/** Content that comes when the test says so: until then, a program that wants to read waits. */
function held(): { content: Body; goOn: () => void } {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  let reads = 0;
  const read = (): Promise<Uint8Array> | undefined => (reads++ === 0 ? promise : undefined);
  return { content: { length: 1, read, cancel() {} }, goOn: () => resolve(Buffer.from("\n")) };
}

const PLAIN = "printf 'Content-Type: text/plain\\n\\n'";
/** So that two words do not come together. */
const LATER = "sleep 0.05";

test("what a short program says is known as a whole", async () => {
  // However long it takes: this clock stands still.
  const answer = await answered(await perform(`${PLAIN}; echo hello; echo you`, { clock: new VirtualClock() }));
  equal(answer.status, 200);
  deepEqual([...answer.fields], [["Content-Type", "text/plain"]]);
  equal(latin1(answer.body as Uint8Array), "hello\nyou\n");
});

test("a status, its reason and other fields are the answer's", async () => {
  const answer = await answered(
    await perform("printf 'Status: 418 Teapot\\r\\nContent-Type: a/b\\r\\nX-A: b\\r\\n\\r\\n'"),
  );
  deepEqual([answer.status, answer.reason], [418, "Teapot"]);
  deepEqual(
    [...answer.fields],
    [
      ["Content-Type", "a/b"],
      ["X-A", "b"],
    ],
  );
  equal(await textOf(answer), "");
});

test("a redirect without a document has none", async () => {
  const answer = await answered(await perform("echo 'Location: https://example.org/'; echo"));
  deepEqual([answer.status, await textOf(answer)], [302, ""]);
});

test("another place here is told as such", async () => {
  const { run } = await perform("echo 'Location: /menu?a'; echo");
  deepEqual(await run.answer(), { kind: "local redirect", target: "/menu?a" });
});

test("content without a type is passed on without one", async () => {
  const answer = await answered(await perform("printf 'Status: 404 No\\n\\nnothing here'"));
  deepEqual([answer.status, [...answer.fields], await textOf(answer)], [404, [], "nothing here"]);
});

test("what a program says comes as it says it, while it has not read what it was sent", async () => {
  const content = { length: 4, read: () => new Promise<undefined>(() => {}), cancel() {} };
  const scene = await perform(`${PLAIN}; printf first; ${LATER}; printf second; exec sleep 60`, {
    method: "POST",
    content,
  });
  const body = bodyIn(await answered(scene));
  equal(await next(body), "first");
  equal(await next(body), "second");
  body.cancel();
  await scene.program.over;
});

test("content reaches the program, and what it says of it comes back, piece by piece", async () => {
  let send = (_: Uint8Array | undefined): void => {};
  const content: Body = { length: 6, read: () => new Promise((resolve) => (send = resolve)), cancel() {} };
  const scene = await perform(`${PLAIN}; while read line; do echo "got $line"; done`, { method: "POST", content });
  const answering = answered(scene);
  for (const word of ["a", "b"]) {
    send(Buffer.from(`${word}\n`));
    equal(await next(bodyIn(await answering)), `got ${word}\n`);
  }
  send(undefined);
  equal(await bodyIn(await answering).read(), undefined);
});

test("a program that writes much before it reads much, and one that reads much before, are both served", async () => {
  const pieces = (): Buffer[] => Array.from({ length: 30 }, () => Buffer.alloc(50_000));
  for (const order of [
    "head -c 1500000 /dev/zero; cat",
    "cat; head -c 1500000 /dev/zero",
    "cat > /dev/null; head -c 3000000 /dev/zero",
  ]) {
    const content = bodyOf(pieces(), { later: true, length: 1_500_000 });
    const answer = await answered(await perform(`${PLAIN}; ${order}`, { method: "POST", content }));
    equal((await textOf(answer)).length, 3_000_000, order);
  }
});

test("a program need not read what it is sent", async () => {
  const content = bodyOf(
    Array.from({ length: 30 }, () => Buffer.alloc(50_000)),
    { length: 1_500_000 },
  );
  const scene = await perform(`${PLAIN}; echo done`, { method: "POST", content });
  equal(await textOf(await answered(scene)), "done\n");
  await scene.program.over;
  equal(content.isCancelled, true);
  deepEqual(scene.guest.complaints, []);
});

test("where what it is sent breaks off, a program is ended, and never takes it for the whole", async (t) => {
  const cwd = await folder(t, {});
  const content = bodyOf(["half of ", new Error("gone")], { later: true, length: 20 });
  const scene = await perform("cat > /dev/null; touch whole", { method: "POST", content, cwd });
  await rejects(scene.run.answer(), { message: "gone" });
  equal((await scene.program.over).signal, "SIGTERM");
  equal(existsSync(join(cwd, "whole")), false);
});

test("where that happens when the answer is under way, the answer breaks off, too", async () => {
  let breakOff = (_: Error): void => {};
  const content: Body = { length: 20, read: () => new Promise((_, reject) => (breakOff = reject)), cancel() {} };
  const scene = await perform(`${PLAIN}; echo hello; cat`, { method: "POST", content });
  const body = bodyIn(await answered(scene));
  equal(await next(body), "hello\n");
  breakOff(new Error("gone"));
  await rejects(async () => body.read(), { message: "gone" });
  await scene.program.over;
});

const LEAVING: [what: string, script: string][] = [
  ["has said nothing", "echo $$ >&2; exec sleep 60"],
  ["is in its header", "printf 'Content-Type:'; echo $$ >&2; exec sleep 60"],
];

for (const [what, script] of LEAVING) {
  test(`a program that ${what} is ended when the client leaves`, async () => {
    const scene = await perform(script);
    const answering = rejects(scene.run.answer(), { name: "SocketError", code: "ECONNABORTED" });
    while (scene.guest.complaints.length === 0) await turn();
    scene.guest.leave();
    await answering;
    await scene.program.over;
  });
}

test("a program in the middle of its content is ended when the client leaves, with its children", async () => {
  const scene = await perform(`${PLAIN}; sleep 60 & echo $!; wait`);
  const body = bodyIn(await answered(scene));
  const child = Number(await next(body));
  scene.guest.leave();
  await rejects(async () => body.read(), { code: "ECONNABORTED" });
  await scene.program.over;
  ok(await isGone(child));
});

test("a client that has left before the program was started ends it", async () => {
  const guest = exchange();
  guest.leave();
  const recipe = { path: "/bin/sleep", argv: ["sleep", "60"], env: [], cwd: "/", hasInput: false };
  const program = await startProgram(recipe, realClock);
  const options = { name: "p", isRaw: false, timeout: 60_000, clock: realClock };
  const run = new Run(program, request("GET /"), undefined, guest, options);
  await rejects(run.answer(), { code: "ECONNABORTED" });
  await program.over;
});

test("a program whose content nobody wants any more is ended", async () => {
  const scene = await perform(`${PLAIN}; echo hello; exec sleep 60`);
  const body = bodyIn(await answered(scene));
  body.cancel();
  body.cancel();
  equal((await scene.program.over).signal, "SIGTERM");
});

test("a program that says nothing for too long is ended: 504", async () => {
  const clock = new VirtualClock();
  const scene = await perform("exec sleep 60", { clock });
  const answering = answered(scene);
  await clock.advance(59_999);
  equal(scene.program.isOver, false);
  await clock.advance(1);
  equal((await answering).status, 504);
  await scene.program.over;
  deepEqual(scene.guest.complaints, ["/cgi-bin/p: Cannot wait any longer: it was silent for 60 s"]);
});

test("a program that falls silent in the middle breaks the answer off", async () => {
  const clock = new VirtualClock();
  const scene = await perform(`${PLAIN}; echo hello; exec sleep 60`, { clock });
  const body = bodyIn(await answerOf(scene.run, clock));
  equal(await next(body), "hello\n");
  const reading = rejects(async () => body.read(), { name: "SocketError", code: "ETIMEDOUT" });
  await clock.advance(60_000);
  await reading;
  await scene.program.over;
});

test("a program that gives signs of life may take as long as it likes", async () => {
  const clock = new VirtualClock();
  let send = (_: Uint8Array | undefined): void => {};
  const content: Body = { length: 20, read: () => new Promise((resolve) => (send = resolve)), cancel() {} };
  const scene = await perform(`${PLAIN}; cat`, { clock, method: "POST", content });
  const body = bodyIn(await answerOf(scene.run, clock));
  for (let minutes = 0; minutes < 5; minutes++) {
    // It is the client who is slow; there are others who look after that.
    await clock.advance(120_000);
    send(Buffer.from("tick"));
    equal(await next(body), "tick");
  }
  send(undefined);
  equal(await body.read(), undefined);
});

test("a client that reads slowly is not the program's fault", async () => {
  const clock = new VirtualClock();
  const scene = await perform(`${PLAIN}; head -c 1000000 /dev/zero`, { clock });
  const answer = await answerOf(scene.run, clock);
  while (scene.program.output.held === 0) await turn();
  await clock.advance(600_000);
  equal((await textOf(answer)).length, 1_000_000);
  deepEqual(scene.guest.complaints, []);
});

for (const [what, method, status] of [
  ["HEAD", "HEAD", 200],
  ["a 204", "GET", 204],
  ["a 304", "GET", 304],
] as const) {
  test(`for ${what} a program is run to its end, and what it says is dropped`, async (t) => {
    const cwd = await folder(t, {});
    const script = `printf 'Status: ${status}\\nContent-Type: a/b\\n\\n'; head -c 1000000 /dev/zero; ${LATER}; touch done`;
    const scene = await perform(script, { method, cwd });
    const answer = await answered(scene);
    deepEqual([answer.status, answer.body], [status, undefined]);
    deepEqual(await scene.program.over, { code: 0, signal: undefined });
    equal(existsSync(join(cwd, "done")), true);
  });
}

test("a program whose content is dropped must make haste, even if it never falls silent", async () => {
  const clock = new VirtualClock();
  const scene = await perform(`${PLAIN}; while :; do echo more; sleep 0.01; done`, { clock, method: "HEAD" });
  await answered(scene);
  await clock.advance(60_000);
  equal((await scene.program.over).signal, "SIGTERM");
});

test("a length for HEAD is what the program says", async () => {
  const answer = await answered(
    await perform("printf 'Content-Type: a/b\\nContent-Length: 99\\n\\n'", { method: "HEAD" }),
  );
  equal(answer.fields.get("content-length"), "99");
});

const NONSENSE: [script: string, complaint: RegExp][] = [
  ["true", /it wrote nothing \(exit status 0\)/],
  ["exit 3", /it wrote nothing \(exit status 3\)/],
  ["kill -SEGV $$", /it wrote nothing \(ended by SIGSEGV\)/],
  ["echo hello", /it ended before its header did, after "hello\\n" \(exit status 0\)/],
  ["echo hello; echo; exec sleep 60", /"hello" is no header field/],
  ["echo; echo hello", /empty line/],
  ["echo 'X-Error: soup'; echo; exec sleep 60", /no Content-Type, no Status/],
  ["echo 'Status: fine'; echo", /its Status is "fine"/],
  ["head -c 100000 /dev/zero | tr '\\0' x; exec sleep 60", /its header is too long/],
  [`${PLAIN}; echo half; kill -SEGV $$`, /it was ended by SIGSEGV/],
  ["printf 'Content-Type: a/b\\nContent-Length: 9\\n\\nhalf'", /it ended 5 bytes before its Content-Length/],
];

for (const [script, complaint] of NONSENSE) {
  test(`a program that does "${script}" is a bad gateway`, async () => {
    const scene = await perform(script, { clock: new VirtualClock() });
    const answer = await answered(scene);
    equal(answer.status, 502);
    match(scene.guest.complaints.join("\n"), complaint);
    match(scene.guest.complaints.join("\n"), /^\/cgi-bin\/p: Cannot use what it says: /);
    // What the log is told is not for the client.
    equal(await textOf(answer), "502 Bad Gateway: The program did not answer properly\n");
    await scene.program.over;
  });
}

test("a program that closes its output without a word is ended", async () => {
  const scene = await perform("exec >&-; exec sleep 60");
  equal((await answered(scene)).status, 502);
  match(scene.guest.complaints.join(), /it wrote nothing \(it still runs\)/);
  equal((await scene.program.over).signal, "SIGTERM");
});

test("a program that crashes in the middle of its content breaks the answer off", async () => {
  const { content, goOn } = held();
  const scene = await perform(`${PLAIN}; echo half; read line; kill -SEGV $$`, { method: "POST", content });
  const body = bodyIn(await answered(scene));
  equal(await next(body), "half\n");
  goOn();
  await rejects(async () => body.read(), { name: "SocketError", code: "ECONNABORTED" });
  deepEqual(scene.guest.complaints, ["/cgi-bin/p: Cannot go on with the answer: it was ended by SIGSEGV"]);
});

test("an exit status says nothing about the answer: shells end with that of their last command", async () => {
  equal(await textOf(await answered(await perform(`${PLAIN}; echo hello; exit 1`))), "hello\n");
});

const promising = (length: number, rest: string): string =>
  `printf 'Content-Type: a/b\\nContent-Length: ${length}\\n\\n'; ${rest}`;

test("a promised length is kept", async () => {
  const { content, goOn } = held();
  const script = promising(6, "printf hel; read line; printf lo!");
  const answer = await answered(await perform(script, { method: "POST", content }));
  equal(bodyIn(answer).length, 6);
  goOn();
  equal(await textOf(answer), "hello!");
});

test("what is longer than promised is cut, and the program may end", async () => {
  for (const wait of [LATER, ":"]) {
    const scene = await perform(promising(5, `${wait}; printf 'hello and goodbye'; ${wait}; printf more`));
    equal(await textOf(await answered(scene)), "hello");
    deepEqual(await scene.program.over, { code: 0, signal: undefined });
    match(scene.guest.complaints.join(), /goes on after its Content-Length/);
  }
});

test("what is shorter than promised breaks off", async () => {
  const { content, goOn } = held();
  const scene = await perform(promising(9, "printf half; read line"), { method: "POST", content });
  const body = bodyIn(await answered(scene));
  equal(await next(body), "half");
  goOn();
  await rejects(async () => body.read(), { name: "SocketError", code: "ECONNABORTED" });
  match(scene.guest.complaints.join(), /it ended 5 bytes before its Content-Length/);
});

test("a promise of nothing needs no stream", async () => {
  const scene = await perform(promising(0, ":"));
  equal((await answered(scene)).body, undefined);
  await scene.program.over;
});

test("a program that closes its output and goes on has said all, and may go on", async (t) => {
  const cwd = await folder(t, {});
  const scene = await perform(`${PLAIN}; echo hello; exec >&-; sleep 0.3; touch done`, { cwd });
  equal(await textOf(await answered(scene)), "hello\n");
  equal(scene.program.isOver, false);
  deepEqual(await scene.program.over, { code: 0, signal: undefined });
  equal(existsSync(join(cwd, "done")), true);
});

test("but not for longer than a program may be silent", async () => {
  const clock = new VirtualClock();
  const scene = await perform(`${PLAIN}; echo hello; exec >&-; exec sleep 60`, { clock });
  const answer = await answerOf(scene.run, clock);
  equal(await next(bodyIn(answer)), "hello\n");
  await clock.advance(60_000);
  equal((await scene.program.over).signal, "SIGTERM");
});

test("a raw program's output is the answer, byte by byte", async () => {
  const scene = await perform("printf 'HTTP/1.1 200 Fine\\r\\n\\r\\nhello'", { isRaw: true });
  const answer = await answered(scene);
  equal(answer.raw, true);
  equal(await textOf(answer), "HTTP/1.1 200 Fine\r\n\r\nhello");
});

test("a raw program that says nothing is a bad gateway", async () => {
  equal((await answered(await perform("true", { isRaw: true }))).status, 502);
});

test("a raw program that crashes breaks the answer off", async () => {
  const body = bodyIn(await answered(await perform("echo HTTP/1.1; kill -SEGV $$", { isRaw: true })));
  equal(await next(body), "HTTP/1.1\n");
  await rejects(async () => body.read(), { code: "ECONNABORTED" });
});

test("what a program grumbles is for the log, line by line", async () => {
  const scene = await perform(`echo 'no soup' >&2; printf 'no\\nbread' >&2; ${PLAIN}`);
  await answered(scene);
  await scene.program.over;
  while (!scene.program.errors.hasEnded) await turn();
  deepEqual(
    scene.guest.complaints,
    ["no soup", "no", "bread"].map((line) => `/cgi-bin/p: ${line}`),
  );
});

test("a program may grumble more than anybody reads", async () => {
  const scene = await perform(`yes 'too cold' | head -n 100000 >&2; ${PLAIN}; echo hello`);
  equal(await textOf(await answered(scene)), "hello\n");
  equal(scene.guest.complaints.length, 101);
});

test("nothing is left of a program that has answered", async () => {
  const scene = await perform(`${PLAIN}; echo hello`);
  await answered(scene);
  await scene.program.over;
  equal(stateOf(scene.program.pid), undefined);
  // The client may leave now: there is nobody to be ended.
  scene.guest.leave();
  deepEqual(scene.guest.complaints, []);
});
