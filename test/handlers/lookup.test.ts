import { deepEqual, equal } from "node:assert/strict";
import { rename, symlink, unlink, utimes } from "node:fs/promises";
import { test } from "node:test";
import { type Found, type LookupOptions, lookUp, mayBeSeen } from "../../src/handlers/lookup.ts";
import { parsePath } from "../../src/http/path.ts";
import { folder, type Tree } from "./folder.ts";

/** In words, with paths as seen from the root. */
function tell(found: Found, root: string): string {
  switch (found.kind) {
    case "file":
      return [found.origin.path.slice(root.length), ...found.neighbours.keys()].join(" ");
    case "folder":
      return `folder ${found.path.slice(root.length)}/`;
    case "elsewhere":
      return `→ ${found.path}`;
    case "nothing":
      return "nothing";
  }
}

function table(
  what: string,
  tree: Tree,
  options: Partial<LookupOptions>,
  rows: [target: string, found: string][],
): void {
  test(what, async (t) => {
    const root = await folder(t, tree);
    for (const [target, expected] of rows) {
      equal(tell(await lookUp(parsePath(target), { root, ...options }, Date.now()), root), expected, target);
    }
  });
}

const SITE: Tree = {
  "index.html": "",
  "menu.txt": "",
  "empty/": "",
  "food/index.html": "",
  "food/cake.html": "",
  "food/메뉴.html": "",
  "food/caf\u00e9.txt": "",
  "food/re\u0301sume\u0301.txt": "",
  "odd/index.html/x": "",
  "odd/a b?#%.txt": "",
  "to-food": { link: "food" },
  ".env": "",
  ".git/config": "",
  ".well-known/security.txt": "",
  ".well-known/.hidden": "",
  "link-to-hidden": { link: ".git/config" },
};

table("what paths mean", SITE, {}, [
  ["/", "/index.html"],
  ["/index.html", "/index.html"],
  ["/menu.txt", "/menu.txt"],
  ["/menu.txt?x=1", "/menu.txt"],
  ["//menu.txt", "/menu.txt"],
  ["/./food/../menu.txt", "/menu.txt"],
  ["/../../menu.txt", "/menu.txt"],
  ["/%2e%2e/menu.txt", "/menu.txt"],
  ["/menu.txt/", "nothing"],
  ["/menu.txt/x", "nothing"],
  ["/MENU.txt", "nothing"],
  ["/nothing", "nothing"],
  ["/nothing/", "nothing"],
  ["/food", "→ /food/"],
  ["/food?x=1", "→ /food/"],
  ["//food", "→ /food/"],
  ["/food/", "/food/index.html"],
  ["/to-food/", "/food/index.html"],
  ["/empty", "→ /empty/"],
  ["/empty/", "folder /empty/"],
  ["/odd/", "folder /odd/"],
  ["/odd/index.html", "→ /odd/index.html/"],
  ["/odd/a%20b%3f%23%25.txt", "/odd/a b?#%.txt"],
  ["/food/%EB%A9%94%EB%89%B4.html", "/food/메뉴.html"],
  ["/food/cake", "nothing"],
]);

table("letters that look the same are the same", SITE, {}, [
  [`/food/${encodeURIComponent("caf\u00e9.txt")}`, "/food/caf\u00e9.txt"],
  [`/food/${encodeURIComponent("cafe\u0301.txt")}`, "/food/caf\u00e9.txt"],
  [`/food/${encodeURIComponent("r\u00e9sum\u00e9.txt")}`, "/food/re\u0301sume\u0301.txt"],
  [`/food/${encodeURIComponent("메뉴.html".normalize("NFD"))}`, "/food/메뉴.html"],
  [`/food/${encodeURIComponent("Café.txt")}`, "nothing"],
]);

table("hidden names are hidden", SITE, {}, [
  ["/.env", "nothing"],
  ["/%2eenv", "nothing"],
  ["/.git", "nothing"],
  ["/.git/config", "nothing"],
  ["/.git/../menu.txt", "/menu.txt"],
  ["/.well-known/security.txt", "/.well-known/security.txt"],
  ["/.well-known/.hidden", "nothing"],
  // Whoever puts a symlink there wants it seen; so do Kubernetes' volumes.
  ["/link-to-hidden", "/.git/config"],
]);

table("hidden names are seen where one asks for it", SITE, { dotfiles: true }, [
  ["/.env", "/.env"],
  ["/.git", "→ /.git/"],
  ["/.git/config", "/.git/config"],
  ["/.well-known/.hidden", "/.well-known/.hidden"],
]);

const PAGES: Tree = {
  "index.html": "",
  "about.html": "",
  "about/team.html": "",
  "both": "",
  "both.html": "",
  "docs/index.html": "",
  "docs/.html": "",
  "docs.html/x": "",
  "page.htm": "",
};

table("clean URLs: each page has one", PAGES, { cleanUrls: true, dotfiles: true }, [
  ["/", "/index.html"],
  ["/index.html", "→ /"],
  ["/index", "→ /"],
  ["/docs/index.html", "→ /docs/"],
  ["/docs/index", "→ /docs/"],
  ["/docs/", "/docs/index.html"],
  ["/docs", "→ /docs/"],
  ["/about", "/about.html"],
  ["/about.html", "→ /about"],
  ["/about/", "folder /about/"],
  ["/about/team", "/about/team.html"],
  ["/about/team/", "→ /about/team"],
  ["/about/team.html", "→ /about/team"],
  ["/about/team.html/", "nothing"],
  // Two files want the name: each keeps what is only its own.
  ["/both", "/both"],
  ["/both.html", "/both.html"],
  ["/docs/.html", "/docs/.html"],
  ["/page", "nothing"],
  ["/page.htm", "/page.htm"],
  ["/nothing", "nothing"],
]);

table(
  "names that are excepted are not served",
  { "cgi-bin/x": "", "a/cgi-bin/x": "", "p": { link: "cgi-bin" } },
  { except: ["cgi-bin"] },
  [
    ["/cgi-bin/x", "nothing"],
    ["/%63gi-bin/x", "nothing"],
    ["/cgi-bin", "nothing"],
    ["/a/cgi-bin/x", "nothing"],
    ["/p/x", "nothing"],
    ["/p", "nothing"],
    ["/a/", "folder /a/"],
  ],
);

test("compressed neighbours are found if they are not older, and not outside", async (t) => {
  const all = await folder(t, {
    "secret.gz": "",
    "root/a.js": "",
    "root/a.js.br": "",
    "root/a.js.zst": "",
    "root/a.js.gz": "",
    "root/b.js": "",
    "root/b.js.gz": { link: "../secret.gz" },
    "root/b.js.br/x": "",
    "root/c.js": { link: "store/1234" },
    "root/c.js.br": { link: "store/5678" },
    "root/store/1234": "",
    "root/store/5678": "",
  });
  const root = `${all}/root`;
  const find = async (target: string) => tell(await lookUp(parsePath(target), { root }, Date.now()), root);
  equal(await find("/a.js"), "/a.js br zstd gzip");
  equal(await find("/a.js.gz"), "/a.js.gz");
  equal(await find("/b.js"), "/b.js");
  equal(await find("/c.js"), "/store/1234 br");
  await utimes(`${root}/a.js`, 1000, 1000.9);
  await utimes(`${root}/a.js.br`, 1000, 1000.1);
  await utimes(`${root}/a.js.zst`, 1000, 999.9);
  equal(await find("/a.js"), "/a.js br gzip");
});

test("a root that is a symlink may be put elsewhere", async (t) => {
  const all = await folder(t, { "v1/a.txt": "", "v2/b.txt": "", "current": { link: "v1" } });
  const find = async (target: string) =>
    tell(await lookUp(parsePath(target), { root: `${all}/current` }, Date.now()), all);
  equal(await find("/a.txt"), "/v1/a.txt");
  await symlink("v2", `${all}/next`);
  await rename(`${all}/next`, `${all}/current`);
  equal(await find("/a.txt"), "nothing");
  equal(await find("/b.txt"), "/v2/b.txt");
  await unlink(`${all}/current`);
  equal(await find("/b.txt"), "nothing");
});

test("the names that may be seen", () => {
  const names = ["a", ".a", "..a", ".well-known", "cgi-bin", "a.", "a/b", "a\\b"];
  const seen = (options: Partial<LookupOptions>) => names.filter((name) => mayBeSeen(name, { root: "/", ...options }));
  deepEqual(seen({}), ["a", ".well-known", "cgi-bin", "a."]);
  deepEqual(seen({ dotfiles: true, except: ["cgi-bin"] }), ["a", ".a", "..a", ".well-known", "a."]);
});
