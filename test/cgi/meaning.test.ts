import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { understand } from "../../src/cgi/meaning.ts";
import { Fields } from "../../src/http/fields.ts";

type Header = [string, string][];

const DOCUMENTS: [header: Header, status: number, reason: string | undefined, passedOn: Header][] = [
  [[["Content-Type", "text/plain"]], 200, undefined, [["Content-Type", "text/plain"]]],
  [
    [
      ["content-type", "a/b"],
      ["STATUS", "404 Nowhere at all"],
    ],
    404,
    "Nowhere at all",
    [["content-type", "a/b"]],
  ],
  [[["Status", "204"]], 204, undefined, []],
  [[["Status", "200  OK"]], 200, "OK", []],
  // For the client: 302 where nothing else is said.
  [[["Location", "https://example.org/"]], 302, undefined, [["Location", "https://example.org/"]]],
  [[["Location", "mailto:a@example.org"]], 302, undefined, [["Location", "mailto:a@example.org"]]],
  [
    [
      ["Location", "http://a/#b"],
      ["Status", "303 See Other"],
    ],
    303,
    "See Other",
    [["Location", "http://a/#b"]],
  ],
  // A Status makes a local one the client's, too: so it is meant, and so Apache does.
  [
    [
      ["Location", "/a"],
      ["Status", "301 Moved"],
    ],
    301,
    "Moved",
    [["Location", "/a"]],
  ],
  [[["Location", "/a#b"]], 302, undefined, [["Location", "/a#b"]]],
  [[["Location", "elsewhere"]], 302, undefined, [["Location", "elsewhere"]]],
  // What concerns the connection, or the server, goes no further.
  [
    [
      ["Content-Type", "a/b"],
      ["Connection", "close, X-Mine"],
      ["X-Mine", "a"],
      ["Transfer-Encoding", "chunked"],
      ["Keep-Alive", "a"],
      ["X-CGI-Trace", "a"],
    ],
    200,
    undefined,
    [["Content-Type", "a/b"]],
  ],
  [
    [
      ["Content-Type", "a/b"],
      ["Set-Cookie", "a"],
      ["Set-Cookie", "b"],
    ],
    200,
    undefined,
    [
      ["Content-Type", "a/b"],
      ["Set-Cookie", "a"],
      ["Set-Cookie", "b"],
    ],
  ],
];

for (const [header, status, reason, passedOn] of DOCUMENTS) {
  test(`${JSON.stringify(header)} is a document with ${status}`, () => {
    const meaning = understand(Fields.of(header));
    equal(meaning.kind, "document");
    if (meaning.kind !== "document") return;
    deepEqual([meaning.status, meaning.reason, [...meaning.fields]], [status, reason, passedOn]);
  });
}

const LOCAL: string[] = ["/", "/menu.html", "/cgi-bin/a/b?c=d&e", "/%EC%96%B4", "//a"];

for (const target of LOCAL) {
  test(`Location: ${target} is another place here`, () => {
    deepEqual(understand(Fields.of({ Location: target, "Content-Type": "a/b" })), { kind: "local redirect", target });
  });
}

test("a length that is promised is known", () => {
  const meaning = understand(Fields.of({ "Content-Type": "a/b", "Content-Length": "17" }));
  equal(meaning.kind === "document" && meaning.length, 17);
});

const NONSENSE: [header: Header, why: RegExp][] = [
  [[], /no Content-Type, no Status and no Location/],
  [[["X-Error", "out of soup"]], /no Content-Type/],
  [
    [
      ["Status", "200"],
      ["Status", "404"],
    ],
    /2 Status fields/,
  ],
  [
    [
      ["Location", "/a"],
      ["Location", "/b"],
    ],
    /2 Location fields/,
  ],
  [
    [
      ["Content-Type", "a/b"],
      ["Content-Type", "a/c"],
    ],
    /2 Content-Type fields/,
  ],
  [[["Status", "OK"]], /its Status is "OK"/],
  [[["Status", "20"]], /its Status is "20"/],
  [[["Status", "2000"]], /its Status is "2000"/],
  [[["Status", "100 Continue"]], /its Status is "100 Continue"/],
  [[["Status", "101 Switching Protocols"]], /its Status/],
  [[["Status", "600 What"]], /its Status/],
  [[["Status", "HTTP/1.1 200 OK"]], /its Status/],
  [
    [
      ["Content-Type", "a/b"],
      ["Content-Length", "-1"],
    ],
    /its Content-Length is "-1"/,
  ],
  [
    [
      ["Content-Type", "a/b"],
      ["Content-Length", "0x10"],
    ],
    /its Content-Length/,
  ],
  [
    [
      ["Content-Type", "a/b"],
      ["Content-Length", "5"],
      ["Content-Length", "5"],
    ],
    /its Content-Length is "5, 5"/,
  ],
];

for (const [header, why] of NONSENSE) {
  test(`${JSON.stringify(header)} makes no sense`, () => {
    throws(() => understand(Fields.of(header)), { name: "OutputError", message: why });
  });
}
