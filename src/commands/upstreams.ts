/** The servers behind a gateway, as the options name them: `--to http://localhost:3000`, `--proxy /api=3000`. */

import { readFileSync } from "node:fs";
import { askHealth } from "../handlers/ask-health.ts";
import { parsePolicy } from "../handlers/balance.ts";
import { Balancer } from "../handlers/balancer.ts";
import { watchHealth } from "../handlers/health.ts";
import { reverseProxy } from "../handlers/reverse.ts";
import { parseUpstream } from "../handlers/upstream.ts";
import type { ForwardedStyle } from "../http/forwarded.ts";
import { kernel } from "../socket/kernel.ts";
import type { Address, Secure } from "../socket/socket.ts";
import { Client } from "../web/client.ts";
import { type Dial, type DialOptions, dialer } from "../web/dial.ts";
import type { Handler } from "../web/handler.ts";
import { said } from "./keep.ts";
import { Refusal } from "./refusal.ts";

/** What the options say about servers; times in milliseconds. */
export interface ServerFlags {
  readonly connectTimeout?: number;
  readonly answerTimeout?: number;
  readonly readTimeout?: number;
  /** Connections to one server at once. */
  readonly connections?: number;
  /** Files with certificates, in PEM, that are believed in place of the usual ones. */
  readonly ca?: readonly string[];
  /** Believes any certificate. */
  readonly insecure?: boolean;
  readonly tunnelTimeout?: number;
  /** Who we are, in Via and elsewhere. */
  readonly name?: string;
}

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
 * What the requests of one proxy go through.
 *
 * @example
 * const { client } = pathsTo({ connectTimeout: 5_000 });
 * client.close();
 */
export function pathsTo(flags: ServerFlags, judge?: DialOptions["judge"]): { client: Client; dial: Dial } {
  const { connectTimeout: timeout, answerTimeout, readTimeout, connections } = flags;
  const secure = secureOf(flags);
  const dial = dialer(kernel, { secure, ...said({ timeout, judge }) });
  return { client: new Client(dial, said({ answerTimeout, readTimeout, connections })), dial };
}

/** TLS is loaded with the first server that wants it. */
function secureOf({ ca = [], insecure = false }: ServerFlags): Secure {
  const certificates = ca.map(readCertificates);
  let loaded: Promise<Secure> | undefined;
  return async (socket, options) => {
    loaded ??= import("../socket/tls.ts").then(({ tlsClient }) =>
      tlsClient({ verify: !insecure, ...(certificates.length > 0 && { ca: certificates }) }),
    );
    return (await loaded)(socket, options);
  };
}

function readCertificates(path: string): string {
  const refuse = (why: string, cause?: unknown) => new Refusal(`Cannot use --ca "${path}": ${why}`, { cause });
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(code === "ENOENT" ? "there is no such file" : message, error);
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw refuse("there is no certificate in it (PEM)");
  return text;
}

/**
 * A gateway to the servers that `--to` names. Fails with a Refusal where one of them, or how they are to be chosen,
 * cannot be read.
 *
 * @example
 * const { handler, close } = gatewayTo(["http://localhost:3000"], { balance: "least-connections" });
 * close();
 */
export function gatewayTo(
  texts: readonly string[],
  flags: GatewayFlags,
  { prefix = "", trusts }: { prefix?: string; trusts?: (remote: Address) => boolean } = {},
): { handler: Handler; close: () => void } {
  const upstreams = texts.map((text) => refusing(() => parseUpstream(text)));
  const policy = flags.balance === undefined ? undefined : refusing(() => parsePolicy(flags.balance!));
  const { client } = pathsTo(flags);
  const balancer = new Balancer(upstreams, { ...said({ policy }), complain: (message) => console.error(message) });
  const { name = "maitred", forwarded, hostField, tries, tunnelTimeout: idle } = flags;
  const handler = reverseProxy({
    client,
    balancer,
    name,
    prefix,
    tunnels: said({ idle }),
    ...said({ forwarded, hostField, tries, trusts }),
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

/**
 * What a parser makes of the user's words; what it cannot read becomes a Refusal.
 *
 * @example
 * refusing(() => parseUpstream("http://localhost:3000")).origin.authority; // "localhost:3000"
 */
export function refusing<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    // They say in one line what is wrong, and why.
    throw error instanceof TypeError || error instanceof RangeError
      ? new Refusal(error.message, { cause: error })
      : error;
  }
}
