/** The index and the files of a disk store, kept in step with one another, whatever goes wrong. */

import type { Clock } from "../base/clock.ts";
import { roomOnDisk, takeOnBallast, throwOffBallast } from "./disk-ballast.ts";
import { Damage } from "./disk-body.ts";
import { DiskFiles, type OpenFile } from "./disk-files.ts";
import type { DiskIndex, Rubbish } from "./disk-index.ts";
import { isDamage, openIndex, setIndexAside } from "./disk-open-index.ts";
import { Trouble, wordsOf } from "./disk-trouble.ts";
import { Use } from "./disk-use.ts";

export interface LedgerOptions {
  readonly folder: string;
  readonly budget: number;
  readonly clock: Clock;
  readonly complain: (message: string) => void;
  readonly openFile?: OpenFile | undefined;
}

/** What goes wrong with one file only: it is gone, or longer than files can be. */
const SINGLE = ["ENOENT", "EFBIG"];

/**
 * What is changed in one turn of the event loop is one transaction. A file is complete before the index names it, and is
 * removed when the index names it no more, and that is safe: wherever the process ends, all that is named is there.
 *
 * @internal
 */
export class DiskLedger {
  readonly files: DiskFiles;
  readonly trouble: Trouble;
  use: Use;
  readonly #options: LedgerOptions;
  #index: DiskIndex | undefined;
  /** Somebody may still hold what the last index knew by its id. */
  #newestId = 0;
  #isScheduled = false;

  constructor(options: LedgerOptions) {
    const { folder, budget, clock, complain, openFile } = options;
    this.#options = options;
    this.files = new DiskFiles({ folder, clock, openFile });
    this.trouble = new Trouble(folder, clock, complain);
    this.use = new Use(budget, 0);
  }

  async open(): Promise<void> {
    await this.files.sweepIncoming();
    this.#openIndex();
    await takeOnBallast(this.#options.folder);
  }

  /** Undefined where there is none at the moment. It may be another one from one turn to the next. */
  get index(): DiskIndex | undefined {
    return this.#index;
  }

  /** Works with the index; where that is not possible, the answer is another. Nothing that the work does is half done. */
  attempt<Value>(otherwise: Value, work: (index: DiskIndex) => Value): Value {
    const index = this.#index;
    if (index === undefined) return otherwise;
    try {
      const value = work(index);
      if (index.isChanging || this.use.isMuch) this.#commitSoon();
      return value;
    } catch (error) {
      this.#undo(index, error);
      return otherwise;
    }
  }

  #commitSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#commit();
    });
  }

  #commit(): void {
    const index = this.#index;
    if (index === undefined) return;
    try {
      if (this.use.isMuch) this.use.writeDown(index);
      index.commit();
      this.#discard(index.gone);
      index.shrink();
    } catch (error) {
      this.#undo(index, error);
    }
  }

  #discard(rubbish: Rubbish[]): void {
    for (const { file, disk } of rubbish.splice(0)) this.files.discard(file, disk);
  }

  /** Whether it may be tried to store something: not while that is known to be in vain. */
  isReady(): boolean {
    if (!this.trouble.isOver()) return false;
    if (this.#index === undefined) this.#openIndex();
    return this.#index !== undefined;
  }

  /** The index has failed: what this turn has changed is lost. */
  #undo(index: DiskIndex, error: unknown): void {
    try {
      if (index.isChanging) {
        index.rollback();
        this.#discard(index.born);
      }
      if (!isDamage(error)) this.failed(error);
      else this.#beginAnew(error);
    } catch (another) {
      this.#beginAnew(another);
    }
  }

  /** A file could not be written; or the index, for that matter. */
  failed(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && SINGLE.includes(code)) return;
    this.trouble.comes(error);
    if (this.trouble.full === undefined) return;
    // What could go a little later goes now, and what is held in reserve is for this.
    this.files.empty();
    throwOffBallast(this.#options.folder);
  }

  /** How many bytes more there could be, when it has turned out to be full; less than none where there are too many. */
  get room(): number {
    return this.trouble.full === "quota" ? 0 : roomOnDisk(this.#options.folder);
  }

  /** It works again, as far as one can tell before it is tried. */
  recovered(): void {
    this.trouble.passed();
    this.files.goOn(takeOnBallast(this.#options.folder));
  }

  #beginAnew(reason: unknown): void {
    const index = this.#index;
    this.#index = undefined;
    this.#newestId = index?.newestId ?? this.#newestId;
    try {
      index?.close();
      setIndexAside(this.#options.folder, reason, this.#options.complain);
      // What was written up to now has no entry.
      this.files.beginAnew();
      this.#openIndex();
    } catch (error) {
      this.trouble.comes(error);
    }
  }

  #openIndex(): void {
    const { folder, budget, complain } = this.#options;
    try {
      const index = openIndex(folder, this.#newestId, complain);
      this.#index = index;
      this.use = new Use(budget, index.newest);
      void this.files.sweepContent((id, name) => this.attempt(true, (now) => now.names(id, name)));
      this.trouble.passed();
    } catch (error) {
      this.trouble.comes(error);
    }
  }

  /** The record of a response is damaged. */
  forget(index: DiskIndex, id: number): void {
    index.remove(id);
    this.#options.complain("A stored response is damaged, and removed: its record is not as it was written");
  }

  /** Somebody could not read from a file. */
  unreadable(id: number, file: string, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof Damage) && code !== "ENOENT" && code !== "EIO") return;
    this.attempt(undefined, (index) => {
      const entry = index.entry(id);
      // Otherwise it has been replaced or removed in the meantime, and is no loss.
      if (typeof entry !== "object" || entry.file !== file) return;
      index.remove(id);
      // Not to be discarded, but looked at.
      index.gone.pop();
      const { complain } = this.#options;
      const what = `A stored response is damaged, and removed: "${entry.said.key}"`;
      if (code === "ENOENT") complain(`${what}: its file is gone`);
      else void this.files.setAside(file).then((where) => complain(`${what}: ${wordsOf(error)}; ${where}`));
    });
  }

  async close(): Promise<void> {
    this.attempt(undefined, (index) => this.use.writeDown(index));
    this.#commit();
    const index = this.#index;
    this.#index = undefined;
    try {
      index?.close();
    } catch {
      // Its log is still there, and read the next time.
    }
    await this.files.close();
  }
}
