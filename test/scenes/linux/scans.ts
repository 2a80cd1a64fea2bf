/** nmap looks us over, in all the ways it knows: it sees what is there, and whatever it sends, the server goes on answering. */

import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { echoServer } from "../../../src/commands/echo.ts";
import { site } from "../../../src/handlers/site.ts";
import { serve } from "../../../src/web/server.ts";
import { cable, needs, run } from "./kernel.ts";

/** How it asks, and what it finds: of 7 and 80, where we listen, and of 22, where nobody does. */
const SCANS = [
  ["-sS", { "7/tcp": "open", "22/tcp": "closed", "80/tcp": "open" }],
  ["-sT", { "7/tcp": "open", "22/tcp": "closed", "80/tcp": "open" }],
  ["-sS -f", { "7/tcp": "open", "22/tcp": "closed", "80/tcp": "open" }],
  // To what no SYN, ACK or RST is in a listener says nothing (RFC 9293 §3.10.7.2), and where nobody listens comes a reset.
  ["-sX", { "7/tcp": "open|filtered", "22/tcp": "closed", "80/tcp": "open|filtered" }],
  ["-sN", { "7/tcp": "open|filtered", "22/tcp": "closed", "80/tcp": "open|filtered" }],
  ["-sF", { "7/tcp": "open|filtered", "22/tcp": "closed", "80/tcp": "open|filtered" }],
  // An ACK out of nowhere is refused by both alike, and nothing in the refusal tells them apart.
  ["-sA", { "7/tcp": "unfiltered", "22/tcp": "unfiltered", "80/tcp": "unfiltered" }],
  ["-sW", { "7/tcp": "closed", "22/tcp": "closed", "80/tcp": "closed" }],
  ["-sM", { "7/tcp": "closed", "22/tcp": "closed", "80/tcp": "closed" }],
  ["-sS --badsum", { "7/tcp": "filtered", "22/tcp": "filtered", "80/tcp": "filtered" }],
  ["-sU", { "7/udp": "open", "22/udp": "closed", "80/udp": "closed" }],
  ["-O --max-os-tries 1", { "7/tcp": "open", "22/tcp": "closed", "80/tcp": "open" }],
  ["-sV --version-intensity 0", { "7/tcp": "open", "22/tcp": "closed", "80/tcp": "open" }],
] as const;

test("nmap finds what is there, and does no harm", needs("nmap"), async (t) => {
  const { host, ours, leave } = await cable(t);
  const asked = new AbortController();
  const echoes = [false, true].map((udp) => echoServer(ours, { host: "10.0.0.2", port: 7, udp }, asked.signal));
  const server = await serve(ours, { host: "10.0.0.2", port: 80 }, site({ root: "examples/site" }));
  await Promise.all(echoes);
  leave.push(() => {
    asked.abort();
    return server.close();
  });
  // All at once: most of the time it waits for what does not come.
  const scans = SCANS.map(([how]) => run("nmap", "-n", "-p", "7,22,80", ...how.split(" "), "10.0.0.2"));
  for (const [i, [how, expected]] of SCANS.entries()) {
    const said = await scans[i]!;
    const found = Object.fromEntries(
      [...said.matchAll(/^(\d+\/\w+) +(\S+)/gm)].map(([, port, state]) => [port, state]),
    );
    deepEqual(found, expected, `${how}: ${said}`);
  }
  // Those with a wrong checksum, on purpose.
  ok(host.counters.tcpInErrs > 0);
  host.counters.tcpInErrs = 0;
});
