/** Who may go where, asked before a cache: what it keeps may have been stored when one still might go there, or by others. */

import type { Handler } from "../web/handler.ts";
import { destinationOf } from "./absolute.ts";
import type { Destinations } from "./destinations.ts";
import { refuse } from "./refusal-page.ts";

/**
 * A handler for requests in absolute-form that may go where they want to, by the name that they say: where names lead is asked
 * by who goes there. All others are for whoever stands behind it to judge. `name` is who refuses.
 *
 * @example
 * const door = permitted(handler, destinations({ deny: [parsePattern("intranet")] }), "maitred");
 * (await door({ ...request, target: "http://intranet/" }, exchange)).status; // 403
 */
export function permitted(handler: Handler, judge: Judge, name: string): Handler {
  return (request, exchange) => {
    const address = destinationOf(request.method, request.target)?.origin.address;
    const why = address !== undefined && "host" in address ? whyNot(address.host, address.port, judge) : undefined;
    return why === undefined ? handler(request, exchange) : refuse("http_request_denied", why, request, name);
  };
}

type Judge = Pick<Destinations, "judgeName" | "judge">;

/** Of one name everybody knows where it leads. */
const whyNot = (host: string, port: number, judge: Judge): string | undefined =>
  judge.judgeName(host, port) ??
  (/(?:^|\.)localhost\.?$/.test(host) ? judge.judge(host, port, "127.0.0.1") : undefined);
