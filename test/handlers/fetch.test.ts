import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { type App, fetchHandler } from "../../src/handlers/fetch.ts";
import { type Body, ProtocolError } from "../../src/http/message.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";

const serve = (fetch: App["fetch"]) => fetchHandler({ fetch });
const bodyIn = (answer: { body?: Uint8Array | Body | undefined }): Body => answer.body as Body;

/** A stream of these pieces, made when they are asked for. */
function streamOf(pieces: readonly unknown[]): ReadableStream {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      if (left.length === 0) controller.close();
      else controller.enqueue(left.shift());
    },
  });
}

const URLS: [target: string, host: string | undefined, secure: boolean, url: string][] = [
  ["/a?b=c", "example.org", false, "http://example.org/a?b=c"],
  ["/a", "example.org:8443", true, "https://example.org:8443/a"],
  ["/", undefined, false, "http://127.0.0.1:8080/"],
  ["/a%20b/%EC%96%B4", "[::1]:8080", false, "http://[::1]:8080/a%20b/%EC%96%B4"],
  // Two slashes are a path here, and no other host.
  ["//evil.example/a", "example.org", false, "http://example.org//evil.example/a"],
  // The target outranks Host, but nobody becomes secure by saying so.
  ["https://other.example/a?b", "example.org", false, "http://other.example/a?b"],
  ["http://other.example?b", "example.org", false, "http://other.example/?b"],
  ["*", "example.org", false, "http://example.org/"],
];

for (const [target, host, secure, url] of URLS) {
  test(`${target} at ${host}${secure ? ", secure," : ""} is ${url}`, async () => {
    const handler = serve((request) => new Response(request.url));
    const message = request(
      `${target === "*" ? "OPTIONS" : "GET"} ${target}`,
      host === undefined ? {} : { Host: host },
    );
    equal(await textOf(await handler(message, exchange({ secure }))), url);
  });
}

test("a Host that makes no URL is the client's fault", async () => {
  const handler = serve(() => new Response());
  for (const host of ["a b", "user:secret@example.org", "example.org:99999"]) {
    await rejects(
      handler(request("GET /", { Host: host }), exchange()),
      (e) => e instanceof ProtocolError && e.status === 400,
    );
  }
});

test("the program sees method, fields with their repetitions, and who asks", async () => {
  const handler = serve(({ method, headers }, { ip }) => Response.json({ method, headers: [...headers], ip }));
  const fields = [
    ["Host", "a"],
    ["X-Two", "1"],
    ["Cookie", "a=1"],
    ["x-two", "2"],
    ["Cookie", "b=2"],
  ] as const;
  const answer = await handler(request("PROPFIND /", fields), exchange());
  deepEqual(JSON.parse(await textOf(answer)), {
    method: "PROPFIND",
    headers: [
      ["cookie", "a=1; b=2"],
      ["host", "a"],
      ["x-two", "1, 2"],
    ],
    ip: "192.0.2.7",
  });
});

test("over a Unix-domain socket nobody has an address", async () => {
  let seen: unknown = "nothing";
  const handler = serve(({ url }, { ip }) => {
    seen = ip;
    return new Response(url);
  });
  const answer = await handler(request("GET /"), exchange({ local: { path: "/run/a" }, remote: { path: "" } }));
  equal(seen, undefined);
  equal(await textOf(answer), "http://localhost/");
});

for (const method of ["CONNECT", "TRACE", "TRACK", "get", "Post", "patch"]) {
  test(`${method} cannot be said with Request, and is not implemented`, async () => {
    const handler = serve(() => new Response("never"));
    equal((await handler(request(`${method} /`), exchange())).status, 501);
  });
}

test("fields of the answer come in order, Set-Cookie as often as set", async () => {
  const handler = serve(() => {
    const headers = new Headers({ "Content-Type": "text/plain" });
    headers.append("Set-Cookie", "a=1");
    headers.append("Set-Cookie", "b=2, c");
    return new Response("hi", { status: 201, statusText: "Baked", headers });
  });
  const { status, reason, fields } = await handler(request("GET /"), exchange());
  deepEqual([status, reason], [201, "Baked"]);
  deepEqual(
    [...fields],
    [
      ["content-type", "text/plain"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2, c"],
    ],
  );
});

test("what belongs to the connection is not the program's to say", async () => {
  const handler = serve(
    () =>
      new Response(null, {
        headers: {
          "Connection": "close, X-Inner",
          "Keep-Alive": "timeout=5",
          "Transfer-Encoding": "chunked",
          "Upgrade": "h2c",
          "Trailer": "X-Sum",
          "X-Inner": "1",
          "X-Outer": "2",
        },
      }),
  );
  deepEqual([...(await handler(request("GET /"), exchange())).fields], [["x-outer", "2"]]);
});

const BROKEN: [what: string, app: () => unknown, complaint: RegExp][] = [
  [
    "throws at once",
    () => {
      throw new RangeError("secret\n  of the house");
    },
    /GET \/x: RangeError: secret of the house$/,
  ],
  [
    "throws later",
    async () => {
      throw new Error("secret");
    },
    /Error: secret$/,
  ],
  [
    "throws what is no error",
    () => {
      throw "secret";
    },
    /: secret$/,
  ],
  ["returns nothing", () => undefined, /fetch\(\) did not return a Response$/],
  ["returns a text", () => "secret", /fetch\(\) did not return a Response$/],
  ["returns Response.error()", () => Response.error(), /fetch\(\) returned Response\.error\(\)$/],
  ["asks for an interim status", () => new Response(null, { status: 103 }), /RangeError/],
  ["gives a 204 a body", () => new Response("secret", { status: 204 }), /TypeError/],
  [
    "declares a length that is none",
    () => new Response("secret", { headers: { "Content-Length": "6, 6" } }),
    /"6, 6"$/,
  ],
  [
    "declares a length without a body",
    () => new Response(null, { headers: { "Content-Length": "6" } }),
    /says 6, and there is no body$/,
  ],
  [
    "returns what it has read",
    async () => {
      const r = new Response("secret");
      await r.text();
      return r;
    },
    /read already$/,
  ],
];

for (const [what, app, complaint] of BROKEN) {
  test(`a program that ${what} answers 500, and only the log knows why`, async () => {
    const it = exchange();
    const answer = await serve(app as App["fetch"])(request("GET /x"), it);
    equal(answer.status, 500);
    equal((await textOf(answer)).includes("secret"), false);
    equal(it.complaints.length, 1);
    match(it.complaints[0]!, complaint);
  });
}

test("asked to be verbose, the log also knows where", async () => {
  const it = exchange();
  const app: App = {
    fetch() {
      throw new Error("burnt");
    },
  };
  await fetchHandler(app, { verbose: true })(request("GET /"), it);
  match(it.complaints[0]!, /fetch\.test\.ts:\d+/);
});

for (const status of [204, 205, 304]) {
  test(`${status} has no body`, async () => {
    const answer = await serve(() => new Response(null, { status }))(request("GET /"), exchange());
    deepEqual([answer.status, answer.body], [status, undefined]);
  });
}

test("HEAD tells what GET would, and the stream nobody wants is cancelled", async () => {
  let cancelled = false;
  const stream = () => new ReadableStream({ cancel: () => void (cancelled = true) });
  const handler = serve(
    ({ method }) => new Response(stream(), { headers: { "Content-Length": "7", "X-Method": method } }),
  );
  const answer = await handler(request("HEAD /"), exchange());
  equal(answer.body, undefined);
  equal(cancelled, true);
  deepEqual(
    [...answer.fields],
    [
      ["content-length", "7"],
      ["x-method", "HEAD"],
    ],
  );
});

test("HEAD and 304 may tell a length without a body", async () => {
  const headers = { "Content-Length": "7" };
  equal((await serve(() => new Response(null, { headers }))(request("HEAD /"), exchange())).status, 200);
  equal((await serve(() => new Response(null, { headers, status: 304 }))(request("GET /"), exchange())).status, 304);
});

test("the content of GET is not the program's to see", async () => {
  const body = bodyOf(["hello"]);
  const handler = serve((request) => new Response(String(request.body)));
  equal(await textOf(await handler(request("GET /", {}, body), exchange())), "null");
  equal(body.isCancelled, true);
});

for (const later of [false, true]) {
  test(`content that comes ${later ? "later" : "at once"} goes in and out again`, async () => {
    const handler = serve((request) => new Response(request.body));
    const answer = await handler(request("POST /", {}, bodyOf(["one ", "", "two ", "three"], { later })), exchange());
    equal(await textOf(answer), "one two three");
    equal(bodyIn(answer).length, undefined);
  });
}

test("content is asked for only when the program reads, and no faster than it does", async () => {
  const body = bodyOf(["one", "two", "three"]);
  const handler = serve(async (request) => {
    await turn();
    equal(body.reads, 0);
    const reader = request.body!.getReader();
    equal(new TextDecoder().decode((await reader.read()).value), "one");
    await turn();
    equal(body.reads, 1);
    await reader.cancel();
    return new Response();
  });
  equal((await handler(request("POST /", {}, body), exchange())).status, 200);
  equal(body.isCancelled, true);
});

test("the buffers that content comes in stay whole", async () => {
  const buffer = new TextEncoder().encode("one|next request");
  const handler = serve(async (request) => new Response(await request.text()));
  await handler(request("POST /", {}, bodyOf([buffer.subarray(0, 3)])), exchange());
  equal(new TextDecoder().decode(buffer), "one|next request");
});

test("a stream is read no faster than the client takes it", async () => {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(1000));
    },
  });
  const answer = await serve(() => new Response(stream))(request("GET /"), exchange());
  for (let i = 0; i < 5; i++) {
    await turn();
    equal(pulled <= i + 1, true, `${pulled} pieces are made, and ${i} taken`);
    await bodyIn(answer).read();
  }
});

test("an answer goes out while it is made", async () => {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({ start: (it) => void (controller = it) });
  const body = bodyIn(await serve(() => new Response(stream))(request("GET /"), exchange()));
  for (const piece of [Uint8Array.of(1), Uint8Array.of(2, 3)]) {
    const read = body.read();
    controller.enqueue(piece);
    deepEqual(await read, piece);
  }
  controller.close();
  equal(await body.read(), undefined);
});

test("content that breaks off is told to the program, and no fault of its", async () => {
  const it = exchange();
  const broken = new ProtocolError(400, "Cannot read the body: a chunk's size is no number");
  const handler = serve(async (request) => new Response(await request.text()));
  await rejects(handler(request("POST /", {}, bodyOf(["one", broken])), it), broken);
  deepEqual(it.complaints, []);
});

test("a program may answer although the content broke off", async () => {
  const handler = serve((request) =>
    request.text().then(
      () => new Response(),
      () => new Response("Say again?", { status: 422 }),
    ),
  );
  equal((await handler(request("POST /", {}, bodyOf([new ProtocolError(400, "torn")])), exchange())).status, 422);
});

const LENGTHS: [what: string, pieces: string[], length: number, outcome: RegExp | undefined][] = [
  ["just as long", ["he", "", "llo"], 5, undefined],
  ["shorter", ["hell"], 5, /ends before its Content-Length$/],
  ["longer", ["hello", "!"], 5, /goes on after its Content-Length$/],
  ["longer in one piece", ["hello!"], 5, /goes on after its Content-Length$/],
];

for (const [what, pieces, length, outcome] of LENGTHS) {
  test(`a body ${what} than it was said to be ${outcome ? "breaks the message" : "is sent"}`, async () => {
    const stream = () => streamOf(pieces.map((piece) => new TextEncoder().encode(piece)));
    const handler = serve(() => new Response(stream(), { headers: { "Content-Length": String(length) } }));
    const answer = await handler(request("GET /"), exchange());
    equal(bodyIn(answer).length, length);
    if (outcome === undefined) equal(await textOf(answer), "hello");
    else await rejects(textOf(answer), outcome);
  });
}

test("a body of something else than bytes breaks the message", async () => {
  const handler = serve(() => new Response(streamOf(["text"])));
  await rejects(textOf(await handler(request("GET /"), exchange())), /holds something that is no Uint8Array$/);
});

test("a stream that fails breaks the message, and is not cancelled again", async () => {
  const it = exchange();
  const stream = new ReadableStream({
    pull: () => {
      throw new Error("The cake fell");
    },
  });
  const body = bodyIn(await serve(() => new Response(stream))(request("GET /"), it));
  await rejects(async () => body.read(), { message: "The cake fell" });
  body.cancel();
  await turn();
  deepEqual(it.complaints, []);
});

test("a client who leaves aborts the signal and cancels the stream", async () => {
  const it = exchange();
  let signal!: AbortSignal;
  let cancelled = 0;
  const stream = new ReadableStream({ cancel: () => void (cancelled += 1) });
  const handler = serve((request) => {
    signal = request.signal;
    return new Response(stream);
  });
  const answer = await handler(request("GET /"), it);
  const read = bodyIn(answer).read();
  it.leave();
  equal(signal.aborted, true);
  equal(cancelled, 1);
  // Half an answer must not look like a whole one.
  await rejects(async () => read, { name: "SocketError", code: "ECONNABORTED" });
  bodyIn(answer).cancel();
  equal(cancelled, 1);
  deepEqual(it.complaints, []);
});

test("a client who leaves before the answer gets none, and nothing is made for him", async () => {
  const it = exchange();
  let cancelled = false;
  const handler = serve(async () => {
    it.leave();
    return new Response(new ReadableStream({ cancel: () => void (cancelled = true) }));
  });
  await rejects(textOf(await handler(request("GET /"), it)), { name: "SocketError", code: "ECONNABORTED" });
  equal(cancelled, true);
});

test("a program that gives up because the client left is not complained about", async () => {
  const it = exchange();
  const handler = serve(async ({ signal }) => {
    it.leave();
    signal.throwIfAborted();
    return new Response();
  });
  equal((await handler(request("GET /"), it)).status, 500);
  deepEqual(it.complaints, []);
});

test("a stream that cannot be cancelled is complained about", async () => {
  const it = exchange();
  const stream = new ReadableStream({
    cancel: () => {
      throw new Error("It is stuck");
    },
  });
  bodyIn(await serve(() => new Response(stream))(request("GET /"), it)).cancel();
  await turn();
  deepEqual(it.complaints, ["Cannot cancel the answer's stream: Error: It is stuck"]);
});

test("the signal aborts although nobody kept the request", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const it = exchange();
  let signal!: AbortSignal;
  const handler = serve((request) => {
    signal = request.signal;
    return new Response(new ReadableStream());
  });
  const answer = await handler(request("GET /"), it);
  for (let i = 0; i < 3; i++) {
    await turn();
    gc();
  }
  it.leave();
  equal(signal.aborted, true);
  equal(answer.status, 200);
});

test("what goes on after the answer is waited for", async () => {
  const steps: string[] = [];
  const { promise: cooked, resolve: cook } = Promise.withResolvers<void>();
  const handler = serve((_, { waitUntil }) => {
    const { promise: eaten, resolve: eat } = Promise.withResolvers<void>();
    waitUntil(eaten.then(() => void steps.push("eaten")));
    // Work may lead to more work.
    const serveIt = (): void => {
      steps.push("cooked");
      waitUntil(turn().then(eat));
    };
    waitUntil(cooked.then(serveIt));
    return new Response();
  });
  equal((await handler(request("GET /"), exchange())).status, 200);
  const settled = handler.settled().then(() => void steps.push("settled"));
  await turn();
  deepEqual(steps, []);
  cook();
  await settled;
  deepEqual(steps, ["cooked", "eaten", "settled"]);
});

test("what fails after the answer is complained about, and waited for no longer", async () => {
  const it = exchange();
  const handler = serve((_, { waitUntil }) => {
    waitUntil(Promise.reject(new Error("burnt")));
    return new Response();
  });
  await handler(request("GET /"), it);
  await handler.settled();
  deepEqual(it.complaints, ["Cannot finish what goes on after the answer: Error: burnt"]);
});

test("fetch is called as the program's own method", async () => {
  const app = {
    dish: "cake",
    fetch() {
      return new Response(this.dish);
    },
  };
  equal(await textOf(await fetchHandler(app)(request("GET /"), exchange())), "cake");
});

test("what the web's fetch() brings can be passed on as it is", async () => {
  const peer = createServer((_, response) => {
    const body = gzipSync("hello ".repeat(100));
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": body.length, "X-Kept": "1" }).end(body);
  }).listen(0, "127.0.0.1");
  await once(peer, "listening");
  const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}/`;
  const answer = await serve(() => fetch(url, { headers: { Connection: "close" } }))(request("GET /"), exchange());
  equal(await textOf(answer), "hello ".repeat(100));
  deepEqual(
    [answer.fields.get("content-encoding"), answer.fields.get("content-length"), answer.fields.get("x-kept")],
    [undefined, undefined, "1"],
  );
  peer.close();
});

test("what the program coded itself keeps the name of its coding", async () => {
  const coded = gzipSync("hello");
  const headers = { "Content-Encoding": "gzip", "Content-Length": String(coded.length) };
  const answer = await serve(() => new Response(coded, { headers }))(request("GET /"), exchange());
  deepEqual([answer.fields.get("content-encoding"), bodyIn(answer).length], ["gzip", coded.length]);
});
