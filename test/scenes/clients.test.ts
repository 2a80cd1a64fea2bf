/** The house as people meet it: the command itself, the example site, and the clients everybody has. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { type Maitred, maitred } from "../commands/maitred.ts";

const run = promisify(execFile);

/** For tests of a program that this machine may not have. */
const needs = (program: string) => ({
  skip: spawnSync(program, ["--version"]).error !== undefined && `no ${program} here`,
});

/** What a program prints when it is given this to read. */
async function piped(input: string, program: string, ...words: string[]): Promise<string> {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(input);
  let said = "";
  for await (const bytes of child.stdout) said += bytes;
  return said;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("the example site", () => {
  let house: Maitred;
  let origin: string;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "maitred-clients-"));
    house = maitred("serve", "examples/site", "--port", "0");
    origin = await house.origin();
  });

  after(async () => {
    await house[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const port = (): string => new URL(origin).port;

  test("curl is happy", needs("curl"), async () => {
    const { stdout, stderr } = await run("curl", ["-sv", `${origin}/menu.txt`]);
    equal(stdout, await readFile("examples/site/menu.txt", "utf8"));
    match(stderr, /< HTTP\/1\.1 200 OK/);
    match(stderr, /< Content-Type: text\/plain; charset=utf-8/);
    match(stderr, /left intact/);
  });

  test("curl gets a page compressed, and unpacks the same", needs("curl"), async () => {
    const page = await readFile("examples/site/index.html", "utf8");
    equal((await run("curl", ["-s", "--compressed", `${origin}/`])).stdout, page);
    match((await run("curl", ["-sI", "-H", "Accept-Encoding: gzip", `${origin}/`])).stdout, /Content-Encoding: gzip/i);
  });

  test("curl goes on with a download that broke off", needs("curl"), async () => {
    const whole = await readFile("examples/site/pi.txt");
    const file = join(folder, "pi.txt");
    await writeFile(file, whole.subarray(0, 1234));
    await run("curl", ["-s", "-C", "-", "-o", file, `${origin}/pi.txt`]);
    equal(sha256(await readFile(file)), sha256(whole));
  });

  test("curl sends a large body, which it announces and waits to be asked for", needs("curl"), async () => {
    const file = join(folder, "body");
    const body = randomBytes(1_500_000).toString("hex");
    await writeFile(file, body);
    for (const how of [
      ["-H", "Expect: 100-continue"],
      ["-H", "Transfer-Encoding: chunked"],
    ]) {
      const words = ["-s", "--data-binary", `@${file}`, ...how, `${origin}/cgi-bin/echo`];
      const { stdout } = await run("curl", words, { maxBuffer: 1e8 });
      ok(stdout === body, `${stdout.length} of ${body.length} letters came back`);
    }
  });

  test("the textbook's adder adds", needs("curl"), async () => {
    match((await run("curl", ["-s", `${origin}/cgi-bin/adder?15000&213`])).stdout, /15213/);
  });

  test("wget fetches the site with all its links, but for the one that leads nowhere", needs("wget"), async () => {
    const { stderr } = await run("wget", ["-nv", "-r", "-nH", "-P", folder, `${origin}/`]).catch((error) => error);
    deepEqual(
      [...stderr.matchAll(/(\S+):\n\S+ \S+ ERROR (\d+)/g)].map(
        ([, url, status]) => `${status} ${url.replace(origin, "")}`,
      ),
      ["404 /robots.txt", "404 /nowhere"],
    );
    const fetched = await readFile(join(folder, "images/house.png"));
    equal(sha256(fetched), sha256(await readFile("examples/site/images/house.png")));
  });

  test("nc says a request by hand, ends its side, and hears the answer", needs("nc"), async () => {
    const said = await piped("GET /menu.txt HTTP/1.0\r\n\r\n", "nc", "-N", "127.0.0.1", port());
    ok(said.startsWith("HTTP/1.1 200 OK\r\n"));
    ok(said.endsWith(await readFile("examples/site/menu.txt", "utf8")));
  });

  test("ab finds no failure, kept alive or not", needs("ab"), async () => {
    for (const keepAlive of [["-k"], []]) {
      const words = ["-q", ...keepAlive, "-n", "500", "-c", "20", `http://127.0.0.1:${port()}/menu.txt`];
      const { stdout } = await run("ab", words);
      match(stdout, /Complete requests: +500\n/);
      match(stdout, /Failed requests: +0\n/);
      ok(!stdout.includes("Non-2xx"));
    }
  });

  test("Node's own fetch and its agents are happy", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${origin}/pi.txt`)));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    deepEqual(new Set(texts), new Set([await readFile("examples/site/pi.txt", "utf8")]));
  });

  test("a way out of the root is none, for curl as it is", needs("curl"), async () => {
    for (const path of [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2fpackage.json",
      "/images/../../package.json",
      "/..\\package.json",
    ]) {
      const { stdout } = await run("curl", [
        "-s",
        "--path-as-is",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        origin + path,
      ]);
      match(stdout, /^40[04]$/, path);
    }
  });
});
