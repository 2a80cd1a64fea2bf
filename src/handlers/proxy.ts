/** Passes a request on to a server, and its answer back: parsed and written anew, never copied through (RFC 9110 §7.6). */

import { expectsContinue } from "../http/expectation.ts";
import { addForwarded, type ForwardedStyle, type Forwarder } from "../http/forwarded.ts";
import { forwardable } from "../http/forwarding.ts";
import { elements } from "../http/grammar.ts";
import { maxForwards } from "../http/max-forwards.ts";
import type { Body, Request } from "../http/message.ts";
import { hostOf } from "../http/target.ts";
import { addUpgrade, upgradeOf } from "../http/upgrade.ts";
import { viaOf } from "../http/via.ts";
import type { Address } from "../socket/socket.ts";
import type { Incoming, Outgoing } from "../web/asking.ts";
import type { Client } from "../web/client.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import type { Origin } from "../web/origin.ts";
import { PassedBody } from "./passed-body.ts";
import type { RelayOptions } from "./relay.ts";
import type { Replayable } from "./replayable.ts";
import { through } from "./tunnel.ts";

/** What all requests through one proxy have in common. */
export interface Intermediary {
  readonly client: Client;
  /** Who we are, in Via, CDN-Loop and Proxy-Status; by it a message is known that comes round in a circle. */
  readonly name: string;
  /** Which fields tell the server whom it is that we ask for. */
  readonly forwarded: ForwardedStyle;
  /** Whether that client may itself tell so, as another proxy of ours does. */
  readonly trusts: (remote: Address) => boolean;
  /** For what an upgrade leads to. */
  readonly tunnels: Omit<RelayOptions, "early" | "earlyBack">;
}

/** Where a request goes. */
export interface Destination {
  readonly origin: Origin;
  readonly target: string;
  readonly host: string;
}

/**
 * The request as the server hears it.
 *
 * @internal
 */
export function outgoingRequest(
  request: Request,
  exchange: Exchange,
  { target, host }: Destination,
  body: Replayable | undefined,
  proxy: Intermediary,
): Outgoing {
  const { method, minor } = request;
  const fields = forwardable(request.fields);
  fields.set("Host", host);
  fields.append("Via", viaOf(minor, proxy.name));
  if (proxy.forwarded !== "none") addForwarded(fields, proxy.forwarded, forwarderOf(request, exchange, proxy));
  const codings = request.fields.get("te");
  if (codings !== undefined && elements(codings.toLowerCase()).includes("trailers")) {
    fields.append("TE", "trailers").append("Connection", "TE");
  }
  const hops = maxForwards(method, fields);
  if (hops !== undefined) fields.set("Max-Forwards", String(hops - 1));
  const upgrade = body === undefined ? upgradeOf(request) : undefined;
  if (upgrade !== undefined) addUpgrade(fields, upgrade);
  const isHeldBack = body !== undefined && expectsContinue(minor, request.fields);
  // "A proxy … MUST forward" it, but what HTTP/1.0 says there means nothing (RFC 9110 §10.1.1).
  if (!isHeldBack) fields.delete("expect");
  const via = proxy.name;
  if (body === undefined) return { method, target, fields, upgrade, via };
  const again = (): Body | undefined => (body.canReplay ? contentOf(body, request) : undefined);
  return { method, target, fields, body: contentOf(body, request), isHeldBack, again, via };
}

/** Content of a known length has no trailers. */
function contentOf(body: Replayable, { fields }: Request): Body {
  const content = body.reading();
  return content.length === undefined ? new PassedBody(content, fields) : content;
}

function forwarderOf(request: Request, { remote, secure }: Exchange, { trusts }: Intermediary): Forwarder {
  const host = hostOf(request);
  return { remote: "host" in remote ? remote.host : undefined, host, secure, trusted: trusts(remote) };
}

/**
 * The answer as our client hears it.
 *
 * @internal
 */
export function passedAnswer(incoming: Incoming, exchange: Exchange, proxy: Intermediary): Answer {
  const { status, reason, minor, body, upgrade } = incoming;
  const fields = forwardable(incoming.fields).append("Via", viaOf(minor, proxy.name));
  if (upgrade !== undefined) {
    addUpgrade(fields, incoming.fields.get("upgrade") ?? "");
    const options = { ...proxy.tunnels, earlyBack: upgrade.early };
    return { status, reason, fields, tunnel: through(upgrade.socket, exchange, options) };
  }
  if (body === undefined || body instanceof Uint8Array || body.length !== undefined) {
    return { status, reason, fields, body };
  }
  return { status, reason, fields, body: new PassedBody(body, incoming.fields) };
}
