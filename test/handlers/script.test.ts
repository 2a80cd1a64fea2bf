import { deepEqual, equal } from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findScript, isForProgram } from "../../src/handlers/script.ts";
import { parsePath } from "../../src/http/path.ts";
import { folder } from "./folder.ts";

const PROGRAMS = [
  "cgi-bin/adder",
  "cgi-bin/sub/deep",
  "shop/cgi-bin/cart",
  "cgi-bin/a b",
  "cgi-bin/.hidden",
  "cgi-bin/.d/x",
  "cgi-bin/cgi-bin/inner",
  "outside",
];

async function site(t: TestContext): Promise<string> {
  const top = await folder(t, {
    ...Object.fromEntries(PROGRAMS.map((path) => [`www/${path}`, "#!/bin/sh\n"])),
    "www/cgi-bin/data.txt": "not a program",
    "www/index.html": "<p>",
    "www/not/cgi-bin": "#!/bin/sh\n",
    "www/cgi-bin/link": { link: "adder" },
    "www/cgi-bin/elsewhere": { link: "../outside" },
    "www/cgi-bin/escape": { link: "../../secret" },
    "www/cgi-bin/way-out": { link: "../.." },
    "www/cgi-bin/nowhere": { link: "missing" },
    "www/cgi-bin/round": { link: "round" },
    "secret": "#!/bin/sh\n",
  });
  for (const path of [...PROGRAMS.map((path) => `www/${path}`), "www/not/cgi-bin", "secret"])
    chmodSync(join(top, path), 0o755);
  return join(top, "www");
}

const FOUND: [path: string, name: string, pathInfo: string][] = [
  ["/cgi-bin/adder", "/cgi-bin/adder", ""],
  ["/cgi-bin/adder/", "/cgi-bin/adder", "/"],
  ["/cgi-bin/adder/a/b", "/cgi-bin/adder", "/a/b"],
  ["/cgi-bin/adder/a%20b/%C3%A9/", "/cgi-bin/adder", "/a b/é/"],
  ["/cgi-bin/adder/cgi-bin/adder", "/cgi-bin/adder", "/cgi-bin/adder"],
  // What follows the program is the program's business.
  ["/cgi-bin/adder/.git/config", "/cgi-bin/adder", "/.git/config"],
  ["/cgi-bin/sub/deep/x", "/cgi-bin/sub/deep", "/x"],
  ["/shop/cgi-bin/cart", "/shop/cgi-bin/cart", ""],
  ["/cgi-bin/cgi-bin/inner", "/cgi-bin/cgi-bin/inner", ""],
  ["/cgi-bin/a%20b", "/cgi-bin/a b", ""],
  ["/cgi%2Dbin/%61dder", "/cgi-bin/adder", ""],
  ["/cgi-bin/../cgi-bin/./adder", "/cgi-bin/adder", ""],
  ["/cgi-bin/link", "/cgi-bin/link", ""],
  ["/cgi-bin/elsewhere", "/cgi-bin/elsewhere", ""],
];

test("the program is the first file on the way, the rest is its path", async (t) => {
  const root = await site(t);
  for (const [target, name, pathInfo] of FOUND) {
    const { segments, isFolder } = parsePath(target);
    deepEqual(findScript(root, segments, isFolder), { name, pathInfo, file: root + name, root }, target);
  }
});

const NOT_FOUND: [path: string, status: 403 | 404][] = [
  ["/cgi-bin/missing", 404],
  ["/cgi-bin/sub/missing/x", 404],
  ["/nowhere/cgi-bin/adder", 404],
  ["/nowhere/cgi-bin/", 404],
  ["/index.html/cgi-bin/adder", 404],
  ["/cgi-bin/nowhere", 404],
  ["/cgi-bin/round", 404],
  [`/cgi-bin/${"x".repeat(300)}`, 404],
  // Hidden, or outside.
  ["/cgi-bin/.hidden", 404],
  ["/cgi-bin/.d/x", 404],
  ["/cgi-bin/escape", 404],
  ["/cgi-bin/way-out/secret", 404],
  ["/cgi-bin/%2e%2e/outside", 404],
  // A folder of that name it must be.
  ["/not/cgi-bin", 404],
  ["/not/cgi-bin/x", 404],
  ["/index.html", 404],
  ["/cgi-bin", 403],
  ["/cgi-bin/", 403],
  ["/cgi-bin/sub", 403],
  ["/cgi-bin/data.txt", 403],
  ["/cgi-bin/data.txt/x", 403],
];

test("what is no program is not run", async (t) => {
  const root = await site(t);
  for (const [target, status] of NOT_FOUND) {
    const { segments, isFolder } = parsePath(target);
    const found = findScript(root, segments, isFolder);
    equal("status" in found && found.status, status, target);
  }
});

test("in the root of the file system no slash is doubled", () => {
  const found = findScript("/", ["cgi-bin", "no-such-program"], false);
  equal("status" in found && found.status, 404);
});

const TARGETS: [target: string, isForProgram: boolean][] = [
  ["/cgi-bin/adder?x", true],
  ["/cgi-bin", true],
  ["/a/cgi-bin/b", true],
  ["/cgi%2dbin/adder", true],
  ["/%63gi-bin/adder", true],
  ["http://localhost/cgi-bin/adder", true],
  ["/a/../cgi-bin/adder", true],
  ["/", false],
  ["/cgi-bin.html", false],
  ["/my-cgi-bin/x", false],
  ["/cgi-bin/../index.html", false],
  ["/search?q=/cgi-bin/", false],
  ["/%zz/cgi-bin/x", false],
  ["*", false],
  ["cgi-bin:443", false],
  // To whoever spells it so on a system where that is the same, it is a file like any other.
  ["/CGI-BIN/adder", false],
];

for (const [target, expected] of TARGETS) {
  test(`${target} is ${expected ? "" : "not "}for a program`, () => equal(isForProgram(target), expected));
}
