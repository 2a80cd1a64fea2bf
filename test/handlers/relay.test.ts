import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { concat, latin1, utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { type RelayOptions, relay } from "../../src/handlers/relay.ts";
import { kernel } from "../../src/socket/kernel.ts";
import type { Network, Socket } from "../../src/socket/socket.ts";
import type { Talk } from "../../src/web/handler.ts";
import { pair } from "../socket/memory-socket.ts";

/** Whoever talks through a relay, with the end of it. */
interface Scene {
  readonly client: Socket;
  readonly server: Socket;
  readonly clock: VirtualClock;
  readonly over: Promise<Talk>;
  /** Whether the relay is done. */
  isOver(): Promise<boolean>;
}

const HOST = { host: "10.0.0.1", port: 80 };
const MINUTE = 60_000;

/** What may wait in each of the four directions between two neighbours. */
const BUFFER = 1024;

function scene(options: RelayOptions = {}): Scene {
  const [client, a] = pair(HOST, HOST, BUFFER);
  const [b, server] = pair(HOST, HOST, BUFFER);
  const clock = new VirtualClock();
  const over = relay(a, b, { clock, ...options });
  let done = false;
  void over.then(() => (done = true));
  const isOver = async (): Promise<boolean> => {
    await clock.advance(0);
    return done;
  };
  return { client, server, clock, over, isOver };
}

const says = async (socket: Socket, text: string): Promise<void> => void (await socket.write(utf8(text)));
const hears = async (socket: Socket): Promise<string | undefined> => {
  const bytes = await socket.read();
  return bytes === undefined ? undefined : latin1(bytes);
};
const RESET = { code: "ECONNRESET" };

test("what one side says the other hears, both ways, until both have ended", async () => {
  const { client, server, over } = scene();
  await says(client, "hello");
  equal(await hears(server), "hello");
  await says(server, "goodbye");
  equal(await hears(client), "goodbye");
  await client.end();
  equal(await hears(server), undefined);
  await server.end();
  equal(await hears(client), undefined);
  deepEqual(await over, { sent: 5, received: 7, isComplete: true });
});

test("what was said before comes first", async () => {
  const { client, server, over } = scene({ early: utf8("client's "), earlyBack: utf8("server's ") });
  await says(client, "word");
  await says(server, "word");
  await client.end();
  await server.end();
  equal(latin1(await everything(server)), "client's word");
  equal(latin1(await everything(client)), "server's word");
  deepEqual(await over, { sent: 13, received: 13, isComplete: true });
});

for (const first of ["client", "server"] as const) {
  test(`the ${first} ends, and the other direction goes on for as long as it talks`, async () => {
    const { client, server, clock, over, isOver } = scene();
    const [one, other] = first === "client" ? [client, server] : [server, client];
    await says(one, "that is all");
    await one.end();
    equal(latin1(await everything(other)), "that is all");
    for (let hours = 0; hours < 60; hours++) {
      await clock.advance(4 * MINUTE);
      await says(other, "and");
      equal(await hears(one), "and");
    }
    equal(await isOver(), false);
    await other.end();
    equal(await hears(one), undefined);
    equal((await over).isComplete, true);
  });

  test(`a reset by the ${first} is one for the other side`, async () => {
    const { client, server, over } = scene();
    const [one, other] = first === "client" ? [client, server] : [server, client];
    await says(one, "half a w");
    equal(await hears(other), "half a w");
    one.reset();
    await rejects(other.read(), RESET);
    equal((await over).isComplete, false);
  });

  test(`the ${first} ends, then the other side resets`, async () => {
    const { client, server, over } = scene();
    const [one, other] = first === "client" ? [client, server] : [server, client];
    await one.end();
    equal(await hears(other), undefined);
    other.reset();
    await rejects(one.read(), RESET);
    equal((await over).isComplete, false);
  });

  test(`the ${first} ends, then resets: the other side hears of it when it says something`, async () => {
    const { client, server, over } = scene();
    const [one, other] = first === "client" ? [client, server] : [server, client];
    await one.end();
    equal(await hears(other), undefined);
    one.reset();
    await says(other, "are you there?");
    equal((await over).isComplete, false);
    await rejects(pour(other, 2 * BUFFER, 1), RESET);
  });
}

test("whoever does not read is not read for: what waits is bounded", async () => {
  const { client, server, over } = scene();
  const piece = new Uint8Array(256);
  let taken = 0;
  for (let room: Promise<void> | undefined; ; taken += piece.length) {
    room = client.write(piece);
    if (room !== undefined && !(await comesSoon(room))) break;
  }
  // Two neighbours' buffers, and the piece in our hands.
  ok(taken <= 3 * BUFFER, `${taken} bytes`);
  const reading = everything(server);
  await client.end();
  equal((await reading).length, taken + piece.length);
  await server.end();
  equal((await over).sent, taken + piece.length);
});

test("a reader's slowness holds up one direction alone", async () => {
  const { client, server, over } = scene();
  await fill(client);
  await says(server, "the other way is free");
  equal(await hears(client), "the other way is free");
  server.reset();
  await rejects(client.read(), RESET);
  await over;
});

test("a client that is gone while its server takes nothing is noticed when the server takes something", async () => {
  const { client, server, over } = scene();
  await fill(client);
  client.reset();
  await rejects(everything(server), RESET);
  equal((await over).isComplete, false);
});

test("what a server said before it hung up in the middle of an upload still arrives, however late it is read", async () => {
  const { client, server, clock, over } = scene();
  await says(server, "too large");
  await server.end();
  await clock.advance(0);
  server.close();
  for (let i = 0; i < 3; i++, await clock.advance(0)) await says(client, "more");
  equal((await over).isComplete, false);
  equal(latin1(await everything(client)), "too large");
  await rejects(pour(client, 2 * BUFFER, 1), RESET);
});

test("a server that breaks off in the middle of an answer breaks off its client's upload, too", async () => {
  const { client, server, over } = scene();
  await fill(client);
  await says(server, "half an ans");
  equal(await hears(client), "half an ans");
  server.reset();
  equal((await over).isComplete, false);
  await rejects(async () => client.write(utf8("more")), RESET);
});

for (const [when, options, ends, minutes] of [
  ["nobody says anything", { idle: 10 * MINUTE }, false, 10],
  ["by default that is an hour", {}, false, 60],
  ["one side has ended and the other is silent", {}, true, 5],
  ["the same, as chosen", { idleHalfClosed: 2 * MINUTE }, true, 2],
  ["half-closed, it is never more patient than else", { idle: MINUTE }, true, 1],
] as const) {
  test(`idle: ${when}`, async () => {
    const { client, server, clock, over, isOver } = scene(options);
    await clock.advance(MINUTE / 2);
    await says(client, "hello");
    equal(await hears(server), "hello");
    if (ends) await client.end();
    if (ends) equal(await hears(server), undefined);
    await clock.advance(minutes * MINUTE - 1);
    equal(await isOver(), false);
    await clock.advance(1);
    equal(await isOver(), true);
    await rejects(client.read(), RESET);
    await rejects(server.read(), RESET);
    equal((await over).isComplete, false);
  });
}

test("idle: whoever takes nothing is silent, too", async () => {
  const { client, server, clock, over } = scene({ idle: MINUTE });
  await fill(client);
  await clock.advance(MINUTE);
  await rejects(server.read(), RESET);
  equal((await over).isComplete, false);
});

test("no alarm is left behind", async () => {
  let [set, cancelled] = [0, 0];
  const clock = new VirtualClock();
  const after: VirtualClock["after"] = () => {
    set += 1;
    return { cancel: () => void cancelled++ };
  };
  const { client, server, over } = scene({ clock: Object.assign(clock, { after }) });
  await client.end();
  await server.end();
  await over;
  equal(cancelled, set);
});

test("whatever pieces either side says, and whoever ends first, all of it arrives in order", async () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 * BUFFER }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, pieces, async (there, back) => {
      const { client, server, over } = scene();
      const [, , heardThere, heardBack] = await Promise.all([
        speak(client, there),
        speak(server, back),
        everything(server),
        everything(client),
      ]);
      deepEqual(Buffer.from(heardThere), Buffer.concat(there));
      deepEqual(Buffer.from(heardBack), Buffer.concat(back));
      deepEqual(await over, { sent: heardThere.length, received: heardBack.length, isComplete: true });
    }),
    { numRuns: 50 },
  );
});

test("whatever either side does, the relay comes to its end, and nobody takes half a stream for a whole one", async () => {
  const deeds = fc.record({
    who: fc.constantFrom("client", "server"),
    deed: fc.constantFrom("says", "says", "says much", "listens", "ends", "closes", "resets", "lets time pass"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(deeds, { maxLength: 16 }), async (all) => {
      const { client, server, clock, isOver } = scene();
      const sides = { client: new Side(client), server: new Side(server) };
      for (const { who, deed } of all) {
        if (deed === "lets time pass") await clock.advance(MINUTE);
        else sides[who][deed]();
      }
      for (const side of [sides.client, sides.server]) side.listens();
      await clock.advance(120 * MINUTE);
      equal(await isOver(), true);
      sides.client.heardTruly(sides.server);
      sides.server.heardTruly(sides.client);
    }),
    { numRuns: 500 },
  );
});

/** Somebody who does as told, and remembers what was said and heard. */
class Side {
  readonly #socket: Socket;
  #said = "";
  #hasEnded = false;
  #heard = "";
  #heardEnd = false;
  #isListening = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  says(size = 3): void {
    if (this.#hasEnded) return;
    // Each letter is the next one of the alphabet, so that none can go missing unnoticed.
    const text = Array.from({ length: size }, (_, i) => String.fromCharCode(97 + ((this.#said.length + i) % 26))).join(
      "",
    );
    this.#said += text;
    this.#socket.write(utf8(text))?.catch(() => {});
  }

  "says much"(): void {
    this.says(2 * BUFFER);
  }

  listens(): void {
    if (!this.#isListening) void this.#listen().catch(() => {});
    this.#isListening = true;
  }

  async #listen(): Promise<void> {
    for (let bytes: Uint8Array | undefined; (bytes = await this.#socket.read()); ) this.#heard += latin1(bytes);
    this.#heardEnd = true;
  }

  ends(): void {
    this.#hasEnded = true;
    this.#socket.end().catch(() => {});
  }

  closes(): void {
    this.#hasEnded = true;
    this.#socket.close();
  }

  resets(): void {
    this.#socket.reset();
  }

  /** Everything in order; and all of it, where the end was heard. */
  heardTruly(other: Side): void {
    ok(other.#said.startsWith(this.#heard), `"${this.#heard}" is no beginning of "${other.#said}"`);
    if (this.#heardEnd) deepEqual([this.#heard, true], [other.#said, other.#hasEnded]);
  }
}

test("over the system's sockets: some MiB each way at once, byte for byte", async () => {
  const [client, a] = await connected(kernel);
  const [b, server] = await connected(kernel);
  const over = relay(a, b);
  const size = 8 * 1024 * 1024;
  const [sent, received, heard, answered] = await Promise.all([
    pour(client, size, 1),
    pour(server, size, 2),
    digest(server),
    digest(client),
  ]);
  equal(heard, sent);
  equal(answered, received);
  deepEqual(await over, { sent: size, received: size, isComplete: true });
  client.close();
  server.close();
});

test("over the system's sockets: a reset arrives as one, while the other side waits and while it writes", async () => {
  for (const isBusy of [false, true]) {
    const [client, a] = await connected(kernel);
    const [b, server] = await connected(kernel);
    const over = relay(a, b);
    await says(client, "hello");
    equal(await hears(server), "hello");
    const busy = isBusy ? rejects(pour(client, Number.POSITIVE_INFINITY, 1)) : undefined;
    server.reset();
    await busy;
    await rejects(everything(client), RESET);
    equal((await over).isComplete, false);
    client.reset();
  }
});

async function connected(network: Network): Promise<[Socket, Socket]> {
  const listener = await network.listen({ host: "127.0.0.1", port: 0 });
  const near = await network.connect(listener.address);
  const far = await listener.accept();
  await listener.close();
  return [near, far!];
}

async function speak(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) await socket.write(piece);
  await socket.end();
}

/** Writes until there is no more room, and leaves it at that. */
async function fill(socket: Socket): Promise<void> {
  for (let room: Promise<void> | undefined; ; ) {
    room = socket.write(new Uint8Array(256));
    room?.catch(() => {});
    if (room !== undefined && !(await comesSoon(room))) return;
  }
}

/** Bytes that do not repeat soon, and then the end. */
async function pour(socket: Socket, size: number, seed: number): Promise<string> {
  const hash = createHash("sha256");
  for (let left = size, state = seed; left > 0; ) {
    const piece = new Uint32Array(Math.min(left, 40_000) / 4);
    for (let i = 0; i < piece.length; i++) piece[i] = state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const bytes = new Uint8Array(piece.buffer);
    hash.update(bytes);
    await socket.write(bytes);
    left -= bytes.length;
  }
  await socket.end();
  return hash.digest("hex");
}

async function digest(socket: Socket): Promise<string> {
  const hash = createHash("sha256");
  for (let bytes: Uint8Array | undefined; (bytes = await socket.read()); ) hash.update(bytes);
  return hash.digest("hex");
}

async function everything(socket: Socket): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let bytes: Uint8Array | undefined; (bytes = await socket.read()); ) parts.push(bytes);
  return concat(parts);
}

/** In memory, soon is after all promises that can go on have gone on. */
async function comesSoon(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new VirtualClock().advance(0).then(() => false)]);
}
