/** How connections begin and end out of the ordinary: both sides at once, on the same ports again, and in silence. */

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { cable, until } from "./kernel.ts";
import { Sluice } from "./sluice.ts";
import { BOTH, connected, HOST, hear, sayAll, talk, theirs } from "./stream.ts";

test("both connect at once: it is one connection", async (t) => {
  let sluice!: Sluice;
  const { host, ours, leave } = await cable(t, { through: (tap) => (sluice = new Sluice(tap)) });
  sluice.hold();
  const from = { host: HOST.they, port: 5001 };
  const to = { host: HOST.we, port: 5002 };
  const knocking = theirs.connect(to, { from });
  await until(
    () => sluice.kept > 0,
    () => "the kernel has not said SYN",
  );
  const connecting = ours.connect(from, { from: to });
  await until(
    () => host.tcp.streams[0]?.state === "SYN-SENT",
    () => "we have not said SYN",
  );
  sluice.release();
  const [they, we] = await Promise.all([knocking, connecting]);
  leave.push(() => they.reset());
  equal(host.tcp.streams.length, 1);
  await talk({ we, they }, 100_000);
});

test("both end at once", async (t) => {
  let sluice!: Sluice;
  const { we, they, stream } = await connected(t, "they", { through: (tap) => (sluice = new Sluice(tap)) });
  sluice.hold();
  const theirEnd = they.end();
  await until(
    () => sluice.kept > 0,
    () => "the kernel has not said FIN",
  );
  const ourEnd = we.end();
  equal(stream.state, "FIN-WAIT-1");
  sluice.release(1);
  await until(
    () => stream.state === "CLOSING",
    () => stream.state,
  );
  sluice.release();
  await Promise.all([ourEnd, theirEnd]);
  equal(stream.state, "TIME-WAIT");
  equal(stream.error, undefined);
  equal(await hear(we), 0);
  equal(await hear(they), 0);
});

for (const first of BOTH) {
  test(`${first} end first, and the same ports are used again at once`, async (t) => {
    const { ours, leave } = await cable(t);
    const from = { host: HOST.they, port: 5001 };
    const listener = await ours.listen({ host: HOST.we, port: 0 });
    leave.push(() => listener.close());
    for (let i = 0; i < 3; i++) {
      const [they, we] = await Promise.all([theirs.connect(listener.address, { from }), listener.accept()]);
      const [one, another] = first === "we" ? [we!, they] : [they, we!];
      equal((await Promise.all([hear(another), sayAll(one, 1000)]))[0], 1000);
      equal((await Promise.all([hear(one), sayAll(another, 1000)]))[0], 1000);
    }
  });
}
