import { equal, ok, rejects } from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type AnswerFlags, answersFor } from "../../src/commands/answers.ts";
import { Refusal } from "../../src/commands/refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-answers-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

writeFileSync(at("notes.txt"), "no module");
writeFileSync(at("empty.mjs"), "export const nothing = 1;\n");
writeFileSync(at("broken.mjs"), "throw new Error('not\\n today');\n");
writeFileSync(at("app.mjs"), "export default { fetch: () => new Response('hello') };\n");
writeFileSync(at("locked.mjs"), "export default { fetch: () => new Response('hello') };\n");
mkdirSync(at("locked"));

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

test("without headers and redirects nobody stands before the answers", async () => {
  const { handler } = await answersFor(at("app.mjs"), { header: [], redirect: [] });
  ok("settled" in handler);
});
