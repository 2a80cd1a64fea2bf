/** The question of a health check: a GET, of which only the status matters. */

import { Fields } from "../http/fields.ts";
import type { Asker } from "../web/asking.ts";
import type { Client } from "../web/client.ts";
import type { Upstream } from "./upstream.ts";

/**
 * Asks through a client, over the connections that its requests take too: so a check also tells when these run out.
 * Fails with an UpstreamError, or with the signal's reason.
 *
 * @example
 * const ask = askHealth(new Client(dialer(kernel)));
 * await ask(parseUpstream(`http://127.0.0.1:${upstreamPort}`), "/", new AbortController().signal); // 200
 */
export function askHealth(client: Client): (upstream: Upstream, path: string, signal: AbortSignal) => Promise<number> {
  return async ({ origin, path: base }, path, signal) => {
    const asker: Asker = { signal, hold: undefined, inform() {} };
    const leave = (): void => asker.hold?.cancel();
    signal.addEventListener("abort", leave);
    try {
      const fields = Fields.of({ Host: origin.authority, "User-Agent": "maitred", Accept: "*/*" });
      const { status, body } = await client.ask(origin, { method: "GET", target: `${base}${path}`, fields }, asker);
      if (body !== undefined && !(body instanceof Uint8Array)) body.cancel();
      return status;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  };
}
