import { equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const run = (...words: string[]) =>
  spawnSync(process.execPath, ["examples/simulated.ts", ...words], { encoding: "utf8", timeout: 30_000 });

test("dinner is served over a line that is cut, and the same seed tells the same story", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "maitred-simulated-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = ["one.pcapng", "two.pcapng"].map((name) => join(folder, name));
  const [one, two] = files.map((file) => run("7", file));
  equal(one!.stderr, "");
  const story = [
    /^ +0\.000 s {2}seed 7\n/,
    /the kitchen hears GET \/soup\n.*soup: 200, 200000 bytes\n/,
    /the kitchen hears GET \/roast\n.*the line is cut\n.*the line is mended\n.* [3-9]\d\.\d+ s {2}roast: 200, 200000 bytes\n/,
    /\d+ packets were lost on the way there, \d+ on the way back\n$/,
  ];
  for (const part of story) match(one!.stdout, part);
  equal(two!.stdout, one!.stdout);
  // Byte for byte they differ: Node's server says the real date, and checksums do with it.
  const [first, second] = files.map((file) => readFileSync(file).length);
  equal(first! > 100_000 && first === second, true, `${first} and ${second} bytes`);
});

test("without a seed it says which one it was", () => {
  match(run().stdout, /seed \d+\n/);
});
