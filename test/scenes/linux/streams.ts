/** Connections between our TCP and the kernel's, from the first SYN to the last ACK, and what they tell each other when it goes wrong. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cable, OFFLOADS } from "./kernel.ts";
import { BOTH, connected, HOST, hear, other, say, sayAll, talk, theirs } from "./stream.ts";

for (const opener of BOTH) {
  for (const mtu of [576, 1500, 9000, 65_521]) {
    for (const { hasOffloads, manner } of OFFLOADS) {
      test(`${opener} connect over an MTU of ${mtu}, and both talk at once, ${manner}`, async (t) => {
        await talk(await connected(t, opener, { mtu, hasOffloads }), 5_000_000);
      });
    }
  }

  test(`${opener} connect, say everything, and then hear the answer`, async (t) => {
    const scene = await connected(t, opener);
    const [first, second] = [scene[opener], scene[other(opener)]];
    const [heard] = await Promise.all([hear(second), sayAll(first, 1_000_000)]);
    const [answer] = await Promise.all([hear(first), sayAll(second, 2_000_000)]);
    deepEqual([heard, answer], [1_000_000, 2_000_000]);
  });
}

for (const opener of BOTH) {
  test(`${opener} hear that nobody listens on the other side`, async (t) => {
    const { ours } = await cable(t);
    const network = opener === "we" ? ours : theirs;
    await rejects(network.connect({ host: HOST[other(opener)], port: 81 }), { code: "ECONNREFUSED" });
  });
}

for (const speaker of BOTH) {
  for (const { hasOffloads, manner } of OFFLOADS) {
    test(`${other(speaker)} read nothing for a second, while ${speaker} say more than any buffer has room for, ${manner}`, async (t) => {
      const scene = await connected(t, "they", { hasOffloads });
      const length = 24_000_000;
      let isSaid = false;
      const said = sayAll(scene[speaker], length).then(() => (isSaid = true));
      // The window closes, and is asked for.
      await sleep(1000);
      equal(isSaid, false);
      equal(await hear(scene[other(speaker)]), length);
      await Promise.all([said, scene[other(speaker)].end()]);
    });

    test(`${speaker} break off in the middle, ${manner}`, async (t) => {
      const scene = await connected(t, "they", { hasOffloads });
      const talking = { we: say(scene.we, 50_000_000), they: say(scene.they, 50_000_000) };
      await Promise.all(BOTH.map((who) => hear(scene[who], 1_000_000)));
      scene[speaker].reset();
      await rejects(talking[speaker], { code: "ECONNABORTED" });
      // The kernel tells of a reset once; who asks later hears that nobody is there.
      await rejects(talking[other(speaker)], ({ code }) => ["ECONNRESET", "EPIPE"].includes(code));
    });
  }
}
