/** Where `maitred capture --write` puts what it hears: a file, or standard output for whoever reads on. */

import { open } from "node:fs/promises";
import { concat } from "../base/bytes.ts";
import { emitPcapngBlock, type PcapngBlock } from "../wire/pcapng.ts";
import { Refusal } from "./refusal.ts";
import { written } from "./written.ts";

export interface CaptureFile {
  /** Takes a block along; it is written with the others. */
  add(block: PcapngBlock): void;
  /** Writes what was added. False where nobody reads any more; fails where there is no room. */
  flush(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the file, and empties it if it is there; "-" is standard output. Fails with a Refusal where it cannot be had.
 *
 * @example
 * const file = await captureFile("/dev/null");
 * file.add({ kind: "section", hardware: undefined, os: undefined, application: "maitred", comments: [] });
 * await file.flush(); // true
 * await file.close();
 */
export async function captureFile(path: string): Promise<CaptureFile> {
  const { write, close } = path === "-" ? standardOutput() : await named(path);
  let blocks: Uint8Array[] = [];
  return {
    add: (block) => void blocks.push(emitPcapngBlock(block)),
    flush: async () => {
      if (blocks.length === 0) return true;
      const bytes = concat(blocks);
      blocks = [];
      return write(bytes);
    },
    close,
  };
}

function standardOutput() {
  if (process.stdout.isTTY) {
    throw new Refusal(
      'Cannot use --write "-": standard output is a terminal (pipe it to who reads it: | wireshark -k -i -)',
    );
  }
  return { write: (bytes: Uint8Array) => written(bytes), close: async () => {} };
}

async function named(path: string) {
  const file = await open(path, "w").catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(`Cannot use --write "${path}": ${WHY[error.code ?? ""] ?? error.message}`, { cause: error });
  });
  const write = async (bytes: Uint8Array): Promise<boolean> => {
    try {
      await file.appendFile(bytes);
      return true;
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      // A named pipe whose reader has left.
      if (code === "EPIPE") return false;
      throw new Error(`Cannot write all of "${path}": ${WHY[code] ?? message}`, { cause: error });
    }
  };
  return { write, close: () => file.close() };
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  EACCES: "you may not write it",
  EISDIR: "it is a folder",
  ENOSPC: "there is no room left",
};
