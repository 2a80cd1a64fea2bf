import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { termsOf } from "../../src/cache/terms.ts";
import { fieldsOf, type Lines } from "./kept.ts";

const CDN = ["CDN-Cache-Control"];

/** Which field counts, and the max-age in it. */
const TERMS: [fields: Lines, targets: readonly string[], field: string, isTargeted: boolean, maxAge?: number][] = [
  [{}, CDN, "Cache-Control", false],
  [{ "Cache-Control": "max-age=1" }, CDN, "Cache-Control", false, 1],
  [{ "Cache-Control": "max-age=1" }, [], "Cache-Control", false, 1],
  [{ "Cache-Control": ["public", "max-age=1"] }, CDN, "Cache-Control", false, 1],
  [{ "Cache-Control": "max-age=1", "CDN-Cache-Control": "max-age=2" }, CDN, "CDN-Cache-Control", true, 2],
  [{ "Cache-Control": "max-age=1", "CDN-Cache-Control": "max-age=2" }, [], "Cache-Control", false, 1],
  [{ "Cache-Control": "max-age=1", "CDN-Cache-Control": "none" }, CDN, "CDN-Cache-Control", true],
  [{ "Cache-Control": "max-age=1", "CDN-Cache-Control": "" }, CDN, "Cache-Control", false, 1],
  [{ "Cache-Control": "max-age=1", "CDN-Cache-Control": "max-age=2;" }, CDN, "Cache-Control", false, 1],
  [{ "CDN-Cache-Control": "max-age=2" }, CDN, "CDN-Cache-Control", true, 2],
  // What was meant for other caches, or for a response's reader, or for HTTP/1.0.
  [{ "Other-Cache-Control": "max-age=2", "Cache-Control": "max-age=1" }, CDN, "Cache-Control", false, 1],
  [{ "Surrogate-Control": "max-age=2" }, CDN, "Cache-Control", false],
  [{ Pragma: "max-age=2" }, CDN, "Cache-Control", false],
];

for (const [fields, targets, field, isTargeted, maxAge] of TERMS) {
  test(`${JSON.stringify(fields)} before who listens to ${targets.join() || "none"}: by ${field}`, () => {
    const terms = termsOf(fieldsOf(fields), targets);
    deepEqual([terms.field, terms.isTargeted, terms.directives.seconds("max-age")], [field, isTargeted, maxAge]);
  });
}
