import { deepEqual, equal, match } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

const run = (...words: string[]) => spawn(process.execPath, ["examples/gateway.ts", ...words]);

test("it asks each of its servers, and tells of one that is not there", async (t) => {
  const server = http.createServer(({ url, headers }, response) => void response.end(`${url} ${headers.via}`));
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close().closeAllConnections());
  const child = run("0", `http://127.0.0.1:${(server.address() as AddressInfo).port}`, "http://127.0.0.1:1");
  t.after(() => child.kill());
  const [url] = await once(child.stdout.setEncoding("utf8"), "data");
  const complaint = once(child.stderr.setEncoding("utf8"), "data");
  const answers = [];
  for (let i = 0; i < 10; i++) answers.push(await (await fetch(new URL("/menu", url.trim()))).text());
  deepEqual(new Set(answers), new Set(["/menu 1.1 gateway"]));
  match((await complaint)[0], /^127\.0\.0\.1:1 is out/);
});

test("it says how it is used", async () => {
  const child = run("8080");
  const exited = once(child, "exit");
  match((await once(child.stderr.setEncoding("utf8"), "data"))[0], /^usage: /);
  equal((await exited)[0], 2);
});
