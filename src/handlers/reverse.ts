/** The reverse proxy, or gateway: stands before servers that its clients know nothing of (RFC 9110 §3.7). */

import { Fields } from "../http/fields.ts";
import type { ForwardedStyle } from "../http/forwarded.ts";
import type { Request } from "../http/message.ts";
import { isIdempotent } from "../http/methods.ts";
import { hostOf } from "../http/target.ts";
import type { Address } from "../socket/socket.ts";
import type { Incoming } from "../web/asking.ts";
import type { Client } from "../web/client.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { UpstreamError } from "../web/upstream-error.ts";
import { afterwards } from "./afterwards.ts";
import type { Balancer, Member } from "./balancer.ts";
import { circle, ownName } from "./circle.ts";
import { lastHop } from "./last-hop.ts";
import { type Destination, type Intermediary, outgoingRequest, passedAnswer } from "./proxy.ts";
import { redirectedTo, targetBehind } from "./rebase.ts";
import { failed } from "./refusal-page.ts";
import type { RelayOptions } from "./relay.ts";
import { Replayable } from "./replayable.ts";
import type { Upstream } from "./upstream.ts";

export interface ReverseOptions {
  readonly client: Client;
  readonly balancer: Balancer;
  /** Who we are, in Via, CDN-Loop and Proxy-Status. Default: maitred and a number, since two of one name take each other for a circle. */
  readonly name?: string;
  /** How the servers are told for whom we ask. Default "x-forwarded". */
  readonly forwarded?: ForwardedStyle;
  /** Clients that may tell for whom *they* ask, since they are proxies of ours. Default: nobody. */
  readonly trusts?: (remote: Address) => boolean;
  /** Whose Host the servers hear: the client's, or their own. Default: the client's, and over https their own, as their certificate has it. */
  readonly hostField?: "client" | "upstream";
  /** On how many servers a request is tried, where that is safe. Default 2. */
  readonly tries?: number;
  /** The path that this is mounted at, without a slash at its end. A server with a path of its own gets that in its place. */
  readonly prefix?: string;
  /** For what an upgrade leads to. */
  readonly tunnels?: Omit<RelayOptions, "early" | "earlyBack">;
}

/**
 * A handler that asks one of several servers. Where one cannot be reached or gives no answer, another is asked if that
 * is safe: if nothing has gone out, or the method is idempotent (RFC 9110 §9.2.2), and the content can be had again.
 *
 * @example
 * const balancer = new Balancer([parseUpstream(`http://127.0.0.1:${upstreamPort}`)]);
 * const proxy = reverseProxy({ client: new Client(dialer(kernel)), balancer });
 * (await proxy(request, exchange)).status; // 200
 */
export function reverseProxy(options: ReverseOptions): Handler {
  const { client, name = ownName(), forwarded = "x-forwarded", trusts = nobody, tunnels = {} } = options;
  const gateway = new Gateway({ client, name, forwarded, trusts, tunnels }, options);
  return (request, exchange) => gateway.handle(request, exchange);
}

const nobody = (): boolean => false;

class Gateway {
  readonly #proxy: Intermediary;
  readonly #balancer: Balancer;
  readonly #hostField: "client" | "upstream" | undefined;
  readonly #tries: number;
  readonly #prefix: string;

  constructor(proxy: Intermediary, { balancer, hostField, tries = 2, prefix = "" }: ReverseOptions) {
    this.#proxy = proxy;
    this.#balancer = balancer;
    this.#hostField = hostField;
    this.#tries = tries;
    this.#prefix = prefix;
  }

  handle(request: Request, exchange: Exchange): Answer | Promise<Answer> {
    if (request.method === "CONNECT") {
      return statusPage(405, request, "There are no tunnels here", Fields.of({ Allow: "GET, HEAD, POST, OPTIONS" }));
    }
    return lastHop(request) ?? circle(request, this.#proxy.name) ?? this.#pass(request, exchange);
  }

  async #pass(request: Request, exchange: Exchange): Promise<Answer> {
    const body = request.body && new Replayable(request.body);
    const tried: Member[] = [];
    for (;;) {
      const member = this.#balancer.pick(request, exchange.remote, tried)!;
      member.begin();
      try {
        const { upstream } = member;
        const destination = this.#destination(request, upstream);
        const outgoing = outgoingRequest(request, exchange, destination, body, this.#proxy);
        outgoing.fields.append("CDN-Loop", this.#proxy.name);
        const incoming = await this.#proxy.client.ask(upstream.origin, outgoing, exchange);
        return this.#passBack(incoming, exchange, member, destination.host);
      } catch (error) {
        // Of a client that leaves, or whose content breaks off, nobody else is at fault.
        const isTheirs = error instanceof UpstreamError && !exchange.signal.aborted;
        member.end(isTheirs && !isOurs(error) ? false : undefined);
        tried.push(member);
        if (!isTheirs || !this.#mayTryAnother(request, body, error, tried)) {
          return failed(error, request, exchange, this.#proxy.name);
        }
      }
    }
  }

  #destination(request: Request, upstream: Upstream): Destination {
    const target = targetBehind(request.target, this.#prefix, upstream);
    return { origin: upstream.origin, target, host: this.#hostFor(request, upstream) };
  }

  #passBack(incoming: Incoming, exchange: Exchange, member: Member, host: string): Answer {
    const answer = passedAnswer(incoming, exchange, this.#proxy);
    const { body, fields, tunnel } = answer;
    const location = fields.get("location");
    if (location !== undefined) {
      fields.set("Location", redirectedTo(location, this.#prefix, member.upstream, host));
    }
    if (tunnel === undefined && (body === undefined || body instanceof Uint8Array)) {
      member.end(true);
      return answer;
    }
    return afterwards(answer, false, (isComplete, _, error) => member.end(verdict(isComplete, error, exchange)), {
      exchange,
    });
  }

  #hostFor(request: Request, { origin }: Upstream): string {
    const isOwn = this.#hostField === undefined ? origin.secure : this.#hostField === "upstream";
    return (isOwn ? undefined : hostOf(request)) ?? origin.authority;
  }

  #mayTryAnother(
    request: Request,
    body: Replayable | undefined,
    error: UpstreamError,
    tried: readonly Member[],
  ): boolean {
    if (tried.length >= Math.min(this.#tries, this.#balancer.members.length)) return false;
    if (error.isSent && !isIdempotent(request.method)) return false;
    return body === undefined || body.canReplay;
  }
}

/** An answer that was not read to its end tells something about its server only if it was the server that broke off. */
function verdict(isComplete: boolean, error: unknown, { signal }: Exchange): boolean | undefined {
  if (isComplete) return true;
  return error === undefined || signal.aborted ? undefined : false;
}

/** It says nothing about the server that we would not ask it. */
const isOurs = (error: UpstreamError): boolean =>
  error.type === "connection_limit_reached" || error.type === "proxy_internal_error";
