import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type ProxyFlags, proxyFor } from "../../src/commands/proxy.ts";
import { Refusal } from "../../src/commands/refusal.ts";
import type { Address } from "../../src/socket/socket.ts";
import { exchange, request, textOf } from "../handlers/exchange.ts";
import { identity } from "../socket/certificates/read.ts";
import { Maitred, maitred } from "./maitred.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-proxy-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** Listens until the tests are over; gives its port. */
async function listen(server: net.Server, path?: string): Promise<number> {
  server.listen(path === undefined ? { port: 0, host: "127.0.0.1" } : { path });
  await once(server, "listening");
  after(() => {
    server.close();
    if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
  });
  return path === undefined ? (server.address() as net.AddressInfo).port : 0;
}

/** Says who it is, and what it was asked. */
const telling =
  (name: string): http.RequestListener =>
  ({ method, url, headers }, response) =>
    void response.setHeader("X-Server", name).end(JSON.stringify({ method, url, headers }));

const port = await listen(http.createServer(telling("one")));
const origin = `http://127.0.0.1:${port}`;

/** Counts how often it is asked for each path. */
const counts = new Map<string, number>();
const counter = http.createServer(({ url }, response) => {
  counts.set(url!, (counts.get(url!) ?? 0) + 1);
  response.setHeader("Cache-Control", "max-age=60").end(`answer ${counts.get(url!)}`);
});
const counting = `http://127.0.0.1:${await listen(counter)}`;

const DEFAULTS = { port: 0, host: "localhost" } as const;

/** What the proxy that these flags make answers to one request, and who answered it. */
async function answerOf(flags: Partial<ProxyFlags>, line: string, fields = {}, remote?: Address) {
  const { handler, close } = await proxyFor({ ...DEFAULTS, ...flags });
  try {
    const answer = await handler(request(line, fields), exchange(remote && { remote }));
    return { status: answer.status, fields: answer.fields, text: await textOf(answer) };
  } finally {
    close();
  }
}

const from = (host: string): Address => ({ host, port: 50_000 });
const basic = (text: string): string => `Basic ${btoa(text)}`;
const GET = `GET ${origin}/menu?today`;

describe("a forward proxy", () => {
  test("goes where it is asked to", async () => {
    const { status, text } = await answerOf({ name: "house" }, GET, { Host: "a", Accept: "text/plain" });
    equal(status, 200);
    const { url, headers } = JSON.parse(text);
    equal(url, "/menu?today");
    equal(headers.host, `127.0.0.1:${port}`);
    equal(headers.via, "1.1 house");
    equal(headers["x-forwarded-for"], undefined);
  });

  test("knows itself by a name that another maitred does not have", async () => {
    const names = await Promise.all([1, 2].map(async () => JSON.parse((await answerOf({}, GET)).text).headers.via));
    for (const name of names) match(name, /^1\.1 maitred-[\da-f]+$/);
    equal(new Set(names).size, 2);
  });

  for (const [forwarded, names] of [
    ["x-forwarded", ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]],
    ["forwarded", ["forwarded"]],
    ["none", []],
  ] as const) {
    test(`tells for whom it asks: ${forwarded}`, async () => {
      const { headers } = JSON.parse((await answerOf({ forwarded }, GET, { Host: "a" })).text);
      deepEqual(
        Object.keys(headers).filter((name) => name.includes("forwarded")),
        names,
      );
    });
  }

  const PLACES: [flags: Partial<ProxyFlags>, status: number, why?: RegExp][] = [
    [{ allow: ["127.0.0.1"] }, 200],
    [{ allow: ["example.com"] }, 403, /not.*allowed|--allow/],
    [{ deny: ["127.0.0.0/8"] }, 403, /--deny 127\.0\.0\.0\/8/],
    [{ allow: ["127.0.0.1"], deny: [`127.0.0.1:${port}`] }, 403, /--deny/],
    // Whoever is let in from elsewhere.
    [{ lan: true }, 403, /inside this machine \(--allow 127\.0\.0\.1 allows it\)/],
    [{ host: "0.0.0.0" }, 403, /inside this machine/],
    [{ lan: true, auth: "mia:secret" }, 407],
    [{ lan: true, allow: ["127.0.0.1"] }, 200],
    [{ lan: true, allow: ["*"] }, 403, /inside this machine/],
    [{ host: "::1" }, 200],
    [{ unix: "door" }, 200],
  ];
  for (const [flags, status, why] of PLACES) {
    test(`${JSON.stringify(flags)}: ${status}`, async () => {
      const answer = await answerOf(flags, GET, {}, from("127.0.0.1"));
      equal(answer.status, status);
      if (why !== undefined) match(answer.text, why);
    });
  }

  test("with --lan keeps link-local addresses to itself, where clouds have their secrets", async () => {
    const { status, text } = await answerOf({ lan: true }, "GET http://169.254.169.254/", {}, from("10.0.0.7"));
    equal(status, 403);
    match(text, /link-local/);
  });

  const VISITORS: [flags: Partial<ProxyFlags>, remote: string, mayCome: boolean][] = [
    [{}, "203.0.113.9", true],
    [{ lan: true }, "203.0.113.9", false],
    [{ lan: true }, "192.168.7.7", true],
    [{ lan: true }, "::1", true],
    [{ lan: true, from: ["203.0.113.0/24"] }, "203.0.113.9", true],
    [{ lan: true, from: ["203.0.113.0/24"] }, "192.168.7.7", false],
    [{ from: ["10.0.0.0/8", "fd00::/8"] }, "fd00::7", true],
    [{ from: ["10.0.0.0/8", "fd00::/8"] }, "127.0.0.1", false],
    // They have said the password.
    [{ lan: true, auth: "mia:secret" }, "203.0.113.9", true],
    // Of a gateway everyone may be a guest.
    [{ lan: true, to: [origin] }, "203.0.113.9", true],
    [{ lan: true, to: [origin], from: ["10.0.0.0/8"] }, "203.0.113.9", false],
  ];
  for (const [flags, remote, mayCome] of VISITORS) {
    test(`${JSON.stringify(flags)} ${mayCome ? "lets" : "does not let"} ${remote} in`, async () => {
      const places = flags.to === undefined ? { allow: ["127.0.0.1"] } : {};
      const fields = { "Proxy-Authorization": basic("mia:secret") };
      const { status, text } = await answerOf({ ...flags, ...places }, GET, fields, from(remote));
      equal(status, mayCome ? 200 : 403);
      if (!mayCome) match(text, /not among those who may come in/);
    });
  }

  test("nobody knows where systemd listens: what is let in there is what would be with --lan", async () => {
    process.env.LISTEN_FDS = "1";
    try {
      equal((await answerOf({}, GET, {}, from("203.0.113.9"))).status, 403);
      match((await answerOf({}, GET, {}, from("127.0.0.1"))).text, /inside this machine/);
    } finally {
      delete process.env.LISTEN_FDS;
    }
  });

  const GUESTS: [said: string | undefined, status: number][] = [
    [undefined, 407],
    ["Bearer secret", 407],
    [basic("mia:wrong"), 407],
    [basic("mia:se:cret"), 200],
  ];
  for (const [said, status] of GUESTS) {
    test(`--auth answers ${said ?? "nothing"} with ${status}`, async () => {
      const fields = said === undefined ? {} : { "Proxy-Authorization": said };
      const answer = await answerOf({ auth: "mia:se:cret" }, GET, fields);
      equal(answer.status, status);
      if (status === 407) match(answer.fields.get("proxy-authenticate")!, /^Basic /);
      else equal(JSON.parse(answer.text).headers["proxy-authorization"], undefined);
    });
  }

  test("CONNECT goes to 443 and to the ports that are listed", async () => {
    const denied = await answerOf({}, `CONNECT 127.0.0.1:${port}`);
    equal(denied.status, 403);
    match(denied.text, /port 443 only/);
    const { handler, close } = await proxyFor({ ...DEFAULTS, connectPort: [[port, port]] });
    const visit = exchange();
    const { status, tunnel } = await handler(request(`CONNECT 127.0.0.1:${port}`), visit);
    equal(status, 200);
    equal(typeof tunnel, "function");
    visit.leave();
    close();
  });

  test("what cannot be reached is told with 502", async () => {
    const answer = await answerOf({}, "GET http://127.0.0.1:1/");
    equal(answer.status, 502);
    match(answer.fields.get("proxy-status")!, /connection_refused/);
  });
});

describe("the textbook's proxy", () => {
  test("says what the textbook wants it to say", async () => {
    const server = http.createServer((request, response) => {
      response.end(JSON.stringify([request.httpVersion, ...request.rawHeaders]));
    });
    const its = await listen(server);
    const fields = { Host: "chosen", "User-Agent": "curl", "X-One": "1", Connection: "keep-alive" };
    const answer = await answerOf({ profile: "csapp" }, `GET http://127.0.0.1:${its}/home.html`, fields);
    deepEqual(JSON.parse(answer.text), [
      "1.0",
      ...["Host", "chosen"],
      "User-Agent",
      "Mozilla/5.0 (X11; Linux x86_64; rv:10.0.3) Gecko/20120305 Firefox/10.0.3",
      ...["Connection", "close", "Proxy-Connection", "close", "X-One", "1"],
    ]);
    equal(answer.fields.get("connection"), "close");
    equal((await answerOf({ profile: "csapp" }, `POST http://127.0.0.1:${its}/`)).status, 501);
  });

  test("answers at once for a server that has died since, with its 404 as well", async () => {
    const server = http.createServer(({ url }, response) => {
      response.writeHead(url === "/home.html" ? 200 : 404, { "Cache-Control": "no-store" }).end(`this is ${url}`);
    });
    const its = await listen(server);
    const { handler, close } = await proxyFor({ ...DEFAULTS, profile: "csapp" });
    const ask = (path: string) => handler(request(`GET http://127.0.0.1:${its}${path}`), exchange());
    for (const path of ["/home.html", "/lost.html"]) await textOf(await ask(path));
    server.close().closeAllConnections();
    for (const [path, status] of [
      ["/home.html", 200],
      ["/lost.html", 404],
    ] as const) {
      const again = ask(path);
      ok(!(again instanceof Promise));
      deepEqual([again.status, await textOf(again)], [status, `this is ${path}`]);
      equal(again.fields.get("connection"), "close");
    }
    equal((await ask("/other.html")).status, 502);
    close();
  });
});

describe("a gateway", () => {
  test("asks its server, and tells for whom", async () => {
    const fields = { Host: "site.test", Authorization: basic("mia:secret") };
    const { status, text } = await answerOf({ to: [origin], name: "edge" }, "GET /menu", fields);
    equal(status, 200);
    const { headers } = JSON.parse(text);
    equal(headers.host, "site.test");
    equal(headers["x-forwarded-for"], "192.0.2.7");
    equal(headers.authorization, fields.Authorization);
    equal(headers["cdn-loop"], "edge");
    const own = await answerOf({ to: [origin], hostField: "upstream" }, "GET /menu", fields);
    equal(JSON.parse(own.text).headers.host, `127.0.0.1:${port}`);
  });

  test("believes those that --trust names, and nobody else", async () => {
    const fields = { Host: "a", "X-Forwarded-For": "198.51.100.1" };
    const heard = async (trust: string[]) =>
      JSON.parse((await answerOf({ to: [origin], trust }, "GET /", fields)).text).headers["x-forwarded-for"];
    equal(await heard(["192.0.2.0/24"]), "198.51.100.1, 192.0.2.7");
    equal(await heard(["10.0.0.0/8"]), "192.0.2.7");
  });

  test("--auth is 401, as from the server itself", async () => {
    const flags = { to: [origin], auth: "mia:secret" };
    const answer = await answerOf(flags, "GET /");
    equal(answer.status, 401);
    match(answer.fields.get("www-authenticate")!, /^Basic /);
    const known = await answerOf(flags, "GET /", { Authorization: basic("mia:secret") });
    equal(known.status, 200);
    equal(JSON.parse(known.text).headers.authorization, undefined);
  });

  test("an https server must show a certificate that is believed", async () => {
    const to = [`https://localhost:${await listen(https.createServer(identity("localhost"), telling("secure")))}`];
    const ca = ["test/socket/certificates/ca.crt"];
    const unknown = await answerOf({ to }, "GET /");
    equal(unknown.status, 502);
    match(unknown.fields.get("proxy-status")!, /tls_/);
    equal((await answerOf({ to, ca }, "GET /")).status, 200);
    equal((await answerOf({ to, insecure: true }, "GET /")).status, 200);
    const other = [`https://localhost:${await listen(https.createServer(identity("other"), telling("other")))}`];
    equal((await answerOf({ to: other, ca }, "GET /")).status, 502);
  });

  test("a server may be at a Unix-domain socket", async () => {
    await listen(http.createServer(telling("local")), at("app.sock"));
    const { fields, text } = await answerOf({ to: [`unix:${at("app.sock")}:/base`] }, "GET /menu", { Host: "a" });
    equal(fields.get("x-server"), "local");
    equal(JSON.parse(text).url, "/base/menu");
  });

  /** Which servers answer so many requests. */
  async function servers(flags: Partial<ProxyFlags>, count: number, fields = {}): Promise<string> {
    const { handler, close } = await proxyFor({ ...DEFAULTS, ...flags });
    let names = "";
    for (let i = 0; i < count; i++) {
      const answer = await handler(request("GET /menu", fields), exchange());
      await textOf(answer);
      names += `${answer.fields.get("x-server") ?? answer.status} `;
    }
    close();
    return names.trim();
  }

  test("several servers have their shares", async () => {
    const other = `http://127.0.0.1:${await listen(http.createServer(telling("two")))}`;
    equal(await servers({ to: [origin, other] }, 4), "one two one two");
    equal(await servers({ to: [`${origin},weight=3`, other] }, 8), "one one two one one one two one");
    for (const balance of ["hash:path", "hash:client", "hash:header:x-user"]) {
      equal(new Set((await servers({ to: [origin, other], balance }, 6, { "X-User": "mia" })).split(" ")).size, 1);
    }
    equal(await servers({ to: [origin, other], balance: "least-connections" }, 2), "one two");
  });

  test("where one server is not there another is asked, if --tries allows it", async () => {
    const lost = "http://127.0.0.1:1";
    equal(await servers({ to: [lost, origin] }, 3), "one one one");
    equal(await servers({ to: [lost, origin], tries: 1 }, 1), "502");
  });

  test("who fails its health check is passed over, and it is told once", async (t) => {
    const told = t.mock.method(console, "error", () => {});
    const checked = Promise.withResolvers<void>();
    const ill = http.createServer((request, response) => {
      response.statusCode = 500;
      response.setHeader("X-Server", "ill").end();
      if (request.url === "/health") response.on("close", checked.resolve);
    });
    const to = [`http://127.0.0.1:${await listen(ill)}`, origin];
    const { handler, close } = await proxyFor({ ...DEFAULTS, to, health: "/health", healthInterval: 10 });
    await checked.promise;
    while (told.mock.callCount() === 0) await new Promise(setImmediate);
    for (let i = 0; i < 4; i++) {
      const answer = await handler(request("GET /"), exchange());
      await textOf(answer);
      equal(answer.fields.get("x-server"), "one");
    }
    close();
    match(told.mock.calls[0]?.arguments[0], /^127\.0\.0\.1:\d+ is out: its health check was answered with 500$/);
    equal(told.mock.callCount(), 1);
  });

  test("the textbook's rules are not for it", async () => {
    await rejects(proxyFor({ ...DEFAULTS, to: [origin], profile: "csapp" }), Refusal);
  });
});

describe("a proxy with a cache", () => {
  /** What the proxy that these flags make answers to these requests, in turn. */
  async function answersOf(flags: Partial<ProxyFlags>, ...lines: string[]) {
    const { handler, close } = await proxyFor({ ...DEFAULTS, cache: true, ...flags });
    const answers = [];
    for (const line of lines) {
      const { status, fields, body } = await handler(request(line, { Host: "a" }), exchange());
      answers.push({ status, fields, text: await textOf({ status, fields, body }) });
    }
    await close();
    return answers;
  }

  test("goes there once for two who want the same, both ways", async () => {
    const forth = await answersOf({}, `GET ${counting}/forth`, `GET ${counting}/forth`);
    deepEqual(
      forth.map(({ text }) => text),
      ["answer 1", "answer 1"],
    );
    match(forth[1]!.fields.get("cache-status")!, /^maitred; hit/);
    const back = await answersOf({ to: [counting], name: "edge" }, "GET /back", "GET /back");
    deepEqual(
      back.map(({ text }) => text),
      ["answer 1", "answer 1"],
    );
    match(back[1]!.fields.get("cache-status")!, /^edge; hit/);
  });

  test("without one asks each time", async () => {
    const answers = await answersOf({ cache: false }, `GET ${counting}/plain`, `GET ${counting}/plain`);
    deepEqual(
      answers.map(({ text, fields }) => [text, fields.get("cache-status")]),
      [
        ["answer 1", undefined],
        ["answer 2", undefined],
      ],
    );
  });

  test("asks who may come in before it looks there", async () => {
    const flags = { auth: "mia:secret", lan: false };
    const [answer] = await answersOf(flags, `GET ${counting}/forth`);
    equal(answer!.status, 407);
    equal(answer!.fields.get("cache-status"), undefined);
  });

  test("has nothing to do with tunnels", async () => {
    const at = Number(new URL(counting).port);
    const { handler, close } = await proxyFor({ ...DEFAULTS, cache: true, connectPort: [[at, at]] });
    const visit = exchange();
    const { status, tunnel, fields } = await handler(request(`CONNECT 127.0.0.1:${at}`), visit);
    deepEqual([status, typeof tunnel, fields.get("cache-status")], [200, "function", undefined]);
    visit.leave();
    await close();
  });

  test("does not give what was stored by other rules to those who may not have it now", async () => {
    const flags = { disk: at("kept") };
    const line = `GET ${counting}/inside`;
    deepEqual(
      (await answersOf(flags, line)).map(({ text }) => text),
      ["answer 1"],
    );
    deepEqual(
      (await answersOf(flags, line)).map(({ text }) => text),
      ["answer 1"],
    );
    for (const rules of [{ deny: ["127.0.0.0/8"] }, { allow: ["example.com"] }]) {
      const [denied] = await answersOf({ ...flags, ...rules }, line);
      equal(denied!.status, 403);
    }
  });

  test("says where it can be watched", async () => {
    const { does, close } = await proxyFor({ ...DEFAULTS, cache: true, admin: { path: at("watch") } });
    equal(does, `is a proxy, and has a cache, to be watched at unix:${at("watch")}`);
    await close();
  });
});

/** Asks over a connection of its own, in the words given, and hears all that is said. */
async function say(place: net.NetConnectOpts, words: string): Promise<string> {
  const socket = net.connect(place);
  socket.write(words);
  return (await socket.setEncoding("latin1").toArray()).join("");
}

const asked = (url: string): string => `GET ${url} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
/** Is refused by the proxy itself, and asks nobody. */
const NONSENSE = "GET / HTTP/9.9\r\n\r\n";
const placeOf = (url: string): net.NetConnectOpts => ({ host: "127.0.0.1", port: Number(new URL(url).port) });

describe("as a program", { concurrency: 3 }, () => {
  test("a port that is taken gets one line, and exit code 2", async () => {
    const { code, stdout, stderr } = await maitred("proxy", "--port", String(port)).ended;
    equal(stderr, `Cannot listen on localhost:${port}: something else listens there (--port chooses another port)\n`);
    equal(stdout, "");
    equal(code, 2);
  });

  test("and nothing is left of its cache", async () => {
    const words = ["--port", String(port), "--disk", at("left"), "--admin", `unix:${at("left.sock")}`];
    const { code, stderr } = await maitred("proxy", ...words).ended;
    equal(code, 2);
    match(stderr, /^Cannot listen on localhost:\d+: something else listens there/);
    equal(existsSync(at("left.sock")), false);
  });

  test("a cache is watched while it runs, and its disk is warm after a restart", async () => {
    const its = await listen(
      http.createServer((_, response) => response.setHeader("Cache-Control", "max-age=60").end("kept")),
    );
    const url = `http://127.0.0.1:${its}/`;
    const words = ["proxy", "--port", "0", "--disk", at("warm"), "--admin", `unix:${at("warm.sock")}`, "--log", "json"];
    for (const [i, told] of [/fwd=uri-miss/, /; hit/].entries()) {
      await using house = maitred(...words);
      match(await say(placeOf(await house.origin()), asked(url)), told);
      const { stdout } = await maitred("cache", "stat", "--admin", `unix:${at("warm.sock")}`).ended;
      deepEqual([JSON.parse(stdout).counters.hits, JSON.parse(stdout).counters.misses], i === 0 ? [0, 1] : [1, 0]);
      house.child.kill("SIGTERM");
      equal((await house.ended).code, 0);
      const line = JSON.parse(house.stdout.split("\n").find((line) => line.startsWith("{"))!);
      equal(line.cache.hit, i === 1);
    }
  });

  test("so does a server that is none", async () => {
    const { code, stderr } = await maitred("proxy", "--to", "ftp://a").ended;
    equal(stderr, 'Cannot use the upstream "ftp://a": its scheme is neither http nor https\n');
    equal(code, 2);
  });

  test("--concurrency 1 answers strictly in turn, tunnels too", async () => {
    const waiting: http.ServerResponse[] = [];
    const arrived = new EventTarget();
    const slow = http.createServer((_, response) => {
      waiting.push(response);
      arrived.dispatchEvent(new Event("one"));
    });
    const its = await listen(slow);
    const next = async (): Promise<http.ServerResponse> => {
      if (waiting.length === 0) await once(arrived, "one");
      return waiting.shift()!;
    };
    await using house = maitred("proxy", "--port", "0", "--concurrency", "1", "--connect-port", String(its));
    const place = placeOf(await house.origin());

    const first = say(place, asked(`http://127.0.0.1:${its}/first`));
    const response = await next();
    // Both have been heard by the proxy when a third has its refusal, which needs no turn.
    const others = [
      say(place, asked(`http://127.0.0.1:${its}/second`)),
      say(place, `CONNECT 127.0.0.1:${its} HTTP/1.1\r\nHost: a\r\n\r\n${asked("/third")}`),
    ];
    await say(place, NONSENSE);
    equal(waiting.length, 0);
    response.end("first");
    match(await first, /first$/);
    const second = await next();
    equal(second.req.url, "/second");
    equal(waiting.length, 0);
    second.end("second");
    match(await others[0]!, /second$/);
    const third = await next();
    const fourth = say(place, asked(`http://127.0.0.1:${its}/fourth`));
    await say(place, NONSENSE);
    equal(waiting.length, 0);
    third.end("third");
    match(await others[1]!, /^HTTP\/1\.1 200 [\s\S]*third$/);
    (await next()).end("fourth");
    match(await fourth, /fourth$/);
  });

  test("--unix listens there and nowhere else", async () => {
    await using house = maitred("proxy", "--unix", at("door"));
    deepEqual(await house.lines(1), [`unix:${at("door")}`]);
    match(await say({ path: at("door") }, asked(`${origin}/menu`)), /^HTTP\/1\.1 200 [\s\S]*"url":"\/menu"/);
  });

  test("--lan is a proxy for the neighbours, and guards the inside", async () => {
    await using house = maitred("proxy", "--lan", "--port", "0");
    const answer = await say(placeOf(await house.origin()), asked(origin));
    match(answer, /^HTTP\/1\.1 403 /);
    match(answer, /inside this machine/);
  });

  test("paths of a folder may be other servers'", async () => {
    await using house = new Maitred(["--port", "0", "--proxy", `/api=${origin}/v1`], { cwd: folder });
    match(await say(placeOf(await house.origin()), asked("/api/menu")), /^HTTP\/1\.1 200 [\s\S]*"url":"\/v1\/menu"/);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} lets answers finish`, async () => {
      const arrived = Promise.withResolvers<http.ServerResponse>();
      const its = await listen(
        http.createServer((_, response) => arrived.resolve(response.writeHead(200, { "Content-Length": 8 }))),
      );
      await using house = maitred("proxy", "--port", "0", "--to", `http://127.0.0.1:${its}`);
      const url = await house.origin();
      const answer = say(placeOf(url), asked("/"));
      const response = await arrived.promise;
      response.write("half");
      house.child.kill(signal);
      while (
        await say(placeOf(url), NONSENSE).then(
          () => true,
          () => false,
        )
      );
      response.end("half");
      match(await answer, /\r\n\r\nhalfhalf$/);
      equal((await house.ended).code, 0);
    });
  }

  // Whose limits are looked at each second, so this takes as long.
  test("--answer-timeout ends the waiting for a server", async () => {
    const silent = await listen(net.createServer((socket) => socket.on("error", () => {})));
    equal((await answerOf({ answerTimeout: 20 }, `GET http://127.0.0.1:${silent}/`)).status, 504);
  });

  test("the log has a line for each, with what the client asked for", async () => {
    await using house = maitred("proxy", "--port", "0", "--log", "json");
    await say(placeOf(await house.origin()), asked(`${origin}/menu`));
    const entry = JSON.parse((await house.lines(3))[2]!);
    deepEqual([entry.target, entry.status], [`${origin}/menu`, 200]);
  });
});
