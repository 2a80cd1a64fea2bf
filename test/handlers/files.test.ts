import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import { type FilesOptions, files } from "../../src/handlers/files.ts";
import { ProtocolError } from "../../src/http/message.ts";
import { KNOWN_METHODS } from "../../src/http/methods.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Answer } from "../../src/web/handler.ts";
import { descriptorsAtMost, openDescriptors } from "./descriptors.ts";
import { exchange, request, textOf } from "./exchange.ts";
import { folder, later, plant, type Tree } from "./folder.ts";

const EXCHANGE = exchange();

async function served(t: TestContext, tree: Tree, options: Partial<FilesOptions> = {}) {
  const clock = later();
  const root = await folder(t, tree);
  const handler = files({ root, clock, ...options });
  /** As the handler answers: at once, or later. */
  const answer = (line: string, fields?: Record<string, string>) => handler(request(line, fields), EXCHANGE);
  const ask = async (line: string, fields?: Record<string, string>): Promise<Answer> => answer(line, fields);
  const text = async (target: string): Promise<string> => textOf(await ask(`GET ${target}`));
  return { root, clock, answer, ask, text };
}

/** What an answer comes to, in a line: the status, and where to go or what there is to read. */
async function tell(answer: Answer): Promise<string> {
  const location = answer.fields.get("location");
  const text = await textOf(answer);
  return location === undefined
    ? `${answer.status} ${text.split("\n")[0]}`.trimEnd()
    : `${answer.status} → ${location}`;
}

const SITE: Tree = {
  "index.html": "home",
  "empty": "",
  "menu.txt": "menu",
  "folder/index.html": "index",
  "folder/a b.txt": "spaces",
  "bare/x.txt": "x",
  "메뉴.html": "menu in Korean",
  "evil.example/x": "",
  ".env": "PASSWORD",
  "out": { link: "/etc/passwd" },
};

function table(what: string, tree: Tree, options: Partial<FilesOptions>, rows: [line: string, answer: string][]): void {
  test(what, async (t) => {
    const { ask } = await served(t, tree, options);
    for (const [line, expected] of rows) equal(await tell(await ask(line)), expected, line);
  });
}

const GONE = "404 404 Not Found: There is no such file";

table("what targets are answered with", SITE, {}, [
  ["GET /", "200 home"],
  ["GET http://example.com", "200 home"],
  ["GET http://example.com/menu.txt", "200 menu"],
  ["GET /index.html", "200 home"],
  ["GET /menu.txt", "200 menu"],
  ["GET /menu.txt?x=1", "200 menu"],
  ["GET //menu.txt", "200 menu"],
  ["GET /%6denu.txt", "200 menu"],
  ["GET /folder/../menu.txt", "200 menu"],
  ["GET /empty", "200"],
  ["GET /folder/", "200 index"],
  ["GET /folder/a%20b.txt", "200 spaces"],
  ["GET /%EB%A9%94%EB%89%B4.html", "200 menu in Korean"],
  ["GET /bare/", "200 <!doctype html>"],
  ["GET /menu.txt/", GONE],
  ["GET /nothing", GONE],
  ["GET /.env", GONE],
  ["GET /out", GONE],
  ["GET /folder%2Findex.html", GONE],
]);

table("a folder without its slash is sent there, never to another host", SITE, {}, [
  ["GET /folder", "301 → /folder/"],
  ["HEAD /folder", "301 → /folder/"],
  ["GET /folder?a=b&c", "301 → /folder/?a=b&c"],
  ["GET /folder?", "301 → /folder/?"],
  ["GET /folder?//evil.example", "301 → /folder/?//evil.example"],
  ["GET //folder", "301 → /folder/"],
  ["GET //evil.example", "301 → /evil.example/"],
  ["GET ///evil.example", "301 → /evil.example/"],
  ["GET //x/..//evil.example", "301 → /evil.example/"],
  ["GET http://evil.example/folder", "301 → /folder/"],
]);

table("Tiny's way out stays in", SITE, {}, [
  ["GET /../", "200 home"],
  ["GET /../../../../etc/passwd", GONE],
  ["GET /%2e%2e/%2e%2e/etc/passwd", GONE],
  ["GET /..%2f..%2fetc/passwd", GONE],
]);

for (const target of ["/%00", "/menu.txt%00.html", "/..\\..\\etc\\passwd", "/%5c..", "/%", "/%ff", "*"]) {
  test(`${target} is no path: 400`, async (t) => {
    const { answer } = await served(t, SITE);
    await rejects(
      async () => answer(`GET ${target}`),
      (error) => error instanceof ProtocolError && error.status === 400,
    );
  });
}

test("methods: two are answered, one is told, the others are refused", async (t) => {
  const { ask } = await served(t, SITE);
  for (const method of [...KNOWN_METHODS, "BREW", "get"]) {
    for (const target of ["/", "/nothing", "*"]) {
      const reads = method === "GET" || method === "HEAD";
      if (reads && target === "*") continue;
      const answer = await ask(`${method} ${target}`);
      const status = method === "OPTIONS" ? 204 : KNOWN_METHODS.has(method) ? 405 : 501;
      equal(answer.status, !reads ? status : target === "/" ? 200 : 404, `${method} ${target}`);
      equal(answer.fields.get("allow"), status < 500 && !reads ? "GET, HEAD, OPTIONS" : undefined, method);
    }
  }
});

test("an empty file is served (Tiny died of it)", async (t) => {
  const { ask } = await served(t, SITE);
  for (const line of ["GET /empty", "HEAD /empty", "GET /empty"]) {
    const answer = await ask(line);
    equal(answer.status, 200);
    equal(answer.fields.get("content-length"), "0");
    ok(answer.fields.has("etag"));
  }
});

test("every answer is sniff-proof and has its length", async (t) => {
  const { ask } = await served(t, SITE);
  for (const line of ["GET /", "HEAD /", "GET /bare/", "GET /folder", "GET /nothing", "PUT /"]) {
    const { fields } = await ask(line);
    equal(fields.get("x-content-type-options"), "nosniff", line);
    match(fields.get("content-length")!, /^\d+$/, line);
  }
});

table("switched off, there is no listing", SITE, { listing: false }, [
  ["GET /bare/", "403 403 Forbidden: This folder shows no listing"],
  ["GET /folder/", "200 index"],
]);

table("a page of one's own for what is not there", { ...SITE, "404.html": "not on the menu" }, {}, [
  ["GET /nothing", "404 not on the menu"],
  ["HEAD /nothing", "404 not on the menu"],
  ["GET /folder/nothing/at/all", "404 not on the menu"],
  ["GET /.env", "404 not on the menu"],
  ["GET /a%2Fb", "404 not on the menu"],
  ["GET /404.html", "200 not on the menu"],
  ["GET /bare/", "200 <!doctype html>"],
]);

table(
  "that page may lie elsewhere, be hidden, and has no clean URL",
  { ".errors/gone.html": "gone" },
  {
    notFoundPage: "/.errors/gone.html",
    cleanUrls: true,
  },
  [
    ["GET /nothing", "404 gone"],
    ["GET /.errors/gone.html", "404 gone"],
    ["GET /.errors/gone", "404 gone"],
  ],
);

table("that page never lies outside", { "a": "" }, { notFoundPage: "../../../../etc/passwd" }, [
  ["GET /nothing", GONE],
]);

table("a page for an application: every route is the index", { ...SITE, "404.html": "gone" }, { spa: true }, [
  ["GET /users/7", "200 home"],
  ["GET /users/7/", "200 home"],
  ["HEAD /users", "200 home"],
  ["GET /john.doe/posts", "200 home"],
  ["GET /menu.txt", "200 menu"],
  ["GET /folder/", "200 index"],
  ["GET /missing.js", "404 gone"],
  ["GET /.git/config", "404 gone"],
]);

table("an application without an index has no routes", { "a.txt": "" }, { spa: true }, [["GET /users/7", GONE]]);

table("clean URLs keep the query", { "about.html": "about" }, { cleanUrls: true }, [
  ["GET /about", "200 about"],
  ["GET /about?x", "200 about"],
  ["GET /about.html?x=1", "301 → /about?x=1"],
]);

table("dotfiles where one asks for them", SITE, { dotfiles: true }, [["GET /.env", "200 PASSWORD"]]);

table("a root that is not there holds nothing", {}, { root: "/nowhere/at/all" }, [["GET /", GONE]]);

test("a FIFO is nothing, and nobody waits for it", async (t) => {
  const { root, ask } = await served(t, SITE);
  execFileSync("mkfifo", [`${root}/fifo`]);
  equal((await ask("GET /fifo")).status, 404);
  await fs.mkdir(`${root}/pipes`);
  execFileSync("mkfifo", [`${root}/pipes/index.html`]);
  equal((await ask("GET /pipes/")).status, 200);
});

test("what may not be read is 403", async (t) => {
  const { root, ask } = await served(t, { "a.txt": "a", "closed/b.txt": "b", "index.html": "home" });
  // The temporary folder is ours alone.
  await fs.chmod(root, 0o755);
  await fs.chmod(`${root}/a.txt`, 0);
  await fs.chmod(`${root}/closed`, 0);
  await asNobody(async () => {
    for (const target of ["/a.txt", "/closed/", "/closed/b.txt"]) {
      equal(await tell(await ask(`GET ${target}`)), "403 403 Forbidden: This may not be read", target);
    }
    equal((await ask("GET /")).status, 200);
  });
  await fs.chmod(`${root}/closed`, 0o755);
});

/** Root may read everything, whatever its mode. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid!(65534);
  try {
    await work();
  } finally {
    process.seteuid!(0);
  }
}

/** Counts and names what is opened, from here to the end of the test. */
function watchOpening(t: TestContext): string[] {
  const opened: string[] = [];
  const open = fs.open;
  t.mock.method(fs, "open", (path: string, ...more: []) => {
    opened.push(path);
    return open(path, ...more);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return opened;
}

test("however many ask at once, a file is opened once", async (t) => {
  const { ask, root } = await served(t, SITE);
  const opened = watchOpening(t);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(`GET /menu.txt?${i}`)));
  equal(new Set(answers).size, 1);
  deepEqual(opened, [`${root}/menu.txt`]);
});

test("HEAD opens nothing", async (t) => {
  const { ask } = await served(t, SITE);
  const opened = watchOpening(t);
  equal((await ask("HEAD /menu.txt")).fields.get("content-length"), "4");
  deepEqual(opened, []);
});

test("what is known is answered at once, with the same answer, however it is asked for", async (t) => {
  const { ask, answer } = await served(t, SITE);
  const first = await ask("GET /folder/a%20b.txt");
  ok(first instanceof PreparedResponse);
  const lines = [
    "GET /folder/a%20b.txt",
    "HEAD /folder/a%20b.txt",
    "GET /folder/a%20b.txt?x=1",
    "GET //folder/./a%20%62.txt",
  ];
  for (const line of lines) equal(answer(line), first, line);
  const notModified = { "If-None-Match": first.fields.get("etag")! };
  ok(answer("GET /folder/a%20b.txt", notModified) instanceof PreparedResponse);
  equal((answer("GET /folder/a%20b.txt", { Range: "bytes=0-1" }) as Answer).status, 206);
});

test("a change is noticed within a second, also one that keeps size and date", async (t) => {
  const { root, clock, ask, text, answer } = await served(t, { "a.txt": "old!" });
  const old = await ask("GET /a.txt");
  await fs.utimes(`${root}/a.txt`, 1000, 1000);
  await fs.writeFile(`${root}/a.txt`, "new!");
  await fs.utimes(`${root}/a.txt`, 1000, 1000);
  await clock.advance(400);
  equal(answer("GET /a.txt"), old);
  await clock.advance(601);
  ok(answer("GET /a.txt") instanceof Promise);
  equal(await text("/a.txt"), "new!");
  notEqual((await ask("GET /a.txt")).fields.get("etag"), old.fields.get("etag"));
});

test("what is asked for all the time is looked at again before its time is over, and nobody waits", async (t) => {
  const { root, clock, ask, answer } = await served(t, { "a.txt": "old!" });
  const old = await ask("GET /a.txt");
  await clock.advance(600);
  equal(answer("GET /a.txt"), old);
  await turns();
  // Looked at: it is good for another second.
  await clock.advance(900);
  equal(answer("GET /a.txt"), old);
  await turns();
  await fs.writeFile(`${root}/a.txt`, "other");
  await clock.advance(600);
  equal(answer("GET /a.txt"), old);
  await turns();
  equal(await textOf(await ask("GET /a.txt")), "other");
});

/** Lets the file system do what it has begun: far more steps than a look takes, one after the other. */
async function turns(): Promise<void> {
  for (let i = 0; i < 60; i++) await fs.stat(".");
}

test("what is gone is gone within a second, and so is what has become a folder", async (t) => {
  const { root, clock, ask } = await served(t, { "a": "a", "b": "b" });
  equal((await ask("GET /a")).status, 200);
  equal((await ask("GET /b")).status, 200);
  await fs.unlink(`${root}/a`);
  await fs.unlink(`${root}/b`);
  await fs.mkdir(`${root}/b`);
  await clock.advance(1001);
  equal((await ask("GET /a")).status, 404);
  equal(await tell(await ask("GET /b")), "301 → /b/");
});

test("a symlink that is put elsewhere is followed within a second", async (t) => {
  const { root, clock, text } = await served(t, { "v1/a.txt": "one", "v2/a.txt": "two", "now": { link: "v1" } });
  equal(await text("/now/a.txt"), "one");
  await fs.symlink("v2", `${root}/next`);
  await fs.rename(`${root}/next`, `${root}/now`);
  await clock.advance(1001);
  equal(await text("/now/a.txt"), "two");
});

test("a neighbour that appears is noticed within a second", async (t) => {
  const { root, clock, ask } = await served(t, { "a.bin": "plain" });
  equal(await textOf(await ask("GET /a.bin", { "Accept-Encoding": "br" })), "plain");
  await plant(root, { "a.bin.br": "smaller" });
  await clock.advance(1001);
  equal(await textOf(await ask("GET /a.bin", { "Accept-Encoding": "br" })), "smaller");
});

test("changed this very moment, a file is neither remembered nor given a tag that it might have to share", async (t) => {
  const clock = new VirtualClock(Date.now() + 60_000);
  const { root, ask, answer } = await served(t, { "a.txt": "one" }, { clock });
  const { ctimeMs } = await fs.stat(`${root}/a.txt`);
  const handler = files({ root, clock: new VirtualClock(ctimeMs + 1) });
  const first = await handler(request("GET /a.txt"), EXCHANGE);
  const again = handler(request("GET /a.txt"), EXCHANGE);
  ok(again instanceof Promise);
  notEqual((await again).fields.get("etag"), first.fields.get("etag"));
  // A minute later it is as any other.
  equal(await ask("GET /a.txt"), answer("GET /a.txt"));
});

test("a file that changed between the look and the opening is looked up again", async (t) => {
  const { root, text, clock } = await served(t, { "a.txt": "a".repeat(600_000) });
  equal((await text("/a.txt")).length, 600_000);
  await fs.writeFile(`${root}/a.txt`, "short");
  // Still trusted, and found out when it is opened.
  await clock.advance(100);
  equal(await text("/a.txt"), "short");
});

test("a file that changes all the time is 503, not wrong", async (t) => {
  const { root, ask } = await served(t, { "a.txt": "a" });
  const open = fs.open;
  let times = 0;
  t.mock.method(fs, "open", async (path: string, ...more: []) => {
    await fs.writeFile(`${root}/next`, "a".repeat(++times));
    await fs.rename(`${root}/next`, `${root}/a.txt`);
    return open(path, ...more);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const answer = await ask("GET /a.txt");
  equal(answer.status, 503);
  equal(answer.fields.get("retry-after"), "1");
});

for (const [code, status] of [
  ["EMFILE", 503],
  ["EACCES", 403],
] as const) {
  test(`${code} is answered ${status}, and anything unforeseen is an error`, async (t) => {
    const { ask } = await served(t, { "a.txt": "a", "b.txt": "b" });
    let thrown: string = code;
    t.mock.method(fs, "open", async () => {
      throw Object.assign(new Error(thrown), { code: thrown });
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    equal((await ask("GET /a.txt")).status, status);
    // Now it is known, and yet not open.
    equal((await ask("GET /a.txt")).status, status);
    thrown = "EIO";
    await rejects(ask("GET /b.txt"), { code: "EIO" });
    await rejects(ask("GET /b.txt"), { code: "EIO" });
  });
}

test("with a cache too small for anything, and with none, everything is still right", async (t) => {
  for (const cacheBytes of [0, 1, 5000]) {
    const { ask, text } = await served(t, { ...SITE, "large.txt": "x".repeat(700_000) }, { cacheBytes });
    for (let times = 0; times < 3; times++) {
      equal(await text("/menu.txt"), "menu");
      equal((await text("/large.txt")).length, 700_000);
      equal(await tell(await ask("GET /folder")), "301 → /folder/");
      equal((await ask("GET /large.txt", { Range: "bytes=5-6" })).status, 206);
    }
  }
});

test("nothing that is asked leaves a descriptor open", async (t) => {
  const before = openDescriptors();
  const { root, ask, text } = await served(t, { ...SITE, "large.bin": new Uint8Array(2_000_000) }, { cacheBytes: 0 });
  await text("/large.bin");
  await textOf(await ask("GET /large.bin", { Range: "bytes=0-9,1000000-1000009" }));
  for (const line of ["GET /large.bin", "HEAD /large.bin", "GET /bare/", "GET /nothing"]) {
    const { body } = await ask(line);
    if (body !== undefined && !(body instanceof Uint8Array)) body.cancel();
  }
  const { body } = await ask("GET /large.bin");
  if (body === undefined || body instanceof Uint8Array) throw new Error("Cannot cancel: it came whole");
  await body.read();
  body.cancel();
  const broken = await ask("GET /large.bin");
  await fs.truncate(`${root}/large.bin`, 5);
  await rejects(textOf(broken));
  ok(await descriptorsAtMost(before));
});

const part = fc.constantFrom(
  "..",
  ".",
  "%2e",
  "%2E%2e",
  "%252e",
  "/",
  "/",
  "//",
  "%2f",
  "%5c",
  "\\",
  "%00",
  "%c0%ae",
  "%ef%bc%8e",
  "..;",
  "~",
  "out",
  "up",
  "folder",
  "to-folder",
  "secret.txt",
  "etc",
  "passwd",
  "a.txt",
  "index.html",
  "?",
  "#",
  ":",
  "%",
  " ",
);

test("whatever is asked for, nothing outside is opened or served, and nobody is sent to another host", async (t) => {
  const all = await folder(t, {
    "secret.txt": "SECRET",
    "root/a.txt": "a",
    "root/folder/index.html": "index",
    "root/folder/up": { link: "../.." },
    "root/to-folder": { link: "folder" },
    "root/out": { link: "../secret.txt" },
    "root/up": { link: ".." },
    "root/etc": { link: "/etc" },
  });
  const root = `${all}/root`;
  const handler = files({ root, clock: later(), dotfiles: true });
  const opened = watchOpening(t);
  const target = fc.oneof(
    fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join("")}`),
    fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join("/")}`),
    fc.string({ unit: "binary-ascii" }).map((text) => `/${text}`),
  );
  await fc.assert(
    fc.asyncProperty(target, async (target) => {
      let answer: Answer;
      try {
        answer = await handler({ ...request("GET /"), target }, EXCHANGE);
      } catch (error) {
        return ok(error instanceof ProtocolError && error.status === 400);
      }
      ok([200, 301, 404].includes(answer.status), `${answer.status}`);
      ok(!/SECRET|root:/.test(await textOf(answer)));
      match(answer.fields.get("location") ?? "/", /^\/(?![/\\])/);
    }),
    { numRuns: 500 },
  );
  // The watch is awake.
  await handler(request("GET /folder/index.html"), EXCHANGE);
  ok(opened.includes(`${root}/folder/index.html`));
  deepEqual(
    opened.filter((path) => !path.startsWith(`${root}/`)),
    [],
  );
});
