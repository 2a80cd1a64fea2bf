/** Asks a running maitred about its cache, at the address that its `--admin` opened. */

import { utf8 } from "../base/bytes.ts";
import { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import { type Address, printAddress } from "../socket/socket.ts";
import { originAt } from "../web/origin.ts";
import { UpstreamError } from "../web/upstream-error.ts";
import { Refusal } from "./refusal.ts";
import { pathsTo } from "./upstreams.ts";

/** What is asked. With content it is a POST. */
export interface Question {
  readonly target: string;
  /** To be sent as JSON. */
  readonly order?: unknown;
}

/**
 * The answer, piece by piece; it ends early when nobody takes any more. Fails with a Refusal where nobody answers, or somebody
 * who is no cache, or one who refuses: then with his words.
 *
 * @example
 * const state = askAdmin({ host: "localhost", port: 3129 }, { target: "/state" });
 */
export async function* askAdmin(at: Address, { target, order }: Question): AsyncGenerator<string> {
  const { client } = await pathsTo({ connectTimeout: PATIENCE });
  try {
    const origin = originAt(at);
    const fields = Fields.of({
      Host: origin.authority,
      "Content-Type": order === undefined ? undefined : "application/json",
    });
    const body = order === undefined ? undefined : utf8(JSON.stringify(order));
    const asked = { method: order === undefined ? "GET" : "POST", target, fields, body };
    const answer = await client.ask(origin, asked, { signal: new AbortController().signal, inform() {} });
    const type = answer.fields.get("content-type") ?? "";
    if (answer.status === 200 && /^application\/jsonl?$/.test(type)) yield* piecesOf(answer.body);
    else throw whyNot(at, await joined(piecesOf(answer.body)));
  } catch (error) {
    throw error instanceof UpstreamError ? unreached(at, error) : error;
  } finally {
    client.close();
  }
}

/** It is on this machine, and a program: nobody waits for longer than that. */
const PATIENCE = 5_000;

async function* piecesOf(body: Uint8Array | Body | undefined): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  if (body === undefined || body instanceof Uint8Array) {
    yield decoder.decode(body);
    return;
  }
  try {
    for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read()) {
      yield decoder.decode(bytes, { stream: true });
    }
  } finally {
    body.cancel();
  }
}

/** A refusal in words of its own; or this is another who answers. */
function whyNot(at: Address, text: string): Refusal {
  const words = /^4\d\d [^:]*: (Cannot (?:purge|explain|ask)\b.*)\n$/.exec(text)?.[1];
  return new Refusal(words ?? `Cannot ask the cache at ${nameOf(at)}: who listens there has none to ask (${HOW_TO})`);
}

function unreached(at: Address, error: UpstreamError): Refusal {
  const isNobody = error.type === "connection_refused" || error.type === "destination_unavailable";
  const why = isNobody ? `nobody listens there (${HOW_TO})` : error.message.replace(/^.*?: /, "");
  return new Refusal(`Cannot ask the cache at ${nameOf(at)}: ${why}`, { cause: error });
}

const HOW_TO = "maitred proxy --cache --admin does; --admin says where";

const nameOf = (at: Address): string => ("path" in at ? `unix:${at.path}` : printAddress(at));

/**
 * The answer as a whole, read as JSON.
 *
 * @example
 * const report = askAdminFor<CacheReport>({ host: "localhost", port: 3129 }, { target: "/state" }).catch(() => undefined);
 * await report;
 */
export async function askAdminFor<Value>(at: Address, question: Question): Promise<Value> {
  return JSON.parse(await joined(askAdmin(at, question))) as Value;
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}
