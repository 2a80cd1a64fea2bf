/** What is served: a folder with the same three things for everyone. */

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Site {
  /** 1k.txt, 5m.bin, cgi-bin/adder. */
  readonly root: string;
  /** Where configurations and logs may lie. */
  readonly scratch: string;
  /** Whether there was a compiler for the adder. */
  readonly hasAdder: boolean;
  remove(): void;
}

export const SMALL = { path: "/1k.txt", length: 1024 };
export const LARGE = { path: "/5m.bin", length: 5 * 1024 * 1024 };
export const PROGRAM = { path: "/cgi-bin/adder?15000&213", says: "15213" };

/** Makes the site in a new temporary folder. */
export function makeSite(): Site {
  const scratch = mkdtempSync(join(tmpdir(), "maitred-bench-"));
  // A server that lets go of root must still be able to read it.
  chmodSync(scratch, 0o755);
  const root = join(scratch, "www");
  mkdirSync(join(root, "cgi-bin"), { recursive: true });
  writeFileSync(join(root, SMALL.path), "x".repeat(SMALL.length));
  writeFileSync(join(root, LARGE.path), Buffer.alloc(LARGE.length, "maitred "));
  const adder = join(import.meta.dirname, "adder.c");
  const { status } = spawnSync("gcc", ["-O2", "-o", join(root, "cgi-bin/adder"), adder]);
  return { root, scratch, hasAdder: status === 0, remove: () => rmSync(scratch, { recursive: true, force: true }) };
}
