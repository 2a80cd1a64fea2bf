import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type CgiOptions, cgi } from "../../src/handlers/cgi.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Handler } from "../../src/web/handler.ts";
import { descriptorsAtMost, openDescriptors } from "./descriptors.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";
import { folder, type Tree } from "./folder.ts";

type Options = Partial<CgiOptions> & { readonly more?: Tree };

/** Serves shell scripts, given by name, from a `cgi-bin`. */
async function serving(
  t: TestContext,
  scripts: Readonly<Record<string, string>>,
  { more = {}, ...options }: Options = {},
) {
  const named = Object.entries(scripts).map(([name, script]) => [`cgi-bin/${name}`, `#!/bin/sh\n${script}\n`] as const);
  const root = await folder(t, { ...Object.fromEntries(named), ...more });
  for (const [name] of named) chmodSync(join(root, name), 0o755);
  return { root, handle: cgi({ root, variables: { PATH: "/usr/bin:/bin" }, ...options }) };
}

const PLAIN = "printf 'Content-Type: text/plain\\n\\n'";
const HOST = { Host: "example.org" };

async function ask(handle: Handler, ...asked: Parameters<typeof request>): Promise<{ status: number; text: string }> {
  const answer = await handle(request(...asked), exchange());
  return { status: answer.status, text: await textOf(answer) };
}

test("the environment is what RFC 3875 says, PATH, and what everybody sets: nothing leaks", async (t) => {
  process.env.MAITRED_SECRET = "soup";
  t.after(() => delete process.env.MAITRED_SECRET);
  const { root, handle } = await serving(t, { env: `${PLAIN}; env` });
  const { text } = await ask(
    handle,
    "POST /cgi-bin/env/a%20b?c=%20d",
    { ...HOST, "Content-Length": "5", "Content-Type": "a/b", "X-Y": "z" },
    bodyOf(["hello"], { length: 5 }),
  );
  // What the shell adds itself is not ours.
  const told = text
    .trimEnd()
    .split("\n")
    .filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
  match(told.join("\n"), /^SERVER_SOFTWARE=maitred\/\d+\.\d+\.\d+/m);
  deepEqual(told.filter((line) => !line.startsWith("SERVER_SOFTWARE")).sort(), [
    "CONTENT_LENGTH=5",
    "CONTENT_TYPE=a/b",
    `DOCUMENT_ROOT=${root}`,
    "GATEWAY_INTERFACE=CGI/1.1",
    "HTTP_HOST=example.org",
    "HTTP_X_Y=z",
    "PATH=/usr/bin:/bin",
    "PATH_INFO=/a b",
    `PATH_TRANSLATED=${root}/a b`,
    "QUERY_STRING=c=%20d",
    "REMOTE_ADDR=192.0.2.7",
    "REMOTE_HOST=192.0.2.7",
    "REMOTE_PORT=50000",
    "REQUEST_METHOD=POST",
    "REQUEST_SCHEME=http",
    "REQUEST_URI=/cgi-bin/env/a%20b?c=%20d",
    `SCRIPT_FILENAME=${root}/cgi-bin/env`,
    "SCRIPT_NAME=/cgi-bin/env",
    "SERVER_ADDR=127.0.0.1",
    "SERVER_NAME=example.org",
    "SERVER_PORT=8080",
    "SERVER_PROTOCOL=HTTP/1.1",
  ]);
});

test("the server's own PATH is the programs', if nothing else is said, and further variables are too", async (t) => {
  const { handle } = await serving(t, { p: `${PLAIN}; echo $PATH $SOUP` }, { variables: { SOUP: "뭇국" } });
  equal((await ask(handle, "GET /cgi-bin/p", HOST)).text, `${process.env.PATH} 뭇국\n`);
});

test("a program starts in its own folder", async (t) => {
  const { root, handle } = await serving(t, { "sub/p": `${PLAIN}; pwd; echo $0` });
  equal((await ask(handle, "GET /cgi-bin/sub/p", HOST)).text, `${root}/cgi-bin/sub\n${root}/cgi-bin/sub/p\n`);
});

test("an indexed query is the command line, and one with '=' is not", async (t) => {
  const { handle } = await serving(t, { p: `${PLAIN}; printf '%s|' "$@"` });
  equal((await ask(handle, "GET /cgi-bin/p?a+b%20c+d%26e", HOST)).text, "a|b c|d\\&e|");
  equal((await ask(handle, "GET /cgi-bin/p?a=b", HOST)).text, "|");
  equal((await ask(handle, "GET /cgi-bin/p?-s", HOST)).text, "|");
});

test("every method is the program's to answer", async (t) => {
  const { handle } = await serving(t, { p: `${PLAIN}; echo $REQUEST_METHOD` });
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"]) {
    equal((await ask(handle, `${method} /cgi-bin/p`, HOST)).text, `${method}\n`);
  }
});

test("content of unknown length is collected, so that its length is true", async (t) => {
  const { handle } = await serving(t, { p: `${PLAIN}; echo $CONTENT_LENGTH; cat` }, { spoolBytes: 1000 });
  await ask(handle, "POST /cgi-bin/p", HOST, bodyOf([]));
  const before = openDescriptors();
  for (const count of [0, 1, 10, 1000]) {
    const pieces = Array.from({ length: count }, () => "0123456789");
    const { text } = await ask(handle, "POST /cgi-bin/p", HOST, bodyOf(pieces, { later: true }));
    equal(text, `${count * 10}\n${pieces.join("")}`);
    ok(await descriptorsAtMost(before), "a descriptor is left open");
  }
});

test("content of unknown length has a limit", async (t) => {
  const { handle } = await serving(t, { p: PLAIN }, { spoolLimit: 100 });
  await rejects(ask(handle, "POST /cgi-bin/p", HOST, bodyOf(["x".repeat(101)])), {
    name: "ProtocolError",
    status: 413,
  });
});

test("an empty content that was announced has a length of 0", async (t) => {
  const { handle } = await serving(t, { p: `${PLAIN}; echo "[$CONTENT_LENGTH]"` });
  equal((await ask(handle, "POST /cgi-bin/p", { ...HOST, "Content-Length": "0" })).text, "[0]\n");
  equal((await ask(handle, "POST /cgi-bin/p", HOST)).text, "[]\n");
});

test("what is not there is 404, what may not be run is 403, and the log says why", async (t) => {
  const { handle } = await serving(t, { p: PLAIN }, { more: { "cgi-bin/data": "x", "index.html": "<p>" } });
  const guest = exchange();
  for (const [path, status] of [
    ["/cgi-bin/q", 404],
    ["/index.html", 404],
    ["/cgi-bin/", 403],
    ["/cgi-bin/data", 403],
    // Nobody forges a line of the log.
    ["/cgi-bin/data/%0Aforged", 403],
  ] as const) {
    equal((await handle(request(`GET ${path}`), guest)).status, status, path);
  }
  deepEqual(guest.complaints, [
    'Cannot run "/cgi-bin/": it is a folder',
    'Cannot run "/cgi-bin/data": it is no executable file (chmod +x?)',
    'Cannot run "/cgi-bin/data/%0Aforged": it is no executable file (chmod +x?)',
  ]);
});

test("a path that is none is refused as everywhere", async (t) => {
  const { handle } = await serving(t, { p: PLAIN });
  await rejects(ask(handle, "GET /cgi-bin/p/%00", HOST), { name: "ProtocolError", status: 400 });
});

const UNSTARTABLE: [what: string, content: string, status: number, complaint: RegExp][] = [
  [
    "text without #!",
    "echo hello\n",
    502,
    /^\/cgi-bin\/p: Cannot start it: it is neither a binary .* nor does it begin with "#!" \(ENOEXEC\)$/,
  ],
  ["an interpreter that is not there", "#!/nowhere/perl\n", 502, /interpreter .* is not there .*\(ENOENT\)$/],
  ["DOS's line ends", "#!/bin/sh\r\n", 502, /does the line end with CR\?\) \(ENOENT\)$/],
  ["an interpreter that is none", "#!/etc/passwd\n", 403, /\(EACCES\)$/],
];

for (const [what, content, status, complaint] of UNSTARTABLE) {
  test(`${what} is a ${status}, with a clear line in the log, and takes no place`, async (t) => {
    const { root, handle } = await serving(t, { good: PLAIN }, { limit: 1, queue: 0, more: { "cgi-bin/p": content } });
    chmodSync(join(root, "cgi-bin/p"), 0o755);
    const guest = exchange();
    equal((await handle(request("GET /cgi-bin/p"), guest)).status, status);
    match(guest.complaints.join("\n"), complaint);
    equal((await ask(handle, "GET /cgi-bin/good", HOST)).status, 200);
  });
}

test("a local redirect is answered by the site, by GET and without content", async (t) => {
  const redirectTo: Handler = ({ method, target, fields, body }) => ({
    status: 200,
    fields: new Fields(),
    body: Buffer.from(`${method} ${target} ${[...fields].flat()} ${body}`),
  });
  const { handle } = await serving(t, { p: "echo 'Location: /menu.html?a'; echo" }, { redirectTo });
  const fields = { ...HOST, "Content-Length": "5", "Content-Type": "a/b", "Expect": "100-continue", "X-A": "b" };
  const { text } = await ask(handle, "POST /cgi-bin/p", fields, bodyOf(["hello"], { length: 5 }));
  equal(text, "GET /menu.html?a Host,example.org,X-A,b undefined");
  equal((await ask(handle, "HEAD /cgi-bin/p", HOST)).text, "HEAD /menu.html?a Host,example.org undefined");
});

test("programs can lead to each other", async (t) => {
  const { handle } = await serving(t, {
    a: "echo 'Location: /cgi-bin/b/x?y'; echo",
    b: `${PLAIN}; echo $PATH_INFO $QUERY_STRING`,
  });
  equal((await ask(handle, "GET /cgi-bin/a", HOST)).text, "/x y\n");
});

test("programs that lead round in a circle are a bad gateway", async (t) => {
  const { handle } = await serving(t, {
    a: "echo 'Location: /cgi-bin/b'; echo",
    b: "echo 'Location: /cgi-bin/a'; echo",
  });
  const guest = exchange();
  equal((await handle(request("GET /cgi-bin/a"), guest)).status, 502);
  deepEqual(guest.complaints, ['/cgi-bin/a: Cannot follow its Location "/cgi-bin/b": that was the 11th in a row']);
  // The next request starts afresh.
  equal((await ask(handle, "GET /cgi-bin/b", HOST)).status, 502);
});

test("a program named nph-… writes its head itself", async (t) => {
  const { handle } = await serving(t, { "nph-p": "printf 'HTTP/1.0 299 So\\r\\n\\r\\nhello'", "p-nph-": PLAIN });
  const answer = await handle(request("GET /cgi-bin/nph-p"), exchange());
  equal(answer.raw, true);
  equal(await textOf(answer), "HTTP/1.0 299 So\r\n\r\nhello");
  equal((await handle(request("GET /cgi-bin/p-nph-"), exchange())).raw, undefined);
});

test("only so many run at once; so many wait; the others are told to come again", async (t) => {
  const { handle } = await serving(t, { p: `${PLAIN}; read line; echo done` }, { limit: 1, queue: 1 });
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const first = ask(handle, "POST /cgi-bin/p", HOST, { length: 1, read: () => promise, cancel() {} });
  const second = ask(handle, "GET /cgi-bin/p", HOST);
  await turn();
  const third = await handle(request("GET /cgi-bin/p"), exchange());
  deepEqual([third.status, third.fields.get("retry-after")], [503, "5"]);
  resolve(Buffer.from("\n"));
  equal((await first).text, "done\n");
  equal((await second).text, "done\n");
});

test("a client that leaves while it waits is not served, and takes no place", async (t) => {
  const { handle } = await serving(t, { p: `${PLAIN}; read line; echo done` }, { limit: 1, queue: 1 });
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const first = ask(handle, "POST /cgi-bin/p", HOST, { length: 1, read: () => promise, cancel() {} });
  const guest = exchange();
  const content = bodyOf(["x"]);
  const second = handle(request("POST /cgi-bin/p", HOST, content), guest) as Promise<unknown>;
  const gone = rejects(second, { name: "SocketError", code: "ECONNABORTED" });
  await turn();
  guest.leave();
  await gone;
  const third = ask(handle, "GET /cgi-bin/p", HOST);
  resolve(Buffer.from("\n"));
  deepEqual([(await first).text, (await third).text], ["done\n", "done\n"]);
});

test("limits that make no sense are refused when the house is built", () => {
  throws(() => cgi({ root: ".", limit: 0 }), RangeError);
});

const tools = (...names: string[]): string | undefined =>
  names.find((name) => spawnSync(name, ["--version"]).status === 0);

const LANGUAGES: [language: string, file: string, tool: string | undefined][] = [
  ["sh", "greet.sh", "sh"],
  ["C", "greet.c", tools("cc", "gcc", "clang")],
  ["Python", "greet.py", tools("python3")],
  ["JavaScript", "greet.mjs", "node"],
];

for (const [language, file, tool] of LANGUAGES) {
  test(`a program in ${language} answers`, {
    skip: tool === undefined && `nothing here understands ${language}`,
  }, async (t) => {
    const root = await folder(t, {});
    const program = join(root, "cgi-bin/greet");
    mkdirSync(join(root, "cgi-bin"));
    const source = resolve("test/programs", file);
    if (language === "C") equal(spawnSync(tool!, ["-o", program, source], { encoding: "utf8" }).stderr, "");
    else copyFileSync(source, program);
    chmodSync(program, 0o755);
    // The Node that runs this may be in nobody's PATH. Python's may be a wrapper that wants to know where it lives.
    const handle = cgi({
      root,
      variables: { PATH: `${join(process.execPath, "..")}:${process.env.PATH}`, HOME: process.env.HOME ?? "/" },
    });
    equal((await ask(handle, "GET /cgi-bin/greet/guest?15000&213", HOST)).text, "GET 15000&213 /guest\n");
    const { text } = await ask(handle, "POST /cgi-bin/greet", HOST, bodyOf(["hello ", "there"], { length: 11 }));
    equal(text, "POST  \nHELLO THERE");
  });
}
