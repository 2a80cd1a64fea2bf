/** The way to other servers, as the options have it: how long, over how many connections, believing which certificates. */

import { readFileSync } from "node:fs";
import { kernel } from "../socket/kernel.ts";
import type { Secure } from "../socket/socket.ts";
import { Client } from "../web/client.ts";
import { type Dial, type DialOptions, dialer } from "../web/dial.ts";
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
