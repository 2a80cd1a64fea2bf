import { equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { pathsTo, type ServerFlags } from "../../src/commands/upstreams.ts";
import { Fields } from "../../src/http/fields.ts";
import { originAt } from "../../src/web/origin.ts";
import { UpstreamError } from "../../src/web/upstream-error.ts";
import { identity } from "../socket/certificates/read.ts";

async function portOf(server: http.Server): Promise<number> {
  await once(server.listen(0, "localhost"), "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const answering: http.RequestListener = (_, response) => void response.end("hello");
const plain = await portOf(http.createServer(answering));
const secure = await portOf(https.createServer(identity("localhost"), answering));
const expired = await portOf(https.createServer(identity("expired"), answering));
const CA = ["test/socket/certificates/ca.crt"];

/** The status that a server answers, or the kind of error. */
async function ask(port: number, isSecure: boolean, flags: ServerFlags): Promise<number | string> {
  const { client } = await pathsTo(flags);
  const asker = { signal: new AbortController().signal, hold: undefined, inform() {} };
  try {
    const origin = originAt({ host: "localhost", port }, isSecure);
    const asked = { method: "GET", target: "/", fields: Fields.of({ Host: origin.authority }) };
    return (await client.ask(origin, asked, asker)).status;
  } catch (error) {
    if (error instanceof UpstreamError) return error.type;
    throw error;
  } finally {
    client.close();
  }
}

const ASKED: [what: string, port: number, isSecure: boolean, flags: ServerFlags, answer: number | string][] = [
  ["a plain server", plain, false, {}, 200],
  ["a certificate that nobody has signed whom we know", secure, true, {}, "tls_certificate_error"],
  ["one that --ca vouches for", secure, true, { ca: CA }, 200],
  ["one that is out of date", expired, true, { ca: CA }, "tls_certificate_error"],
  ["any, with --insecure", expired, true, { insecure: true }, 200],
  ["one who does not speak TLS at all", plain, true, { insecure: true }, "tls_protocol_error"],
];

for (const [what, port, isSecure, flags, answer] of ASKED) {
  test(`${what}: ${answer}`, async () => equal(await ask(port, isSecure, flags), answer));
}

test("who may not be gone to is not gone to", async () => {
  const { dial } = await pathsTo({}, (host, port, address) => `${host}:${port} at ${address} is not for us`);
  await rejects(dial(originAt({ host: "127.0.0.1", port: plain })), (error) => {
    return error instanceof UpstreamError && error.message.includes(`127.0.0.1:${plain} at 127.0.0.1 is not for us`);
  });
});
