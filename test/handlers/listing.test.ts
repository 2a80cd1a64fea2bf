import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { utimes } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { answerListing, readFolder } from "../../src/handlers/listing.ts";
import type { ListingEntry } from "../../src/handlers/listing-page.ts";
import type { LookupOptions } from "../../src/handlers/lookup.ts";
import { request, textOf } from "./exchange.ts";
import { folder, type Tree } from "./folder.ts";

const NOW = Date.now();

async function list(t: TestContext, tree: Tree, options: Partial<LookupOptions> = {}): Promise<ListingEntry[]> {
  const root = await folder(t, tree);
  return readFolder(
    { kind: "folder", path: root, bounds: { root, except: options.except } },
    { root, ...options },
    NOW,
  );
}

test("folders come first, then names as people sort them", async (t) => {
  const entries = await list(t, {
    "b.txt": "",
    "10.txt": "",
    "2.txt": "",
    "Beta/": "",
    "alpha/": "",
    "B.txt": "",
    "ä.txt": "",
  });
  deepEqual(
    entries.map(({ name }) => name),
    ["alpha", "Beta", "2.txt", "10.txt", "ä.txt", "b.txt", "B.txt"],
  );
});

test("an entry says what it is, how large and how old", async (t) => {
  const root = await folder(t, { "a.txt": "12345", "b/": "" });
  for (const name of ["a.txt", "b"]) await utimes(`${root}/${name}`, 784111777, 784111777);
  const modified = "1994-11-06T08:49:37.000Z";
  deepEqual(await readFolder({ kind: "folder", path: root, bounds: { root } }, { root }, NOW), [
    { name: "b", type: "directory", modified },
    { name: "a.txt", type: "file", modified, size: 5 },
  ]);
});

test("what a path would not find is not listed", async (t) => {
  const root = await folder(t, {
    "a.txt": "",
    ".env": "",
    ".well-known/x": "",
    "cgi-bin/x": "",
    "out": { link: "/etc/passwd" },
    "broken": { link: "nowhere" },
    "loop": { link: "loop" },
    "in": { link: "a.txt" },
    "programs": { link: "cgi-bin" },
  });
  execFileSync("mkfifo", [`${root}/fifo`]);
  const names = async (options: Partial<LookupOptions>) => {
    const found = { kind: "folder", path: root, bounds: { root, except: options.except } } as const;
    return (await readFolder(found, { root, ...options }, NOW)).map(({ name }) => name);
  };
  deepEqual(await names({}), [".well-known", "cgi-bin", "programs", "a.txt", "in"]);
  deepEqual(await names({ dotfiles: true, except: ["cgi-bin"] }), [".well-known", ".env", "a.txt", "in"]);
});

test("a folder of thousands is listed", async (t) => {
  const tree = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`file ${i}.txt`, ""]));
  const entries = await list(t, tree);
  equal(entries.length, 1000);
  equal(entries[999]?.name, "file 999.txt");
});

async function answer(t: TestContext, line: string, fields: Record<string, string>) {
  const root = await folder(t, { "a.txt": "12345" });
  const found = { kind: "folder", path: root, bounds: { root } } as const;
  const path = { segments: ["menu"], isFolder: true, query: undefined };
  return answerListing(found, path, request(line, fields), { root }, NOW);
}

const TYPES: [accept: string | undefined, type: string][] = [
  [undefined, "text/html; charset=utf-8"],
  ["*/*", "text/html; charset=utf-8"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"],
  ["application/json", "application/json"],
  ["application/json, text/html;q=0.5", "application/json"],
  ["application/*", "application/json"],
  ["image/png", "text/html; charset=utf-8"],
];

for (const [accept, type] of TYPES) {
  test(`who accepts ${accept ?? "whatever"} gets ${type}`, async (t) => {
    const listing = await answer(t, "GET /menu/", accept === undefined ? {} : { Accept: accept });
    const text = await textOf(listing);
    equal(listing.status, 200);
    equal(listing.fields.get("content-type"), type);
    equal(listing.fields.get("content-length"), String(text.length));
    equal(listing.fields.get("vary"), "Accept");
    equal(listing.fields.get("x-content-type-options"), "nosniff");
    match(listing.fields.get("content-security-policy")!, /default-src 'none'/);
    if (type === "application/json") equal(JSON.parse(text)[0].name, "a.txt");
    else ok(text.startsWith("<!doctype html>"));
  });
}

const CONDITIONS: [fields: Record<string, string>, status: number][] = [
  [{ "If-None-Match": '"v1"' }, 200],
  [{ "If-None-Match": "*" }, 304],
  [{ "If-Match": "*" }, 200],
  [{ "If-Match": '"v1"' }, 412],
  [{ "If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT" }, 200],
];

for (const [fields, status] of CONDITIONS) {
  test(`a listing has no validators: ${JSON.stringify(fields)} is answered ${status}`, async (t) => {
    equal((await answer(t, "GET /menu/", fields)).status, status);
  });
}
