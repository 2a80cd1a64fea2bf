import { deepEqual, equal, match } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { describe, test } from "node:test";

const PROXY = resolve("examples/proxy");

describe("proxy PORT", { skip: process.platform === "win32" && "no sh here" }, () => {
  test("is the textbook's proxy, in any folder, with nothing in the environment", async (t) => {
    const server = http.createServer(({ url, httpVersion, headers }, response) => {
      response.end(JSON.stringify([url, httpVersion, headers["user-agent"], headers["proxy-connection"]]));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => server.close().closeAllConnections());
    const { port } = server.address() as net.AddressInfo;

    const child = spawn(PROXY, ["0"], { cwd: tmpdir(), env: {}, stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill());
    const [said] = await once(child.stdout.setEncoding("utf8"), "data");
    const place = new URL(said.split("\n")[0]);
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

  test("says in one line what is wrong with its port", () => {
    const { stderr, status } = spawnSync(PROXY, ["http"], { env: {}, encoding: "utf8" });
    deepEqual([stderr, status], ['Cannot use the port "http": it is not a number from 0 to 65535\n', 2]);
    match(spawnSync(PROXY, { env: {}, encoding: "utf8" }).stderr, /^Cannot understand the command: .*--port.*\n$/);
  });
});
