import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { redirectedTo, targetBehind } from "../../src/handlers/rebase.ts";
import { parseUpstream } from "../../src/handlers/upstream.ts";

const THERE: [target: string, prefix: string, upstream: string, asks: string][] = [
  // no path of its own: as the client said it
  ["/", "", "http://a", "/"],
  ["/x//y/../%2e%2F?z=/..#", "", "http://a", "/x//y/../%2e%2F?z=/..#"],
  ["/api/x", "/api", "http://a", "/api/x"],
  ["/%61pi/x", "/api", "http://a", "/%61pi/x"],
  ["http://b/x?y", "", "http://a", "/x?y"],
  ["http://b", "", "http://a", "/"],
  ["http://b?y", "", "http://a", "/?y"],
  ["*", "/api", "http://a/v1", "*"],
  // a path of its own, in place of the prefix
  ["/api/x", "/api", "http://a/", "/x"],
  ["/api", "/api", "http://a/", "/"],
  ["/api/", "/api", "http://a/", "/"],
  ["/api?x=1", "/api", "http://a/", "/?x=1"],
  ["/api/x", "/api", "http://a/v1", "/v1/x"],
  ["/api/x", "/api", "http://a/v1/", "/v1/x"],
  ["/api", "/api", "http://a/v1", "/v1"],
  ["/api/", "/api", "http://a/v1", "/v1/"],
  ["/api/x/?a?b", "/api", "http://a/v1/w", "/v1/w/x/?a?b"],
  ["/x", "", "http://a/v1", "/v1/x"],
  ["/", "", "http://a/v1", "/v1/"],
  ["http://b/api/x", "/api", "http://a/v1", "/v1/x"],
  // what is spelt plainly stays as it is spelt
  ["/api/a%2Fb%20c%7E", "/api", "http://a/v1", "/v1/a%2Fb%20c%7E"],
  // what is not is spelt anew, and leads nowhere else
  ["/%61pi/b%20c", "/api", "http://a/v1", "/v1/b%20c"],
  ["/api/../api/x", "/api", "http://a/v1", "/v1/x"],
  ["/x/../api/y/", "/api", "http://a/v1", "/v1/y/"],
  ["/api/x/../../api/y", "/api", "http://a/v1", "/v1/y"],
  ["/../../x", "", "http://a/v1", "/v1/x"],
  ["//x", "", "http://a/v1", "/v1/x"],
  ["/a%20b/x", "/a%20b", "http://a/v1", "/v1/x"],
  ["/a%20b/./x", "/a%20b", "http://a/v1", "/v1/x"],
];

for (const [target, prefix, upstream, asks] of THERE) {
  test(`${target} at ${prefix || "/"} asks ${upstream} for ${asks}`, () =>
    equal(targetBehind(target, prefix, parseUpstream(upstream)), asks));
}

test("a slash in disguise leads out of no path: it is refused where the path must be spelt anew", () => {
  throws(() => targetBehind("/x/..%2f..%2fsecret/../api", "/x", parseUpstream("http://a/v1")), { status: 404 });
});

const BACK: [location: string, prefix: string, upstream: string, is: string][] = [
  // the upstream's own name leads to us
  ["http://a/x", "", "http://a", "/x"],
  ["http://a", "", "http://a", "/"],
  ["HTTP://A/x?y#z", "", "http://a", "/x?y#z"],
  ["http://a:80/x", "", "http://a", "/x"],
  ["http://a?x", "", "http://a", "/?x"],
  ["http://a:3000/x", "", "http://a:3000", "/x"],
  ["https://a/x", "", "https://a", "/x"],
  ["https://a:443/x", "", "https://a", "/x"],
  // others stay what they are
  ["http://a:30001/x", "", "http://a:3000", "http://a:30001/x"],
  ["http://a:3000/x", "", "http://a", "http://a:3000/x"],
  ["http://a.evil/x", "", "http://a", "http://a.evil/x"],
  ["http://a@evil/x", "", "http://a", "http://a@evil/x"],
  ["https://a/x", "", "http://a", "https://a/x"],
  ["http://b/x", "", "http://a", "http://b/x"],
  ["//a/x", "", "http://a", "//a/x"],
  ["x/../y", "/api", "http://a/v1", "x/../y"],
  ["?x", "/api", "http://a/v1", "?x"],
  ["/x", "", "http://a", "/x"],
  ["/api/x", "/api", "http://a", "/api/x"],
  // where it has a path of its own, that is the prefix here
  ["http://a/v1/x", "/api", "http://a/v1", "/api/x"],
  ["http://a/v1", "/api", "http://a/v1", "/api"],
  ["http://a/v1?x", "/api", "http://a/v1", "/api?x"],
  ["http://a/v1/x", "", "http://a/v1", "/x"],
  ["http://a/v1", "", "http://a/v1", "/"],
  ["http://a/v10/x", "/api", "http://a/v1", "http://a/v10/x"],
  ["http://a/x", "/api", "http://a/v1", "http://a/x"],
  ["http://a/x", "/api", "http://a/", "/api/x"],
  ["/v1/x", "/api", "http://a/v1", "/api/x"],
  ["/v1", "/api", "http://a/v1", "/api"],
  ["/v10/x", "/api", "http://a/v1", "/v10/x"],
  ["/x", "/api", "http://a/", "/api/x"],
  ["//evil/x", "/api", "http://a/", "//evil/x"],
  // never to another host by two slashes
  ["http://a//evil/x", "", "http://a", "http://a//evil/x"],
  ["http://a/v1//evil/x", "", "http://a/v1", "http://a/v1//evil/x"],
];

for (const [location, prefix, upstream, is] of BACK) {
  test(`Location: ${location} of ${upstream} at ${prefix || "/"} is ${is} here`, () =>
    equal(redirectedTo(location, prefix, parseUpstream(upstream)), is));
}

for (const [location, upstream, is] of [
  ["http://here.test/v1/x", "http://a/v1", "http://here.test/api/x"],
  ["https://Here.test/v1/x", "http://a/v1", "https://Here.test/api/x"],
  ["http://here.test/x", "http://a/v1", "http://here.test/x"],
  ["http://here.test:81/v1/x", "http://a/v1", "http://here.test:81/v1/x"],
  ["http://here.test/x", "http://a", "http://here.test/x"],
  ["http://here.test/v1/x", "unix:/run/app.sock:/v1", "http://here.test/api/x"],
] as const) {
  test(`${location} of ${upstream}, which takes here.test for its own name, is ${is}`, () =>
    equal(redirectedTo(location, "/api", parseUpstream(upstream), "here.test"), is));
}

test("what is behind a Unix-domain socket has no name of its own", () => {
  equal(redirectedTo("http://localhost/x", "", parseUpstream("unix:/run/app.sock")), "http://localhost/x");
  equal(redirectedTo("/v1/x", "/api", parseUpstream("unix:/run/app.sock:/v1")), "/api/x");
});
