import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { basicChallenge, basicCredentials } from "../../src/http/credentials.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const READ: [what: string, value: string, user: string, password: string][] = [
  ["RFC 7617 §2's", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"],
  ["RFC 7617 §2.1's", "Basic dGVzdDoxMjPCow==", "test", "123£"],
  ["the scheme in any letters", "bASIC YTpi", "a", "b"],
  ["several spaces", "Basic   YTpi", "a", "b"],
  ["a password with colons", `Basic ${base64("a:b:c:")}`, "a", "b:c:"],
  ["no password", `Basic ${base64("a:")}`, "a", ""],
  ["no user", `Basic ${base64(":b")}`, "", "b"],
  ["neither", `Basic ${base64(":")}`, "", ""],
  ["letters from afar", `Basic ${base64("메뉴:🍕")}`, "메뉴", "🍕"],
  ["a byte order mark, which is a letter here", `Basic ${base64("\ufeffa:b")}`, "\ufeffa", "b"],
];

for (const [what, value, user, password] of READ) {
  test(`credentials: ${what}`, () => {
    deepEqual(basicCredentials(value), { user, password });
  });
}

const NONE: [what: string, value: string | undefined][] = [
  ["none", undefined],
  ["an empty value", ""],
  ["the scheme alone", "Basic"],
  ["the scheme and a space", "Basic "],
  ["another scheme", "Bearer YTpi"],
  ["a scheme glued to its credentials", "BasicYTpi"],
  ["a tab in place of a space", "Basic\tYTpi"],
  ["a space before", " Basic YTpi"],
  ["a space behind", "Basic YTpi "],
  ["two of them", "Basic YTpi, Basic YTpi"],
  ["no colon", `Basic ${base64("ab")}`],
  ["no padding", "Basic YTo"],
  ["padding too much", "Basic YTpi="],
  ["padding alone", "Basic =="],
  ["bits that mean nothing", "Basic YTp="],
  ["a second spelling of the same", "Basic YTq="],
  ["the letters of URLs", "Basic YT_-"],
  ["a space amid", "Basic YT pi"],
  ["half a letter of UTF-8", `Basic ${Buffer.from([0x61, 0x3a, 0xc3]).toString("base64")}`],
  ["Latin-1", `Basic ${Buffer.from("ä:ö", "latin1").toString("base64")}`],
  ["NUL", `Basic ${base64("a:b\0")}`],
  ["a line end", `Basic ${base64("a\r\n:b")}`],
  ["DEL", `Basic ${base64("a:b\x7f")}`],
];

for (const [what, value] of NONE) {
  test(`no credentials: ${what}`, () => {
    equal(basicCredentials(value), undefined);
  });
}

test("whatever user and password there may be, they come out as they went in", () => {
  const text = fc.string({ unit: "grapheme" }).filter((text) => !/[\0-\x1f\x7f]/.test(text) && text.isWellFormed());
  fc.assert(
    fc.property(text, text, (user, password) => {
      fc.pre(!user.includes(":"));
      deepEqual(basicCredentials(`Basic ${base64(`${user}:${password}`)}`), { user, password });
    }),
  );
});

test("garbage is no credentials, and nothing is thrown", () => {
  const value = fc.string({ unit: fc.constantFrom(..."ABYTpi0129+/= \t\x80:") });
  fc.assert(
    fc.property(value, (value) => {
      const read = basicCredentials(`Basic ${value}`);
      return read === undefined || base64(`${read.user}:${read.password}`) === value.replace(/^ +/, "");
    }),
  );
});

test("a challenge names its realm in quotes", () => {
  equal(basicChallenge("maitred"), 'Basic realm="maitred", charset="UTF-8"');
  equal(basicChallenge('a "b" \\'), 'Basic realm="a \\"b\\" \\\\", charset="UTF-8"');
  throws(() => basicChallenge("a\r\nb"), TypeError);
  throws(() => basicChallenge("메뉴"), /^TypeError: Cannot ask for a password: the realm "메뉴" is not one line/);
});
