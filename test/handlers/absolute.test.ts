import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { destinationOf } from "../../src/handlers/absolute.ts";

const LEADS: [
  method: string,
  target: string,
  host: string,
  port: number,
  secure: boolean,
  asks: string,
  says: string,
][] = [
  ["GET", "http://origin.test/", "origin.test", 80, false, "/", "origin.test"],
  ["GET", "http://origin.test/a/b?c=d", "origin.test", 80, false, "/a/b?c=d", "origin.test"],
  ["GET", "http://origin.test", "origin.test", 80, false, "/", "origin.test"],
  ["GET", "http://origin.test?a=b", "origin.test", 80, false, "/?a=b", "origin.test"],
  ["GET", "http://origin.test?a=/b", "origin.test", 80, false, "/?a=/b", "origin.test"],
  ["GET", "http://origin.test?", "origin.test", 80, false, "/?", "origin.test"],
  ["GET", "http://origin.test//a", "origin.test", 80, false, "//a", "origin.test"],
  ["GET", "http://origin.test/a/../b/%2e", "origin.test", 80, false, "/a/../b/%2e", "origin.test"],
  ["GET", "http://origin.test/http://other.test/", "origin.test", 80, false, "/http://other.test/", "origin.test"],
  ["GET", "http://origin.test:8080/", "origin.test", 8080, false, "/", "origin.test:8080"],
  ["GET", "http://origin.test:80/", "origin.test", 80, false, "/", "origin.test"],
  ["GET", "http://origin.test:0080/", "origin.test", 80, false, "/", "origin.test"],
  ["GET", "http://origin.test:/", "origin.test", 80, false, "/", "origin.test"],
  ["GET", "http://origin.test:443/", "origin.test", 443, false, "/", "origin.test:443"],
  ["GET", "https://origin.test/", "origin.test", 443, true, "/", "origin.test"],
  ["GET", "https://origin.test:/", "origin.test", 443, true, "/", "origin.test"],
  ["GET", "https://origin.test:80/", "origin.test", 80, true, "/", "origin.test:80"],
  ["GET", "HTTP://Origin.TEST:81/A", "origin.test", 81, false, "/A", "origin.test:81"],
  ["GET", "http://10.0.0.9/", "10.0.0.9", 80, false, "/", "10.0.0.9"],
  ["GET", "http://[2001:DB8::1]/", "2001:db8::1", 80, false, "/", "[2001:db8::1]"],
  ["GET", "http://[::1]:81/", "::1", 81, false, "/", "[::1]:81"],
  ["OPTIONS", "http://origin.test", "origin.test", 80, false, "*", "origin.test"],
  ["OPTIONS", "http://origin.test:81", "origin.test", 81, false, "*", "origin.test:81"],
  ["OPTIONS", "http://origin.test/", "origin.test", 80, false, "/", "origin.test"],
  ["OPTIONS", "http://origin.test?a", "origin.test", 80, false, "/?a", "origin.test"],
];

for (const [method, target, host, port, secure, asks, says] of LEADS) {
  test(`${method} ${target} asks ${says} for ${asks}`, () => {
    const { origin, ...to } = destinationOf(method, target)!;
    deepEqual([origin.address, origin.secure, origin.authority], [{ host, port }, secure, says]);
    deepEqual(to, { target: asks, host: says });
  });
}

for (const target of [
  "/",
  "/http://origin.test/",
  "*",
  "ftp://origin.test/",
  "httpx://origin.test/",
  "origin.test:80",
]) {
  test(`${target} leads nowhere`, () => equal(destinationOf("GET", target), undefined));
}

test("origins are shared, and not all of them are remembered", () => {
  const first = destinationOf("GET", "http://origin.test/a")!.origin;
  equal(destinationOf("GET", "http://origin.test/b")!.origin, first);
  for (let i = 0; i < 1001; i++) destinationOf("GET", `http://${i}.test/`);
  const second = destinationOf("GET", "http://origin.test/c")!.origin;
  deepEqual(second, first);
  equal(second === first, false);
});
