import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import { fieldsOf as fieldsOfLines, storedFields, updatedFields } from "../../src/cache/stored-fields.ts";
import { termsOf } from "../../src/cache/terms.ts";
import { Fields } from "../../src/http/fields.ts";
import { dateAt, THEN } from "./kept.ts";

/** Lines that are easier to read: one text, parted by bars. */
const parse = (text: string): Fields =>
  Fields.of(
    text
      .split("|")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()] as const),
  );
const print = (fields: Fields): string => fields.print().slice(0, -2).replaceAll("\r\n", " | ");

/** §3.1: what is kept of a response. All of them have a Date already. */
const KEPT: [what: string, given: string, kept: string][] = [
  ["all of them, known or not, as they are spelt", "X-Foo: 1 | ETAG: a | etag: b", "X-Foo: 1 | ETAG: a | etag: b"],
  ["each line of Set-Cookie", "Set-Cookie: a=1 | Set-Cookie: b=2", "Set-Cookie: a=1 | Set-Cookie: b=2"],
  // "required by Section 7.6.1 of [HTTP] to be removed before forwarding the message".
  ["nothing of this connection", "Connection: close | Keep-Alive: 5 | Proxy-Connection: a | A: 1", "A: 1"],
  ["nothing that Connection lists", "Connection: foo, BAR | Foo: 1 | bar: 2 | Baz: 3", "Baz: 3"],
  ["neither coding nor upgrade", "Transfer-Encoding: chunked | Upgrade: h2c | TE: a | A: 1", "A: 1"],
  // "Effectively, this is limited to Proxy-Authenticate, Proxy-Authentication-Info, and Proxy-Authorization".
  [
    "nothing that is a proxy's own",
    "Proxy-Authenticate: Basic | Proxy-Authentication-Info: a | Proxy-Authorization: b | WWW-Authenticate: c",
    "WWW-Authenticate: c",
  ],
  // Made anew for each answer.
  ["neither age nor length", "Age: 5 | Content-Length: 5 | A: 1", "A: 1"],
  ["no word of trailers", "Trailer: Foo | A: 1", "A: 1"],
  // "can have arguments that prevent storage of header fields".
  [
    "nothing that no-cache names",
    'Cache-Control: max-age=6, no-cache="Set-Cookie, x-b" | Set-Cookie: a | X-B: b | X-C: c',
    'Cache-Control: max-age=6, no-cache="Set-Cookie, x-b" | X-C: c',
  ],
  ["nothing that private names", "Cache-Control: private=x-b | X-B: b | X-C: c", "Cache-Control: private=x-b | X-C: c"],
  [
    "nothing that either of both names",
    'Cache-Control: private="a", no-cache="b" | A: 1 | B: 2 | C: 3',
    'Cache-Control: private="a", no-cache="b" | C: 3',
  ],
  ["what unqualified ones leave", "Cache-Control: no-cache | Set-Cookie: a", "Cache-Control: no-cache | Set-Cookie: a"],
  [
    "what no-cache names to other caches",
    'CDN-Cache-Control: no-cache="b" | Cache-Control: no-cache="a" | A: 1 | B: 2',
    'CDN-Cache-Control: no-cache="b" | Cache-Control: no-cache="a" | A: 1',
  ],
];

for (const [what, given, kept] of KEPT) {
  test(`of a response one keeps ${what}`, () => {
    const fields = parse(`${given} | Date: d`);
    equal(print(storedFields(fields, termsOf(fields, DEFAULT_RULES.targets), THEN)), `${kept} | Date: d`);
    equal(print(fields), print(parse(`${given} | Date: d`)), "what is given stays as it was");
  });
}

test("a response without Date was made when it came (RFC 9110 §6.6.1)", () => {
  const fields = parse("A: 1");
  equal(print(storedFields(fields, termsOf(fields, []), THEN + 999)), `A: 1 | Date: ${dateAt(0)}`);
});

test("so was one whose Date is not to be stored", () => {
  const fields = parse('Cache-Control: private="date" | Date: d');
  const kept = storedFields(fields, termsOf(fields, []), THEN);
  equal(kept.get("date"), dateAt(0));
});

test("of a part one does not keep which part it was", () => {
  const fields = parse("Content-Range: bytes 0-1/5 | Date: d");
  const terms = termsOf(fields, []);
  equal(print(storedFields(fields, terms, THEN, true)), "Date: d");
  equal(print(storedFields(fields, terms, THEN)), print(fields));
});

/** §3.2. */
const UPDATED: [what: string, stored: string, newer: string, updated: string][] = [
  ["each field takes the place of its own kind", "A: 1 | B: 1", "a: 2", "B: 1 | a: 2"],
  ["all lines go, however many come", "A: 1 | a: 2 | B: 1", "A: 3", "B: 1 | A: 3"],
  ["all lines come, however many go", "A: 1 | B: 1", "A: 2 | A: 3", "B: 1 | A: 2 | A: 3"],
  ["what is new comes with them", "A: 1", "B: 1", "A: 1 | B: 1"],
  ["what nobody mentions stays", "A: 1 | B: 1", "", "A: 1 | B: 1"],
  [
    "freshness is renewed",
    "Cache-Control: max-age=1 | Expires: a",
    "Expires: b",
    "Cache-Control: max-age=1 | Expires: b",
  ],
  [
    "validators are renewed",
    'ETag: "1" | Last-Modified: a',
    'ETag: W/"1" | Last-Modified: b',
    'ETag: W/"1" | Last-Modified: b',
  ],
  [
    "Content-* is no signal",
    "Content-Type: a | Content-Foo: a",
    "Content-Type: b | Content-Foo: b",
    "Content-Type: b | Content-Foo: b",
  ],
  [
    "Set-Cookie is a field like others",
    "Set-Cookie: a | A: 1",
    "Set-Cookie: b | Set-Cookie: c",
    "A: 1 | Set-Cookie: b | Set-Cookie: c",
  ],
  // "with the following exceptions".
  [
    "what is excepted from storage",
    "A: 1",
    "Connection: foo | Foo: 1 | Keep-Alive: 1 | Proxy-Authenticate: a | Trailer: b",
    "A: 1",
  ],
  ["what Connection lists stays as it was", "Foo: 1", "Connection: foo | Foo: 2", "Foo: 1"],
  ["Content-Length", "A: 1", "Content-Length: 7", "A: 1"],
  ["Content-Range", "A: 1", "Content-Range: bytes 0-1/7", "A: 1"],
  ["Age", "A: 1", "Age: 7", "A: 1"],
  [
    "what the stored bytes depend on",
    "Content-Encoding: gzip | Content-MD5: a | Content-Digest: b | Repr-Digest: c",
    "Content-Encoding: br | Content-MD5: d | Content-Digest: e | Repr-Digest: f",
    "Content-Encoding: gzip | Content-MD5: a | Content-Digest: b | Repr-Digest: c",
  ],
  ["a coding that was not there before", "A: 1", "Content-Encoding: gzip", "A: 1"],
  // It was found good just now.
  ["a newer Date", "Date: a | A: 1", "Date: b", "A: 1 | Date: b"],
  ["no Date is newer than an old one", "Date: a | A: 1", "A: 2", "A: 2"],
];

for (const [what, stored, newer, updated] of UPDATED) {
  test(`a newer response and what is stored: ${what}`, () => {
    const [before, after] = [parse(stored), parse(newer)];
    equal(print(updatedFields(before, after)), updated);
    equal(print(updatedFields(updatedFields(before, after), after)), updated, "twice is once");
    equal(print(before), print(parse(stored)), "what is given stays as it was");
    equal(print(after), print(parse(newer)), "what is given stays as it was");
  });
}

test("fields are read from the lines that they were printed as", () => {
  equal(print(fieldsOfLines("A: 1\r\nb:  2 : 3 \r\nC: \r\n")), "A: 1 | b:  2 : 3  | C: ");
  equal(fieldsOfLines("").size, 0);
  equal(fieldsOfLines("A: 1\r\nC: \r\n").get("c"), "");
});

const name = fc.constantFrom(
  "A",
  "b",
  "Date",
  "Set-Cookie",
  "Content-Encoding",
  "Cache-Control",
  "Connection",
  "Age",
  "Vary",
);
const value = fc.stringMatching(/^[!-~ ]{0,12}$/);
const anyFields = fc.array(fc.tuple(name, value)).map((lines) => Fields.of(lines));

test("what was printed is what is read", () => {
  fc.assert(fc.property(anyFields, (fields) => equal(fieldsOfLines(fields.print()).print(), fields.print())));
});

test("to keep twice, or to update twice, is to do it once", () => {
  fc.assert(
    fc.property(anyFields, anyFields, (stored, newer) => {
      const kept = storedFields(stored, termsOf(stored, []), THEN);
      equal(storedFields(kept, termsOf(kept, []), THEN + 5000).print(), kept.print());
      const updated = updatedFields(stored, newer);
      equal(updatedFields(updated, newer).print(), updated.print());
    }),
  );
});

test("what belongs to a connection, or to a moment, is never kept", () => {
  fc.assert(
    fc.property(anyFields, anyFields, (stored, newer) => {
      for (const fields of [storedFields(stored, termsOf(stored, []), THEN), updatedFields(new Fields(), newer)]) {
        for (const gone of ["connection", "age"]) equal(fields.has(gone), false);
      }
    }),
  );
});
