/** The same servers, proxies and network in a page as in Node: no part of them knows where it runs. */

import { deepEqual, equal } from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { program } from "./page/program.ts";

const CHROMIUM = "/usr/bin/chromium";

test("an origin, a caching proxy, a client and echo over a lossy network", async () => {
  const { answers, asked, echoed } = await program();
  deepEqual(
    answers.map(({ status }) => status),
    ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"],
  );
  equal(asked, 1);
  equal(echoed, "hello");
});

test("the same seed makes the same history, to the byte", async () => {
  deepEqual(await program(), await program());
});

test("and in a page the same as in Node", { skip: !existsSync(CHROMIUM) && "no chromium here" }, async () => {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("page/program.ts", import.meta.url))],
    bundle: true,
    platform: "browser",
    format: "iife",
    globalName: "world",
    write: false,
  });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: bundle.outputFiles[0]!.text });
    const there = await page.evaluate("world.program()");
    deepEqual(there, await program());
  } finally {
    await browser.close();
  }
});
