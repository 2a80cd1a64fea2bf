/** What passes on the cable, as dumpcap records it and tshark reads it: it finds nothing to complain of. */

import { equal, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Cable, cable, needs, run, until } from "./kernel.ts";
import { HOST, meet, talk, theirs } from "./stream.ts";

/** Looks at checksums, too, which most adapters of today fill in after the frame was seen. */
const CHECKED = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);

/** Whatever is wrong with a packet; what is odd about a conversation is not among it. */
const WRONG = [
  "_ws.malformed",
  "_ws.expert.severity == error",
  ...["ip", "icmp", "udp", "tcp"].map((protocol) => `${protocol}.checksum.status == bad`),
].join(" || ");

test("tshark reads all that passes, and finds nothing wrong", needs("dumpcap", "tshark", "ping"), async (t) => {
  const both = await cable(t);
  const { ours, leave } = both;
  const folder = await mkdtemp(join(tmpdir(), "maitred-linux-"));
  leave.push(() => rm(folder, { recursive: true }));
  const file = join(folder, "seen.pcap");

  const stop = await recording(both, file);
  await run("ping", "-q", "-c", "3", "-i", "0.01", "-W", "10", "-s", "8000", "10.0.0.2");
  await rejects(theirs.connect({ host: HOST.we, port: 81 }), { code: "ECONNREFUSED" });
  await rejects(ours.connect({ host: HOST.they, port: 81 }), { code: "ECONNREFUSED" });
  await talk(await meet(both, "we"), 2_000_000);
  await talk(await meet(both, "they"), 2_000_000);
  const broken = await meet(both, "they");
  broken.we.reset();
  await rejects(broken.they.read(), { code: "ECONNRESET" });
  await stop();

  const found = (filter: string): Promise<string> => run("tshark", "-r", file, ...CHECKED, "-Y", filter);
  equal(await found(WRONG), "");
  // It has looked.
  const checked = await found("tcp.checksum.status == good && ip.checksum.status == good");
  equal(checked, await found("tcp"));
});

/** Records all frames from now on, until what it gives is called. */
async function recording({ tap, leave }: Cable, file: string): Promise<() => Promise<void>> {
  const words = ["-i", "tap0", "-P", "-B", "64", "-w", file];
  const dumpcap = spawn("dumpcap", words, { stdio: ["ignore", "ignore", "pipe"] });
  leave.push(() => dumpcap.kill("SIGKILL"));
  let said = "";
  dumpcap.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  await until(
    () => said.includes("File: "),
    () => said,
  );
  // Each frame stands in the file behind sixteen bytes, and they all behind twenty-four.
  const length = (): number => {
    const { sent, received, sentBytes, receivedBytes } = tap.counters;
    return 16 * (sent + received) + sentBytes + receivedBytes;
  };
  const before = length();
  return async () => {
    const whole = 24 + length() - before;
    await until(
      () => statSync(file).size === whole,
      () => `${statSync(file).size} bytes of ${whole} are in the file`,
    );
    dumpcap.kill("SIGINT");
    await once(dumpcap, "exit");
  };
}
