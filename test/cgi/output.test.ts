import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { concat, fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { OutputError, OutputReader } from "../../src/cgi/output.ts";
import { LIMITS } from "../../src/http/limits.ts";

type Read = { header: [string, string][]; content: string };

/** Reads the pieces, one after the other. */
function read(pieces: readonly string[], limits = LIMITS): Read | undefined {
  const reader = new OutputReader(limits);
  let header: [string, string][] | undefined;
  const content: Uint8Array[] = [];
  for (const piece of pieces) {
    reader.receive(fromLatin1(piece));
    if (header === undefined) {
      const fields = reader.header();
      if (fields === undefined) continue;
      header = [...fields];
    }
    const bytes = reader.content();
    if (bytes !== undefined) content.push(bytes);
  }
  return header && { header, content: content.length === 0 ? "" : latin1(concat(content)) };
}

/** Whole, byte by byte, and with what follows. */
const WAYS: [how: string, (text: string) => readonly string[], more: string][] = [
  ["whole", (text) => [text], ""],
  ["byte by byte", (text) => [...text], ""],
  ["with more behind it", (text) => [`${text}more\n\nX: y`], "more\n\nX: y"],
];

const OUTPUTS: [output: string, header: [string, string][], content?: string][] = [
  ["Content-Type: text/plain\n\n", [["Content-Type", "text/plain"]]],
  ["Content-Type: text/plain\r\n\r\n", [["Content-Type", "text/plain"]]],
  ["Content-Type: text/plain\r\n\n", [["Content-Type", "text/plain"]]],
  ["Content-Type: text/plain\n\r\n", [["Content-Type", "text/plain"]]],
  ["A: b\n\nhello\n", [["A", "b"]], "hello\n"],
  // What looks like a header is content from there on.
  ["A: b\n\n\nC: d\n\n", [["A", "b"]], "\nC: d\n\n"],
  [
    "A:b\nC:\t d e \t\n\n",
    [
      ["A", "b"],
      ["C", "d e"],
    ],
  ],
  [
    "A: b\nA: c\na: d\n\n",
    [
      ["A", "b"],
      ["A", "c"],
      ["a", "d"],
    ],
  ],
  ["A: \xe9\n\n", [["A", "\xe9"]]],
  ["A: b:c\n\n", [["A", "b:c"]]],
  // "A NULL field value is equivalent to a field not being sent" – §6.3
  ["A:\nB: \nC: d\n\n", [["C", "d"]]],
];

for (const [output, header, content = ""] of OUTPUTS) {
  for (const [how, pieces, more] of WAYS) {
    test(`${JSON.stringify(output)}, ${how}, is understood`, () => {
      deepEqual(read(pieces(output)), { header, content: content + more });
    });
  }
}

const NONSENSE: [output: string, why: RegExp][] = [
  ["\n", /empty line/],
  ["\r\nA: b\n\n", /empty line/],
  ["hello\n\n", /"hello" is no header field/],
  ["<html>\n<title>a: b</title>\n\n", /"<html>" is no/],
  ["A : b\n\n", /"A : b" is no/],
  [": b\n\n", /": b" is no/],
  [" A: b\n\n", /is no header field/],
  ["A: b\n c\n\n", /" c" is no/],
  ["A: b\rC: d\n\n", /is no header field/],
  ["A: b\0\n\n", /is no header field/],
  ["A: b\x1b[2J\n\n", /is no header field/],
  ["A\xe9: b\n\n", /is no header field/],
  ["HTTP/1.1 200 OK\n\n", /"HTTP\/1.1 200 OK" is no/],
];

for (const [output, why] of NONSENSE) {
  for (const [how, pieces] of WAYS) {
    test(`${JSON.stringify(output)}, ${how}, is nonsense`, () => {
      throws(
        () => read(pieces(output)),
        (error) => error instanceof OutputError && why.test(error.message),
      );
    });
  }
}

const LIMITED: [output: string, limits: Partial<typeof LIMITS>, why: string][] = [
  [`A: ${"b".repeat(50)}\n\n`, { fields: 40 }, "its header is too long"],
  ["b".repeat(50), { fields: 40 }, "its header is too long"],
  [`A: ${"b".repeat(50)}\n\n`, { field: 40 }, "a field of its header is too long"],
  ["A: b\nC: d\nE: f\n\n", { fieldCount: 2 }, "its header has too many fields"],
];

for (const [output, limits, message] of LIMITED) {
  test(`with ${JSON.stringify(limits)} one hears that ${message}`, () => {
    throws(() => read([...output], { ...LIMITS, ...limits }), { name: "OutputError", message });
  });
}

test("a long header is searched once, however small the pieces", () => {
  const output = `A: ${"b".repeat(8000)}\n`.repeat(8);
  equal(read([...output, "\n"])?.header.length, 8);
});

test("a program that ends too early is told by what it said", () => {
  const reader = new OutputReader();
  equal(reader.unfinished().message, "it wrote nothing");
  reader.receive(fromLatin1("Content-Type: text/plain\n"));
  equal(reader.header(), undefined);
  equal(reader.unfinished().message, 'it ended before its header did, after "Content-Type: text/plain\\n"');
});
