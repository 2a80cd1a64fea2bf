/** A socket as a stream of Node's, so that Node can speak TLS over any carrier. */

import { Duplex } from "node:stream";
import type { Socket } from "./socket.ts";

/** What becomes of the socket beneath. The stream itself never ends on its own, nor fails. */
export interface Beneath {
  /** The peer's last byte has been handed on. */
  ended(): void;
  failed(error: Error): void;
}

/**
 * Reads when it is asked to, and waits for room. The socket's end is told apart from what the stream says: for TLS
 * the end of TCP is none (RFC 8446 §6.1), and Node would not let us see the difference.
 *
 * @internal
 */
export function carrierOf(socket: Socket, beneath: Beneath): Duplex {
  const carrier: Duplex = new Duplex({
    allowHalfOpen: true,
    read() {
      socket.read().then((bytes) => void (bytes === undefined ? beneath.ended() : carrier.push(bytes)), fail);
    },
    write(bytes: Uint8Array, _encoding, done) {
      go(socket.write(bytes), done);
    },
    final(done) {
      go(socket.end(), done);
    },
    destroy(error, done) {
      socket.close();
      done(error);
    },
  });

  /** Where it fails it is never done: whoever hears of it destroys the stream. */
  const go = (promise: Promise<void> | undefined, done: () => void): void => {
    if (promise === undefined) done();
    else promise.then(done, fail);
  };
  const fail = (error: Error): void => {
    // That we have closed it ourselves is no news.
    if (!carrier.destroyed) beneath.failed(error);
  };
  return carrier;
}
