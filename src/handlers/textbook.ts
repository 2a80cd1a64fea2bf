/**
 * The proxy of the textbook: the proxy lab of "Computer Systems: A Programmer's Perspective", to the letter. Its rules
 * are those of a course, and RFC 9110 contradicts some of them: an honest proxy says Via, and leaves User-Agent alone.
 */

import type { TextbookCache } from "../cache/textbook-cache.ts";
import { Fields } from "../http/fields.ts";
import { forwardable } from "../http/forwarding.ts";
import type { Request } from "../http/message.ts";
import type { Client } from "../web/client.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { destinationOf } from "./absolute.ts";
import type { Destinations } from "./destinations.ts";
import { GatheredBody } from "./gathered-body.ts";
import type { Destination } from "./proxy.ts";
import { failed, refuse } from "./refusal-page.ts";

export interface TextbookOptions {
  readonly client: Client;
  /** Who may go where. Default: everywhere that the client can reach. */
  readonly destinations?: Destinations;
  /** What answers are kept in, to be given again. Default: none, as the first two parts of the lab have it. */
  readonly cache?: TextbookCache;
}

/** Where an answer may be kept, and by which name. */
interface Place {
  readonly cache: TextbookCache;
  readonly key: string;
}

/** "… you should always send the following User-Agent header", as a single line. */
const USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:10.0.3) Gecko/20120305 Firefox/10.0.3";

/** What the proxy says itself, in place of what its client says. */
const OURS: ReadonlySet<string> = new Set(["host", "user-agent", "connection", "proxy-connection"]);

const NAME = "maitred";

/**
 * A handler for GET of an http URL, and for nothing else. The request goes on in HTTP/1.0, each over a connection of
 * its own, and the client's connection closes after the answer, too.
 *
 * @example
 * const proxy = textbookProxy({ client: new Client(dialer(kernel)) });
 * (await proxy({ ...request, target: `http://127.0.0.1:${upstreamPort}/` }, exchange)).status; // 200
 */
export function textbookProxy({ client, destinations, cache }: TextbookOptions): Handler {
  return (request, exchange) => {
    if (request.method !== "GET") return leaving(statusPage(501, request, "This proxy knows GET only"));
    const destination = destinationOf(request.method, request.target);
    if (destination === undefined || destination.origin.secure || !("host" in destination.origin.address)) {
      return leaving(statusPage(400, request, "This proxy takes http://host:port/path"));
    }
    const { host, port } = destination.origin.address;
    const why = destinations?.judgeName(host, port);
    if (why !== undefined) return leaving(refuse("http_request_denied", why, request, NAME));
    // What is said to a request with content depends on more than its URL.
    if (cache === undefined || request.body !== undefined) return answer(request, exchange, destination, client);
    // Host and port as they are compared (RFC 9110 §4.2.3), the path as it was sent.
    const key = destination.origin.key + destination.target;
    const kept = cache.find(key);
    // Who adds a field to this answer does not add it to the next one.
    if (kept !== undefined) return { ...kept, fields: kept.fields.copy() };
    return answer(request, exchange, destination, client, { cache, key });
  };
}

async function answer(
  request: Request,
  exchange: Exchange,
  destination: Destination,
  client: Client,
  place?: Place,
): Promise<Answer> {
  const { origin, target } = destination;
  const { body } = request;
  // HTTP/1.0 has no chunks, so the length must be known before.
  if (body !== undefined && body.length === undefined) {
    return leaving(statusPage(411, request, "This proxy takes content of known length only"));
  }
  try {
    const outgoing = { method: "GET", target, minor: 0, fields: fieldsOf(request, destination), body } as const;
    const { status, reason, fields, body: content } = await client.ask(origin, outgoing, exchange);
    const passed = leaving({ status, reason, fields: forwardable(fields), body: content });
    return place === undefined || isForItsAskerAlone(request, status) ? passed : keeping(passed, place);
  } catch (error) {
    return leaving(failed(error, request, exchange, NAME));
  }
}

/**
 * What a Range or a condition brought about: a part, or no content at all. "Every complete answer" is kept, and to all
 * who ask without that field this is none.
 */
const FOR_ITS_ASKER: ReadonlySet<number> = new Set([206, 304, 412, 416]);
const PRECONDITIONS = ["range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

const isForItsAskerAlone = ({ fields }: Request, status: number): boolean =>
  FOR_ITS_ASKER.has(status) && PRECONDITIONS.some((name) => fields.has(name));

/** The same answer, which is kept once all of it has come. Where it breaks off, or the client leaves, nothing is. */
function keeping(answer: Answer, { cache, key }: Place): Answer {
  const { status, reason, body } = answer;
  const fields = answer.fields.copy();
  const keep = (body: Uint8Array | undefined): void => void cache.keep(key, { status, reason, fields, body });
  if (body === undefined) keep(undefined);
  // A copy of it, else all that was read with it would stay, too.
  else if (!(body instanceof Uint8Array)) return { ...answer, body: new GatheredBody(body, cache.most, keep) };
  else if (body.length <= cache.most) keep(new Uint8Array(body));
  return answer;
}

/** Ours first, then all others in the order in which they came. */
function fieldsOf(request: Request, { host }: Destination): Fields {
  const fields = Fields.of({
    Host: request.fields.get("host") ?? host,
    "User-Agent": USER_AGENT,
    Connection: "close",
    "Proxy-Connection": "close",
  });
  for (const [name, value] of request.fields) if (!OURS.has(name.toLowerCase())) fields.append(name, value);
  return fields;
}

function leaving(answer: Answer): Answer {
  answer.fields.set("Connection", "close");
  return answer;
}
