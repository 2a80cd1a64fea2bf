import { equal, ok } from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { type SiteOptions, site } from "../../src/handlers/site.ts";
import type { Answer } from "../../src/web/handler.ts";
import { exchange, request, textOf } from "./exchange.ts";
import { folder, type Tree } from "./folder.ts";

const HELLO = '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\nhello $QUERY_STRING"\n';
const AWAY = '#!/bin/sh\nprintf "Location: /menu.txt\\n\\n"\n';

const SITE: Tree = {
  "menu.txt": "menu",
  "cgi-bin/hello": HELLO,
  "cgi-bin/away": AWAY,
  "shop/cgi-bin/hello": HELLO,
  "shop/menu.txt": "shop",
  "programs": { link: "cgi-bin" },
};

async function open(t: TestContext, options: Partial<SiteOptions> = {}) {
  const root = await folder(t, SITE);
  for (const path of ["cgi-bin/hello", "cgi-bin/away", "shop/cgi-bin/hello"]) await chmod(`${root}/${path}`, 0o755);
  const handler = site({ root, ...options });
  return async (line: string, fields?: Record<string, string>): Promise<Answer> =>
    handler(request(line, fields), exchange());
}

const ANSWERS: [line: string, status: number, text: string][] = [
  ["GET /menu.txt", 200, "menu"],
  ["GET /shop/menu.txt?cgi-bin", 200, "shop"],
  ["GET /cgi-bin/hello?world", 200, "hello world"],
  ["GET /cgi%2Dbin/hello?world", 200, "hello world"],
  ["POST /cgi-bin/hello?world", 200, "hello world"],
  ["GET /shop/cgi-bin/hello", 200, "hello "],
  ["GET /cgi-bin/away", 200, "menu"],
];

test("files are served, and programs run", async (t) => {
  const ask = await open(t);
  for (const [line, status, text] of ANSWERS) {
    const answer = await ask(line);
    equal(answer.status, status, line);
    equal(await textOf(answer), text, line);
  }
});

for (const cgi of [undefined, false] as const) {
  test(`${cgi === false ? "without programs" : "with programs"}, no source is served`, async (t) => {
    const ask = await open(t, { cgi });
    const targets = ["/programs/hello", "/programs/", "/cgi-bin/nothing", "/shop/cgi-bin/", "/cgi-bin"];
    if (cgi === false) targets.push("/cgi-bin/hello", "/%63gi-bin/hello", "/shop/cgi-bin/hello");
    for (const target of targets) {
      const answer = await ask(`GET ${target}`);
      ok([403, 404].includes(answer.status), `${target}: ${answer.status}`);
      ok(!(await textOf(answer)).includes("#!/bin/sh"), target);
    }
  });
}

test("a cgi-bin is not listed", async (t) => {
  const ask = await open(t);
  const listing = await textOf(await ask("GET /", { Accept: "application/json" }));
  const names = JSON.parse(listing).map(({ name }: { name: string }) => name);
  equal(names.join(), "shop,menu.txt");
});
