/** The forward proxy: its clients name the server they want (RFC 9112 §3.2.2), it goes there for them. */

import { Fields } from "../http/fields.ts";
import type { ForwardedStyle } from "../http/forwarded.ts";
import type { Request } from "../http/message.ts";
import type { Client } from "../web/client.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { destinationOf } from "./absolute.ts";
import { circle, ownName } from "./circle.ts";
import type { Destinations } from "./destinations.ts";
import { ALLOW, lastHop } from "./last-hop.ts";
import { type Destination, type Intermediary, outgoingRequest, passedAnswer } from "./proxy.ts";
import { failed, refuse } from "./refusal-page.ts";
import type { RelayOptions } from "./relay.ts";
import { Replayable } from "./replayable.ts";

export interface ForwardOptions {
  readonly client: Client;
  /** Takes CONNECT; without it there are no tunnels. */
  readonly connect?: Handler;
  /** Who may go where. Default: everywhere that the client can reach. */
  readonly destinations?: Destinations;
  /** Who we are, in Via and Proxy-Status. Default: maitred and a number, since two of one name take each other for a circle. */
  readonly name?: string;
  /** Whether the servers are told for whom we ask. Default "none". */
  readonly forwarded?: ForwardedStyle;
  /** For what an upgrade leads to. */
  readonly tunnels?: Omit<RelayOptions, "early" | "earlyBack">;
}

/**
 * A handler for requests in absolute-form, over http and https, and for CONNECT. Who comes to it as to a web server is
 * told what it is.
 *
 * @example
 * const proxy = forwardProxy({ client: new Client(dialer(kernel)) });
 * const asked = { ...request, target: `http://127.0.0.1:${upstreamPort}/` };
 * (await proxy(asked, exchange)).status; // 200
 */
export function forwardProxy(options: ForwardOptions): Handler {
  const { client, connect, destinations, name = ownName(), forwarded = "none", tunnels = {} } = options;
  const proxy: Intermediary = { client, name, forwarded, trusts: () => true, tunnels };

  return (request, exchange) => {
    if (request.method === "CONNECT") {
      return connect?.(request, exchange) ?? statusPage(501, request, "This proxy makes no tunnels");
    }
    const destination = destinationOf(request.method, request.target);
    if (destination === undefined) return notHere(request);
    const answer = lastHop(request) ?? circle(request, name);
    if (answer !== undefined) return answer;
    const { address } = destination.origin;
    const why = "host" in address ? destinations?.judgeName(address.host, address.port) : undefined;
    if (why !== undefined) return refuse("http_request_denied", why, request, name);
    return fetchIt(request, exchange, destination, proxy);
  };
}

async function fetchIt(
  request: Request,
  exchange: Exchange,
  destination: Destination,
  proxy: Intermediary,
): Promise<Answer> {
  const body = request.body && new Replayable(request.body);
  try {
    const outgoing = outgoingRequest(request, exchange, destination, body, proxy);
    return passedAnswer(await proxy.client.ask(destination.origin, outgoing, exchange), exchange, proxy);
  } catch (error) {
    return failed(error, request, exchange, proxy.name);
  }
}

/** For who comes here as to a web server, or wants what is no HTTP. */
function notHere(request: Request): Answer {
  const { method, target } = request;
  if (target === "*") return { status: 204, fields: Fields.of({ Allow: `${ALLOW}, CONNECT` }) };
  if (target.startsWith("/")) {
    return statusPage(
      400,
      request,
      "This is a proxy, not a web server: set it as the HTTP proxy of your program (http_proxy, --proxy)",
    );
  }
  const scheme = target.slice(0, target.indexOf(":"));
  return statusPage(501, request, `Cannot ${method} ${scheme}: this proxy speaks http and https`);
}
