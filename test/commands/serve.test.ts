import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Maitred, maitred } from "./maitred.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-serve-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

mkdirSync(at("public/sub"), { recursive: true });
mkdirSync(at("public/cgi-bin"));
writeFileSync(at("public/index.html"), "<h1>home</h1>");
writeFileSync(at("public/about.html"), "<h1>about</h1>");
writeFileSync(at("public/lost.html"), "<h1>lost</h1>");
writeFileSync(at("public/.secret"), "psst");
writeFileSync(at("public/sub/a.txt"), "a");
writeFileSync(
  at("public/cgi-bin/hello"),
  "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello %s' \"$QUERY_STRING\"\n",
  {
    mode: 0o755,
  },
);
writeFileSync(at("notes.txt"), "no module");
writeFileSync(at("broken.mjs"), "throw new Error('not today');\n");
// Says when it has begun, and goes on when it is told to by another request.
writeFileSync(
  at("app.mjs"),
  `let goOn;
  const told = new Promise((resolve) => (goOn = resolve));
  export default {
    async fetch(request, { waitUntil }) {
      const { pathname } = new URL(request.url);
      if (pathname === "/go-on") { goOn(); return new Response("going on"); }
      if (pathname === "/late") {
        waitUntil(new Promise((resolve) => setTimeout(resolve, 50)).then(() => console.error("the work is done")));
        return new Response("early");
      }
      if (pathname === "/throw") throw new Error("a bad day \\x1b[31m");
      if (pathname !== "/slow") return new Response(await request.text());
      console.error("slow");
      await told;
      return new Response("done at last");
    },
  };`,
);

/** A port that is taken. */
const taken = net.createServer();
await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
const { port } = taken.address() as net.AddressInfo;
after(() => taken.close());

const local = ["--host", "127.0.0.1", "--port", "0"];

// Each is a program of its own; three at a time keep both halves of a small machine busy.
describe("what cannot be served gets one line, and exit code 2", { concurrency: 3 }, () => {
  const REFUSED: [words: string[], line: string][] = [
    [["ecoh"], 'Cannot serve "ecoh": there is no such file or folder (did you mean "echo"?)'],
    [["notes.txt"], 'Cannot serve "notes.txt": it is neither a folder nor a module (.js, .mjs, .ts, .mts)'],
    [["broken.mjs"], 'Cannot load "broken.mjs": Error: not today'],
    [
      ["--port", String(port)],
      `Cannot listen on localhost:${port}: something else listens there (--port chooses another port)`,
    ],
    [["--unix", "nowhere/door"], "Cannot listen on nowhere/door: there is no such folder"],
    [["--header", "x"], 'Cannot add the header "x": it is not written "Name: value"'],
    [["--redirect", "/a=/a"], 'Cannot redirect by "/a=/a": it leads round in a circle'],
  ];

  for (const [words, line] of REFUSED) {
    test(`maitred ${words.join(" ")}`, async () => {
      const { code, stdout, stderr } = await new Maitred(words, { cwd: folder }).ended;
      equal(stderr, `${line}\n`);
      equal(stdout, "");
      equal(code, 2);
    });
  }

  test("--verbose shows what was behind it", async () => {
    const { code, stderr } = await new Maitred(["--verbose", "broken.mjs"], { cwd: folder }).ended;
    match(stderr, /^Refusal: Cannot load[\s\S]*not today[\s\S]*at .*broken\.mjs:1/);
    equal(code, 2);
  });
});

describe("a folder is served", { concurrency: 3 }, () => {
  test("at localhost, which is both families, and that is all it says when piped", async () => {
    await using house = new Maitred(["--port", "0"], { cwd: at("public") });
    const [first, second] = await house.lines(2);
    match(first!, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    equal(second, first!.replace("127.0.0.1", "[::1]"));
    for (const url of [first!, second!]) equal(await (await fetch(url)).text(), "<h1>home</h1>");
    house.child.kill("SIGTERM");
    deepEqual(await house.ended, { code: 0, stdout: `${first}\n${second}\n`, stderr: "" });
  });

  test("by its name, with or without the word", async () => {
    for (const words of [[at("public")], ["serve", at("public")]]) {
      await using house = maitred(...words, ...local);
      equal(await (await fetch(await house.origin())).text(), "<h1>home</h1>");
    }
  });

  test("with its programs, unless they are not wanted", async () => {
    await using house = maitred(at("public"), ...local);
    equal(await (await fetch(`${await house.origin()}/cgi-bin/hello?you`)).text(), "hello you");
    await using other = maitred(at("public"), ...local, "--no-cgi");
    const { status } = await fetch(`${await other.origin()}/cgi-bin/hello?you`);
    equal(status, 404);
  });

  test("to the network, with the addresses others may use", async () => {
    await using house = maitred(at("public"), "--lan", "--port", "0");
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    const [first, ...more] = await house.lines(2 + others.length);
    equal(await (await fetch(first!)).text(), "<h1>home</h1>");
    const { port } = new URL(first!);
    for (const { address } of others) ok(more.includes(`http://${address}:${port}/`), `${address} in ${more}`);
  });

  test("on a Unix-domain socket", async () => {
    await using house = maitred(at("public"), "--unix", at("door"));
    deepEqual(await house.lines(1), [`unix:${at("door")}`]);
    const [response] = (await once(http.get({ socketPath: at("door"), path: "/about.html" }), "response")) as [
      http.IncomingMessage,
    ];
    equal((await response.toArray()).join(""), "<h1>about</h1>");
  });

  test("on the sockets that systemd hands over", async () => {
    const listener = net.createServer();
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
    await using house = new Maitred([at("public"), "--port", String(port)], { socket: fd });
    const origin = await house.origin();
    equal(origin, `http://127.0.0.1:${(listener.address() as net.AddressInfo).port}`);
    listener.close();
    equal(await (await fetch(origin)).text(), "<h1>home</h1>");
  });

  test("with every switch for files, headers and redirects", async () => {
    const switches = ["--spa", "--cors", "--coi", "--dotfiles", "--header", "X-One: 1", "--header", "X-Two: 2"];
    await using house = maitred(at("public"), ...local, ...switches, "--redirect", "/a=/b", "--redirect", "/c=/d:308");
    const origin = await house.origin();
    const ask = (path: string) => fetch(origin + path, { redirect: "manual" });

    const home = await ask("/some/where");
    equal(await home.text(), "<h1>home</h1>");
    equal(home.headers.get("access-control-allow-origin"), "*");
    equal(home.headers.get("cross-origin-opener-policy"), "same-origin");
    equal(home.headers.get("x-one"), "1");
    equal(home.headers.get("x-two"), "2");
    equal(await (await ask("/.secret")).text(), "psst");
    equal((await ask("/a")).headers.get("location"), "/b");
    equal((await ask("/c")).status, 308);
  });

  test("with clean URLs, a page for what is lost, and with or without listings", async () => {
    await using house = maitred(at("public"), ...local, "--clean-urls", "--404", "lost.html", "--no-listing");
    const origin = await house.origin();
    equal(await (await fetch(`${origin}/about`)).text(), "<h1>about</h1>");
    const lost = await fetch(`${origin}/nowhere`);
    equal(lost.status, 404);
    equal(await lost.text(), "<h1>lost</h1>");
    equal((await fetch(`${origin}/.secret`)).status, 404);
    equal((await fetch(`${origin}/sub/`)).status, 403);

    await using other = maitred(at("public"), ...local);
    match(await (await fetch(`${await other.origin()}/sub/`)).text(), /a\.txt/);
  });

  test("no more connections than were asked for", async () => {
    await using house = maitred(at("public"), ...local, "--max-connections", "1");
    const { hostname, port } = new URL(await house.origin());
    const first = net.connect(Number(port), hostname);
    await once(first, "connect");
    const second = await fetch(`http://${hostname}:${port}/`);
    equal(second.status, 503);
    first.destroy();
  });
});

describe("the log", { concurrency: 3 }, () => {
  const FORMATS: [format: string, line: RegExp][] = [
    ["pretty", /^\d\d:\d\d:\d\d {2}200 {2}GET \/about\.html {2}14 B/],
    ["json", /^\{"time":.*"target":"\/about\.html".*"status":200/],
  ];

  for (const [format, line] of FORMATS) {
    test(`${format} has a line for each answer, and for what could not be read`, async () => {
      await using house = maitred(at("public"), ...local, "--log", format);
      const { host, hostname, port } = new URL(await house.origin());
      await (await fetch(`http://${host}/about.html`)).text();
      match((await house.lines(2))[1]!, line);
      net.connect(Number(port), hostname).end("nonsense\r\n\r\n").resume();
      match((await house.lines(3))[2]!, /400/);
      match((await house.lines(1, "stderr"))[0]!, /^127\.0\.0\.1:\d+: 400: Cannot read the request/);
    });
  }

  test("goes on although nobody reads it", async () => {
    await using house = maitred(at("public"), ...local, "--log", "common");
    const origin = await house.origin();
    house.child.stdout!.destroy();
    for (let i = 0; i < 3; i++) equal((await fetch(origin)).status, 200);
    house.child.kill("SIGTERM");
    deepEqual(await house.ended.then(({ code, stderr }) => ({ code, stderr })), { code: 0, stderr: "" });
  });
});

describe("on a terminal", { concurrency: 3 }, () => {
  for (const [colours, env] of [
    ["in colours", { TERM: "xterm-256color" }],
    ["without colours where NO_COLOR says so", { TERM: "xterm-256color", NO_COLOR: "1" }],
  ] as const) {
    test(`it says more, and tells of each answer, ${colours}`, async () => {
      await using house = new Maitred([at("public"), ...local], { env, terminal: true });
      const words = (await house.lines(3)).join("\n");
      match(words, /serves ".*public"/);
      equal(words.includes("\x1b["), !("NO_COLOR" in env));
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(words)!;
      await (await fetch(`${url}/about.html`)).text();
      match((await house.lines(4))[3]!, /GET \/about\.html/);
    });
  }
});

describe("a program is served", { concurrency: 3 }, () => {
  test("and streams both ways; what it throws is told in one line", async () => {
    await using house = maitred(at("app.mjs"), ...local);
    const origin = await house.origin();
    equal(await (await fetch(origin, { method: "POST", body: "echo" })).text(), "echo");
    equal((await fetch(`${origin}/throw`)).status, 500);
    const [complaint] = await house.lines(1, "stderr");
    match(complaint!, /^127\.0\.0\.1:\d+: Cannot answer GET \/throw: Error: a bad day \\x1b\[31m$/);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} lets it finish the answer it is at, and turns others away`, async () => {
      await using house = maitred(at("app.mjs"), ...local);
      const origin = await house.origin();
      const slow = fetch(`${origin}/slow`);
      deepEqual(await house.lines(1, "stderr"), ["slow"]);
      // Whoever has begun to ask is heard to the end.
      const begun = net.connect(Number(new URL(origin).port), "127.0.0.1").resume();
      begun.write("GET /go-on HTTP/1.1\r\nHost: a\r\n");
      await (await fetch(origin)).text();
      house.child.kill(signal);
      while (
        await fetch(origin).then(
          () => true,
          () => false,
        )
      );
      begun.write("\r\n");
      equal(await (await slow).text(), "done at last");
      equal((await house.ended).code, 0);
      begun.destroy();
    });
  }

  test("what goes on after the answer is waited for", async () => {
    await using house = maitred(at("app.mjs"), ...local);
    equal(await (await fetch(`${await house.origin()}/late`)).text(), "early");
    house.child.kill("SIGTERM");
    const { code, stderr } = await house.ended;
    equal(stderr, "the work is done\n");
    equal(code, 0);
  });

  test("an answer that never comes is waited for no longer than --grace says", async () => {
    await using house = maitred(at("app.mjs"), ...local, "--grace", "50ms");
    const slow = fetch(`${await house.origin()}/slow`).then(
      () => "answered",
      () => "broken off",
    );
    deepEqual(await house.lines(1, "stderr"), ["slow"]);
    house.child.kill("SIGTERM");
    equal((await house.ended).code, 0);
    equal(await slow, "broken off");
  });

  test("the second signal ends it at once", async () => {
    await using house = maitred(at("app.mjs"), ...local);
    const slow = fetch(`${await house.origin()}/slow`).catch(() => "broken off");
    deepEqual(await house.lines(1, "stderr"), ["slow"]);
    house.child.kill("SIGINT");
    while (
      await fetch(await house.origin()).then(
        () => true,
        () => false,
      )
    );
    house.child.kill("SIGINT");
    equal((await house.ended).code, 130);
    equal(await slow, "broken off");
  });
});
