import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { type PurgeOrder, readOrder } from "../../src/handlers/purge-order.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const FORM = "application/x-www-form-urlencoded";

const ORDERS: [text: string, type: string | undefined, order: PurgeOrder][] = [
  ['{"url":"http://a/"}', JSON_TYPE, { which: { by: "url", url: "http://a/" }, how: "remove" }],
  [
    '{"prefix":"http://a/m","soft":true}',
    JSON_TYPE,
    { which: { by: "prefix", prefix: "http://a/m" }, how: "invalidate" },
  ],
  ['{"host":"A.Example","soft":false}', undefined, { which: { by: "host", host: "a.example" }, how: "remove" }],
  ['{"host":"[::1]"}', undefined, { which: { by: "host", host: "[::1]" }, how: "remove" }],
  ['{"tag":"a b"}', JSON_TYPE, { which: { by: "tag", tag: "a b" }, how: "remove" }],
  ['{"everything":true}', JSON_TYPE, { which: { by: "everything" }, how: "remove" }],
  ['{"everything":false,"tag":"a"}', JSON_TYPE, { which: { by: "tag", tag: "a" }, how: "remove" }],
  ["url=http%3A%2F%2Fa%2F%3Fb%3Dc&soft=on", FORM, { which: { by: "url", url: "http://a/?b=c" }, how: "invalidate" }],
  ["everything=1&soft=", FORM, { which: { by: "everything" }, how: "remove" }],
  ["tag=menu", undefined, { which: { by: "tag", tag: "menu" }, how: "remove" }],
];

for (const [text, type, order] of ORDERS) {
  test(`${text} is an order`, () => deepEqual(readOrder(text, type), order));
}

const SAY = "say one of url, prefix, host, tag and everything";
const REFUSED: [text: string, type: string | undefined, why: string][] = [
  ["", undefined, `it does not say what: ${SAY}`],
  ["{}", JSON_TYPE, `it does not say what: ${SAY}`],
  ['{"soft":true}', JSON_TYPE, `it does not say what: ${SAY}`],
  ['{"everything":false}', JSON_TYPE, `it does not say what: ${SAY}`],
  ["everything=0", FORM, `it does not say what: ${SAY}`],
  ['{"everything":"yes"}', JSON_TYPE, "everything is neither true nor false"],
  ['{"tag":"a","soft":"maybe"}', JSON_TYPE, "soft is neither true nor false"],
  ['{"tag":"a","url":"http://a/"}', JSON_TYPE, `it says url and tag: ${SAY}`],
  ['{"tags":["a"]}', JSON_TYPE, `there is nothing called "tags" to say here: ${SAY}`],
  ['{"tag":["a"]}', JSON_TYPE, "its tag is not a word"],
  ['{"url":""}', JSON_TYPE, "its url is not a word"],
  ['{"host":"a:80"}', JSON_TYPE, '"a:80" is not a host: say it without port and path'],
  ['{"host":"http://a/"}', JSON_TYPE, '"http://a/" is not a host: say it without port and path'],
  ["tag=a&tag=b", FORM, 'it says "tag" twice'],
  ["{", JSON_TYPE, "it is not JSON"],
  ["[]", JSON_TYPE, "it is not an object of JSON"],
  ["null", JSON_TYPE, "it is not an object of JSON"],
  ["<a/>", "text/xml", "text/xml is neither JSON (application/json) nor a form (application/x-www-form-urlencoded)"],
];

for (const [text, type, why] of REFUSED) {
  test(`${JSON.stringify(text)} (${type ?? "no type"}) is refused`, () =>
    throws(() => readOrder(text, type), { name: "TypeError", message: `Cannot purge: ${why}` }));
}
