/** One request, read to its end: to see that an answer is right before its speed is praised. */

import { connect } from "node:net";

export interface Reply {
  readonly status: number;
  /** By name in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Milliseconds from the call to the answer's first byte. */
  readonly firstByte: number;
}

/** Fails where nobody listens (ECONNREFUSED), or where the peer is silent for ten seconds. */
export function ask(port: number, path: string): Promise<Reply> {
  const started = performance.now();
  let firstByte = 0;
  let bytes = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const finish = (): void => {
      socket.destroy();
      resolve({ ...read(bytes), firstByte });
    };
    socket.setTimeout(10_000, () => socket.destroy(new Error("it is silent")));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    socket.on("data", (part) => {
      firstByte ||= performance.now() - started;
      bytes = Buffer.concat([bytes, part]);
      if (isWhole(bytes)) finish();
    });
    socket.on("error", reject);
    socket.on("end", finish);
  });
}

/** By its Content-Length, or by its last chunk. */
function isWhole(bytes: Buffer): boolean {
  const { fields, body } = read(bytes);
  if (fields.get("transfer-encoding") === "chunked") return body.toString("latin1").endsWith("0\r\n\r\n");
  return body.length === Number(fields.get("content-length") ?? Number.NaN);
}

function read(bytes: Buffer): Omit<Reply, "firstByte"> {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return { status: 0, fields: new Map(), body: Buffer.alloc(0) };
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const fields = lines.map((line): [string, string] => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 1).trim(),
  ]);
  return { status: Number(first.split(" ")[1]), fields: new Map(fields), body: bytes.subarray(end + 4) };
}
