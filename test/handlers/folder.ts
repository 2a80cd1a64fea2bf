/** A temporary folder with files in it, gone after the test. */

import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";

/** What there is, by path: content, where a symlink leads, or a folder (its path ends with a slash). */
export type Tree = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

/** The folder's path, without symlinks. */
export async function folder(t: TestContext, tree: Tree): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "maitred-")));
  t.after(() => rm(root, { recursive: true, force: true }));
  await plant(root, tree);
  return root;
}

/** Puts more into a folder, one after the other. */
export async function plant(root: string, tree: Tree): Promise<void> {
  for (const [path, what] of Object.entries(tree)) {
    const full = join(root, path);
    await mkdir(path.endsWith("/") ? full : dirname(full), { recursive: true });
    if (path.endsWith("/")) continue;
    if (typeof what === "string" || what instanceof Uint8Array) await writeFile(full, what);
    else await symlink(what.link, full);
  }
}

/** A clock by which every file was written a while ago, so that its state is settled. */
export const later = (): VirtualClock => new VirtualClock(Date.now() + 60_000);
