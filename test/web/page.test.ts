import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fields } from "../../src/http/fields.ts";
import { escapeHtml, statusPage } from "../../src/web/page.ts";

const text = (answer: ReturnType<typeof statusPage>): string => new TextDecoder().decode(answer.body as Uint8Array);
const reader = (accept?: string) => ({ fields: Fields.of({ Accept: accept }) });

test("who reads HTML gets a page, everyone else a line", () => {
  const page = statusPage(404, reader("text/html,*/*;q=0.8"), "There is no such file");
  equal(page.status, 404);
  equal(page.fields.get("content-type"), "text/html; charset=utf-8");
  ok(text(page).startsWith("<!doctype html>"));
  ok(text(page).includes("<h1>404 Not Found</h1>\n<p>There is no such file</p>\n"));

  for (const accept of ["*/*", "application/json", undefined]) {
    const line = statusPage(404, reader(accept), "There is no such file");
    equal(line.fields.get("content-type"), "text/plain; charset=utf-8");
    equal(text(line), "404 Not Found: There is no such file\n");
  }
});

test("without a request and without a detail it is the status alone", () => {
  equal(text(statusPage(503)), "503 Service Unavailable\n");
  ok(text(statusPage(503, reader("text/html"))).endsWith("<h1>503 Service Unavailable</h1>\n"));
});

test("its length is in bytes, and caches know what it depends on", () => {
  const page = statusPage(404, undefined, "메뉴");
  equal(page.fields.get("content-length"), String("404 Not Found: ".length + 6 + 1));
  equal(page.fields.get("vary"), "Accept");
  equal(page.fields.get("x-content-type-options"), "nosniff");
});

test("further fields come before its own", () => {
  const page = statusPage(405, undefined, undefined, Fields.of({ Allow: "GET, HEAD" }));
  ok(page.fields.print().startsWith("Allow: GET, HEAD\r\nContent-Type: "));
});

test("a detail cannot be more than text", () => {
  ok(text(statusPage(400, reader("text/html"), "<script>'\"&")).includes("<p>&lt;script&gt;&#39;&quot;&amp;</p>"));
  equal(escapeHtml('<a href="x">'), "&lt;a href=&quot;x&quot;&gt;");
  fc.assert(fc.property(fc.string(), (words) => ok(!/[<>"']/.test(escapeHtml(words)))));
});
