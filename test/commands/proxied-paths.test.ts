import { deepEqual, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { proxiedPaths, withProxies } from "../../src/commands/proxied-paths.ts";
import { Refusal } from "../../src/commands/refusal.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Handler } from "../../src/web/handler.ts";
import { exchange, request, textOf } from "../handlers/exchange.ts";

/** Says its name and what it was asked for. */
const server = (name: string): Promise<string> => serverWith(({ url }, response) => response.end(`${name} ${url}`));

async function serverWith(answer: http.RequestListener): Promise<string> {
  const its = http.createServer(answer).listen(0, "127.0.0.1");
  await once(its, "listening");
  after(() => {
    its.close();
    its.closeAllConnections();
  });
  return `http://127.0.0.1:${(its.address() as AddressInfo).port}`;
}

const [a, b] = await Promise.all([server("a"), server("b")]);
const echo = await serverWith(({ headers }, response) => response.end(JSON.stringify(headers)));
const files: Handler = ({ target }) => ({
  status: 200,
  fields: new Fields(),
  body: new TextEncoder().encode(`files ${target}`),
});

const ASKED: [rules: string[], target: string, answer: string][] = [
  [[`/api=${a}`], "/menu", "files /menu"],
  [[`/api=${a}`], "/api", "a /api"],
  [[`/api=${a}`], "/api/menu?today", "a /api/menu?today"],
  [[`/api=${a}`], "/apis", "files /apis"],
  // What it is mounted at goes, where the server has a path of its own.
  [[`/api=${a}/`], "/api/menu", "a /menu"],
  [[`/api=${a}/v1`], "/api/menu", "a /v1/menu"],
  // No spelling leads past it.
  [[`/api=${a}`], "/%61pi/menu", "a /%61pi/menu"],
  [[`/api/=${a}`], "/api/menu", "a /api/menu"],
  [[`/=${a}`], "/menu", "a /menu"],
  [[`/api=${a}`, `/api/b=${b}`], "/api/b/c", "b /api/b/c"],
  [[`/api/b=${b}`, `/api=${a}`], "/api/c", "a /api/c"],
];

for (const [rules, target, answer] of ASKED) {
  test(`${rules.map((rule) => rule.replace(a, "a").replace(b, "b")).join(" ")}: ${target} is for ${answer}`, async () => {
    const handler = await withProxies(files, rules);
    equal(await textOf(await handler(request(`GET ${target}`), exchange())), answer);
  });
}

test("a path that comes several times has several servers, in turn", async () => {
  const handler = await withProxies(files, [`/api=${a}`, `/api/=${b}`]);
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await textOf(await handler(request("GET /api"), exchange())));
  equal(answers.join(), "a /api,b /api,a /api,b /api");
});

test("one house may stand before another, but not before itself", async () => {
  const [inner, outer] = [await withProxies(files, [`/api=${a}`]), await withProxies(files, [`/api=${echo}`])];
  const through = JSON.parse(await textOf(await outer(request("GET /api"), exchange())));
  const fields = Fields.of({ Via: through.via, "CDN-Loop": through["cdn-loop"] });
  equal((await inner({ ...request("GET /api"), fields }, exchange())).status, 200);
  equal((await outer({ ...request("GET /api"), fields }, exchange())).status, 502);
});

const REFUSED: [rule: string, message: string][] = [
  ["/api", 'Cannot use --proxy "/api": it is not written /path=http://host:port'],
  ["api=3000", 'Cannot use --proxy "api=3000": "api" is not a path'],
  ["=3000", 'Cannot use --proxy "=3000": "" is not a path'],
  ["/a?b=3000", 'Cannot use --proxy "/a?b=3000": "/a?b" is not a path'],
  ["/api=", 'Cannot use --proxy "/api=": it does not say where to'],
  ["/api=ftp://a", 'Cannot use the upstream "ftp://a": its scheme is neither http nor https'],
];

for (const [rule, message] of REFUSED) {
  test(`${rule} is refused`, () =>
    rejects(withProxies(files, [rule]), (error) => {
      equal((error as Error).message, message);
      return error instanceof Refusal;
    }));
}

test("their paths are each told once, in their usual spelling", () => {
  deepEqual(proxiedPaths(["/a/=3000", "/%61=3001", "/b=3000", "/=3000"]), ["/a", "/b", ""]);
});
