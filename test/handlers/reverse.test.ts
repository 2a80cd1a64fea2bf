import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Balancer } from "../../src/handlers/balancer.ts";
import { type ReverseOptions, reverseProxy } from "../../src/handlers/reverse.ts";
import { parseUpstream } from "../../src/handlers/upstream.ts";
import type { Address } from "../../src/socket/socket.ts";
import { DATE, type Middle, type ProxyScene, proxyScene, reverse, type Side, VIA } from "./proxy-scene.ts";

const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const HEARD_OK = ["HTTP/1.1 200 OK", "Content-Length: 2", VIA, DATE, "", "ok"];
const HOST = "Host: here.test";
const LOOP = "CDN-Loop: maitred";

// ── what the upstream hears ──

type Options = Omit<Partial<ReverseOptions>, "client" | "balancer">;

const X_FORWARDED = ["X-Forwarded-For: 10.0.0.2", "X-Forwarded-Host: here.test", "X-Forwarded-Proto: http"];
const HEARS: [what: string, to: string, says: string[], hears: string[], options?: Options][] = [
  [
    "the client's Host, and for whom we ask",
    "origin.test",
    ["GET /a?b HTTP/1.1", HOST],
    ["GET /a?b HTTP/1.1", HOST, VIA, ...X_FORWARDED, LOOP],
  ],
  [
    "no Host: the upstream's own",
    "origin.test",
    ["GET / HTTP/1.0"],
    [
      "GET / HTTP/1.1",
      "Host: origin.test",
      "Via: 1.0 maitred",
      "X-Forwarded-For: 10.0.0.2",
      "X-Forwarded-Proto: http",
      LOOP,
    ],
  ],
  [
    "a target that outranks Host",
    "origin.test",
    ["GET http://Here.test:81/a HTTP/1.1", "Host: lie.test"],
    [
      "GET /a HTTP/1.1",
      "Host: Here.test:81",
      VIA,
      "X-Forwarded-For: 10.0.0.2",
      "X-Forwarded-Host: Here.test:81",
      "X-Forwarded-Proto: http",
      LOOP,
    ],
  ],
  [
    "the upstream's own Host, where that is asked for",
    "origin.test",
    ["GET / HTTP/1.1", HOST],
    ["GET / HTTP/1.1", "Host: origin.test", VIA, ...X_FORWARDED, LOOP],
    { hostField: "upstream" },
  ],
  [
    "a name of ours",
    "origin.test",
    ["GET / HTTP/1.1", HOST],
    ["GET / HTTP/1.1", HOST, "Via: 1.1 gate", ...X_FORWARDED, "CDN-Loop: gate"],
    { name: "gate" },
  ],
  [
    "nothing of a client that nobody trusts",
    "origin.test",
    [
      "GET / HTTP/1.1",
      HOST,
      "X-Forwarded-For: 6.6.6.6",
      "X-Forwarded-Proto: https",
      "Forwarded: for=6.6.6.6",
      "X-Real-IP: 6.6.6.6",
    ],
    ["GET / HTTP/1.1", HOST, VIA, ...X_FORWARDED, LOOP],
  ],
  [
    "what one of our own proxies says, and who that is",
    "origin.test",
    ["GET / HTTP/1.1", HOST, "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: outside.test"],
    [
      "GET / HTTP/1.1",
      HOST,
      "X-Forwarded-For: 6.6.6.6, 10.0.0.2",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: outside.test",
      VIA,
      LOOP,
    ],
    { trusts: (remote: Address) => "host" in remote && remote.host === "10.0.0.2" },
  ],
  [
    "Forwarded, where that is asked for",
    "origin.test",
    ["GET / HTTP/1.1", HOST, "X-Forwarded-For: 6.6.6.6"],
    ["GET / HTTP/1.1", HOST, VIA, "Forwarded: for=10.0.0.2;host=here.test;proto=http", LOOP],
    { forwarded: "forwarded" },
  ],
  [
    "nothing about the client, where that is asked for",
    "origin.test",
    ["GET / HTTP/1.1", HOST],
    ["GET / HTTP/1.1", HOST, VIA, LOOP],
    { forwarded: "none" },
  ],
  [
    "other networks that it has passed",
    "origin.test",
    ["GET / HTTP/1.1", HOST, "CDN-Loop: other", "Via: 1.1 other"],
    ["GET / HTTP/1.1", HOST, "CDN-Loop: other", "Via: 1.1 other", VIA, ...X_FORWARDED, LOOP],
  ],
  [
    "OPTIONS for all of it",
    "http://origin.test/v1",
    ["OPTIONS * HTTP/1.1", HOST],
    ["OPTIONS * HTTP/1.1", HOST, VIA, ...X_FORWARDED, LOOP],
  ],
  [
    "a path of its own",
    "http://origin.test/v1",
    ["GET /api/x?y HTTP/1.1", HOST],
    ["GET /v1/x?y HTTP/1.1", HOST, VIA, ...X_FORWARDED, LOOP],
    { prefix: "/api" },
  ],
];

for (const [what, to, says, hears, options] of HEARS) {
  test(`the upstream hears ${what}`, () =>
    proxyScene(reverse([to.includes("/") ? to : `${to}:80`], options), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(...says, "", "");
      const origin = await upstream();
      await origin.hears(...hears, "", "");
      await origin.says(...OK);
      await client.hearsLike(/^HTTP\/1.1 200 OK\r\n[\s\S]*ok$/);
    }));
}

test("over https an upstream hears its own name, as its certificate has it", () =>
  proxyScene(
    reverse(["https://origin.test"]),
    async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", HOST, "", "");
      await (await upstream("origin.test:443")).hears(
        "GET / HTTP/1.1",
        "Host: origin.test",
        VIA,
        ...X_FORWARDED,
        LOOP,
        "",
        "",
      );
    },
    { servers: ["origin.test:443"], dial: { secure: async (socket) => socket } },
  ));

test("an upstream hears that its client came over TLS", () =>
  proxyScene(
    reverse(["origin.test:80"]),
    async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", HOST, "", "");
      const forwarded = [...X_FORWARDED.slice(0, -1), "X-Forwarded-Proto: https"];
      await (await upstream()).hears("GET / HTTP/1.1", HOST, VIA, ...forwarded, LOOP, "", "");
    },
    { server: { secure: true } },
  ));

test("an upstream may listen on a Unix-domain socket", () =>
  proxyScene(
    reverse(["unix:/run/app.sock"], { hostField: "upstream" }),
    async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET / HTTP/1.1", HOST, "", "");
      const origin = await upstream("/run/app.sock");
      await origin.hears("GET / HTTP/1.1", "Host: localhost", VIA);
      await origin.says(...OK);
      await client.hears(...HEARD_OK);
    },
    { servers: ["/run/app.sock"] },
  ));

test("a Location that names the upstream leads to us", () =>
  proxyScene(reverse(["http://origin.test/v1"], { prefix: "/api" }), async ({ arrives, upstream }) => {
    const client = await arrives();
    for (const [location, here] of [
      ["http://origin.test/v1/login", "/api/login"],
      ["http://here.test/v1/login", "http://here.test/api/login"],
      ["https://other.test/v1/login", "https://other.test/v1/login"],
    ]) {
      await client.says("GET /api HTTP/1.1", HOST, "", "");
      const origin = await upstream();
      await origin.says(
        "HTTP/1.1 302 Found",
        `location: ${location}`,
        "Content-Length: 0",
        "Connection: close",
        "",
        "",
      );
      await client.hears("HTTP/1.1 302 Found", `Location: ${here}`, "Content-Length: 0", VIA, DATE, "", "");
    }
  }));

test("TRACE that may go no further is answered here", () =>
  proxyScene(reverse(["origin.test:80"]), async ({ arrives, client: ours }) => {
    const client = await arrives();
    await client.says("TRACE / HTTP/1.1", HOST, "Max-Forwards: 0", "", "");
    await client.hearsLike(/^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\nTRACE \/ HTTP\/1.1\r\nHost: here.test\r\n/);
    equal(ours.connections, 0);
  }));

test("there are no tunnels to anywhere", () =>
  proxyScene(reverse(["origin.test:80"]), async ({ arrives, client: ours }) => {
    const client = await arrives();
    await client.says("CONNECT origin.test:80 HTTP/1.1", "Host: origin.test:80", "", "");
    await client.hears("HTTP/1.1 405 Method Not Allowed", "Allow: ");
    equal(ours.connections, 0);
  }));

// ── on another upstream, where that is safe ──

const TWO = ["first.test:80", "second.test:80"];

/** A gateway to two, of which the first is asked first. */
const retrying = (
  play: (scene: ProxyScene, client: Side, first: Side) => Promise<void>,
  says: string[],
  options?: Options,
) =>
  proxyScene(
    reverse(TWO, { forwarded: "none", ...options }),
    async (scene) => {
      const client = await scene.arrives();
      await client.says(...says);
      const first = await scene.upstream("first.test:80");
      await first.hearsLike(/^\w+ \/ HTTP\/1.1\r\n[\s\S]*?\r\n\r\n/);
      await play(scene, client, first);
    },
    { servers: TWO },
  );

const GET = ["GET / HTTP/1.1", HOST, "", ""];
const with5 = (method: string): string[] => [`${method} / HTTP/1.1`, HOST, "Content-Length: 5", "", "hello"];
const chunked = ["PUT / HTTP/1.1", HOST, "Transfer-Encoding: chunked", "", "5", "hello", "0", "X-Sum: 1", "", ""];
const large = (size: number): string[] => ["PUT / HTTP/1.1", HOST, `Content-Length: ${size}`, "", "x".repeat(size)];

const AGAIN: [what: string, says: string[], hears: string[]][] = [
  ["GET", GET, ["GET / HTTP/1.1", HOST, VIA, LOOP, "", ""]],
  ["DELETE", ["DELETE / HTTP/1.1", HOST, "", ""], ["DELETE / HTTP/1.1", HOST, VIA, LOOP, "", ""]],
  ["PUT with its content", with5("PUT"), ["PUT / HTTP/1.1", HOST, VIA, LOOP, "Content-Length: 5", "", "hello"]],
  [
    "PUT in chunks",
    chunked,
    ["PUT / HTTP/1.1", HOST, VIA, LOOP, "Transfer-Encoding: chunked", "", "5", "hello", "0", "X-Sum: 1", "", ""],
  ],
  ["PUT of 64 KiB", large(65536), ["PUT / HTTP/1.1", HOST, VIA, LOOP, "Content-Length: 65536", "", "x".repeat(65536)]],
];

for (const death of ["leaves", "vanishes"] as const) {
  for (const [what, says, hears] of AGAIN) {
    test(`an upstream that ${death} without an answer: ${what} goes to another`, () =>
      retrying(async ({ upstream }, client, first) => {
        if (what.startsWith("PUT")) await first.hearsLike(/hello|x{65536}/);
        first[death]();
        const second = await upstream("second.test:80");
        await second.hears(...hears);
        await second.says(...OK);
        await client.hears(...HEARD_OK);
      }, says));
  }
}

for (const [what, act] of [
  ["talks nonsense", (first: Side) => first.says("nonsense", "", "")],
  [
    "leaves amid its head",
    async (first: Side) => {
      await first.says("HTTP/1.1 200 OK", "A: b", "");
      first.leaves();
    },
  ],
] as const) {
  test(`an upstream that ${what} has not answered: GET goes to another`, () =>
    retrying(async ({ upstream }, client, first) => {
      await act(first);
      const second = await upstream("second.test:80");
      await second.says(...OK);
      await client.hears(...HEARD_OK);
    }, GET));
}

test("an upstream that does not answer in time: GET goes to another", () =>
  retrying(async ({ upstream, clock }, client) => {
    await clock.advance(61_000);
    const second = await upstream("second.test:80");
    await second.says(...OK);
    await client.hears("HTTP/1.1 200 OK");
  }, GET));

const ONCE: [what: string, says: string[]][] = [
  ["POST", with5("POST")],
  ["POST without content", ["POST / HTTP/1.1", HOST, "", ""]],
  ["PATCH", with5("PATCH")],
  ["a method that we do not know", ["BREW / HTTP/1.1", HOST, "", ""]],
  ["PUT of more than 64 KiB", large(65537)],
];

for (const [what, says] of ONCE) {
  test(`an upstream that leaves without an answer: ${what} goes nowhere else`, () =>
    retrying(async ({ client: ours }, client, first) => {
      if (what.endsWith("KiB")) await first.hearsLike(/x{65537}/);
      first.vanishes();
      await client.hears("HTTP/1.1 502 Bad Gateway", "Proxy-Status: maitred; error=connection_terminated");
      equal(ours.connections, 0);
    }, says));
}

test("an upstream that cannot be reached has not been sent anything: POST goes to another", () =>
  proxyScene(
    reverse(["nobody.test:80", "origin.test:80"], { forwarded: "none" }),
    async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(...with5("POST"));
      const origin = await upstream();
      await origin.hears("POST / HTTP/1.1", HOST, VIA, LOOP, "Content-Length: 5", "", "hello");
      await origin.says(...OK);
      await client.hears(...HEARD_OK);
    },
    { network: { names: { "nobody.test": ["10.0.0.66"] } } },
  ));

test("an answer that has begun is not begun again", () =>
  retrying(async ({ settle, client: ours }, client, first) => {
    await first.says("HTTP/1.1 200 OK", "Content-Length: 10", "", "12345");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 10", VIA, DATE, "", "12345");
    first.vanishes();
    await client.hearsBreak();
    await settle();
    equal(ours.connections, 0);
  }, GET));

test("an answer is an answer, whatever it says", () =>
  retrying(async (_, client, first) => {
    await first.says("HTTP/1.1 503 Service Unavailable", "Content-Length: 2", "", "no");
    await client.hears("HTTP/1.1 503 Service Unavailable", "Content-Length: 2", VIA, DATE, "", "no");
  }, GET));

for (const [what, says] of [
  ["that has left", GET],
  ["whose content broke off", with5("PUT").slice(0, -1).concat("hel")],
] as const) {
  test(`for a client ${what} nobody else is asked`, () =>
    retrying(
      async ({ settle, attends }, client, first) => {
        let asked = 0;
        attends("second.test:80", async () => void asked++);
        client.vanishes();
        await first.hearsBreak();
        await settle();
        equal(asked, 0);
      },
      [...says],
    ));
}

for (const [tries, asked] of [
  [1, 1],
  [2, 2],
  [3, 3],
  [9, 3],
] as const) {
  test(`of three upstreams ${asked} are asked where ${tries} may be`, () => {
    const three = ["first.test:80", "second.test:80", "third.test:80"];
    return proxyScene(
      reverse(three, { tries }),
      async ({ arrives, upstream, client: ours }) => {
        const client = await arrives();
        await client.says(...GET);
        for (const at of three.slice(0, asked)) (await upstream(at)).vanishes();
        await client.hears("HTTP/1.1 502 Bad Gateway", "Proxy-Status: maitred; error=connection_terminated; details=");
        await client.hearsLike(/Cannot get an answer from http:\/\//);
        equal(ours.connections, 0);
      },
      { servers: three },
    );
  });
}

test("an expectation is met once, whoever answers it", () =>
  retrying(
    async ({ upstream }, client, first) => {
      await first.says("HTTP/1.1 100 Continue", "", "");
      await client.hears("HTTP/1.1 100 Continue", "", "");
      await client.says("hello");
      await first.hears("hello");
      first.vanishes();
      const second = await upstream("second.test:80");
      await second.hears("PUT / HTTP/1.1", HOST, "Expect: 100-continue", VIA, LOOP, "Content-Length: 5", "", "");
      await second.says("HTTP/1.1 100 Continue", "", "");
      await second.hears("hello");
      await second.says(...OK);
      await client.hears(...HEARD_OK);
    },
    ["PUT / HTTP/1.1", HOST, "Expect: 100-continue", "Content-Length: 5", "", ""],
  ));

// ── what the balancer is told ──

/** A gateway whose balancer one can look at. */
function watched(
  to: readonly string[],
  options: Options = {},
  rules = {},
): { middle: Middle; balancer: () => Balancer } {
  let balancer: Balancer | undefined;
  const middle: Middle = ({ client, clock }) => {
    balancer = new Balancer(to.map(parseUpstream), { clock, ...rules });
    return reverseProxy({ client, balancer, name: "maitred", tunnels: { clock }, ...options });
  };
  return { middle, balancer: () => balancer! };
}

test("who fails often is passed over for a while, and tried again then", () => {
  const complaints: string[] = [];
  const { middle } = watched(
    TWO,
    { tries: 1 },
    { maxFails: 2, complain: (message: string) => void complaints.push(message) },
  );
  return proxyScene(
    middle,
    async ({ arrives, upstream, clock }) => {
      const client = await arrives();
      const ask = async (at: string, works: boolean): Promise<void> => {
        await client.says(...GET);
        const origin = await upstream(at);
        if (works) await origin.says("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 0", "", "");
        else origin.vanishes();
        await client.hearsLike(
          works ? /^HTTP\/1.1 200 [\s\S]*?\r\n\r\n/ : /^HTTP\/1.1 502 [\s\S]*?\r\n\r\n502 [^\n]*\n/,
        );
      };
      await ask("first.test:80", false);
      await ask("second.test:80", true);
      await ask("first.test:80", false);
      deepEqual(complaints.splice(0), ["first.test:80 is out for 10 s: it failed 2 times in a row"]);
      for (let i = 0; i < 3; i++) await ask("second.test:80", true);
      await clock.advance(10_000);
      await ask("first.test:80", true);
      deepEqual(complaints, ["first.test:80 is back"]);
    },
    { servers: TWO },
  );
});

test("an upstream is busy until its answer's content has been read, breaks off, or is wanted by nobody", () => {
  const { middle, balancer } = watched(["origin.test:80"]);
  return proxyScene(middle, async ({ arrives, upstream, settle }) => {
    const [member] = balancer().members;
    for (const end of ["is whole", "breaks off", "is left"] as const) {
      const client = await arrives();
      await client.says(...GET);
      const origin = await upstream();
      await settle();
      equal(member!.active, 1);
      await origin.says("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 10", "", "12345");
      await client.hearsLike(/12345/);
      equal(member!.active, 1);
      if (end === "is whole") await origin.says("67890");
      else if (end === "breaks off") origin.vanishes();
      else client.vanishes();
      await settle();
      equal(member!.active, 0, end);
    }
  });
});

test("an upstream is busy for as long as its tunnel is open", () => {
  const { middle, balancer } = watched(["origin.test:80"]);
  return proxyScene(middle, async ({ arrives, upstream, settle }) => {
    const [member] = balancer().members;
    const client = await arrives();
    await client.says("GET / HTTP/1.1", HOST, "Connection: upgrade", "Upgrade: websocket", "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 101 Switching Protocols", "Connection: upgrade", "Upgrade: websocket", "", "");
    await client.hearsLike(/^HTTP\/1.1 101 [\s\S]*?\r\n\r\n/);
    await settle();
    equal(member!.active, 1);
    await client.ends();
    await origin.ends();
    await settle();
    equal(member!.active, 0);
  });
});

for (const [what, says] of [
  ["no content", ["HTTP/1.1 204 No Content", "", ""]],
  ["content that came at once", OK],
] as const) {
  test(`an upstream that answers with ${what} is free at once`, () => {
    const { middle, balancer } = watched(["origin.test:80"]);
    return proxyScene(middle, async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(...GET);
      await (await upstream()).says(...says);
      await client.hearsLike(/\r\n\r\n/);
      equal(balancer().members[0]!.active, 0);
    });
  });
}

test("the least busy is asked", () =>
  proxyScene(
    reverse(TWO, {}, { policy: "least-connections" }),
    async ({ arrives, upstream, settle }) => {
      const clients = [await arrives(), await arrives(), await arrives()];
      await clients[0]!.says(...GET);
      const first = await upstream("first.test:80");
      await first.says("HTTP/1.1 200 OK", "Content-Length: 10", "", "12345");
      await clients[0]!.hearsLike(/12345/);
      await clients[1]!.says(...GET);
      const second = await upstream("second.test:80");
      await second.says(...OK);
      await clients[1]!.hears(...HEARD_OK);
      await clients[2]!.says(...GET);
      await settle();
      // It hears the second request on the connection of the first.
      await second.hearsLike(/GET \/[\s\S]*GET \//);
    },
    { servers: TWO },
  ));

for (const [what, act] of [
  [
    "the client left",
    async (client: Side, origin: Side) => {
      client.vanishes();
      await origin.hearsBreak();
    },
  ],
  [
    "the client's content broke off",
    async (client: Side, origin: Side) => {
      await client.says("x", "");
      await origin.hearsBreak();
    },
  ],
] as const) {
  test(`no upstream is to blame where ${what}`, () => {
    const { middle, balancer } = watched(TWO, {}, { maxFails: 1 });
    return proxyScene(
      middle,
      async ({ arrives, upstream, settle }) => {
        const client = await arrives();
        await client.says("PUT / HTTP/1.1", HOST, "Transfer-Encoding: chunked", "", "2", "hi", "");
        const origin = await upstream("first.test:80");
        await origin.hearsLike(/hi/);
        await act(client, origin);
        await settle();
        deepEqual(
          balancer().members.map(({ active, outUntil }) => [active, outUntil]),
          [
            [0, 0],
            [0, 0],
          ],
        );
      },
      { servers: TWO },
    );
  });
}

/** What becomes of an answer that has begun, and whether its upstream is to blame for that. */
const ENDS: [what: string, isBlamed: boolean, act: (client: Side, origin: Side) => Promise<void>][] = [
  ["is whole", false, (_, origin) => origin.says("67890")],
  ["is broken off by the upstream", true, async (_, origin) => origin.vanishes()],
  ["is left by the client", false, async (client) => client.vanishes()],
];

for (const [what, isBlamed, act] of ENDS) {
  test(`an upstream whose answer ${what} is ${isBlamed ? "" : "not "}to blame`, () => {
    const { middle, balancer } = watched(TWO, {}, { maxFails: 1 });
    return proxyScene(
      middle,
      async ({ arrives, upstream, settle }) => {
        const client = await arrives();
        await client.says(...GET);
        const origin = await upstream("first.test:80");
        await origin.says("HTTP/1.1 200 OK", "Content-Length: 10", "", "12345");
        await client.hearsLike(/12345/);
        await act(client, origin);
        await settle();
        deepEqual([balancer().members[0]!.active, balancer().members[0]!.outUntil > 0], [0, isBlamed]);
      },
      { servers: TWO },
    );
  });
}

test("a whole answer makes good for the failures before it, also one that came bit by bit", () => {
  const { middle, balancer } = watched(TWO, { tries: 1 }, { maxFails: 2, policy: { hash: "path" } });
  return proxyScene(
    middle,
    async ({ arrives, upstream, settle }) => {
      const client = await arrives();
      for (const works of [false, true, false]) {
        await client.says("GET /a HTTP/1.1", HOST, "", "");
        const origin = await upstream("first.test:80");
        if (works) {
          await origin.says("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 10", "", "12345");
          await settle();
          await origin.says("67890");
          await client.hearsLike(/1234567890/);
        } else {
          origin.vanishes();
          await client.hearsLike(/^HTTP\/1.1 502 [\s\S]*?\r\n\r\n502 [^\n]*\n/);
        }
      }
      equal(balancer().members[0]!.outUntil, 0);
    },
    { servers: TWO },
  );
});

test("a gateway's websocket reaches the upstream below its path", () =>
  proxyScene(
    reverse(["http://origin.test/v1"], { prefix: "/ws", forwarded: "none" }),
    async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET /ws/chat HTTP/1.1", HOST, "Connection: upgrade", "Upgrade: websocket", "", "early");
      const origin = await upstream();
      await origin.hears("GET /v1/chat HTTP/1.1", HOST, VIA, "Connection: Upgrade", "Upgrade: websocket", LOOP, "", "");
      await origin.says("HTTP/1.1 101 Switching Protocols", "Connection: upgrade", "Upgrade: websocket", "", "soon");
      await client.hearsLike(/^HTTP\/1.1 101 [\s\S]*?\r\n\r\nsoon$/);
      await origin.hears("early");
    },
  ));

test("a path that cannot be spelt anew is the client's fault", () => {
  const { middle, balancer } = watched(["http://origin.test/v1"], { prefix: "/api" }, { maxFails: 1 });
  return proxyScene(middle, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET /%61pi/a%2fb HTTP/1.1", HOST, "", "");
    await client.hears("HTTP/1.1 404 Not Found");
    equal(balancer().members[0]!.active, 0);
  });
});
