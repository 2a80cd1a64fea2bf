/**
 * Fuzzing, for a bounded time: mutated requests, torn at random, against the reader and the whole server.
 * FUZZ_MS says how long (default a second), FUZZ_SEED repeats a run.
 */

import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { concat, fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { Random } from "../../src/base/random.ts";
import { ProtocolError } from "../../src/http/message.ts";
import { requestReader, responseReader } from "../../src/http/reader.ts";
import { statusPage } from "../../src/web/page.ts";
import { scene } from "../web/scene.ts";
import { cut, hear } from "./torn.ts";

const TIME = Number(process.env.FUZZ_MS ?? 1000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);

const SEEDS = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /a?b=c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
  "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
  "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
  "GET http://a:80/ HTTP/1.1\r\nHost: a\r\nX: \x80\xff\r\nX: b\r\n\r\n",
  "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
  "HTTP/1.1 200 OK\r\nA : b\r\n c\r\nContent-Length: 2, 2\r\n\r\nhi",
  "HTTP/1.0 404 No\nA:\n\tb \nTransfer: x\n\nuntil the end",
  "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
].map(fromLatin1);

/** What is worth putting somewhere: what parsers have stumbled over. */
const WORDS = [
  "\r\n",
  "\r",
  "\n",
  "\r\n ",
  "\0",
  " ",
  "\t",
  ":",
  ",",
  ";",
  "0",
  "-1",
  "+1",
  "0x1",
  "ffffffffffffffff",
  "\x7f",
  "\xff",
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: x\r\n",
  "Host: b\r\n",
  "HTTP/1.1",
  "HTTP/2.0",
  "0\r\n\r\n",
  "chunked",
  "\r\n\r\n",
  "Expect: 100-continue\r\n",
  "Connection: close\r\n",
].map(fromLatin1);

const oneOf = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;

function mutated(random: Random): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(
    concat(Array.from({ length: 1 + random.below(3) }, () => oneOf(random, SEEDS))),
  );
  for (let times = random.below(5); times > 0; times--) {
    const at = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, at + random.below(8));
    switch (random.below(4)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      case 1:
        bytes = concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 2:
        bytes = concat([bytes.subarray(0, at), oneOf(random, WORDS), bytes.subarray(at)]);
        break;
      case 3:
        bytes = concat([bytes.subarray(0, to), bytes.subarray(at)]);
        break;
    }
  }
  // A copy of its own, which slice makes of a Uint8Array, and not of a Buffer.
  return new Uint8Array(bytes);
}

const places = (random: Random, length: number): number[] =>
  Array.from({ length: random.below(8) }, () => random.below(length + 1));

/** Runs with seed after seed until the time is over; whatever fails says its seed. */
async function fuzz(run: (random: Random) => void | Promise<void>): Promise<number> {
  const end = performance.now() + TIME;
  let runs = 0;
  for (let seed = SEED; performance.now() < end; seed++, runs++) {
    try {
      await run(new Random(seed));
    } catch (error) {
      throw new Error(`Failed with FUZZ_SEED=${seed}`, { cause: error });
    }
  }
  return runs;
}

test("whatever comes, in whatever pieces, the readers read the same messages or refuse", async (t) => {
  const runs = await fuzz((random) => {
    const bytes = mutated(random);
    const cuts = places(random, bytes.length);
    for (const reader of [requestReader, responseReader]) {
      const read = (pieces: Iterable<Uint8Array>) => {
        try {
          return hear(reader() as ReturnType<typeof requestReader>, pieces).map(({ start, content }) => [
            start.fields.print(),
            content,
          ]);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          return "refused";
        }
      };
      deepEqual(read(cut(bytes, cuts)), read([bytes]));
    }
  });
  t.diagnostic(`${runs} runs from FUZZ_SEED=${SEED}`);
  ok(runs > 0);
});

test("whatever comes, the server answers or closes, and serves the next one", async (t) => {
  const runs = await fuzz((random) =>
    scene(
      async (request) => {
        while ((await request.body?.read()) !== undefined);
        return statusPage(200, request, request.target);
      },
      async ({ arrives, complaints }) => {
        const bytes = mutated(random);
        const client = await arrives();
        for (const piece of cut(bytes, places(random, bytes.length))) await client.says(latin1(piece)).catch(() => {});
        await client.ends().catch(() => {});
        const heard = await client.hearsOut();
        ok(heard === "" || /^HTTP\/1\.1 (100|200|4\d\d|501|505) /.test(heard), heard);
        deepEqual(
          complaints.filter((complaint) => !/^\d{3}: Cannot /.test(complaint)),
          [],
        );
        const next = await arrives();
        await next.says("GET /next HTTP/1.1", "Host: a", "Connection: close", "", "");
        ok((await next.hearsOut()).endsWith("200 OK: /next\n"));
      },
    ),
  );
  t.diagnostic(`${runs} runs from FUZZ_SEED=${SEED}`);
  ok(runs > 0);
});
