/** The workload of faults: whatever a server, a client or chance does to a proxy, and what the client sees of it. */

import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { responseReader } from "../../src/http/reader.ts";
import { DATE, forward, type ProxyScene, type ProxySceneOptions, proxyScene, type Side, VIA } from "./proxy-scene.ts";

const HOST = "Host: origin.test";
const ASKED = ["GET / HTTP/1.1", HOST, VIA, "", ""];
const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const HEARD_OK = ["HTTP/1.1 200 OK", "Content-Length: 2", VIA, DATE, "", "ok"];
const CHUNKED = "Transfer-Encoding: chunked";

/** A forward proxy before two servers: one that has its faults, and one that has none. */
const facing = (play: (scene: ProxyScene) => Promise<void>, options: ProxySceneOptions = {}) =>
  proxyScene(forward(), play, { servers: ["second.test:80"], ...options });

/** What a client sees: all that comes, and whether the end is a good one. */
async function sees(client: Side): Promise<{ text: string; isBroken: boolean }> {
  let text = "";
  try {
    for (let bytes = await client.socket.read(); bytes !== undefined; bytes = await client.socket.read()) {
      text += latin1(bytes);
    }
    return { text, isBroken: false };
  } catch {
    return { text, isBroken: true };
  }
}

// ── a server that dies ──

/** How it dies: it ends its side, it closes, it is gone. */
const DEATHS = ["ends", "leaves", "vanishes"] as const;

interface Death {
  readonly when: string;
  /** What it has said by then. */
  readonly says: readonly string[];
  /** What the client sees, whole; the Date and our own pages are left out. */
  readonly seen: RegExp;
  /** Whether that has no good end. Where the server's end is its answer's, it is its kind of death that decides. */
  readonly isBroken: boolean | "unless it ends";
}

const NO_ANSWER =
  /^HTTP\/1.1 502 Bad Gateway\r\nProxy-Status: maitred; error=(connection_terminated|http_response_incomplete);/;

const SERVER_DIES: Death[] = [
  { when: "before its head", says: [], seen: NO_ANSWER, isBroken: false },
  { when: "amid its status line", says: ["HTTP/1."], seen: NO_ANSWER, isBroken: false },
  { when: "amid a field", says: ["HTTP/1.1 200 OK", "Content-Le"], seen: NO_ANSWER, isBroken: false },
  {
    when: "before the empty line",
    says: ["HTTP/1.1 200 OK", "Content-Length: 2", ""],
    seen: NO_ANSWER,
    isBroken: false,
  },
  {
    when: "after an interim response",
    says: ["HTTP/1.1 103 Early Hints", "", ""],
    seen: /^HTTP\/1.1 103 Early Hints\r\nVia: 1.1 maitred\r\n\r\nHTTP\/1.1 502 Bad Gateway\r\n/,
    isBroken: false,
  },
  {
    when: "after a head that promises content",
    says: ["HTTP/1.1 200 OK", "Content-Length: 5", "", ""],
    seen: /^HTTP\/1.1 200 OK\r\nContent-Length: 5\r\n[\s\S]*\r\n\r\n$/,
    isBroken: true,
  },
  {
    when: "amid counted content",
    says: ["HTTP/1.1 200 OK", "Content-Length: 5", "", "1234"],
    seen: /^HTTP\/1.1 200 OK\r\nContent-Length: 5\r\n[\s\S]*\r\n\r\n1234$/,
    isBroken: true,
  },
  {
    when: "after a head that promises chunks",
    says: ["HTTP/1.1 200 OK", CHUNKED, "", ""],
    seen: /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n$/,
    isBroken: true,
  },
  {
    when: "amid a chunk",
    says: ["HTTP/1.1 200 OK", CHUNKED, "", "5", "123"],
    seen: /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n3\r\n123\r\n$/,
    isBroken: true,
  },
  {
    when: "between two chunks",
    says: ["HTTP/1.1 200 OK", CHUNKED, "", "3", "123", ""],
    seen: /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n3\r\n123\r\n$/,
    isBroken: true,
  },
  {
    when: "amid the last chunk",
    says: ["HTTP/1.1 200 OK", CHUNKED, "", "3", "123", "0"],
    seen: /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n3\r\n123\r\n$/,
    isBroken: true,
  },
  {
    when: "before the end of the trailers",
    says: ["HTTP/1.1 200 OK", CHUNKED, "", "3", "123", "0", "A: b", ""],
    seen: /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n3\r\n123\r\n$/,
    isBroken: true,
  },
  {
    when: "amid content that ends with the connection",
    says: ["HTTP/1.1 200 OK", "", "123"],
    seen: /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n3\r\n123\r\n/,
    isBroken: "unless it ends",
  },
  {
    when: "after all its content",
    says: OK,
    seen: /^HTTP\/1.1 200 OK\r\nContent-Length: 2\r\n[\s\S]*\r\n\r\nok$/,
    isBroken: false,
  },
  {
    when: "after all its chunks",
    says: ["HTTP/1.1 200 OK", CHUNKED, "", "2", "ok", "0", "", ""],
    seen: /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n2\r\nok\r\n0\r\n\r\n$/,
    isBroken: false,
  },
];

for (const { when, says, seen, isBroken } of SERVER_DIES) {
  for (const death of DEATHS) {
    test(`a server ${death} ${when}`, () =>
      facing(async ({ arrives, upstream, settle, client: ours }) => {
        const [client, other] = [await arrives(), await arrives()];
        // Whoever wants no further answer sees where this one ends.
        await client.says("GET http://origin.test/ HTTP/1.1", HOST, "Connection: close", "", "");
        const origin = await upstream();
        await origin.hears(...ASKED);
        if (says.length > 0) await origin.says(...says);
        await settle();
        await origin[death]();
        const { text, isBroken: sawBreak } = await sees(client);
        match(text, seen);
        equal(sawBreak, isBroken === "unless it ends" ? death === "vanishes" : isBroken);
        // A broken answer in chunks has no last one: nobody could take it for whole.
        if (sawBreak) equal(text.endsWith("0\r\n\r\n"), false);
        await served(other, upstream);
        equal(ours.connections <= 1, true);
      }));
  }
}

/** All is as ever for this one. */
async function served(client: Side, upstream: ProxyScene["upstream"]): Promise<void> {
  await client.says("GET http://second.test/ HTTP/1.1", "Host: second.test", "", "");
  const second = await upstream("second.test:80");
  await second.hears("GET / HTTP/1.1", "Host: second.test", VIA, "", "");
  await second.says(...OK);
  await client.hearsLike(/^HTTP\/1.1 200 OK\r\n[\s\S]*ok$/);
}

// ── between two requests ──

for (const death of DEATHS) {
  test(`a server that ${death} while nobody asks is not asked again`, () =>
    facing(async ({ arrives, upstream, settle, client: ours }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
      const origin = await upstream();
      await origin.says(...OK);
      await client.hears(...HEARD_OK);
      await origin[death]();
      await settle();
      equal(ours.connections, 0);
      await client.says("POST http://origin.test/ HTTP/1.1", HOST, "Content-Length: 2", "", "hi");
      await (await upstream()).says(...OK);
      await client.hears(...HEARD_OK);
    }));

  for (const [method, isAskedAgain] of [
    ["GET", true],
    ["POST", false],
  ] as const) {
    test(`a server that ${death} in the moment in which it is asked is ${isAskedAgain ? "" : "not "}sent ${method} again`, () =>
      facing(async ({ arrives, upstream }) => {
        const client = await arrives();
        await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
        const origin = await upstream();
        await origin.hears(...ASKED);
        await origin.says(...OK);
        await client.hears(...HEARD_OK);
        await client.says(`${method} http://origin.test/ HTTP/1.1`, HOST, "", "");
        await origin.hears(`${method} / HTTP/1.1`);
        await origin[death]();
        if (!isAskedAgain) return client.hears("HTTP/1.1 502 Bad Gateway");
        await (await upstream()).says(...OK);
        await client.hears(...HEARD_OK);
      }));
  }
}

test("who speaks unasked is not listened to", () =>
  facing(async ({ arrives, upstream, settle, client: ours }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/1 HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.says(...OK);
    await client.hears(...HEARD_OK);
    await settle();
    await origin.says("HTTP/1.1 200 OK", "Content-Length: 4", "", "evil");
    await settle();
    equal(ours.connections, 0);
    await client.says("GET http://origin.test/2 HTTP/1.1", HOST, "", "");
    await (await upstream()).says(...OK);
    await client.hears(...HEARD_OK);
  }));

// ── who is slow ──

const ANSWERS: [what: string, says: string[], hears: string[]][] = [
  ["counted", OK, HEARD_OK],
  [
    "in chunks",
    ["HTTP/1.1 200 OK", CHUNKED, "", "2", "ok", "0", "A: b", "", ""],
    ["HTTP/1.1 200 OK", VIA, CHUNKED, DATE, "", "1", "o", "1", "k", "0", "A: b", "", ""],
  ],
  [
    "that ends with its connection",
    ["HTTP/1.1 200 OK", "", "ok"],
    ["HTTP/1.1 200 OK", VIA, CHUNKED, DATE, "", "1", "o", "1", "k", "0", "", ""],
  ],
];

for (const [what, says, hears] of ANSWERS) {
  test(`an answer ${what} may come byte by byte`, () =>
    facing(async ({ arrives, upstream, settle }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
      const origin = await upstream();
      for (const byte of says.join("\r\n")) {
        await origin.says(byte);
        await settle();
      }
      await origin.ends();
      await client.hears(...hears);
    }));
}

for (const [what, fields, content, framed] of [
  ["counted", ["Content-Length: 2"], ["hi"], ["Content-Length: 2", "", "hi"]],
  ["in chunks", [CHUNKED], ["2", "hi", "0", "A: b", "", ""], [CHUNKED, "", "1", "h", "1", "i", "0", "A: b", "", ""]],
] as const) {
  test(`a request with content ${what} may come byte by byte`, () =>
    facing(async ({ arrives, upstream, settle }) => {
      const client = await arrives();
      for (const byte of ["PUT http://origin.test/ HTTP/1.1", HOST, ...fields, "", ...content].join("\r\n")) {
        await client.says(byte);
        await settle();
      }
      const origin = await upstream();
      await origin.hears("PUT / HTTP/1.1", HOST, VIA, ...framed);
      await origin.says(...OK);
      await client.hears(...HEARD_OK);
    }));
}

test("content may take as long as it likes, if only it comes", () =>
  facing(async ({ arrives, upstream, clock }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 200 OK", "Content-Length: 20", "", "");
    for (let i = 0; i < 20; i++) {
      await clock.advance(55_000);
      await origin.says("x");
    }
    await client.hearsLike(/\r\n\r\nx{20}$/);
  }));

for (const [what, says] of [
  ["counted", ["HTTP/1.1 200 OK", "Content-Length: 5", "", "1234"]],
  ["in chunks", ["HTTP/1.1 200 OK", CHUNKED, "", "3", "123", ""]],
  ["that ends with its connection", ["HTTP/1.1 200 OK", "", "123"]],
] as const) {
  test(`a server that falls silent amid content ${what} is given up, and the client sees that it is not whole`, () =>
    facing(async ({ arrives, upstream, clock, client: ours }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, "Connection: close", "", "");
      const origin = await upstream();
      await origin.hears(...ASKED);
      await origin.says(...says);
      await client.hearsLike(/123/);
      await clock.advance(61_000);
      equal((await sees(client)).isBroken, true);
      await origin.hearsBreak();
      equal(ours.connections, 0);
    }));
}

test("a server that takes no more of a request is given up, and the client told", () =>
  facing(async ({ arrives, upstream, clock, settle, client: ours }) => {
    const client = await arrives();
    await client.says("PUT http://origin.test/ HTTP/1.1", HOST, `Content-Length: ${2 ** 30}`, "", "");
    await upstream();
    await client.pours(2 ** 24, settle);
    await clock.advance(61_000);
    await client.hears("HTTP/1.1 504 Gateway Timeout", "Proxy-Status: maitred; error=connection_write_timeout");
    equal(ours.connections, 0);
  }));

test("a client that reads nothing is given up, and its server let go", () =>
  facing(async ({ arrives, upstream, clock, settle, client: ours }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 200 OK", `Content-Length: ${2 ** 30}`, "", "");
    await origin.pours(2 ** 24, settle);
    await clock.advance(61_000);
    await client.hearsBreak();
    await origin.hearsBreak();
    equal(ours.connections, 0);
  }));

test("a client that reads slowly gets it all", () =>
  facing(async ({ arrives, upstream, clock }) => {
    const size = 400_000;
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "Connection: close", "", "");
    const origin = await upstream();
    const said = origin.says("HTTP/1.1 200 OK", `Content-Length: ${size}`, "", "x".repeat(size));
    let text = "";
    for (;;) {
      await clock.advance(30_000);
      const bytes = await client.socket.read();
      if (bytes === undefined) break;
      text += latin1(bytes);
    }
    await said;
    equal(text.slice(text.indexOf("\r\n\r\n") + 4), "x".repeat(size));
  }));

test("servers that never answer are no matter to the others' clients", () =>
  facing(
    async ({ arrives, upstream, settle }) => {
      const waiting = [];
      for (let i = 0; i < 200; i++) {
        const client = await arrives();
        await client.says(`GET http://10.8.0.${i}/ HTTP/1.1`, HOST, "", "");
        waiting.push(client);
      }
      await settle();
      await served(await arrives(), upstream);
    },
    { network: { silent: new Set(Array.from({ length: 200 }, (_, i) => `10.8.0.${i}`)) } },
  ));

// ── garbage ──

/** In place of chunks, behind a first one that is none. */
const NO_CHUNKS = [
  ["a size that is none", "zz\r\nab\r\n0\r\n\r\n"],
  ["a negative size", "-1\r\na\r\n0\r\n\r\n"],
  ["a size beyond all bounds", "fffffffffffffffff\r\na\r\n0\r\n\r\n"],
  ["more than the size says", "1\r\nab\r\n0\r\n\r\n"],
  ["an empty line", "\r\n0\r\n\r\n"],
  ["another answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["a trailer that is none", "0\r\n: b\r\n\r\n"],
  ["trailers without end", `0\r\n${"A: b\r\n".repeat(10_000)}`],
  ["extensions without end", `1;${"a".repeat(100_000)}`],
] as const;

for (const [what, garbage] of NO_CHUNKS) {
  test(`${what} for a chunk breaks the answer off`, () =>
    facing(async ({ arrives, upstream, settle, client: ours }) => {
      const [client, other] = [await arrives(), await arrives()];
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
      const origin = await upstream();
      await origin.hears(...ASKED);
      await origin.says("HTTP/1.1 200 OK", CHUNKED, "", "2", "ok", "");
      await settle();
      await origin.says(garbage);
      const { text, isBroken } = await sees(client);
      match(text, /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n2\r\nok\r\n/);
      equal(isBroken, true);
      equal(text.endsWith("0\r\n\r\n"), false);
      equal(ours.connections, 0);
      await served(other, upstream);
    }));
}

/** Bytes of all kinds, often such as HTTP is made of. */
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => latin1(bytes)),
  fc
    .array(
      fc.constantFrom(
        "HTTP/1.1 ",
        "200 OK",
        "101 ",
        "\r\n",
        "\n",
        "\r",
        ":",
        " ",
        "\0",
        "Content-Length: 5",
        CHUNKED,
        "5",
        "0",
      ),
      {
        maxLength: 30,
      },
    )
    .map((parts) => parts.join("")),
);

/** A message with something left out, put in or put in the place of something else. */
const spoilt = (messages: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...messages), fc.nat(), fc.nat(12), fc.oneof(fc.constant(""), noise))
    .map(([message, at, length, put]) => {
      const place = at % (message.length + 1);
      return message.slice(0, place) + put + message.slice(place + length);
    });

const RESPONSES = ANSWERS.map(([, says]) => says.join("\r\n"));
const REQUESTS = [
  ["GET http://origin.test/ HTTP/1.1", HOST, "", ""],
  ["POST http://origin.test/a HTTP/1.1", HOST, "Content-Length: 5", "Expect: 100-continue", "", "hello"],
  ["PUT http://origin.test/a HTTP/1.1", HOST, CHUNKED, "", "5", "hello", "0", "A: b", "", ""],
  ["GET http://origin.test/ HTTP/1.1", HOST, "Connection: upgrade", "Upgrade: websocket", "", ""],
].map((lines) => lines.join("\r\n"));

/** Whether these are answers, as many as you like, and nothing else. */
function areAnswers(text: string): boolean {
  const reader = responseReader();
  reader.receive(fromLatin1(text));
  reader.end();
  try {
    while (reader.waiting > 0) {
      if (reader.head("GET") === undefined) return false;
      while (reader.content() !== undefined);
      if (!reader.isDone) return false;
    }
    return true;
  } catch {
    return false;
  }
}

test("whatever a server says, its client sees an answer, or that there is none, and others are served", () =>
  facing(async ({ arrives, attends, settle, client: ours, complaints }) => {
    let answer = "";
    attends("origin.test:80", async (origin) => {
      await origin.hearsLike(/\r\n\r\n/);
      await origin.says(answer);
      await origin.ends();
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(noise, spoilt(RESPONSES)), async (said) => {
        answer = said;
        const client = await arrives();
        await client.says("GET http://origin.test/ HTTP/1.1", HOST, "Connection: close", "", "");
        const { text, isBroken } = await sees(client);
        // Where all of it came at once, it may break off before anything of it has gone.
        match(text, isBroken ? /^(HTTP\/1.1 \d\d\d |$)/ : /^HTTP\/1.1 \d\d\d /);
        equal(isBroken || areAnswers(text), true, text);
        client.leaves();
        await settle();
        equal(ours.connections, 0);
      }),
      { numRuns: 300 },
    );
    answer = OK.join("\r\n");
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    await client.hears(...HEARD_OK);
    equal(complaints.filter((line) => !line.includes("broke off")).join(), "");
  }));

test("whatever a client says, it gets answers, and others are served", () =>
  facing(async ({ arrives, attends, settle, upstream, client: ours }) => {
    attends("origin.test:80", async (origin) => {
      for (;;) {
        // A method that has been spoilt may be a token still: "uET", "G5" (RFC 9110 §9.1).
        await origin.hearsLike(/^[^ ]+ \/[\s\S]*?\r\n\r\n/);
        await origin.says("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
        await origin.hearsOut();
        await origin.ends();
      }
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(noise, spoilt(REQUESTS)), async (said) => {
        const client = await arrives();
        await client.says(said);
        await client.ends();
        const { text, isBroken } = await sees(client);
        equal(isBroken || areAnswers(text), true, text);
        client.leaves();
        await settle();
        equal(ours.connections, 0);
      }),
      { numRuns: 300 },
    );
    await served(await arrives(), upstream);
  }));
