import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Socket } from "../../src/socket/socket.ts";
import type { Handler } from "../../src/web/handler.ts";
import { serveListener } from "../../src/web/server.ts";
import { memoryNetwork } from "../socket/memory.ts";
import { Client, DATE, scene } from "./scene.ts";

const ok200 = (text: string) => ({ status: 200, fields: new Fields(), body: utf8(text) });

/** Says the method, the target and the content back. */
const mirror: Handler = async ({ method, target, body }) => {
  let content = "";
  for (let part = await body?.read(); part !== undefined; part = await body?.read()) content += latin1(part);
  return ok200(`${method} ${target} ${content}`);
};

const parts = (texts: string[], extra: Partial<Body> = {}): Body => {
  const left = texts.slice();
  return {
    read: async () => {
      const text = left.shift();
      return text === undefined ? undefined : utf8(text);
    },
    cancel() {},
    ...extra,
  };
};

const A = "Host: a";

/** As a carrier that counts what has gone. */
const counting = (socket: Socket, sent: () => number): Socket => ({
  local: socket.local,
  remote: socket.remote,
  read: () => socket.read(),
  write: (bytes) => socket.write(bytes),
  end: () => socket.end(),
  close: () => socket.close(),
  reset: () => socket.reset(),
  get sent() {
    return sent();
  },
});

// ── one after the other ──

test("a request is answered, and then the next", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET /1 HTTP/1.1", A, "", "");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 7", DATE, "", "GET /1 ");
    await client.says("POST /2 HTTP/1.1", A, "Content-Length: 5", "", "hello");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 13", DATE, "", "POST /2 hello");
  }));

test("requests sent ahead are answered in order", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says(
      "GET /1 HTTP/1.1",
      A,
      "",
      "POST /2 HTTP/1.1",
      A,
      "Content-Length: 2",
      "",
      "hiGET /3 HTTP/1.1",
      A,
      "",
      "",
    );
    for (const said of ["GET /1 ", "POST /2 hi", "GET /3 "]) {
      await client.hears("HTTP/1.1 200 OK", `Content-Length: ${said.length}`, DATE, "", said);
    }
  }));

test("requests sent ahead are answered even if the client has ended its side", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET /1 HTTP/1.1", A, "", "GET /2 HTTP/1.1", A, "", "");
    await client.ends();
    const heard = await client.hearsOut();
    match(heard, /GET \/1 HTTP\/1\.1 200 OK[\s\S]*Connection: close[\s\S]*GET \/2 $/);
  }));

test("a client that asks to close is closed, after the answer", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "Connection: close", "", "");
    equal(
      await client.hearsOut(),
      ["HTTP/1.1 200 OK", "Content-Length: 6", "Connection: close", DATE, "", "GET / "].join("\r\n"),
    );
  }));

test("HTTP/1.0 closes, unless it asks to stay", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET /1 HTTP/1.0", "Connection: keep-alive", "", "");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 7", "Connection: keep-alive", DATE, "", "GET /1 ");
    await client.says("GET /2 HTTP/1.0", "", "");
    equal(
      await client.hearsOut(),
      ["HTTP/1.1 200 OK", "Content-Length: 7", "Connection: close", DATE, "", "GET /2 "].join("\r\n"),
    );
  }));

test("many clients at once do not hear each other", () =>
  scene(mirror, async ({ arrives }) => {
    const clients = await Promise.all(Array.from({ length: 100 }, arrives));
    await Promise.all(clients.map((client, i) => client.says(`GET /${i} HTTP/1.1`, A, "", "")));
    await Promise.all(clients.map((client, i) => client.hearsLike(new RegExp(`GET /${i} $`))));
  }));

test("one after the other, byte by byte", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    for (const letter of "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
      await client.says(letter);
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 10", DATE, "", "POST /1 hi");
  }));

// ── content ──

test("content whose length is not known goes in chunks, trailers and all", () =>
  scene(
    () => ({
      status: 200,
      fields: new Fields(),
      body: parts(["hello", " world"], { trailers: Fields.of({ Digest: "x" }) }),
    }),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "", "");
      await client.hears(
        "HTTP/1.1 200 OK",
        "Transfer-Encoding: chunked",
        DATE,
        "",
        "5",
        "hello",
        "6",
        " world",
        "0",
        "Digest: x",
        "",
        "",
      );
    },
  ));

test("to HTTP/1.0 it goes without, until the end", () =>
  scene(
    () => ({ status: 200, fields: new Fields(), body: parts(["hello", " world"]) }),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.0", "", "");
      equal(await client.hearsOut(), ["HTTP/1.1 200 OK", "Connection: close", DATE, "", "hello world"].join("\r\n"));
    },
  ));

test("HEAD gets the head of GET, and the body is let go", () => {
  let cancelled = 0;
  return scene(
    () => ({
      status: 200,
      fields: new Fields(),
      body: parts(["hello"], { length: 5, cancel: () => void cancelled++ }),
    }),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("HEAD / HTTP/1.1", A, "", "");
      await client.hears("HTTP/1.1 200 OK", "Content-Length: 5", DATE, "", "");
      await client.says("HEAD / HTTP/1.1", A, "Connection: close", "", "");
      equal((await client.hearsOut()).endsWith("\r\n\r\n"), true);
      equal(cancelled, 2);
    },
  );
});

test("a prepared response goes out as it is, to GET and HEAD, long and short", () => {
  const short = new PreparedResponse(200, Fields.of({ "Content-Length": "5" }), utf8("hello"));
  const long = new PreparedResponse(200, Fields.of({ "Content-Length": "100000" }), utf8("x".repeat(100_000)));
  return scene(
    ({ target }) => (target === "/short" ? short : long),
    async ({ arrives }) => {
      const client = await arrives();
      for (const stays of [true, true, false]) {
        const last = stays ? [] : ["Connection: close"];
        await client.says(
          "HEAD /long HTTP/1.1",
          A,
          "",
          "GET /long HTTP/1.1",
          A,
          "",
          "GET /short HTTP/1.1",
          A,
          ...last,
          "",
          "",
        );
        await client.hears("HTTP/1.1 200 OK", "Content-Length: 100000", DATE, "", "");
        await client.hears("HTTP/1.1 200 OK", "Content-Length: 100000", DATE, "", "x".repeat(100_000));
        await client.hears("HTTP/1.1 200 OK", "Content-Length: 5", ...last, DATE, "", "hello");
      }
      equal(await client.hearsOut(), "");
    },
  );
});

for (const [what, text] of [
  ["short", "hell"],
  ["long", "hello!"],
] as const) {
  test(`a body that is too ${what} for its promised length breaks the connection`, () =>
    scene(
      () => ({ status: 200, fields: Fields.of({ "Content-Length": "5" }), body: parts([text]) }),
      async ({ arrives, complaints }) => {
        const client = await arrives();
        await client.says("GET / HTTP/1.1", A, "", "");
        await rejects(client.hearsOut(), { code: "ECONNRESET" });
        match(complaints.join(), new RegExp(`${what}er than its Content-Length`));
      },
    ));
}

test("a body that fails in the middle breaks the connection: nobody takes it for complete", () => {
  let reads = 0;
  const body: Body = {
    read: async () => {
      if (reads++ > 0) throw new Error("The disk is gone");
      return utf8("hello");
    },
    cancel() {},
  };
  return scene(
    () => ({ status: 200, fields: new Fields(), body }),
    async ({ arrives, complaints }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "", "");
      await client.hearsLike(/5\r\nhello\r\n/);
      await rejects(client.hearsOut(), { code: "ECONNRESET" });
      match(complaints.join(), /The disk is gone/);
    },
  );
});

test("content nobody wanted is cleared away, if it is short", () =>
  scene(
    () => ok200("no, thanks"),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("POST / HTTP/1.1", A, "Content-Length: 5", "", "hel");
      await client.hears("HTTP/1.1 200 OK", "Content-Length: 10", DATE, "", "no, thanks");
      await client.says("loGET / HTTP/1.1", A, "", "");
      await client.hears("HTTP/1.1 200 OK", "Content-Length: 10", DATE, "", "no, thanks");
    },
  ));

test("so it is where it comes in chunks, if all of it has come", () =>
  scene(
    () => ok200("no, thanks"),
    async ({ arrives }) => {
      const client = await arrives();
      const chunked = ["GET / HTTP/1.1", A, "Transfer-Encoding: chunked", ""];
      await client.says(...chunked, "5", "hello", "0", "", "GET / HTTP/1.1", A, "", "");
      await client.hears("HTTP/1.1 200 OK", "Content-Length: 10", DATE, "", "no, thanks");
      await client.hears("HTTP/1.1 200 OK", "Content-Length: 10", DATE, "", "no, thanks");
      await client.says(...chunked, "5", "hel");
      match(await client.hearsOut(), /Connection: close[\s\S]*no, thanks$/);
    },
  ));

test("chunks that nobody wanted, and that are none, part us after the answer", () =>
  scene(
    () => ok200("no, thanks"),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "Transfer-Encoding: chunked", "", "junk", "", "GET / HTTP/1.1", A, "", "");
      match(await client.hearsOut(), /^HTTP\/1\.1 200 OK[\s\S]*Connection: close\r\n[\s\S]*\r\n\r\nno, thanks$/);
    },
  ));

test("if it is long, the connection closes instead", () =>
  scene(
    () => ok200("no, thanks"),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("POST / HTTP/1.1", A, "Content-Length: 5000000", "", "hel");
      match(await client.hearsOut(), /Connection: close[\s\S]*no, thanks$/);
    },
  ));

// ── interim responses ──

test("a client that waits for 100 (Continue) hears it when its content is wanted", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("PUT / HTTP/1.1", A, "Expect: 100-continue", "Content-Length: 2", "", "");
    await client.hears("HTTP/1.1 100 Continue", "", "");
    await client.says("hi");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 8", DATE, "", "PUT / hi");
  }));

test("it does not hear it when the content has come already", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("PUT / HTTP/1.1", A, "Expect: 100-continue", "Content-Length: 2", "", "hi");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 8", DATE, "", "PUT / hi");
  }));

test("it hears the answer at once when its content is not wanted, and the connection closes", () =>
  scene(
    () => ({ status: 413, fields: new Fields() }),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("PUT / HTTP/1.1", A, "Expect: 100-continue", "Content-Length: 2", "", "");
      equal(
        await client.hearsOut(),
        ["HTTP/1.1 413 Content Too Large", "Content-Length: 0", "Connection: close", DATE, "", ""].join("\r\n"),
      );
    },
  ));

test("a handler may inform before it answers, and not after; HTTP/1.0 would not understand", () => {
  const handler: Handler = async (_, exchange) => {
    exchange.inform(103, Fields.of({ Link: "</a.css>" }));
    queueMicrotask(() => queueMicrotask(() => setImmediate(() => exchange.inform(103, new Fields()))));
    return ok200("hi");
  };
  return scene(handler, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "", "");
    await client.hears(
      "HTTP/1.1 103 Early Hints",
      "Link: </a.css>",
      "",
      "HTTP/1.1 200 OK",
      "Content-Length: 2",
      DATE,
      "",
      "hi",
    );
    await client.says("GET / HTTP/1.0", "", "");
    equal((await client.hearsOut()).includes("103"), false);
  });
});

// ── mistakes ──

test("the peer's nonsense gets its status, and goes no further", () =>
  scene(mirror, async ({ arrives, complaints }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", "Host : a", "", "GET / HTTP/1.1", A, "", "");
    match(
      await client.hearsOut(),
      /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*Connection: close\r\n[\s\S]*400 Bad Request: Cannot read a field: a blank stands before the colon\n$/,
    );
    deepEqual(complaints, ["400: Cannot read a field: a blank stands before the colon"]);
  }));

test("nonsense after a good request does not spoil the good one's answer", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET /1 HTTP/1.1", A, "", "nonsense", "", "");
    match(await client.hearsOut(), /^HTTP\/1\.1 200 OK[\s\S]*GET \/1 HTTP\/1\.1 400 Bad Request/);
  }));

test("a request that ends early, on which Tiny spins, gets 400", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", "Ho");
    await client.ends();
    match(await client.hearsOut(), /^HTTP\/1\.1 400 Bad Request/);
  }));

test("content that is malformed fails for the handler, whose failing is answered", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("POST / HTTP/1.1", A, "Transfer-Encoding: chunked", "", "2", "hi", "junk", "");
    match(await client.hearsOut(), /^HTTP\/1\.1 400 Bad Request[\s\S]*Connection: close/);
  }));

test("content that ends early fails for the handler, too", () =>
  scene(mirror, async ({ arrives }) => {
    const client = await arrives();
    await client.says("POST / HTTP/1.1", A, "Content-Length: 5", "", "hel");
    await client.ends();
    match(await client.hearsOut(), /^HTTP\/1\.1 400 Bad Request/);
  }));

for (const [how, handler] of [
  [
    "throws",
    () => {
      throw new Error("secret");
    },
  ],
  ["rejects", () => Promise.reject(new Error("secret"))],
] as [string, Handler][]) {
  test(`a handler that ${how} is a 500 which tells nothing, and the log is told`, () =>
    scene(handler, async ({ arrives, complaints }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "", "");
      const [page] = await client.hearsLike(/^HTTP\/1\.1 500 Internal Server Error[\s\S]*\n$/);
      ok(!page.includes("secret"));
      deepEqual(complaints, ["Cannot answer GET /: Error: secret"]);
    }));
}

test("a handler that would smuggle a line is a 500", () =>
  scene(
    () => ({ status: 200, fields: Fields.of({ X: "a\r\nSet-Cookie: b" }), body: utf8("hi") }),
    async ({ arrives, complaints }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "", "");
      await client.hears("HTTP/1.1 500 Internal Server Error", "Content-Length: 0", DATE, "", "");
      match(complaints.join(), /Cannot write the field "X"/);
    },
  ));

// ── who leaves ──

test("a client that vanishes, at which Tiny exits, is noticed while its handler works", () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const handler: Handler = async (_, { signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    resolve();
    return ok200("too late");
  };
  return scene(handler, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "", "");
    client.vanishes();
    await left;
  });
});

test("a client that closes while its handler works has left, too", () => {
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const handler: Handler = async (_, { signal }) => {
    isAsked();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    resolve();
    return ok200("too late");
  };
  return scene(handler, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "", "");
    await asked;
    await clock.advance(101);
    client.leaves();
    await left;
  });
});

test("a client that ends its side together with its request has not left: it waits for the answer", () => {
  const { promise: time, resolve: go } = Promise.withResolvers<void>();
  const handler: Handler = async (_, { signal }) => {
    await time;
    return ok200(signal.aborted ? "left" : "still here");
  };
  return scene(handler, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "", "");
    await client.ends();
    await clock.advance(3000);
    go();
    match(await client.hearsOut(), /Connection: close[\s\S]*still here$/);
  });
});

test("a client that vanishes while it is sent to harms nobody else", () => {
  let cancelled = false;
  const endless: Body = { read: () => new Uint8Array(10_000), cancel: () => void (cancelled = true) };
  return scene(
    ({ target }) => (target === "/endless" ? { status: 200, fields: new Fields(), body: endless } : ok200("fine")),
    async ({ arrives }) => {
      const [one, other] = [await arrives(), await arrives()];
      await one.says("GET /endless HTTP/1.1", A, "", "");
      await one.hearsLike(/200 OK/);
      one.vanishes();
      await other.says("GET / HTTP/1.1", A, "", "");
      await other.hearsLike(/fine$/);
      equal(cancelled, true);
    },
  );
});

// ── patience ──

test("a head that does not end gets 408, however it trickles", () =>
  scene(mirror, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", "");
    for (let second = 0; second < 29; second++) {
      await client.says("X");
      await clock.advance(1000);
    }
    equal(clock.now(), 29_000);
    await clock.advance(2000);
    match(await client.hearsOut(), /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*Connection: close/);
  }));

test("content that does not come gets 408", () =>
  scene(mirror, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("POST / HTTP/1.1", A, "Content-Length: 5", "", "hel");
    await clock.advance(31_000);
    match(await client.hearsOut(), /^HTTP\/1\.1 408 Request Timeout/);
  }));

test("content that trickles gets 408, when it is slower than the slowest", () =>
  scene(mirror, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("POST / HTTP/1.1", A, "Content-Length: 500000", "", "");
    const heard = client.hearsOut();
    for (let i = 0; i < 5; i++) {
      await client.says("x".repeat(10)).catch(() => {});
      await clock.advance(10_000);
    }
    match(await heard, /^HTTP\/1\.1 408 Request Timeout/);
  }));

test("content that comes fast enough may take for ever", () =>
  scene(mirror, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("POST / HTTP/1.1", A, "Content-Length: 100000", "", "");
    for (let i = 0; i < 10; i++) {
      await client.says("x".repeat(10_000));
      await clock.advance(15_000);
    }
    await client.hearsLike(/^HTTP\/1\.1 200 OK[\s\S]*xxx$/);
  }));

test("a client that says nothing at all is closed without a word", () =>
  scene(mirror, async ({ arrives, clock }) => {
    const client = await arrives();
    await clock.advance(31_000);
    equal(await client.hearsOut(), "");
  }));

test("a client that is idle after an answer is closed without a word, after longer", () =>
  scene(mirror, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "", "");
    await client.hearsLike(/GET \/ $/);
    await clock.advance(74_000);
    await client.says("GET / HTTP/1.1", A, "", "");
    await client.hearsLike(/GET \/ $/);
    await clock.advance(76_000);
    equal(await client.hearsOut(), "");
  }));

test("a client that does not read what it asked for is reset", () => {
  let cancelled = false;
  const endless: Body = { read: () => new Uint8Array(10_000), cancel: () => void (cancelled = true) };
  return scene(
    () => ({ status: 200, fields: new Fields(), body: endless }),
    async ({ arrives, clock }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "", "");
      await clock.advance(59_000);
      equal(cancelled, false);
      await clock.advance(2_000);
      equal(cancelled, true);
      await rejects(client.hearsOut(), { code: "ECONNRESET" });
    },
  );
});

test("a client that reads, however slowly, is not reset: a large piece takes its time", async () => {
  const clock = new VirtualClock();
  const network = memoryNetwork();
  const listener = await network.listen({ host: "10.0.0.1", port: 80 });
  let sent = 0;
  const accept = listener.accept.bind(listener);
  listener.accept = async () => {
    const socket = await accept();
    return socket && counting(socket, () => sent);
  };
  const large = { status: 200, fields: new Fields(), body: new Uint8Array(1_000_000) };
  const server = serveListener(listener, () => large, { clock });
  const client = new Client(await network.connect({ host: "10.0.0.1", port: 80 }));
  await client.says("GET / HTTP/1.1", A, "", "");
  for (let minute = 0; minute < 10; minute++) {
    await clock.advance(60_000);
    equal(server.connections, 1);
    sent += 1;
  }
  await clock.advance(122_000);
  equal(server.connections, 0);
  await rejects(client.hearsOut(), { code: "ECONNRESET" });
  await server.close();
});

test("after the last answer the client has a while to close, and what it still says is dropped", () =>
  scene(mirror, async ({ arrives, clock, server }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "Connection: close", "", "");
    await client.hearsOut();
    await client.says("and another thing");
    equal(server.connections, 1);
    await clock.advance(6_000);
    equal(server.connections, 0);
  }));

// ── crowds and closing ──

test("beyond the limit there is a clear answer, and then room again", () =>
  scene(
    mirror,
    async ({ arrives, clock }) => {
      const [one] = [await arrives(), await arrives()];
      const third = await arrives();
      await third.says("GET / HTTP/1.1", A, "", "");
      match(
        await third.hearsOut(),
        /^HTTP\/1\.1 503 Service Unavailable\r\nRetry-After: 5\r\n[\s\S]*Connection: close/,
      );
      third.leaves();
      one.leaves();
      await clock.advance(0);
      const fourth = await arrives();
      await fourth.says("GET / HTTP/1.1", A, "", "");
      await fourth.hearsLike(/200 OK/);
    },
    { maxConnections: 2 },
  ));

test("closing: who is idle goes, who is being answered is answered, and nobody comes in", () => {
  const { promise: time, resolve: go } = Promise.withResolvers<void>();
  const handler: Handler = async ({ target }) => {
    if (target === "/slow") await time;
    return ok200("served");
  };
  return scene(handler, async ({ arrives, server }) => {
    const [idle, served, busy] = [await arrives(), await arrives(), await arrives()];
    await served.says("GET / HTTP/1.1", A, "", "");
    await served.hearsLike(/served$/);
    await busy.says("GET /slow HTTP/1.1", A, "", "");
    await new Promise(setImmediate);
    const closed = server.close();
    equal(await idle.hearsOut(), "");
    equal(await served.hearsOut(), "");
    await rejects(arrives(), { code: "ECONNREFUSED" });
    go();
    match(await busy.hearsOut(), /Connection: close[\s\S]*served$/);
    busy.leaves();
    await closed;
  });
});

test("closing: whoever does not finish within the grace is reset", () =>
  scene(
    () => new Promise<never>(() => {}),
    async ({ arrives, server, clock }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "", "");
      await clock.advance(0);
      const closed = server.close();
      await clock.advance(10_001);
      await rejects(client.hearsOut(), { code: "ECONNRESET" });
      void closed;
    },
  ));

// ── other protocols ──

test("an upgrade hands the connection over, with what the client has already said", () => {
  const handler: Handler = () => ({
    status: 101,
    fields: Fields.of({ Connection: "Upgrade", Upgrade: "echo" }),
    tunnel: async (socket, early) => {
      await socket.write(early);
      for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) await socket.write(bytes);
      await socket.end();
    },
  });
  return scene(handler, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "Connection: upgrade", "Upgrade: echo", "", "early");
    await client.hears("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: echo", "", "early");
    await client.says("later");
    await client.hears("later");
    await client.ends();
    equal(await client.hearsOut(), "");
  });
});

test("the same after a handler that took its time: the read under way is handed over, too", () => {
  const handler: Handler = async () => {
    await new Promise(setImmediate);
    return {
      status: 200,
      fields: new Fields(),
      tunnel: async (socket, early) => {
        await socket.write(early);
        for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read())
          await socket.write(bytes);
        await socket.end();
      },
    };
  };
  return scene(handler, async ({ arrives }) => {
    const client = await arrives();
    await client.says("CONNECT b:1 HTTP/1.1", "Host: b:1", "", "");
    await client.hears("HTTP/1.1 200 OK", "", "");
    await client.says("hello");
    await client.hears("hello");
  });
});

test("a raw answer goes out as it is, and the connection closes", () =>
  scene(
    () => ({
      status: 200,
      fields: new Fields(),
      raw: true,
      body: parts(["HTTP/1.1 218 This is fine\r\n", "\r\nfine"]),
    }),
    async ({ arrives }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", A, "", "");
      equal(await client.hearsOut(), "HTTP/1.1 218 This is fine\r\n\r\nfine");
    },
  ));

test("whoever keeps the log is told of answers that no handler gave", () => {
  const refusals: number[] = [];
  return scene(
    mirror,
    async ({ arrives, clock }) => {
      const slow = await arrives();
      await slow.says("GET");
      const rude = await arrives();
      await rude.says("nonsense", "", "");
      await rude.hearsOut();
      await (await arrives()).hearsOut();
      await clock.advance(31_000);
      await slow.hearsOut();
      deepEqual(refusals, [400, 503, 408]);
    },
    { maxConnections: 2, onRefusal: (status) => void refusals.push(status) },
  );
});

test("the Date moves on with the clock", () =>
  scene(mirror, async ({ arrives, clock }) => {
    const client = await arrives();
    await clock.advance(3_000);
    await client.says("GET / HTTP/1.1", A, "", "");
    await client.hearsLike(/Date: Sun, 06 Nov 1994 08:49:40 GMT/);
  }));

test("a client that is gone as soon as it has asked is found out by asking it, before the answer", () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const handler: Handler = async (_, { signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    resolve();
    return ok200("too late");
  };
  return scene(handler, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "", "");
    client.leaves();
    await clock.advance(1000);
    await left;
  });
});

test("one that only ended its side hears these questions, if its answer takes long, and then the answer", () => {
  const { promise: time, resolve: go } = Promise.withResolvers<void>();
  const handler: Handler = async (_, { signal }) => {
    await time;
    return ok200(signal.aborted ? "left" : "still here");
  };
  const watching: Handler = async (request, exchange) => {
    exchange.signal.addEventListener("abort", () => {});
    return handler(request, exchange);
  };
  return scene(watching, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", A, "", "");
    await client.ends();
    await clock.advance(250);
    go();
    await client.hears("HTTP/1.1 102 Processing", "", "HTTP/1.1 102 Processing", "", "HTTP/1.1 200 OK");
    match(await client.hearsOut(), /Connection: close[\s\S]*still here$/);
  });
});

test("who has sent its content and ended is asked whether it still listens, as one and not as two", async () => {
  const { promise: may, resolve: goOn } = Promise.withResolvers<void>();
  const handler: Handler = async ({ body }, { signal }) => {
    signal.addEventListener("abort", () => {});
    while ((await body?.read()) !== undefined);
    await may;
    return { status: 204, fields: new Fields() };
  };
  await scene(handler, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("POST / HTTP/1.1", "Host: a", "Content-Length: 2", "", "hi");
    await client.ends();
    await clock.advance(350);
    goOn();
    const heard = await client.hearsOut();
    equal(heard.split("102 Processing").length - 1, 3);
  });
});
