/** The house as a browser meets it: pages with their images, in headless Chromium. */

import { deepEqual, match, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Maitred, maitred } from "../commands/maitred.ts";

const CHROMIUM = "/usr/bin/chromium";

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
});
