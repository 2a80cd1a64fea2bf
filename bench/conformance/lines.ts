/** The origin of our own probes: says what the step that is on has it say. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer, Fields } from "./case.ts";

/** What is on for one case. */
export interface Scene {
  answer: Answer;
  /** Each request that came since the step began. */
  asked: IncomingMessage["headers"][];
}

export class Lines {
  /** By the first segment of the path. */
  readonly scenes = new Map<string, Scene>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer({ keepAliveTimeout: 1000 }, (request, response) => {
      request.resume();
      const scene = this.scenes.get(request.url?.split("/")[1] ?? "");
      if (scene === undefined) return response.writeHead(404).end();
      scene.asked.push(request.headers);
      return say(request, response, scene.answer);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function say(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { interim = [], status = 200, fields = {}, body = "", hangsUp } = answer;
  if (hangsUp === "at once") return void request.socket.destroy();
  for (const [code, its] of interim) {
    if (code === 102) response.writeProcessing();
    else response.writeEarlyHints(its as Record<string, string>);
  }
  const etag = fields.etag as string | undefined;
  if (status === 200 && etag !== undefined && request.headers["if-none-match"]?.includes(etag)) {
    return void response.writeHead(304, mutable(fields)).end();
  }
  const range = answer.hasRanges === true ? rangeOf(request, etag, body.length) : undefined;
  if (range === "unsatisfiable") {
    return void response.writeHead(416, { ...mutable(fields), "content-range": `bytes */${body.length}` }).end();
  }
  if (range !== undefined) {
    const [first, last] = range;
    const part = body.slice(first, last + 1);
    const its = { "content-range": `bytes ${first}-${last}/${body.length}`, "content-length": String(part.length) };
    return void response.writeHead(206, { ...mutable(fields), ...its }).end(part);
  }
  if (hangsUp === "within") {
    response.writeHead(status, { ...mutable(fields), "content-length": String(body.length) });
    response.write(body.slice(0, body.length / 2), () => request.socket.destroySoon());
    return;
  }
  response.writeHead(status, { ...mutable(fields), "content-length": String(body.length) }).end(body);
}

/** From the first byte to the last, as far as there are such. */
function rangeOf(
  { headers }: IncomingMessage,
  etag: string | undefined,
  length: number,
): readonly [number, number] | "unsatisfiable" | undefined {
  const condition = headers["if-range"];
  if (condition !== undefined && (condition !== etag || condition.startsWith("W/"))) return undefined;
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (from === undefined || to === undefined) return undefined;
  const first = from === "" ? Math.max(0, length - Number(to)) : Number(from);
  const last = from === "" || to === "" ? length - 1 : Math.min(Number(to), length - 1);
  return first > last ? "unsatisfiable" : [first, last];
}

const mutable = (fields: Fields): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
