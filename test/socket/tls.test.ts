import { deepEqual, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { test } from "node:test";
import * as tls from "node:tls";
import { kernel } from "../../src/socket/kernel.ts";
import type { InternetAddress, Socket } from "../../src/socket/socket.ts";
import { tlsClient } from "../../src/socket/tls.ts";
import { ca, identity } from "./certificates/read.ts";
import { pair } from "./memory-socket.ts";
import { welcome } from "./tls-network.ts";

const secure = tlsClient({ ca: [ca] });

/** Who came, as the server sees it. */
interface Guest {
  readonly protocols: readonly unknown[];
  readonly servername: string | false | undefined;
  readonly isKnown: boolean;
}

/** A server of Node's, which says hello, repeats what it hears, and then says goodbye; afterwards it is gone. */
async function visit(
  options: tls.TlsOptions,
  play: (connect: () => Promise<Socket>, guests: Guest[]) => Promise<void>,
) {
  const guests: Guest[] = [];
  const server = tls.createServer({ ...identity("localhost"), allowHalfOpen: true, ...options });
  server.on("secureConnection", (guest) => {
    // Asked at once: who has gone is forgotten.
    const { servername } = guest as { servername?: string | false };
    guests.push({
      protocols: [guest.getProtocol(), guest.alpnProtocol],
      servername,
      isKnown: guest.isSessionReused(),
    });
    guest.on("error", () => {});
    guest.write("hello ");
    guest.on("data", (bytes) => guest.write(bytes));
    guest.on("end", () => guest.end(" goodbye"));
  });
  server.on("tlsClientError", () => {});
  await listening(server, (address) => play(() => kernel.connect(address), guests));
}

/** Somebody who speaks something else. */
async function visitStranger(behave: (guest: net.Socket) => void, play: (socket: Socket) => Promise<void>) {
  const server = net.createServer((guest) => {
    guest.on("error", () => {});
    behave(guest);
  });
  await listening(server, async (address) => play(await kernel.connect(address)));
}

async function listening(server: net.Server, play: (address: InternetAddress) => Promise<void>): Promise<void> {
  const guests = new Set<net.Socket>();
  server.on("connection", (guest: net.Socket) => guests.add(guest));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  try {
    await play({ host: "127.0.0.1", port });
  } finally {
    for (const guest of guests) guest.destroy();
    server.close();
    await once(server, "close");
  }
}

async function everything(socket: Socket): Promise<string> {
  let heard = "";
  for (let bytes: Uint8Array | undefined; (bytes = await socket.read()); ) heard += Buffer.from(bytes).toString();
  return heard;
}

const text = (words: string) => Buffer.from(words);

// ── who is trusted ──

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${version}: one talks, ends, and still hears the answer`, () =>
    visit({ minVersion: version, maxVersion: version, ALPNProtocols: ["h2", "http/1.1"] }, async (connect, guests) => {
      const beneath = await connect();
      const socket = await secure(beneath, { name: "localhost" });
      deepEqual([socket.local, socket.remote], [beneath.local, beneath.remote]);
      await socket.write(text("are you there?"));
      await socket.end();
      equal(await everything(socket), "hello are you there? goodbye");
      equal(await socket.read(), undefined);
      deepEqual(guests, [{ protocols: [version, "http/1.1"], servername: "localhost", isKnown: false }]);
      socket.close();
    }));

  test(`${version}: who was met before is met by the session`, () =>
    visit({ minVersion: version, maxVersion: version }, async (connect, guests) => {
      const secure = tlsClient({ ca: [ca] });
      for (const name of ["localhost", "localhost", "localhost.", "127.0.0.1"]) {
        const socket = await secure(await connect(), { name });
        await socket.end();
        equal(await everything(socket), "hello  goodbye");
      }
      deepEqual(
        guests.map(({ isKnown }) => isKnown),
        [false, true, true, false],
      );
    }));
}

test("an address is trusted by the addresses of the certificate, and is no server name (RFC 6066 §3)", () =>
  visit({}, async (connect, guests) => {
    for (const name of ["127.0.0.1", "::1"]) (await secure(await connect(), { name })).reset();
    equal(guests[0]!.servername, false);
    await rejects(secure(await connect(), { name: "127.0.0.2" }), {
      kind: "certificate",
      message: "Cannot trust 127.0.0.2: its certificate is for other names",
    });
  }));

for (const [shown, reason] of [
  ["other", "its certificate is for other names"],
  ["expired", "its certificate has expired"],
  ["self", "its certificate is signed by itself"],
] as const) {
  test(`whose certificate is ${shown} is not trusted, until nobody minds`, () =>
    visit(identity(shown), async (connect) => {
      const beneath = await connect();
      await rejects(secure(beneath, { name: "localhost" }), {
        name: "TlsError",
        kind: "certificate",
        message: `Cannot trust localhost: ${reason}`,
      });
      await rejects(beneath.read(), { code: "ECONNABORTED" });
      const socket = await tlsClient({ verify: false })(await connect(), { name: "localhost" });
      await socket.end();
      equal(await everything(socket), "hello  goodbye");
    }));
}

test("whom nobody known has signed is not trusted", () =>
  visit({}, async (connect) => {
    await rejects(tlsClient()(await connect(), { name: "localhost" }), {
      kind: "certificate",
      message: "Cannot trust localhost: its certificate is signed by somebody unknown",
    });
  }));

test("a session with somebody untrusted does not make them trusted", () =>
  visit(identity("other"), async (connect) => {
    const secure = tlsClient({ ca: [ca] });
    for (let i = 0; i < 3; i++) {
      await rejects(secure(await connect(), { name: "localhost" }), { kind: "certificate" });
    }
  }));

// ── who does not understand ──

test("who will speak nothing that we speak says so by an alert", () =>
  visit({ ALPNProtocols: ["h2"] }, async (connect) => {
    await rejects(secure(await connect(), { name: "localhost" }), {
      name: "TlsError",
      kind: "alert",
      message: 'Cannot speak TLS with localhost: it answered by the alert "no application protocol"',
    });
  }));

for (const greeting of ["HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail.example.test ESMTP\r\n", "\0\0\0\0\0\0\0\0"]) {
  test(`who says ${JSON.stringify(greeting)} does not speak TLS`, () =>
    visitStranger(
      (guest) => guest.write(greeting),
      (socket) =>
        rejects(secure(socket, { name: "localhost" }), {
          name: "TlsError",
          kind: "protocol",
          message: "Cannot speak TLS with localhost: it does not speak TLS, or a version that is no longer safe",
        }),
    ));
}

test("who hangs up has reset the connection", () =>
  visitStranger(
    (guest) => guest.end(),
    (socket) => rejects(secure(socket, { name: "localhost" }), { name: "SocketError", code: "ECONNRESET" }),
  ));

test("who says nothing can be given up, and the signal is not listened to any more", () =>
  visitStranger(
    () => {},
    async (socket) => {
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
      const securing = secure(socket, { name: "localhost", signal });
      const failing = rejects(securing, { name: "SocketError", code: "ECONNABORTED" });
      await new Promise(setImmediate);
      controller.abort();
      await failing;
      equal(listeners, 0);
      await rejects(socket.read(), { code: "ECONNABORTED" });
    },
  ));

test("who is given up before anything was said is not spoken to", () =>
  visitStranger(
    () => {},
    (socket) => rejects(secure(socket, { name: "localhost", signal: AbortSignal.abort() }), { code: "ECONNABORTED" }),
  ));

// ── where it ends ──

/** Both ends, and the server's socket beneath. */
async function talk() {
  const [here, there] = pair({ host: "10.0.0.2", port: 1 }, { host: "10.0.0.1", port: 443 }, 64 * 1024);
  const server = welcome(there);
  const [client] = await Promise.all([secure(here, { name: "localhost" }), server.opened]);
  return { client, server, there };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
};

for (const [who, wait] of [
  ["waits", async () => {}],
  ["comes late", turns],
] as const) {
  test(`an end of TCP that TLS did not announce is no end, for one who ${who} (RFC 8446 §6.1)`, async () => {
    const { client, server, there } = await talk();
    await server.write(text("half of i"));
    await turns();
    await there.end();
    await wait();
    equal(String(await client.read()), "half of i");
    await rejects(client.read(), {
      code: "ECONNRESET",
      message: "Cannot go on talking to 10.0.0.1:443: the connection was cut short",
    });
    await rejects(client.read(), { code: "ECONNRESET" });
  });

  test(`an end that TLS announced is one, though TCP ends behind it, for one who ${who}`, async () => {
    const { client, server } = await talk();
    void server.write(new Uint8Array(300_000));
    const ended = server.end();
    await wait();
    equal((await everything(client)).length, 300_000);
    await ended;
    equal(await client.read(), undefined);
  });
}

test("what was cut short within a record is cut short", async () => {
  const { client, server, there } = await talk();
  const { write } = there;
  there.write = (bytes) => write.call(there, bytes.subarray(0, bytes.length - 1));
  await server.write(text("hello"));
  await turns();
  await there.end();
  await rejects(client.read(), { code: "ECONNRESET" });
});

test("what was changed on its way is not believed", async () => {
  const { client, server, there } = await talk();
  const { write } = there;
  there.write = (bytes) => write.call(there, bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1));
  await server.write(text("hello"));
  await rejects(client.read(), { name: "TlsError", kind: "protocol" });
});

test("what comes in bits is whole all the same", async () => {
  const [here, there] = pair({ host: "10.0.0.2", port: 1 }, { host: "10.0.0.1", port: 443 }, 64 * 1024);
  const { read } = here;
  let rest: Uint8Array | undefined = new Uint8Array();
  here.read = async () => {
    if (rest?.length === 0) rest = await read.call(here);
    const bit = rest?.subarray(0, 1);
    rest = rest?.subarray(1);
    return bit;
  };
  const server = welcome(there);
  const [client] = await Promise.all([secure(here, { name: "localhost" }), server.opened]);
  await server.write(text("hello"));
  await server.end();
  equal(await everything(client), "hello");
});
