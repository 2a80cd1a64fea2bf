/** Plays our own probes through a cache, all at once, and says of each what went wrong first. */

import { type IncomingMessage, request } from "node:http";
import type { Case, Interim, Step, Wanted } from "./case.ts";
import type { Finding } from "./finding.ts";
import type { Lines, Scene } from "./lines.ts";

const PATIENCE_MS = 15_000;

export async function play(cases: readonly Case[], lines: Lines, port: number): Promise<Finding[]> {
  return Promise.all(
    cases.map(async (one) => {
      const { id, name, kind, rule } = one;
      return { id, name: `${name} (${rule})`, kind, wrong: await firstWrong(one, lines, port) };
    }),
  );
}

async function firstWrong({ id, steps }: Case, lines: Lines, port: number): Promise<string | undefined> {
  // Of this cache and this run alone.
  const key = `${id}-${port}-${Date.now()}`;
  const scene: Scene = { answer: {}, asked: [] };
  lines.scenes.set(key, scene);
  for (const [index, step] of steps.entries()) {
    if (step.after !== undefined) await new Promise((resolve) => setTimeout(resolve, step.after));
    scene.answer = step.answer ?? scene.answer;
    scene.asked = [];
    const reply = await ask(port, `/${key}${step.path ?? ""}`, step);
    const wrong = wrongWith(step, reply, scene);
    if (wrong !== undefined) return `step ${index + 1}: ${wrong}`;
  }
  return undefined;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly interim: readonly Interim[];
  readonly body: string;
}

/** Status 0 where there is no answer, or none to its end. */
function ask(port: number, path: string, { method = "GET", asks = {} }: Step): Promise<Reply> {
  const interim: Interim[] = [];
  return new Promise((resolve) => {
    const fail = ({ message }: Error): void => resolve({ status: 0, headers: {}, interim, body: message });
    const headers = asks as Record<string, string | string[]>;
    const asking = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("latin1").on("data", (part: string) => (body += part));
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, interim, body }));
    });
    asking.on("information", ({ statusCode, headers }) => interim.push([statusCode, headers as Interim[1]]));
    asking.on("error", fail);
    asking.setTimeout(PATIENCE_MS, () => asking.destroy(new Error("it is silent")));
    asking.end();
  });
}

function wrongWith(step: Step, reply: Reply, { asked }: Scene): string | undefined {
  const { status, headers, body } = reply;
  if (step.from === "cache" && asked.length > 0) return "the origin was asked";
  if (step.from === "origin" && asked.length === 0) return "the origin was not asked";
  const statuses = step.status === undefined ? undefined : [step.status].flat();
  if (statuses !== undefined && !statuses.includes(status)) {
    return `status ${status === 0 ? `none (${body})` : status}, not ${statuses.join(" or ")}`;
  }
  if (step.body !== undefined && !isLike(step.body, body)) return `the body is "${body}", not ${quoted(step.body)}`;
  if (step.not !== undefined && body === step.not) return `the body is "${body}"`;
  const told = step.saw && unlike(step.saw, asked.at(-1) ?? {});
  if (told !== undefined) return `the origin was told ${told}`;
  for (const [code, fields] of step.interim ?? []) {
    const came = reply.interim.find(([its]) => its === code);
    if (came === undefined) return `no ${code} came`;
    const other = unlike(fields as Wanted, came[1] as IncomingMessage["headers"]);
    if (other !== undefined) return `the ${code} has ${other}`;
  }
  const other = step.fields && unlike(step.fields, headers);
  return other === undefined ? undefined : `the answer has ${other}`;
}

/** The first field that is not as it is wanted. */
function unlike(wanted: Wanted, headers: IncomingMessage["headers"]): string | undefined {
  for (const [name, value] of Object.entries(wanted)) {
    const is = headers[name] === undefined ? undefined : String(headers[name]);
    if (value === undefined ? is === undefined : is !== undefined && isLike(value, is)) continue;
    return is === undefined ? `no ${name}` : `${name}: ${is}`;
  }
  return undefined;
}

const isLike = (wanted: string | RegExp, value: string): boolean =>
  typeof wanted === "string" ? value === wanted : wanted.test(value);

const quoted = (wanted: string | RegExp): string => (typeof wanted === "string" ? `"${wanted}"` : String(wanted));
