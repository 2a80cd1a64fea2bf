import { equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, latin1, utf8 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import { CHUNKED, UNTIL_CLOSE } from "../../src/http/framing.ts";
import type { Body } from "../../src/http/message.ts";
import { responseReader } from "../../src/http/reader.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { sendContent } from "../../src/web/content.ts";
import { Outbox } from "../../src/web/outbox.ts";

function desk(isFlushed = false) {
  const written: Uint8Array[] = [];
  const write = (bytes: Uint8Array): undefined => void written.push(bytes.slice());
  const socket = { write, isFlushed } as Partial<Socket> as Socket;
  const outbox = new Outbox(socket);
  return {
    outbox,
    room: (full: Promise<void>) => full,
    written(): string {
      outbox.flush();
      return latin1(concat(written));
    },
  };
}

/** A body of these parts; every second one comes later. */
function body(parts: readonly Uint8Array[], trailers?: Fields): Body {
  let at = 0;
  return {
    read: () => (at % 2 === 0 ? parts[at++] : Promise.resolve(parts[at++])),
    cancel() {},
    trailers,
  };
}

test("in chunks, with trailers; an empty part is no chunk, for that would be the last", async () => {
  const here = desk();
  await sendContent(body(["he", "", "llo"].map(utf8), Fields.of({ X: "y" })), CHUNKED, here);
  equal(here.written(), "2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n");
});

test("plainly, where the length or the connection's end says where it ends", async () => {
  for (const length of [5, UNTIL_CLOSE]) {
    const here = desk();
    await sendContent(body(["he", "llo"].map(utf8)), length, here);
    equal(here.written(), "hello");
  }
});

test("never more than was promised, never less as if it were all", async () => {
  const long = desk();
  await rejects(sendContent(body(["hel", "lo!"].map(utf8)), 5, long), /longer than its Content-Length/);
  equal(long.written(), "hel");
  await rejects(sendContent(body([utf8("hell")]), 5, desk()), /shorter than its Content-Length/);
});

test("memory goes back to the body once its bytes have gone, and only then", async () => {
  for (const isFlushed of [true, false]) {
    let recycled = 0;
    const parts = [new Uint8Array(100_000), new Uint8Array(10), new Uint8Array(100_000)];
    const recycling = { ...body(parts), recycle: () => void recycled++ };
    await sendContent(recycling, 200_010, desk(isFlushed));
    // The short part waits for the next one.
    equal(recycled, isFlushed ? 2 : 0);
  }
});

test("whatever the parts, a client reads them back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), async (parts) => {
      const here = desk();
      await sendContent(body(parts), CHUNKED, here);
      const reader = responseReader();
      reader.receive(utf8("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
      reader.head("GET");
      reader.receive(Buffer.from(here.written(), "latin1"));
      const heard: Uint8Array[] = [];
      for (let part = reader.content(); part !== undefined; part = reader.content()) heard.push(part);
      equal(reader.isDone, true);
      equal(Buffer.concat(heard).equals(Buffer.concat(parts)), true);
    }),
  );
});

test("a body that fails while its peer makes no room, or is lost, is nobody's unheard failure", async () => {
  for (const isLost of [false, true]) {
    const part = Promise.withResolvers<undefined>();
    const parts = [utf8("he"), part.promise];
    const room = Promise.withResolvers<void>();
    const socket = { write: () => room.promise } as Partial<Socket> as Socket;
    const sent = sendContent({ read: () => parts.shift(), cancel() {} }, UNTIL_CLOSE, {
      outbox: new Outbox(socket),
      room: (full) => full,
    });
    const refused = rejects(sent, isLost ? /lost/ : /broke off/);
    if (isLost) room.reject(new Error("lost"));
    part.reject(new Error("broke off"));
    // What nobody has heard of is told by then, and ends the process.
    await new Promise((resolve) => setImmediate(resolve));
    room.resolve();
    await refused;
  }
});
