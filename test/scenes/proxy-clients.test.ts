/** The proxy as the programs meet it that people set `http_proxy` for: each fetches what an origin has, and it is the same. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { EnvHttpProxyAgent, fetch as fetchBy, ProxyAgent } from "undici";
import { type Maitred, maitred } from "../commands/maitred.ts";
import { ca, identity } from "../socket/certificates/read.ts";

/** What this machine says about proxies is not for these. */
const ENV = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
const run = (program: string, words: readonly string[], { env = {}, cwd }: { env?: object; cwd?: string } = {}) =>
  promisify(execFile)(program, words, { env: { ...ENV, ...env }, maxBuffer: 1e8, ...(cwd !== undefined && { cwd }) });
const curl = async (...words: string[]) => (await run("curl", ["-sS", ...words])).stdout;

/** For tests of a program that this machine may not have. */
const needs = (program: string, flag = "--version") => ({
  skip: spawnSync(program, [flag]).error !== undefined && `no ${program} here`,
});

const digest = (bytes: string | Uint8Array, algorithm = "sha256"): string =>
  createHash(algorithm).update(bytes).digest("hex");

const folder = await mkdtemp(join(tmpdir(), "maitred-proxy-clients-"));
after(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** What the origin has, by path. */
const shelf = new Map<string, string | Uint8Array>([
  ["/menu", "soup\n"],
  ["/large", randomBytes(1 << 20)],
]);

/** Each request that the origin has heard, by path: what it was like. */
const heard = new Map<string, http.IncomingMessage>();

const origin: http.RequestListener = async (request, response) => {
  heard.set(request.url!, request);
  const content = shelf.get(request.url!);
  if (content !== undefined) return void response.setHeader("Content-Length", content.length).end(content);
  if (request.url !== "/echo") return void response.writeHead(404).end();
  const body = Buffer.concat(await request.toArray());
  response.end(`${request.method} ${body.length} ${digest(body)}`);
};

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => {
    server.close();
    if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const port = await listen(http.createServer(origin));
const securePort = await listen(https.createServer(identity("localhost"), origin));
const url = `http://127.0.0.1:${port}`;
const secureUrl = `https://127.0.0.1:${securePort}`;

/** Who names us has been passed on by us. */
const cameThroughUs = (path: string): boolean => /maitred/.test(heard.get(path)?.headers.via ?? "");

let house: Maitred;
let proxy: string;
let locked: Maitred;

before(async () => {
  const ports = ["--connect-port", String(port), "--connect-port", String(securePort)];
  house = maitred("proxy", "--port", "0", ...ports);
  locked = maitred("proxy", "--port", "0", "--auth", "mia:se:cret", ...ports);
  [proxy] = await Promise.all([house.origin(), locked.origin()]);
});

after(async () => {
  await house[Symbol.asyncDispose]();
  await locked[Symbol.asyncDispose]();
});

describe("curl", needs("curl"), () => {
  test("fetches in HTTP/1.1 and 1.0, and by a tunnel", async () => {
    for (const how of [[], ["-0"], ["-p"], ["-I"]]) {
      heard.clear();
      const said = await curl("-x", proxy, ...how, `${url}/menu`);
      if (how[0] === "-I") match(said, /^HTTP\/1\.1 200 [\s\S]*Content-Length: 5\r\n[\s\S]*Via: 1\.1 maitred/i);
      else equal(said, "soup\n");
      // Into a tunnel nobody looks.
      equal(cameThroughUs("/menu"), how[0] !== "-p");
    }
  });

  test("fetches over https, whose certificate it sees itself", async () => {
    const words = ["-x", proxy, "--cacert", "test/socket/certificates/ca.crt", `${secureUrl}/menu`];
    equal(await curl(...words), "soup\n");
  });

  test("says its password, and is turned away without", async () => {
    const words = [
      "-x",
      await locked.origin(),
      "-o",
      at("answer"),
      "-w",
      "%{http_code} %{http_connect}",
      `${url}/menu`,
    ];
    equal(await curl(...words), "407 000");
    equal(await curl("-p", ...words).catch(({ stdout }) => stdout), "000 407");
    equal(await curl("--proxy-user", "mia:wrong", ...words), "407 000");
    equal(await curl("--proxy-user", "mia:se:cret", ...words), "200 000");
    equal(await curl("--proxy-user", "mia:se:cret", "--proxy-anyauth", ...words), "200 000");
    equal(await curl("-p", "--proxy-user", "mia:se:cret", ...words), "200 200");
    equal(await readFile(at("answer"), "utf8"), "soup\n");
  });

  test("uses one connection for several", async () => {
    const { stderr } = await run("curl", ["-svx", proxy, `${url}/menu`, `${url}/menu`, `${url}/nowhere`]);
    equal(stderr.match(/Re-using existing connection/g)?.length, 2);
    match(stderr, /left intact/);
  });

  test("uploads: with a length, in chunks, asking before or not, in HTTP/1.0", async () => {
    const body = randomBytes(1_500_000);
    await writeFile(at("body"), body);
    for (const how of [
      [],
      ["-H", "Transfer-Encoding: chunked"],
      ["-H", "Expect: 100-continue"],
      ["-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked"],
      ["-H", "Expect:"],
      ["-0"],
      ["-p"],
    ]) {
      equal(
        await curl("-x", proxy, "-T", at("body"), ...how, `${url}/echo`),
        `PUT ${body.length} ${digest(body)}`,
        how.join(" "),
      );
    }
    match((await run("curl", ["-svx", proxy, "-T", at("body"), `${url}/echo`])).stderr, /< HTTP\/1\.1 100 Continue/);
  });

  test("does not hurry, and has all of it in the end", async () => {
    await curl("-x", proxy, "--limit-rate", "4M", "-o", at("slow"), `${url}/large`);
    equal(digest(await readFile(at("slow"))), digest(shelf.get("/large")!));
  });

  test("hears why something cannot be had", async () => {
    const { stdout } = await run("curl", ["-six", proxy, "http://127.0.0.1:1/"]);
    match(
      stdout,
      /^HTTP\/1\.1 502 [\s\S]*Proxy-Status: maitred-\w+; error=connection_refused[\s\S]*nobody listens there/,
    );
    const refused = await run("curl", ["-spx", proxy, `${url.replace(/\d+$/, "22")}/`]).catch((error) => error);
    equal(refused.code, 56);
  });
});

test("wget", needs("wget"), async () => {
  heard.clear();
  await run("wget", ["-q", "-O", at("wget"), `${url}/large`], {
    env: { http_proxy: proxy },
  });
  equal(digest(await readFile(at("wget"))), digest(shelf.get("/large")!));
  ok(cameThroughUs("/large"));
});

test("apt-get updates its lists and downloads a package", needs("apt-get"), async () => {
  const deb = randomBytes(100_000);
  const packages = `Package: soup
Version: 1.0
Architecture: all
Maintainer: The Cook <cook@localhost>
Filename: ./soup_1.0_all.deb
Size: ${deb.length}
SHA256: ${digest(deb)}
Description: hot

`;
  const release = `Suite: kitchen\nDate: ${new Date().toUTCString()}\nSHA256:\n ${digest(packages)} ${packages.length} Packages\n`;
  shelf.set("/apt/./Release", release).set("/apt/./Packages", packages).set("/apt/./soup_1.0_all.deb", deb);
  // Some send it as it stands, others tidied.
  for (const [path, content] of shelf) shelf.set(path.replace("/./", "/"), content);
  for (const name of ["lists/partial", "cache/archives/partial", "etc"])
    await mkdir(at(`apt/${name}`), { recursive: true });
  await writeFile(at("apt/sources.list"), `deb [trusted=yes] ${url}/apt ./\n`);
  await writeFile(at("apt/status"), "");
  const options = Object.entries({
    "Acquire::http::Proxy": `${proxy}/`,
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "root",
    "Dir::Etc": at("apt/etc"),
    "Dir::Etc::sourcelist": at("apt/sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State": at("apt"),
    "Dir::State::lists": at("apt/lists"),
    "Dir::State::status": at("apt/status"),
    "Dir::Cache": at("apt/cache"),
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  heard.clear();
  const { stderr } = await run("apt-get", [...options, "-q", "update"], { cwd: folder });
  equal(stderr, "");
  await run("apt-get", [...options, "-q", "download", "soup"], { cwd: folder });
  equal(digest(await readFile(at("soup_1.0_all.deb"))), digest(deb));
  ok([...heard.keys()].every(cameThroughUs));
});

test("npm asks a registry, and downloads what it names", needs("npm"), async () => {
  await mkdir(at("tart/package"), { recursive: true });
  await writeFile(at("tart/package/package.json"), '{ "name": "tart", "version": "1.2.3" }');
  await run("tar", ["-czf", at("tart.tgz"), "-C", at("tart"), "package"]);
  const tarball = await readFile(at("tart.tgz"));
  const version = {
    name: "tart",
    version: "1.2.3",
    dist: { tarball: `${url}/tart/-/tart-1.2.3.tgz`, shasum: digest(tarball, "sha1") },
  };
  shelf.set("/tart/-/tart-1.2.3.tgz", tarball);
  shelf.set(
    "/tart",
    JSON.stringify({ name: "tart", "dist-tags": { latest: "1.2.3" }, versions: { "1.2.3": version } }),
  );
  heard.clear();
  const flags = [
    "--no-update-notifier",
    "--registry",
    url,
    "--proxy",
    proxy,
    "--cache",
    at("npm"),
    "--userconfig",
    at(".npmrc"),
  ];
  const { stdout } = await run("npm", ["pack", "tart", "--silent", "--prefix", folder, ...flags], { cwd: folder });
  equal(stdout, "tart-1.2.3.tgz\n");
  equal(digest(await readFile(at("tart-1.2.3.tgz"))), digest(tarball));
  deepEqual([...heard.keys()], ["/tart", "/tart/-/tart-1.2.3.tgz"]);
  ok([...heard.keys()].every(cameThroughUs));
});

describe("Node's fetch", () => {
  test("by undici's ProxyAgent, through tunnels and without them", async (t) => {
    for (const proxyTunnel of [true, false]) {
      const agent = new ProxyAgent({ uri: proxy, proxyTunnel, requestTls: { ca } });
      t.after(() => agent.close());
      heard.clear();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => fetchBy(`${url}/large`, { dispatcher: agent })),
      );
      const digests = await Promise.all(answers.map(async (answer) => digest(await answer.bytes())));
      deepEqual(new Set(digests), new Set([digest(shelf.get("/large")!)]));
      equal(cameThroughUs("/large"), !proxyTunnel);
      equal(await (await fetchBy(`${secureUrl}/menu`, { dispatcher: agent })).text(), "soup\n");
      const body = randomBytes(100_000);
      const echo = await fetchBy(`${url}/echo`, { method: "POST", body, dispatcher: agent });
      equal(await echo.text(), `POST ${body.length} ${digest(body)}`);
    }
  });

  test("with a password", async (t) => {
    const uri = await locked.origin();
    const agent = new ProxyAgent({ uri, token: `Basic ${btoa("mia:se:cret")}` });
    t.after(() => agent.close());
    equal(await (await fetchBy(`${url}/menu`, { dispatcher: agent })).text(), "soup\n");
  });

  test("by what http_proxy, https_proxy and no_proxy say", async (t) => {
    const agent = new EnvHttpProxyAgent({
      httpProxy: proxy,
      httpsProxy: proxy,
      noProxy: "other.test",
      requestTls: { ca },
    });
    t.after(() => agent.close());
    for (const place of [url, secureUrl])
      equal(await (await fetchBy(`${place}/menu`, { dispatcher: agent })).text(), "soup\n");
  });

  const isOld = Number(process.versions.node.split(".")[0]) < 24 && "this Node is too old for it";
  test("and its http, where NODE_USE_ENV_PROXY is set", { skip: isOld }, async () => {
    const program = `
      const http = require("node:http");
      fetch("${url}/menu").then((answer) => answer.text()).then((text) => {
        http.get("${url}/menu", (answer) => answer.toArray().then((got) => process.stdout.write(text + got.join(""))));
      });`;
    heard.clear();
    const env = { NODE_USE_ENV_PROXY: "1", http_proxy: proxy };
    const { stdout } = await run(process.execPath, ["-e", program], { env });
    equal(stdout, "soup\nsoup\n");
    ok(cameThroughUs("/menu"));
  });
});

const CHROMIUM = "/usr/bin/chromium";

test("a browser loads a page with all that belongs to it", {
  skip: !existsSync(CHROMIUM) && "no chromium here",
}, async () => {
  for (const name of ["index.html", "style.css", "images/house.png", "images/bell.svg", "images/door.svg"]) {
    shelf.set(`/site/${name}`, await readFile(`examples/site/${name}`));
  }
  const page = `<!doctype html><link rel="stylesheet" href="/site/style.css"><img src="/site/images/house.png">
    <script>fetch("/echo", { method: "POST", body: "x".repeat(100000) }).then((a) => a.text()).then((t) => (document.title = t))</script>`;
  shelf.set("/page.html", page);
  // Chromium asks no proxy for what is on its own machine, unless told to.
  const args = [
    "--no-sandbox",
    "--disable-background-networking",
    `--proxy-server=${proxy}`,
    "--proxy-bypass-list=<-loopback>",
  ];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  try {
    const tab = await browser.newPage();
    heard.clear();
    await tab.goto(`${url}/page.html`, { waitUntil: "networkidle" });
    match(await tab.title(), /^POST 100000 /);
    equal(await tab.$eval("img", (image) => image.naturalWidth > 0), true);
    for (const path of ["/page.html", "/site/style.css", "/site/images/house.png", "/echo"])
      ok(cameThroughUs(path), path);
    const refused = await tab.goto("http://127.0.0.1:2/");
    equal(refused?.status(), 502);
  } finally {
    await browser.close();
  }
});
