/** What every carrier must keep. Each carrier's test file calls this once. */

import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import {
  type InternetAddress,
  type Listener,
  type ListenOptions,
  type Network,
  type Socket,
  SocketError,
  type SocketErrorCode,
} from "../../src/socket/socket.ts";

export interface Setting {
  readonly client: Network;
  readonly server: Network;
  /** Where the server can listen, port 0. */
  readonly home: InternetAddress;
  /** The same of the client, where it is another machine. */
  readonly away?: InternetAddress;
  /** The server's in IPv6, if the carrier has it. */
  readonly home6?: InternetAddress;
  /** The client's `localhost`, where it does not speak both families. */
  readonly loopbacks?: readonly string[];
  /** A new path for a Unix-domain socket, if the carrier has them; `reset` ends those like any other. */
  readonly path?: () => string;
  /** How many bytes may be under way between a writer that waits and a reader that does not read. */
  readonly bound: number;
}

/** Every size of step between a byte and more than any buffer holds at once. */
const MEGABYTE = 1024 * 1024;

export function socketContract(carrier: string, setting: () => Setting): void {
  streamContract(carrier, setting);
  const check = checkOf(carrier, setting);
  listening(check);
  addresses(check);
  names(check);
  datagrams(check);
}

/** What two who are connected may rely on: all of it that is about a `Socket`, for what wraps one. */
export function streamContract(carrier: string, setting: () => Setting): void {
  const check = checkOf(carrier, setting);
  connections(check);
  backPressure(check);
  departures(check);
}

function checkOf(carrier: string, setting: () => Setting): Check {
  return (name, play) => void test(`${carrier}: ${name}`, () => play(setting()));
}

type Check = (name: string, play: (setting: Setting) => Promise<void>) => void;

function connections(check: Check): void {
  check("what is said is heard, then the end, and the answer still comes", (setting) =>
    talk(setting, async ({ near, far }) => {
      await near.write(text("hello"));
      await near.end();
      equal(await everything(far), "hello");
      await far.write(text("goodbye"));
      await far.end();
      equal(await everything(near), "goodbye");
    }),
  );

  check("the server may be the first to end", (setting) =>
    talk(setting, async ({ near, far }) => {
      await far.write(text("no more"));
      await far.end();
      equal(await everything(near), "no more");
      await near.write(text("well then"));
      await near.end();
      equal(await everything(far), "well then");
    }),
  );

  check("after the end there is nothing, however often one asks", (setting) =>
    talk(setting, async ({ near, far }) => {
      await near.end();
      for (let i = 0; i < 3; i++) equal(await far.read(), undefined);
      await far.end();
      for (let i = 0; i < 3; i++) equal(await far.read(), undefined);
    }),
  );

  check("to end twice is to end once", (setting) =>
    talk(setting, async ({ near, far }) => {
      await Promise.all([near.end(), near.end()]);
      equal(await far.read(), undefined);
    }),
  );

  check("whoever has ended writes no more", (setting) =>
    talk(setting, async ({ near, far }) => {
      await near.end();
      await fails(async () => near.write(text("one more thing")), "EPIPE");
      equal(await far.read(), undefined);
    }),
  );

  check("a megabyte arrives whole and in order, in one piece or in many", (setting) =>
    talk(setting, async ({ near, far }) => {
      const sent = numbers(2 * MEGABYTE);
      const heard = allBytes(far);
      await near.write(sent.subarray(0, MEGABYTE));
      for (let at = MEGABYTE; at < sent.length; at += 999) await near.write(sent.subarray(at, at + 999));
      await near.end();
      ok(Buffer.from(sent).equals(await heard));
    }),
  );

  check("both talk at once", (setting) =>
    talk(setting, async ({ near, far }) => {
      const sent = numbers(MEGABYTE);
      const say = async (socket: Socket) => {
        await socket.write(sent);
        await socket.end();
      };
      const [there, back] = await Promise.all([allBytes(far), allBytes(near), say(near), say(far)]);
      ok(Buffer.from(sent).equals(there) && Buffer.from(sent).equals(back));
    }),
  );

  check("what was read stays as it is when more comes", (setting) =>
    talk(setting, async ({ near, far }) => {
      await near.write(text("first"));
      const first = await far.read();
      await near.write(text("other"));
      await far.read();
      equal(String(Buffer.from(first!)), "first");
    }),
  );

  check("two readers at once are a mistake", (setting) =>
    talk(setting, async ({ near, far }) => {
      const reading = far.read();
      await rejects(far.read(), TypeError);
      await near.end();
      equal(await reading, undefined);
    }),
  );

  check("a hundred connections at once are a hundred conversations", async (setting) => {
    const listener = await setting.server.listen(setting.home);
    const echo = (async () => {
      for await (const socket of listener) void repeat(socket);
    })();
    const heard = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const socket = await setting.client.connect(listener.address);
        await socket.write(text(`I am ${i}`));
        await socket.end();
        return everything(socket);
      }),
    );
    deepEqual(
      heard,
      heard.map((_, i) => `I am ${i}`),
    );
    await listener.close();
    await echo;
  });
}

function backPressure(check: Check): void {
  check(
    "a writer whose reader does not read is asked to wait, and no more than a bounded number of bytes is under way",
    (setting) =>
      talk(setting, async ({ near, far }) => {
        const piece = new Uint8Array(16 * 1024);
        const written = await fill(near, piece);
        ok(written <= setting.bound, `${written} bytes are under way, ${setting.bound} were allowed`);

        let heard = 0;
        while (heard < written) heard += (await far.read())!.length;
        equal(heard, written);
      }),
  );

  check("room comes when the reader reads, and the writer goes on", (setting) =>
    talk(setting, async ({ near, far }) => {
      const piece = new Uint8Array(64 * 1024);
      let written = await fill(near, piece);
      const room = near.write(piece);
      written += piece.length;
      let hasRoom = room === undefined;
      void room?.then(() => (hasRoom = true));
      equal(hasRoom, false);
      const heard = allBytes(far);
      await room;
      await near.end();
      equal((await heard).length, written);
    }),
  );

  check("bytes that are said to have gone may be changed: what was written is heard", (setting) =>
    talk(setting, async ({ near, far }) => {
      const heard = allBytes(far);
      const sent: Uint8Array[] = [];
      let piece = new Uint8Array(64 * 1024);
      for (let i = 0; i < 64; i++) {
        piece.fill(i);
        sent.push(piece.slice());
        await near.write(piece);
        // A carrier that cannot tell keeps them.
        if (near.isFlushed !== true) piece = new Uint8Array(64 * 1024);
      }
      await near.end();
      ok(Buffer.concat(sent).equals(await heard));
    }),
  );

  check("while the reader does not read, not all is said to have gone", (setting) =>
    talk(setting, async ({ near }) => {
      await fill(near, new Uint8Array(64 * 1024));
      notEqual(near.isFlushed, true);
    }),
  );

  check("a carrier that counts what has gone counts parts of what was written, too", (setting) =>
    talk(setting, async ({ near, far }) => {
      if (near.sent === undefined) return;
      equal(near.sent, 0);
      const written = await fill(near, new Uint8Array(64 * 1024));
      // The peer may take a moment to say what has arrived.
      while (near.sent === 0) await turn();
      const before = near.sent;
      // Far more than what is read below makes room for.
      const room = near.write(new Uint8Array(32 * 1024 * 1024));
      for (let read = 0; read < before + 1; ) read += (await far.read())?.length ?? 0;
      while (near.sent === before) await new Promise(setImmediate);
      ok(near.sent > before);
      equal(near.isFlushed, false);
      const heard = allBytes(far);
      await room;
      await near.end();
      await heard;
      equal(near.sent, written + 32 * 1024 * 1024);
    }),
  );

  check("a carrier that tells whether all has gone out, tells the truth", (setting) =>
    talk(setting, async ({ near, far }) => {
      if (near.isFlushed === undefined) return;
      equal(near.isFlushed, true);
      await fill(near, new Uint8Array(64 * 1024));
      const room = near.write(new Uint8Array(64 * 1024));
      equal(near.isFlushed, false);
      const heard = allBytes(far);
      await room;
      // There may be room before all has gone, but if somebody reads, all of it goes.
      while (!near.isFlushed) await turn();
      await near.end();
      await heard;
      equal(near.isFlushed, true);
    }),
  );

  check("a writer who does not wait loses nothing", (setting) =>
    talk(setting, async ({ near, far }) => {
      const sent = numbers(4 * MEGABYTE);
      for (let at = 0; at < sent.length; at += 65_536) void near.write(sent.subarray(at, at + 65_536));
      const ended = near.end();
      ok(Buffer.from(sent).equals(await allBytes(far)));
      await ended;
    }),
  );
}

function departures(check: Check): void {
  check("a reset is seen by the peer, who waits for bytes, as ECONNRESET", (setting) =>
    talk(setting, async ({ near, far }) => {
      const reading = far.read();
      near.reset();
      await fails(() => reading, "ECONNRESET");
      await fails(() => far.read(), "ECONNRESET");
    }),
  );

  check("a reset is seen by the peer, who reads only later, as ECONNRESET", (setting) =>
    talk(setting, async ({ near, far }) => {
      near.reset();
      await fails(() => far.read(), "ECONNRESET");
    }),
  );

  check("after the peer's reset one cannot write", (setting) =>
    talk(setting, async ({ near, far }) => {
      near.reset();
      await fails(
        async () => {
          for (;;) {
            await far.write(text("hello?"));
            await far.read();
          }
        },
        "ECONNRESET",
        "EPIPE",
      );
      await fails(async () => far.write(text("hello?")), "ECONNRESET", "EPIPE");
      await fails(() => far.end(), "ECONNRESET", "EPIPE");
    }),
  );

  check("the peer's reset frees a writer who waits", (setting) =>
    talk(setting, async ({ near, far }) => {
      await fill(far, new Uint8Array(64 * 1024));
      const room = far.write(new Uint8Array(64 * 1024));
      near.reset();
      await fails(async () => room, "ECONNRESET", "EPIPE");
    }),
  );

  check("our own reset ends what we wait for, and whatever we try then, with ECONNABORTED", (setting) =>
    talk(setting, async ({ near }) => {
      await fill(near, new Uint8Array(64 * 1024));
      const room = near.write(new Uint8Array(64 * 1024));
      const reading = near.read();
      near.reset();
      await fails(async () => room, "ECONNABORTED");
      await fails(() => reading, "ECONNABORTED");
      await fails(() => near.read(), "ECONNABORTED");
      await fails(async () => near.write(text("hello?")), "ECONNABORTED");
      await fails(() => near.end(), "ECONNABORTED");
    }),
  );

  check("a reset may follow an end at once, and is a reset nevertheless", (setting) =>
    talk(setting, async ({ near, far }) => {
      const ended = near.end().catch((error: SocketError) => error.code);
      near.reset();
      ok([undefined, "ECONNABORTED"].includes((await ended) as undefined | string));
      await fails(
        async () => {
          // The end may be quicker than the reset, but then nobody takes what we say.
          for (;;) {
            await far.read();
            await far.write(new Uint8Array(64 * 1024));
          }
        },
        "ECONNRESET",
        "EPIPE",
      );
    }),
  );

  check("a reset that nobody was waiting for harms nobody", (setting) =>
    talk(setting, async ({ near, far }) => {
      void near.write(text("one"));
      near.reset();
      near.reset();
      near.close();
      void near.write(text("two"));
      void far.write(text("three"));
      far.reset();
    }),
  );

  check("close lets go out what is written, and then the end", (setting) =>
    talk(setting, async ({ near, far }) => {
      const sent = numbers(4 * MEGABYTE);
      void near.write(sent);
      near.close();
      ok(Buffer.from(sent).equals(await allBytes(far)));
      await fails(() => near.read(), "ECONNABORTED");
      await fails(async () => near.write(text("hello?")), "ECONNABORTED");
    }),
  );

  check("close ends a read that waits", (setting) =>
    talk(setting, async ({ near, far }) => {
      const reading = near.read();
      near.close();
      await fails(() => reading, "ECONNABORTED");
      equal(await far.read(), undefined);
    }),
  );

  check("a socket that was closed can still be reset, if the peer takes nothing", (setting) =>
    talk(setting, async ({ near, far }) => {
      await fill(near, new Uint8Array(64 * 1024));
      near.close();
      near.reset();
      await fails(() => allBytes(far), "ECONNRESET");
    }),
  );
}

function listening(check: Check): void {
  check("nobody listens there", async (setting) => {
    const { server, client, home } = setting;
    const listener = await server.listen(home);
    await listener.close();
    await fails(() => client.connect(listener.address), "ECONNREFUSED");
  });

  check("two cannot listen at one address", async ({ server, home }) => {
    const listener = await server.listen(home);
    await fails(() => server.listen(listener.address), "EADDRINUSE");
    await listener.close();
    const next = await server.listen(listener.address);
    await next.close();
  });

  check("where no port is asked for, each gets one of its own", async ({ server, home }) => {
    const listeners = await Promise.all([server.listen(home), server.listen(home), server.listen(home)]);
    const ports = listeners.map(({ address }) => (address as InternetAddress).port);
    equal(new Set(ports).size, 3);
    ok(ports.every((port) => port > 0 && port < 65_536));
    for (const listener of listeners) await listener.close();
  });

  check("a listener that is closed accepts nobody, and says so to whoever waits", async ({ server, home }) => {
    const listener = await server.listen(home);
    const accepting = listener.accept();
    await listener.close();
    equal(await accepting, undefined);
    equal(await listener.accept(), undefined);
    for await (const socket of listener) socket.reset();
    await listener.close();
  });

  check("a listener's close leaves those alone who came in", (setting) =>
    talk(setting, async ({ near, far, listener }) => {
      await listener.close();
      await near.write(text("still here"));
      await near.end();
      equal(await everything(far), "still here");
    }),
  );

  check("a listener's close turns those away who were not let in", async ({ client, server, home }) => {
    const listener = await server.listen(home);
    const near = await client.connect(listener.address);
    await listener.close();
    await fails(() => near.read(), "ECONNRESET");
    near.reset();
  });

  check("what was said before one is let in, is heard then", async ({ client, server, home }) => {
    const listener = await server.listen(home);
    const near = await client.connect(listener.address);
    await near.write(text("knock knock"));
    await near.end();
    const far = (await listener.accept())!;
    equal(await everything(far), "knock knock");
    await far.end();
    await listener.close();
  });

  check("beyond the backlog newcomers are turned away, until there is room", async ({ client, server, home }) => {
    const listener = await server.listen(home, { backlog: 2 });
    const nears = [await client.connect(listener.address), await client.connect(listener.address)];
    const tooMany = async () => (await client.connect(listener.address)).read();
    await fails(tooMany, "ECONNRESET", "ECONNREFUSED", "ETIMEDOUT");

    const fars = [await listener.accept(), await listener.accept()];
    nears.push(await client.connect(listener.address));
    fars.push(await listener.accept());
    await nears[2]!.write(text("room"));
    equal(await words(fars[2]!), "room");
    for (const socket of [...nears, ...fars]) socket!.reset();
    await listener.close();
  });

  check(
    "whoever gives up before connecting, or while connecting, is told ECONNABORTED",
    async ({ client, server, home }) => {
      const listener = await server.listen(home);
      await fails(() => client.connect(listener.address, { signal: AbortSignal.abort() }), "ECONNABORTED");
      const controller = new AbortController();
      const connecting = client.connect(listener.address, { signal: controller.signal });
      controller.abort();
      await fails(() => connecting, "ECONNABORTED");
      await listener.close();
    },
  );

  check("who gives up after connecting has connected", async ({ client, server, home }) => {
    const listener = await server.listen(home);
    const controller = new AbortController();
    const near = await client.connect(listener.address, { signal: controller.signal });
    controller.abort();
    const far = await listener.accept();
    await near.write(text("still here"));
    equal(await words(far!), "still here");
    near.reset();
    far!.reset();
    await listener.close();
  });
}

function addresses(check: Check): void {
  check("each side's remote is the other's local", (setting) =>
    talk(setting, async ({ near, far, listener }) => {
      deepEqual(near.remote, listener.address);
      deepEqual(far.local, listener.address);
      deepEqual(near.local, far.remote);
      notEqual((near.local as InternetAddress).port, 0);
    }),
  );

  check("two connections to one port are told apart by where they come from", (setting) =>
    talk(setting, async ({ near, listener }) => {
      const other = await setting.client.connect(listener.address);
      notEqual((other.local as InternetAddress).port, (near.local as InternetAddress).port);
      other.reset();
    }),
  );

  check("the addresses can be told when all is over", (setting) =>
    talk(setting, async ({ near, far, listener }) => {
      const { remote } = far;
      await near.end();
      equal(await far.read(), undefined);
      await far.end();
      equal(await near.read(), undefined);
      far.close();
      deepEqual([far.local, far.remote], [listener.address, remote]);
      deepEqual([near.local, near.remote], [remote, listener.address]);
    }),
  );

  check("one can choose where one speaks from", async ({ client, server, home, away = home }) => {
    // A port that was free a moment ago.
    const free = await client.listen(away);
    await free.close();
    const from = free.address as InternetAddress;
    const listener = await server.listen(home);
    const near = await client.connect(listener.address, { from });
    const far = await listener.accept();
    deepEqual(far!.remote, from);
    near.reset();
    far!.reset();
    await listener.close();
  });

  check("IPv6", async (setting) => {
    if (setting.home6 === undefined) return;
    await talk({ ...setting, home: setting.home6 }, async ({ near, far, listener }) => {
      equal((listener.address as InternetAddress).host, setting.home6!.host);
      deepEqual(near.remote, far.local);
      await near.write(text("hello"));
      await near.end();
      equal(await everything(far), "hello");
    });
  });

  check("Unix-domain sockets", async ({ client, server, path }) => {
    if (path === undefined) return;
    const at = { path: path() };
    await fails(() => client.connect(at), "ENOENT", "ECONNREFUSED");
    const listener = await server.listen(at);
    deepEqual(listener.address, at);
    const near = await client.connect(at);
    const far = (await listener.accept())!;
    await fails(() => server.listen(at), "EADDRINUSE");
    deepEqual([near.remote, far.local], [at, at]);
    const sent = numbers(MEGABYTE);
    const heard = allBytes(far);
    await near.write(sent);
    await near.end();
    ok(Buffer.from(sent).equals(await heard));
    await far.write(text("goodbye"));
    await far.end();
    equal(await everything(near), "goodbye");
    await listener.close();
    await fails(() => client.connect(at), "ENOENT", "ECONNREFUSED");
    const next = await server.listen(at);
    await next.close();
  });
}

function names(check: Check): void {
  check("an IP address resolves to itself", async ({ client }) => {
    for (const host of ["127.0.0.1", "192.0.2.1", "::1", "2001:db8::1", "::ffff:192.0.2.1"]) {
      deepEqual(await client.resolve(host), [host]);
    }
  });

  check(
    "localhost and whatever is under it is the loopback of each family (RFC 6761 §6.3)",
    async ({ client, loopbacks = ["127.0.0.1", "::1"] }) => {
      for (const host of ["localhost", "LocalHost", "localhost.", "app.localhost"]) {
        deepEqual(await client.resolve(host), loopbacks);
      }
    },
  );

  check("a name that cannot be has no address (RFC 6761 §6.4)", async ({ client }) => {
    for (const host of ["invalid", "example.invalid", "example.invalid.", "", ".", `${"a.".repeat(127)}aa`]) {
      await fails(() => client.resolve(host), "ENOTFOUND");
    }
  });

  check("who listens is reached at what the name resolves to", async ({ client, server, home }) => {
    const listener = await server.listen(home);
    const { host, port } = listener.address as InternetAddress;
    for (const address of await client.resolve(host)) {
      const near = await client.connect({ host: address, port });
      deepEqual(near.remote, listener.address);
      (await listener.accept())!.reset();
      near.reset();
    }
    await listener.close();
  });
}

function datagrams(check: Check): void {
  check("datagrams keep their borders, and say where they come from", async ({ client, server, home, away = home }) => {
    const far = await server.datagrams(home);
    const near = await client.datagrams({ ...away, port: 0 });
    for (const words of ["one", "", "three"]) await near.send(text(words), far.address);
    for (const words of ["one", "", "three"]) {
      deepEqual(plain(await far.receive()), { words, from: near.address });
    }
    await far.send(text("back"), near.address);
    deepEqual(plain(await near.receive()), { words: "back", from: far.address });
    await near.close();
    await far.close();
  });

  check("a datagram is 65,507 bytes long at most", async ({ client, server, home, away = home }) => {
    const far = await server.datagrams(home);
    const near = await client.datagrams({ ...away, port: 0 });
    await near.send(numbers(65_507), far.address);
    equal((await far.receive())!.bytes.length, 65_507);
    await fails(() => near.send(new Uint8Array(65_508), far.address), "EMSGSIZE");
    await near.close();
    await far.close();
  });

  check("datagrams to nobody are lost without a word", async ({ client, server, home, away = home }) => {
    const far = await server.datagrams(home);
    await far.close();
    const near = await client.datagrams({ ...away, port: 0 });
    for (let i = 0; i < 3; i++) await near.send(text("hello?"), far.address);
    await near.close();
  });

  check("two cannot receive at one address", async ({ server, home }) => {
    const one = await server.datagrams(home);
    await fails(() => server.datagrams(one.address), "EADDRINUSE");
    await one.close();
  });

  check("a datagram socket that is closed receives and sends nothing", async ({ server, home }) => {
    const one = await server.datagrams(home);
    const receiving = one.receive();
    await one.close();
    equal(await receiving, undefined);
    equal(await one.receive(), undefined);
    await fails(() => one.send(text("hello?"), home), "EBADF");
    await one.close();
  });

  check(
    "datagrams wait in bounded memory for whoever does not receive",
    async ({ client, server, home, away = home }) => {
      const far = await server.datagrams(home);
      const near = await client.datagrams({ ...away, port: 0 });
      const count = 1000;
      for (let i = 0; i < count; i++) await near.send(new Uint8Array(1000).fill(i), far.address);
      let [heard, isOver] = [0, false];
      const listening = (async () => {
        for (let size = 0; size !== 4; heard++) size = (await far.receive())!.bytes.length;
        isOver = true;
      })();
      // What was lost is lost; whatever is sent when there is room again arrives.
      while (!isOver) {
        await near.send(text("last"), far.address);
        await turn();
      }
      await listening;
      ok(heard > 0 && heard < count, `${heard} of ${count} were kept`);
      await near.close();
      await far.close();
    },
  );

  check("datagrams over IPv6", async ({ client, server, home6 }) => {
    if (home6 === undefined) return;
    const far = await server.datagrams(home6);
    const near = await client.datagrams({ ...home6, port: 0 });
    await near.send(text("hello"), far.address);
    deepEqual(plain(await far.receive()), { words: "hello", from: near.address });
    await fails(() => near.send(text("hello"), { host: "127.0.0.1", port: far.address.port }), "EAFNOSUPPORT");
    await near.close();
    await far.close();
  });
}

interface Talk {
  readonly listener: Listener;
  /** The client's end. */
  readonly near: Socket;
  /** The server's end. */
  readonly far: Socket;
}

/** Two who are connected; afterwards nothing is left open, whatever happened. */
async function talk({ client, server, home }: Setting, play: (talk: Talk) => Promise<void>, options?: ListenOptions) {
  const listener = await server.listen(home, options);
  const near = await client.connect(listener.address);
  const far = (await listener.accept())!;
  try {
    await play({ listener, near, far });
  } finally {
    near.reset();
    far.reset();
    await listener.close();
  }
}

/** Writes until asked to wait, and then as long as the carrier itself finds room: how much went in. */
async function fill(socket: Socket, piece: Uint8Array): Promise<number> {
  for (let written = piece.length; ; written += piece.length) {
    const room = socket.write(piece);
    // A kernel moves bytes from the writer's buffer to the reader's behind our back.
    if (room !== undefined && !(await comesSoon(room))) return written;
  }
}

/** Within so many turns of the event loop? */
async function comesSoon(room: Promise<void>): Promise<boolean> {
  let hasCome = false;
  room.then(
    () => (hasCome = true),
    () => {},
  );
  for (let i = 0; i < 50 && !hasCome; i++) await turn();
  return hasCome;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function repeat(socket: Socket): Promise<void> {
  for (let bytes: Uint8Array | undefined; (bytes = await socket.read()); ) await socket.write(bytes);
  await socket.end();
}

async function allBytes(socket: Socket): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let bytes: Uint8Array | undefined; (bytes = await socket.read()); ) parts.push(bytes);
  return Buffer.concat(parts);
}

const everything = async (socket: Socket): Promise<string> => String(await allBytes(socket));

const words = async (socket: Socket): Promise<string> => String(Buffer.from((await socket.read())!));

function fails(action: () => Promise<unknown>, ...codes: SocketErrorCode[]): Promise<void> {
  return rejects(action, (error: unknown) => error instanceof SocketError && codes.includes(error.code));
}

const plain = (datagram: { bytes: Uint8Array; from: InternetAddress } | undefined) =>
  datagram && { words: String(Buffer.from(datagram.bytes)), from: datagram.from };

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** Bytes whose order shows: none looks like another for a long way. */
function numbers(length: number): Uint8Array {
  const whole = new Uint8Array(length);
  for (let i = 0; i < length; i++) whole[i] = (i ^ (i >> 8) ^ (i >> 16)) & 0xff;
  return whole;
}
