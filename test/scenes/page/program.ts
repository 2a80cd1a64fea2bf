/** A little world: an origin, a caching proxy before it, a client, and echo; the same in Node and in a page. */

import { latin1, utf8 } from "../../../src/base/bytes.ts";
import { MemoryStore } from "../../../src/cache/memory-store.ts";
import { Balancer } from "../../../src/handlers/balancer.ts";
import { caching } from "../../../src/handlers/caching.ts";
import { reverseProxy } from "../../../src/handlers/reverse.ts";
import { parseUpstream } from "../../../src/handlers/upstream.ts";
import { Fields } from "../../../src/http/fields.ts";
import { simulate } from "../../../src/socket/simulated.ts";
import type { Socket } from "../../../src/socket/socket.ts";
import { Client } from "../../../src/web/client.ts";
import { dialer } from "../../../src/web/dial.ts";
import { serve } from "../../../src/web/server.ts";

const SEED = 7;

/** What was said, how often the origin was asked, how much virtual time it took, and how many bytes a capture has. */
export async function program() {
  const net = simulate({ seed: SEED });
  const { clock } = net;
  const [origin, proxy, client] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => net.host(address));
  net.between(proxy!, client!, { loss: 0.05, delay: "30ms", jitter: "5ms" });
  let captured = 0;
  net.capture((bytes) => {
    captured += bytes.length;
  });

  let asked = 0;
  const web = await serve(
    origin!,
    { host: "10.0.0.1", port: 80 },
    () => {
      asked += 1;
      const fields = new Fields();
      fields.append("Content-Type", "text/plain");
      fields.append("Cache-Control", "max-age=60");
      return { status: 200, fields, body: utf8("the menu\n".repeat(5000)) };
    },
    { clock },
  );
  const balancer = new Balancer([parseUpstream("http://10.0.0.1")]);
  const handler = reverseProxy({ client: new Client(dialer(proxy!), { clock }), balancer, name: "gateway" });
  const store = new MemoryStore({ budget: 1024 * 1024 });
  const gateway = await serve(proxy!, { host: "10.0.0.2", port: 80 }, caching(handler, { store, clock }), { clock });

  const answers = [await get(await client!.connect({ host: "10.0.0.2", port: 80 }))];
  answers.push(await get(await client!.connect({ host: "10.0.0.2", port: 80 })));
  const echoed = await echo(await origin!.listen({ host: "10.0.0.1", port: 7 }), () =>
    client!.connect({ host: "10.0.0.1", port: 7 }),
  );
  await net.advance("1m");
  await Promise.all([web.close(), gateway.close()]);
  return { answers, asked, echoed, captured, ms: clock.now() };
}

async function get(socket: Socket): Promise<{ status: string; length: number }> {
  await socket.write(utf8("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  const heard = await everything(socket);
  return { status: heard.slice(0, heard.indexOf("\r\n")), length: heard.length };
}

async function everything(socket: Socket): Promise<string> {
  let heard = "";
  for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) heard += latin1(bytes);
  return heard;
}

async function echo(listener: AsyncIterable<Socket> & { close(): Promise<void> }, connect: () => Promise<Socket>) {
  const serving = (async () => {
    for await (const socket of listener) {
      for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) await socket.write(bytes);
      await socket.end();
    }
  })();
  const socket = await connect();
  await socket.write(utf8("hello"));
  await socket.end();
  const heard = await everything(socket);
  await listener.close();
  await serving;
  return heard;
}
