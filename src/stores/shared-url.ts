/** Where a shared store is: the URLs that people write for a Redis or a Valkey. */

export interface Whereabouts {
  /** For people: the URL, without who we are there. */
  readonly name: string;
  readonly isCluster: boolean;
  readonly isTls: boolean;
  /** One server, or some of a cluster's; none where there is a path. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** Of a Unix-domain socket. */
  readonly path: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
}

const SCHEME = String.raw`(?<scheme>(?:redis|valkey)(?<tls>s?)(?<cluster>\+cluster)?|unix)`;
const USER = "(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?";
/** Nobody is named for a Unix-domain socket: there the path follows at once. */
const PLACE = String.raw`(?<hosts>[^@/?#]*)(?<path>/[^?#]*)?(?:\?db=(?<db>\d+))?`;
const URL_FORM = new RegExp(`^${SCHEME}://${USER}${PLACE}$`, "i");

const HOST_FORM = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[^\s:[\]]+))(?::(?<port>\d{1,5}))?$/i;

/** What both listen on, where nobody says otherwise. */
const PORT = 6379;

/**
 * `redis://user:password@host:port/database`, all but the host may be missing; `rediss://` for TLS;
 * `redis+cluster://host:port,host:port` and `rediss+cluster://` for a cluster, of which some servers are named;
 * `unix:///run/redis.sock?db=1` for a Unix-domain socket. `valkey` is the same as `redis`. User and password are percent-encoded
 * where they need it. A TypeError where it is none of these.
 *
 * @example
 * parseSharedUrl("redis://cache.example/2").nodes; // [{ host: "cache.example", port: 6379 }]
 */
export function parseSharedUrl(text: string): Whereabouts {
  const parts = URL_FORM.exec(text)?.groups;
  const isUnix = parts?.scheme?.toLowerCase() === "unix";
  if (parts === undefined) throw unreadable(text, "it is not like redis://host:6379");
  const { hosts = "", path = "" } = parts;
  const isCluster = parts.cluster !== undefined;
  if (isUnix && (hosts !== "" || path.length < 2)) throw unreadable(text, "it is not like unix:///run/redis.sock");

  const nodes = isUnix ? [] : hosts.split(",").map((host) => parseHost(host, text));
  if (!isCluster && nodes.length > 1) throw unreadable(text, "only a redis+cluster:// has several hosts");
  const db = isUnix ? (parts.db ?? "0") : path.replace(/^\/$/, "").slice(1) || "0";
  if (!isUnix && parts.db !== undefined) throw unreadable(text, "its database belongs behind a slash");
  if (!/^\d{1,6}$/.test(db)) throw unreadable(text, `its database ${JSON.stringify(db)} is not a number`);
  if (isCluster && db !== "0") throw unreadable(text, "a cluster has no databases");
  return {
    name: withoutUser(text),
    isCluster,
    isTls: !isUnix && parts.tls !== "",
    nodes,
    path: isUnix ? decoded(path, text) : undefined,
    username: decoded(parts.user, text) || undefined,
    password: decoded(parts.password, text),
    db: Number(db),
  };
}

function parseHost(host: string, text: string): { host: string; port: number } {
  const parts = HOST_FORM.exec(host)?.groups;
  if (parts === undefined) throw unreadable(text, `${JSON.stringify(host)} is not a host`);
  const port = Number(parts.port ?? PORT);
  if (port < 1 || port > 65535) throw unreadable(text, `${port} is not a port`);
  return { host: parts.v6 ?? parts.name!, port };
}

function decoded(part: string | undefined, text: string): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    throw unreadable(text, "its percent-encoding is broken");
  }
}

/** Messages end up in logs, where no password belongs. */
const withoutUser = (text: string): string => text.replace(/\/\/.*@/, "//");

function unreadable(text: string, why: string): TypeError {
  return new TypeError(`Cannot use the shared store ${JSON.stringify(withoutUser(text))}: ${why}`);
}
