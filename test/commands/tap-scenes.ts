/**
 * The commands on a machine of our own at a TAP device, asked by programs of the kernel's side, in a network namespace of their
 * own, where test/commands/network.test.ts runs this file. The kernel is 10.0.0.1, maitred is 10.0.0.2.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { Maitred } from "./maitred.ts";

const ip = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8" });

// Whoever starts this elsewhere shall not find devices and addresses on his machine.
deepEqual(ip("-oneline link").match(/^\d+: [^:]+/gm), ["1: lo"], "Run test/commands/network.test.ts instead");
ip("link set lo up");
ip("tuntap add dev tap0 mode tap");
ip("addr add 10.0.0.1/24 dev tap0");
ip("link set tap0 up");

const AT = ["--tap", "tap0", "--address", "10.0.0.2/24"];
const run = promisify(execFile);
const curl = async (...words: string[]): Promise<string> =>
  (await run("curl", ["-sS", "--max-time", "10", ...words])).stdout;

test("maitred serve: a page, a program, and the end", async () => {
  await using server = new Maitred(["serve", "examples/site", "--port", "80", ...AT]);
  equal(await server.origin(), "http://10.0.0.2");
  equal(await curl("http://10.0.0.2/"), readFileSync("examples/site/index.html", "utf8"));
  match(await curl("http://10.0.0.2/cgi-bin/adder?15000&213"), /15213/);
  server.child.kill("SIGTERM");
  equal((await server.ended).code, 0);
});

test("maitred serve --capture: what has passed is a file for Wireshark, and for maitred print", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "maitred-tap-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "passed.pcapng");
  await using server = new Maitred(["serve", "examples/site", "--port", "80", ...AT, "--capture", file]);
  await server.origin();
  await curl("http://10.0.0.2/pi.txt");
  server.child.kill("SIGTERM");
  equal((await server.ended).code, 0);
  const { stdout } = await run(process.execPath, ["bin/maitred.js", "print", file]);
  match(stdout, /ARP, Request who-has 10\.0\.0\.[12]/);
  match(stdout, /IP 10\.0\.0\.1\.\d+ > 10\.0\.0\.2\.80: Flags \[S\]/);
  // Each frame is one that a cable carries.
  const lengths = [...stdout.matchAll(/length (\d+)$/gm)].map(([, length]) => Number(length));
  ok(lengths.some((length) => length > 1000) && Math.max(...lengths) <= 1500, String(Math.max(...lengths)));
});

/** A server of the kernel's side. */
async function origin(t: TestContext): Promise<string> {
  const server = createServer((request, response) => response.end(`${request.url}, by ${request.headers.via}`));
  t.after(() => server.close());
  server.listen(0, "10.0.0.1");
  await once(server, "listening");
  return `http://10.0.0.1:${(server.address() as { port: number }).port}`;
}

test("maitred proxy: asks other servers over the same network", async (t) => {
  const url = await origin(t);
  await using proxy = new Maitred(["proxy", "--cache", "--name", "house", ...AT]);
  equal(await proxy.origin(), "http://10.0.0.2:3128");
  equal(await curl("--proxy", "http://10.0.0.2:3128", `${url}/menu`), "/menu, by 1.1 house");
});

test("maitred serve --proxy: the paths of other servers, over the same network", async (t) => {
  const url = await origin(t);
  await using server = new Maitred(["serve", "examples/site", "--port", "80", "--proxy", `/api=${url}`, ...AT]);
  await server.origin();
  match(await curl("http://10.0.0.2/api/menu"), /\/api\/menu, by 1\.1 /);
});

test("maitred echo: says back, over TCP and UDP, and may be the client", async () => {
  for (const udp of [[], ["--udp"]]) {
    {
      await using server = new Maitred(["echo", "--port", "7007", ...udp, ...AT]);
      deepEqual(await server.lines(1), ["10.0.0.2:7007"]);
      await using client = new Maitred(["echo", "--connect", "10.0.0.2:7007", ...udp], { stdin: "hello" });
      deepEqual(await client.ended, { code: 0, stdout: "hello", stderr: "" });
      server.child.kill("SIGINT");
      equal((await server.ended).code, 0);
    }
    await using server = new Maitred(["echo", "--port", "7007", "--host", "10.0.0.1", ...udp]);
    await server.lines(1);
    await using client = new Maitred(["echo", "--connect", "10.0.0.1:7007", ...udp, ...AT], { stdin: "hello" });
    deepEqual(await client.ended, { code: 0, stdout: "hello", stderr: "" });
  }
});

test("what cannot be is said in one line", async () => {
  const refused = async (...words: string[]): Promise<string> => {
    await using command = new Maitred(words);
    const { code, stderr } = await command.ended;
    equal(code, 2);
    return stderr;
  };
  equal(
    await refused("serve", "examples/site", "--tap", "tap0", "--address", "10.0.0.0/24"),
    'Cannot use the address "10.0.0.0/24": 10.0.0.0 stands for the network\n',
  );
  await using server = new Maitred(["serve", "examples/site", ...AT]);
  await server.origin();
  equal(await refused("serve", "examples/site", ...AT), 'Cannot open TAP device "tap0": another program has it\n');
  equal(
    await refused("echo", "--connect", "10.9.0.1:7", "--tap", "tap1", "--address", "10.1.0.2/24"),
    "Cannot connect to 10.9.0.1:7: no way leads to that network\n",
  );
});

test("when the device is taken away, the command says so and ends", async () => {
  await using server = new Maitred(["serve", "examples/site", "--tap", "tap2", "--address", "10.2.0.2/24"]);
  await server.origin();
  ip("link del tap2");
  const { code, stderr } = await server.ended;
  deepEqual([code, stderr], [1, 'Cannot use TAP device "tap2" any more: it was taken away\n']);
});
