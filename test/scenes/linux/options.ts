/** The kernel without what TCP has learnt since its beginnings, or with what we have not: both still understand each other. */

import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { Random } from "../../../src/base/random.ts";
import { Faults } from "../../../src/link/faults.ts";
import type { Link } from "../../../src/link/link.ts";
import { sysctl } from "./kernel.ts";
import { connected, talk } from "./stream.ts";

/** What is set in /proc/sys/net/ipv4. */
type Settings = Readonly<Record<string, string>>;

const MANNERS: readonly (readonly [manner: string, settings: Settings])[] = [
  ["without SACK (RFC 2018)", { tcp_sack: "0" }],
  ["without D-SACK (RFC 2883)", { tcp_dsack: "0" }],
  ["without timestamps (RFC 7323)", { tcp_timestamps: "0" }],
  ["without window scaling (RFC 7323)", { tcp_window_scaling: "0" }],
  ["without options, as in 1981", { tcp_sack: "0", tcp_timestamps: "0", tcp_window_scaling: "0" }],
  ["that offers ECN (RFC 3168)", { tcp_ecn: "1" }],
  ["with small buffers", { tcp_rmem: "4096 8192 8192", tcp_wmem: "4096 8192 8192" }],
];

/** Until the test ends. */
function set(t: TestContext, settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) {
    const before = readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8");
    t.after(() => sysctl(`net/ipv4/${name}`, before));
    sysctl(`net/ipv4/${name}`, value);
  }
}

const SEED = 7;
const badly = (link: Link): Link =>
  new Faults(link, { clock: realClock, random: new Random(SEED), loss: 0.01, reorder: 0.005, reorderBy: "1ms" });

for (const [manner, settings] of MANNERS) {
  test(`a kernel ${manner}: we connect, and both talk at once`, async (t) => {
    set(t, settings);
    await talk(await connected(t, "we"), 3_000_000);
  });

  test(`a kernel ${manner}: they connect, and both talk at once although frames get lost (seed ${SEED})`, async (t) => {
    set(t, settings);
    await talk(await connected(t, "they", { through: badly }), 1_000_000);
  });
}
