/** Tunnels through us: for CONNECT to any server that is allowed (RFC 9110 §9.3.6), and for what an Upgrade leads to. */

import { Fields } from "../http/fields.ts";
import { ProtocolError } from "../http/message.ts";
import { type Socket, SocketError } from "../socket/socket.ts";
import type { Dial } from "../web/dial.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { originAt } from "../web/origin.ts";
import { statusPage } from "../web/page.ts";
import type { Destinations } from "./destinations.ts";
import { failed, refuse } from "./refusal-page.ts";
import { type RelayOptions, relay } from "./relay.ts";

export interface TunnelOptions extends Omit<RelayOptions, "early" | "earlyBack"> {
  /** Who may go where. Default: everywhere that `dial` goes. */
  readonly destinations?: Pick<Destinations, "judgeName" | "judgeTunnel">;
  /** Who we are, in Proxy-Status. Default "maitred". */
  readonly name?: string;
}

/**
 * A handler for CONNECT. The server is reached before the client is answered, so a 200 means that somebody is there;
 * else there is a page that says why not, which is 403 where one may not go there.
 *
 * @example
 * const connect = tunnel(dial, { idle: 60_000 });
 * const { status } = await connect({ ...request, method: "CONNECT", target: "localhost:443" }, exchange);
 * status; // 200
 */
export function tunnel(dial: Dial, options: TunnelOptions = {}): Handler {
  const { destinations, name = "maitred" } = options;
  const open: Handler = async (request, exchange) => {
    // "A CONNECT request message does not have content" – §9.3.6: what came would be taken for the tunnel's first bytes.
    if (request.body !== undefined) return statusPage(400, request, "CONNECT takes no content");
    const { host, port } = parseAuthority(request.target);
    const why = destinations?.judgeTunnel(port) ?? destinations?.judgeName(host, port);
    if (why !== undefined) return refuse("http_request_denied", why, request, name);
    let upstream: Socket;
    try {
      upstream = await dial(originAt({ host, port }), exchange.signal);
    } catch (error) {
      return failed(error, request, exchange, name);
    }
    if (exchange.signal.aborted) {
      upstream.reset();
      throw hasLeft();
    }
    return {
      status: 200,
      reason: "Connection established",
      fields: new Fields(),
      tunnel: through(upstream, exchange, options),
    };
  };
  // Who takes the tunnel for granted has sent its first bytes already: they must not be taken for a request.
  return async (request, exchange) => {
    const answer = await open(request, exchange);
    if (answer.tunnel === undefined) answer.fields.set("Connection", "close");
    return answer;
  };
}

const hasLeft = (): SocketError => new SocketError("ECONNABORTED", "Cannot open the tunnel: the client has left");

/** The reader has seen that it is a host and a port; IPv6 comes in brackets. */
function parseAuthority(target: string): { host: string; port: number } {
  const [, ipv6, host = ipv6!, digits] = /^(?:\[(.*)\]|(.*)):(\d+)$/.exec(target) ?? [];
  const port = Number(digits);
  // Port 0 is nobody's: it asks the system to choose one.
  if (!(port > 0)) throw new ProtocolError(400, "Cannot open the tunnel: CONNECT takes host:port");
  return { host, port };
}

/**
 * An answer's tunnel to a server that is connected already. The server's socket is in good hands from here on: where
 * the client leaves before the tunnel has begun, it is reset.
 *
 * @example
 * const answer = { status: 101, fields: new Fields(), tunnel: through(upstream, exchange) };
 */
export function through(
  upstream: Socket,
  exchange: Pick<Exchange, "signal">,
  options: Omit<RelayOptions, "early"> = {},
): Tunnel {
  const { signal } = exchange;
  const drop = (): void => upstream.reset();
  if (signal.aborted) drop();
  signal.addEventListener("abort", drop);
  return async (client, early) => {
    signal.removeEventListener("abort", drop);
    return relay(client, upstream, { ...options, early });
  };
}

type Tunnel = NonNullable<Answer["tunnel"]>;
