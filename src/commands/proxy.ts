/** `maitred proxy`: stands between its clients and any server, or before servers of the user's. */

import { authenticate, parseCredentials } from "../handlers/authenticate.ts";
import { circle } from "../handlers/circle.ts";
import { concurrency } from "../handlers/concurrency.ts";
import { type PortRange, parsePattern } from "../handlers/destination-pattern.ts";
import { type Destinations, destinations, prepared } from "../handlers/destinations.ts";
import { forwardProxy } from "../handlers/forward.ts";
import { textbookProxy } from "../handlers/textbook.ts";
import { tunnel } from "../handlers/tunnel.ts";
import { parseVisitors, visitors } from "../handlers/visitors.ts";
import { kernel } from "../socket/kernel.ts";
import type { Address } from "../socket/socket.ts";
import type { Handler } from "../web/handler.ts";
import { parseAddress } from "../wire/address.ts";
import { isAmong, type Prefix } from "../wire/prefix.ts";
import { type KeepFlags, keepHouse, said } from "./keep.ts";
import { Refusal } from "./refusal.ts";
import { type GatewayFlags, gatewayTo, pathsTo, refusing } from "./upstreams.ts";

/** What the options say; times in milliseconds. */
export interface ProxyFlags extends KeepFlags, GatewayFlags {
  readonly to?: readonly string[];
  /** Whose word is believed about whom they ask for. */
  readonly trust?: readonly string[];
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly connectPort?: readonly PortRange[];
  readonly from?: readonly string[];
  readonly auth?: string;
  readonly concurrency?: number;
  readonly profile?: "csapp";
}

/**
 * Proxies until somebody asks it to end. Fails with a Refusal where it cannot begin.
 *
 * @example
 * await proxyCommand({ port: 0, host: "localhost" });
 */
export async function proxyCommand(flags: ProxyFlags): Promise<void> {
  // By this a message is known that comes round to us, and not just to another maitred.
  const name = flags.name ?? `maitred-${Math.floor(Math.random() * 2 ** 24).toString(16)}`;
  const { handler, does, close } = flags.to === undefined ? forward(flags, name) : reverse(flags.to, flags, name);
  await keepHouse({ handler: admit(handler, flags, name), does, settled: async () => close() }, flags);
}

interface Proxy {
  readonly handler: Handler;
  readonly does: string;
  close(): void;
}

function reverse(to: readonly string[], flags: ProxyFlags, name: string): Proxy {
  for (const flag of ["allow", "deny", "connectPort", "profile"] as const) {
    if (flags[flag] === undefined) continue;
    const dashed = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Refusal(`Cannot use --${dashed} with --to: the servers are those that --to names, and no others`);
  }
  const trusts = flags.trust && among(networks(flags.trust));
  const { handler, close } = gatewayTo(to, { ...flags, name }, said({ trusts }));
  return { handler, close, does: `passes on to ${to.join(", ")}` };
}

function forward(flags: ProxyFlags, name: string): Proxy {
  const rules = rulesOf(flags);
  const { client, dial } = pathsTo(flags, rules.judge);
  const close = (): void => client.close();
  if (flags.profile === "csapp") {
    const handler = prepared(textbookProxy({ client, destinations: rules }), rules);
    return { handler, close, does: "is the textbook's proxy" };
  }
  const { forwarded, tunnelTimeout: idle } = flags;
  const tunnels = said({ idle });
  const connect = tunnel(dial, { destinations: rules, name, ...tunnels });
  const handler = forwardProxy({ client, connect, destinations: rules, name, tunnels, ...said({ forwarded }) });
  return { handler: prepared(handler, rules), close, does: "is a proxy" };
}

function rulesOf(flags: ProxyFlags): Destinations {
  return destinations({
    allow: patterns(flags.allow ?? []),
    deny: patterns(flags.deny ?? []),
    // Who is let in from elsewhere has no business with what is meant for this machine alone.
    guardsInside: isWideOpen(flags),
    resolve: (host) => kernel.resolve(host),
    connectPorts: [443, ...(flags.connectPort ?? [])],
  });
}

/** Who may come in at all, with which password, and how many at once. */
function admit(handler: Handler, flags: ProxyFlags, name: string): Handler {
  const isProxy = flags.to === undefined;
  let admitted = handler;
  if (flags.concurrency !== undefined) {
    const limited = concurrency(handler, { limit: flags.concurrency });
    // Who asks in a circle would wait for a place that he himself has.
    admitted = (request, exchange) => circle(request, name) ?? limited(request, exchange);
  }
  if (flags.auth !== undefined) {
    admitted = authenticate(admitted, { ...refusing(() => parseCredentials(flags.auth!)), isProxy });
  }
  if (flags.from !== undefined) return visitors(admitted, { from: networks(flags.from) });
  // An open proxy is found within hours, and used for what one does not want to be asked about.
  return isProxy && isWideOpen(flags) && flags.auth === undefined ? visitors(admitted) : admitted;
}

const isWideOpen = ({ host, lan, unix }: ProxyFlags): boolean =>
  unix === undefined && (lan === true || !/^(?:localhost|127\.[\d.]+|::1)$/.test(host));

const patterns = (texts: readonly string[]) => texts.map((text) => refusing(() => parsePattern(text)));

const networks = (texts: readonly string[]) => texts.map((text) => refusing(() => parseVisitors(text)));

/** Whether a client comes from one of these networks; one of this very machine, by a Unix-domain socket, always does. */
function among(prefixes: readonly Prefix[]): (remote: Address) => boolean {
  return (remote) => {
    if ("path" in remote) return true;
    const address = parseAddress(remote.host);
    return address !== undefined && isAmong(prefixes, address);
  };
}
