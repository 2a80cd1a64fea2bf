/** `maitred proxy`: stands between its clients and any server, or before servers of the user's. */

import { circle, ownName } from "../handlers/circle.ts";
import { type PortRange, parsePattern } from "../handlers/destination-pattern.ts";
import { type Destinations, destinations, prepared } from "../handlers/destinations.ts";
import { parseVisitors, visitors } from "../handlers/visitors.ts";
import type { Address, Network } from "../socket/socket.ts";
import type { Handler } from "../web/handler.ts";
import type { ServerOptions } from "../web/options.ts";
import { parseAddress } from "../wire/address.ts";
import { isAmong, type Prefix } from "../wire/prefix.ts";
import { CACHE_FLAGS, type CacheFlags, wantsCache } from "./cache-flags.ts";
import type { GatewayFlags } from "./gateway.ts";
import { type KeepFlags, keepHouse, said } from "./keep.ts";
import { networkOf } from "./network.ts";
import { Refusal, refusing } from "./refusal.ts";
import { pathsTo } from "./upstreams.ts";

/** What the options say; times in milliseconds. */
export interface ProxyFlags extends KeepFlags, GatewayFlags, CacheFlags {
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
  const { close, ...proxy } = await proxyFor(flags);
  try {
    await keepHouse({ ...proxy, settled: close }, flags);
  } catch (error) {
    // What is open already is not left behind: a socket's file, a folder that is in use.
    await close();
    throw error;
  }
}

export interface Proxy {
  readonly handler: Handler;
  /** What it does, for people. */
  readonly does: string;
  /** What is special about its server. */
  readonly options?: ServerOptions;
  /** Resolves when what can outlive us is safe. */
  close(): Promise<void>;
}

/** The one that asks servers, before anybody stands before it. */
interface Asking extends Pick<Proxy, "handler" | "does" | "options"> {
  close(): void;
  /** Keeps answers that were stored by other rules from those who may not have them now. */
  guard?(handler: Handler): Handler;
}

/**
 * The proxy that the flags ask for; what they do not ask for is not loaded. Fails with a Refusal where it cannot be had.
 *
 * @example
 * const { handler, close } = await proxyFor({ port: 3128, host: "localhost", deny: ["10.0.0.0/8"] });
 * close();
 */
export async function proxyFor(flags: ProxyFlags): Promise<Proxy> {
  for (const { flags: some, clash, why } of CLASHES) {
    const flag = clash(flags) ? some.find((flag) => flags[flag] !== undefined) : undefined;
    if (flag !== undefined) throw new Refusal(`Cannot use --${dashed(flag)} ${why}`);
  }
  const isCached = wantsCache(flags);
  const name = flags.name ?? ownName();
  const asking = flags.to === undefined ? await forward(flags, name) : await reverse(flags.to, flags, name);
  try {
    const proxy = isCached ? await remembering(asking, flags) : { ...asking, close: async () => asking.close() };
    return { ...proxy, handler: await admit(proxy.handler, flags, name) };
  } catch (error) {
    asking.close();
    throw error;
  }
}

/** The same with a cache before it; who may come in at all is asked before that. */
async function remembering({ handler, does, options, guard, close }: Asking, flags: ProxyFlags): Promise<Proxy> {
  const { cachedBy } = await import("./cached.ts");
  const cached = await cachedBy(handler, flags, { name: flags.name });
  const outlives = flags.disk !== undefined || flags.shared !== undefined;
  return {
    handler: outlives && guard !== undefined ? guard(cached.handler) : cached.handler,
    does: `${does}, and ${cached.does}`,
    ...(options && { options }),
    close: async () => {
      close();
      await cached.close();
    },
  };
}

/** What would be said in vain, and somebody relies on it. */
const CLASHES: readonly { flags: readonly (keyof ProxyFlags)[]; clash: (flags: ProxyFlags) => boolean; why: string }[] =
  [
    {
      flags: ["allow", "deny", "connectPort", "profile"],
      clash: ({ to }) => to !== undefined,
      why: "with --to: the servers are those that --to names, and no others",
    },
    {
      flags: ["balance", "tries", "health", "healthInterval", "hostField", "trust"],
      clash: ({ to }) => to === undefined,
      why: "without --to: it is about the servers that --to names",
    },
    {
      flags: ["healthInterval"],
      clash: ({ health }) => health === undefined,
      why: "without --health: it is what is asked for so often",
    },
    {
      flags: ["connectPort", "tunnelTimeout", "forwarded", "ca", "insecure"],
      clash: ({ profile }) => profile !== undefined,
      why: "with --profile: the textbook's proxy knows GET of http URLs only",
    },
    {
      flags: CACHE_FLAGS,
      clash: ({ profile }) => profile !== undefined,
      why: "with --profile: the textbook's proxy has a cache by rules of its own",
    },
  ];

const dashed = (flag: string): string => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

async function reverse(to: readonly string[], flags: ProxyFlags, name: string): Promise<Asking> {
  const { gatewayTo } = await import("./gateway.ts");
  const trusts = flags.trust && among(networks(flags.trust));
  const { handler, close } = await gatewayTo(to, { ...flags, name }, said({ trusts }));
  return { handler, close, does: `passes on to ${to.join(", ")}` };
}

async function forward(flags: ProxyFlags, name: string): Promise<Asking> {
  const rules = rulesOf(flags, await networkOf(flags));
  const { client, dial } = await pathsTo(flags, (host, port, address) => rules.judge(host, port, address));
  const close = (): void => client.close();
  if (flags.profile === "csapp") {
    const [{ textbookProxy }, { TextbookCache }] = await Promise.all([
      import("../handlers/textbook.ts"),
      import("../cache/textbook-cache.ts"),
    ]);
    const handler = prepared(textbookProxy({ client, destinations: rules, cache: new TextbookCache() }), rules);
    // "If the browser attaches its own Host header, … use the same Host header": else the target's.
    return { handler, close, does: "is the textbook's proxy", options: { needsHost: false } };
  }
  const [{ forwardProxy }, { tunnel }, { permitted }] = await Promise.all([
    import("../handlers/forward.ts"),
    import("../handlers/tunnel.ts"),
    import("../handlers/permitted.ts"),
  ]);
  const { forwarded, tunnelTimeout: idle } = flags;
  const tunnels = said({ idle });
  const connect = tunnel(dial, { destinations: rules, name, ...tunnels });
  const handler = forwardProxy({ client, connect, destinations: rules, name, tunnels, ...said({ forwarded }) });
  const guard = (cached: Handler): Handler => prepared(permitted(cached, rules, name), rules);
  return { handler: prepared(handler, rules), close, does: "is a proxy", guard };
}

function rulesOf(flags: ProxyFlags, network: Network): Destinations {
  return destinations({
    allow: patterns(flags.allow ?? []),
    deny: patterns(flags.deny ?? []),
    // Who is let in from elsewhere has no business with what is meant for this machine alone.
    guardsInside: isWideOpen(flags),
    resolve: (host) => network.resolve(host),
    connectPorts: [443, ...(flags.connectPort ?? [])],
  });
}

/** Who may come in at all, with which password, and how many at once. */
async function admit(handler: Handler, flags: ProxyFlags, name: string): Promise<Handler> {
  const isProxy = flags.to === undefined;
  let admitted = handler;
  if (flags.concurrency !== undefined) {
    const { concurrency } = await import("../handlers/concurrency.ts");
    const limited = concurrency(handler, { limit: flags.concurrency });
    // Who asks in a circle would wait for a place that he himself has.
    admitted = (request, exchange) => circle(request, name) ?? limited(request, exchange);
  }
  if (flags.auth !== undefined) {
    const { authenticate, parseCredentials } = await import("../handlers/authenticate.ts");
    admitted = authenticate(admitted, { ...refusing(() => parseCredentials(flags.auth!)), isProxy });
  }
  if (flags.from !== undefined) return visitors(admitted, { from: networks(flags.from) });
  // An open proxy is found within hours, and used for what one does not want to be asked about.
  return isProxy && isWideOpen(flags) && flags.auth === undefined ? visitors(admitted) : admitted;
}

/** Whether others than this machine's own may reach it. Nobody knows so far where systemd listens for us. */
const isWideOpen = ({ host, lan, unix, tap }: ProxyFlags): boolean =>
  process.env.LISTEN_FDS !== undefined ||
  tap !== undefined ||
  (unix === undefined && (lan === true || !/^(?:localhost|127\.[\d.]+|::1)$/.test(host)));

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
