/** Who may come in at all: a proxy for everyone is a proxy for those who hide behind it. */

import type { Request } from "../http/message.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { parseAddress } from "../wire/address.ts";
import { isAmong, LINK_LOCAL, LOOPBACK, PRIVATE, type Prefix, parsePrefix, whyNoPrefix } from "../wire/prefix.ts";

/** This machine, and those around it: who may use a proxy that listens to all of them, unless told otherwise. */
const NEIGHBOURS: readonly Prefix[] = [...LOOPBACK, ...LINK_LOCAL, ...PRIVATE];

export interface VisitorOptions {
  /** Whose requests are answered. Default: this machine, its link-local neighbours, and private networks. */
  readonly from?: readonly Prefix[];
  /** What the others hear; `why` is for people. Default: a page, 403. */
  readonly refuse?: (request: Request, exchange: Exchange, why: string) => Answer;
}

/** So many addresses are remembered; when they are full, it begins anew. */
const REMEMBERED = 1000;

/**
 * A handler for those who come from these networks. Whoever comes by a Unix-domain socket is inside: its file's
 * permissions have let them in.
 *
 * @example
 * const door = visitors(handler, { from: [parseVisitors("192.0.2.0/24")] });
 * (await door(request, exchange)).status; // 403
 */
export function visitors(handler: Handler, { from = NEIGHBOURS, refuse = refusal }: VisitorOptions = {}): Handler {
  const verdicts = new Map<string, boolean>();
  const mayEnter = (host: string): boolean => {
    let verdict = verdicts.get(host);
    if (verdict === undefined) {
      const address = parseAddress(host);
      verdict = address !== undefined && isAmong(from, address);
      if (verdicts.size === REMEMBERED) verdicts.clear();
      verdicts.set(host, verdict);
    }
    return verdict;
  };
  return (request, exchange) => {
    const { remote } = exchange;
    if ("path" in remote || mayEnter(remote.host)) return handler(request, exchange);
    return refuse(request, exchange, `${remote.host} is not among those who may come in`);
  };
}

const refusal = (request: Request, _exchange: Exchange, why: string): Answer => statusPage(403, request, why);

/**
 * Reads a network that visitors may come from, `192.168.0.0/16` or one address. Throws a TypeError of one line.
 *
 * @example
 * parseVisitors("192.168.0.0/16").length; // 16
 */
export function parseVisitors(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new TypeError(`Cannot let ${JSON.stringify(text)} in: ${whyNoPrefix(text)}`);
  return prefix;
}
