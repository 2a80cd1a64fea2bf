/** The RFCs' stories of TCP, as scripts that anybody's stack could be tried with. */

import { deepEqual, equal } from "node:assert/strict";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { HostMachine } from "../packetdrill/host-machine.ts";
import { runFile } from "../packetdrill/run-file.ts";

const folder = join(import.meta.dirname, "tcp");

for (const file of globSync("*.pkt", { cwd: folder }).sort()) {
  test(basename(file, ".pkt").replaceAll("-", " "), () => {
    const { outcome, lines, unread } = runFile(join(folder, file), (wishes) => new HostMachine(wishes));
    equal(outcome, "passed", lines.join("\n"));
    deepEqual(unread, []);
  });
}
