/** Servers on a network inside the process, at a time that stands still, and a client that asks them. */

import { deepEqual, equal } from "node:assert/strict";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { type Listener, type Network, type Socket, SocketError } from "../../src/socket/socket.ts";
import type { Asker, Incoming, Outgoing } from "../../src/web/asking.ts";
import { Client } from "../../src/web/client.ts";
import type { ClientOptions } from "../../src/web/client-options.ts";
import type { Dial } from "../../src/web/dial.ts";
import { type Origin, originAt } from "../../src/web/origin.ts";
import { UpstreamError } from "../../src/web/upstream-error.ts";
import { memoryNetwork } from "../socket/memory.ts";
import { Client as Talker } from "./scene.ts";

/** What every request says that says nothing else. */
export const HOST = "Host: 10.0.0.9";

export interface UpstreamScene {
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly origin: Origin;
  /** How many connections were dialled. */
  readonly dials: number;
  /** "GET /a", to 10.0.0.9 unless something else is said. */
  ask(line: string, outgoing?: Partial<Outgoing>, to?: Origin, hasLeft?: boolean): Asked;
  /** The next connection that comes in at 10.0.0.9, or where else it is said. */
  upstream(at?: Origin): Promise<Talker>;
  /** One more server. */
  opens(host: string): Promise<Origin>;
  /** Nobody lets anybody in any more. */
  goesDown(): Promise<void>;
  /** All that can happen without time happens. */
  settle(): Promise<void>;
}

export interface SceneOptions extends ClientOptions {
  /** What is between the client and its sockets. */
  readonly dialled?: (socket: Socket) => Socket;
}

/** Plays it, and sees to it that no connection is left. */
export async function upstreamScene(
  play: (scene: UpstreamScene) => Promise<void>,
  { dialled = (socket) => socket, ...options }: SceneOptions = {},
): Promise<void> {
  const network = memoryNetwork();
  const clock = new VirtualClock();
  const listeners = new Map<Origin, Listener>();
  const opens = async (host: string): Promise<Origin> => {
    const at = originAt({ host, port: 80 });
    listeners.set(at, await network.listen(at.address));
    return at;
  };
  const goesDown = async (): Promise<void> => {
    for (const listener of listeners.values()) await listener.close();
  };
  const origin = await opens("10.0.0.9");
  const [talkers, everybody]: [Talker[], Asked[]] = [[], []];
  let dials = 0;
  const dial: Dial = async ({ address }, signal) => {
    dials += 1;
    try {
      return dialled(await network.connect(address, signal && { signal }));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const code = error instanceof SocketError ? error.code : "?";
      throw new UpstreamError("connection_refused", `Cannot reach it: ${code}`);
    }
  };
  const client = new Client(dial, { clock, ...options });
  const scene: UpstreamScene = {
    client,
    clock,
    network,
    origin,
    get dials() {
      return dials;
    },
    ask(line, outgoing, to = origin, hasLeft = false) {
      const asked = new Asked(client, to, line, outgoing, hasLeft);
      everybody.push(asked);
      return asked;
    },
    opens,
    async upstream(at = origin) {
      const socket = await listeners.get(at)!.accept();
      if (socket === undefined) throw new TypeError("Nobody comes in any more");
      const talker = new Talker(socket);
      talkers.push(talker);
      return talker;
    },
    goesDown,
    settle: () => clock.advance(0),
  };
  try {
    await play(scene);
  } finally {
    for (const asked of everybody) asked.leaves();
    client.close();
    await clock.advance(0);
    equal(client.connections, 0);
    for (const talker of talkers) talker.leaves();
    await goesDown();
    // Whoever set an alarm and did not take it back is heard of.
    await clock.advance(600_000);
  }
}

/** Somebody who asks, as the exchange with a client does. */
export class Asked implements Asker {
  readonly answer: Promise<Incoming>;
  /** The interim responses that came: "103 link: </a.css>". */
  readonly informed: string[] = [];
  readonly #controller = new AbortController();
  #hold: { cancel(): void } | undefined;
  #body: Body | undefined;

  constructor(client: Client, to: Origin, line: string, outgoing: Partial<Outgoing> = {}, hasLeft: boolean) {
    if (hasLeft) this.leaves();
    const [method, target] = line.split(" ") as [string, string];
    const fields = outgoing.fields ?? Fields.of({ Host: to.authority });
    this.answer = client.ask(to, { method, target, ...outgoing, fields }, this);
    this.answer.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get hold(): { cancel(): void } | undefined {
    return this.#hold;
  }

  set hold(hold: { cancel(): void } | undefined) {
    this.#hold = hold;
    if (this.signal.aborted) hold?.cancel();
  }

  inform(status: number, fields: Fields): void {
    this.informed.push([status, ...[...fields].map(([name, value]) => `${name}: ${value}`)].join(" "));
  }

  /** Wants no answer any more. */
  leaves(): void {
    this.#controller.abort(new DOMException("The client has left", "AbortError"));
    this.#hold?.cancel();
  }

  /** The body, where it comes bit by bit. */
  async body(): Promise<Body> {
    const { body } = await this.answer;
    if (body === undefined || body instanceof Uint8Array) throw new TypeError("Cannot get the body: it came at once");
    this.#body = body;
    return body;
  }

  /** Some more of the content; undefined after the last. */
  async reads(): Promise<string | undefined> {
    const part = await (this.#body ?? (await this.body())).read();
    return part && latin1(part);
  }

  /** The answer, whole: "200 hello". */
  async whole(): Promise<string> {
    const { status, body } = await this.answer;
    if (body === undefined || body instanceof Uint8Array) return `${status} ${latin1(body ?? new Uint8Array(0))}`;
    let text = "";
    for (let part = await body.read(); part !== undefined; part = await body.read()) text += latin1(part);
    return `${status} ${text}`;
  }

  /** There is no answer, but an error of this type; and the server may have acted on the request, unless it is said not to. */
  async fails(type: string, isSent = true): Promise<UpstreamError> {
    return failsWith(this.answer, type, isSent);
  }

  /** There is an answer, but it breaks off. Says what came until then. */
  async breaksOff(type: string): Promise<string> {
    const body = await this.body();
    let text = "";
    const reading = (async () => {
      for (let part = await body.read(); part !== undefined; part = await body.read()) text += latin1(part);
    })();
    await failsWith(reading, type, true);
    // However often one asks.
    await failsWith((async () => body.read())(), type, true);
    return text;
  }
}

async function failsWith(promise: Promise<unknown>, type: string, isSent: boolean): Promise<UpstreamError> {
  const error: unknown = await promise.then(
    () => "it did not fail",
    (error: unknown) => error,
  );
  if (!(error instanceof UpstreamError)) throw new TypeError("There is no UpstreamError", { cause: error });
  deepEqual([error.type, error.isSent], [type, isSent], error.message);
  return error;
}

/** A body that gives these parts as they are asked for; a promise is waited for, and may fail. */
export function bodyOf(parts: readonly (string | Promise<string>)[], length?: number): Body {
  const left = [...parts];
  return {
    length,
    read() {
      const part = left.shift();
      return part instanceof Promise ? part.then(utf8) : part === undefined ? undefined : utf8(part);
    },
    cancel() {},
  };
}
