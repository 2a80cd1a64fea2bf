/** TLS as a client, over whatever carries bytes (RFC 8446, RFC 5246; RFC 9325 on what is still safe). */

import { isIP } from "node:net";
import * as tls from "node:tls";
import type { Secure } from "./socket.ts";
import { disagreement, distrust } from "./tls-errors.ts";
import { TlsSocket } from "./tls-socket.ts";

export interface TlsClientOptions {
  /** Who may sign certificates, in PEM, instead of those whom Node trusts. */
  readonly ca?: readonly (string | Uint8Array)[];
  /** Whether the peer must show who it is. Default true: whoever says false talks to anybody. */
  readonly verify?: boolean;
}

/** So many names' sessions are kept, a few kilobytes each. */
const SESSIONS = 500;

/**
 * Speaks TLS 1.2 and 1.3, and HTTP/1.1 within. A peer that was met before is met by its session again, which saves
 * both sides the most costly part.
 *
 * @example
 * const secure = tlsClient({ verify: false });
 * const listener = await kernel.listen({ host: "127.0.0.1", port: 0 });
 * const socket = await kernel.connect(listener.address);
 * (await listener.accept())?.close();
 * await secure(socket, { name: "localhost" }).catch((error: SocketError) => error.code); // "ECONNRESET"
 * await listener.close();
 */
export function tlsClient({ ca, verify = true }: TlsClientOptions = {}): Secure {
  const sessions = new Sessions();
  let context: tls.SecureContext | undefined;

  return async (socket, { name, signal }) => {
    // Made by the first who needs it: to read all that Node trusts takes a while.
    context ??= tls.createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca && { ca: ca.map((one) => (typeof one === "string" ? one : Buffer.from(one))) }),
    });
    const host = name.replace(/\.$/, "");
    const session = sessions.get(host);
    const options: tls.ConnectionOptions = {
      secureContext: context,
      rejectUnauthorized: verify,
      ALPNProtocols: ["http/1.1"],
      // The name that the certificate must have.
      host,
      // An address is none (RFC 6066 §3).
      ...(isIP(host) === 0 && { servername: host }),
      ...(session && { session }),
    };
    const secured = new TlsSocket(socket, {
      opens: "secureConnect",
      start(carrier) {
        const stream = tls.connect({ ...options, socket: carrier });
        // In TLS 1.3 it comes after the handshake, and each one is better than the one before.
        stream.on("session", (fresh: Buffer) => sessions.set(host, fresh));
        return stream;
      },
      explain: (error, stream) => (verify && isDistrusted(stream) ? distrust(name, error) : disagreement(name, error)),
    });
    await opened(secured, signal);
    return secured;
  };
}

/** Node sets it where the certificate was not in order, even where nobody minds. */
const isDistrusted = (stream: tls.TLSSocket): boolean => Boolean(stream.authorizationError);

/** Nothing is left of what did not come to be. */
async function opened(socket: TlsSocket, signal: AbortSignal | undefined): Promise<void> {
  const giveUp = (): void => socket.reset();
  if (signal?.aborted) giveUp();
  signal?.addEventListener("abort", giveUp);
  try {
    await socket.opened;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/** The last session with each name; of too many, whose name was met longest ago is forgotten. */
class Sessions {
  readonly #sessions = new Map<string, Buffer>();

  get(name: string): Buffer | undefined {
    return this.#sessions.get(name);
  }

  set(name: string, session: Buffer): void {
    this.#sessions.delete(name);
    this.#sessions.set(name, session);
    if (this.#sessions.size > SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!);
  }
}
