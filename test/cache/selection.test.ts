import { equal } from "node:assert/strict";
import { test } from "node:test";
import { meaning } from "../../src/cache/selection.ts";
import type { Selection } from "../../src/cache/store.ts";

const url = (text: string): Selection => ({ by: "url", url: text });
const prefix = (text: string): Selection => ({ by: "prefix", prefix: text });
const host = (text: string): Selection => ({ by: "host", host: text });
const tag = (text: string): Selection => ({ by: "tag", tag: text });
const group = (text: string, origin: string): Selection => ({ by: "group", group: text, origin });

/** Each has the tags "menu" and "day-1" and the groups "scripts" and "Menu". */
const MEANT: [which: Selection, key: string, isMeant: boolean][] = [
  [{ by: "everything" }, "http://localhost/", true],
  [url("http://localhost/a"), "http://localhost/a", true],
  [url("http://localhost/a"), "http://localhost/a foo=1", true],
  [url("http://localhost/a"), "http://localhost/a foo", true],
  [url("http://localhost/a"), "http://localhost/ab", false],
  [url("http://localhost/a"), "http://localhost/a?b", false],
  [url("http://localhost/a"), "http://localhost/", false],
  [url("http://localhost/a"), "https://localhost/a", false],
  [url("http://localhost/a foo=1"), "http://localhost/a foo=1", true],
  [prefix("http://localhost/a"), "http://localhost/ab?c", true],
  [prefix("http://localhost/a"), "http://localhost/b", false],
  [prefix("http://local"), "http://localhost/", true],
  [host("localhost"), "http://localhost/a", true],
  [host("localhost"), "https://localhost:8443/a", true],
  [host("LocalHost"), "http://localhost/a", true],
  [host("localhost"), "http://localhost.example/a", false],
  [host("local"), "http://localhost/a", false],
  [host("example.com"), "http://www.example.com/a", false],
  [host("[::1]"), "http://[::1]:8080/a", true],
  [host("other"), "http://localhost/other", false],
  [host(""), "http://localhost/", false],
  [tag("menu"), "http://localhost/", true],
  [tag("scripts"), "http://localhost/", true],
  [tag("Menu"), "http://localhost/", true],
  [tag("MENU"), "http://localhost/", false],
  [tag("day"), "http://localhost/", false],
  // RFC 9875 §2.1: of the same origin, "case sensitive".
  [group("scripts", "http://localhost"), "http://localhost/a", true],
  [group("scripts", "http://localhost"), "http://localhost:8080/a", false],
  [group("scripts", "http://localhost"), "https://localhost/a", false],
  [group("scripts", "http://localhost"), "http://localhost.example/a", false],
  [group("Scripts", "http://localhost"), "http://localhost/a", false],
  // A tag is no group.
  [group("menu", "http://localhost"), "http://localhost/a", false],
];

for (const [which, key, isMeant] of MEANT) {
  test(`${JSON.stringify(which)} ${isMeant ? "means" : "does not mean"} ${key}`, () => {
    const means = meaning(which);
    equal(means({ key, tags: ["menu", "day-1"], groups: ["scripts", "Menu"] }), isMeant);
    if (which.by === "tag" || which.by === "group") equal(means({ key, tags: [], groups: [] }), false);
  });
}
