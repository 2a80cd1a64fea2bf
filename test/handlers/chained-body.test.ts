import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { ChainedBody, type Link } from "../../src/handlers/chained-body.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import { bodyOf, textOf } from "./exchange.ts";

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);
const allOf = (body: Body): Promise<string> => textOf({ status: 200, fields: new Fields(), body });

const KINDS: Record<string, (pieces: readonly string[]) => Link> = {
  "bytes": (pieces) => utf8(pieces.join("")),
  "content at once": (pieces) => bodyOf(pieces),
  "content later": (pieces) => bodyOf(pieces, { later: true }),
  "bytes when it is their turn": (pieces) => async () => utf8(pieces.join("")),
  "content when it is its turn": (pieces) => async () => bodyOf(pieces, { later: true }),
};

test("pieces of all kinds come one after the other, whatever their order, and those of nothing are passed over", async () => {
  const link = fc.tuple(
    fc.constantFrom(...Object.keys(KINDS)),
    fc.array(fc.constantFrom("", "a", "bc"), { maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(link, { maxLength: 6 }), async (links) => {
      const whole = links.flatMap(([, pieces]) => pieces).join("");
      const body = new ChainedBody(
        links.map(([kind, pieces]) => KINDS[kind]!(pieces)),
        whole.length,
      );
      equal(body.length, whole.length);
      equal(await allOf(body), whole);
      equal(await body.read(), undefined);
    }),
  );
});

test("what is here is not waited for", () => {
  const body = new ChainedBody([utf8("a"), bodyOf(["b"]), utf8(""), utf8("c")], 3);
  deepEqual(
    [1, 2, 3, 4].map(() => text(body.read() as Uint8Array | undefined)),
    ["a", "b", "c", undefined],
  );
});

test("nothing is asked for before it is its turn, and each but once", async () => {
  const asked: string[] = [];
  const ask =
    (name: string): Link =>
    async () => {
      asked.push(name);
      return bodyOf([name, name]);
    };
  const body = new ChainedBody([utf8("a"), ask("b"), ask("c")], 5);
  const seen: string[] = [];
  for (let part = await body.read(); part !== undefined; part = await body.read()) {
    seen.push(`${text(part)} of ${asked.join("")}`);
  }
  deepEqual(seen, ["a of ", "b of b", "b of b", "c of bc", "c of bc"]);
});

test("where a piece fails all of it fails, and what comes after it is not asked for", async () => {
  const lost = new Error("lost");
  const fails: Link[] = [bodyOf(["b", lost]), bodyOf(["b", lost], { later: true }), () => Promise.reject(lost)];
  for (const failing of fails) {
    const body = new ChainedBody([utf8("a"), failing, () => Promise.reject(new Error("asked for too much"))], 3);
    await rejects(() => allOf(body), { message: "lost" });
  }
});

test("what nobody wants any more is let go of: what is read, what comes, and what was never asked for", async () => {
  let isAsked = false;
  const [first, second] = [bodyOf(["a", "b"]), bodyOf(["c"])];
  const body = new ChainedBody([first, second, utf8("d"), async () => utf8(String((isAsked = true)))], 4);
  body.read();
  body.cancel();
  body.cancel();
  deepEqual([first.isCancelled, second.isCancelled, isAsked], [true, true, false]);
  for (let i = 0; i < 2; i++) throws(() => body.read(), { code: "EPIPE" });
});

test("what comes of a question when nobody wants it any more is let go of, too", async () => {
  for (const asked of [bodyOf(["a"]), utf8("a")]) {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | Body>();
    const body = new ChainedBody([() => promise, utf8("b")], 2);
    const part = body.read() as Promise<unknown>;
    body.cancel();
    resolve(asked);
    await rejects(part, { code: "EPIPE" });
    if (!(asked instanceof Uint8Array)) equal(asked.isCancelled, true);
  }
});

test("cancelled while one waits, the end of a piece is no good end", async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const body = new ChainedBody([{ read: () => promise, cancel: () => resolve(undefined) }], 5);
  const part = body.read() as Promise<unknown>;
  body.cancel();
  await rejects(part, { code: "EPIPE" });
});

test("memory is given back to the piece that lent it, until that has ended", async () => {
  const back: string[] = [];
  const lending = (name: string): Body => ({ ...bodyOf([name, name]), recycle: () => void back.push(name) });
  const body = new ChainedBody([lending("a"), async () => lending("b"), utf8("c"), bodyOf(["d"])], 6);
  for (let part = await body.read(); part !== undefined; part = await body.read()) body.recycle();
  body.recycle();
  deepEqual(back, ["a", "a", "b", "b"]);
});
