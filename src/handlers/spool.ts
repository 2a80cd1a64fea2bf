/** Collects content whose length is not known before, so that it is: in memory, and on disk where it grows long. */

import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Inbox } from "../http/inbox.ts";
import { type Body, ProtocolError } from "../http/message.ts";

export interface SpoolOptions {
  /** Bytes that are kept in memory; what is longer goes to disk. */
  readonly memory: number;
  /** Bytes altogether; a ProtocolError (413) beyond. */
  readonly limit: number;
}

/** A body that knows its length. */
export type Spooled = Body & { readonly length: number };

/** Bytes read from disk at a time. */
const PIECE = 64 * 1024;

/**
 * Reads a body to its end, and gives the same content again, with its length. Fails where the body does, and as
 * the file system does. To be read to its end or cancelled, or the file stays open. The file has no name from the
 * beginning on: nobody else sees it, and it is gone with us.
 *
 * @example
 * const { length } = await spool(body, { memory: 64 * 1024, limit: 1024 ** 3 });
 */
export async function spool(body: Body, { memory, limit }: SpoolOptions): Promise<Spooled> {
  const held = new Inbox();
  let length = 0;
  let file: FileHandle | undefined;
  try {
    for (;;) {
      const bytes = await body.read();
      if (bytes === undefined) break;
      length += bytes.length;
      if (length > limit) throw new ProtocolError(413, `Cannot take the content: it is longer than ${limit} bytes`);
      if (file === undefined && length <= memory) {
        // A copy: a few bytes would keep the whole buffer they came in.
        held.add(new Uint8Array(bytes));
        continue;
      }
      file ??= await openNameless();
      const before = held.take(memory);
      if (before !== undefined) await write(file, before);
      await write(file, bytes);
    }
    return file === undefined ? inMemory(held, length) : onDisk(file, length);
  } catch (error) {
    body.cancel();
    await file?.close();
    throw error;
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `maitred-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}

async function write(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    const { bytesWritten } = await file.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}

const inMemory = (held: Inbox, length: number): Spooled => ({
  length,
  read: () => held.take(length),
  cancel: () => held.skip(held.length),
});

function onDisk(file: FileHandle, length: number): Spooled {
  let at = 0;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= file.close());
  return {
    length,
    async read() {
      if (closing !== undefined || at === length) {
        await close();
        return undefined;
      }
      const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE), 0, PIECE, at);
      at += bytesRead;
      return buffer.subarray(0, bytesRead);
    },
    cancel: () => void close(),
  };
}
