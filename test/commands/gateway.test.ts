import { equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { type GatewayFlags, gatewayTo } from "../../src/commands/gateway.ts";
import { Refusal } from "../../src/commands/refusal.ts";
import { exchange, request, textOf } from "../handlers/exchange.ts";

async function server(listener: http.RequestListener): Promise<string> {
  const its = http.createServer(listener).listen(0, "127.0.0.1");
  await once(its, "listening");
  after(() => {
    its.close();
    its.closeAllConnections();
  });
  return `http://127.0.0.1:${(its.address() as AddressInfo).port}`;
}

const telling = await server(
  ({ url, headers }, response) => void response.end(`${url} ${headers["x-forwarded-host"]}`),
);

async function answerOf(flags: GatewayFlags, prefix = ""): Promise<string> {
  const { handler, close } = await gatewayTo([`${telling}/base`], flags, { prefix });
  const answer = await textOf(await handler(request("GET /api/menu", { Host: "site.test" }), exchange()));
  close();
  return answer;
}

test("it asks its server, whose path comes before what is asked for, and tells it for whom", async () => {
  equal(await answerOf({}), "/base/api/menu site.test");
  equal(await answerOf({ forwarded: "none" }), "/base/api/menu undefined");
});

test("the path it is mounted at gives way to the server's", async () => {
  equal(await answerOf({}, "/api"), "/base/menu site.test");
});

test("once it is closed nobody's health is asked after any more", async () => {
  const asked = Promise.withResolvers<void>();
  let count = 0;
  const its = await server((_, response) => {
    count += 1;
    response.end().on("close", asked.resolve);
  });
  const { close } = await gatewayTo([its], { health: "/", healthInterval: 1 });
  await asked.promise;
  close();
  const before = count;
  await new Promise((resolve) => setTimeout(resolve, 20));
  equal(count, before);
});

const REFUSED: [to: string, flags: GatewayFlags, message: string][] = [
  ["a b", {}, 'Cannot use the upstream "a b": it holds a space'],
  [
    "3000",
    { balance: "hash" },
    'Cannot balance by "hash": it is none of round-robin, least-connections, hash:path, hash:client, hash:header:NAME',
  ],
  ["3000", { health: "?" }, 'Cannot check the health of upstreams: "?" is not a path'],
];

for (const [to, flags, message] of REFUSED) {
  test(message, () =>
    rejects(gatewayTo([to], flags), (error) => error instanceof Refusal && error.message === message),
  );
}
