/** The servers behind a gateway, as the options name them: `--to http://localhost:3000`, `--proxy /api=3000`. */

import { askHealth } from "../handlers/ask-health.ts";
import { parsePolicy } from "../handlers/balance.ts";
import { Balancer } from "../handlers/balancer.ts";
import { watchHealth } from "../handlers/health.ts";
import { reverseProxy } from "../handlers/reverse.ts";
import { parseUpstream } from "../handlers/upstream.ts";
import type { ForwardedStyle } from "../http/forwarded.ts";
import type { Address } from "../socket/socket.ts";
import type { Handler } from "../web/handler.ts";
import { said } from "./keep.ts";
import { refusing } from "./refusal.ts";
import { pathsTo, type ServerFlags } from "./upstreams.ts";

/** What the options say about a gateway. */
export interface GatewayFlags extends ServerFlags {
  readonly balance?: string;
  readonly tries?: number;
  readonly forwarded?: ForwardedStyle;
  readonly hostField?: "client" | "upstream";
  readonly health?: string;
  readonly healthInterval?: number;
}

/**
 * A gateway to the servers that `--to` names. Fails with a Refusal where one of them, or how they are to be chosen,
 * cannot be read.
 *
 * @example
 * const { handler, close } = await gatewayTo(["http://localhost:3000"], { balance: "least-connections" });
 * close();
 */
export async function gatewayTo(
  texts: readonly string[],
  flags: GatewayFlags,
  { prefix = "", trusts }: { prefix?: string; trusts?: (remote: Address) => boolean } = {},
): Promise<{ handler: Handler; close: () => void }> {
  const upstreams = texts.map((text) => refusing(() => parseUpstream(text)));
  const policy = flags.balance === undefined ? undefined : refusing(() => parsePolicy(flags.balance!));
  const { client } = await pathsTo(flags);
  const balancer = new Balancer(upstreams, { ...said({ policy }), complain: (message) => console.error(message) });
  const { name, forwarded, hostField, tries, tunnelTimeout: idle } = flags;
  const handler = reverseProxy({
    client,
    balancer,
    prefix,
    tunnels: said({ idle }),
    ...said({ name, forwarded, hostField, tries, trusts }),
  });
  const { health: path, healthInterval: interval } = flags;
  const checks =
    path === undefined
      ? undefined
      : refusing(() => watchHealth(balancer, { ask: askHealth(client), path, ...said({ interval }) }));
  const close = (): void => {
    checks?.stop();
    client.close();
  };
  return { handler, close };
}
