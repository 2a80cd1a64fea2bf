/** Asks a server, and explains what a cache would do with its answer: kept or not, for how long, and what comes of a second request. */

import { realClock } from "../base/clock.ts";
import { ageValue, initialAge } from "../cache/age.ts";
import { decide } from "../cache/decide.ts";
import { lifetimeOf } from "../cache/freshness.ts";
import { type Reason, spoken, spokenTime } from "../cache/reasons.ts";
import { DEFAULT_RULES } from "../cache/rules.ts";
import type { Stored } from "../cache/store.ts";
import { fieldsOf, storedFields } from "../cache/stored-fields.ts";
import { mayStore } from "../cache/storing.ts";
import { groupsOf, tagsOf } from "../cache/tags.ts";
import { termsOf } from "../cache/terms.ts";
import { selectingFields } from "../cache/vary.ts";
import { destinationOf } from "../handlers/absolute.ts";
import { spokenSize } from "../handlers/spoken-size.ts";
import { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import { isHost } from "../http/target.ts";
import { UpstreamError } from "../web/upstream-error.ts";
import { harmless } from "./printed.ts";
import { Refusal } from "./refusal.ts";
import { pathsTo, type ServerFlags } from "./upstreams.ts";

/** What would become of an answer. */
export interface DirectExplanation {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** Bytes of content. */
  readonly length: number;
  readonly mayStore: boolean;
  /** Seconds: for how long it is fresh, from its origin on; and how old it was when it came. */
  readonly lifetime: number;
  readonly age: number;
  /** The request fields that it varies with. */
  readonly varies: readonly string[];
  readonly tags: readonly string[];
  /** Why it may be stored or not, and why it is fresh for so long. */
  readonly because: readonly Reason[];
  /** What would be done with the same request now; undefined where nothing is stored. */
  readonly again: { readonly isReused: boolean; readonly because: readonly Reason[] } | undefined;
}

export interface DirectQuestion extends Pick<ServerFlags, "ca" | "insecure"> {
  readonly method: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/**
 * Asks once. Fails with a Refusal where the URL is none, or its server does not answer.
 *
 * @example
 * const url = `http://127.0.0.1:${upstreamPort}/`;
 * (await explainDirectly(url, { method: "GET", fields: [] })).mayStore; // true
 */
export async function explainDirectly(url: string, question: DirectQuestion): Promise<DirectExplanation> {
  const { method } = question;
  if (method !== "GET" && method !== "HEAD") {
    throw new Refusal(`Cannot ask "${url}" by ${method}: it might change something there (GET and HEAD do not)`);
  }
  const asked = realClock.date();
  const { status, fields, requestFields, length } = await answerTo(url, question);
  // As it is kept: Age is made anew each time, so what it said counts as if we had asked that much earlier.
  const requestTime = asked - ageValue(fields) * 1000;
  const responseTime = realClock.date();

  const terms = termsOf(fields, DEFAULT_RULES.targets);
  const response = { method, uri: url, requestFields, status, fields, terms, responseTime };
  const verdict = mayStore(response, DEFAULT_RULES);
  const lifetime = lifetimeOf(response, DEFAULT_RULES);
  const selecting = selectingFields(fields.get("vary"), requestFields);
  const said = {
    ...{
      key: url,
      status,
      lines: storedFields(fields, terms, responseTime).print(),
      requestTime,
      responseTime,
      selecting,
    },
    ...{
      tags: tagsOf(fields),
      groups: groupsOf(fields),
      isInvalid: false,
      isAuthorized: requestFields.has("authorization"),
    },
  };
  const stored: Stored = { ...said, content: { length, ranges: undefined, read: () => new Uint8Array(0) } };
  const again = verdict.mayStore
    ? decide({ method, fields: requestFields }, [stored], responseTime, DEFAULT_RULES, () => true)
    : undefined;
  return {
    ...{ method, url, status, length, mayStore: verdict.mayStore },
    lifetime: Math.floor(lifetime.ms / 1000),
    age: Math.floor(initialAge(fieldsOf(said.lines), said) / 1000),
    varies: selecting.map(([name]) => name),
    tags: said.tags,
    because: [verdict.because, lifetime.because],
    again: again && { isReused: again.do === "reuse", because: again.because },
  };
}

/** What came back, and what it was asked with. */
async function answerTo(url: string, { method, fields, ca, insecure }: DirectQuestion) {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
  const destination =
    isHost(authority) && !url.includes("#") && !/\s/.test(url) ? destinationOf(method, url) : undefined;
  if (destination === undefined) throw new Refusal(`Cannot ask "${url}": it is not an http or https URL`);
  const requestFields = Fields.of([
    ["Host", destination.host],
    ["Accept", "*/*"],
  ]);
  for (const [name] of fields) requestFields.delete(name.toLowerCase());
  for (const [name, value] of fields) requestFields.append(name, value);
  const { client } = await pathsTo({ ...(ca && { ca }), ...(insecure !== undefined && { insecure }) });
  try {
    const asked = { method, target: destination.target, fields: requestFields };
    const answer = await client.ask(destination.origin, asked, { signal: new AbortController().signal, inform() {} });
    return { status: answer.status, fields: answer.fields, requestFields, length: await lengthOf(answer.body) };
  } catch (error) {
    throw error instanceof UpstreamError ? new Refusal(error.message, { cause: error }) : error;
  } finally {
    client.close();
  }
}

/** What says how long it is need not be read. */
async function lengthOf(body: Uint8Array | Body | undefined): Promise<number> {
  if (body === undefined || body instanceof Uint8Array) return body?.length ?? 0;
  if (body.length !== undefined) {
    body.cancel();
    return body.length;
  }
  let length = 0;
  for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read()) {
    length += bytes.length;
    body.recycle?.();
  }
  return length;
}

/**
 * The same in lines for people.
 *
 * @example
 * const url = `http://127.0.0.1:${upstreamPort}/`;
 * printDirectly(await explainDirectly(url, { method: "GET", fields: [] })).split("\n")[1];
 * // "  kept: a 200 may be stored (§4.2.2)"
 */
export function printDirectly(explanation: DirectExplanation): string {
  const { method, url, status, length, lifetime, age, varies, tags, because, again } = explanation;
  const [storing, living] = because.map(spoken);
  const lines = [`${method} ${url} was answered with ${status}, ${spokenSize(length)}`];
  lines.push(`  ${explanation.mayStore ? "kept" : "not kept"}: ${storing}`);
  if (again !== undefined) {
    lines.push(`  ${living}${age > 0 ? `, and it was ${spokenTime(age * 1000)} old` : ""}`);
    if (varies.length > 0) lines.push(`  varies on ${varies.join(", ")}`);
    if (tags.length > 0) lines.push(`  can be purged by the tags ${tags.join(", ")}`);
    const left = spokenTime((lifetime - age) * 1000);
    lines.push(
      `  a second request ${again.isReused ? `is answered from the store, for ${left}` : "asks the server again"}`,
    );
  } else {
    lines.push("  a second request asks the server again");
  }
  return harmless(`${lines.join("\n")}\n`);
}
