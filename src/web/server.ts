/** The house: listens, gives each guest a connection of its own, and closes in good order. */

import { fromLatin1 } from "../base/bytes.ts";
import { Fields } from "../http/fields.ts";
import { planResponse } from "../http/writer.ts";
import type { Address, Listener, Network, Socket } from "../socket/socket.ts";
import { Connection } from "./connection.ts";
import type { Handler } from "./handler.ts";
import { type Guest, House } from "./house.ts";
import { type ServerOptions, settings } from "./options.ts";
import { statusPage } from "./page.ts";

export interface Server {
  /** The address it got, with the port the system chose. */
  readonly address: Address;
  /** All of them: `localhost` is two. */
  readonly addresses: readonly Address[];
  /** How many connections are open. */
  readonly connections: number;
  /** Listens no more, lets answers under way finish within `grace`, then ends what is left. */
  close(): Promise<void>;
}

/**
 * Opens the door. Fails with a SocketError (EADDRINUSE, EACCES …).
 *
 * @example
 * const server = await serve(kernel, { host: "localhost", port: 0 }, (request) => statusPage(404, request));
 * await server.close();
 */
export async function serve(
  network: Network,
  address: Address,
  handler: Handler,
  options: ServerOptions = {},
): Promise<Server> {
  return serveListener(await network.listen(address), handler, options);
}

/**
 * The same for a listening socket that is open already, as systemd hands one over.
 *
 * @example
 * const listener = await kernel.listen({ host: "localhost", port: 0 });
 * const server = serveListener(listener, (request) => statusPage(404, request));
 * await server.close();
 */
export function serveListener(listener: Listener, handler: Handler, options: ServerOptions = {}): Server {
  const house = new House(settings(options));
  let closing: Promise<void> | undefined;

  const accept = async (): Promise<void> => {
    for (let socket = await listener.accept(); socket !== undefined; socket = await listener.accept()) {
      if (house.guests.size < house.settings.maxConnections) void new Connection(socket, house, handler).attend();
      else void turnAway(socket, house);
    }
  };
  // A listener that breaks closes the door; those inside are served on.
  accept().catch((error: unknown) => house.settings.complain(`Cannot accept connections: ${error}`, listener.address));

  const close = async (): Promise<void> => {
    house.isClosing = true;
    await listener.close();
    await house.close();
  };

  return {
    address: listener.address,
    addresses: listener.addresses,
    get connections() {
      return house.guests.size;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** How many may be told that the house is full at a time; beyond that there is not even time for this. */
const TURNED_AWAY = 100;

/** A clear answer, without so much as reading the question. */
async function turnAway(socket: Socket, house: House): Promise<void> {
  if (house.guests.size >= house.settings.maxConnections + TURNED_AWAY) return socket.reset();
  const leave = (): void => socket.close();
  const guest: Guest = {
    deadline: house.deadlineIn(house.settings.lingerTimeout),
    expire: leave,
    finish: leave,
    abandon: leave,
  };
  house.enter(guest);
  house.settings.onRefusal(503, socket.remote);
  try {
    const page = statusPage(503, undefined, "The server is full: try again soon", Fields.of({ "Retry-After": "5" }));
    const asked = { method: "GET", minor: 1, fields: new Fields() } as const;
    const { head } = planResponse(asked, page, { date: house.date, mayStay: false });
    await socket.write(fromLatin1(head));
    if (page.body instanceof Uint8Array) await socket.write(page.body);
    await socket.end();
    // Closing with unread bytes would reset the connection, and the answer with it.
    while ((await socket.read()) !== undefined);
  } catch {
    // Who left without waiting for the answer needs none.
  } finally {
    house.leave(guest);
    socket.close();
  }
}
