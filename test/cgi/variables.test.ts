import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { type Call, metaVariables } from "../../src/cgi/variables.ts";
import { Fields } from "../../src/http/fields.ts";

type More = Partial<Omit<Call, "request">> & {
  line?: string;
  minor?: 0 | 1;
  fields?: Iterable<readonly [string, string]>;
};

/** What a program is told, by name. */
function told({
  line = "GET /cgi-bin/adder",
  minor = 1,
  fields = [["Host", "example.org"]],
  ...more
}: More): Record<string, string> {
  const [method = "", target = ""] = line.split(" ");
  const list = metaVariables({
    request: { method, target, minor, fields: Fields.of(fields) },
    contentLength: undefined,
    script: { name: "/cgi-bin/adder", pathInfo: "", file: "/srv/cgi-bin/adder", root: "/srv" },
    server: { host: "127.0.0.1", port: 8080, secure: false },
    client: { host: "192.0.2.7", port: 50000 },
    ...more,
  });
  return Object.fromEntries(list.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

test("a simple request is told like this, and with nothing more", () => {
  deepEqual(
    told({
      line: "GET /cgi-bin/adder?15000&213",
      fields: [
        ["Host", "example.org:8080"],
        ["Accept", "*/*"],
      ],
    }),
    {
      GATEWAY_INTERFACE: "CGI/1.1",
      SERVER_PROTOCOL: "HTTP/1.1",
      SERVER_NAME: "example.org",
      SERVER_PORT: "8080",
      SERVER_ADDR: "127.0.0.1",
      REQUEST_METHOD: "GET",
      REQUEST_URI: "/cgi-bin/adder?15000&213",
      REQUEST_SCHEME: "http",
      SCRIPT_NAME: "/cgi-bin/adder",
      SCRIPT_FILENAME: "/srv/cgi-bin/adder",
      DOCUMENT_ROOT: "/srv",
      QUERY_STRING: "15000&213",
      REMOTE_ADDR: "192.0.2.7",
      REMOTE_HOST: "192.0.2.7",
      REMOTE_PORT: "50000",
      HTTP_HOST: "example.org:8080",
      HTTP_ACCEPT: "*/*",
    },
  );
});

const QUERIES: [target: string, query: string][] = [
  ["/cgi-bin/adder", ""],
  ["/cgi-bin/adder?", ""],
  ["/cgi-bin/adder?a=b&c=%20+%2B", "a=b&c=%20+%2B"],
  ["/cgi-bin/adder?a?b", "a?b"],
  ["/cgi-bin/adder?\xe9", "\xe9"],
  ["http://example.org/cgi-bin/adder?a", "a"],
];

for (const [target, query] of QUERIES) {
  test(`the query of ${JSON.stringify(target)} reaches the program unaltered`, () => {
    equal(told({ line: `GET ${target}` }).QUERY_STRING, query);
  });
}

test("a target in absolute-form is told as a path", () => {
  const { REQUEST_URI, SERVER_NAME } = told({ line: "GET http://other.example:81/cgi-bin/adder?a" });
  deepEqual({ REQUEST_URI, SERVER_NAME }, { REQUEST_URI: "/cgi-bin/adder?a", SERVER_NAME: "other.example" });
});

const NAMES: [host: string | undefined, more: Partial<Call["server"]>, name: string][] = [
  ["example.org", {}, "example.org"],
  ["example.org:81", {}, "example.org"],
  ["[::1]:8080", {}, "[::1]"],
  ["[::1]", {}, "[::1]"],
  [undefined, {}, "127.0.0.1"],
  [undefined, { host: "::1" }, "[::1]"],
  [undefined, { name: "www.example" }, "www.example"],
  [undefined, { host: undefined }, "localhost"],
];

for (const [host, more, name] of NAMES) {
  test(`with Host ${host} at ${JSON.stringify(more)} the server's name is ${name}`, () => {
    const server = { host: "127.0.0.1", port: 8080, secure: false, ...more };
    equal(told({ minor: 0, fields: host === undefined ? [] : [["Host", host]], server }).SERVER_NAME, name);
  });
}

test("the port is the one the request came in by, whatever Host says", () => {
  equal(told({ fields: [["Host", "example.org:99"]] }).SERVER_PORT, "8080");
});

test("HTTP/1.0 is told as such", () => {
  equal(told({ minor: 0 }).SERVER_PROTOCOL, "HTTP/1.0");
});

test("a secure connection is told in two ways", () => {
  const { HTTPS, REQUEST_SCHEME } = told({ server: { host: "127.0.0.1", port: 8443, secure: true } });
  deepEqual({ HTTPS, REQUEST_SCHEME }, { HTTPS: "on", REQUEST_SCHEME: "https" });
  equal("HTTPS" in told({}), false);
});

test("whoever comes over a Unix-domain socket has no address, and is nobody one might trust", () => {
  const nowhere = { host: undefined, port: undefined };
  const variables = told({ server: { ...nowhere, secure: false }, client: nowhere });
  equal(variables.REMOTE_ADDR, "");
  equal(variables.SERVER_PORT, "80");
  equal("REMOTE_PORT" in variables || "SERVER_ADDR" in variables, false);
});

test("what follows the program in the path is told decoded, and as the file it would be", () => {
  const script = { name: "/a b/cgi-bin/p", pathInfo: "/é;x/", file: "/srv/a b/cgi-bin/p", root: "/srv" };
  const { PATH_INFO, PATH_TRANSLATED, SCRIPT_NAME } = told({ script });
  // UTF-8, one byte a letter.
  deepEqual([PATH_INFO, PATH_TRANSLATED, SCRIPT_NAME], ["/\xc3\xa9;x/", "/srv/\xc3\xa9;x/", "/a b/cgi-bin/p"]);
});

test("without such a rest there are no such variables", () => {
  const variables = told({});
  equal("PATH_INFO" in variables || "PATH_TRANSLATED" in variables, false);
});

test("in the root of the file system no slash is doubled", () => {
  const script = { name: "/cgi-bin/p", pathInfo: "/x", file: "/cgi-bin/p", root: "/" };
  equal(told({ script }).PATH_TRANSLATED, "/x");
});

test("content is told by its length and type, which are told once", () => {
  const fields: [string, string][] = [
    ["Host", "a"],
    ["Content-Length", "5"],
    ["Content-Type", "text/plain"],
  ];
  const variables = told({ line: "POST /cgi-bin/adder", contentLength: 5, fields });
  equal(variables.CONTENT_LENGTH, "5");
  equal(variables.CONTENT_TYPE, "text/plain");
  equal("HTTP_CONTENT_LENGTH" in variables || "HTTP_CONTENT_TYPE" in variables, false);
});

test("no content is told by no length", () => {
  equal("CONTENT_LENGTH" in told({}), false);
  equal(told({ contentLength: 0 }).CONTENT_LENGTH, "0");
});

const FIELDS: [fields: [string, string][], told: Record<string, string>][] = [
  [[["X-Forwarded-For", "a"]], { HTTP_X_FORWARDED_FOR: "a" }],
  [
    [
      ["accept", "a"],
      ["ACCEPT", "b"],
    ],
    { HTTP_ACCEPT: "a, b" },
  ],
  [
    [
      ["Cookie", "a=1"],
      ["Cookie", "b=2"],
    ],
    { HTTP_COOKIE: "a=1; b=2" },
  ],
  [[["X-Latin", "\xe9"]], { HTTP_X_LATIN: "\xe9" }],
  [[["X-Empty", ""]], { HTTP_X_EMPTY: "" }],
  // "httpoxy"
  [[["Proxy", "http://evil.example"]], {}],
  [
    [
      ["Authorization", "Basic YQ=="],
      ["Proxy-Authorization", "Basic YQ=="],
    ],
    {},
  ],
  [
    [
      ["Connection", "close, X-Mine"],
      ["X-Mine", "a"],
      ["Keep-Alive", "a"],
      ["TE", "a"],
      ["Upgrade", "a"],
      ["Trailer", "a"],
    ],
    {},
  ],
  [[["Transfer-Encoding", "chunked"]], {}],
  // They would pass for others.
  [[["X_Forwarded_For", "a"]], {}],
  [
    [
      ["X-Forwarded_For", "a"],
      ["X-Forwarded-For", "b"],
    ],
    { HTTP_X_FORWARDED_FOR: "b" },
  ],
  [
    [
      ["Content_Length", "5"],
      ["Content_Type", "a/b"],
    ],
    {},
  ],
  [
    [
      ["X.Y", "a"],
      ["X!", "a"],
    ],
    {},
  ],
];

for (const [fields, expected] of FIELDS) {
  test(`fields ${JSON.stringify(fields)} are told as ${JSON.stringify(expected)}`, () => {
    const variables = Object.entries(told({ fields })).filter(([name]) => name.startsWith("HTTP_"));
    deepEqual(Object.fromEntries(variables), expected);
  });
}
