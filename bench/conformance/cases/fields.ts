/** How fields are read where they are odd (RFC 9111 §5.1), and what a 304 does to those that are stored (§3.2). */

import type { Case, Fields } from "../case.ts";
import type { Kind } from "../finding.ts";

const LATER = 2200;

/** Where it counts, an answer with this Age is stale on arrival. */
const age = (id: string, name: string, value: string | readonly string[], isFresh: boolean): Case => ({
  id: `age-${id}`,
  name,
  rule: "RFC 9111 §5.1",
  kind: isFresh ? "optimal" : "required",
  steps: [
    { answer: { fields: { "cache-control": "max-age=60", "age": value }, body: "first" }, body: "first" },
    isFresh
      ? { answer: { body: "second" }, from: "cache", body: "first" }
      : { answer: { body: "second" }, from: "origin", body: "second" },
  ],
});

/** Validated, and then reused. */
const updated = (kind: Kind, name: string, before: string, after: string): Case => {
  const fields = (value: string, directives: string): Fields => ({
    ...{ "cache-control": directives, "etag": '"v1"' },
    [name]: value,
  });
  return {
    id: `update-${name}`,
    name: `a 304 updates ${name}`,
    rule: "RFC 9111 §3.2",
    kind,
    steps: [
      { answer: { fields: fields(before, "max-age=1"), body: "menu" }, fields: { [name]: before }, body: "menu" },
      {
        after: LATER,
        answer: { fields: fields(after, "max-age=60"), body: "menu" },
        ...{ from: "origin", status: 200, fields: { [name]: after }, body: "menu" },
      },
      { from: "cache", status: 200, fields: { [name]: after }, body: "menu" },
    ],
  };
};

export const fields: readonly Case[] = [
  age("word", "an Age that is a word is ignored", "old", true),
  age("negative", "an Age below 0 is ignored", "-100", true),
  age("decimal", "an Age with a point is ignored", "100.0", true),
  age("parameter", "an Age with a parameter is ignored", "100;unit=s", true),
  age("first-young", "of two lines of Age the first counts, though the second is old", ["0", "100"], true),
  age("first-old", "of two lines of Age the first counts, though the second is young", ["100", "0"], false),
  age("list", "of a list in Age the first counts", "100, 0", false),
  age("huge", "an Age beyond all measure is old", "99999999999999999999", false),
  // Who has decoded it, or is careful, may leave it.
  updated("check", "content-encoding", "x-one", "x-two"),
  updated("required", "content-language", "en", "de"),
  updated("required", "x-note", "first", "second"),
];
