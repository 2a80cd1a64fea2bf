import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ageValue, currentAge, dateOf, initialAge } from "../../src/cache/age.ts";
import { at, dateAt, fieldsOf, THEN } from "./kept.ts";

/** §5.1. */
const AGES: [value: string | readonly string[], seconds: number][] = [
  ["0", 0],
  ["30", 30],
  ["0030", 30],
  ["2147483648", 2147483648],
  ["4294967297", 2147483648],
  ["9".repeat(400), 2147483648],
  // "a list-based Age field value SHOULD use the first member of the field value, discarding subsequent ones".
  ["30, 60", 30],
  ["60, 30", 60],
  [["30", "60"], 30],
  [["0", "7200"], 0],
  [", 30", 30],
  ["30, foo", 30],
  ["foo, 30", 0],
  // "contains something other than a non-negative integer …, a cache SHOULD ignore the field".
  ["", 0],
  ["-30", 0],
  ["+30", 0],
  ["30.0", 0],
  ["3e1", 0],
  ["30s", 0],
  ["30;foo=bar", 0],
  ["a30", 0],
  ['"30"', 0],
  ["30 60", 0],
];

for (const [value, seconds] of AGES) {
  test(`Age: ${[value].flat().join(" and ").slice(0, 30)} is ${seconds} s`, () => {
    equal(ageValue(fieldsOf({ Age: value })), seconds);
  });
}

test("without Age it is 0", () => equal(ageValue(fieldsOf({})), 0));

/** When it was made, in seconds before or after it came. */
const DATES: [date: string | readonly string[] | undefined, seconds: number][] = [
  [dateAt(-30), -30],
  [dateAt(30), 30],
  [[dateAt(-30), dateAt(-60)], -30],
  // What cannot be read is as if it were not there.
  [undefined, 0],
  ["", 0],
  ["0", 0],
  ["yesterday", 0],
  [dateAt(-30).replace("GMT", "UTC"), 0],
  [["yesterday", dateAt(-60)], 0],
  ["Wed May  1 11:59:30 2024", -30],
  ["Wednesday, 01-May-24 11:59:30 GMT", -30],
];

for (const [date, seconds] of DATES) {
  test(`Date: ${date} is ${seconds} s from when it came`, () => {
    equal(dateOf(fieldsOf(date === undefined ? {} : { Date: date }), THEN), at(seconds));
  });
}

/** §4.2.3, in seconds: date_value and age_value, request_time and response_time; and what comes of it. */
const INITIAL: [
  what: string,
  date: number | undefined,
  age: string | undefined,
  asked: number,
  came: number,
  initial: number,
][] = [
  ["fresh from its origin", 0, undefined, 0, 0, 0],
  ["it took a while to come", 0, undefined, -2, 0, 2],
  ["it was made a while ago", -30, undefined, 0, 0, 30],
  ["it says how old it is", 0, "20", 0, 0, 20],
  ["the way counts on top of what it says", 0, "20", -2, 0, 22],
  ["the older of the two counts: Age", -10, "20", 0, 0, 20],
  ["the older of the two counts: Date", -30, "20", -2, 0, 30],
  ["a clock ahead of ours makes nothing younger", 3600, undefined, 0, 0, 0],
  ["a clock ahead of ours makes nothing younger than it says", 3600, "20", -2, 0, 22],
  ["a clock behind ours makes it older", -3600, undefined, -2, 0, 3600],
  ["without Date it was made when it came", undefined, undefined, -2, 0, 2],
  ["a clock that was set back meanwhile", 0, "20", 5, 0, 20],
  ["an Age that is none", -3, "foo", 0, 0, 3],
  ["an Age beyond all measure", 0, "9999999999", 0, 0, 2147483648],
];

for (const [what, date, age, asked, came, initial] of INITIAL) {
  test(`${what}: ${initial} s old when it came`, () => {
    const lines = { ...(date !== undefined && { Date: dateAt(date) }), ...(age !== undefined && { Age: age }) };
    const times = { requestTime: at(asked), responseTime: at(came) };
    equal(initialAge(fieldsOf(lines), times), initial * 1000);
    equal(initialAge(fieldsOf(lines), times, dateOf(fieldsOf(lines), times.responseTime)), initial * 1000);
  });
}

test("without a Date, it was made in the second in which it came", () => {
  equal(dateOf(fieldsOf({}), THEN + 999), THEN);
  equal(dateOf(fieldsOf({ Date: "soon" }), THEN + 999), THEN);
});

test("parts of a second do not make it older than its Date can say", () => {
  const times = { requestTime: THEN + 900, responseTime: THEN + 900 };
  equal(initialAge(fieldsOf({ Date: dateAt(0) }), times), 0);
  equal(initialAge(fieldsOf({ Date: dateAt(-1) }), times), 1000);
});

test("it ages while it is here", () => {
  equal(currentAge(5000, THEN, at(10)), 15_000);
  equal(currentAge(5000, THEN, THEN + 1), 5001);
});

test("a clock that was set back makes nothing younger than it came", () => {
  equal(currentAge(5000, THEN, at(-100)), 5000);
});

test("nothing gets younger, and no text makes it throw", () => {
  const text = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.integer({ min: -9, max: 9 }).map((n) => dateAt(n)),
  );
  const time = fc.integer({ min: -1e6, max: 1e6 }).map((ms) => THEN + ms);
  fc.assert(
    fc.property(text, text, time, time, time, (date, age, requestTime, responseTime, now) => {
      const fields = fieldsOf({ Date: date, Age: age });
      const initial = initialAge(fields, { requestTime, responseTime });
      ok(initial >= 0 && initial >= ageValue(fields) * 1000);
      ok(currentAge(initial, responseTime, now) >= initial);
    }),
  );
});
