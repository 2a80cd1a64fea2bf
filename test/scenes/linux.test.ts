/**
 * Our own TCP/IP against a real kernel, Linux's, and the programs that everybody has: as root, each room of
 * test/scenes/linux in a network namespace of its own. With CAPTURE=folder each scene leaves there what has passed.
 */

import { ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { inNamespaceWith, noNamespace } from "../link/namespace.ts";

/** Those that take longest come first. */
const ROOMS = [
  "scans",
  "losses",
  "trouble",
  "streams",
  "crowd",
  "web",
  "paths",
  "datagrams",
  "upstream",
  "seen",
  "options",
  "ends",
];

/** What is started in there ends with it. */
const ALONE = ["--pid", "--fork", "--kill-child", "--mount-proc"];

/** A line of a report: whether it went well, what it was, and why it was left out, if it was. */
const RESULT = /^(not ok|ok) \d+ - (.+?)(?: # SKIP (.*))?$/gm;

describe("our TCP/IP meets Linux", { skip: noNamespace, concurrency: 2 }, () => {
  for (const room of ROOMS) {
    test(room, async (t) => {
      const words = [process.execPath, "--test-reporter=tap", `test/scenes/linux/${room}.ts`];
      const said = await inNamespaceWith(ALONE, ...words).catch(({ message }) => message);
      for (const [, verdict, name, skip] of said.matchAll(RESULT)) {
        await t.test(name, { skip }, () => ok(verdict === "ok", detail(said, name)));
      }
      // Whatever else went wrong: it has not come to its end, or not even begun.
      ok(/^# fail \d+$/m.test(said) && !/^# tests 0$/m.test(said), said);
    });
  }
});

/** What was reported of a scene. */
function detail(said: string, name: string): string {
  const from = said.indexOf(`# Subtest: ${name}\n`);
  return said.slice(from, said.indexOf("\n  ...\n", from));
}
