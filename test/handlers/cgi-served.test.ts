/** Programs behind a real server, asked by a real client: Node's, and a bare socket. */

import { equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync } from "node:fs";
import { Agent, request as ask, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { type Clock, realClock, VirtualClock } from "../../src/base/clock.ts";
import { cgi } from "../../src/handlers/cgi.ts";
import { kernel } from "../../src/socket/kernel.ts";
import type { InternetAddress } from "../../src/socket/socket.ts";
import { serve } from "../../src/web/server.ts";
import { folder } from "./folder.ts";
import { isGone } from "./processes.ts";

/** A house for these shell scripts, or for the programs of a folder. */
async function house(t: TestContext, scripts: Readonly<Record<string, string>> | string, clock: Clock = realClock) {
  let root = "";
  if (typeof scripts === "string") {
    root = scripts;
  } else {
    const named = Object.entries(scripts).map(
      ([name, script]) => [`cgi-bin/${name}`, `#!/bin/sh\n${script}\n`] as const,
    );
    root = await folder(t, Object.fromEntries(named));
    for (const [name] of named) chmodSync(join(root, name), 0o755);
  }
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  const server = await serve(kernel, { host: "127.0.0.1", port: 0 }, cgi({ root, clock }), { complain, grace: 100 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(async () => {
    agent.destroy();
    await server.close();
  });
  const { host, port } = server.address as InternetAddress;
  const send = (path: string, options: RequestOptions = {}): ClientRequest =>
    ask({ host, port, path: `/cgi-bin/${path}`, agent, ...options });
  const get = async (path: string, options: RequestOptions = {}, content?: string): Promise<IncomingMessage> => {
    const request = send(path, options);
    request.end(content);
    const [response] = await once(request, "response");
    return response;
  };
  return { root, complaints, port, send, get };
}

const PLAIN = "printf 'Content-Type: text/plain\\n\\n'";

test("the textbook's adder adds", async (t) => {
  const { get } = await house(t, "examples/site");
  const response = await get("adder?15000&213");
  equal(response.statusCode, 200);
  equal(response.headers["content-type"], "text/html; charset=utf-8");
  match(await text(response), /15000 \+ 213 = 15213/);
});

const ADDENDS: [query: string, status: number, says: RegExp][] = [
  ["", 400, /Two numbers, please/],
  ["1", 400, /Two numbers, please/],
  ["a&b", 400, /Two numbers, please/],
  ["1&-2", 400, /Two numbers, please/],
  ["%3Cscript%3E&1", 400, /Two numbers, please/],
  ["1&9999999999999999", 400, /Two numbers, please/],
  ["first=010&second=0", 200, /10 \+ 0 = 10/],
];

for (const [query, status, says] of ADDENDS) {
  test(`the adder answers "${query}" with ${status}`, async (t) => {
    const { get } = await house(t, "examples/site");
    const response = await get(`adder?${query}`);
    equal(response.statusCode, status);
    match(await text(response), says);
  });
}

test("the environment is shown, and nothing the client sends becomes HTML", async (t) => {
  const { get } = await house(t, "examples/site");
  const page = await text(await get("env/%3Cb%3E?%3Ci%3E", { headers: { "X-Script": "<script>" } }));
  match(page, /^HTTP_X_SCRIPT=&lt;script&gt;$/m);
  match(page, /^PATH_INFO=\/&lt;b&gt;$/m);
  equal(/<(b|i|script)>/.test(page), false);
});

test("what is sent is given back, as plain text and nothing else", async (t) => {
  const { get } = await house(t, "examples/site");
  const response = await get("echo", { method: "POST" }, "<b>hello</b>");
  equal(await text(response), "<b>hello</b>");
  equal(response.headers["content-type"], "text/plain; charset=utf-8");
  equal(response.headers["x-content-type-options"], "nosniff");
  equal((await get("echo")).statusCode, 405);
});

test("a connection serves one program after the other: chunked content, an early end, no content, HEAD", async (t) => {
  const { get } = await house(t, { p: `${PLAIN}; echo $REQUEST_METHOD; cat`, early: `${PLAIN}; echo early` });
  const ports = new Set<number | undefined>();
  const said = async (...asked: Parameters<typeof get>): Promise<string> => {
    const response = await get(...asked);
    ports.add(response.socket.localPort);
    return text(response);
  };
  equal(await said("p", { method: "POST", headers: { "Transfer-Encoding": "chunked" } }, "hello"), "POST\nhello");
  equal(await said("early", { method: "POST" }, "x".repeat(100_000)), "early\n");
  equal(await said("p"), "GET\n");
  // Node's client ends the connection after this one.
  equal(await said("p", { method: "HEAD" }), "");
  equal(ports.size, 1);
});

test("a client that waits for 100 (Continue) gets it, and then sends its content", async (t) => {
  const { send } = await house(t, { p: `${PLAIN}; cat` });
  const request = send("p", { method: "POST", headers: { "Expect": "100-continue", "Content-Length": "5" } });
  request.flushHeaders();
  await once(request, "continue");
  request.end("hello");
  const [response] = await once(request, "response");
  equal(await text(response), "hello");
});

test("what a program says is on its way before it has ended, and it ends when the client leaves", async (t) => {
  const { get } = await house(t, { p: `${PLAIN}; sleep 60 & echo $!; wait` });
  const response = await get("p");
  response.on("error", () => {});
  const [bytes] = await once(response, "data");
  response.socket.resetAndDestroy();
  ok(await isGone(Number(bytes)));
});

test("a program without a word ends when the client leaves, too", async (t) => {
  const { send, complaints } = await house(t, { p: "echo $$ >&2; exec sleep 60" });
  const request = send("p");
  request.on("error", () => {});
  request.end();
  while (complaints.length === 0) await new Promise(setImmediate);
  request.socket!.resetAndDestroy();
  ok(await isGone(Number(/\d+$/.exec(complaints[0]!)![0])));
});

test("content that breaks off never reaches a program as if it were all", async (t) => {
  const { root, send, complaints } = await house(t, { p: "echo $$ >&2; cat > /dev/null; touch whole" });
  const request = send("p", { method: "POST", headers: { "Content-Length": "10" } });
  request.on("error", () => {});
  request.write("half");
  while (complaints.length === 0) await new Promise(setImmediate);
  request.socket!.resetAndDestroy();
  ok(await isGone(Number(/\d+$/.exec(complaints[0]!)![0])));
  equal(existsSync(join(root, "cgi-bin/whole")), false);
});

test("an answer shorter than promised is seen to be broken", async (t) => {
  const { get } = await house(t, { p: "printf 'Content-Type: a/b\\nContent-Length: 9\\n\\nhalf'; sleep 0.1" });
  const response = await get("p");
  await rejects(text(response), { code: "ECONNRESET" });
});

test("a program that speaks HTTP itself is not interrupted, and the connection closes", async (t) => {
  const { port } = await house(t, { "nph-p": "printf 'HTTP/1.1 200 Fine\\nX: y\\n\\nhello'" });
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /cgi-bin/nph-p HTTP/1.1\r\nHost: localhost\r\n\r\n");
  equal(await text(socket), "HTTP/1.1 200 Fine\nX: y\n\nhello");
});

test("a short answer has a length, so that even a client of HTTP/1.0 may stay", async (t) => {
  // Short it is by this clock, which stands still.
  const { port } = await house(t, { p: `${PLAIN}; echo hello` }, new VirtualClock());
  const socket = connect(port, "127.0.0.1");
  const ask = "GET /cgi-bin/p HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  socket.write(`${ask}GET /cgi-bin/p HTTP/1.0\r\n\r\n`);
  equal((await text(socket)).match(/\r\n\r\nhello\n/g)?.length, 2);
});
