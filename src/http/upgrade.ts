/** Which other protocols a proxy lets two ends go on in, on the connection they have: Upgrade (RFC 9110 §7.8). */

import type { Fields } from "./fields.ts";
import { elements, isToken } from "./grammar.ts";
import type { Request } from "./message.ts";

/**
 * Protocols that are HTTP again, or hide it. In their tunnel requests would reach the server past every rule that this
 * proxy stands for (h2c smuggling); and TLS is a matter of each connection (RFC 2817).
 */
const NEVER_TUNNELLED: ReadonlySet<string> = new Set(["h2c", "h2", "h3", "http", "tls"]);

/**
 * What the client would like to go on in, as far as a proxy passes it on; undefined where it is nothing. "A server
 * that receives an Upgrade header field in an HTTP/1.0 request MUST ignore that", and one that Connection does not
 * list was not meant for us.
 *
 * @example
 * const fields = Fields.of({ Connection: "Upgrade", Upgrade: "h2c, websocket" });
 * upgradeOf({ minor: 1, fields }); // "websocket"
 */
export function upgradeOf({ minor, fields }: Pick<Request, "minor" | "fields">): string | undefined {
  if (minor === 0) return undefined;
  const upgrade = fields.get("upgrade");
  if (upgrade === undefined || !elements(fields.get("connection")?.toLowerCase()).includes("upgrade")) return undefined;
  const passed = elements(upgrade).filter(mayBeTunnelled);
  return passed.length === 0 ? undefined : passed.join(", ");
}

/** protocol-name ["/" protocol-version], each a token. */
function mayBeTunnelled(protocol: string): boolean {
  const [name, version, more] = protocol.split("/", 3);
  if (more !== undefined || !isToken(name!) || (version !== undefined && !isToken(version))) return false;
  return !NEVER_TUNNELLED.has(name!.toLowerCase());
}

/**
 * Adds the fields that ask for an upgrade, or that answer 101: "A sender of Upgrade MUST also send an 'Upgrade'
 * connection option".
 *
 * @example
 * addUpgrade(new Fields(), "websocket").print(); // "Connection: Upgrade\r\nUpgrade: websocket\r\n"
 */
export function addUpgrade(fields: Fields, upgrade: string): Fields {
  const options = fields.get("connection");
  return fields.set("Connection", options === undefined ? "Upgrade" : `${options}, Upgrade`).set("Upgrade", upgrade);
}

/**
 * What a 101 goes on in; undefined where it does not say, or where nobody asked for that: "A server MUST NOT switch to
 * a protocol that was not indicated by the client". Names are compared without case, and without versions.
 *
 * @example
 * switchedTo("websocket, chat/2", Fields.of({ Connection: "upgrade", Upgrade: "WebSocket" })); // "WebSocket"
 */
export function switchedTo(asked: string, fields: Fields): string | undefined {
  const upgrade = fields.get("upgrade");
  const protocols = elements(upgrade);
  const names = elements(asked).map(nameOf);
  return protocols.length > 0 && protocols.every((one) => names.includes(nameOf(one))) ? upgrade : undefined;
}

const nameOf = (protocol: string): string => protocol.split("/", 1)[0]!.toLowerCase();
