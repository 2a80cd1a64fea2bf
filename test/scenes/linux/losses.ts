/** A hundred megabytes each way at once while the kernel drops every hundredth frame; and weather that does worse to fewer. */

import { ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { Random } from "../../../src/base/random.ts";
import { Faults } from "../../../src/link/faults.ts";
import type { Link } from "../../../src/link/link.ts";
import { cable, ip, needs, OFFLOADS } from "./kernel.ts";
import { meet, talk } from "./stream.ts";

const LENGTH = 100_000_000;

/** Before the kernel looks at what comes from us, and after it has made up its mind what to send. */
const RULES = `table netdev weather {
  chain ours { type filter hook ingress device tap0 priority 0; numgen random mod 100 == 0 counter drop; }
  chain theirs { type filter hook egress device tap0 priority 0; numgen random mod 100 == 0 counter drop; }
}`;

const nft = (input: string, ...words: string[]) => spawnSync("nft", words, { input, encoding: "utf8" });

for (const { hasOffloads, manner } of OFFLOADS) {
  test(`a hundred megabytes go each way, ${manner}, while one of a hundred is lost`, needs("nft"), async (t) => {
    const both = await cable(t, { hasOffloads });
    // Each frame has its own fate: otherwise the kernel makes long ones, and cuts them when it is past this.
    if (!hasOffloads) ip("link set tap0 gso_max_segs 1");
    const { status, stderr } = nft(RULES, "-f", "-");
    if (status !== 0) return t.skip(`this kernel cannot drop frames both ways: ${stderr.split("\n")[0]}`);
    await talk(await meet(both, "they"), LENGTH);
    const rules = nft("", "list", "ruleset").stdout;
    nft("flush ruleset", "-f", "-");
    const dropped = [...rules.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
    // Half of what is to be expected; of long segments there are so few that it is left to chance.
    const least = hasOffloads ? 1 : LENGTH / 1500 / 200;
    ok(dropped.length === 2 && dropped.every((count) => count >= least), `${dropped} were dropped`);
  });
}

test("in bad weather both talk at once, and understand every word", async (t) => {
  const seed = 7;
  t.diagnostic(`seed ${seed}`);
  const weather = {
    loss: 0.01,
    duplicate: 0.02,
    reorder: 0.02,
    reorderBy: "2ms",
    corrupt: 0.005,
    delay: "1ms",
    jitter: "1ms",
  };
  const through = (link: Link): Link => new Faults(link, { clock: realClock, random: new Random(seed), ...weather });
  const both = await cable(t, { through });
  await talk(await meet(both, "they"), 3_000_000);
  // Those that were damaged.
  const { counters } = both.host;
  ok(counters.tcpInErrs > 0);
  counters.tcpInErrs = counters.ipInHdrErrors = 0;
});
