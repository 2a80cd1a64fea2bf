import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { ChunkedReader, chunkHead, lastChunk } from "../../src/http/chunked.ts";
import { Fields } from "../../src/http/fields.ts";
import { Inbox } from "../../src/http/inbox.ts";
import { LIMITS } from "../../src/http/limits.ts";
import { cut } from "./torn.ts";

test("the end, with and without trailers", () => {
  equal(latin1(lastChunk()), "0\r\n\r\n");
  equal(latin1(lastChunk(Fields.of({ Digest: "x" }))), "0\r\nDigest: x\r\n\r\n");
});

test("what is written in chunks is read again, however it is torn", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })),
      fc.array(fc.nat(), { maxLength: 20 }),
      (parts, places) => {
        const written = parts.flatMap((part) => [fromLatin1(chunkHead(part.length)), part, fromLatin1("\r\n")]);
        const stream = concat([...written, lastChunk(Fields.of({ X: "y" }))]);
        const inbox = new Inbox();
        const reader = new ChunkedReader(LIMITS);
        const heard: Uint8Array[] = [];
        for (const piece of cut(stream, places)) {
          inbox.add(piece.slice());
          for (let part = reader.read(inbox); part !== undefined; part = reader.read(inbox)) heard.push(part);
        }
        deepEqual(Buffer.concat(heard), Buffer.concat(parts));
        equal(reader.isDone, true);
        equal(reader.trailers?.get("x"), "y");
        equal(inbox.length, 0);
      },
    ),
  );
});

test("data is a view of what came, not a copy", () => {
  const inbox = new Inbox();
  const bytes = fromLatin1("5\r\nhello\r\n0\r\n\r\n").slice();
  inbox.add(bytes);
  equal(new ChunkedReader(LIMITS).read(inbox)?.buffer, bytes.buffer);
});
