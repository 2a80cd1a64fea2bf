/** A thousand connections, two hundred at a time: each is opened, hears its own words again, and is closed, and nothing of it is left. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../src/base/bytes.ts";
import type { Socket } from "../../../src/socket/socket.ts";
import { cable } from "./kernel.ts";
import { BOTH, HOST, other, theirs } from "./stream.ts";

const COUNT = 1000;
const AT_ONCE = 200;

/** Says back what it hears; then ends at once, or when the other has ended. */
async function echo(socket: Socket, isFirst: boolean): Promise<void> {
  socket.write((await socket.read())!);
  if (isFirst) await socket.end();
  equal(await socket.read(), undefined);
  if (!isFirst) await socket.end();
  socket.close();
}

async function ask(socket: Socket, words: string, isFirst: boolean): Promise<void> {
  socket.write(utf8(words));
  deepEqual(Buffer.from((await socket.read())!).toString(), words);
  if (isFirst) await socket.end();
  equal(await socket.read(), undefined);
  if (!isFirst) await socket.end();
  socket.close();
}

for (const caller of BOTH) {
  for (const first of BOTH) {
    test(`${caller} open a thousand connections, and ${first} are the first to close them`, async (t) => {
      const { host, ours, leave } = await cable(t);
      const networks = { we: ours, they: theirs };
      const listener = await networks[other(caller)].listen({ host: HOST[other(caller)], port: 0 });
      leave.push(() => listener.close());
      const answered: Promise<void>[] = [];
      const answer = async (): Promise<void> => {
        for await (const socket of listener) answered.push(echo(socket, caller !== first));
      };
      void answer();

      let number = 0;
      const call = async (): Promise<void> => {
        while (number < COUNT) {
          const words = `This is number ${number++}`;
          await ask(await networks[caller].connect(listener.address), words, caller === first);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, call));
      await Promise.all(answered);
      equal(answered.length, COUNT);

      // SYN or SYN,ACK, words, FIN, and the last ACK.
      const { tcpInSegs, tcpOutSegs } = host.counters;
      ok(tcpInSegs >= 4 * COUNT && tcpOutSegs >= 4 * COUNT, `${tcpInSegs} segments came, ${tcpOutSegs} went`);
      // Who was first is in TIME-WAIT; besides, there are neighbours.
      const waiting = first === "we" ? COUNT : 0;
      ok(host.deadlines.size <= waiting + 10, `${host.deadlines.size} wait for something`);
    });
  }
}

test("four hundred knock at the same moment: to some we give cookies, and all are let in", async (t) => {
  const { host, ours, leave } = await cable(t);
  const listener = await ours.listen({ host: HOST.we, port: 0 });
  leave.push(() => listener.close());
  const calls = Array.from({ length: 400 }, (_, i) => `This is number ${i}`);
  const asked = calls.map(async (words) => ask(await theirs.connect(listener.address), words, true));
  for (const _ of calls) await echo((await listener.accept())!, false);
  await Promise.all(asked);
  const { tcpSynCookiesSent, tcpSynCookiesReceived } = host.counters;
  // Who has not heard from us for a second knocks again.
  ok(tcpSynCookiesReceived > 0 && tcpSynCookiesReceived <= tcpSynCookiesSent, `${tcpSynCookiesReceived} came back`);
});
