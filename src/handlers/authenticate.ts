/** Asks everyone for a user and password: 407 from a proxy, 401 from what stands in for the server (RFC 9110 §11, RFC 7617). */

import { hash, timingSafeEqual } from "node:crypto";
import { fromLatin1 } from "../base/bytes.ts";
import { basicChallenge, basicCredentials, type Credentials } from "../http/credentials.ts";
import { Fields } from "../http/fields.ts";
import type { Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";

export interface AuthenticateOptions extends Credentials {
  /** Named to people who are asked, in quotes. Default "maitred". */
  readonly realm?: string;
  /** Whether clients know us for a proxy (407, Proxy-Authorization), or take us for the server (401, Authorization). */
  readonly isProxy: boolean;
}

/**
 * A handler for those who know the user and password. It gets the request without them.
 *
 * @example
 * const locked = authenticate(handler, { user: "mia", password: "secret", isProxy: true });
 * (await locked(request, exchange)).status; // 407
 */
export function authenticate(
  handler: Handler,
  { user, password, realm = "maitred", isProxy }: AuthenticateOptions,
): Handler {
  const { status, field, challenge } = isProxy ? PROXY : SERVER;
  const asked = basicChallenge(realm);
  const isKnown = knows({ user, password });
  return (request, exchange) => {
    const value = request.fields.get(field);
    if (value !== undefined && isKnown(value)) {
      return handler({ ...request, fields: request.fields.copy().delete(field) }, exchange);
    }
    const why = value === undefined ? "A user and a password are asked for" : "The user or the password is wrong";
    return statusPage(status, request, why, Fields.of({ [challenge]: asked }));
  };
}

const PROXY = { status: 407, field: "proxy-authorization", challenge: "Proxy-Authenticate" };
const SERVER = { status: 401, field: "authorization", challenge: "WWW-Authenticate" };

/**
 * Whether a field's value says these credentials. Digests are compared, and both of them always: how long it takes
 * tells nothing about how near a guess was, nor whether it was the user that was wrong.
 */
function knows({ user, password }: Credentials): (value: string) => boolean {
  const [ourUser, ourPassword] = [digest(user), digest(password)];
  let lastGood: Uint8Array = new Uint8Array(ourUser.length);
  return (value) => {
    // Who has come in once comes again with the same field: one digest in place of reading it and two of them.
    const said = digest(value);
    if (timingSafeEqual(said, lastGood)) return true;
    const credentials = basicCredentials(value);
    const isUser = timingSafeEqual(digest(credentials?.user ?? ""), ourUser);
    const isPassword = timingSafeEqual(digest(credentials?.password ?? ""), ourPassword);
    const isGood = [credentials !== undefined, isUser, isPassword].every(Boolean);
    if (isGood) lastGood = said;
    return isGood;
  };
}

/** As hexadecimal: Node has that in a fifth of the time that the same digest takes as bytes. */
const digest = (text: string): Uint8Array => fromLatin1(hash("sha256", text, "hex"));

/**
 * Reads `user:password`; the password may be empty, and hold colons. Throws a TypeError of one line, which does not say it.
 *
 * @example
 * parseCredentials("mia:se:cret"); // { user: "mia", password: "se:cret" }
 */
export function parseCredentials(text: string): Credentials {
  const refuse = (why: string) => new TypeError(`Cannot use the credentials: ${why}`);
  const colon = text.indexOf(":");
  if (colon < 0) throw refuse("they are not written user:password");
  if (colon === 0) throw refuse('there is no user before the ":"');
  // No client could say them (RFC 7617 §2).
  if (/[\0-\x1f\x7f]/.test(text)) throw refuse("they hold a control character");
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
