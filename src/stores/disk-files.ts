/** The files of a disk store: content that is too long for the index, and what is becoming of it. */

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Alarm, Clock } from "../base/clock.ts";
import type { ByteRange } from "../http/ranges.ts";
import { joinRange } from "./disk-spans.ts";

/** Opens a file; a test may put something in its place. */
export type OpenFile = (path: string, flags: string | number, mode?: number) => Promise<FileHandle>;

export interface FilesOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly openFile?: OpenFile | undefined;
}

/**
 * What an entry named may have been handed to somebody who has not opened it yet: the file stays for so long, as far
 * as there is room, and is no one's after that. Who has it open needs no name.
 */
const GRACE = 60_000;

/** What was damaged is kept, for who wants to see why; so many of them. */
const MOST_DAMAGED = 8;

/**
 * Files have names relative to the folder: "incoming/…" while they are written, "content/…" once they are complete. No
 * name is used twice: it has a number that is given once, and a word for the run of the process that gave it.
 *
 * @internal
 */
export class DiskFiles {
  readonly clock: Clock;
  /** How many bytes may wait for their removal. */
  room = 0;
  readonly #folder: string;
  readonly #openFile: OpenFile;
  /** Another one for every run, and for every new index. */
  #run = "";
  #count = 0;
  readonly #open = new Map<string, { readonly handle: Promise<FileHandle>; users: number }>();
  /** By name, in the order of their coming. */
  readonly #discarded = new Map<string, { readonly bytes: number; readonly at: number }>();
  readonly #aside = new Set<string>();
  /** Bytes of what is discarded, and still there. */
  discardedBytes = 0;
  /** Of files that others than we began, what is known to be as it was written. */
  readonly #sound = new Map<string, ByteRange[]>();
  #alarm: Alarm | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor({ folder, clock, openFile = open }: FilesOptions) {
    this.#folder = folder;
    this.clock = clock;
    this.#openFile = openFile;
    this.beginAnew();
  }

  /** What is there now was there before, from now on. */
  beginAnew(): void {
    this.#run = randomBytes(5).toString("hex");
  }

  /** Whether these bytes are known to be as they were written: we wrote them, or have checked them. */
  isSound(name: string, { first, last }: ByteRange): boolean {
    if (this.#isOurs(name)) return true;
    return this.#sound.get(name)?.some((range) => range.first <= first && last <= range.last) ?? false;
  }

  provedSound(name: string, range: ByteRange): void {
    if (!this.#isOurs(name)) this.#sound.set(name, joinRange(this.#sound.get(name) ?? [], range));
  }

  #isOurs(name: string): boolean {
    return name.endsWith(this.#run);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** A new file, to be written and read. */
  async create(): Promise<{ name: string; handle: FileHandle }> {
    const name = `incoming/${(this.#count++).toString(36)}-${this.#run}`;
    return { name, handle: await this.#inFolder(name, () => this.#openFile(this.path(name), "wx+", 0o600)) };
  }

  /** One that is there, to be written to and read. */
  append(name: string): Promise<FileHandle> {
    return this.#openFile(this.path(name), constants.O_RDWR);
  }

  /** What is complete gets a name for good, which it gives. */
  async keep(name: string, id: number): Promise<string> {
    const kept = `content/${(id % 256).toString(16).padStart(2, "0")}/${id.toString(36)}-${this.#run}`;
    await this.#inFolder(kept, () => rename(this.path(name), this.path(kept)));
    return kept;
  }

  async #inFolder<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      await mkdir(dirname(this.path(name)), { recursive: true, mode: 0o700 });
      return work();
    }
  }

  /** For reading; all who read a file at a time share a descriptor. To be released in any case, also if it fails. */
  acquire(name: string): Promise<FileHandle> {
    let file = this.#open.get(name);
    if (file === undefined) {
      file = { handle: this.#openFile(this.path(name), constants.O_RDONLY), users: 0 };
      this.#open.set(name, file);
    }
    file.users += 1;
    return file.handle;
  }

  release(name: string): void {
    const file = this.#open.get(name)!;
    file.users -= 1;
    if (file.users > 0) return;
    this.#open.delete(name);
    // It waits for what is still being read. What a descriptor has to say when it closes nobody needs to know.
    this.goOn(file.handle.then((handle) => handle.close()));
  }

  /** No entry names it any more. */
  discard(name: string, bytes: number): void {
    this.#discarded.set(name, { bytes, at: this.clock.now() });
    this.discardedBytes += bytes;
    this.#sound.delete(name);
    this.#tidy();
  }

  /** It is there no longer than it takes. */
  remove(name: string): void {
    this.goOn(unlink(this.path(name)));
  }

  /** Removes what is discarded: what has been so for long, and what there is no room for. */
  #tidy(): void {
    const now = this.clock.now();
    for (const [name, { bytes, at }] of this.#discarded) {
      if (now - at < GRACE && this.discardedBytes <= this.room) {
        this.#tidyIn(at + GRACE - now);
        return;
      }
      this.#discarded.delete(name);
      this.discardedBytes -= bytes;
      this.remove(name);
    }
  }

  #tidyIn(ms: number): void {
    if (this.#isClosed) return;
    this.#alarm ??= this.clock.after(ms, () => {
      this.#alarm = undefined;
      this.#tidy();
    });
  }

  /** Removes all that is discarded. */
  empty(): void {
    for (const name of this.#discarded.keys()) this.remove(name);
    this.#discarded.clear();
    this.discardedBytes = 0;
  }

  /** Puts a damaged file where nobody looks for it but people; says where. */
  async setAside(name: string): Promise<string> {
    this.#aside.add(name);
    const place = this.path(join("damaged", basename(name)));
    try {
      await mkdir(this.path("damaged"), { recursive: true, mode: 0o700 });
      if ((await readdir(this.path("damaged"))).length < MOST_DAMAGED) {
        await rename(this.path(name), place);
        return `it is now "${place}"`;
      }
      await unlink(this.path(name));
      return "it is removed, since there are enough of them to look at";
    } catch (error) {
      return `and it cannot be moved: ${(error as Error).message}`;
    }
  }

  /** Nothing of what was being written when the last process ended is of any use. */
  async sweepIncoming(): Promise<void> {
    await rm(this.path("incoming"), { recursive: true, force: true });
  }

  /** Removes what no entry names: what was complete, and the process ended just then. In small steps, while others work. */
  sweepContent(isNamed: (id: number, name: string) => boolean): Promise<void> {
    return this.goOn(this.#sweep(isNamed));
  }

  async #sweep(isNamed: (id: number, name: string) => boolean): Promise<void> {
    const list = (name: string): Promise<string[]> => readdir(this.path(name)).catch(() => []);
    for (const folder of await list("content")) {
      for (const file of await list(`content/${folder}`)) {
        const name = `content/${folder}/${file}`;
        if (this.#isClosed) return;
        // What is ours may be about to be named.
        if (this.#isOurs(name) || this.#discarded.has(name) || this.#aside.has(name)) continue;
        if (!isNamed(Number.parseInt(file, 36), name)) await unlink(this.path(name)).catch(() => {});
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#alarm?.cancel();
    this.empty();
    await Promise.all(this.#underWay);
  }

  /** Goes on by itself, and is waited for at the end only. That it fails is known, or does no harm. */
  goOn(work: Promise<unknown>): Promise<void> {
    const done = work.then(
      () => void this.#underWay.delete(done),
      () => void this.#underWay.delete(done),
    );
    this.#underWay.add(done);
    return done;
  }
}
