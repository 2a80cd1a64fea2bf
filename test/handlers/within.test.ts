import { equal, rejects } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isWithin, look } from "../../src/handlers/within.ts";
import { folder } from "./folder.ts";

const INSIDE: [path: string, root: string, except: string[], isInside: boolean][] = [
  ["/srv/www", "/srv/www", [], true],
  ["/srv/www/a/b", "/srv/www", [], true],
  ["/srv/www2/a", "/srv/www", [], false],
  ["/srv", "/srv/www", [], false],
  ["/etc/passwd", "/srv/www", [], false],
  ["/srv/www/..data/x", "/srv/www", [], true],
  ["/etc/passwd", "/", [], true],
  ["/srv/www/a/cgi-bin/b", "/srv/www", ["cgi-bin"], false],
  ["/srv/www/a/cgi-bin2/b", "/srv/www", ["cgi-bin"], true],
  // A root that lies in a folder of that name is meant to be served.
  ["/srv/cgi-bin/www/a", "/srv/cgi-bin/www", ["cgi-bin"], true],
];

for (const [path, root, except, isInside] of INSIDE) {
  const what = except.length === 0 ? "" : `, ${except} excepted,`;
  test(`${path} is ${isInside ? "" : "not "}within ${root}${what}`, () => {
    equal(isWithin(path, { root, except }), isInside);
  });
}

test("what stands at a place", async (t) => {
  const all = await folder(t, {
    "outside.txt": "secret",
    "outside/x.txt": "secret",
    "root/a.txt": "a",
    "root/b/c.txt": "c",
    "root/to-a": { link: "a.txt" },
    "root/to-b": { link: "b" },
    "root/twice": { link: "to-b/../to-a" },
    "root/absolute": { link: "/etc" },
    "root/up": { link: "../outside.txt" },
    "root/up-folder": { link: "../outside" },
    "root/out-and-in": { link: "../root/a.txt" },
    "root/broken": { link: "nowhere" },
    "root/loop": { link: "loop" },
    "root/secret": { link: "b" },
  });
  const root = join(all, "root");
  const PLACES: [path: string, place: string | undefined][] = [
    ["a.txt", "file a.txt"],
    ["b", "folder b"],
    ["b/c.txt", "file b/c.txt"],
    ["to-a", "file a.txt"],
    ["to-b", "folder b"],
    ["to-b/c.txt", "file b/c.txt"],
    ["twice", "file a.txt"],
    ["out-and-in", "file a.txt"],
    ["absolute", undefined],
    ["absolute/passwd", undefined],
    ["up", undefined],
    ["up-folder", undefined],
    ["up-folder/x.txt", undefined],
    ["broken", undefined],
    ["loop", undefined],
    ["nothing", undefined],
    ["a.txt/x", undefined],
    ["x".repeat(300), undefined],
  ];
  for (const [path, expected] of PLACES) {
    const place = await look(`${root}/${path}`, { root }, Date.now());
    const real = place === undefined ? undefined : (place.folder ?? place.file.path).slice(root.length + 1);
    const found = place === undefined ? undefined : `${place.file === undefined ? "folder" : "file"} ${real}`;
    equal(found, expected, path);
  }
});

test("a name that is excepted is not reached by a symlink either", async (t) => {
  const root = await folder(t, { "cgi-bin/adder": "source", "programs": { link: "cgi-bin" } });
  equal(await look(`${root}/programs/adder`, { root, except: ["cgi-bin"] }, Date.now()), undefined);
  equal((await look(`${root}/programs/adder`, { root }, Date.now()))?.file?.state.length, 6);
});

test("what is neither file nor folder is nothing, and is not opened", async (t) => {
  const root = await folder(t, { "a.txt": "a", "null": { link: "/dev/null" } });
  execFileSync("mkfifo", [`${root}/fifo`]);
  const server = createServer().listen(`${root}/socket`);
  t.after(() => server.close());
  for (const name of ["fifo", "socket", "null"]) equal(await look(`${root}/${name}`, { root }, Date.now()), undefined);
  equal(await look("/dev/zero", { root: "/" }, Date.now()), undefined);
});

test("a root that is a symlink is looked up by who calls", async (t) => {
  const all = await folder(t, { "v1/a.txt": "a", "current": { link: "v1" } });
  equal(await look(`${all}/current/a.txt`, { root: `${all}/current` }, Date.now()), undefined);
  equal((await look(`${all}/current/a.txt`, { root: `${all}/v1` }, Date.now()))?.file?.path, `${all}/v1/a.txt`);
});

test("an error that is no absence is passed on", async () => {
  // @ts-expect-error: what no file system would take
  await rejects(look(5, { root: "/" }, 0), { code: "ERR_INVALID_ARG_TYPE" });
});
