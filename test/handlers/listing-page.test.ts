import { equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { type ListingEntry, listingPage } from "../../src/handlers/listing-page.ts";

const file = (name: string, size = 1): ListingEntry => ({
  name,
  type: "file",
  size,
  modified: "2024-11-21T08:22:33.444Z",
});
const directory = (name: string): ListingEntry => ({ name, type: "directory", modified: "2024-11-21T08:22:33.444Z" });

test("a row has a link, a size and a date, for people and for programs", () => {
  const page = listingPage([], [file("menu.txt", 12_345)]);
  ok(page.includes('<a href="./menu.txt"><bdi>menu.txt</bdi></a>'));
  ok(page.includes('<data value="12345">12.3 kB</data>'));
  ok(page.includes('<time datetime="2024-11-21T08:22:33.444Z">2024-11-21 08:22</time>'));
  ok(page.includes("<caption>0 folders, 1 file</caption>"));
});

const LINKS: [entry: ListingEntry, link: string][] = [
  [directory("food"), '<a href="./food/"><bdi>food</bdi>/</a>'],
  [file("a b?#%.txt"), '<a href="./a%20b%3F%23%25.txt"><bdi>a b?#%.txt</bdi></a>'],
  [file("javascript:alert(1)"), '<a href="./javascript%3Aalert(1)"><bdi>javascript:alert(1)</bdi></a>'],
  [file("\"><script>&'"), '<a href="./%22%3E%3Cscript%3E%26\'"><bdi>&quot;&gt;&lt;script&gt;&amp;&#39;</bdi></a>'],
  [file("메뉴.html"), '<a href="./%EB%A9%94%EB%89%B4.html"><bdi>메뉴.html</bdi></a>'],
  [directory("//evil"), '<a href="./%2F%2Fevil/"><bdi>//evil</bdi>/</a>'],
];

for (const [entry, link] of LINKS) {
  test(`the link to ${JSON.stringify(entry.name)} is safe`, () => ok(listingPage([], [entry]).includes(link)));
}

const SIZES: [bytes: number, text: string][] = [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [5_242_880, "5.2 MB"],
  [3e9, "3.0 GB"],
];

for (const [bytes, text] of SIZES) {
  test(`${bytes} bytes are ${text}`, () => ok(listingPage([], [file("a", bytes)]).includes(`>${text}<`)));
}

test("the trail leads back, each folder on the way", () => {
  const page = listingPage(["a<b", "c"], []);
  ok(page.includes('<li><a href="../../"><bdi>root</bdi></a><li><a href="../"><bdi>a&lt;b</bdi></a>'));
  ok(page.includes('<a href="./" aria-current="page"><bdi>c</bdi></a>'));
  ok(page.includes('<a href="../">'));
  ok(page.includes("<title>/a&lt;b/c/</title>"));
});

test("from the root nothing leads up", () => {
  const page = listingPage([], []);
  equal(page.includes('href="../"'), false);
  match(page, /<title>\/<\/title>/);
});

test("there is no script, and what there is does not need one", () => {
  const page = listingPage(["a"], [file("b")]);
  equal(/<script|\bon\w+=|javascript:/i.test(page), false);
  ok(page.includes('<meta name="color-scheme" content="light dark">'));
  ok(page.includes('<th scope="col">'));
  ok(page.includes('<html lang="en">'));
});
