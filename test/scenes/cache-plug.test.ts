/** The cache as people use it: real clients, real servers, and somebody who pulls the plug now and then. */

import { deepEqual, equal, match } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Maitred, maitred } from "../commands/maitred.ts";

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** For tests of a program that this machine may not have. */
const needs = (program: string) => ({
  skip: spawnSync(program, ["--version"]).error !== undefined && `no ${program} here`,
});

interface Heard {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

async function ask(
  origin: string,
  path: string,
  headers: http.OutgoingHttpHeaders = {},
  method = "GET",
): Promise<Heard> {
  const { hostname, port } = new URL(origin);
  const request = http.request({ hostname, port, path, method, headers, agent: false }).end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  return { status: response.statusCode!, headers: response.headers, body };
}

/** A server in a process of its own, which can be killed. It counts, and says how often it was asked. */
const ORIGIN = `
import { createServer } from "node:http";
let count = 0;
const big = Buffer.alloc(3 << 20, "0123456789abcdef");
createServer((request, response) => {
  response.setHeader("X-Count", ++count);
  if (request.url === "/plain") return response.end("no dates, no validators: " + count);
  if (request.url === "/strict") {
    response.setHeader("Cache-Control", "max-age=0, must-revalidate");
    return response.end("strict");
  }
  response.setHeader("Cache-Control", request.url.startsWith("/short") ? "max-age=0" : "max-age=600");
  response.setHeader("ETag", '"v1"');
  if (request.headers["if-none-match"]?.includes('"v1"')) return response.writeHead(304).end();
  const range = /^bytes=(\\d+)-(\\d*)$/.exec(request.headers.range ?? "");
  if (range !== null) {
    const [first, last] = [Number(range[1]), range[2] === "" ? big.length - 1 : Number(range[2])];
    response.setHeader("Content-Range", "bytes " + first + "-" + last + "/" + big.length);
    return response.writeHead(206).end(big.subarray(first, last + 1));
  }
  response.end(request.url.startsWith("/big") ? big : "page " + request.url);
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
`;

const BIG = Buffer.alloc(3 << 20, "0123456789abcdef");

class Origin implements AsyncDisposable {
  readonly #child = spawn(process.execPath, ["--input-type=module", "-e", ORIGIN], { stdio: ["ignore", "pipe", 2] });
  readonly #ended = once(this.#child, "close");

  async url(): Promise<string> {
    const [port] = (await once(this.#child.stdout!, "data")) as [Buffer];
    return `http://127.0.0.1:${Number(port)}`;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

test("an origin that is killed is answered for, unless it forbids that", async () => {
  await using server = new Origin();
  await using cache = maitred("proxy", "--to", await server.url(), "--port", "0", "--cache");
  const origin = await cache.origin();
  const plain = await ask(origin, "/plain");
  const short = await ask(origin, "/short");
  await ask(origin, "/strict");
  await server.kill();

  const again = await ask(origin, "/plain");
  deepEqual([again.status, String(again.body)], [200, String(plain.body)]);
  match(String(again.headers["cache-status"]), /^maitred; fwd=stale; ttl=-/);
  const stale = await ask(origin, "/short");
  deepEqual([stale.status, String(stale.body)], [200, String(short.body)]);
  const strict = await ask(origin, "/strict");
  equal(strict.status, 502);
  equal((await ask(origin, "/never")).status, 502);
});

test("what is on a disk is there after a kill -9, and the origin need not be", async () => {
  const folder = await mkdtemp(join(tmpdir(), "maitred-plug-"));
  const admin = join(folder, "admin");
  const shop = { Host: "shop.test" };
  try {
    await using server = new Origin();
    const words = ["proxy", "--to", await server.url(), "--port", "0", "--disk", join(folder, "disk")];
    {
      await using cache = maitred(...words, "--admin", `unix:${admin}`);
      const origin = await cache.origin();
      equal(String((await ask(origin, "/page", shop)).body), "page /page");
      equal(digest((await ask(origin, "/big", shop)).body), digest(BIG));
      await untilKept(admin, 2);
      cache.child.kill("SIGKILL");
    }
    await server.kill();
    await using cache = maitred(...words);
    const origin = await cache.origin();
    const page = await ask(origin, "/page", shop);
    deepEqual([page.status, String(page.body)], [200, "page /page"]);
    match(String(page.headers["cache-status"]), /^maitred; hit/);
    equal(digest((await ask(origin, "/big", shop)).body), digest(BIG));
    equal(cache.stderr, "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Until so many responses are safe on the disk. */
async function untilKept(socketPath: string, count: number): Promise<void> {
  for (;;) {
    const request = http.get({ socketPath, path: "/state", agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    const { stores } = JSON.parse(String(Buffer.concat(await response.toArray())));
    const disk = stores.find(({ name }: { name: string }) => name === "disk");
    if (disk.responses === count) return;
  }
}

describe("clients", () => {
  let server: Origin;
  let cache: Maitred;
  let origin: string;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "maitred-clients-"));
    server = new Origin();
    cache = maitred("proxy", "--to", await server.url(), "--port", "0", "--cache");
    origin = await cache.origin();
  });
  after(async () => {
    await cache[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test(
    "curl goes on with a download where it stopped, and the cache asks for the rest alone",
    needs("curl"),
    async () => {
      const file = join(folder, "big");
      const run = (...words: string[]) => spawnSync("curl", ["-sS", "-o", file, ...words, `${origin}/big?curl`]);
      equal(run("-r", "0-999999").status, 0);
      equal(run("-C", "-").status, 0);
      equal(digest(await readFile(file)), digest(BIG));
      // The whole is there now.
      const whole = await ask(origin, "/big?curl");
      match(String(whole.headers["cache-status"]), /^maitred; hit/);
      equal(digest(whole.body), digest(BIG));
    },
  );

  test("curl asks by the tag it has kept, and hears that nothing is new", needs("curl"), async () => {
    const [page, tag] = [join(folder, "page"), join(folder, "tag")];
    const run = () =>
      spawnSync("curl", [
        "-sS",
        "-w",
        "%{http_code}",
        "-o",
        page,
        "--etag-save",
        tag,
        "--etag-compare",
        tag,
        `${origin}/tagged`,
      ]);
    equal(String(run().stdout), "200");
    equal(String(run().stdout), "304");
  });

  test("wget asks by the date it has, and does not load it again", needs("wget"), async () => {
    const run = () => spawnSync("wget", ["-q", "-S", "-N", "-P", folder, `${origin}/dated`], { encoding: "utf8" });
    match(run().stderr, /200 OK/);
    equal(run().status, 0);
  });
});

test("fifty at once who want the same large thing are one request, and all have it whole", async () => {
  let asked = 0;
  const body = randomBytes(2 << 20);
  const server = http.createServer((_, response) => {
    asked++;
    response.setHeader("Cache-Control", "max-age=60");
    response.setHeader("Content-Length", body.length);
    response.write(body.subarray(0, 1000));
    setTimeout(() => response.end(body.subarray(1000)), 50);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const { port } = server.address() as AddressInfo;
    await using cache = maitred("proxy", "--to", `http://127.0.0.1:${port}`, "--port", "0", "--cache");
    const origin = await cache.origin();
    const all = await Promise.all(Array.from({ length: 50 }, () => ask(origin, "/")));
    equal(asked, 1);
    deepEqual([...new Set(all.map(({ body }) => digest(body)))], [digest(body)]);
  } finally {
    server.close();
  }
});
