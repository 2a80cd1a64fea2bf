/** The house as a browser meets it: pages with their images, in headless Chromium. */

import { deepEqual, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Maitred, maitred } from "../commands/maitred.ts";

const CHROMIUM = "/usr/bin/chromium";

/** One that nobody has: `--admin` says its own on a terminal only. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("in a browser", { skip: !existsSync(CHROMIUM) && "no chromium here" }, () => {
  let house: Maitred;
  let origin: string;
  let browser: Browser;

  before(async () => {
    house = maitred("serve", "examples/site", "--port", "0");
    [origin, browser] = await Promise.all([
      house.origin(),
      // As root there is no sandbox to be had; and it shall talk to nobody but us.
      chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-background-networking"] }),
    ]);
  });

  after(async () => {
    await browser?.close();
    await house[Symbol.asyncDispose]();
  });

  /** Opens a page, and tells what failed on it. */
  async function open(path: string): Promise<{ page: Page; failures: string[] }> {
    const page = await browser.newPage();
    const failures: string[] = [];
    page.on("requestfailed", (request) => void failures.push(request.url()));
    page.on("response", (response) => {
      if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`);
    });
    page.on("console", (message) => {
      if (message.type() === "error") failures.push(message.text());
    });
    page.on("pageerror", (error) => void failures.push(String(error)));
    await page.goto(origin + path, { waitUntil: "networkidle" });
    return { page, failures };
  }

  test("the front page and all its images are there, and a link leads on", async () => {
    const { page, failures } = await open("/");
    deepEqual(failures, []);
    const images = await page.$$eval("img", (all) => all.map((image) => [image.src, image.naturalWidth] as const));
    ok(images.length > 0);
    deepEqual(
      images.filter(([, width]) => width === 0),
      [],
    );
    await page.close();
  });

  test("a page with many images is whole", async () => {
    const { page, failures } = await open("/pictures.html");
    deepEqual(failures, []);
    const broken = await page.$$eval("img", (all) =>
      all.filter((image) => image.naturalWidth === 0).map((image) => image.src),
    );
    deepEqual(broken, []);
    await page.close();
  });

  test("a folder shows what is in it, and one gets there by clicking", async () => {
    const { page, failures } = await open("/images/");
    await page.getByRole("link", { name: "house.png" }).click();
    await page.waitForURL("**/images/house.png");
    deepEqual(failures, []);
    await page.close();
  });

  test("what is not there says so on the site's own page", async () => {
    const { page } = await open("/nowhere");
    match(await page.content(), /404|not/i);
    await page.close();
  });

  test("a program answers, and answers the form on its page", async () => {
    const { page, failures } = await open("/cgi-bin/adder?15000&213");
    deepEqual(failures, []);
    match(await page.content(), /15213/);
    await page.getByLabel("First number").fill("40");
    await page.getByLabel("Second number").fill("2");
    await page.getByRole("button").click();
    await page.getByText("40 + 2 = 42").waitFor();
    await page.close();
  });

  test("the second visit asks whether anything is new, and hears that nothing is", async () => {
    const { page } = await open("/");
    const statuses: number[] = [];
    page.on("response", (response) => void statuses.push(response.status()));
    await page.reload({ waitUntil: "networkidle" });
    ok(statuses.length > 0);
    ok(statuses.every((status) => status === 200 || status === 304));
    await page.close();
  });

  test("through a gateway with a cache the second visit does not reach the house, and the status page counts it", async () => {
    const port = await freePort();
    await using gateway = maitred("proxy", "--to", origin, "--port", "0", "--cache", "--admin", `localhost:${port}`);
    const site = await gateway.origin();
    const page = await browser.newPage();
    for (let visit = 0; visit < 2; visit++) await page.goto(`${site}/pictures.html`, { waitUntil: "networkidle" });
    // What the browser has itself it need not ask for; somebody else has nothing yet.
    const other = await (await browser.newContext()).newPage();
    const told: string[] = [];
    other.on("response", (response) => void told.push(response.headers()["cache-status"] ?? "nothing"));
    await other.goto(`${site}/pictures.html`, { waitUntil: "networkidle" });
    ok(told.length > 3);
    deepEqual([...new Set(told.map((status) => status.split(";").slice(0, 2).join(";")))], ["maitred; hit"]);

    await page.goto(`http://localhost:${port}/`);
    const hits = page.getByRole("row").filter({ has: page.getByText("hits", { exact: true }) });
    ok(Number((await hits.getByRole("cell").last().textContent())!.replace(/\D/g, "")) >= told.length);
    await page.getByRole("link", { name: "What is in it" }).click();
    await page.waitForURL("**/entries");
    match((await page.textContent("body"))!, /pictures\.html/);
    await page.close();
    await other.context().close();
  });
});
