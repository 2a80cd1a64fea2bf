import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import type { Lifecycle } from "../../src/stores/shared-client.ts";
import { type News, Newsroom, parseNews, printNews } from "../../src/stores/shared-news.ts";

const NEWS: [news: News, text: string][] = [
  [{ is: "change", key: "http://localhost/" }, "me http://localhost/"],
  [{ is: "change", key: "http://localhost/é dark\nlight" }, "me http://localhost/é dark\nlight"],
  [{ is: "purge", which: { by: "everything" }, how: "remove" }, 'me remove {"by":"everything"}'],
  [
    { is: "purge", which: { by: "url", url: "http://a/" }, how: "invalidate" },
    'me invalidate {"by":"url","url":"http://a/"}',
  ],
  [{ is: "purge", which: { by: "prefix", prefix: "" }, how: "remove" }, 'me remove {"by":"prefix","prefix":""}'],
  [{ is: "purge", which: { by: "host", host: "a" }, how: "remove" }, 'me remove {"by":"host","host":"a"}'],
  [{ is: "purge", which: { by: "tag", tag: '"}' }, how: "remove" }, 'me remove {"by":"tag","tag":"\\"}"}'],
  [
    { is: "purge", which: { by: "group", group: "g", origin: "http://a" }, how: "remove" },
    'me remove {"by":"group","group":"g","origin":"http://a"}',
  ],
];

test("what is said is understood by others, and ignored by who says it", () => {
  for (const [news, text] of NEWS) {
    equal(printNews("me", news), text);
    deepEqual(parseNews("you", text), news);
    equal(parseNews("me", text), undefined);
  }
});

test("what makes no sense is no news", () => {
  for (const text of [
    "",
    "me",
    "me ",
    "me remove {",
    "me remove {}",
    'me remove {"by":"planet"}',
    'me remove {"by":"toString"}',
    'me remove {"by":"url"}',
    'me remove {"by":"url","url":1}',
    'me remove {"by":"group","group":"g"}',
  ]) {
    equal(parseNews("you", text), undefined, text);
  }
});

interface Line extends Lifecycle {
  hear(message: string): void;
  pings: number;
  isOpen: boolean;
}

function house() {
  const clock = new VirtualClock();
  const lines: Line[] = [];
  const newsroom = new Newsroom({
    self: "me",
    clock,
    subscribe: (life) => {
      const line: Line = { ...life, pings: 0, isOpen: true };
      lines.push(line);
      return { ping: () => void line.pings++, close: () => void (line.isOpen = false) };
    },
  });
  const heard: unknown[] = [];
  newsroom.onChange((key) => void heard.push(key));
  newsroom.onPurge((which, how) => void heard.push([which, how]));
  newsroom.onGap(() => void heard.push("gap"));
  return { clock, lines, newsroom, heard };
}

test("what others say is passed on", () => {
  const { lines, heard } = house();
  lines[0]!.connected();
  heard.length = 0;
  lines[0]!.hear("you http://a/");
  lines[0]!.hear("me http://b/");
  lines[0]!.hear('you remove {"by":"everything"}');
  lines[0]!.hear("nonsense");
  deepEqual(heard, ["http://a/", [{ by: "everything" }, "remove"]]);
});

test("when a connection breaks there is another soon, and a gap", async () => {
  const { clock, lines, newsroom, heard } = house();
  equal(newsroom.isListening, false);
  lines[0]!.connected();
  equal(newsroom.isListening, true);
  heard.length = 0;
  lines[0]!.lost("read ECONNRESET");
  equal(newsroom.isListening, false);
  await clock.advance(50);
  equal(lines.length, 2);
  deepEqual(heard, []);
  lines[1]!.connected();
  deepEqual(heard, ["gap"]);
});

test("while there is nobody it is tried more and more rarely, but at least every two seconds", async () => {
  const { clock, lines } = house();
  const at: number[] = [];
  for (let i = 0; i < 10; i++) {
    lines.at(-1)!.lost("connect ECONNREFUSED");
    const before = clock.now();
    for (const count = lines.length; lines.length === count; ) await clock.advance(10);
    at.push(clock.now() - before);
  }
  deepEqual(at, [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000]);
  lines.at(-1)!.connected();
  lines.at(-1)!.lost("read ECONNRESET");
  const count = lines.length;
  await clock.advance(50);
  equal(lines.length, count + 1);
});

test("the other end is asked every ten seconds whether it is there", async () => {
  const { clock, lines } = house();
  lines[0]!.connected();
  await clock.advance(35_000);
  equal(lines[0]!.pings, 3);
  lines[0]!.lost("Socket timeout");
  await clock.advance(20_000);
  equal(lines[0]!.pings, 3);
});

test("after the end nothing is tried", async () => {
  for (const isConnected of [true, false]) {
    const { clock, lines, newsroom } = house();
    if (isConnected) lines[0]!.connected();
    newsroom.close();
    equal(lines[0]!.isOpen, false);
    lines[0]!.lost("closed");
    await clock.advance(60_000);
    equal(lines.length, 1);
    equal(lines[0]!.pings, 0);
  }
});
