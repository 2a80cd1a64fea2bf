/** What passes on the cable, as tcpdump records it and tshark reads it: it finds nothing to complain of. */

import { equal, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cable, needs, run, until } from "./kernel.ts";
import { HOST, meet, talk, theirs } from "./stream.ts";

/** Looks at checksums, too, which most adapters of today fill in after the frame was seen. */
const CHECKED = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);

/** Whatever is wrong with a packet; what is odd about a conversation is not among it. */
const WRONG =
  "_ws.malformed || _ws.expert.severity == error || ip.checksum.status == bad || tcp.checksum.status == bad || udp.checksum.status == bad || icmp.checksum.status == bad";

test("tshark reads all that passes, and finds nothing wrong", needs("tcpdump", "tshark", "ping"), async (t) => {
  const both = await cable(t);
  const { ours, tap, leave } = both;
  const folder = await mkdtemp(join(tmpdir(), "maitred-linux-"));
  leave.push(() => rm(folder, { recursive: true }));
  const file = join(folder, "seen.pcap");
  // As root it would become somebody else, who may not write there.
  const tcpdump = spawn("tcpdump", ["-i", "tap0", "-Z", "root", "-U", "-B", "65536", "-w", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  tcpdump.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  leave.push(() => tcpdump.kill("SIGKILL"));
  await until(
    () => said.includes("listening on tap0"),
    () => said,
  );

  const before = tap.counters.sent + tap.counters.received;
  const bytesBefore = tap.counters.sentBytes + tap.counters.receivedBytes;
  await run("ping", "-q", "-c", "3", "-i", "0.01", "-W", "10", "-s", "8000", "10.0.0.2");
  await rejects(theirs.connect({ host: HOST.we, port: 81 }), { code: "ECONNREFUSED" });
  await rejects(ours.connect({ host: HOST.they, port: 81 }), { code: "ECONNREFUSED" });
  await talk(await meet(both, "we"), 2_000_000);
  await talk(await meet(both, "they"), 2_000_000);
  const broken = await meet(both, "they");
  broken.we.reset();
  await rejects(Promise.resolve(broken.they.read()), { code: "ECONNRESET" });

  // Each frame stands in the file behind sixteen bytes, and they all behind twenty-four.
  const { sent, received, sentBytes, receivedBytes } = tap.counters;
  const length = 24 + 16 * (sent + received - before) + sentBytes + receivedBytes - bytesBefore;
  await until(
    () => statSync(file).size === length,
    () => `${statSync(file).size} bytes of ${length} were written`,
  );
  tcpdump.kill("SIGINT");
  await once(tcpdump, "exit");
  const found = (filter: string): Promise<string> => run("tshark", "-r", file, ...CHECKED, "-Y", filter);
  equal(await found(WRONG), "");
  // It has looked.
  const checked = (await found("tcp.checksum.status == good && ip.checksum.status == good")).trim().split("\n");
  equal(checked.length, (await found("tcp")).trim().split("\n").length);
});
