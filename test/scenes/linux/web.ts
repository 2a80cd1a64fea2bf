/** The web server and the echo server, unchanged, on our own TCP/IP, and the clients that everybody has on the kernel's. */

import { deepEqual, equal, match } from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { echoServer } from "../../../src/commands/echo.ts";
import { site } from "../../../src/handlers/site.ts";
import { serve } from "../../../src/web/server.ts";
import { cable, needs, run } from "./kernel.ts";

const ORIGIN = "http://10.0.0.2";

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface Scene {
  readonly folder: string;
  readonly large: Buffer;
}

/** A site with a small file, one of five mebibytes, and a program that says back what it is told. */
async function house(t: TestContext): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "maitred-linux-"));
  const large = randomBytes(5 << 20);
  await mkdir(join(folder, "cgi-bin"));
  await writeFile(join(folder, "menu.txt"), "soup\n");
  await writeFile(join(folder, "large"), large);
  await copyFile("examples/site/cgi-bin/echo", join(folder, "cgi-bin", "echo"));
  const { ours, leave } = await cable(t, { hasOffloads: true });
  const server = await serve(ours, { host: "10.0.0.2", port: 80 }, site({ root: folder }));
  leave.push(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  return { folder, large };
}

test("curl fetches files, parts of them, what is said about them, and what programs say", needs("curl"), async (t) => {
  const { folder, large } = await house(t);
  const curl = (...words: string[]): Promise<string> => run("curl", "-sS", ...words);
  equal(await curl(`${ORIGIN}/menu.txt`), "soup\n");
  match(await curl("-I", `${ORIGIN}/large`), /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 5242880\r\n/);
  const file = join(folder, "fetched");
  await curl("-o", file, `${ORIGIN}/large`);
  equal(digest(await readFile(file)), digest(large));
  await curl("-o", file, "-r", "1000000-2999999", `${ORIGIN}/large`);
  equal(digest(await readFile(file)), digest(large.subarray(1_000_000, 3_000_000)));
  equal(await curl("-d", "with bread", `${ORIGIN}/cgi-bin/echo`), "with bread");
  const data = `@${join(folder, "large")}`;
  for (const how of ["Content-Type: image/x", "Transfer-Encoding: chunked", "Expect: 100-continue"]) {
    await curl("-o", file, "-H", how, "--data-binary", data, `${ORIGIN}/cgi-bin/echo`);
    equal(digest(await readFile(file)), digest(large), how);
  }
  match(await curl(`${ORIGIN}/nowhere`, "-o", file, "-w", "%{http_code}"), /^404$/);
});

test("curl asks two hundred times over one connection", needs("curl"), async (t) => {
  await house(t);
  const words = ["-sS", "-w", "%{num_connects} %{http_code}\n", "-o", "/dev/null", `${ORIGIN}/menu.txt?[1-200]`];
  const answers = (await run("curl", ...words)).trim().split("\n");
  deepEqual(answers, ["1 200", ...Array.from({ length: 199 }, () => "0 200")]);
});

test("wget fetches a file, and goes on where it was broken off", needs("wget"), async (t) => {
  const { folder, large } = await house(t);
  const file = join(folder, "fetched");
  await writeFile(file, large.subarray(0, 1_234_567));
  await run("wget", "-q", "-c", "-O", file, `${ORIGIN}/large`);
  equal(digest(await readFile(file)), digest(large));
});

test("nc says everything, ends its side, and hears all of it again", needs("nc"), async (t) => {
  const { ours, leave } = await cable(t, { hasOffloads: true });
  const asked = new AbortController();
  const server = await echoServer(ours, { host: "10.0.0.2", port: 7 }, asked.signal);
  leave.push(() => {
    asked.abort();
    return server.closed;
  });
  const folder = await mkdtemp(join(tmpdir(), "maitred-linux-"));
  leave.push(() => rm(folder, { recursive: true }));
  const words = randomBytes(5 << 20);
  await writeFile(join(folder, "words"), words);
  await run("sh", "-c", `cd ${folder} && nc -N 10.0.0.2 7 <words >heard`);
  equal(digest(await readFile(join(folder, "heard"))), digest(words));
});

for (const [file, count] of [
  ["menu.txt", 32],
  ["large", 8],
] as const) {
  test(`wrk asks for ${file} over ${count} connections for a second, and all goes well`, needs("wrk"), async (t) => {
    await house(t);
    const said = await run("wrk", "-t1", `-c${count}`, "-d1s", "--timeout", "30s", `${ORIGIN}/${file}`);
    match(said, /[1-9]\d* requests in /);
    equal(/Socket errors|Non-2xx/.test(said), false, said);
  });
}
