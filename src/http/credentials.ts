/** A user and a password, as the scheme Basic says and asks for them (RFC 7617). */

import { fromLatin1 } from "../base/bytes.ts";
import { isFieldValue } from "./grammar.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** "Basic" without case, 1*SP, token68 (RFC 9110 §11.4). */
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What an Authorization or Proxy-Authorization field says (RFC 7617 §2); undefined where it is another scheme or not
 * well formed. One text has one spelling only, so that nothing else that reads them reads them otherwise.
 *
 * @example
 * basicCredentials("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="); // { user: "Aladdin", password: "open sesame" }
 */
export function basicCredentials(value: string | undefined): Credentials | undefined {
  const encoded = value === undefined ? undefined : BASIC.exec(value)?.[1];
  const text = encoded === undefined ? undefined : decoded(encoded);
  // "The user-id and password MUST NOT contain any control characters"
  if (text === undefined || /[\0-\x1f\x7f]/.test(text)) return undefined;
  // "the first colon … separates the user-id and password": a password may hold others.
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decoded(encoded: string): string | undefined {
  try {
    const bytes = atob(encoded);
    // Without its padding, or with bits that mean nothing, it would be a second spelling.
    return btoa(bytes) === encoded ? decoder.decode(fromLatin1(bytes)) : undefined;
  } catch {
    // Not base64, or not UTF-8.
    return undefined;
  }
}

/**
 * What WWW-Authenticate or Proxy-Authenticate asks for (§2, §2.1). Throws a TypeError where the realm cannot stand there.
 *
 * @example
 * basicChallenge("maitred"); // 'Basic realm="maitred", charset="UTF-8"'
 */
export function basicChallenge(realm: string): string {
  if (!isFieldValue(realm)) {
    throw new TypeError(
      `Cannot ask for a password: the realm ${JSON.stringify(realm)} is not one line of single bytes`,
    );
  }
  return `Basic realm="${realm.replace(/["\\]/g, "\\$&")}", charset="UTF-8"`;
}
