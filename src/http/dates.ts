/** Dates as HTTP writes them: three formats read, one written (RFC 9110 §5.6.7). */

// The names are read without case, as RFC 9111 §4.2 wants it of caches; the rest is as strict as the grammar.
const IMF_FIXDATE = /^(?:mon|tue|wed|thu|fri|sat|sun), (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) gmt$/i;
const RFC850_DATE = /^(?:mon|tues|wednes|thurs|fri|satur|sun)day, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) gmt$/i;
const ASCTIME_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) (\d\d| \d) (\d\d):(\d\d):(\d\d) (\d{4})$/i;

const MONTHS: Readonly<Record<string, number>> = {
  jan: 0,
  feb: 1,
  mar: 2,
  apr: 3,
  may: 4,
  jun: 5,
  jul: 6,
  aug: 7,
  sep: 8,
  oct: 9,
  nov: 10,
  dec: 11,
};

/**
 * Reads a date; `now` says which century a two-digit year is in. Both in milliseconds since 1970 UTC.
 * Undefined where it is not a date: other formats, zones other than GMT, a day or an hour the calendar does not
 * have. A weekday must be one, but it may be the wrong one: the rest says what is meant.
 *
 * @example
 * parseDate("Sun, 06 Nov 1994 08:49:37 GMT", Date.now()); // 784111777000
 */
export function parseDate(text: string, now: number): number | undefined {
  let parts = IMF_FIXDATE.exec(text);
  if (parts !== null) return dateOf(Number(parts[3]), parts[2]!, parts[1]!, parts[4]!, parts[5]!, parts[6]!);

  parts = ASCTIME_DATE.exec(text);
  if (parts !== null) return dateOf(Number(parts[6]), parts[1]!, parts[2]!, parts[3]!, parts[4]!, parts[5]!);

  parts = RFC850_DATE.exec(text);
  if (parts === null) return undefined;
  // "Recipients of a timestamp value in rfc850-date format, which uses a two-digit year, MUST interpret a
  // timestamp that appears to be more than 50 years in the future as representing the most recent year in
  // the past that had the same last two digits." – as late a year, then, as is no more than 50 years ahead.
  const today = new Date(now);
  const thisYear = today.getUTCFullYear();
  const limit = today.setUTCFullYear(thisYear + 50);
  const latest = Math.floor(thisYear / 100) * 100 + 100 + Number(parts[3]);
  for (const year of [latest, latest - 100, latest - 200]) {
    const date = dateOf(year, parts[2]!, parts[1]!, parts[4]!, parts[5]!, parts[6]!);
    if (date !== undefined && date <= limit) return date;
  }
  return undefined;
}

function dateOf(
  year: number,
  monthName: string,
  day: string,
  hour: string,
  minute: string,
  second: string,
): number | undefined {
  const month = MONTHS[monthName.toLowerCase()];
  // A leap second, 60, is the first of the next minute to a clock that knows none.
  if (month === undefined || hour > "23" || minute > "59" || second > "60") return undefined;
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month, Number(day));
  if (date.getUTCDate() !== Number(day)) return undefined;
  return date.setUTCHours(Number(hour), Number(minute), Number(second));
}

/**
 * Writes milliseconds since 1970 UTC as an IMF-fixdate; parts of a second are cut off.
 * Throws a RangeError outside the years 0000 to 9999, which the format cannot say.
 *
 * @example
 * printDate(784111777000); // "Sun, 06 Nov 1994 08:49:37 GMT"
 */
export function printDate(ms: number): string {
  if (!(ms >= FIRST && ms < END)) throw new RangeError(`Cannot print the date ${ms}: not in the years 0000 to 9999`);
  return new Date(ms).toUTCString();
}

const FIRST = Date.parse("0000-01-01T00:00:00Z");
const END = Date.parse("+010000-01-01T00:00:00Z");
