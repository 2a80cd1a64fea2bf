import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { Grumbling } from "../../src/cgi/grumbling.ts";

function linesOf(pieces: readonly (string | Uint8Array)[]): string[] {
  const grumbling = new Grumbling();
  const lines = pieces.flatMap((piece) => grumbling.receive(typeof piece === "string" ? utf8(piece) : piece));
  return [...lines, ...grumbling.end()];
}

const GRUMBLES: [what: string, text: string, lines: string[]][] = [
  ["nothing", "", []],
  ["a line", "no soup\n", ["no soup"]],
  ["a line that was not ended", "no soup", ["no soup"]],
  ["lines ended as DOS does", "a\r\nb\r\n", ["a", "b"]],
  ["empty lines", "a\n\n\nb\n", ["a", "b"]],
  ["a tab", "a\tb\n", ["a\tb"]],
  ["letters beyond ASCII", "스프 없음\n", ["스프 없음"]],
  [
    "what would forge a line or steer a terminal",
    "a\rb\x1b[2J\0\x7f\x85\u2028c\n",
    ["a\\u000db\\u001b[2J\\u0000\\u007f\\u0085\\u2028c"],
  ],
  ["what is too long", `${"a".repeat(1500)}\nb\n`, [`${"a".repeat(1000)}…`, "b"]],
  ["what is much too long", `${"a".repeat(5000)}\nb\n`, [`${"a".repeat(1000)}…`, "b"]],
  ["exactly as much as there may be", `${"a".repeat(999)}\nb\n`, ["a".repeat(999), "b"]],
];

for (const [what, text, lines] of GRUMBLES) {
  test(`${what}, whole`, () => deepEqual(linesOf([text]), lines));
  test(`${what}, byte by byte`, () => deepEqual(linesOf([...utf8(text)].map((byte) => Uint8Array.of(byte))), lines));
}

test("after a hundred lines the rest is left out, however much it is", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => `line ${i}`);
  const text = `${hundred.join("\n")}\n`;
  deepEqual(linesOf([text]), hundred);
  deepEqual(linesOf([text, "one more\n", text, "a".repeat(5000)]), [
    ...hundred,
    "(more than 100 lines: the rest is left out)",
  ]);
});
