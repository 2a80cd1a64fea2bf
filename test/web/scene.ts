/** A server on a network inside the process, at a time that stands still, and clients who talk to it. */

import { equal, match } from "node:assert/strict";
import { fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import type { Socket } from "../../src/socket/socket.ts";
import type { Handler } from "../../src/web/handler.ts";
import type { ServerOptions } from "../../src/web/options.ts";
import { type Server, serve } from "../../src/web/server.ts";
import { memoryNetwork } from "../socket/memory.ts";

/** The Date of every answer. */
export const DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT";

export interface Scene {
  readonly server: Server;
  readonly clock: VirtualClock;
  /** What the server complained about. */
  readonly complaints: string[];
  /** Someone comes in. */
  arrives(): Promise<Client>;
}

/** Plays it, and sees to it that the house is empty afterwards. */
export async function scene(
  handler: Handler,
  play: (scene: Scene) => Promise<void>,
  options: ServerOptions = {},
): Promise<void> {
  const network = memoryNetwork();
  const clock = new VirtualClock(Date.UTC(1994, 10, 6, 8, 49, 37));
  const complaints: string[] = [];
  const complain = (message: string) => void complaints.push(message);
  const server = await serve(network, { host: "10.0.0.1", port: 80 }, handler, { clock, complain, ...options });
  const clients: Client[] = [];
  const arrives = async (): Promise<Client> => {
    const client = new Client(await network.connect({ host: "10.0.0.1", port: 80 }));
    clients.push(client);
    return client;
  };
  try {
    await play({ server, clock, complaints, arrives });
  } finally {
    for (const client of clients) client.leaves();
    const closed = server.close();
    // Whoever the scene left waiting is not waited for.
    await clock.advance(60_000);
    await closed;
    equal(server.connections, 0);
  }
}

export class Client {
  readonly socket: Socket;
  #heard = "";

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Lines, with CRLF between them: a head ends with two empty ones. */
  async says(...lines: string[]): Promise<void> {
    await this.socket.write(fromLatin1(lines.join("\r\n")));
  }

  /** These lines come next, exactly. */
  async hears(...lines: string[]): Promise<void> {
    const expected = lines.join("\r\n");
    while (this.#heard.length < expected.length && (await this.#listen()));
    equal(this.#heard.slice(0, expected.length), expected);
    this.#heard = this.#heard.slice(expected.length);
  }

  /** Something like this comes next; what matched is taken. */
  async hearsLike(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#heard);
      if (found !== null) {
        this.#heard = this.#heard.slice(found.index + found[0].length);
        return found;
      }
      if (!(await this.#listen())) match(this.#heard, pattern);
    }
  }

  /** Everything up to the server's end of the talk. */
  async hearsOut(): Promise<string> {
    while (await this.#listen());
    const all = this.#heard;
    this.#heard = "";
    return all;
  }

  async #listen(): Promise<boolean> {
    const bytes = await this.socket.read();
    if (bytes !== undefined) this.#heard += latin1(bytes);
    return bytes !== undefined;
  }

  /** Half-closes: has said everything, and still listens. */
  ends(): Promise<void> {
    return this.socket.end();
  }

  /** Closes. */
  leaves(): void {
    this.socket.close();
  }

  /** Is gone, as when a plug is pulled. */
  vanishes(): void {
    this.socket.reset();
  }
}
