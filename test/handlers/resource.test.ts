import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { lookUp } from "../../src/handlers/lookup.ts";
import { Resource, stampOf } from "../../src/handlers/resource.ts";
import { parsePath } from "../../src/http/path.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Answer } from "../../src/web/handler.ts";
import { request } from "./exchange.ts";
import { folder, later, type Tree } from "./folder.ts";

const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(100);

async function resourceOf(t: TestContext, tree: Tree, name: string, largest = 8 * 1024 * 1024) {
  const clock = later();
  const root = await folder(t, tree);
  const found = await lookUp(parsePath(`/${name}`), { root }, clock.date());
  if (found.kind !== "file") throw new Error(`Cannot find "${name}"`);
  const resource = new Resource(found, { clock, largest, onGrowth() {} });
  const ask = async (accept?: string, more: Record<string, string> = {}, method = "GET"): Promise<Answer> => {
    const fields = accept === undefined ? more : { "Accept-Encoding": accept, ...more };
    return (await resource.answer(request(`${method} /${name}`, fields)))!;
  };
  return { root, found, resource, ask };
}

const CODINGS: [accept: string | undefined, coding: string | undefined][] = [
  [undefined, undefined],
  ["", undefined],
  ["identity", undefined],
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["zstd", "zstd"],
  ["br", "br"],
  ["gzip, deflate, br, zstd", "br"],
  ["gzip, deflate, zstd", "zstd"],
  ["gzip;q=1, br;q=0.5", "gzip"],
  ["br;q=0, gzip", "gzip"],
  ["gzip;q=0", undefined],
  ["*", "br"],
  ["*;q=0", "406"],
  ["*;q=0, identity", undefined],
  ["identity;q=0, gzip", "gzip"],
  ["identity;q=0, compress", "406"],
  ["deflate, compress", undefined],
];

test("text is compressed as the client likes", async (t) => {
  const { ask } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  for (const [accept, coding] of CODINGS) {
    const answer = await ask(accept);
    const what = JSON.stringify(accept);
    equal(answer.status, coding === "406" ? 406 : 200, what);
    ok(answer.fields.get("vary")?.includes("Accept-Encoding"), what);
    if (coding === "406") continue;
    equal(answer.fields.get("content-encoding"), coding, what);
    const body = answer.body as Uint8Array;
    equal(answer.fields.get("content-length"), String(body.length), what);
    equal(Buffer.from(decode(body, coding)).toString(), TEXT, what);
  }
});

function decode(bytes: Uint8Array, coding: string | undefined): Uint8Array {
  if (coding === "br") return brotliDecompressSync(bytes);
  if (coding === "zstd") return zstdDecompressSync(bytes);
  return coding === "gzip" ? gunzipSync(bytes) : bytes;
}

test("each coding has an entity tag of its own, which is known before it is made", async (t) => {
  const { ask } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  const tags = new Map<string, string>();
  for (const accept of ["identity", "br", "zstd", "gzip"]) tags.set(accept, (await ask(accept)).fields.get("etag")!);
  equal(new Set(tags.values()).size, 4);
  const again = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  const [, suffix] = tags.get("br")!.split("-br");
  const tag = (await again.ask("identity")).fields.get("etag")!.replace(/"$/, `-br${suffix}`);
  // Nothing is compressed for this.
  equal(
    again.resource.answer(request("GET /a.txt", { "Accept-Encoding": "br", "If-None-Match": tag })) instanceof Promise,
    false,
  );
  equal((await again.ask("br", { "If-None-Match": tag })).status, 304);
  equal((await again.ask("gzip", { "If-None-Match": tag })).status, 200);
});

test("it is compressed once, however many ask, and then answered at once", async (t) => {
  const { ask, resource } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  const before = resource.size;
  const answers = new Set(await Promise.all(Array.from({ length: 20 }, () => ask("br"))));
  equal(answers.size, 1);
  const [answer] = answers;
  ok(answer instanceof PreparedResponse);
  equal(resource.answer(request("GET /a.txt", { "Accept-Encoding": "br" })), answer);
  equal(resource.answer(request("GET /a.txt", { "Accept-Encoding": "gzip;q=0.5, br" })), answer);
  ok(resource.size > before);
});

test("a range is one of the coded bytes", async (t) => {
  const { ask } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  const whole = (await ask("gzip")).body as Uint8Array;
  const part = await ask("gzip", { Range: "bytes=10-19" });
  equal(part.fields.get("content-range"), `bytes 10-19/${whole.length}`);
  deepEqual(part.body, whole.subarray(10, 20));
});

test("HEAD says of a coding what GET does", async (t) => {
  const { ask } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  const head = await ask("br", {}, "HEAD");
  deepEqual([...head.fields], [...(await ask("br")).fields]);
});

const ALONE: [what: string, name: string, content: string | Uint8Array, largest?: number][] = [
  ["short text", "a.txt", "short"],
  ["an image", "a.png", TEXT],
  ["what nobody knows the type of", "a.unheard-of", TEXT],
  ["anything where nothing is kept", "a.txt", TEXT, 0],
];

for (const [what, name, content, largest] of ALONE) {
  test(`${what} is left alone, and does not vary`, async (t) => {
    const { ask } = await resourceOf(t, { [name]: content }, name, largest);
    const answer = await ask("gzip, br");
    equal(answer.fields.has("content-encoding"), false);
    equal(answer.fields.has("vary"), false);
    equal((await ask("*;q=0")).status, 200);
  });
}

test("text that is noise is sent as it is", async (t) => {
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => ((i + 1) ** 3 * 2654435761) >>> 13);
  const { ask, resource } = await resourceOf(t, { "a.txt": noise }, "a.txt");
  const answer = await ask("br, gzip");
  equal(answer.fields.has("content-encoding"), false);
  equal(answer.fields.get("vary"), "Accept-Encoding");
  equal(resource.answer(request("GET /a.txt", { "Accept-Encoding": "zstd" })), answer);
});

test("compressed neighbours are preferred to what would have to be made", async (t) => {
  const { ask } = await resourceOf(t, { "a.txt": TEXT, "a.txt.gz": "gz", "a.txt.zst": "zst" }, "a.txt");
  const EXPECTED: [accept: string, text: string | undefined, coding: string | undefined][] = [
    ["gzip, br, zstd", "zst", "zstd"],
    ["gzip, br", "gz", "gzip"],
    ["br, gzip;q=0.5", undefined, "br"],
    ["gzip;q=0", TEXT, undefined],
  ];
  for (const [accept, text, coding] of EXPECTED) {
    const answer = await ask(accept);
    equal(answer.fields.get("content-encoding"), coding, accept);
    equal(answer.fields.get("content-type"), "text/plain; charset=utf-8");
    if (text !== undefined) equal(Buffer.from(answer.body as Uint8Array).toString(), text, accept);
  }
});

test("a neighbour makes any type vary", async (t) => {
  const { ask } = await resourceOf(t, { "a.bin": "x", "a.bin.br": "br" }, "a.bin");
  equal((await ask()).fields.get("vary"), "Accept-Encoding");
  equal((await ask("gzip")).fields.has("content-encoding"), false);
  equal((await ask("br")).fields.get("content-encoding"), "br");
});

test("many different wishes do not fill the memory", async (t) => {
  const { ask, resource } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  await ask("br");
  for (let i = 0; i < 200; i++) equal((await ask(`br, x${i}`)).fields.get("content-encoding"), "br");
  equal((await ask(`br, ${"x".repeat(5000)}`)).fields.get("content-encoding"), "br");
  ok(resource.size < 20_000);
});

test("where the file is not any more what it was, nothing is made of it", async (t) => {
  const { root, resource } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  await writeFile(`${root}/a.txt`, "changed");
  equal(await resource.answer(request("GET /a.txt", { "Accept-Encoding": "br" })), undefined);
});

test("the stamp tells states apart, and neighbours", async (t) => {
  const { root, found, resource } = await resourceOf(t, { "a.txt": TEXT }, "a.txt");
  const look = async () => lookUp(parsePath("/a.txt"), { root }, later().date()) as Promise<typeof found>;
  equal(stampOf(await look()), resource.stamp);
  await writeFile(`${root}/a.txt.br`, "br");
  notEqual(stampOf(await look()), resource.stamp);
});

test("it is settled when all its files are", async (t) => {
  const root = await folder(t, { "a.txt": "a", "a.txt.br": "br" });
  const at = async (date: number) => {
    const found = await lookUp(parsePath("/a.txt"), { root }, date);
    if (found.kind !== "file") throw new Error("Cannot find it");
    return new Resource(found, { clock: later(), largest: 0, onGrowth() {} }).isSettled;
  };
  equal(await at(Date.now() + 60_000), true);
  equal(await at(Date.now()), false);
});
