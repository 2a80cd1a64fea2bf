import { equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type AnswerFlags, answersFor } from "../../src/commands/answers.ts";
import { Refusal } from "../../src/commands/refusal.ts";
import { exchange, request, textOf } from "../handlers/exchange.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-answers-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

writeFileSync(at("notes.txt"), "no module");
writeFileSync(at("empty.mjs"), "export const nothing = 1;\n");
writeFileSync(at("broken.mjs"), "throw new Error('not\\n today');\n");
writeFileSync(at("app.mjs"), "export default { fetch: () => new Response('hello') };\n");
writeFileSync(at("locked.mjs"), "export default { fetch: () => new Response('hello') };\n");
mkdirSync(at("locked"));

/** Counts how often it is asked, and lets that be kept. */
let asked = 0;
const counting = http.createServer((_, response) => {
  asked += 1;
  response.writeHead(200, { "Cache-Control": "max-age=60" }).end(`answer ${asked}`);
});
counting.listen(0, "127.0.0.1");
await once(counting, "listening");
after(() => counting.close().closeAllConnections());
const upstream = `http://127.0.0.1:${(counting.address() as AddressInfo).port}`;

mkdirSync(at("site/cgi-bin"), { recursive: true });
writeFileSync(at("site/page.txt"), "page");
const SCRIPT = "#!/bin/sh\nprintf 'Content-Type: text/plain\\nCache-Control: max-age=60\\n\\n%s' $$\n";
writeFileSync(at("site/cgi-bin/number"), SCRIPT, { mode: 0o755 });
writeFileSync(
  at("counting.mjs"),
  `let count = 0;
  const headers = { "Cache-Control": "max-age=60" };
  export default { fetch: ({ url }) => new Response(++count, url.endsWith("/plain") ? {} : { headers }) };\n`,
);

const REFUSED: [name: string, flags: AnswerFlags, message: (path: string) => string][] = [
  ["nowhere", {}, (path) => `Cannot serve "${path}": there is no such file or folder`],
  ["notes.txt/x", {}, (path) => `Cannot serve "${path}": there is no such file or folder`],
  ["nowhere.mjs", {}, (path) => `Cannot serve "${path}": there is no such file or folder`],
  ["notes.txt", {}, (path) => `Cannot serve "${path}": it is neither a folder nor a module (.js, .mjs, .ts, .mts)`],
  ["empty.mjs", {}, (path) => `Cannot load "${path}": it does not say \`export default { fetch(request) { … } }\``],
  ["broken.mjs", {}, (path) => `Cannot load "${path}": Error: not today`],
  [".", { header: ["a: b", "x"] }, () => 'Cannot add the header "x": it is not written "Name: value"'],
  [".", { redirect: ["/a=/b", "/b"] }, () => 'Cannot redirect by "/b": it is not written "/from=/to"'],
  [".", { redirect: ["/a=/b", "/b=/a"] }, () => 'Cannot redirect by "/a=/b": it leads round in a circle'],
];

for (const [name, flags, message] of REFUSED) {
  test(`${JSON.stringify(name)} ${JSON.stringify(flags)} is refused`, () =>
    rejects(answersFor(at(name), flags), (error: Error) => {
      equal(error.message, message(at(name)));
      return error instanceof Refusal;
    }));
}

test("perhaps a command was meant", () =>
  rejects(answersFor("ecoh", {}, ["serve", "echo"]), {
    message: 'Cannot serve "ecoh": there is no such file or folder (did you mean "echo"?)',
  }));

for (const name of ["locked", "locked.mjs"]) {
  test(`${name} is refused to who may not read it`, async () => {
    chmodSync(folder, 0o755);
    chmodSync(at(name), 0);
    // The super-user may read everything, so somebody else has to ask: nobody.
    const isSuper = process.geteuid!() === 0;
    if (isSuper) process.seteuid!(65534);
    try {
      const message = `Cannot serve "${at(name)}": you may not read it`;
      await rejects(answersFor(at(name), {}), { name: "Refusal", message });
    } finally {
      if (isSuper) process.seteuid!(0);
      chmodSync(at(name), 0o755);
    }
  });
}

test("a program is settled when what it goes on with is done, a folder at once", async () => {
  await (await answersFor(at("app.mjs"), {})).settled();
  await (await answersFor(folder, {})).settled();
});

const REMEMBERED: [what: string, name: string, flags: AnswerFlags, target: string, isKept: boolean][] = [
  ["what a program says", "site", {}, "/cgi-bin/number", true],
  ["what another server says", "site", { proxy: [`/api=${upstream}`] }, "/api/menu", true],
  ["what another server says, in whatever spelling", "site", { proxy: [`/api=${upstream}`] }, "/%61pi/menu", true],
  ["what a module says", "counting.mjs", {}, "/", true],
  ["what says nothing of how long it is good", "counting.mjs", {}, "/plain", false],
  [
    "what is said for how long by a header of ours",
    "counting.mjs",
    { header: ["Cache-Control: max-age=9"] },
    "/plain",
    true,
  ],
  ["a program's answer that shall be left alone", "site", { noCache: ["/cgi-bin/*"] }, "/cgi-bin/number", false],
];

for (const [what, name, flags, target, isKept] of REMEMBERED) {
  test(`--cache ${isKept ? "keeps" : "does not keep"} ${what}`, async () => {
    const { handler, settled, also } = await answersFor(at(name), { cache: true, ...flags });
    equal(also, ", and has a cache");
    const texts: string[] = [];
    for (let i = 0; i < 2; i++) {
      const answer = await handler(request(`GET ${target}`, { Host: "a" }), exchange());
      equal(answer.status, 200);
      texts.push(await textOf(answer));
      match(answer.fields.get("cache-status")!, i === 1 && isKept ? /^maitred; hit/ : /^maitred; fwd=/);
    }
    equal(texts[0] === texts[1], isKept, texts.join(", "));
    await settled();
  });
}

test("--cache leaves files alone: they are here already", async () => {
  const { handler, settled } = await answersFor(at("site"), { cache: true, proxy: [`/api=${upstream}`] });
  for (const line of ["GET /page.txt", "GET /apis", "OPTIONS *", "POST /page.txt"]) {
    const answer = await handler(request(line, { Host: "a" }), exchange());
    equal(answer.fields.has("cache-status"), false);
  }
  await settled();
});

test("what is said about a cache that there is not is refused", () =>
  rejects(answersFor(at("site"), { ttl: ["/*=1h"] }), {
    name: "Refusal",
    message: "Cannot use --ttl without --cache: it is about the cache",
  }));

test("without headers and redirects nobody stands before the answers", async () => {
  const { handler } = await answersFor(at("app.mjs"), { header: [], redirect: [] });
  ok("settled" in handler);
});
