import { equal } from "node:assert/strict";
import { test } from "node:test";
import { isPossible, reportsDuplicate } from "../../src/tcp/reports.ts";

const block = (text: string) => {
  const [start, end] = text.split("-").map(Number);
  return { start: start!, end: end! };
};

const DUPLICATES: [reports: string, ack: number, isDuplicate: boolean, why: string][] = [
  ["", 500, false, "nothing is reported"],
  ["600-700", 500, false, "it is ahead"],
  ["400-500", 500, true, "it was acknowledged"],
  ["4294967000-100", 500, true, "it was acknowledged, across the wrap"],
  ["600-700 600-900", 500, true, "the second block has it"],
  ["700-800 600-900", 500, true, "the second block has it in its middle"],
  ["850-950 600-900", 500, false, "the second block has only a part of it"],
  ["1000-1100 600-900", 500, false, "the second block is another one"],
];

for (const [reports, ack, isDuplicate, why] of DUPLICATES) {
  test(`[${reports}] behind ${ack} is ${isDuplicate ? "a" : "no"} duplicate: ${why}`, () => {
    equal(reportsDuplicate(reports === "" ? [] : reports.split(" ").map(block), ack), isDuplicate);
  });
}

const POSSIBLE: [report: string, ack: number, next: number, isSo: boolean][] = [
  ["600-700", 500, 1000, true],
  ["500-1000", 500, 1000, true],
  ["499-600", 500, 1000, false],
  ["900-1001", 500, 1000, false],
  ["700-700", 500, 1000, false],
  ["800-700", 500, 1000, false],
  ["4294967200-50", 4294967000, 100, true],
];

for (const [report, ack, next, isSo] of POSSIBLE) {
  test(`${report} ${isSo ? "can" : "cannot"} be, of ${ack} to ${next}`, () =>
    equal(isPossible(block(report), ack, next), isSo));
}
