import { deepEqual, equal, match, throws } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import type { Account } from "../../src/cache/account.ts";
import { assess } from "../../src/cache/assess.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import { wholeContent } from "../../src/cache/whole-content.ts";
import { answerFrom, selected, suffices, told, toldAnswer } from "../../src/handlers/answer-from.ts";
import { liveSource, partSource, type Source, sourceOf } from "../../src/handlers/source.ts";
import { Fields } from "../../src/http/fields.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Answer } from "../../src/web/handler.ts";
import { said } from "../stage.ts";
import { bodyOf, textOf } from "./exchange.ts";

const DATE = "Tue, 10 Oct 2000 13:55:36 GMT";
const MONDAY = "Mon, 09 Oct 2000 00:00:00 GMT";
const TUESDAY = "Tue, 10 Oct 2000 00:00:00 GMT";
const BYTES = new TextEncoder().encode("0123456789");

type Said = Record<string, string>;

const clock = new VirtualClock(said.responseTime + 9000);
const TELLER = { name: "maitred", telling: "brief", clock } as const;
const ACCOUNT: Account = { hit: true, because: [] };

const assessed = (fields: Said, status = 200) => {
  const lines = Fields.of({ Date: DATE, "Content-Type": "text/plain", ...fields }).print();
  return assess({ ...said, status, lines, content: wholeContent(BYTES) }, DEFAULT_RULES, clock.date());
};

const V1 = { ETag: '"v1"', "Last-Modified": MONDAY };

/** What of it is wanted: "304", "416", the ranges, or "whole". */
const SELECTED: [
  what: string,
  here: Said,
  asks: Said,
  selects: string,
  more?: { method?: string; status?: number; length?: number | undefined },
][] = [
  ["nothing in particular", V1, {}, "whole"],
  ["its tag", V1, { "If-None-Match": '"v1"' }, "304"],
  ["its tag, for a HEAD", V1, { "If-None-Match": '"v1"' }, "304", { method: "HEAD" }],
  ["another tag, and its date", V1, { "If-None-Match": '"v0"', "If-Modified-Since": MONDAY }, "whole"],
  ["its date", V1, { "If-Modified-Since": TUESDAY }, "304"],
  ["without a date of change, that of the answer stands for it", {}, { "If-Modified-Since": DATE }, "304"],
  ["but not for an earlier one", {}, { "If-Modified-Since": TUESDAY }, "whole"],
  ["conditions about what is no 200", V1, { "If-None-Match": '"v1"', Range: "bytes=0-1" }, "whole", { status: 404 }],
  ["a range", V1, { Range: "bytes=1-2" }, "1-2"],
  ["several", V1, { Range: "bytes=1-2, -1" }, "1-2,9-9"],
  ["one that is beyond it", V1, { Range: "bytes=10-" }, "416"],
  ["one that cannot be read", V1, { Range: "bytes=a-" }, "whole"],
  ["a range, with HEAD", V1, { Range: "bytes=1-2" }, "whole", { method: "HEAD" }],
  ["a range of what has no known length", V1, { Range: "bytes=1-2" }, "whole", { length: undefined }],
  ["a range of what has no content", V1, { Range: "bytes=0-" }, "whole", { length: 0 }],
  ["a range, if it is still this", V1, { Range: "bytes=1-2", "If-Range": '"v1"' }, "1-2"],
  ["a range, if it is still another", V1, { Range: "bytes=1-2", "If-Range": '"v0"' }, "whole"],
  ["a range, by its date", V1, { Range: "bytes=1-2", "If-Range": MONDAY }, "1-2"],
  ["for a range the date of the answer is none", {}, { Range: "bytes=1-2", "If-Range": DATE }, "whole"],
];

for (const [what, here, asks, selects, more = {}] of SELECTED) {
  test(`selected: ${what}`, () => {
    const length = "length" in more ? more.length : 10;
    const asking = { method: more.method ?? "GET", fields: Fields.of(asks) };
    const one = selected(asking, assessed(here, more.status), length, clock.date());
    const spoken = {
      "not modified": () => "304",
      "unsatisfiable": () => "416",
      "ranges": () => (one.kind === "ranges" ? one.ranges.map(({ first, last }) => `${first}-${last}`).join() : ""),
      "whole": () => "whole",
    }[one.kind]();
    equal(spoken, selects);
  });
}

const SUFFICES: [here: [number, number][] | undefined, asks: Said, does: boolean, method?: string][] = [
  [undefined, {}, true],
  [[[0, 4]], {}, false],
  [[[0, 4]], {}, true, "HEAD"],
  [[[0, 4]], { Range: "bytes=1-4" }, true],
  [[[0, 4]], { Range: "bytes=1-5" }, false],
  [[[0, 4]], { Range: "bytes=20-" }, true],
  [[[0, 4]], { "If-None-Match": '"v1"' }, true],
  [
    [
      [0, 1],
      [8, 9],
    ],
    { Range: "bytes=0-1, -2" },
    true,
  ],
  [
    [
      [0, 1],
      [8, 9],
    ],
    { Range: "bytes=0-1, -3" },
    false,
  ],
  [[[0, 4]], { Range: "bytes=1-4", "If-Range": '"v0"' }, false],
];
for (const [here, asks, does, method = "GET"] of SUFFICES) {
  test(`of ten bytes ${JSON.stringify(here)} are ${does ? "" : "not "}enough for ${method} ${JSON.stringify(asks)}`, () => {
    const ranges = here?.map(([first, last]) => ({ first, last }));
    equal(suffices({ method, fields: Fields.of(asks) }, assessed(V1), { length: 10, ranges }, clock.date()), does);
  });
}

const answer = (asks: Said, source: Source, method = "GET", status = 200): Answer =>
  answerFrom({ method, fields: Fields.of(asks) }, assessed(V1, status), source, ACCOUNT, TELLER);
const stored = () => sourceOf(wholeContent(BYTES));

test("the whole, with its age and what the cache has to tell", async () => {
  const whole = answer({}, stored());
  equal(await textOf(whole), "0123456789");
  deepEqual(Object.fromEntries(whole.fields), {
    Date: DATE,
    "Content-Type": "text/plain",
    ...V1,
    Age: "9",
    "Cache-Status": "maitred; hit",
  });
  equal(whole.account!(), ACCOUNT);
});

test("304 has what a 304 must have, and no more", () => {
  const { status, fields, body } = answerFrom(
    { method: "GET", fields: Fields.of({ "If-None-Match": '"v1"' }) },
    assessed({
      ...V1,
      Vary: "A",
      Expires: DATE,
      "Cache-Control": "max-age=60",
      "CDN-Cache-Control": "max-age=9",
      "Content-Language": "en",
      X: "1",
    }),
    stored(),
    ACCOUNT,
    TELLER,
  );
  deepEqual([status, body], [304, undefined]);
  deepEqual(
    [...fields].map(([name]) => name),
    ["Date", "ETag", "Last-Modified", "Vary", "Expires", "Cache-Control", "CDN-Cache-Control", "Age", "Cache-Status"],
  );
});

test("416 says how many bytes there are", async () => {
  const { status, fields } = answer({ Range: "bytes=99-" }, stored());
  deepEqual([status, fields.get("content-range"), fields.get("age")], [416, "bytes */10", "9"]);
});

test("one range, and several in one message", async () => {
  const one = answer({ Range: "bytes=2-4" }, stored());
  deepEqual([one.status, one.fields.get("content-range"), await textOf(one)], [206, "bytes 2-4/10", "234"]);
  const several = answer({ Range: "bytes=0-1, 8-9" }, stored());
  match(several.fields.get("content-type")!, /^multipart\/byteranges; boundary=/);
  const text = await textOf(several);
  equal(several.body!.length, text.length);
  match(text, /Content-Type: text\/plain\r\nContent-Range: bytes 0-1\/10\r\n\r\n01\r\n.*bytes 8-9\/10\r\n\r\n89\r\n/s);
});

test("of a part that is here what it has", async () => {
  const part = partSource(BYTES.subarray(2, 6), { first: 2, last: 5, length: 10 });
  equal(await textOf(answer({ Range: "bytes=3-4" }, part)), "34");
  throws(() => answer({}, part), /a part is not the whole/);
});

test("of what is on its way one range can be had, but not several: then it is the whole", async () => {
  const live = () => liveSource({ length: 10, reader: () => bodyOf(["01234", "56789"], { length: 10 }) }, undefined);
  equal(await textOf(answer({ Range: "bytes=4-6" }, live())), "456");
  const several = answer({ Range: "bytes=0-1, 8-9" }, live());
  deepEqual([several.status, await textOf(several)], [200, "0123456789"]);
});

test("HEAD, and what has no content, have none; its length where it is known", () => {
  deepEqual(
    [answer({}, stored(), "HEAD").body, answer({}, stored(), "HEAD").fields.get("content-length")],
    [undefined, "10"],
  );
  const live = liveSource({ length: undefined, reader: () => bodyOf([]) }, undefined);
  equal(answer({}, live, "HEAD").fields.get("content-length"), undefined);
  const nothing = answer({}, sourceOf(wholeContent(new Uint8Array(0))), "GET", 204);
  deepEqual([nothing.body, nothing.fields.get("content-length")], [undefined, undefined]);
});

test("what is told: an age in whole seconds, and as much as is to be told", () => {
  equal(told(Fields.of({ Age: "3" }), 9999, ACCOUNT, { ...TELLER, telling: "none" }).print(), "Age: 9\r\n");
  equal(told(new Fields(), 0, ACCOUNT, TELLER).print(), "Age: 0\r\nCache-Status: maitred; hit\r\n");
});

test("an answer as it came has one more field, and is not changed itself", () => {
  const fields = Fields.of({ A: "1" });
  const told = toldAnswer({ status: 203, reason: "Fine", fields, body: BYTES }, ACCOUNT, TELLER);
  equal(told.fields.print(), "A: 1\r\nCache-Status: maitred; hit\r\n");
  deepEqual([told.status, told.reason, told.body, told.account!()], [203, "Fine", BYTES, ACCOUNT]);
  equal(fields.size, 1);
  const prepared = toldAnswer(new PreparedResponse(200, fields, BYTES), ACCOUNT, TELLER);
  deepEqual([prepared.body, "whole" in prepared], [BYTES, false]);
});

test("some are left as they are: made here in place of another, raw ones, tunnels, or where nothing is to be told", () => {
  const fields = Fields.of({ A: "1" });
  const as = { status: 200, fields };
  const ALIKE: Answer[] = [
    { ...as, failure: new Error("no") as never },
    { ...as, raw: true },
    { ...as, tunnel: async () => undefined },
  ];
  for (const one of ALIKE) {
    const told = toldAnswer(one, ACCOUNT, TELLER);
    deepEqual(
      [told.fields.print(), told.failure, told.raw, told.tunnel],
      ["A: 1\r\n", one.failure, one.raw, one.tunnel],
    );
    // It may be shared by many, of whom each may add to it.
    told.fields.append("B", "2");
  }
  equal(toldAnswer(as, ACCOUNT, { ...TELLER, telling: "none" }).fields.print(), "A: 1\r\n");
});
