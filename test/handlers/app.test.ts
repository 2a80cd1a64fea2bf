import { equal, match, rejects } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadApp } from "../../src/handlers/app.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "maitred-app-"));
});
after(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

const RUN: [name: string, text: string][] = [
  ["app.ts", "export default { fetch: (request: Request): Response => new Response('hi') };"],
  ["app.js", "export default { fetch: () => new Response('hi') };"],
  ["app.mjs", "export default { async fetch() { return new Response('hi'); } };"],
  ["app.cjs", "module.exports = { fetch: () => new Response('hi') };"],
  ["a name #1 100%?.mjs", "export default new (class App { fetch() { return new Response('hi'); } })();"],
];

for (const [name, text] of RUN) {
  test(`${name} is run`, async () => {
    const app = await loadApp(await write(name, text));
    const response = await app.fetch(new Request("http://localhost/"), { ip: undefined, waitUntil() {} });
    equal(await response.text(), "hi");
  });
}

const REFUSED: [what: string, name: string, text: string, reason: RegExp][] = [
  [
    "no default",
    "named.mjs",
    "export const fetch = () => {};",
    /: it does not say `export default \{ fetch\(request\) \{ … \} \}`$/,
  ],
  ["a function for default", "function.mjs", "export default () => new Response();", /: it does not say/],
  ["a fetch that is none", "text.mjs", "export default { fetch: 'hi' };", /: it does not say/],
  ["a null for default", "null.mjs", "export default null;", /: it does not say/],
  ["a mistake in its grammar", "grammar.mjs", "export default {", /: SyntaxError: /],
  ["an error of its own", "throws.mjs", "throw new RangeError('too\\n  much');", /: RangeError: too much$/],
  ["an import that is not there", "import.mjs", "import './none.mjs';", /Cannot find module .*none\.mjs/],
];

for (const [what, name, text, reason] of REFUSED) {
  test(`a module with ${what} is refused in one line`, async () => {
    const path = await write(name, text);
    await rejects(loadApp(path), ({ message }: Error) => {
      equal(message.startsWith(`Cannot load "${path}": `), true);
      equal(message.includes("\n"), false);
      match(message, reason);
      return true;
    });
  });
}

test("a module that is not there is refused in one line", async () => {
  await rejects(loadApp(join(folder, "none.ts")), {
    message: `Cannot load "${join(folder, "none.ts")}": there is no such file`,
  });
});
