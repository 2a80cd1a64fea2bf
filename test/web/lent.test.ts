import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { fromLatin1 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { Client } from "../../src/web/client.ts";
import { Lent } from "../../src/web/lent.ts";
import { originAt } from "../../src/web/origin.ts";

/** A socket that remembers what it was given back. */
function carrier() {
  const [back, kept]: Uint8Array[][] = [[], []];
  const recycle = (bytes: Uint8Array): void => void back!.push(bytes);
  const keep = (bytes: Uint8Array): void => void kept!.push(bytes);
  return { back, kept, recycle, keep } as unknown as Socket & { back: Uint8Array[]; kept: Uint8Array[] };
}

/** A reader that has read everything. */
const READ = { looksInto: () => false };

test("large pieces go back, once", () => {
  const [lent, socket] = [new Lent(), carrier()];
  const piece = new Uint8Array(64 * 1024);
  lent.add(piece, socket);
  lent.add(new Uint8Array(100), socket);
  lent.giveBack(socket, READ);
  lent.giveBack(socket, READ);
  deepEqual(
    socket.back.map((bytes) => bytes === piece),
    [true],
  );
});

test("who reads and reads and gives nothing back does not gather it all", () => {
  const [lent, socket] = [new Lent(), carrier()];
  for (let i = 0; i < 100; i++) lent.add(new Uint8Array(64 * 1024), socket);
  lent.giveBack(socket, READ);
  equal(socket.back.length, 8);
  equal(socket.kept.length, 92);
});

test("what is forgotten is said to stay where it is", () => {
  const [lent, socket] = [new Lent(), carrier()];
  lent.add(new Uint8Array(64 * 1024), socket);
  lent.forget(socket);
  lent.giveBack(socket, READ);
  equal(socket.kept.length, 1);
  equal(socket.back.length, 0);
});

test("a carrier may have no use for it", () => {
  const lent = new Lent();
  lent.add(new Uint8Array(64 * 1024), {} as Socket);
  lent.giveBack({} as Socket, READ);
  lent.add(new Uint8Array(64 * 1024), {} as Socket);
  lent.forget({} as Socket);
});

test("what the reader has still before it stays, and goes back later", () => {
  const [lent, socket] = [new Lent(), carrier()];
  const [first, last] = [new Uint8Array(64 * 1024), new Uint8Array(64 * 1024)];
  lent.add(first, socket);
  lent.add(last, socket);
  lent.giveBack(socket, { looksInto: (buffer) => buffer === last.buffer });
  equal(socket.back.length, 1);
  equal(socket.back[0], first);
  lent.giveBack(socket, READ);
  equal(socket.back[1], last);
});

test("of one answer nothing goes back with the next: a slow client's socket may still hold it", async () => {
  const says: Uint8Array[] = [];
  let heard: PromiseWithResolvers<Uint8Array> | undefined;
  const say = (text: string): void => {
    const bytes = fromLatin1(text);
    says.push(bytes);
    heard!.resolve(bytes);
  };
  const back: Uint8Array[] = [];
  const socket = {
    read: () => {
      heard = Promise.withResolvers();
      return heard.promise;
    },
    write: () => undefined,
    recycle: (bytes: Uint8Array) => void back.push(bytes),
    close() {},
    reset() {},
  } as unknown as Socket;
  const client = new Client(async () => socket);
  const origin = originAt({ host: "10.0.0.1", port: 80 });
  const ask = () =>
    client.ask(
      origin,
      { method: "GET", target: "/", fields: Fields.of({ Host: "a" }) },
      { signal: new AbortController().signal, inform() {} },
    );

  const first = ask();
  await new Promise(setImmediate);
  say(`HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${"a".repeat(70_000)}`);
  equal((await first).body instanceof Uint8Array, true);
  await new Promise(setImmediate);
  const second = ask();
  await new Promise(setImmediate);
  say(`HTTP/1.1 200 OK\r\nContent-Length: 80000\r\n\r\n${"b".repeat(70_000)}`);
  const body = (await second).body as Body;
  await body.read();
  body.recycle?.();
  deepEqual(
    back.map((bytes) => says.indexOf(bytes)),
    [1],
  );
  body.cancel();
  client.close();
});
