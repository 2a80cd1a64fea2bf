/** The proxy before real servers: nginx, Node's own, and one that is killed in the middle of what it says. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import * as http from "node:http";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { type Maitred, maitred } from "../commands/maitred.ts";

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** For tests of a program that this machine may not have. */
const needs = (program: string) => ({
  skip: spawnSync(program, ["--version"]).error !== undefined && `no ${program} here`,
});

async function listen(server: net.Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as net.AddressInfo).port;
}

/** One that nobody has. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  await promisify(server.close.bind(server))();
  return port;
}

interface Heard {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: NodeJS.Dict<string>;
  /** What came before the answer. */
  readonly hints: readonly string[];
}

/** Asks through a forward proxy, in absolute-form, or of a gateway. */
async function ask(asker: string, url: string, options: http.RequestOptions = {}, body?: string): Promise<Heard> {
  const { hostname, port } = new URL(asker);
  const request = http.request({ hostname, port, path: url, ...options });
  const hints: string[] = [];
  request.on("information", ({ statusCode, headers }) => hints.push(`${statusCode} ${headers.link ?? ""}`.trim()));
  if (body === undefined) request.end();
  // Only who is asked to go on says it.
  else request.on("continue", () => request.end(body)).flushHeaders();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const content = Buffer.concat(await response.toArray());
  request.destroy();
  const { statusCode, headers, trailers } = response;
  return { status: statusCode!, headers, body: content, trailers, hints };
}

const NGINX = "/usr/sbin/nginx";

describe("nginx", { skip: !existsSync(NGINX) && "no nginx here" }, () => {
  let folder: string;
  let nginx: ChildProcess;
  let origin: string;
  let forward: Maitred;
  let gateway: Maitred;
  const files = { small: randomBytes(1024), large: randomBytes(5 << 20) };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "maitred-nginx-"));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    const conf = join(folder, "nginx.conf");
    await writeFile(
      conf,
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit; events {}
      http {
        log_format connections '$connection $connection_requests'; access_log ${folder}/log connections;
        client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
        uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
        server { listen 127.0.0.1:${port}; root ${folder}; location /moved { return 302 /small; } }
      }`,
    );
    nginx = spawn(NGINX, ["-c", conf, "-e", "stderr"], { stdio: ["ignore", "ignore", "inherit"] });
    forward = maitred("proxy", "--port", "0");
    gateway = maitred("proxy", "--port", "0", "--to", origin);
    await Promise.all([forward.origin(), gateway.origin()]);
    while ((await ask(await gateway.origin(), "/small")).status === 502);
    await writeFile(join(folder, "log"), "");
  });

  after(async () => {
    nginx.kill("SIGKILL");
    for (const house of [forward, gateway]) await house[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** In both manners. */
  const asked = async (path: string, options: http.RequestOptions = {}): Promise<Heard[]> => [
    await ask(await forward.origin(), origin + path, options),
    await ask(await gateway.origin(), path, options),
  ];

  for (const name of ["small", "large"] as const) {
    test(`a ${name} file arrives as it is, ten times at once`, async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => asked(`/${name}`)));
      for (const { status, body, headers } of answers.flat()) {
        equal(status, 200);
        equal(digest(body), digest(files[name]));
        match(String(headers.server), /^nginx/);
        match(String(headers.via), /^1\.1 maitred-/);
      }
    });
  }

  test("parts of files, files that have not changed, and those that are not there", async () => {
    for (const { status, body } of await asked("/large", { headers: { Range: "bytes=1000-1999" } })) {
      equal(status, 206);
      equal(digest(body), digest(files.large.subarray(1000, 2000)));
    }
    const [{ headers }] = (await asked("/small")) as [Heard];
    for (const { status, body } of await asked("/small", { headers: { "If-None-Match": String(headers.etag) } })) {
      deepEqual([status, body.length], [304, 0]);
    }
    for (const { status } of await asked("/nowhere")) equal(status, 404);
    for (const { headers, body } of await asked("/small", { method: "HEAD" })) {
      deepEqual([headers["content-length"], body.length], ["1024", 0]);
    }
  });

  test("who is sent elsewhere stays behind the gateway", async () => {
    const house = await gateway.origin();
    const { headers } = await ask(house, "/moved", { headers: { Host: new URL(house).host } });
    equal(new URL(headers.location!, house).href, `${house}/small`);
  });

  test("its connections are used again", async () => {
    for (const house of [forward, gateway]) {
      await writeFile(join(folder, "log"), "");
      const url = await house.origin();
      for (let i = 0; i < 5; i++) await ask(url, house === forward ? `${origin}/small` : "/small");
      const lines = (await readFile(join(folder, "log"), "utf8")).trim().split("\n");
      equal(lines.length, 5);
      equal(new Set(lines.map((line) => line.split(" ")[0])).size, 1);
    }
  });
});

describe("Node's own server", () => {
  const origin = http.createServer((request, response) => ANSWERS[request.url!]!(request, response));
  const ANSWERS: Record<string, http.RequestListener> = {
    "/chunked": async (_, response) => {
      for (const piece of ["one ", "two ", "three"]) response.write(piece);
      response.end();
    },
    "/trailers": (_, response) => {
      response.writeHead(200, { Trailer: "X-Digest" }).write("content");
      response.addTrailers({ "X-Digest": "of all" });
      response.end();
    },
    "/hints": (_, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
      response.end("page");
    },
    "/close": (_, response) => {
      response.removeHeader("Transfer-Encoding");
      response.shouldKeepAlive = false;
      response.useChunkedEncodingByDefault = false;
      response.end("until the end");
    },
    "/echo": async (request, response) => void response.end(Buffer.concat(await request.toArray())),
    "/unwanted": (_, response) => void response.end("unwanted"),
  };
  let forward: Maitred;
  let gateway: Maitred;
  let url: string;

  before(async () => {
    origin.on("checkContinue", (request: http.IncomingMessage, response: http.ServerResponse) => {
      if (request.url === "/unwanted") return void response.writeHead(417).end("no, thank you");
      response.writeContinue();
      origin.emit("request", request, response);
    });
    origin.on("upgrade", (_, socket: net.Socket, early: Buffer) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ");
      socket.write(early);
      socket.pipe(socket);
    });
    url = `http://127.0.0.1:${await listen(origin)}`;
    forward = maitred("proxy", "--port", "0");
    gateway = maitred("proxy", "--port", "0", "--to", url);
  });

  after(async () => {
    origin.close();
    origin.closeAllConnections();
    for (const house of [forward, gateway]) await house[Symbol.asyncDispose]();
  });

  for (const manner of ["forward", "gateway"] as const) {
    const asked = async (path: string, options: http.RequestOptions = {}, body?: string): Promise<Heard> =>
      manner === "forward"
        ? ask(await forward.origin(), url + path, options, body)
        : ask(await gateway.origin(), path, options, body);

    describe(manner, () => {
      test("chunks", async () => {
        const { headers, body } = await asked("/chunked");
        equal(String(body), "one two three");
        equal(headers["transfer-encoding"], "chunked");
      });

      test("content until the connection's end, which has chunks here", async () => {
        const { headers, body } = await asked("/close");
        equal(String(body), "until the end");
        equal(headers["transfer-encoding"], "chunked");
      });

      test("trailers, for who says that it takes them", async () => {
        const { body, trailers } = await asked("/trailers", { headers: { TE: "trailers", Connection: "TE" } });
        equal(String(body), "content");
        deepEqual({ ...trailers }, { "x-digest": "of all" });
      });

      test("early hints", async () => {
        const { body, hints } = await asked("/hints");
        equal(String(body), "page");
        deepEqual(hints, ["103 </style.css>; rel=preload; as=style"]);
      });

      test("100 Continue, end to end", async () => {
        const options = { method: "POST", headers: { Expect: "100-continue", "Content-Length": 7 } };
        const { status, body, hints } = await asked("/echo", options, "content");
        deepEqual([status, String(body), hints], [200, "content", ["100"]]);
        const refused = await asked("/unwanted", options, "content");
        deepEqual([refused.status, String(refused.body), refused.hints], [417, "no, thank you", []]);
      });

      test("an upgrade, and what is said after it", async () => {
        const { hostname, port } = new URL(await (manner === "forward" ? forward : gateway).origin());
        const path = `${manner === "forward" ? url : ""}/socket`;
        const request = http.get({ hostname, port, path, headers: { Connection: "Upgrade", Upgrade: "echo" } });
        const [response, socket, early] = (await once(request, "upgrade")) as [
          http.IncomingMessage,
          net.Socket,
          Buffer,
        ];
        equal(response.headers.upgrade, "echo");
        socket.end("you");
        equal(String(early) + (await socket.setEncoding("utf8").toArray()).join(""), "hello you");
      });
    });
  }
});

const MANNERS: Record<string, (url: string) => { house: string[]; words: (proxy: string, path: string) => string[] }> =
  {
    "forward": (url) => ({ house: [], words: (proxy, path) => ["-x", proxy, url + path] }),
    "forward, to a client in HTTP/1.0": (url) => ({ house: [], words: (proxy, path) => ["-0x", proxy, url + path] }),
    "tunnel": (url) => ({
      house: ["--connect-port", new URL(url).port],
      words: (proxy, path) => ["-px", proxy, url + path],
    }),
    "gateway": (url) => ({ house: ["--to", url], words: (proxy, path) => [proxy + path] }),
    "textbook": (url) => ({ house: ["--profile", "csapp"], words: (proxy, path) => ["-x", proxy, url + path] }),
  };

describe("a server that is killed in the middle of its answer", { concurrency: 3, ...needs("curl") }, () => {
  /** Says half of what it promised, and then nothing. */
  const PROGRAM = `
    require("node:http").createServer(({ url }, response) => {
      if (url === "/length") response.writeHead(200, { "Content-Length": 200000 });
      response.write("x".repeat(100000));
    }).listen(0, "127.0.0.1", function () { console.log(this.address().port) });`;

  for (const path of ["/length", "/chunked"]) {
    for (const [manner, its] of Object.entries(MANNERS)) {
      // What it asks in HTTP/1.0 is answered without chunks: until the connection's end, which nobody can tell from this one.
      if (path === "/chunked" && manner === "textbook") continue;
      test(`curl does not take it for a whole: ${path}, ${manner}`, async (t) => {
        const server = spawn(process.execPath, ["-e", PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
        t.after(() => server.kill("SIGKILL"));
        const [port] = await once(server.stdout.setEncoding("utf8"), "data");
        const { house: options, words } = its(`http://127.0.0.1:${Number(port)}`);
        await using house = maitred("proxy", "--port", "0", ...options);
        const curl = spawn("curl", ["-sN", "--noproxy", "", ...words(await house.origin(), path)]);
        let bytes = 0;
        curl.stdout.on("data", (piece: Buffer) => {
          bytes += piece.length;
          if (bytes === 100_000) server.kill("SIGKILL");
        });
        const [code] = await once(curl, "close");
        equal(bytes, 100_000);
        // "Partial file", "Failure in receiving network data".
        ok([18, 56].includes(code), `curl ended with ${code}`);
      });
    }
  }
});
