/** The package: what `npm pack` makes of this repository installs and runs somewhere else. */

import { deepEqual, equal, match } from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const folder = mkdtempSync(join(tmpdir(), "maitred-package-"));
const installed = join(folder, "node_modules/maitred");
const bin = join(installed, manifest.bin.maitred);
after(() => rmSync(folder, { recursive: true, force: true }));

/** As npm would install it, without asking a registry for what is here already. */
before(() => {
  const { status, stderr } = spawnSync("npm", ["pack", "--loglevel=error", "--pack-destination", folder], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  equal(status, 0, stderr);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  mkdirSync(installed, { recursive: true });
  equal(spawnSync("tar", ["-xzf", join(folder, tarball), "--strip-components=1", "-C", installed]).status, 0);
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const here = resolve("node_modules", name);
    if (existsSync(here)) symlinkSync(here, join(folder, "node_modules", name), "junction");
  }
});

const run = (...words: string[]) => spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });

test("it carries what was built, its papers, and nothing of the workshop", () => {
  const carried = readdirSync(installed).sort();
  deepEqual(carried, ["CHANGELOG.md", "LICENSE", "README.md", "bin", "dist", "package.json"]);
});

test("it says which version it is", () => {
  const { stdout, stderr, status } = run(bin, "--version");
  equal(stderr, "");
  equal(stdout, `${manifest.version}\n`);
  equal(status, 0);
});

test("programs import it by name, with types", () => {
  writeFileSync(
    join(folder, "names.mjs"),
    'import * as maitred from "maitred"; console.log(Object.keys(maitred).length > 0)',
  );
  equal(run("names.mjs").stdout, "true\n");
  equal(existsSync(join(installed, manifest.exports["."].types)), true);
});

test("the declarations stand on their own: a program that uses them type-checks elsewhere", () => {
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "app.ts"),
    'import { kernel, serve } from "maitred";\nexport const opened: Promise<unknown> = serve(kernel, { host: "localhost", port: 0 }, () => { throw new Error("closed"); });\n',
  );
  const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023"];
  const types = ["--typeRoots", resolve("node_modules/@types"), "--types", "node"];
  equal(run(resolve("node_modules/typescript/bin/tsc"), ...strict, ...types, "app.ts").stdout, "");
});

test("it serves a folder, and ends in good order when asked to", async () => {
  mkdirSync(join(folder, "public"));
  writeFileSync(join(folder, "public/menu.txt"), "soup\n");
  const server = spawn(process.execPath, [bin, "public", "--port", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [url] = await once(server.stdout.setEncoding("utf8"), "data");
    const response = await fetch(new URL("menu.txt", url.trim().split("\n")[0]));
    equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    equal(await response.text(), "soup\n");
  } finally {
    equal(await ended(server), 0);
  }
});

test("it proxies as the textbook has it, with nothing in its environment", async (t) => {
  const origin = createServer((_, response) => void response.end("home")).listen(0, "127.0.0.1");
  await once(origin, "listening");
  t.after(() => origin.close().closeAllConnections());
  const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}/`;
  const proxy = spawn(process.execPath, [bin, "proxy", "--profile", "csapp", "--port", "0"], {
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [said] = await once(proxy.stdout.setEncoding("utf8"), "data");
    const { hostname, port } = new URL(said.split("\n")[0]);
    equal(hostname, "127.0.0.1");
    const [answer] = await once(get({ host: hostname, port, path: url, agent: false }), "response");
    equal((await answer.toArray()).join(""), "home");
  } finally {
    equal(await ended(proxy), 0);
  }
});

async function ended(server: ChildProcess): Promise<number | null> {
  const exit = once(server, "exit");
  server.kill("SIGTERM");
  return (await exit)[0];
}

for (const [version, isTooOld] of [
  ["v12.22.12", true],
  ["v20.20.2", true],
  ["v22.17.1", true],
  ["v22.18.0", false],
  ["v23.5.0", true],
  ["v23.6.0", false],
  ["v24.0.0", false],
] as const) {
  test(`Node ${version} is ${isTooOld ? "too old, and told so in one line" : "new enough"}`, () => {
    const pretence = join(folder, `${version}.cjs`);
    writeFileSync(pretence, `Object.defineProperty(process, "version", { value: "${version}" });`);
    const { stderr, status } = run("--require", pretence, bin, "--version");
    equal(status, isTooOld ? 1 : 0);
    if (isTooOld)
      match(stderr, new RegExp(`^Cannot start maitred: this is Node ${version}, and it needs 22\\.18 or newer.*\\n$`));
  });
}

test("the door is written so that an old Node can read it", () => {
  deepEqual(
    readFileSync("bin/maitred.js", "utf8").match(/\?\?|\?\.|^import |^export |\bawait\b|\d_\d|\?\?=|\|\|=/gm),
    null,
  );
});

// A folder beside it is none.
test("the lockfile names no host, so that any registry will do", () => {
  for (const file of ["package-lock.json", "bench/npm/package-lock.json"]) {
    deepEqual(
      readFileSync(file, "utf8").match(
        /"resolved": "(?![\w-]+")|https?:\/\/(?!opencollective|github|paypal)[\w./]*registry/g,
      ),
      null,
    );
  }
});
