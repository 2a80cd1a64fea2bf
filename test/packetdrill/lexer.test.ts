import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { tokensOf } from "./lexer.ts";
import { ScriptError } from "./problems.ts";

const kinds = (text: string): string[] => tokensOf("it.pkt", text).map(({ kind, text }) => `${kind} ${text}`.trim());

const CUT: [text: string, ...tokens: string[]][] = [
  ["+.1 < S.", "sign +", "number .1", "sign <", "word S", "sign ."],
  // Three dots before a number that begins with one, too.
  ["0...0.100", "number 0", "sign ...", "number 0.100"],
  ["+0....5", "sign +", "number 0", "sign ...", "number .5"],
  ["0.1~0.2", "number 0.1", "sign ~", "number 0.2"],
  ["1:1001(1000)", "number 1", "sign :", "number 1001", "sign (", "number 1000", "sign )"],
  ["= -1 EAGAIN", "sign =", "number -1", "word EAGAIN"],
  ["> - 0:0", "sign >", "sign -", "number 0", "sign :", "number 0"],
  ["tos 0x1f", "word tos", "number 0x1f"],
  ["FO 0123456789abcdef", "word FO", "word 0123456789abcdef"],
  ["--tolerance_usecs=4000", "option tolerance_usecs", "sign =", "number 4000"],
  ["192.168.0.1", "address 192.168.0.1"],
  ['"a \\"b\\" c"', 'string a \\"b\\" c'],
  ["`sysctl -q x=1`", "shell sysctl -q x=1"],
  ["%{ assert tcpi_snd_cwnd == 10 }%", "code assert tcpi_snd_cwnd == 10"],
  ["%{ d = {1: 2} }%", "code d = {1: 2}"],
  ["a // b\nc", "word a", "word c"],
  ["a /* b\n* c */ d", "word a", "word d"],
];

for (const [text, ...tokens] of CUT) {
  test(`"${text.replaceAll("\n", "\\n")}" is cut so`, () => deepEqual(kinds(text), [...tokens, "end"]));
}

test("each token knows its line, whatever stands before it", () => {
  const text = "a\n/* two\nlines */ b `c\nd` e\n// f\n%{ g\n}% h";
  deepEqual(
    tokensOf("it.pkt", text).map(({ text, line }) => `${line} ${text.split("\n")[0]}`.trim()),
    ["1 a", "3 b", "3 c", "4 e", "6 g", "7 h", "7"],
  );
});

const UNFINISHED: [text: string, message: string][] = [
  ['a\n"b', "it.pkt:2: expected the end of a string, got the end of the file"],
  ["`b", "it.pkt:1: expected the end of a command, got the end of the file"],
  ["%{ b", "it.pkt:1: expected the end of a piece of code, got the end of the file"],
  ["/* b", "it.pkt:1: expected the end of a comment, got the end of the file"],
];

for (const [text, message] of UNFINISHED) {
  test(`"${text.replaceAll("\n", "\\n")}" has no end`, () => {
    throws(
      () => tokensOf("it.pkt", text),
      (error) => error instanceof ScriptError && error.message === message,
    );
  });
}
