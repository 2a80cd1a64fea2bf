/** A network of ours in the shape of `node:net`: whatever takes Node's sockets, HTTP, Redis, databases, runs over it. */

import * as net from "node:net";
import { type Clock, realClock } from "../base/clock.ts";
import { NodeServer, type NodeServerOptions } from "./node-net-server.ts";
import { NodeSocket, type NodeSocketOptions, type Ways } from "./node-net-socket.ts";
import type { ConnectWords } from "./node-net-words.ts";
import type { Network } from "./socket.ts";

export interface NodeNetOptions {
  /** By what time a socket's `setTimeout` is late. Default the network's own, where it has one. */
  readonly clock?: Clock | undefined;
}

/** Of `node:net` what programs use; to the compiler they are Node's own. */
export type NodeNet = Pick<
  typeof net,
  "Server" | "Socket" | "connect" | "createConnection" | "createServer" | "isIP" | "isIPv4" | "isIPv6"
>;

/**
 * The same calls as `node:net` has, over another network.
 *
 * Sockets are Duplex streams with the events, properties and errors of Node's. Their time-outs are those of the network:
 * on a simulated one a minute passes in milliseconds. Timers that a program sets itself are the real clock's
 * nevertheless, which is mostly what one wants: they are never late while simulated hours pass. Where they are to be part
 * of the play, see `Simulation.takeTimers`.
 *
 * @example
 * const net = simulate({ seed: 7 });
 * const [near, far] = [nodeNet(net.host("10.0.0.1")), nodeNet(net.host("10.0.0.2"))];
 * const server = far.createServer((socket) => socket.end("hello")).listen(80);
 * for await (const bytes of near.connect(80, "10.0.0.2")) console.log(String(bytes));
 * server.close();
 */
export function nodeNet(network: Network & { readonly clock?: Clock }, options: NodeNetOptions = {}): NodeNet {
  const ways: Ways = { network, clock: options.clock ?? network.clock ?? realClock };
  const connect = (...words: ConnectWords): NodeSocket => {
    const [first] = words;
    const wishes = typeof first === "object" ? (first as NodeSocketOptions) : {};
    const { allowHalfOpen, signal } = wishes;
    const socket = new NodeSocket(ways, { ...(allowHalfOpen && { allowHalfOpen }), ...(signal && { signal }) });
    return socket.connect(...words);
  };
  const face = {
    Socket: class Socket extends NodeSocket {
      constructor(options: NodeSocketOptions = {}) {
        super(ways, options);
      }
    },
    Server: class Server extends NodeServer {
      constructor(options: NodeServerOptions | OnConnection = {}, onConnection?: OnConnection) {
        super(
          ways,
          typeof options === "function" ? {} : options,
          typeof options === "function" ? options : onConnection,
        );
      }
    },
    connect,
    createConnection: connect,
    createServer: (options?: NodeServerOptions | OnConnection, onConnection?: OnConnection): NodeServer =>
      new face.Server(options, onConnection),
    isIP: net.isIP,
    isIPv4: net.isIPv4,
    isIPv6: net.isIPv6,
  };
  return face as unknown as NodeNet;
}

type OnConnection = (socket: NodeSocket) => void;
