import { deepEqual, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import type * as net from "node:net";
import { test } from "node:test";
import * as tls from "node:tls";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import { kernel } from "../../src/socket/kernel.ts";
import {
  type Address,
  type Network,
  printAddress,
  type Secure,
  type Socket,
  SocketError,
  type SocketErrorCode,
  TlsError,
} from "../../src/socket/socket.ts";
import { tlsClient } from "../../src/socket/tls.ts";
import { type DialOptions, dialer } from "../../src/web/dial.ts";
import { originAt } from "../../src/web/origin.ts";
import { UpstreamError } from "../../src/web/upstream-error.ts";
import { ca, identity } from "../socket/certificates/read.ts";
import { memoryNetwork } from "../socket/memory.ts";

/** What connecting to an address comes to: nothing said is that somebody listens there. */
type Fate = SocketErrorCode | "silent" | { readonly after: number; readonly code?: SocketErrorCode };

interface Scene extends DialOptions {
  readonly fates?: Readonly<Record<string, Fate>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
}

/** A network on which time stands still, that counts what it has open. */
function scene({ fates = {}, names = {}, ...options }: Scene = {}) {
  const clock = new CountingClock();
  const memory = memoryNetwork({
    names,
    silent: new Set(Object.keys(fates).filter((host) => fates[host] === "silent")),
    way: (to) => wayTo(to, fates, clock),
  });
  const tried: string[] = [];
  const open = new Set<Socket>();
  const network: Network = {
    ...memory,
    async connect(to, connectOptions) {
      tried.push(`+${clock.now()}ms ${printAddress(to)}`);
      if (!("path" in to)) await memory.listen(to).catch(() => {});
      const socket = await memory.connect(to, connectOptions);
      open.add(socket);
      for (const leave of ["close", "reset"] as const) {
        const really = socket[leave];
        socket[leave] = () => {
          open.delete(socket);
          really.call(socket);
        };
      }
      return socket;
    },
  };
  return { clock, network, tried, open, dial: dialer(network, { clock, ...options }) };
}

async function wayTo(to: Address, fates: Readonly<Record<string, Fate>>, clock: VirtualClock): Promise<void> {
  const fate = fates["path" in to ? to.path : to.host];
  if (fate === undefined || fate === "silent") return;
  const { after, code } = typeof fate === "string" ? { after: 0, code: fate } : fate;
  if (after > 0) await new Promise<void>((resolve) => clock.after(after, resolve));
  if (code !== undefined) throw new SocketError(code, `Cannot connect to ${printAddress(to)}: ${code}`);
}

class CountingClock extends VirtualClock {
  alarms = 0;

  override after(ms: number, wake: () => void) {
    this.alarms++;
    let isSet = true;
    const over = () => {
      if (isSet) this.alarms--;
      isSet = false;
    };
    const alarm = super.after(ms, () => {
      over();
      wake();
    });
    return {
      cancel() {
        over();
        alarm.cancel();
      },
    };
  }
}

const at = (host: string, port = 80) => originAt({ host, port });
const https = (host: string) => originAt({ host, port: 443 }, true);

/** What an UpstreamError says to whom. */
const told = (dialling: Promise<unknown>) =>
  dialling.then(
    () => "connected",
    (error: UpstreamError) => {
      equal(error.name, "UpstreamError", error.stack);
      equal(error.isSent, false);
      return [error.type, error.message, ...error.tried];
    },
  );

// ── who is reached ──

test("an address is connected to, without further ado", async () => {
  const { dial, tried, clock, open } = scene();
  const socket = await dial(at("10.0.0.1", 8080));
  deepEqual(socket.remote, { host: "10.0.0.1", port: 8080 });
  deepEqual([tried, clock.alarms, open.size], [["+0ms 10.0.0.1:8080"], 0, 1]);
});

test("localhost is tried on 127.0.0.1, then on ::1", async () => {
  const { dial, tried } = scene({ fates: { "127.0.0.1": "ECONNREFUSED" } });
  const socket = await dial(at("localhost", 3000));
  deepEqual(socket.remote, { host: "::1", port: 3000 });
  deepEqual(tried, ["+0ms 127.0.0.1:3000", "+0ms [::1]:3000"]);
});

test("a family that is silent costs 250 ms, however many addresses it has", async () => {
  const names = { "example.test": ["fd00::1", "fd00::2", "10.0.0.1"] };
  const { dial, tried, clock, open } = scene({ names, fates: { "fd00::1": "silent", "fd00::2": "silent" } });
  const dialling = dial(at("example.test"));
  await clock.advance(250);
  deepEqual((await dialling).remote, { host: "10.0.0.1", port: 80 });
  deepEqual(tried, ["+0ms [fd00::1]:80", "+250ms 10.0.0.1:80"]);
  deepEqual([clock.alarms, open.size], [0, 1]);
});

test("a Unix-domain socket is connected to by its path, and nobody judges addresses", async () => {
  const { network, dial } = scene({ judge: () => "never" });
  const listener = await network.listen({ path: "/run/app.sock" });
  deepEqual((await dial(originAt({ path: "/run/app.sock" }))).remote, listener.address);
});

// ── who may be reached ──

const names = { "inside.test": ["10.0.0.1", "fd00::1"], "both.test": ["10.0.0.1", "192.0.2.1"] };
const judge = (host: string, port: number, address: string) =>
  /^(10\.|fd)/.test(address) ? `${host} is inside, on port ${port}` : undefined;

test("addresses that are refused are left out", async () => {
  const { dial, tried } = scene({ names, judge });
  equal(printAddress((await dial(at("both.test"))).remote), "192.0.2.1:80");
  deepEqual(tried, ["+0ms 192.0.2.1:80"]);
});

test("where all are refused, nobody is reached, and the reason is told", async () => {
  const { dial, tried } = scene({ names, judge });
  deepEqual(await told(dial(at("inside.test"))), [
    "destination_ip_prohibited",
    "Cannot reach inside.test: inside.test is inside, on port 80",
    "10.0.0.1:80: inside.test is inside, on port 80",
    "[fd00::1]:80: inside.test is inside, on port 80",
  ]);
  deepEqual(tried, []);
});

// ── who is not reached ──

const pairOf = { "two.test": ["10.0.0.1", "fd00::1"] };

for (const [what, fates, ...expected] of [
  ["a name that is not there", {}, "none.test", "dns_error", "Cannot reach none.test: there is no such host"],
  [
    "nobody listens at one address",
    { "10.0.0.1": "ECONNREFUSED" },
    "10.0.0.1",
    "connection_refused",
    "Cannot reach 10.0.0.1: nobody listens there",
    "10.0.0.1:80: nobody listens there",
  ],
  [
    "nobody listens anywhere",
    { "10.0.0.1": "ECONNREFUSED", "fd00::1": "ECONNREFUSED" },
    "two.test",
    "connection_refused",
    "Cannot reach two.test: nobody listens there",
    "10.0.0.1:80: nobody listens there",
    "[fd00::1]:80: nobody listens there",
  ],
  [
    "one refuses, and to the other no way leads",
    { "10.0.0.1": "ECONNREFUSED", "fd00::1": "ENETUNREACH" },
    "two.test",
    "connection_refused",
    "Cannot reach two.test: nobody listens there",
    "10.0.0.1:80: nobody listens there",
    "[fd00::1]:80: no way leads to that network",
  ],
  [
    "no way leads to either",
    { "10.0.0.1": "EHOSTUNREACH", "fd00::1": "ENETUNREACH" },
    "two.test",
    "destination_ip_unroutable",
    "Cannot reach two.test: no way leads to that host",
    "10.0.0.1:80: no way leads to that host",
    "[fd00::1]:80: no way leads to that network",
  ],
  [
    "the system gives up before we do",
    { "10.0.0.1": { after: 5_000, code: "ETIMEDOUT" } },
    "10.0.0.1",
    "connection_timeout",
    "Cannot reach 10.0.0.1: no answer came in time",
    "10.0.0.1:80: no answer came in time",
  ],
  [
    "nobody answers in ten seconds",
    { "10.0.0.1": "silent", "fd00::1": "silent" },
    "two.test",
    "connection_timeout",
    "Cannot reach two.test: no answer came in time",
    "10.0.0.1:80: no answer came in time",
    "[fd00::1]:80: no answer came in time",
  ],
  [
    "one refuses, and the other does not answer in ten seconds",
    { "10.0.0.1": "ECONNREFUSED", "fd00::1": "silent" },
    "two.test",
    "connection_timeout",
    "Cannot reach two.test: no answer came in time",
    "10.0.0.1:80: nobody listens there",
    "[fd00::1]:80: no answer came in time",
  ],
  [
    "we have no more descriptors",
    { "10.0.0.1": "EMFILE" },
    "10.0.0.1",
    "proxy_internal_error",
    "Cannot reach 10.0.0.1: too many connections are open here",
    "10.0.0.1:80: too many connections are open here",
  ],
] as const satisfies [string, Record<string, Fate>, string, string, ...string[]][]) {
  test(`${what}: ${expected[1]}`, async () => {
    const [host, ...lines] = expected;
    const { dial, clock, open } = scene({ fates, names: pairOf });
    const telling = told(dial(at(host)));
    await clock.advance(10_000);
    deepEqual(await telling, lines);
    deepEqual([clock.alarms, open.size], [0, 0]);
  });
}

for (const [code, reason] of [
  ["ENOENT", "nobody listens there"],
  ["EACCES", "permission was denied"],
] as const) {
  test(`a path that fails by ${code} is told to those inside only`, async () => {
    const { dial } = scene({ fates: { "/run/app.sock": code } });
    deepEqual(await told(dial(originAt({ path: "/run/app.sock" }))), [
      "destination_unavailable",
      `Cannot reach localhost: ${reason}`,
      `/run/app.sock: ${reason}`,
    ]);
  });
}

test("a name that is not resolved in time is a time-out of its own", async () => {
  const { network, clock } = scene();
  const dial = dialer({ ...network, resolve: () => new Promise(() => {}) }, { clock, timeout: 300 });
  const telling = told(dial(at("slow.test")));
  await clock.advance(300);
  deepEqual(await telling, ["dns_timeout", "Cannot reach slow.test: its name was not resolved in time"]);
  equal(clock.alarms, 0);
});

test("a name that is resolved too late is not connected to", async () => {
  const { network, clock, tried } = scene();
  const answer = Promise.withResolvers<readonly string[]>();
  const dial = dialer({ ...network, resolve: () => answer.promise }, { clock, timeout: 300 });
  const telling = told(dial(at("slow.test")));
  await clock.advance(300);
  answer.resolve(["10.0.0.1"]);
  equal((await telling)[0], "dns_timeout");
  await clock.advance(0);
  deepEqual(tried, []);
});

// ── TLS ──

test("TLS is spoken with the name that was asked for, and what comes of it is the socket", async () => {
  const seen: unknown[] = [];
  const secure: Secure = async (socket, { name }) => {
    seen.push(name, printAddress(socket.remote));
    return socket;
  };
  const { dial, open } = scene({ names: pairOf, secure });
  const socket = await dial(https("two.test"));
  deepEqual(seen, ["two.test", "10.0.0.1:443"]);
  deepEqual([...open], [socket]);
});

test("name, addresses and TLS, all of it real", async () => {
  const server = tls.createServer(identity("localhost"), (guest) => guest.once("data", () => guest.end("welcome")));
  server.listen(0, "::1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const dial = dialer(kernel, { secure: tlsClient({ ca: [ca] }) });
  try {
    const socket = await dial(originAt({ host: "localhost", port }, true));
    deepEqual(socket.remote, { host: "::1", port });
    await socket.write(new TextEncoder().encode("good evening"));
    equal(new TextDecoder().decode(await socket.read()), "welcome");
    equal(await socket.read(), undefined);
    socket.close();
  } finally {
    server.close();
  }
});

test("without a way to speak TLS, nobody is connected to", async () => {
  const { dial, tried } = scene();
  deepEqual(await told(dial(https("10.0.0.1"))), [
    "proxy_configuration_error",
    "Cannot reach 10.0.0.1: TLS is not spoken here",
  ]);
  deepEqual(tried, []);
});

test("whom we do not trust is told, and no other address is tried", async () => {
  const secure: Secure = async (socket) => {
    socket.reset();
    throw new TlsError("certificate", "Cannot trust two.test: its certificate has expired");
  };
  const { dial, tried, open } = scene({ names: pairOf, secure, fates: { "10.0.0.1": "ECONNREFUSED" } });
  deepEqual(await told(dial(https("two.test"))), [
    "tls_certificate_error",
    "Cannot reach two.test: its certificate has expired",
    "10.0.0.1:443: nobody listens there",
    "[fd00::1]:443: its certificate has expired",
  ]);
  deepEqual([tried.length, open.size], [2, 0]);
});

test("the time for all of it is the time for TLS, too", async () => {
  const secure: Secure = (socket, { signal }) =>
    new Promise((_, reject) =>
      signal!.addEventListener("abort", () => {
        socket.reset();
        reject(new SocketError("ECONNABORTED", "Cannot talk: it was given up"));
      }),
    );
  const { dial, clock, open } = scene({ secure, fates: { "10.0.0.1": { after: 9_000 } } });
  const telling = told(dial(https("10.0.0.1")));
  await clock.advance(9_999);
  equal(open.size, 1);
  await clock.advance(1);
  deepEqual(await telling, [
    "connection_timeout",
    "Cannot reach 10.0.0.1: no answer came in time",
    "10.0.0.1:443: no answer came in time",
  ]);
  deepEqual([clock.alarms, open.size], [0, 0]);
});

// ── who is not wanted any more ──

test("a signal that has been given is all that is heard", async () => {
  const { dial, tried } = scene();
  await rejects(dial(at("10.0.0.1"), AbortSignal.abort(new Error("gone"))), { message: "gone" });
  deepEqual(tried, []);
});

test("a server's own mistake is not blamed on the network", async () => {
  const { network, clock } = scene();
  const mistake = new TypeError("secret");
  const dial = dialer({ ...network, connect: () => Promise.reject(mistake) }, { clock });
  await rejects(dial(at("10.0.0.1")), (error: UpstreamError) => {
    deepEqual(
      [error.type, error.message, error.cause],
      ["proxy_internal_error", "Cannot reach 10.0.0.1: something went wrong here", mistake],
    );
    return true;
  });
});

const fate: fc.Arbitrary<Fate | undefined> = fc.oneof(
  fc.constantFrom<(Fate | undefined)[]>("silent", "ECONNREFUSED", "ENETUNREACH", undefined),
  fc.record({ after: fc.integer({ min: 1, max: 1_500 }) }),
  fc.record({ after: fc.integer({ min: 1, max: 1_500 }), code: fc.constant("ECONNREFUSED" as const) }),
);

test("whatever happens, and whenever one gives up: one socket is there, or an error and none; no alarm, no listener", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fate, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 3_000 }),
      async (list, isSecure, patience) => {
        const addresses = list.map((_, i) => (i % 2 === 0 ? `10.0.0.${i}` : `fd00::${i}`));
        const fates = Object.fromEntries(list.flatMap((one, i) => (one === undefined ? [] : [[addresses[i]!, one]])));
        const secure: Secure = async (socket) => socket;
        const { clock, dial, open } = scene({ names: { "x.test": addresses }, fates, secure, timeout: 2_000 });
        const controller = new AbortController();
        const { signal } = controller;
        let listeners = 0;
        const { addEventListener, removeEventListener } = signal;
        signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
          listeners++;
          addEventListener.apply(signal, args);
        };
        signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
          listeners--;
          removeEventListener.apply(signal, args);
        };
        let outcome: unknown;
        const dialling = dial(originAt({ host: "x.test", port: 80 }, isSecure), signal).then(
          (socket) => (outcome = socket),
          (error: unknown) => (outcome = error),
        );
        await clock.advance(patience);
        const reason = new Error("gone");
        const isTold = outcome !== undefined;
        controller.abort(reason);
        await dialling;
        deepEqual([...open], outcome instanceof Error ? [] : [outcome]);
        if (!isTold) equal(outcome, reason);
        else if (outcome instanceof Error) equal(outcome instanceof UpstreamError, true);
        equal(listeners, 0);
        // What the network itself has set goes by in time.
        await clock.advance(2_000);
        equal(clock.alarms, 0);
        deepEqual([...open], outcome instanceof Error ? [] : [outcome]);
      },
    ),
    { numRuns: 200 },
  ));
