/** The certificates that `--ca` names, in PEM (RFC 7468). */

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Refusal } from "./refusal.ts";

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * All that stand in a file, whatever stands between them. Fails with a Refusal where one of them is none: it would be
 * found out with the first connection only.
 *
 * @example
 * readCertificates("test/socket/certificates/ca.crt").length; // 1
 */
export function readCertificates(path: string): readonly string[] {
  const certificates = read(path).match(PEM) ?? [];
  if (certificates.length === 0) throw refuse(path, "there is no certificate in it (PEM)");
  for (const [i, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      const which = certificates.length === 1 ? "its certificate" : `certificate ${i + 1} of ${certificates.length}`;
      throw refuse(path, `${which} cannot be read`, error);
    }
  }
  return certificates;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(path, WHY[code ?? ""] ?? message, error);
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "you may not read it",
  EISDIR: "it is a folder",
};

const refuse = (path: string, why: string, cause?: unknown): Refusal =>
  new Refusal(`Cannot use --ca "${path}": ${why}`, { cause });
