import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { kernelNetwork } from "../../src/socket/kernel.ts";
import { socketContract } from "./contract.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-kernel-"));
after(() => rmSync(folder, { recursive: true }));

for (const reading of ["onread", "events"] as const) {
  socketContract(`kernel by ${reading}`, () => ({
    client: kernelNetwork(reading),
    server: kernelNetwork(reading),
    home: { host: "127.0.0.1", port: 0 },
    home6: { host: "::1", port: 0 },
    path: () => join(folder, `${reading}.sock`),
    // The kernel's own buffers grow to some megabytes on both sides (net.ipv4.tcp_rmem, tcp_wmem).
    bound: 16 * 1024 * 1024,
  }));
}
