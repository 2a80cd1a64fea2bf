import { deepEqual, equal, match } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { Random } from "../../src/base/random.ts";
import { Maitred } from "../commands/maitred.ts";

const PROXY = resolve("examples/proxy");

/** Starts it, and says where it listens. */
async function proxy(t: TestContext): Promise<URL> {
  const child = spawn(PROXY, ["0"], { cwd: tmpdir(), env: {}, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill());
  const [said] = await once(child.stdout.setEncoding("utf8"), "data");
  return new URL(said.split("\n")[0]);
}

/** Asks it as curl does, and gives its answer, byte for byte. */
async function ask({ port }: URL, url: string): Promise<{ head: string; content: Buffer }> {
  const socket = net.connect(Number(port), "127.0.0.1");
  socket.write(`GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nProxy-Connection: Keep-Alive\r\n\r\n`);
  const answer = Buffer.concat(await socket.toArray());
  const end = answer.indexOf("\r\n\r\n");
  return { head: answer.toString("latin1", 0, end), content: answer.subarray(end + 4) };
}

describe("proxy PORT", { skip: process.platform === "win32" && "no sh here" }, () => {
  test("is the textbook's proxy, in any folder, with nothing in the environment", async (t) => {
    const server = http.createServer(({ url, httpVersion, headers }, response) => {
      response.end(JSON.stringify([url, httpVersion, headers["user-agent"], headers["proxy-connection"]]));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => server.close().closeAllConnections());
    const { port } = server.address() as net.AddressInfo;

    const place = await proxy(t);
    equal(place.hostname, "127.0.0.1");
    const socket = net.connect(Number(place.port), "127.0.0.1");
    socket.write(`GET http://127.0.0.1:${port}/home.html HTTP/1.0\r\n\r\n`);
    const answer = (await socket.setEncoding("utf8").toArray()).join("");
    match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    deepEqual(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))), [
      "/home.html",
      "1.0",
      "Mozilla/5.0 (X11; Linux x86_64; rv:10.0.3) Gecko/20120305 Firefox/10.0.3",
      "close",
    ]);
  });

  test("passes the lab's examination: files arrive as they are, nobody waits for another, and the dead are answered for", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "maitred-tiny-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const random = new Random(15_213);
    const files: Record<string, Buffer> = {
      "home.html": Buffer.from("<html><body>Dave O'Hallaron</body></html>\n"),
      "csapp.c": Buffer.from("/* robust I/O */\n".repeat(1500)),
      "tiny": Buffer.from(random.bytes(100_000)),
      "godzilla.jpg": Buffer.from(random.bytes(300_000)),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    await using tiny = new Maitred(["--port", "0"], { cwd: folder });
    const [place, url] = await Promise.all([proxy(t), tiny.origin()]);

    const nop = net.createServer((socket) => socket.on("error", () => {}).resume());
    await once(nop.listen(0, "127.0.0.1"), "listening");
    const waiting = net.connect(Number(place.port), "127.0.0.1");
    t.after(() => {
      waiting.destroy();
      nop.close();
    });
    waiting.write(`GET http://127.0.0.1:${(nop.address() as net.AddressInfo).port}/ HTTP/1.0\r\n\r\n`);
    await once(nop, "connection");

    for (const [name, content] of Object.entries(files)) {
      const answer = await ask(place, `${url}/${name}`);
      match(answer.head, /^HTTP\/1\.1 200 OK\r\n/);
      equal(answer.content.equals(content), true, name);
    }
    match((await ask(place, `${url}/lost`)).head, /^HTTP\/1\.1 404 /);

    tiny.child.kill("SIGKILL");
    await tiny.ended;
    for (const name of ["tiny", "home.html", "csapp.c"]) {
      const again = await ask(place, `${url}/${name}`);
      match(again.head, /^HTTP\/1\.1 200 OK\r\n/);
      equal(again.content.equals(files[name]!), true, name);
    }
    match((await ask(place, `${url}/lost`)).head, /^HTTP\/1\.1 404 /);
    // Too large to be kept.
    match((await ask(place, `${url}/godzilla.jpg`)).head, /^HTTP\/1\.1 502 /);
  });

  test("says in one line what is wrong with its port", () => {
    const { stderr, status } = spawnSync(PROXY, ["http"], { env: {}, encoding: "utf8" });
    deepEqual([stderr, status], ['Cannot use the port "http": it is not a number from 0 to 65535\n', 2]);
    match(spawnSync(PROXY, { env: {}, encoding: "utf8" }).stderr, /^Cannot understand the command: .*--port.*\n$/);
  });
});
