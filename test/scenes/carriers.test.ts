/** What was written for the kernel's sockets runs unchanged over a network of our own, in fine weather and in bad. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { concat, latin1, utf8 } from "../../src/base/bytes.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { echoClient, echoServer } from "../../src/commands/echo.ts";
import { caching } from "../../src/handlers/caching.ts";
import { forwardProxy } from "../../src/handlers/forward.ts";
import { site } from "../../src/handlers/site.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { AF_INET, berkeley, INADDR_ANY, SHUT_WR, SOCK_STREAM } from "../../src/socket/berkeley.ts";
import { type Simulation, simulate } from "../../src/socket/simulated.ts";
import type { CableWishes } from "../../src/socket/simulated-cable.ts";
import type { SimulatedHost } from "../../src/socket/simulated-host.ts";
import { Client } from "../../src/web/client.ts";
import { dialer } from "../../src/web/dial.ts";
import { originAt } from "../../src/web/origin.ts";
import { type Server, serve } from "../../src/web/server.ts";

const WEATHERS: Readonly<Record<string, CableWishes>> = {
  "in fine weather": {},
  "far apart, 3 % lost": { delay: "40ms", rate: "20Mbit", loss: 0.03 },
  "in a storm": {
    delay: "10ms",
    jitter: "5ms",
    burst: { begin: 0.01, end: 0.3 },
    reorder: 0.02,
    duplicate: 0.02,
    corrupt: 0.02,
  },
};

/** Plays it in all weathers: a client, a server, and what is between them. */
function play(
  name: string,
  act: (net: Simulation, near: SimulatedHost, far: SimulatedHost) => Promise<void>,
  weathers: readonly string[] = Object.keys(WEATHERS),
): void {
  for (const weather of weathers) {
    test(`${name}, ${weather}`, async () => {
      // The files are old by then, so that a cache may think that they will hardly change.
      const net = simulate({ seed: 7, date: Date.UTC(2040, 0) });
      const [near, far] = [net.host("10.0.0.1", { name: "client" }), net.host("10.0.0.2", { name: "server" })];
      net.between(near, far, WEATHERS[weather]);
      await act(net, near, far);
    });
  }
}

// ── echo ──

play("the textbook's echo, in the calls of Berkeley", async (_, near, far) => {
  const server = berkeley(far);
  const listenfd = server.socket(AF_INET, SOCK_STREAM, 0);
  await server.bind(listenfd, { host: INADDR_ANY, port: 7 });
  await server.listen(listenfd, 1024);
  const serving = (async () => {
    const connfd = await server.accept(listenfd);
    for (let buf = await server.recv(connfd, 8192); buf.length > 0; buf = await server.recv(connfd, 8192)) {
      await server.send(connfd, buf);
    }
    await server.close(connfd);
  })();

  const { socket, connect, send, recv, shutdown, close, getpeername } = berkeley(near);
  const clientfd = socket(AF_INET, SOCK_STREAM, 0);
  await connect(clientfd, { host: "10.0.0.2", port: 7 });
  deepEqual(getpeername(clientfd), { host: "10.0.0.2", port: 7 });
  for (const line of ["hello\n", "is there anybody?\n"]) {
    await send(clientfd, utf8(line));
    let heard = "";
    while (heard.length < line.length) heard += latin1(await recv(clientfd, 100));
    equal(heard, line);
  }
  shutdown(clientfd, SHUT_WR);
  equal((await recv(clientfd, 1)).length, 0);
  await close(clientfd);
  await serving;
  await server.close(listenfd);
});

/** What comes back of a megabyte, or of whatever is said. */
async function echoed(near: SimulatedHost, udp: boolean, pieces: readonly Uint8Array[], clock: Simulation["clock"]) {
  const heard: Uint8Array[] = [];
  const said = (async function* () {
    yield* pieces;
  })();
  await echoClient(near, { host: "10.0.0.2", port: 7 }, said, (bytes) => void heard.push(bytes), { udp, clock });
  return concat(heard);
}

play("maitred echo says back a megabyte", async (net, near, far) => {
  const asked = new AbortController();
  const server = await echoServer(far, { host: "0.0.0.0", port: 7 }, asked.signal);
  const pieces = Array.from({ length: 64 }, (_, i) => new Uint8Array(16 * 1024).fill(i));
  ok(Buffer.from(concat(pieces)).equals(await echoed(near, false, pieces, net.clock)));
  asked.abort();
  await server.closed;
});

play(
  "maitred echo says back datagrams",
  async (net, near, far) => {
    const asked = new AbortController();
    const server = await echoServer(far, { host: "0.0.0.0", port: 7, udp: true }, asked.signal);
    // The port of echo itself is one of the services that are not answered, so that none talk for ever.
    equal(latin1(await echoed(near, true, ["one", "two"].map(utf8), net.clock)), "onetwo");
    asked.abort();
    await server.closed;
  },
  ["in fine weather"],
);

// ── the web ──

/** A browser of sorts. */
class Browser {
  readonly client: Client;
  readonly #to: ReturnType<typeof originAt>;

  /** It asks this server, or a proxy about other servers. */
  constructor(near: SimulatedHost, host = "server", port = 80) {
    const { clock } = near;
    // It has more patience than a proxy.
    this.client = new Client(dialer(near, { clock }), { clock, answerTimeout: 300_000 });
    this.#to = originAt({ host, port });
  }

  async ask(method: string, target: string, content?: string) {
    const fields = Fields.of({ Host: "server" });
    const body = content === undefined ? undefined : bodyOf(utf8(content));
    const asker = { signal: new AbortController().signal, inform() {} };
    const answer = await this.client.ask(this.#to, { method, target, fields, ...(body && { body }) }, asker);
    return { status: answer.status, fields: answer.fields, content: await contentOf(answer.body) };
  }
}

function bodyOf(bytes: Uint8Array): Body {
  let rest: Uint8Array | undefined = bytes;
  const read = (): Uint8Array | undefined => {
    const next = rest;
    rest = undefined;
    return next;
  };
  return { length: bytes.length, read, cancel() {} };
}

async function contentOf(body: Uint8Array | Body | undefined): Promise<Uint8Array> {
  if (body === undefined || body instanceof Uint8Array) return body ?? new Uint8Array(0);
  const parts: Uint8Array[] = [];
  // What is read is lent until the next read.
  for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read()) parts.push(bytes.slice());
  return concat(parts);
}

const ROOT = "examples/site";

const open = ({ clock }: Simulation, at: SimulatedHost): Promise<Server> =>
  serve(at, { host: "0.0.0.0", port: 80 }, site({ root: ROOT, clock }), { clock });

play("the web server gives out files", async (net, near, far) => {
  const server = await open(net, far);
  const browser = new Browser(near);
  for (const file of ["index.html", "pi.txt", "favicon.ico"]) {
    const { status, content } = await browser.ask("GET", file === "index.html" ? "/" : `/${file}`);
    deepEqual([status, Buffer.from(content).equals(readFileSync(`${ROOT}/${file}`))], [200, true], file);
  }
  equal((await browser.ask("GET", "/nothing")).status, 404);
  browser.client.close();
  await server.close();
});

play("the web server runs a CGI program, and no time passes while it runs", async (net, near, far) => {
  const server = await open(net, far);
  const browser = new Browser(near);
  const { status, content } = await browser.ask("GET", "/cgi-bin/adder?15000&213");
  equal(status, 200);
  ok(latin1(content).includes("15213"), latin1(content));
  const before = net.clock.now();
  const posted = await browser.ask("POST", "/cgi-bin/echo", "two coffees");
  ok(latin1(posted.content).includes("two coffees"), latin1(posted.content));
  // Unless a packet is lost, which is waited for.
  ok(net.clock.now() - before < 3000, `${net.clock.now() - before} ms`);
  browser.client.close();
  await server.close();
});

play("the caching proxy stands between, and remembers when the server cannot be reached", async (net, near, far) => {
  const { clock } = net;
  const origin = await open(net, far);
  const middle = net.host("10.0.0.3", { name: "proxy" });
  net.between(middle, far, WEATHERS["far apart, 3 % lost"]);
  const client = new Client(dialer(middle, { clock }), { clock });
  const store = new MemoryStore({ budget: 1024 * 1024 });
  const cached = caching(forwardProxy({ client, name: "proxy" }), { store, clock, name: "proxy" });
  const proxy = await serve(middle, { host: "0.0.0.0", port: 3128 }, cached, { clock });

  const browser = new Browser(near, "proxy", 3128);
  const menu = readFileSync(`${ROOT}/menu.txt`);
  const first = await browser.ask("GET", "http://server/menu.txt");
  deepEqual([first.status, Buffer.from(first.content).equals(menu)], [200, true]);
  net.partition(middle, far);
  const second = await browser.ask("GET", "http://server/menu.txt");
  deepEqual([second.status, Buffer.from(second.content).equals(menu)], [200, true]);
  equal(cached.counters.hits, 1);
  const refused = await browser.ask("GET", "http://server/pi.txt");
  equal(refused.status, 504);
  net.heal();
  equal((await browser.ask("GET", "http://server/pi.txt")).status, 200);
  browser.client.close();
  client.close();
  await proxy.close();
  await origin.close();
});
