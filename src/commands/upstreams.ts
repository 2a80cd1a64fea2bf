/** The way to other servers, as the options have it: how long, over how many connections, believing which certificates. */

import type { Secure } from "../socket/socket.ts";
import { Client } from "../web/client.ts";
import { type Dial, type DialOptions, dialer } from "../web/dial.ts";
import { said } from "./keep.ts";
import { type NetworkFlags, networkOf } from "./network.ts";

/** What the options say about servers; times in milliseconds. */
export interface ServerFlags extends NetworkFlags {
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

/**
 * What the requests of one proxy go through. Fails with a Refusal where a certificate cannot be read.
 *
 * @example
 * const { client } = await pathsTo({ connectTimeout: 5_000 });
 * client.close();
 */
export async function pathsTo(
  flags: ServerFlags,
  judge?: DialOptions["judge"],
): Promise<{ client: Client; dial: Dial }> {
  const { connectTimeout: timeout, answerTimeout, readTimeout, connections } = flags;
  const secure = await secureOf(flags);
  const dial = dialer(await networkOf(flags), { secure, ...said({ timeout, judge }) });
  return { client: new Client(dial, said({ answerTimeout, readTimeout, connections })), dial };
}

/** TLS is loaded with the first server that wants it. */
async function secureOf({ ca, insecure = false }: ServerFlags): Promise<Secure> {
  const certificates = ca && (await certificatesIn(ca));
  let loaded: Promise<Secure> | undefined;
  return async (socket, options) => {
    loaded ??= import("../socket/tls.ts").then(({ tlsClient }) =>
      tlsClient({ verify: !insecure, ...said({ ca: certificates }) }),
    );
    return (await loaded)(socket, options);
  };
}

async function certificatesIn(files: readonly string[]): Promise<string[]> {
  const { readCertificates } = await import("./certificates.ts");
  return files.flatMap(readCertificates);
}
